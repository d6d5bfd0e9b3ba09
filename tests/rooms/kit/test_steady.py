"""The steady clock: never back, never faster than real time, whoever ticks, freezes or thaws."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from tests.resources.postgres import fresh_database, postgres
from yuepi.kit.database import Database, migrate, open_database, sqlite_url
from yuepi.kit.errors import Unavailable
from yuepi.kit.steady import STEADY_CLOCK, STEP_S_MAX, STILL_LOOKS_MAX, Ticker, steady_now

__all__ = ["postgres"]

LONG_S = 3600.0


class Town:
    """Some tickers on one database, each with its own monotonic clock on one real time."""

    def __init__(self, database: Database, tickers: int = 3) -> None:
        self.database = database
        self.real_s = 0.0
        # Clocks of different machines begin anywhere.
        self.tickers = [
            Ticker(database, monotonic=lambda at=at: self.real_s + at * 1e6)  # type: ignore[misc]
            for at in range(tickers)
        ]

    async def now(self) -> float:
        async with self.database.reading() as connection:
            return await steady_now(connection)

    async def holder(self) -> str:
        async with self.database.reading() as connection:
            found = await connection.execute(select(STEADY_CLOCK.c.ticker))
            return str(found.scalar_one())

    async def begin_anew(self) -> None:
        async with self.database.writing() as connection:
            change = "UPDATE steady_clock SET seconds = 0, ticker = '', beat = 0"
            await connection.execute(text(change))


@contextmanager
def told(url: str) -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        runner.run(migrate(url))
        yield runner


@asynccontextmanager
async def town_at(url: str, tickers: int = 3) -> Any:
    database = open_database(url)
    try:
        yield Town(database, tickers)
    finally:
        await database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "yuepi.db")
    return fresh_database(request.getfixturevalue("postgres"))


def test_one_ticks_and_the_others_take_over_when_it_stands_still(url: str) -> None:
    async def tell() -> None:
        async with town_at(url) as town:
            first, second, third = town.tickers
            for _ in range(10):
                for ticker in town.tickers:
                    await ticker.look()
                town.real_s += 1
            assert await town.holder() == first.name
            assert await town.now() == pytest.approx(9)
            died_at = await town.now()
            looks = 0
            while await town.now() == died_at:
                town.real_s += 1
                await second.look()
                await third.look()
                looks += 1
            assert looks == STILL_LOOKS_MAX + 1
            assert await town.holder() == second.name
            # What the watchers saw it stand still counts: nothing is lost by a death.
            assert await town.now() == pytest.approx(town.real_s, abs=2.1)

    with told(url) as runner:
        runner.run(tell())


def test_a_thawed_ticker_adds_nothing_and_watches(url: str) -> None:
    async def tell() -> None:
        async with town_at(url, 2) as town:
            frozen, other = town.tickers
            for _ in range(3):
                await frozen.look()
                await other.look()
                town.real_s += 1
            for _ in range(STILL_LOOKS_MAX + 20):
                await other.look()
                town.real_s += 1
            before = await town.now()
            await frozen.look()
            assert await town.now() == before
            assert await town.holder() == other.name

    with told(url) as runner:
        runner.run(tell())


def test_a_ticker_alone_that_was_suspended_adds_the_cap_at_most(url: str) -> None:
    async def tell() -> None:
        async with town_at(url, 1) as town:
            (ticker,) = town.tickers
            await ticker.look()
            town.real_s += LONG_S
            await ticker.look()
            assert await town.now() == STEP_S_MAX
            town.real_s += 1
            await ticker.look()
            assert await town.now() == STEP_S_MAX + 1

    with told(url) as runner:
        runner.run(tell())


def test_frozen_between_measuring_and_writing_it_changes_nothing(url: str) -> None:
    async def tell() -> None:
        async with town_at(url, 2) as town:
            slow, other = town.tickers
            await slow.look()
            await other.look()
            town.real_s += 1
            measured, go_on = asyncio.Event(), asyncio.Event()
            add: Any = slow._add

            async def late(seen: Any) -> bool:
                measured.set()
                await go_on.wait()
                return bool(await add(seen))

            slow._add = late
            looking = asyncio.create_task(slow.look())
            await measured.wait()
            for _ in range(STILL_LOOKS_MAX + 2):
                town.real_s += 1
                await other.look()
            before = await town.now()
            assert before > 0
            go_on.set()
            await looking
            assert (await town.now(), await town.holder()) == (before, other.name)

    with told(url) as runner:
        runner.run(tell())


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.one_of(st.floats(0.01, 3), st.floats(3, 30), st.just(LONG_S)),
    ),
    max_size=40,
)


def test_never_back_and_never_faster_than_real_time(tmp_path: Path) -> None:
    """Any of three looks after any wait: others are frozen, dead, or come back meanwhile."""
    url = sqlite_url(tmp_path / "yuepi.db")

    with told(url) as runner:

        async def tell(steps: list[tuple[int, float]]) -> None:
            async with town_at(url) as town:
                await town.begin_anew()
                last, counted_from = 0.0, None
                for who, wait_s in steps:
                    town.real_s += wait_s
                    await town.tickers[who].look()
                    counted_from = town.real_s if counted_from is None else counted_from
                    now = await town.now()
                    assert now >= last
                    assert now <= town.real_s - counted_from + 1e-6
                    last = now

        @settings(max_examples=60)
        @given(STEPS)
        def explore(steps: list[tuple[int, float]]) -> None:
            runner.run(tell(steps))

        explore()


def test_a_database_that_is_away_is_waited_for(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "yuepi.db")

    async def tell() -> None:
        database = open_database(url)
        ticker = Ticker(database, interval_s=0.005)
        failures = 0
        look = ticker.look

        async def away() -> None:
            nonlocal failures
            failures += 1
            if failures < 4:
                raise Unavailable("away", remedy="wait")
            await look()

        ticker.look = away  # type: ignore[method-assign]
        running = asyncio.create_task(ticker.run())
        town = Town(database, 0)
        async with asyncio.timeout(10):
            while await town.now() == 0:
                await asyncio.sleep(0.005)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await database.close()

    with told(url) as runner:
        runner.run(tell())
