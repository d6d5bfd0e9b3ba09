"""Equal questions at the same time share one call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.rooms.gateway.scripted_cache import Modelled, cached_engine, cold, until
from tests.rooms.gateway.scripted_engine import Says, read
from yuepi.engines.contract import (
    Chat,
    Delta,
    EngineBroke,
    EngineBusy,
    EngineFailure,
)
from yuepi.gateway.answers_cache import AnswersCache
from yuepi.gateway.limit import Limit


def test_equal_questions_at_once_are_one_call_read_from_the_beginning() -> None:
    async def run() -> None:
        cached, engine = cached_engine(Says(["a", "b", "c"], pause_s=0.01))
        chats = [cold() for _ in range(5)]
        leader = cached.stream(chats[0])
        assert (await anext(leader)).raw == b"data: a\n\n"
        followers = [asyncio.create_task(read(cached, chat)) for chat in chats[1:]]
        rest = [delta.text async for delta in leader]
        assert "".join(rest) == "bc"
        assert await asyncio.gather(*followers) == ["abc"] * 4
        assert len(engine.asked) == 1
        assert [chat.call.cache for chat in chats] == ["miss"] + ["joined"] * 4
        assert [chat.call.attempts for chat in chats] == [1, 0, 0, 0, 0]
        assert {chat.call.deployment for chat in chats} == {"fake"}

    asyncio.run(run())


def test_followers_hear_words_while_they_come_and_no_raw_of_others() -> None:
    async def run() -> None:
        go = asyncio.Event()

        async def two(_: Chat) -> AsyncIterator[Delta]:
            yield Delta("a", raw=b"data: a\n\n")
            await go.wait()
            yield Delta("b", "stop", raw=b"data: b\n\n")

        cached, _ = cached_engine(two)
        leader, follower = cached.stream(cold()), cached.stream(cold())
        await anext(leader)
        assert await anext(follower) == Delta("a")
        go.set()
        assert await anext(follower) == Delta("b", "stop")
        await leader.aclose()
        await follower.aclose()

    asyncio.run(run())


def test_the_leader_leaving_leaves_the_answer_to_the_others_and_the_bill_to_the_next() -> None:
    async def run() -> None:
        cached, engine = cached_engine(Says(["a", "b", "c"], pause_s=0.01))
        first, second = cold(), cold()
        leader = cached.stream(first)
        await anext(leader)
        follower = asyncio.create_task(read(cached, second))
        await until(lambda: second.call.cache == "joined")
        await leader.aclose()
        assert await follower == "abc"
        assert (first.call.cache, second.call.cache) == ("joined", "miss")
        assert (first.call.attempts, second.call.attempts) == (0, 1)
        assert engine.ended_early == 0
        assert await read(cached, cold()) == "abc"
        assert len(engine.asked) == 1

    asyncio.run(run())


def test_the_last_one_leaving_ends_the_work_at_once_and_keeps_nothing() -> None:
    async def run() -> None:
        cached, engine = cached_engine(Says(["a"], wait=asyncio.Event()))
        tasks = [asyncio.create_task(read(cached, cold())) for _ in range(3)]
        await until(lambda: len(engine.asked) == 1)
        for task in tasks[:2]:
            task.cancel()
        await asyncio.sleep(0.01)
        assert engine.running == 1
        began = time.monotonic()
        tasks[2].cancel()
        await until(lambda: engine.running == 0)
        assert time.monotonic() - began < 1.0
        assert engine.ended_early == 1
        assert await read(cached, cold()) == "yes"

    asyncio.run(run())


def test_a_failure_reaches_every_reader_and_the_next_question_tries_anew() -> None:
    async def run() -> None:
        go = asyncio.Event()
        broke = EngineBroke("cut", remedy="again")
        cached, engine = cached_engine(Says(["a"], error=broke, wait=go))
        tasks = [asyncio.create_task(read(cached, cold())) for _ in range(3)]
        await until(lambda: len(engine.asked) == 1)
        go.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert results == [broke] * 3
        assert await read(cached, cold()) == "yes"

    asyncio.run(run())


def test_closing_ends_flights_with_a_word_to_their_readers() -> None:
    async def run() -> None:
        cache = AnswersCache()
        cached, engine = cached_engine(Says(["a"], wait=asyncio.Event()), cache=cache)
        task = asyncio.create_task(read(cached, cold()))
        await until(lambda: len(engine.asked) == 1)
        await cache.close()
        with pytest.raises(EngineFailure):
            await task

    asyncio.run(run())


def test_who_has_more_time_than_the_leader_asks_anew_when_its_time_is_over() -> None:
    async def run() -> None:
        go = asyncio.Event()
        engine = Modelled(Says(wait=go), otherwise=Says(["late"]))
        limit = Limit(engine, concurrency_max=1, queue_max=4, queue_wait_s_max=9.0)
        cached = AnswersCache().around(limit, "v1")
        running = asyncio.create_task(read(cached, cold("another")))
        await until(lambda: len(engine.asked) == 1)
        soon, never = time.monotonic() + 0.05, None
        chats = [cold(deadline=deadline) for deadline in (soon, soon, never, never)]
        tasks = [asyncio.create_task(read(cached, chat)) for chat in chats]
        for hurried in tasks[:2]:
            with pytest.raises(EngineBusy) as busy:
                await hurried
            assert busy.value.code == "queue_timeout"
        go.set()
        assert await asyncio.gather(*tasks[2:]) == ["late"] * 2
        assert [chat.call.cache for chat in chats[2:]] == ["miss", "joined"]
        assert len(engine.asked) == 2
        await running

    asyncio.run(run())


def test_a_failure_that_is_not_for_want_of_time_is_everybodys() -> None:
    async def run() -> None:
        go = asyncio.Event()
        broke = EngineBroke("cut", remedy="again")
        cached, engine = cached_engine(Says([], error=broke, wait=go))
        chats = [cold(deadline=time.monotonic() + 60), cold()]
        tasks = [asyncio.create_task(read(cached, chat)) for chat in chats]
        await until(lambda: len(engine.asked) == 1)
        go.set()
        assert await asyncio.gather(*tasks, return_exceptions=True) == [broke] * 2
        assert len(engine.asked) == 1

    asyncio.run(run())
