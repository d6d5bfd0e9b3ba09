"""The composition: what it takes from the settings, and how it lets go."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
import stamina

from yuepi.app.compose import compose_bare, limits_of
from yuepi.engines.contract import EngineBroke
from yuepi.kit.settings import parse_settings

STUB = '[models.vl]\nengine = "openai_compatible"\nurl = "http://127.0.0.1:1/v1"\nmodel = "m"\n'


def settings(text: str = STUB) -> Any:
    return parse_settings(text, Path("nowhere"))


class Slow:
    """A gateway that takes its time to close."""

    def __init__(self) -> None:
        self.may_close = asyncio.Event()
        self.closed = False

    async def close(self) -> None:
        await self.may_close.wait()
        self.closed = True


@pytest.mark.parametrize(("state", "left_behind"), [("loading", True), ("ready", False)])
def test_only_what_is_being_loaded_is_left_behind(state: str, left_behind: bool) -> None:
    async def story() -> None:
        slow = Slow()
        async with compose_bare(settings()) as composed:
            object.__setattr__(composed, "gateway", slow)
            composed.warming["vl"] = state
            if not left_behind:
                asyncio.get_running_loop().call_later(0.5, slow.may_close.set)
        assert slow.closed is not left_behind

    asyncio.run(asyncio.wait_for(story(), 10))


def test_an_engine_that_fails_to_close_is_not_hidden() -> None:
    async def story() -> None:
        async with compose_bare(settings()) as composed:
            object.__setattr__(composed, "gateway", None)

    with pytest.raises(AttributeError):
        asyncio.run(story())


def test_limits_are_the_engines_unless_the_entry_says_otherwise() -> None:
    models = settings(
        '[models.a]\nengine = "openvino"\n[models.b]\nengine = "openvino"\n'
        "concurrency_max = 3\nqueue_wait_s_max = 0\n[models.c]\nengine = 'ocr'\n"
    ).models
    assert [limits_of(models[name]) for name in "abc"] == [(1, 120), (3, 0), (4, 30)]


def test_further_tries_are_logged_without_the_upstreams_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        async with compose_bare(settings()):
            async for attempt in stamina.retry_context(EngineBroke, attempts=2, wait_initial=0.001):
                with attempt:
                    raise EngineBroke("the invoice of Mr Wang", remedy="ask again")

    with caplog.at_level(logging.INFO), pytest.raises(EngineBroke):
        asyncio.run(story())
    (record,) = [each for each in caplog.records if each.levelno >= logging.INFO]
    assert record.name == "yuepi.app.compose"
    assert "engine_broke" in record.getMessage()
    assert "Wang" not in caplog.text
