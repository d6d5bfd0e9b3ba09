"""Limits and money of keys: exact sums, bounded excess, closed where nothing can be told."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from tests.resources.databases import migrated_sqlite, story_at
from tests.resources.postgres import free_port
from yuepi.access.keys import Key
from yuepi.engines.contract import Usage
from yuepi.gateway.budget import READ_AGAIN_S, UNSAVED_S_MAX, Budgets, OverLimit
from yuepi.gateway.call_log import CallLog
from yuepi.gateway.rates import MemoryRates, MinuteWindow, RedisRates
from yuepi.gateway.store import SpendingTable
from yuepi.kit.database import Database, open_database, storable
from yuepi.kit.errors import Unavailable

USAGE = Usage(prompt_tokens=10, completion_tokens=5)
COSTS = st.decimals("0", "5", places=12)


class Desk:
    """A migrated database, clocks to turn, and a switch that breaks the database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.seconds = 0.0
        self.now = datetime(2026, 3, 10, tzinfo=UTC)
        self.broken = False
        event.listen(database.engine.sync_engine, "before_cursor_execute", self._before)

    def _before(self, *_: Any) -> None:
        if self.broken:
            raise OSError("no space left on device")

    def budgets(self) -> Budgets:
        return Budgets(self.database, clock=lambda: self.now, monotonic=lambda: self.seconds)


Story = Callable[[Callable[[Desk], Awaitable[None]]], None]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return story_at(migrated_sqlite(tmp_path / "yuepi.db"), Desk)


def key(budget: str | None = None, **more: Any) -> Key:
    return Key(id="key_1", name="a", budget=None if budget is None else Decimal(budget), **more)


# --- money -------------------------------------------------------------------------------------


class Nothing(SpendingTable):
    """No other process has spent anything; needs no database."""

    def __init__(self) -> None:
        pass

    async def spent_by_others(self, key_id: str, month: str, writer: str) -> Decimal:
        return Decimal(0)


@given(st.decimals("0.01", "20", places=2), st.lists(st.tuples(st.integers(1, 6), COSTS)))
def test_never_more_than_the_budget_and_what_was_running(
    budget: Decimal, rounds: list[tuple[int, Decimal]]
) -> None:
    """In each round up to six calls are admitted before any of them is charged."""
    budgets = Budgets(open_database("sqlite:///never-opened.db"))
    budgets._table = Nothing()
    owner = key(str(budget))

    async def told() -> None:
        spent = Decimal(0)
        for together, cost in rounds:
            before = spent
            for _ in range(together):
                try:
                    await budgets.admit(owner)
                except OverLimit:
                    assert before >= budget
                else:
                    assert before < budget
                    spent += storable(cost)
                    to_charge.append(cost)
            while to_charge:
                budgets.charge(owner, USAGE, to_charge.pop())
            assert await budgets.spent(owner) == spent
            assert spent <= max(before, budget) + together * storable(cost)

    to_charge: list[Decimal] = []
    asyncio.run(told())


def test_spending_survives_a_restart_and_is_shared_by_processes(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        first = desk.budgets()
        log = CallLog(desk.database, budgets=first)
        for cost in ("0.1", "0.2", "0.0000000004"):
            first.charge(key(), USAGE, Decimal(cost))
            await log.flush()
        assert await first.spent(key()) == Decimal("0.300000001")
        second = desk.budgets()
        assert await second.spent(key()) == Decimal("0.300000001")
        second_log = CallLog(desk.database, budgets=second)
        second.charge(key(), USAGE, Decimal("0.7"))
        await second_log.close()
        owner = key("1")
        await desk.budgets().admit(key("1.01"))
        with pytest.raises(OverLimit):
            await desk.budgets().admit(owner)
        # The first still believes what it read, for a few seconds.
        await first.admit(owner)
        desk.seconds += READ_AGAIN_S
        with pytest.raises(OverLimit, match=r"budget of 1 for 2026-03"):
            await first.admit(owner)
        await log.close()

    story(tell)


def test_a_month_begins_in_china(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        budgets = desk.budgets()
        log = CallLog(desk.database, budgets=budgets)
        desk.now = datetime(2026, 3, 31, 15, 59, 50, tzinfo=UTC)
        budgets.charge(key(), USAGE, Decimal(2))
        with pytest.raises(OverLimit) as caught:
            await budgets.admit(key("2"))
        assert caught.value.retry_after_s == 10
        assert caught.value.code == "insufficient_quota"
        assert caught.value.http_status == 429
        desk.now = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
        await budgets.admit(key("2"))
        budgets.charge(key(), USAGE, Decimal(1))
        await log.flush()
        # A clock set back: the old month's row must not be overwritten by a smaller one.
        desk.now = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
        budgets.charge(key(), USAGE, Decimal(1))
        await log.close()
        assert await desk.budgets().spent(key()) == 3
        desk.now = datetime(2026, 4, 1, tzinfo=UTC)
        assert await desk.budgets().spent(key()) == 1

    story(tell)


def test_closed_where_spending_cannot_be_read(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        budgets = desk.budgets()
        desk.broken = True
        with pytest.raises(Unavailable) as caught:
            await budgets.admit(key("5"))
        assert caught.value.http_status == 503
        assert caught.value.remedy
        await budgets.admit(key())
        await budgets.admit(key(requests_per_minute=1))
        desk.broken = False
        await budgets.admit(key("5"))
        desk.broken = True
        desk.seconds += READ_AGAIN_S
        with pytest.raises(Unavailable):
            await budgets.admit(key("5"))

    story(tell)


def test_closed_where_spending_is_not_written(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        budgets = desk.budgets()
        await budgets.admit(key("5"))
        budgets.charge(key(), USAGE, Decimal(1))
        desk.seconds += UNSAVED_S_MAX
        await budgets.admit(key("5"))
        desk.seconds += 0.1
        with pytest.raises(Unavailable) as caught:
            await budgets.admit(Key(id="key_2", name="b", budget=Decimal(5)))
        assert caught.value.code == "budget_unavailable"
        await budgets.admit(key())
        log = CallLog(desk.database, budgets=budgets)
        await log.flush()
        await budgets.admit(key("5"))
        await log.close()

    story(tell)


def test_what_is_charged_while_a_batch_is_written_stays_unsaved(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        budgets = desk.budgets()
        budgets.charge(key(), USAGE, Decimal(1))
        rows = budgets.unsaved()
        budgets.charge(key(), USAGE, Decimal(2))
        budgets.saved(rows)
        [row] = budgets.unsaved()
        assert (row.spent, row.tokens, row.calls) == (3, 30, 2)
        budgets.saved([row])
        assert budgets.unsaved() == []

    story(tell)


@pytest.mark.parametrize("cost", ["NaN", "-1"])
def test_no_charge_that_is_no_amount(story: Story, cost: str) -> None:
    async def tell(desk: Desk) -> None:
        budgets = desk.budgets()
        with pytest.raises(ValueError, match="not an amount"):
            budgets.charge(key(), USAGE, Decimal(cost))
        assert budgets.unsaved() == []

    story(tell)


# --- requests and tokens a minute --------------------------------------------------------------


@given(
    st.integers(1, 5),
    st.lists(st.floats(0, 40, allow_nan=False), min_size=1, max_size=60),
)
def test_no_minute_holds_more_requests_than_the_limit(limit: int, pauses: list[float]) -> None:
    now = 0.0
    rates = MemoryRates(lambda: now)
    taken: list[float] = []

    async def told() -> None:
        nonlocal now
        for pause in pauses:
            now += pause
            try:
                await rates.admit(key(requests_per_minute=limit))
            except OverLimit as error:
                now += error.retry_after_s
                await rates.admit(key(requests_per_minute=limit))
            taken.append(now)

    asyncio.run(told())
    for at in taken:
        assert sum(at <= other < at + 60 for other in taken) <= limit


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 50)), min_size=1, max_size=60))
def test_a_window_is_the_sum_of_the_last_minute(steps: list[tuple[float, int]]) -> None:
    window, now, seen = MinuteWindow(), 0.0, []
    for pause, amount in steps:
        now += pause
        window.add(amount, now)
        seen.append((now, amount))
        exact = sum(each for at, each in seen if at > now - 60)
        loose = sum(each for at, each in seen if at > now - 62)
        assert exact <= window.at(now) <= loose
        assert len(window._steps) <= 62


def test_tokens_are_counted_after_and_refused_before() -> None:
    now = 100.25
    rates = MemoryRates(lambda: now)
    owner = key(tokens_per_minute=100)

    async def told() -> None:
        nonlocal now
        await rates.admit(owner)
        rates.spend(owner, 99)
        await rates.admit(owner)
        rates.spend(owner, 500)
        with pytest.raises(OverLimit, match="100 tokens a minute") as caught:
            await rates.admit(owner)
        assert caught.value.code == "rate_limit_exceeded"
        assert 59 < caught.value.retry_after_s <= 61
        now += caught.value.retry_after_s
        await rates.admit(owner)

    asyncio.run(told())


def test_a_refused_request_counts_nowhere(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        budgets = desk.budgets()
        owner = key("1", requests_per_minute=1)
        budgets.charge(owner, USAGE, Decimal(1))
        for _ in range(5):
            with pytest.raises(OverLimit):
                await budgets.admit(owner)
        await budgets.admit(key("2", requests_per_minute=1))

    story(tell)


# --- Redis -------------------------------------------------------------------------------------


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no Redis server here: apt-get install redis-server")
    port = free_port()
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        ready = itertools.takewhile(lambda line: b"Ready to accept" not in line, server.stdout)
        list(ready)
        assert server.poll() is None
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.communicate()


@pytest.mark.real
def test_two_processes_share_redis(redis_url: str) -> None:
    async def told() -> None:
        one, two = RedisRates(redis_url), RedisRates(redis_url)
        owner = key(requests_per_minute=4, tokens_per_minute=100)
        for rates in (one, two, one):
            await rates.admit(owner)
        one.spend(owner, 60)
        two.spend(owner, 40)
        await one.admit(owner)
        with pytest.raises(OverLimit, match="tokens"):
            await two.admit(owner)
        with pytest.raises(OverLimit, match="4 times a minute") as caught:
            await one.admit(key(requests_per_minute=4))
        assert 0 < caught.value.retry_after_s <= 60
        await one.close()
        await two.close()

    asyncio.run(told())


def test_without_redis_keys_with_limits_are_refused() -> None:
    async def told() -> None:
        rates = RedisRates(f"redis://127.0.0.1:{free_port()}/0")
        budgets = Budgets(open_database("sqlite:///never-opened.db"), rates=rates)
        owner = key(requests_per_minute=4, tokens_per_minute=9)
        budgets.charge(owner, USAGE, Decimal(0))
        for _ in range(2):
            with pytest.raises(Unavailable) as caught:
                await budgets.admit(owner)
        assert caught.value.code == "limits_unavailable"
        assert rates._unsent == {"key_1": 15}
        await budgets.admit(key())
        with suppress(Unavailable):
            await budgets.close()

    asyncio.run(told())
