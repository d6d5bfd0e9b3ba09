"""Commands read and index what waits: until nothing does, or no longer than they were told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from tests.resources.databases import migrated_sqlite
from tests.resources.made_shelf import NOW
from yuepi.kit.database import Database, open_database
from yuepi.library.catching_up import Backlog, CatchingUp
from yuepi.library.index.contract import IndexBroken
from yuepi.library.store.indexing import want
from yuepi.library.store.tables import INDEXING

Tell = Callable[[Database], Awaitable[None]]


@pytest.fixture
def story(tmp_path: Path) -> Callable[[Tell], None]:
    url = migrated_sqlite(tmp_path / "yuepi.db")

    def run(tell: Tell) -> None:
        async def told() -> None:
            database = open_database(url)
            try:
                await tell(database)
            finally:
                await database.close()

        asyncio.run(told())

    return run


async def nothing() -> bool:
    return False


async def wanted(database: Database, *ids: str) -> None:
    async with database.writing() as transaction:
        await want(transaction, list(ids), "words", NOW)


def doing(database: Database) -> Callable[[], Awaitable[bool]]:
    """An indexer that takes one document a turn."""

    async def index_next() -> bool:
        async with database.writing() as transaction:
            first = INDEXING.c.document_id == "doc_1"
            done = (await transaction.execute(delete(INDEXING).where(first))).rowcount
            if not done:
                done = (await transaction.execute(delete(INDEXING))).rowcount
        return bool(done)

    return index_next


def test_it_works_until_nothing_waits(story: Callable[[Tell], None]) -> None:
    async def tell(database: Database) -> None:
        await wanted(database, "doc_1", "doc_2", "doc_3")
        seen: list[Backlog] = []
        left = await CatchingUp(database, nothing, doing(database)).run(30, seen.append)
        assert left.waiting == 0
        assert seen[-1].waiting == 0

    story(tell)


def test_what_another_worker_holds_is_waited_for_in_time(story: Callable[[Tell], None]) -> None:
    async def tell(database: Database) -> None:
        await wanted(database, "doc_1")
        async with database.writing() as transaction:
            await transaction.execute(update(INDEXING).values(held_by="idx_b", held_until_s=1e9))
        began = time.monotonic()
        left = await CatchingUp(database, nothing, nothing).run(0.5)
        assert (left.words, left.held) == (1, 1)
        assert time.monotonic() - began >= 0.5

    story(tell)


def test_what_was_put_off_after_a_failure_is_left(story: Callable[[Tell], None]) -> None:
    async def tell(database: Database) -> None:
        await wanted(database, "doc_1")
        async with database.writing() as transaction:
            await transaction.execute(update(INDEXING).values(held_by=None, held_until_s=1e9))
        left = await asyncio.wait_for(CatchingUp(database, nothing, nothing).run(600), 60)
        assert (left.waiting, left.free, left.held) == (1, 0, 0)

    story(tell)


def test_a_broken_index_keeps_nobody_waiting(story: Callable[[Tell], None]) -> None:
    async def broken() -> bool:
        raise IndexBroken("it is broken", remedy="make it anew")

    async def tell(database: Database) -> None:
        await wanted(database, "doc_1")
        left = await asyncio.wait_for(CatchingUp(database, nothing, broken).run(600), 60)
        assert left.words == 1

    story(tell)


def test_where_nothing_waits_the_index_is_looked_at_once(story: Callable[[Tell], None]) -> None:
    looked: list[int] = []

    async def index_next() -> bool:
        looked.append(1)
        return False

    async def tell(database: Database) -> None:
        assert (await CatchingUp(database, nothing, index_next).run(30)).waiting == 0
        assert looked == [1]

    story(tell)
