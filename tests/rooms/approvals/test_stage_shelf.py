"""Stages are raised over evidence only, one step at a time, and lowered by the sample."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from tests.resources.databases import migrated_postgres, migrated_sqlite
from tests.resources.postgres import postgres
from tests.rooms.approvals.handed_in import NOW, claim_row
from yuepi.access.principal import MissingRight, Principal
from yuepi.approvals.claim_rows import Stale
from yuepi.approvals.precision import cases_needed
from yuepi.approvals.stage_check import BadStage
from yuepi.approvals.stage_evidence import Tally, demotes, promotion, proven
from yuepi.approvals.stage_shelf import NotProven, Shelved, StageShelf
from yuepi.approvals.stages import DEFAULT, StageKey, StageRule
from yuepi.approvals.store.notices import NOTICES
from yuepi.approvals.store.stage_tables import STAGE_EVIDENCE, STAGES
from yuepi.kit.database import Database, Transaction, open_database
from yuepi.kit.record import Entry

__all__ = ["postgres"]

ADMIN = Principal("usr_admin", "Admin", frozenset({"admin"}))
KEY = StageKey("digital_invoice", "clean", "meals")
KIND = StageKey("digital_invoice")
IDS = count()


class ShelfDesk:
    """A shelf with a low bar (29 answers without an error), its record, and a clock to turn."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.entries: list[Entry] = []
        self.shelf = StageShelf(database, self._record, self._clock, evidence_min=20)

    def _clock(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    async def _record(self, _: Transaction, entries: Sequence[Entry]) -> None:
        self.entries += entries

    async def answer(
        self, agreed: int, *, not_agreed: int = 0, blind: bool = True, key: StageKey = KEY
    ) -> None:
        """So many answers about claims of that key."""
        claim = replace(claim_row("x"), kind=key.kind, tier=key.tier, category=key.category)
        async with self.database.writing() as transaction:
            for at in range(agreed + not_agreed):
                await self.shelf.learn(
                    transaction, claim, review_id=f"rev_{next(IDS)}", blind=blind,
                    agreed=at >= not_agreed,
                )  # fmt: skip

    async def set(
        self, stage: str, *, key: StageKey = KEY, version: int = 0, **more: Any
    ) -> Shelved:
        rule = StageRule(key=key, stage=stage, **{"bar": 0.9, **more})  # type: ignore[arg-type]
        return await self.shelf.change(ADMIN, rule, version=version, reason="because")

    async def stage(self, key: StageKey = KEY) -> str:
        return (await self.shelf.rule_for([key])).rule.stage

    async def count(self, table: Any) -> int:
        async with self.database.reading() as transaction:
            found = await transaction.execute(select(func.count()).select_from(table))
            return int(found.scalar_one())


Story = Callable[[Callable[[ShelfDesk], Awaitable[None]]], None]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """One migrated database for all tests of this file; each finds it empty."""
    if request.param == "sqlite":
        return migrated_sqlite(tmp_path_factory.mktemp("stages") / "yuepi.db")
    return migrated_postgres(request.getfixturevalue("postgres"))


@pytest.fixture
def story(url: str) -> Story:
    def run(tell: Callable[[ShelfDesk], Awaitable[None]]) -> None:
        async def told() -> None:
            database = open_database(url)
            try:
                async with database.writing() as transaction:
                    for table in (STAGES, STAGE_EVIDENCE, NOTICES):
                        await transaction.execute(delete(table))
                await tell(ShelfDesk(database))
            finally:
                await database.close()

        asyncio.run(told())

    return run


def test_without_a_row_a_person_decides_all(story: Story) -> None:
    async def tell(desk: ShelfDesk) -> None:
        ruled = await desk.shelf.rule_for([KEY])
        assert (ruled.key, ruled.rule) == (KEY, DEFAULT)
        assert (DEFAULT.bar, DEFAULT.sample_share, DEFAULT.amount_max) == (0.98, 0.05, 1000)
        (shelved,) = await desk.shelf.list(ADMIN)
        assert shelved.version == 0
        assert shelved.next is not None
        assert (shelved.next.ready, shelved.next.more) == (False, cases_needed(0.98))

    story(tell)


def test_a_stage_is_raised_over_evidence_only(story: Story) -> None:
    async def tell(desk: ShelfDesk) -> None:
        await desk.answer(28, blind=False)
        with pytest.raises(NotProven) as refused:
            await desk.set("partial")
        figures = refused.value.figures
        assert (figures["agreed"], figures["total"], figures["more"]) == (28, 28, 1)
        assert "28 of 28" in refused.value.message
        assert (await desk.count(STAGES), desk.entries) == (0, [])
        await desk.answer(1, blind=False)
        shelved = await desk.set("partial")
        assert (shelved.version, shelved.answered.total, shelved.blind.total) == (1, 29, 0)
        assert await desk.stage() == "partial"
        (entry,) = desk.entries
        assert (entry.action, entry.actor, entry.subject) == (
            "stage.changed", "usr_admin", "stage:digital_invoice/clean/meals",
        )  # fmt: skip
        # Answers with the machine's in view do not lead on to full.
        await desk.answer(3, blind=False)
        with pytest.raises(NotProven, match="0 of 0 blind answers"):
            await desk.set("full", version=1)
        await desk.answer(29)
        assert (await desk.set("full", version=1)).next is None
        assert await desk.stage() == "full"

    story(tell)


def test_no_step_is_skipped_and_down_is_always_free(story: Story) -> None:
    async def tell(desk: ShelfDesk) -> None:
        await desk.answer(30)
        with pytest.raises(NotProven, match="more than one step"):
            await desk.set("full")
        await desk.set("partial")
        await desk.set("full", version=1)
        await desk.set("assist", version=2)
        assert await desk.stage() == "assist"
        assert [entry.detail["after"]["stage"] for entry in desk.entries] == [
            "partial", "full", "assist",
        ]  # fmt: skip

    story(tell)


def test_old_evidence_and_that_of_other_rules_does_not_count(story: Story) -> None:
    async def tell(desk: ShelfDesk) -> None:
        await desk.answer(30)
        desk.now += timedelta(days=181)
        with pytest.raises(NotProven, match="0 of 0"):
            await desk.set("partial")
        await desk.answer(30)
        await desk.set("assist", key=KEY)
        # All that there is falls under the more exact rule.
        with pytest.raises(NotProven, match="0 of 0"):
            await desk.set("partial", key=KIND)
        await desk.answer(30, key=replace(KEY, tier="photo"))
        await desk.set("partial", key=KIND)
        assert (await desk.stage(), await desk.stage(replace(KEY, tier="scan"))) == (
            "assist", "partial",
        )  # fmt: skip

    story(tell)


def test_an_exact_row_cannot_slip_past_a_careful_one(story: Story) -> None:
    """`*` is partial, photos are assist: a row for a kind and category would free its photos."""

    async def tell(desk: ShelfDesk) -> None:
        await desk.answer(30, key=replace(KEY, kind="receipt"))
        await desk.set("partial", key=StageKey())
        await desk.set("assist", key=StageKey(tier="photo"))
        with pytest.raises(NotProven):
            await desk.set("partial", key=StageKey("taxi_invoice", "*", "travel"))

    story(tell)


def test_the_sample_lowers_a_stage_by_itself(story: Story) -> None:
    async def tell(desk: ShelfDesk) -> None:
        await desk.answer(60)
        await desk.set("partial")
        await desk.set("full", version=1)
        await desk.answer(0, not_agreed=9, blind=False)
        await desk.answer(0, not_agreed=2)
        assert await desk.stage() == "full"
        await desk.answer(0, not_agreed=1)
        assert await desk.stage() == "partial"
        entry = desk.entries[-1]
        assert (entry.action, entry.actor) == ("stage.demoted", "system")
        assert "60 of 63" in entry.detail["reason"]
        assert await desk.count(NOTICES) == 1
        await desk.answer(0, not_agreed=1)
        assert await desk.stage() == "assist"
        await desk.answer(0, not_agreed=5)
        assert (await desk.stage(), await desk.count(NOTICES)) == ("assist", 2)
        with pytest.raises(NotProven):
            await desk.set("partial", version=4)

    story(tell)


def test_one_review_counts_once(story: Story) -> None:
    async def tell(desk: ShelfDesk) -> None:
        claim = replace(claim_row("x"), kind=KEY.kind, tier=KEY.tier, category=KEY.category)
        for agreed in (True, False, False):
            async with desk.database.writing() as transaction:
                await desk.shelf.learn(
                    transaction, claim, review_id="rev_once", blind=True, agreed=agreed
                )
                unjudged = replace(claim, kind=None)
                await desk.shelf.learn(
                    transaction, unjudged, review_id="rev_none", blind=True, agreed=True
                )
        (shelved,) = await desk.shelf.list(ADMIN)
        assert shelved.blind == Tally(1, 1)

    story(tell)


def test_another_change_is_not_overwritten(story: Story) -> None:
    async def tell(desk: ShelfDesk) -> None:
        await desk.set("assist")
        for version in (0, 2):
            with pytest.raises(Stale) as refused:
                await desk.set("assist", version=version, bar=0.95)
            assert refused.value.current["version"] == 1
            assert refused.value.current["bar"] == "0.9"
        with pytest.raises(Stale):
            await desk.set("assist", key=KIND, version=1)
        results = await asyncio.gather(
            *(desk.set("assist", version=1, bar=bar) for bar in (0.91, 0.92)),
            return_exceptions=True,
        )
        assert sum(isinstance(result, Stale) for result in results) == 1

    story(tell)


@pytest.mark.parametrize(
    "change",
    [
        {"key": StageKey("nothing")}, {"key": StageKey("*", "crisp")},
        {"key": StageKey(category="")}, {"key": StageKey(category="x" * 65)}, {"stage": "auto"},
        {"bar": 0.0}, {"bar": 1.0}, {"bar": float("nan")}, {"sample_share": -0.1},
        {"sample_share": float("nan")}, {"stage": "partial", "sample_share": 0.0},
        {"amount_max": Decimal("-1")}, {"amount_max": Decimal("NaN")},
        {"amount_max": Decimal("0.001")}, {"amount_max": Decimal("1e12")},
    ],
)  # fmt: skip
def test_rules_that_make_no_sense(story: Story, change: dict[str, Any]) -> None:
    async def tell(desk: ShelfDesk) -> None:
        with pytest.raises(BadStage):
            await desk.shelf.change(ADMIN, replace(DEFAULT, **change), version=0, reason="x")
        with pytest.raises(BadStage, match="reason"):
            await desk.shelf.change(ADMIN, DEFAULT, version=0, reason="  ")

    story(tell)


def test_who_may_not_is_refused(story: Story) -> None:
    async def tell(desk: ShelfDesk) -> None:
        reviewer = Principal("usr_r", "R", frozenset({"reviewer"}))
        supervisor = Principal("usr_s", "S", frozenset({"supervisor"}))
        with pytest.raises(MissingRight):
            await desk.shelf.list(reviewer)
        assert await desk.shelf.list(supervisor)
        with pytest.raises(MissingRight):
            await desk.shelf.change(supervisor, DEFAULT, version=0, reason="x")

    story(tell)


# --- what evidence proves ------------------------------------------------------------------------

TALLIES = st.integers(0, 50).flatmap(
    lambda total: st.builds(Tally, st.integers(0, total), st.just(total))
)
BARS = st.sampled_from([0.5, 0.8, 0.9, 0.98])


@given(TALLIES, BARS)
def test_nothing_is_proven_and_demoted_at_once(tally: Tally, bar: float) -> None:
    assert not (proven(tally, bar, 20) and demotes(tally, bar, 20))
    worse = Tally(tally.agreed, tally.total + 1)
    if demotes(tally, bar, 20):
        assert demotes(worse, bar, 20)


@given(TALLIES, BARS)
def test_what_is_missing_is_what_it_takes(tally: Tally, bar: float) -> None:
    needed = promotion("assist", tally, bar, 20)
    assert needed is not None
    assert needed.more is not None
    assert needed.ready == (needed.more == 0) == proven(tally, bar, 20)
    more = needed.more
    assert proven(Tally(tally.agreed + more, tally.total + more), bar, 20)
    if more:
        assert not proven(Tally(tally.agreed + more - 1, tally.total + more - 1), bar, 20)


def test_few_answers_demote_only_where_they_are_surely_bad() -> None:
    assert not demotes(Tally(5, 5), 0.98)
    assert demotes(Tally(0, 1), 0.98)
    assert not demotes(Tally(9, 10), 0.9)
    assert demotes(Tally(5, 10), 0.9)
    assert promotion("full", Tally(), 0.9) is None


def test_higher_amounts_need_the_evidence_of_a_promotion(story: Story) -> None:
    async def tell(desk: ShelfDesk) -> None:
        await desk.set("assist")
        await desk.answer(60)
        await desk.set("partial", version=1)
        desk.now += timedelta(days=200)
        await desk.set("partial", version=2, amount_max=Decimal(500))
        # Up to what it was is a rise, too, and what was proven is old by now.
        with pytest.raises(NotProven, match="amount_max") as refused:
            await desk.set("partial", version=3, amount_max=Decimal(1000))
        assert refused.value.code == "stage_not_proven"
        assert [Decimal(each) for each in refused.value.figures["amount_max"]] == [500, 1000]
        # A more exact rule is no way round it.
        with pytest.raises(NotProven):
            await desk.set("partial", key=KIND, amount_max=Decimal(9_000), bar=0.5)
        await desk.answer(60, blind=False)
        with pytest.raises(NotProven, match="blind"):
            await desk.set("partial", version=3, amount_max=Decimal(1000))
        await desk.answer(60)
        await desk.set("partial", version=3, amount_max=Decimal(1000))
        told = desk.entries[-1].detail
        assert Decimal(told["before"]["amount_max"]) == 500
        assert Decimal(told["after"]["amount_max"]) == 1000

    story(tell)
