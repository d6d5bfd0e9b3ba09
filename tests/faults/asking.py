"""Asking an OpenAI-compatible engine about a scripted upstream, for the tests of engines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.upstream import Upstream
from yuepi.engines.contract import Chat, Delta, Engine, ModelEntry
from yuepi.engines.openai_compatible import build
from yuepi.kit.errors import YuepiError

Use = Callable[[Upstream, Engine], Awaitable[None]]


def engine_for(up: Upstream, folder: Path = Path(), **options: Any) -> Engine:
    """The engine for this upstream; its caller closes it."""
    return build(
        ModelEntry("m", "openai_compatible", {"url": up.url, "model": "stub"} | options, folder)
    )


def with_engine(use: Use, **options: Any) -> None:
    """Runs `use` with an upstream and an engine for it, and closes both."""

    async def story() -> None:
        async with Upstream() as up:
            engine = engine_for(up, **options)
            try:
                await use(up, engine)
            finally:
                await engine.close()
                await engine.close()

    asyncio.run(story())


async def answer(engine: Engine, question: Chat) -> list[Delta]:
    """All deltas of an answer."""
    return [delta async for delta in engine.stream(question)]


async def fail(engine: Engine, question: Chat) -> tuple[YuepiError, list[Delta]]:
    """The error that asking ends with, and what came before it."""
    deltas: list[Delta] = []
    try:
        async for delta in engine.stream(question):
            deltas.append(delta)
    except YuepiError as error:
        return error, deltas
    pytest.fail("it answered")


def joined(deltas: Iterable[Delta]) -> tuple[str, list[Any], list[Any]]:
    """The text, the finishes and the usages of these deltas."""
    deltas = list(deltas)
    finishes = [delta.finish for delta in deltas if delta.finish]
    usages = [delta.usage for delta in deltas if delta.usage]
    return "".join(delta.text for delta in deltas), finishes, usages
