"""Servers share answers through Redis, and do without it when it fails."""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.gateway.scripted_cache import cached_engine, cold
from tests.rooms.gateway.scripted_engine import Clock, Says, read
from yuepi.gateway.answers_cache import AnswersCache
from yuepi.gateway.answers_key import answer_key, question_sha256
from yuepi.gateway.answers_redis import RedisAnswers
from yuepi.kit.errors import YuepiError

REDIS = Path("/usr/bin/redis-server")


def _seal(content: bytes) -> bytes:
    return b"S" + bytes(byte ^ 0x5A for byte in content)


def _unseal(sealed: bytes) -> bytes:
    if not sealed.startswith(b"S"):
        raise YuepiError("broken seal", remedy="none")
    return bytes(byte ^ 0x5A for byte in sealed[1:])


@pytest.fixture
def redis_port() -> Iterator[int]:
    """A real Redis of this test's own, in memory only."""
    if not REDIS.exists():
        pytest.skip(f"{REDIS} is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([REDIS, *words], stdout=subprocess.DEVNULL)
    try:
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        yield port
    finally:
        server.terminate()
        server.wait(10)


@asynccontextmanager
async def _shared(port: int, **more: Any) -> AsyncIterator[AnswersCache]:
    redis = RedisAnswers(
        f"redis://127.0.0.1:{port}/0", seal=_seal, unseal=_unseal, ttl_s=60.0, **more
    )
    cache = AnswersCache(shared=redis)
    try:
        yield cache
    finally:
        await cache.close()


async def _raw(port: int, work: Callable[[Any], Awaitable[Any]]) -> Any:
    from redis.asyncio import Redis

    async with Redis(host="127.0.0.1", port=port) as redis:
        return await work(redis)


async def _one_key(port: int) -> bytes:
    async with asyncio.timeout(5):
        while True:
            keys = await _raw(port, lambda redis: redis.keys("*"))
            if keys:
                return bytes(keys[0])
            await asyncio.sleep(0.005)


@pytest.mark.real
def test_servers_share_sealed_answers_through_redis(redis_port: int) -> None:
    async def run() -> None:
        async with _shared(redis_port) as one, _shared(redis_port) as two:
            first, _ = cached_engine(Says(["机密 secret"]), cache=one)
            second, other = cached_engine(cache=two)
            assert await read(first, cold()) == "机密 secret"
            name = await _one_key(redis_port)
            stored = await _raw(redis_port, lambda redis: redis.get(name))
            assert b"secret" not in stored
            assert 0 < await _raw(redis_port, lambda redis: redis.pttl(name)) <= 60_000
            chat = cold()
            assert await read(second, chat) == "机密 secret"
            assert (chat.call.cache, chat.call.model_version) == ("hit", "v1")
            assert not other.asked
            assert await read(second, cold(tenant="b")) == "yes"

    asyncio.run(run())


@pytest.mark.real
def test_values_that_were_tampered_with_or_moved_are_misses(redis_port: int) -> None:
    async def run() -> None:
        async with _shared(redis_port) as one:
            await read(cached_engine(Says(["for a"]), cache=one)[0], cold(tenant="a"))
            name = await _one_key(redis_port)
            stored = await _raw(redis_port, lambda redis: redis.get(name))
        chat = cold(tenant="b")
        moved = "yuepi:answer:1:" + answer_key("b", "v1", "", question_sha256(chat))
        for value in (stored, b"nonsense", _seal(b"nonsense"), b"S"):
            await _raw(redis_port, lambda redis, value=value: redis.set(moved, value))
            async with _shared(redis_port) as two:
                assert await read(cached_engine(cache=two)[0], cold(tenant="b")) == "yes"

    asyncio.run(run())


@pytest.mark.real
def test_redis_hanging_costs_a_moment_once(redis_port: int) -> None:
    async def run() -> None:
        async with _shared(redis_port, wait_s_max=0.05) as cache:
            cached, _ = cached_engine(cache=cache)
            await _raw(redis_port, lambda redis: redis.client_pause(3_000))
            began = time.monotonic()
            for number in range(20):
                assert await read(cached, cold(str(number))) == "yes"
            assert time.monotonic() - began < 1.0

    asyncio.run(run())


def test_redis_being_away_breaks_nothing_and_is_logged_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def run() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound, not listening: refuses
            clock = Clock()
            async with _shared(taken.getsockname()[1], clock=clock) as cache:
                cached, engine = cached_engine(cache=cache)
                for number in range(20):
                    clock.now += 6
                    assert await read(cached, cold(str(number))) == "yes"
                    assert await read(cached, cold(str(number))) == "yes"
                assert len(engine.asked) == 20

    with caplog.at_level(logging.WARNING):
        asyncio.run(run())
    lines = [record for record in caplog.records if "Redis" in record.getMessage()]
    assert 2 <= len(lines) <= 3
