"""A failing backend is left alone, tried again by one call, and used again once it answers."""

from __future__ import annotations

import asyncio

import pytest

from tests.rooms.gateway.scripted_engine import Clock, Says, ScriptedEngine, down, question, read
from yuepi.engines.contract import (
    ChatRefused,
    EngineBroke,
    EngineBusy,
    EngineFailure,
    EngineUnavailable,
)
from yuepi.gateway.breaker import Breaker


async def _fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(EngineFailure):
            await read(breaker, question())


def test_it_opens_after_failures_in_a_row_and_spares_the_backend() -> None:
    async def run() -> None:
        clock = Clock()
        engine = ScriptedEngine(otherwise=down())
        breaker = Breaker(engine, clock=clock)
        await _fail(breaker, 5)
        assert breaker.state == "open"
        with pytest.raises(EngineUnavailable) as refused:
            await read(breaker, question())
        assert refused.value.code == "breaker_open"
        assert refused.value.retry_after_s == pytest.approx(5.0)
        assert len(engine.asked) == 5

    asyncio.run(run())


def test_a_success_between_failures_starts_the_count_anew() -> None:
    async def run() -> None:
        engine = ScriptedEngine(down(), down(), down(), down(), Says(), down(), otherwise=Says())
        breaker = Breaker(engine, clock=Clock())
        await _fail(breaker, 4)
        assert await read(breaker, question()) == "yes"
        await _fail(breaker, 1)
        assert breaker.state == "closed"

    asyncio.run(run())


def test_a_share_of_failures_opens_it_too() -> None:
    async def run() -> None:
        steps = [step for _ in range(5) for step in (Says(), down())]
        engine = ScriptedEngine(*steps)
        breaker = Breaker(engine, clock=Clock())
        for turn in range(10):
            if turn % 2:
                await _fail(breaker, 1)
            else:
                await read(breaker, question())
        assert breaker.state == "open"

    asyncio.run(run())


def test_exactly_one_probe_and_recovery_on_its_first_word() -> None:
    async def run() -> None:
        clock, go = Clock(), asyncio.Event()
        engine = ScriptedEngine(*[down()] * 5, Says(wait=go))
        breaker = Breaker(engine, clock=clock)
        await _fail(breaker, 5)
        clock.now += 5.0
        assert breaker.state == "half_open"
        probe = asyncio.create_task(read(breaker, question()))
        await asyncio.sleep(0)
        for _ in range(3):
            with pytest.raises(EngineUnavailable) as refused:
                await read(breaker, question())
            assert refused.value.retry_after_s
        assert len(engine.asked) == 6
        go.set()
        assert await probe == "yes"
        assert breaker.state == "closed"
        assert await read(breaker, question()) == "yes"

    asyncio.run(run())


def test_the_probe_window_doubles_up_to_its_limit_and_starts_anew_after_success() -> None:
    async def run() -> None:
        clock = Clock()
        engine = ScriptedEngine(*[down()] * 11)
        breaker = Breaker(engine, clock=clock)
        await _fail(breaker, 5)
        for window_s in (5.0, 10.0, 20.0, 40.0, 60.0, 60.0):
            clock.now += window_s - 0.01
            assert breaker.state == "open"
            clock.now += 0.01
            await _fail(breaker, 1)
        clock.now += 60.0
        assert await read(breaker, question()) == "yes"
        engine.otherwise = down()
        await _fail(breaker, 5)
        clock.now += 5.0
        assert breaker.state == "half_open"

    asyncio.run(run())


def test_a_backend_that_speaks_and_breaks_opens_again_at_once() -> None:
    async def run() -> None:
        clock = Clock()
        cut = Says(finish=None)
        breaker = Breaker(ScriptedEngine(*[down()] * 5, cut), clock=clock)
        await _fail(breaker, 5)
        clock.now += 5.0
        with pytest.raises(EngineBroke, match="middle"):
            await read(breaker, question())
        assert breaker.state == "open"

    asyncio.run(run())


def test_a_probe_that_is_left_makes_room_for_the_next() -> None:
    async def run() -> None:
        clock = Clock()
        engine = ScriptedEngine(*[down()] * 5, Says(wait=asyncio.Event()))
        breaker = Breaker(engine, clock=clock)
        await _fail(breaker, 5)
        clock.now += 5.0
        probe = asyncio.create_task(read(breaker, question()))
        await asyncio.sleep(0)
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        assert await read(breaker, question()) == "yes"

    asyncio.run(run())


def test_refusals_and_leaving_clients_say_nothing_about_the_backend() -> None:
    async def run() -> None:
        refused = ChatRefused("too long", remedy="send less")
        engine = ScriptedEngine(*[refused] * 20, otherwise=Says(["a", "b"]))
        breaker = Breaker(engine, clock=Clock())
        for _ in range(20):
            with pytest.raises(ChatRefused):
                await read(breaker, question())
        for _ in range(20):
            deltas = breaker.stream(question())
            await anext(deltas)
            await deltas.aclose()
        assert breaker.state == "closed"
        assert engine.ended_early == 20

    asyncio.run(run())


def test_a_busy_backend_opens_it_only_when_it_stays_so() -> None:
    async def run() -> None:
        engine = ScriptedEngine(otherwise=EngineBusy("full", remedy="wait", retry_after_s=30.0))
        clock = Clock()
        breaker = Breaker(engine, clock=clock)
        await _fail(breaker, 19)
        assert breaker.state == "closed"
        await _fail(breaker, 1)
        assert breaker.state == "open"
        clock.now += 29.0
        assert breaker.state == "open"

    asyncio.run(run())


def test_silence_until_the_routes_deadline_counts_but_a_short_patience_does_not() -> None:
    async def run(waited_s: float, *, of_route: bool = True) -> str:
        clock = Clock()
        engine = ScriptedEngine(otherwise=Says(wait=asyncio.Event()))
        breaker = Breaker(engine, clock=clock, failures_max=1)
        chat = question(deadline=clock.now + waited_s)
        if of_route:
            chat.call.route_deadline = chat.call.deadline
        task = asyncio.create_task(read(breaker, chat))
        await asyncio.sleep(0)
        clock.now += waited_s
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return breaker.state

    assert asyncio.run(run(20.0)) == "open"
    assert asyncio.run(run(2.0)) == "closed"
    # A deadline of the client's own choice shuts the door for nobody.
    assert asyncio.run(run(20.0, of_route=False)) == "closed"


def test_opening_and_closing_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        engine = ScriptedEngine(down(), down())
        clock = Clock()
        breaker = Breaker(engine, clock=clock, failures_max=2)
        await _fail(breaker, 2)
        clock.now += 5.0
        await read(breaker, question())

    asyncio.run(run())
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "fake fails (engine_unavailable): the breaker opens for 5 s",
        "fake answers again: the breaker closes",
    ]


def test_calls_from_before_neither_close_an_open_breaker_nor_disturb_the_probe() -> None:
    async def run() -> None:
        clock, go, probe_go = Clock(), asyncio.Event(), asyncio.Event()
        well, ill = Says(wait=go), Says([], wait=go, error=down())
        engine = ScriptedEngine(well, ill, *[down()] * 5, Says(wait=probe_go))
        breaker = Breaker(engine, clock=clock)
        old = [asyncio.create_task(read(breaker, question())) for _ in range(2)]
        await asyncio.sleep(0)
        await _fail(breaker, 5)
        clock.now += 5.0
        probe = asyncio.create_task(read(breaker, question()))
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*old, return_exceptions=True)
        assert breaker.state == "half_open"
        with pytest.raises(EngineUnavailable):
            await read(breaker, question())
        probe_go.set()
        assert await probe == "yes"
        assert breaker.state == "closed"

    asyncio.run(run())
