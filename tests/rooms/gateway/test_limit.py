"""So many at once, so many waiting, in order; nobody waits in vain."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.rooms.gateway.scripted_engine import Says, ScriptedEngine, question, read
from yuepi.engines.contract import EngineBusy, EngineUnavailable
from yuepi.gateway.limit import Limit


def _limit(engine: ScriptedEngine, concurrency: int, queue: int, wait_s: float = 5.0) -> Limit:
    return Limit(engine, concurrency_max=concurrency, queue_max=queue, queue_wait_s_max=wait_s)


async def _steps() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_never_more_at_once_and_first_come_first_served() -> None:
    async def run() -> None:
        engine = ScriptedEngine(otherwise=Says(["x"], pause_s=0.002))
        limit = _limit(engine, 3, 100)
        chats = [question(str(number)) for number in range(20)]
        await asyncio.gather(*(read(limit, chat) for chat in chats))
        assert engine.running_most == 3
        assert [chat.messages[0].text for chat in engine.asked] == [str(n) for n in range(20)]
        assert limit.running == limit.waiting == 0
        assert chats[0].call.queued_s == 0.0
        assert chats[-1].call.queued_s > 0.0

    asyncio.run(run())


def test_a_full_queue_is_told_with_the_time_to_come_back() -> None:
    async def run() -> None:
        go = asyncio.Event()
        limit = _limit(ScriptedEngine(otherwise=Says(wait=go)), 1, 2)
        tasks = [asyncio.create_task(read(limit, question())) for _ in range(3)]
        await _steps()
        with pytest.raises(EngineBusy) as busy:
            await read(limit, question())
        assert (busy.value.code, busy.value.http_status) == ("queue_full", 429)
        assert busy.value.retry_after_s is not None
        assert busy.value.retry_after_s >= 1.0
        go.set()
        assert await asyncio.gather(*tasks) == ["yes"] * 3

    asyncio.run(run())


def test_waiting_too_long_or_past_the_deadline_ends_with_503() -> None:
    async def run() -> None:
        go = asyncio.Event()
        limit = _limit(ScriptedEngine(otherwise=Says(wait=go)), 1, 5, wait_s=0.02)
        holder = asyncio.create_task(read(limit, question()))
        await _steps()
        for deadline in (None, time.monotonic() + 0.01, time.monotonic() - 1.0):
            with pytest.raises(EngineBusy) as busy:
                await read(limit, question(deadline=deadline))
            assert (busy.value.code, busy.value.http_status) == ("queue_timeout", 503)
        assert limit.waiting == 0
        go.set()
        await holder

    asyncio.run(run())


def test_who_leaves_the_queue_frees_the_place_even_just_when_called() -> None:
    async def run() -> None:
        go = asyncio.Event()
        engine = ScriptedEngine(Says(wait=go))
        limit = _limit(engine, 1, 5)
        holder = asyncio.create_task(read(limit, question("first")))
        await _steps()
        waiting = [asyncio.create_task(read(limit, question(name))) for name in "abc"]
        await _steps()
        waiting[0].cancel()
        await _steps()
        assert limit.waiting == 2
        go.set()
        # The place goes to b in the very turn in which b leaves: c must get it.
        await holder
        waiting[1].cancel()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert results[2] == "yes"
        assert limit.running == limit.waiting == 0

    asyncio.run(run())


def test_a_reader_that_leaves_gives_its_place_back() -> None:
    async def run() -> None:
        limit = _limit(ScriptedEngine(otherwise=Says(["a", "b"])), 1, 0)
        deltas = limit.stream(question())
        await anext(deltas)
        with pytest.raises(EngineBusy):
            await read(limit, question())
        await deltas.aclose()
        assert await read(limit, question()) == "ab"

    asyncio.run(run())


def test_nobody_queues_before_a_shut_door() -> None:
    async def run() -> None:
        def shut() -> None:
            raise EngineUnavailable("open", remedy="wait", code="breaker_open")

        limit = Limit(
            ScriptedEngine(), concurrency_max=1, queue_max=5, queue_wait_s_max=5, gate=shut
        )
        with pytest.raises(EngineUnavailable):
            await read(limit, question())
        assert limit.running == limit.waiting == 0

    asyncio.run(run())
