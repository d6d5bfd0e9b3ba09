"""A cache around an engine that answers from a script, and questions that it may remember."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.rooms.gateway.scripted_engine import ScriptedEngine, question
from yuepi.engines.contract import (
    Chat,
)
from yuepi.gateway.answers_cache import AnswersCache, CachedEngine


class Modelled(ScriptedEngine):
    """Tells its deployment and version, as Fallback does."""

    version = "v1"

    def stream(self, chat: Chat) -> Any:
        chat.call.deployment, chat.call.model_version = self.name, self.version
        chat.call.attempts += 1
        return super().stream(chat)


def cached_engine(
    *steps: Any, cache: AnswersCache | None = None, otherwise: Any = None
) -> tuple[CachedEngine, Modelled]:
    engine = Modelled(*steps, otherwise=otherwise)
    return (cache or AnswersCache()).around(engine, "v1"), engine


def cold(text: str = "hello", tenant: str = "default", **more: Any) -> Chat:
    chat = question(text, temperature=0.0, **more)
    chat.call.tenant = tenant
    return chat


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.001)
