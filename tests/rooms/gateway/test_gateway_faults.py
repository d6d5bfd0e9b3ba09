"""Faults of real servers over HTTP, as a gateway's callers see them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.faults.upstream import Hang, Reply, Status, Stream, Truncated, Upstream, WrongJson
from tests.rooms.gateway.scripted_books import (
    KEY,
    Books,
    gateway_of,
    text_of,
    two_in_order,
)
from tests.rooms.gateway.scripted_engine import Clock, question
from yuepi.engines import openai_compatible
from yuepi.engines.contract import (
    EngineBroke,
    EngineTimeout,
    EngineUnavailable,
    JsonShape,
    ModelEntry,
)
from yuepi.gateway.answers_cache import AnswersCache


def _over_http(name: str, upstream: Upstream, **options: Any) -> Any:
    wanted = {"url": upstream.url, "model": "stub", "read_timeout_s": 0.3, **options}
    wanted.setdefault("answer_timeout_s", wanted["read_timeout_s"])
    return openai_compatible.build(ModelEntry(name, "openai_compatible", wanted, Path()))


def test_upstream_down_the_breaker_opens_the_fallback_answers_and_it_recovers() -> None:
    async def run() -> None:
        books = Books()
        async with Upstream() as bad, Upstream() as spare:
            bad.otherwise, spare.otherwise = Status(500), Reply("spare")
            engines = (_over_http("a", bad), _over_http("b", spare))
            clock = Clock()
            gateway = gateway_of(
                books, *engines, route=two_in_order(), tries=3, breaker_clock=clock
            )
            for _ in range(60):
                assert await text_of(gateway, "desk", question()) == "spare"
            numbers = gateway.snapshot()["deployments"]["a"]
            assert numbers["breaker"] == "open"
            assert len(bad.requests) <= 10
            assert len(bad.requests) + len(spare.requests) - 60 <= 0.1 * 60
            # It is up again: within one probe window the main model answers.
            bad.otherwise = Reply("main")
            clock.now += 5.0
            assert await text_of(gateway, "desk", question()) == "main"
            assert gateway.snapshot()["deployments"]["a"]["breaker"] == "closed"
            await gateway.close()
        assert {record.outcome for record in books.records} == {"done"}
        assert {record.deployment for record in books.records} == {"a", "b"}

    asyncio.run(run())


@pytest.mark.parametrize(
    "step",
    [
        Truncated(),
        Truncated(()),
        WrongJson(),
        Hang(),
        Hang(("half",)),
        Reply("cut", finish="length"),
    ],
)
@pytest.mark.parametrize("incremental", [True, False])
def test_a_broken_answer_is_never_cached(step: Any, incremental: bool) -> None:
    async def run() -> None:
        async with Upstream([step]) as upstream:
            gateway = gateway_of(Books(), _over_http("a", upstream), cache=AnswersCache())
            cold = replace(question(temperature=0.0), incremental=incremental)
            if isinstance(step, Reply):
                await text_of(gateway, "a", cold)
            else:
                with pytest.raises((EngineBroke, EngineTimeout, EngineUnavailable)):
                    await text_of(gateway, "a", cold)
            chat = replace(cold, call=replace(cold.call))
            assert await text_of(gateway, "a", chat) == "ok"
            assert chat.call.cache == "miss"
            assert len(upstream.requests) == 2
            await gateway.close()

    asyncio.run(run())


def test_wrong_json_is_asked_for_again_and_then_elsewhere() -> None:
    async def run() -> None:
        async with Upstream() as bad, Upstream() as good:
            bad.otherwise, good.otherwise = Reply("27 yuan"), Reply('{"total": "27"}')
            gateway = gateway_of(
                Books(), _over_http("a", bad), _over_http("b", good), route=two_in_order(), tries=2
            )
            chat = replace(question(), shape=JsonShape({"type": "object", "required": ["total"]}))
            for _ in range(2):
                answer = await gateway.ask("desk", chat, KEY)
                assert answer.text == '{"total": "27"}'
            assert len(bad.requests) == 4
            # The backend is well: bad JSON is not a matter of its health.
            assert gateway.snapshot()["deployments"]["a"]["breaker"] == "closed"
            await gateway.close()

    asyncio.run(run())


def test_retry_after_is_honoured_over_http() -> None:
    async def run() -> None:
        async with Upstream([Status(429, retry_after="1")]) as upstream:
            gateway = gateway_of(Books(), _over_http("a", upstream), tries=2)
            began = time.monotonic()
            chat = question()
            assert await text_of(gateway, "a", chat) == "ok"
            assert time.monotonic() - began >= 0.95
            assert chat.call.attempts == 2
            await gateway.close()

    asyncio.run(run())


def test_the_upstream_is_left_within_a_second_when_the_last_reader_leaves() -> None:
    async def run() -> None:
        async with Upstream() as upstream:
            upstream.otherwise = Stream(["x"] * 500, delay_s=0.02)
            gateway = gateway_of(Books(), _over_http("a", upstream), cache=AnswersCache())
            for temperature in (0.0, 0.7):
                readers = [
                    gateway.stream("a", question(temperature=temperature), KEY) for _ in range(2)
                ]
                for deltas in readers:
                    await anext(deltas)
                began = time.monotonic()
                for deltas in readers:
                    await deltas.aclose()
                while upstream.open:
                    assert time.monotonic() - began < 1.0
                    await asyncio.sleep(0.01)
            assert upstream.cut == 3
            await gateway.close()

    asyncio.run(run())
