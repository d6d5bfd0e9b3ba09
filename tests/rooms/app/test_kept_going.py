"""Tasks beside the main work: begun again when they fail, soon when only the database was away."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import pytest

from yuepi.app import kept_going as module
from yuepi.app.kept_going import kept_going
from yuepi.kit.errors import Unavailable


def waits_of(monkeypatch: pytest.MonkeyPatch, ends: list[Exception | None]) -> list[float]:
    """The pauses between the lives of a task that ends in these ways."""
    waits: list[float] = []
    left = list(ends)

    async def task() -> None:
        if not left:
            raise asyncio.CancelledError
        error = left.pop(0)
        if error is not None:
            raise error

    async def sleep(wait_s: float) -> None:
        waits.append(wait_s)

    async def told() -> None:
        monkeypatch.setattr(module.asyncio, "sleep", sleep)
        with suppress(asyncio.CancelledError):
            await kept_going("deadlines", task)

    asyncio.run(told())
    return waits


def away() -> Unavailable:
    return Unavailable("the database does not work", remedy="start it")


def test_a_failing_task_is_begun_again_ever_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ends = [RuntimeError("broken"), None, *[RuntimeError("broken")] * 5]
    assert waits_of(monkeypatch, ends) == [1, 2, 4, 8, 16, 30, 30]
    assert "broken" in caplog.text
    assert "Traceback" in caplog.text


def test_an_absent_database_is_looked_for_often_and_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ends = [RuntimeError("x")] * 5 + [away()] * 4
    caplog.set_level(logging.WARNING)
    assert waits_of(monkeypatch, ends)[5:] == [5, 5, 5, 5]
    lines = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert len(lines) == 4
    assert not any(each.exc_info for each in lines)
