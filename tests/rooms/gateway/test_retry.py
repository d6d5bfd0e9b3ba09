"""Tries again while nobody has heard a word, within budget, deadline and what the backend asks."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rooms.gateway.scripted_engine import Says, ScriptedEngine, down, question, read
from yuepi.engines.contract import (
    ChatRefused,
    Delta,
    EngineBroke,
    EngineBusy,
    EngineFailure,
    EngineUnavailable,
)
from yuepi.gateway.retry import Retry, RetryBudget


def _retry(engine: ScriptedEngine, *, tries: int = 3, floor: int = 3) -> Retry:
    budget = RetryBudget(floor=floor)
    return Retry(
        engine, tries_max=tries, budget=budget, wait_s_first=0.0, wait_s_max=0.0, wait_s_jitter=0.0
    )


def test_a_failure_before_the_first_word_is_tried_again() -> None:
    async def run() -> None:
        engine = ScriptedEngine(down(), down())
        retry = _retry(engine)
        assert await read(retry, question()) == "yes"
        assert len(engine.asked) == 3
        assert (retry.calls, retry.extra_tries) == (1, 2)

    asyncio.run(run())


@pytest.mark.parametrize(("temperature", "tries"), [(0.0, 1), (0.7, 3), (None, 3)])
def test_the_likeliest_words_are_not_asked_for_again(temperature: float | None, tries: int) -> None:
    async def run() -> None:
        wrong = EngineBroke("another shape", remedy="again", code="schema_mismatch")
        engine = ScriptedEngine(otherwise=wrong)
        with pytest.raises(EngineBroke):
            await read(_retry(engine), question(temperature=temperature))
        assert len(engine.asked) == tries

    asyncio.run(run())


def test_the_last_failure_is_told_after_all_tries() -> None:
    async def run() -> None:
        engine = ScriptedEngine(down("a"), down("b"), down("c"))
        with pytest.raises(EngineUnavailable) as failure:
            await read(_retry(engine), question())
        assert failure.value.code == "c"

    asyncio.run(run())


def test_nothing_is_tried_again_once_a_word_is_out() -> None:
    async def run() -> None:
        broke = EngineBroke("cut", remedy="again")
        engine = ScriptedEngine(Says(["half"], finish=None, error=broke))
        deltas = _retry(engine).stream(question())
        assert (await anext(deltas)).text == "half"
        with pytest.raises(EngineBroke):
            await anext(deltas)
        assert len(engine.asked) == 1

    asyncio.run(run())


def test_a_role_without_words_is_held_back_so_that_a_retry_stays_possible() -> None:
    async def run() -> None:
        broke = EngineBroke("cut", remedy="again")
        engine = ScriptedEngine(Says([""], finish=None, error=broke), Says(["", "a", "b"]))
        deltas = [delta async for delta in _retry(engine).stream(question())]
        assert [delta.text for delta in deltas] == ["", "a", "b", ""]
        assert deltas[0] == Delta("", raw=b"data: \n\n")

    asyncio.run(run())


@pytest.mark.parametrize(
    "failure",
    [
        ChatRefused("no", remedy="change it"),
        EngineFailure("wrong key", remedy="set the key", retryable=False),
        EngineBusy("full", remedy="wait", code="queue_full"),
        EngineUnavailable("open", remedy="wait", code="breaker_open"),
        EngineBusy("full", remedy="wait", retry_after_s=11.0),
    ],
)
def test_what_another_try_would_not_change(failure: Exception) -> None:
    async def run() -> None:
        engine = ScriptedEngine(failure)
        with pytest.raises(type(failure)):
            await read(_retry(engine), question())
        assert len(engine.asked) == 1

    asyncio.run(run())


def test_retry_after_is_waited_for_but_not_past_the_deadline() -> None:
    async def run() -> None:
        engine = ScriptedEngine(down(retry_after_s=0.05))
        began = time.monotonic()
        assert await read(_retry(engine), question()) == "yes"
        assert time.monotonic() - began >= 0.045
        engine = ScriptedEngine(down(retry_after_s=5.0))
        began = time.monotonic()
        with pytest.raises(EngineUnavailable):
            await read(_retry(engine), question(deadline=time.monotonic() + 1.0))
        assert time.monotonic() - began < 1.0
        assert len(engine.asked) == 1

    asyncio.run(run())


def test_a_reader_that_leaves_while_it_waits_ends_it() -> None:
    async def run() -> None:
        engine = ScriptedEngine(down(retry_after_s=5.0))
        task = asyncio.create_task(read(_retry(engine), question()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(engine.asked) == 1

    asyncio.run(run())


@given(outcomes=st.lists(st.booleans(), max_size=150), floor=st.integers(0, 5))
@settings(max_examples=40)
def test_extra_calls_stay_within_a_tenth_over_any_row_of_failures(
    outcomes: list[bool], floor: int
) -> None:
    async def run() -> None:
        engine = ScriptedEngine(*[Says() if well else down() for well in outcomes])
        retry = _retry(engine, floor=floor)
        while engine.steps:
            try:
                await read(retry, question())
            except EngineFailure:
                continue
        assert retry.extra_tries == len(engine.asked) - retry.calls
        assert retry.extra_tries <= 0.1 * retry.calls + floor

    asyncio.run(run())


@given(events=st.lists(st.booleans(), max_size=500))
def test_the_budget_never_gives_more_than_its_share(events: list[bool]) -> None:
    budget = RetryBudget()
    calls = taken = 0
    for is_call in events:
        if is_call:
            budget.call_began()
            calls += 1
        else:
            taken += budget.take()
        assert taken <= 0.1 * calls + 3
