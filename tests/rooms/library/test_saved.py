"""Saved searches: each person's own, and told once of what comes later and is within reach."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from tests.resources.made_shelf import NOW
from tests.resources.search_shelf import (
    ANN,
    BOB,
    Paper,
    SearchDesk,
    SearchStory,
    postgres,
    search_story,
)
from yuepi.kit.errors import BadUsage
from yuepi.library.document import NotOnShelf
from yuepi.library.index.contract import IndexBroken
from yuepi.library.query import Query
from yuepi.library.saved import (
    SEARCHES_MAX,
    TELLING_MAX,
    BadSearch,
    SavedSearches,
    SearchChange,
    SearchChanged,
)
from yuepi.library.scope import Scope
from yuepi.library.store.tables import ALERTS, DOCUMENTS, SEARCHES

__all__ = ["postgres", "search_story"]

CONTRACTS = Query(kinds=("contract",), amount_min=Decimal(500_000))
LATER = NOW + timedelta(hours=1)


def paper(name: str = "new.pdf", amount: int = 600_000, **more: object) -> Paper:
    more = {"name": name, "added_at": LATER, **more}
    return Paper(("房屋租赁合同", "逾期违约金 0.05%"), "contract", amount, more=more)


class Desk:
    """Saved searches of a search desk; gone: who may not read any more."""

    def __init__(self, desk: SearchDesk) -> None:
        self.desk = desk
        self.now = NOW
        self.scopes: dict[str, Scope | None] = {"user_ann": ANN, "user_bob": BOB}
        self.saved = SavedSearches(desk.database, desk.index, self._scope, self._clock)

    async def _scope(self, user_id: str) -> Scope | None:
        return self.scopes[user_id]

    def _clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    async def told(self, scope: Scope) -> list[tuple[str, str]]:
        page = await self.saved.alerts(scope)
        return [(row.search, row.document) for row in page.alerts]


def test_each_person_has_their_own(search_story: SearchStory) -> None:
    async def story(search_desk: SearchDesk) -> None:
        saved = Desk(search_desk).saved
        made = await saved.create(ANN, "  Big   contracts ", CONTRACTS, alerts=True)
        assert (made.name, made.query, made.version) == ("Big contracts", CONTRACTS, 1)
        assert [each.id for each in await saved.list(ANN)] == [made.id]
        assert await saved.list(BOB) == []
        with pytest.raises(NotOnShelf):
            await saved.change(BOB, made.id, SearchChange(name="mine"), 1)
        with pytest.raises(NotOnShelf):
            await saved.delete(BOB, made.id)
        with pytest.raises(SearchChanged):
            await saved.change(ANN, made.id, SearchChange(name="other"), 7)
        changed = await saved.change(ANN, made.id, SearchChange(query=Query(text="租金")), 1)
        assert (changed.query.text, changed.alerts, changed.version) == ("租金", True, 2)
        await saved.delete(ANN, made.id)
        assert await saved.list(ANN) == []

    search_story(story)


def test_limits(search_story: SearchStory) -> None:
    async def story(search_desk: SearchDesk) -> None:
        saved = Desk(search_desk).saved
        for name in ("", " ", "a\x00b", "x" * 129):
            with pytest.raises(BadSearch):
                await saved.create(ANN, name, CONTRACTS, alerts=False)
        for at in range(TELLING_MAX):
            await saved.create(ANN, str(at), CONTRACTS, alerts=True)
        with pytest.raises(BadSearch):
            await saved.create(ANN, "more", CONTRACTS, alerts=True)
        for at in range(SEARCHES_MAX - TELLING_MAX):
            last = await saved.create(ANN, str(at), CONTRACTS, alerts=False)
        with pytest.raises(BadSearch):
            await saved.change(ANN, last.id, SearchChange(alerts=True), 1)
        with pytest.raises(BadSearch):
            await saved.create(ANN, "more", CONTRACTS, alerts=False)
        assert (await saved.create(BOB, "mine", CONTRACTS, alerts=True)).alerts

    search_story(story)


def test_what_comes_later_is_told_once(search_story: SearchStory) -> None:
    async def story(search_desk: SearchDesk) -> None:
        desk = Desk(search_desk)
        old = await search_desk.put(paper("old.pdf", added_at=NOW - timedelta(days=1)))
        await desk.saved.create(ANN, "contracts", CONTRACTS, alerts=True)
        await desk.saved.create(ANN, "silent", CONTRACTS, alerts=False)
        await desk.saved.create(ANN, "words", Query(text="违约金 租赁"), alerts=True)
        await desk.saved.create(ANN, "other words", Query(text="打印机 墨盒"), alerts=True)
        await desk.saved.create(ANN, "phrase", Query(exact=("租赁合同",)), alerts=True)
        new = await search_desk.put(paper())
        small = await search_desk.put(paper("small.pdf", 9))
        await desk.saved.indexed([old.id, new.id])
        await desk.saved.indexed([small.id, new.id])
        told = await desk.told(ANN)
        assert sorted(told) == [
            ("contracts", "new.pdf"),
            ("phrase", "new.pdf"),
            ("phrase", "small.pdf"),
            ("words", "new.pdf"),
            ("words", "small.pdf"),
        ]
        assert (await desk.saved.alerts(ANN)).unread == 5
        await desk.saved.read(ANN, [new.id])
        assert {each.name: each.unread for each in await desk.saved.list(ANN)}["words"] == 1
        page = await desk.saved.alerts(ANN, unread=True, rows_max=1)
        rest = await desk.saved.alerts(ANN, unread=True, rows_max=1, after=page.next)
        assert [row.document for row in (*page.alerts, *rest.alerts)] == ["small.pdf"] * 2
        assert rest.next is None
        await desk.saved.read(ANN)
        assert (await desk.saved.alerts(ANN)).unread == 0
        with pytest.raises(BadUsage):
            await desk.saved.alerts(ANN, after="nonsense")

    search_story(story)


def test_a_new_version_is_told_anew(search_story: SearchStory) -> None:
    async def story(search_desk: SearchDesk) -> None:
        desk = Desk(search_desk)
        await desk.saved.create(ANN, "contracts", CONTRACTS, alerts=True)
        first = await search_desk.put(paper())
        await desk.saved.alerted(first.id)
        async with search_desk.database.writing() as transaction:
            change = update(DOCUMENTS).where(DOCUMENTS.c.id == first.id)
            await transaction.execute(change.values(version_id="ver_next"))
        assert await desk.told(ANN) == []

    search_story(story)


def test_nobody_is_told_of_what_is_out_of_reach(search_story: SearchStory) -> None:
    async def story(search_desk: SearchDesk) -> None:
        desk = Desk(search_desk)
        for scope in (ANN, BOB):
            await desk.saved.create(scope, "contracts", CONTRACTS, alerts=True)
            await desk.saved.create(scope, "all", Query(), alerts=True)
        document = await search_desk.put(paper())
        await desk.saved.alerted(document.id)
        assert await desk.told(BOB) == []
        assert len(await desk.told(ANN)) == 2
        # Kept rows are told no more once the document or the person has moved.
        moved = Scope("user_ann", frozenset({"legal"}))
        page = await desk.saved.alerts(moved)
        assert (page.alerts, page.unread) == ((), 0)
        assert [each.unread for each in await desk.saved.list(moved)] == [0, 0]
        async with search_desk.database.writing() as transaction:
            await transaction.execute(update(DOCUMENTS).values(trashed_at=NOW))
        assert await desk.told(ANN) == []

    search_story(story)


def test_who_left_is_told_nothing(search_story: SearchStory) -> None:
    async def story(search_desk: SearchDesk) -> None:
        desk = Desk(search_desk)
        await desk.saved.create(ANN, "contracts", CONTRACTS, alerts=True)
        desk.scopes["user_ann"] = None
        document = await search_desk.put(paper())
        await desk.saved.alerted(document.id)
        await desk.saved.alerted("doc_unknown")
        async with search_desk.database.reading() as transaction:
            rows = await transaction.execute(select(func.count()).select_from(ALERTS))
            assert rows.scalar_one() == 0

    search_story(story)


def test_a_broken_index_is_tried_again(search_story: SearchStory) -> None:
    async def story(search_desk: SearchDesk) -> None:
        desk = Desk(search_desk)
        await desk.saved.create(ANN, "contracts", CONTRACTS, alerts=True)
        document = await search_desk.put(paper())
        search_desk.index.broken = True
        with pytest.raises(IndexBroken):
            await desk.saved.indexed([document.id])
        search_desk.index.broken = False
        await desk.saved.alerted(document.id)
        assert await desk.told(ANN) == [("contracts", "new.pdf")]

    search_story(story)


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"kinds": 3}', '{"from_a_later_release": 1}'])
def test_one_that_cannot_be_read_spoils_no_other(
    search_story: SearchStory, caplog: pytest.LogCaptureFixture, spoilt: str
) -> None:
    async def story(search_desk: SearchDesk) -> None:
        desk = Desk(search_desk)
        bad = await desk.saved.create(ANN, "spoilt", CONTRACTS, alerts=True)
        await desk.saved.create(ANN, "contracts", CONTRACTS, alerts=True)
        async with search_desk.database.writing() as transaction:
            change = update(SEARCHES).where(SEARCHES.c.id == bad.id)
            await transaction.execute(change.values(query=spoilt))
        new = await search_desk.put(paper())
        other = await search_desk.put(paper("other.pdf"))
        await desk.saved.indexed([new.id, other.id])
        told = await desk.told(ANN)
        assert sorted(told) == [("contracts", "new.pdf"), ("contracts", "other.pdf")]
        assert [each.message.count(bad.id) for each in caplog.records].count(1) == 1
        shown = {each.name: each.broken for each in await desk.saved.list(ANN)}
        assert shown == {"spoilt": True, "contracts": False}
        # Its owner says it anew, and it tells again.
        mended = await desk.saved.change(ANN, bad.id, SearchChange(query=CONTRACTS), 1)
        assert not mended.broken
        last = await search_desk.put(paper("last.pdf", added_at=LATER))
        await desk.saved.indexed([last.id])
        assert ("spoilt", "last.pdf") in await desk.told(ANN)
        await desk.saved.delete(ANN, bad.id)

    search_story(story)
