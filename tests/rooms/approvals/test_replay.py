"""A decision made again from what was kept: the same, bit for bit, or the difference is told."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from tests.resources.claim_stories import Story, postgres, story
from tests.resources.claims import (
    COMPANY,
    NOW,
    ClaimDesk,
    QuickReader,
    default_policy,
    file,
    paper,
)
from yuepi.approvals.claim import PastInvoice
from yuepi.approvals.claim_rows import NotFound
from yuepi.approvals.judge import DRAWS, Given, judge
from yuepi.approvals.policies import default_policy_text
from yuepi.approvals.policy import Policy, load_policy
from yuepi.approvals.replay import Replays
from yuepi.approvals.stages import Ruled, StageKey, StageRule
from yuepi.approvals.steps import StepTerms
from yuepi.documents.kept_reading import files_of, files_text
from yuepi.kit.blobs import BlobMissing

__all__ = ["postgres", "story"]


def stricter_policy() -> Policy:
    """The shipped policy with other words in its rows, so with another version."""
    data = json.loads(default_policy_text())
    for node in data["nodes"]:
        for rule in node.get("content", {}).get("rules", ()):
            for column, cell in rule.items():
                if cell == '"small_and_clean"':
                    rule[column] = '"small_and_clean_indeed"'
    return load_policy(json.dumps(data))


def replays(desk: ClaimDesk, **changes: Any) -> Replays:
    return Replays(
        desk.database, desk.blobs, **{"present": default_policy(), "reader": desk.reader, **changes}
    )


@pytest.mark.parametrize(
    "files",
    [
        (paper(total="300.00"),),
        (paper(conflict=["total"]), paper(total="77.10")),
        (paper(fault=True), paper("nothing")),
        (paper(number="24332000000000777001"), paper(number="24332000000000777002")),
    ],
)
def test_the_same_comes_out_bit_for_bit(story: Story, files: tuple[bytes, ...]) -> None:
    async def tell(desk: ClaimDesk) -> None:
        await desk.settled(paper(number="24332000000000777003"), paper(number="8" * 20))
        claim = await desk.settled(*files)
        found = await replays(desk).replay(claim.id, reread=True)
        assert found.same
        assert found.before == found.after
        assert (found.damage, found.present, found.reread) == ((), None, ())

    story(tell)


def test_later_claims_and_a_changed_company_change_nothing(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        data = paper()
        claim = await desk.settled(data)
        await desk.settled(data)
        desk.rules.rule = StageRule(stage="assist")
        found = await replays(desk).replay(claim.id)
        assert found.same
        assert found.after.outcome == "approve"

    story(tell)


def test_each_round_has_its_own_replay(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.settled(paper(conflict=["total"]))
        with pytest.raises(NotFound):
            await replays(desk).replay(claim.id, 2)
        with pytest.raises(NotFound):
            await replays(desk).replay("clm_none")
        assert (await replays(desk).replay(claim.id, 1)).same

    story(tell)


def test_an_earlier_policy_is_found_by_its_hash_and_the_present_one_is_compared(
    story: Story,
) -> None:
    async def tell(desk: ClaimDesk) -> None:
        earlier = stricter_policy()
        desk.steps = desk.new_steps(terms=StepTerms(earlier, COMPANY))
        claim = await desk.settled()
        found = await replays(desk).replay(claim.id)
        assert found.same
        assert found.policy == earlier.version != default_policy().version
        assert found.present is not None
        assert found.present.version == default_policy().version
        at = {each.at: (each.before, each.after) for each in found.present.differences}
        assert at["decision.reasons.0.code"] == ('"small_and_clean_indeed"', '"small_and_clean"')

    story(tell)


def test_a_policy_that_is_gone_is_told(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.settled()
        async with desk.database.writing() as transaction:
            await transaction.execute(
                text("UPDATE decisions SET policy = :other"), {"other": "sha256:" + "0" * 64}
            )
        with pytest.raises(BlobMissing):
            await replays(desk).replay(claim.id)

    story(tell)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE readings SET files = replace(files, '300.00', '30.00')", "has been changed"),
        ("UPDATE decisions SET inputs = replace(inputs, '2026', '2025')", "kept inputs"),
        ("DELETE FROM readings", "is gone"),
    ],
)
def test_whatever_was_changed_afterwards_shows(story: Story, change: str, said: str) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.settled(paper(total="300.00"))
        async with desk.database.writing() as transaction:
            await transaction.execute(text(change))
        found = await replays(desk).replay(claim.id)
        assert not found.same
        assert any(said in each for each in found.damage)

    story(tell)


def test_a_forged_decision_is_not_what_comes_out(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.settled(paper(conflict=["total"]))
        async with desk.database.writing() as transaction:
            await transaction.execute(text("UPDATE decisions SET applied = 'approved'"))
        found = await replays(desk).replay(claim.id)
        assert not found.same
        assert [(each.at, each.before, each.after) for each in found.differences] == [
            ("applied", '"approved"', '"waiting"')
        ]

    story(tell)


def test_another_reader_shows_what_it_sees_otherwise(story: Story) -> None:
    class Other(QuickReader):
        async def read(self, name: str, data: bytes) -> Any:
            return await super().read(name, data.replace(b"300.00", b"308.00"))

    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.settled(file(paper(total="300.00"), "一.png"))
        found = await replays(desk, reader=Other("quick-2")).replay(claim.id, reread=True)
        assert found.same
        assert found.reread is not None
        assert [(each.at, each.before, each.after) for each in found.reread] == [
            ("一.png: 0.readings.0.fields.total.value", '"300.00"', '"308.00"')
        ]

    story(tell)


# --- what is written down ------------------------------------------------------------------------

amounts = st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=2)
words = st.text(max_size=12)
past = st.builds(
    PastInvoice,
    number=st.none() | words,
    total=st.none() | amounts | st.just(Decimal("300.000000000")),
    date=st.none() | words,
    seller_name=st.none() | words,
)
rules = st.builds(
    StageRule,
    key=st.builds(StageKey, words, words, words),
    stage=st.sampled_from(["assist", "partial", "full"]),
    bar=st.floats(0, 1),
    sample_share=st.floats(0, 1),
    amount_max=amounts,
)


@given(st.lists(past, max_size=3), rules, words, st.booleans(), st.integers(0, DRAWS - 1))
def test_what_a_decision_rested_on_survives_being_written_down(
    history: list[PastInvoice], rule: StageRule, category: str, asked: bool, draw: int
) -> None:
    before = Given(
        readings={"att_1": ()},
        company=COMPANY,
        history=tuple(history),
        on=NOW.date(),
        category=category,
        employee="usr_ann",
        ruled=Ruled(StageKey("a", "b", "c"), rule),
        similar=2,
        asked=asked,
        draw=draw,
    )
    written = before.written("sha256:x", {"att_1": "hash"})
    again = Given.of_written(written, {"att_1": (), "att_later": ()})
    assert again == before
    assert again.written("sha256:x", {"att_1": "hash"}) == written
    assert written.isascii()


def test_judging_is_the_same_in_any_process() -> None:
    from tests.resources.claims import _reading
    from yuepi.documents.reading import FileReading

    reading = _reading({"kind": "digital_invoice", "number": "1" * 20, "conflict": ["date"]})
    assert reading is not None
    read = FileReading(file="a.png", sha256="0", pages=1, original=True, readings=(reading,))
    given_once = Given(
        readings={"att_1": (read,)},
        company=COMPANY,
        history=(),
        on=NOW.date(),
        category="office",
        employee="usr_ann",
        ruled=Ruled(StageKey(), StageRule()),
        similar=0,
        asked=False,
        draw=1,
    )
    again = replace(given_once, readings={"att_1": files_of(files_text([read]))})
    one, other = (
        judge(given_once, default_policy()),
        judge(again, load_policy(default_policy_text())),
    )
    assert one.decision.model_dump_json() == other.decision.model_dump_json()
    assert one.facts_text == other.facts_text
