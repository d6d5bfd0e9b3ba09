"""The same question gets the same answer, another question never does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.rooms.gateway.scripted_cache import cached_engine, cold, until
from tests.rooms.gateway.scripted_engine import Clock, Says, down, question, read
from yuepi.engines.contract import (
    Delta,
    EngineBroke,
    EngineFailure,
    JsonShape,
    Usage,
)
from yuepi.gateway.answers_cache import AnswersCache


def test_a_second_equal_question_is_answered_from_memory() -> None:
    async def run() -> None:
        cached, engine = cached_engine(Says(["a", "b"]))
        first, second = cold(), cold()
        assert await read(cached, first) == "ab"
        deltas = [delta async for delta in cached.stream(second)]
        assert deltas == [Delta("ab", "stop", Usage(10, 2))]
        assert (first.call.cache, second.call.cache) == ("miss", "hit")
        assert (second.call.deployment, second.call.model_version) == ("fake", "v1")
        assert (first.call.attempts, second.call.attempts) == (1, 0)
        assert len(engine.asked) == 1

    asyncio.run(run())


def test_an_answer_about_today_is_not_given_tomorrow() -> None:
    async def run() -> None:
        now = [datetime(2026, 6, 30, 15, 59, tzinfo=UTC)]
        cached, engine = cached_engine(cache=AnswersCache(now=lambda: now[0]))
        await read(cached, cold())
        now[0] += timedelta(minutes=1)  # midnight in China
        for kept in ("miss", "hit"):
            chat = cold()
            await read(cached, chat)
            assert chat.call.cache == kept
        assert len(engine.asked) == 2

    asyncio.run(run())


@pytest.mark.parametrize("temperature", [None, 0.2, 1.0])
def test_only_temperature_zero_said_aloud_is_remembered(temperature: float | None) -> None:
    async def run() -> None:
        cached, engine = cached_engine()
        for _ in range(2):
            chat = question(temperature=temperature)
            await read(cached, chat)
            assert chat.call.cache == "off"
        assert len(engine.asked) == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    "step",
    [
        Says(["cut"], finish="length"),
        Says(["bad"], finish="content_filter"),
        Says([]),
        Says(["half"], finish=None),
        Says(["half"], error=EngineBroke("cut", remedy="again")),
        down(),
    ],
)
def test_what_is_not_whole_is_not_kept(step: Any) -> None:
    async def run() -> None:
        cached, engine = cached_engine(step, Says(["whole"]))
        try:
            await read(cached, cold())
        except EngineFailure:
            assert isinstance(step, EngineFailure) or step.error is not None
        assert await read(cached, cold()) == "whole"
        assert len(engine.asked) == 2

    asyncio.run(run())


def test_an_answer_of_a_fallback_or_of_wrong_shape_is_not_kept() -> None:
    async def run() -> None:
        cached, engine = cached_engine()
        engine.version = "another"
        await read(cached, cold())
        await read(cached, cold())
        assert len(engine.asked) == 2
        cached, engine = cached_engine(otherwise=Says(["no JSON"]))
        for _ in range(2):
            await read(cached, replace(cold(), shape=JsonShape()))
        assert len(engine.asked) == 2

    asyncio.run(run())


def test_memory_is_bounded_in_bytes_and_time() -> None:
    async def run() -> None:
        clock = Clock()
        cache = AnswersCache(bytes_max=10_000, ttl_s=60.0, clock=clock)
        cached, engine = cached_engine(cache=cache, otherwise=Says(["x" * 500]))
        for number in range(50):
            await read(cached, cold(str(number)))
        assert 0 < cache.bytes_kept <= 10_000
        await read(cached, cold("49"))
        assert len(engine.asked) == 50
        clock.now += 61
        await read(cached, cold("49"))
        assert len(engine.asked) == 51
        engine.otherwise = Says(["x" * 20_000])
        assert len(await read(cached, cold("large"))) == 20_000

    asyncio.run(run())


def test_a_tenant_never_sees_another_tenants_answer() -> None:
    async def run() -> None:
        go = asyncio.Event()
        cached, engine = cached_engine(Says(["for a"], wait=go), Says(["for b"], wait=go))
        both = asyncio.gather(read(cached, cold(tenant="a")), read(cached, cold(tenant="b")))
        await until(lambda: len(engine.asked) == 2)
        go.set()
        assert await both == ["for a", "for b"]
        assert await read(cached, cold(tenant="b")) == "for b"
        assert await read(cached, cold(tenant="c")) == "yes"

    asyncio.run(run())
