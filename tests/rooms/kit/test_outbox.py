"""The outbox: with the change or not at all, one holder at a time, once for who knows ids."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from tests.resources.postgres import postgres
from yuepi.kit.database import Database, open_database
from yuepi.kit.errors import BadUsage, Unavailable
from yuepi.kit.outbox import (
    Delivery,
    GiveUp,
    Message,
    Outbox,
    Retries,
    TryLater,
    UnknownMessage,
    send,
)

__all__ = ["postgres"]

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Desk:
    """A database whose steady clock is turned by hand, and a receiver that notes what it gets."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.got: list[Delivery] = []
        self.now = NOW

    async def receive(self, delivery: Delivery) -> None:
        self.got.append(delivery)

    def outbox(self, handler: Any = None, **options: Any) -> Outbox:
        return Outbox(
            self.database,
            {"t": handler or self.receive},
            clock=lambda: self.now,
            **{"chance": lambda: 0.0, **options},
        )

    async def send(self, *keys: str, payload: Any = None) -> None:
        async with self.database.writing() as connection:
            messages = [Message("t", key, payload or {"key": key}) for key in keys]
            await send(connection, messages, clock=lambda: self.now)

    async def move_on(self, seconds: float) -> None:
        async with self.database.writing() as connection:
            change = text("UPDATE steady_clock SET seconds = seconds + :s")
            await connection.execute(change, {"s": seconds})

    async def rows(self) -> list[Any]:
        async with self.database.reading() as connection:
            return list((await connection.execute(text("SELECT * FROM outbox ORDER BY key"))).all())


Story = Callable[[Callable[[Desk], Awaitable[None]]], None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return migrated_sqlite(tmp_path / "yuepi.db")
    return migrated_postgres(request.getfixturevalue("postgres"))


@pytest.fixture
def story(url: str) -> Story:
    return story_at(url, Desk)


def test_sent_with_the_change_or_not_at_all_and_one_key_once(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        async def fail() -> None:
            async with desk.database.writing() as connection:
                await send(connection, [Message("t", "lost", {})])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        await desk.send("a", "b", "a", payload={"甲": ["1.00", None, True]})
        await desk.send("b")
        outbox = desk.outbox()
        assert await outbox.deliver_due() == 2
        assert await outbox.deliver_due() == 0
        assert sorted(delivery.key for delivery in desk.got) == ["a", "b"]
        assert desk.got[0].payload == {"甲": ["1.00", None, True]}
        assert {(d.attempt, d.created_at, d.topic) for d in desk.got} == {(1, NOW, "t")}
        await desk.send("a", "b")
        assert await outbox.deliver_due() == 0
        assert await outbox.counts() == (0, 0)

    story(tell)


def test_failures_wait_longer_each_time_and_end_dead(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        async def fail(delivery: Delivery) -> None:
            desk.got.append(delivery)
            raise Unavailable("away", remedy="wait")

        outbox = desk.outbox(fail, retries=Retries(attempts_max=4, first_s=2, s_max=5))
        await desk.send("a")
        for wait_s in (2, 4, 5):
            assert await outbox.deliver_due() == 1
            await desk.move_on(wait_s - 0.1)
            assert await outbox.deliver_due() == 0
            await desk.move_on(0.1)
        assert await outbox.deliver_due() == 1
        await desk.move_on(10_000)
        assert await outbox.deliver_due() == 0
        assert [delivery.attempt for delivery in desk.got] == [1, 2, 3, 4]
        assert len({delivery.id for delivery in desk.got}) == 1
        assert await outbox.counts() == (0, 1)
        (dead,) = await outbox.dead()
        assert (dead.key, dead.attempts) == ("a", 4)
        assert dead.error == "given up after 4 attempts: away"
        await outbox.retry(dead.id)
        assert await desk.outbox().deliver_due() == 1
        assert desk.got[-1].attempt == 1
        with pytest.raises(UnknownMessage):
            await outbox.retry(dead.id)
        with pytest.raises(BadUsage):
            await outbox.dead(0)

    story(tell)


def test_a_handler_may_give_up_ask_for_time_hang_or_break(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        async def handle(delivery: Delivery) -> None:
            if delivery.key == "gone":
                raise GiveUp("410")
            if delivery.key == "busy":
                raise TryLater("429", after_s=1000)
            if delivery.key == "hangs":
                await asyncio.Event().wait()
            if delivery.key == "broken":
                raise KeyError("secret detail")

        await desk.send("gone", "busy", "hangs", "broken", "fine")
        outbox = desk.outbox(handle, deliver_s_max=0.05)
        assert await outbox.deliver_due() == 5
        rows = {row.key: row for row in await desk.rows()}
        errors = {key: row.error for key, row in rows.items()}
        assert errors == {
            "gone": "410",
            "busy": "429",
            "hangs": "it took longer than 0.05 s",
            "broken": "KeyError",
            "fine": None,
        }
        assert rows["busy"].due_s == 1000
        assert rows["gone"].dead
        assert rows["fine"].done_at is not None
        assert await outbox.counts() == (3, 1)

    story(tell)


def test_two_dispatchers_never_hold_one_message_at_once(url: str) -> None:
    async def tell(desk: Desk) -> None:
        holding: Counter[str] = Counter()
        times: Counter[str] = Counter()
        most = 0
        chance = random.Random(7)

        async def handle(delivery: Delivery) -> None:
            nonlocal most
            holding[delivery.key] += 1
            most = max(most, holding[delivery.key])
            await asyncio.sleep(chance.random() / 200)
            holding[delivery.key] -= 1
            times[delivery.key] += 1

        await desk.send(*(f"k{at}" for at in range(60)))
        others = [open_database(url) for _ in range(3)]
        outboxes = [Outbox(other, {"t": handle}, deliveries_max=5) for other in others]
        running = [asyncio.create_task(outbox.run()) for outbox in outboxes]
        async with asyncio.timeout(20):
            while (await outboxes[0].counts())[0]:
                await asyncio.sleep(0.01)
        for outbox in outboxes:
            outbox.stop()
        await asyncio.gather(*running)
        for other in others:
            await other.close()
        assert most == 1
        assert set(times.values()) == {1}
        assert len(times) == 60

    story_at(url, Desk)(tell)


def test_killed_between_delivery_and_mark_it_comes_again_under_its_id(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        delivered = asyncio.Event()

        async def handle(delivery: Delivery) -> None:
            desk.got.append(delivery)
            delivered.set()
            await asyncio.Event().wait()

        await desk.send("a")
        dying = desk.outbox(handle)
        running = asyncio.create_task(dying.run())
        await asyncio.wait_for(delivered.wait(), 10)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        heir = desk.outbox()
        await desk.move_on(heir.lease_s - 0.1)
        assert await heir.deliver_due() == 0
        await desk.move_on(0.1)
        assert await heir.deliver_due() == 1
        first, again = desk.got
        assert (first.id, first.payload) == (again.id, again.payload)
        assert (first.attempt, again.attempt) == (1, 2)

    story(tell)


def test_a_frozen_holder_marks_nothing_after_another_took_over(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        go_on = asyncio.Event()

        async def slow(delivery: Delivery) -> None:
            await go_on.wait()
            raise GiveUp("too late to say so")

        await desk.send("a")
        frozen, other = desk.outbox(slow), desk.outbox()
        freezing = asyncio.create_task(frozen.deliver_due())
        while not (await desk.rows())[0].holder:
            await asyncio.sleep(0.005)
        await desk.move_on(frozen.lease_s)
        assert await other.deliver_due() == 1
        go_on.set()
        await freezing
        (row,) = await desk.rows()
        assert row.done_at is not None
        assert (bool(row.dead), row.error, row.attempts) == (False, None, 2)

    story(tell)


def test_a_message_that_ends_its_process_each_time_dies(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        await desk.send("a")
        outbox = desk.outbox(retries=Retries(attempts_max=3))
        for _ in range(3):
            assert len(await outbox._take(1)) == 1  # and the process is gone
            await desk.move_on(outbox.lease_s)
        assert await outbox.deliver_due() == 1
        assert desk.got == []
        (dead,) = await outbox.dead()
        assert dead.error == "3 attempts did not come to an end"

    story(tell)


def test_taken_too_slowly_it_is_left_for_the_next(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        seconds = iter([0.0, 0.0, 100.0, 200.0, 200.0, 200.0])
        outbox = desk.outbox(monotonic=lambda: next(seconds))
        await desk.send("a")
        assert await outbox.deliver_due() == 0
        assert desk.got == []
        await desk.move_on(outbox.lease_s)
        assert await outbox.deliver_due() == 1

    story(tell)


def test_delivered_one_to_five_times_in_any_order_is_once_to_who_knows_ids(story: Story) -> None:
    """Each message is delivered and then its process dies, up to four times before it is marked."""

    async def tell(desk: Desk) -> None:
        chance = random.Random(11)
        times = {f"k{at:02}": chance.randint(1, 5) for at in range(24)}
        balance: dict[str, int] = {}

        async def handle(delivery: Delivery) -> None:
            desk.got.append(delivery)
            balance.setdefault(delivery.id, delivery.payload["add"])
            if delivery.attempt < times[delivery.key]:
                await asyncio.Event().wait()

        async with desk.database.writing() as connection:
            messages = [Message("t", key, {"add": int(key[1:])}) for key in times]
            await send(connection, chance.sample(messages, len(messages)))
        for _ in range(5):
            dying = asyncio.create_task(desk.outbox(handle, deliveries_max=24).deliver_due())
            before = len(desk.got)
            due = sum(1 for row in await desk.rows() if row.done_at is None)
            async with asyncio.timeout(10):
                while len(desk.got) < before + due:
                    await asyncio.sleep(0.002)
                done = [key for key, most in times.items() if most <= desk.got[-1].attempt]
                while sum(1 for row in await desk.rows() if row.done_at) < len(done):
                    await asyncio.sleep(0.002)
            dying.cancel()
            await asyncio.gather(dying, return_exceptions=True)
            await desk.move_on(1000)
        assert Counter(delivery.key for delivery in desk.got) == times
        assert len(balance) == 24
        assert sum(balance.values()) == sum(range(24))
        assert await desk.outbox().counts() == (0, 0)

    story(tell)


def test_only_topics_with_a_handler_are_taken(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        async with desk.database.writing() as connection:
            await send(connection, [Message("other", "a", {}), Message("t", "b", {})])
        assert await desk.outbox().deliver_due() == 1
        assert await desk.outbox().counts() == (1, 0)

    story(tell)


def test_it_runs_wakes_limits_itself_and_stops_in_order(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        at_once, most, fed = 0, 0, 0

        async def handle(delivery: Delivery) -> None:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0.002)
            at_once -= 1
            desk.got.append(delivery)

        async def feed() -> int:
            nonlocal fed
            fed += 1
            if fed == 1:
                raise KeyError("a fault of the feed")
            if fed == 2:
                await desk.send(*(f"k{at}" for at in range(30)))
                return 30
            return 0

        outbox = desk.outbox(handle, deliveries_max=4, feeds=[feed])
        running = asyncio.create_task(outbox.run())
        async with asyncio.timeout(10):
            while len(desk.got) < 30:
                await asyncio.sleep(0.005)
            await desk.send("later")
            outbox.wake()
            while len(desk.got) < 31:
                await asyncio.sleep(0.005)
        outbox.stop()
        await asyncio.wait_for(running, 5)
        assert most == 4
        assert await outbox.counts() == (0, 0)

    story(tell)


def test_old_ones_are_removed_dead_and_waiting_ones_stay(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        async def handle(delivery: Delivery) -> None:
            if delivery.key == "dead":
                raise GiveUp("no")

        outbox = desk.outbox(handle)
        await desk.send("dead", "done")
        await outbox.deliver_due()
        await desk.send("waits")
        desk.now += timedelta(days=29)
        assert await outbox.remove_old() == 0
        desk.now += timedelta(days=2)
        assert await outbox.remove_old() == 1
        assert [row.key for row in await desk.rows()] == ["dead", "waits"]

    story(tell)
