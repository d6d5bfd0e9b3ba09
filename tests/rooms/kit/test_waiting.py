"""Waiting for work: nothing that was written is missed, and a quiet database is not asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, literal, make_url, select, text, update

from tests.resources.postgres import fresh_database, postgres
from yuepi.kit.database import Database, Transaction, migrate, open_database, sqlite_url
from yuepi.kit.errors import Unavailable
from yuepi.kit.steady import STEADY_CLOCK, STEADY_NOW
from yuepi.kit.waiting import Waiting, Writes

__all__ = ["postgres"]

Tell = Callable[[Database, Database], Awaitable[None]]
LATE = select(STEADY_CLOCK.c.id).where(STEADY_NOW >= 10)
TICKED = select(STEADY_CLOCK.c.id).where(STEADY_CLOCK.c.ticker == "me")
NEVER = select(literal(1)).where(literal(1) == 2)
FOR_EVER_S = 3600.0


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Tell], None]:
    """Runs a story with two connections to one database, as two processes have it."""

    async def told(tell: Tell, url: str) -> None:
        await migrate(url)
        database, other = open_database(url), open_database(url)
        try:
            async with asyncio.timeout(60):
                await tell(database, other)
        finally:
            await other.close()
            await database.close()

    def tell_it(tell: Tell) -> None:
        if request.param == "sqlite":
            asyncio.run(told(tell, sqlite_url(tmp_path / "yuepi.db")))
            return
        asyncio.run(told(tell, fresh_database(request.getfixturevalue("postgres"))))

    return tell_it


async def change(database: Database, **values: object) -> None:
    async with database.writing() as transaction:
        await transaction.execute(update(STEADY_CLOCK).values(values))


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    run: list[str] = []

    def note(*given: object) -> None:
        run.append(str(given[2]))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield run
    event.remove(engine, "before_cursor_execute", note)


def test_whoever_waits_comes_back_when_another_process_wrote(story: Callable[[Tell], None]) -> None:
    async def tell(database: Database, other: Database) -> None:
        waiting = {
            question: asyncio.create_task(database.waiting.until(question, 0, FOR_EVER_S))
            for question in (LATE, TICKED)
        }
        await asyncio.sleep(0.3)
        assert not any(task.done() for task in waiting.values())
        await change(other, ticker="me")
        await waiting[TICKED]
        await asyncio.sleep(0.3)
        assert not waiting[LATE].done()
        # What becomes due by the steady clock comes with a tick of it.
        await change(other, seconds=11.0)
        await waiting[LATE]
        # What is there already is not waited for.
        await database.waiting.until(LATE, 0, FOR_EVER_S)

    story(tell)


def test_nobody_waits_longer_than_he_said(story: Callable[[Tell], None]) -> None:
    async def tell(database: Database, other: Database) -> None:
        await database.waiting.until(NEVER, 0, 0.05)

    story(tell)


def test_a_database_that_is_away_is_left_to_who_looks(tmp_path: Path) -> None:
    class Away:
        async def __aenter__(self) -> Transaction:
            raise Unavailable("away", remedy="wait")

        async def __aexit__(self, *how: object) -> None:
            pass

    async def tell() -> None:
        waiting = Waiting(Away, make_url(sqlite_url(tmp_path / "none.db")))
        async with asyncio.timeout(60):
            await waiting.until(NEVER, 0, FOR_EVER_S)
        waiting.close()

    asyncio.run(tell())


def test_who_leaves_while_it_is_asked_leaves_no_answer(tmp_path: Path) -> None:
    class Asked:
        """A database whose first question is never answered."""

        def __init__(self, database: Database) -> None:
            self.entered = asyncio.Event()
            self._database = database

        @asynccontextmanager
        async def reading(self) -> AsyncGenerator[Transaction, None]:
            if not self.entered.is_set():
                self.entered.set()
                await asyncio.Event().wait()
            async with self._database.reading() as transaction:
                yield transaction

    async def tell() -> None:
        url = sqlite_url(tmp_path / "yuepi.db")
        await migrate(url)
        database = open_database(url)
        asked = Asked(database)
        waiting = Waiting(asked.reading, make_url(url))
        leaves = asyncio.create_task(waiting.until(NEVER, 0, FOR_EVER_S))
        await asked.entered.wait()
        leaves.cancel()
        await asyncio.gather(leaves, return_exceptions=True)
        stays = asyncio.create_task(waiting.until(NEVER, 0, FOR_EVER_S))
        await asyncio.wait({stays}, timeout=0.3)
        assert not stays.done()
        stays.cancel()
        waiting.close()
        await database.close()

    asyncio.run(tell())


def test_a_file_that_nobody_writes_to_is_not_asked(tmp_path: Path) -> None:
    async def tell() -> None:
        url = sqlite_url(tmp_path / "yuepi.db")
        await migrate(url)
        database, other = open_database(url), open_database(url)
        await database.waiting.until(NEVER, 0, 0.05)
        with counted(database) as run:
            await asyncio.gather(*(database.waiting.until(NEVER, 0, 1.0) for _ in range(5)))
            assert run == []
            await change(other, beat=1)
            await asyncio.gather(*(database.waiting.until(NEVER, 0, 1.0) for _ in range(5)))
            assert len([one for one in run if "EXISTS" in one]) == 1
        await other.close()
        await database.close()

    asyncio.run(tell())


def test_a_look_tells_writes_of_others_and_leaves_the_file_free(tmp_path: Path) -> None:
    async def tell() -> None:
        file = tmp_path / "yuepi.db"
        assert Writes(file).seen() is None
        assert not file.exists()
        await migrate(sqlite_url(file))
        database, writes = open_database(sqlite_url(file)), Writes(file)
        first = writes.seen()
        assert first is not None
        assert writes.seen() == first
        async with database.writing() as transaction:
            await transaction.execute(text("UPDATE steady_clock SET beat = beat + 1"))
            assert writes.seen() == first
        second = writes.seen()
        assert second != first
        async with database.writing() as transaction:
            # Changes nothing: so it is no write.
            await transaction.execute(text("UPDATE steady_clock SET beat = 9 WHERE id = 5"))
        assert writes.seen() == second
        writes.close()
        await database.close()

    asyncio.run(tell())
