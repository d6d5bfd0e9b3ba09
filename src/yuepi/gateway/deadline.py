"""A call's deadline, kept over all of it: waiting for a place, tries, fallbacks and every word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import TracebackType

from yuepi.engines.contract import Call, Delta, EngineTimeout


def within_deadline(
    deltas: AsyncGenerator[Delta, None], call: Call, alias: str
) -> AsyncGenerator[Delta, None]:
    """The same deltas until `call.deadline`, then `EngineTimeout`; the work behind it is ended.

    Without a deadline the very same generator is given back.
    """
    if call.deadline is None:
        return deltas
    return _bounded(deltas, call.deadline, alias)


async def _bounded(
    deltas: AsyncGenerator[Delta, None], deadline: float, alias: str
) -> AsyncGenerator[Delta, None]:
    left_s = deadline - time.monotonic()
    async with aclosing(deltas):
        if left_s <= 0:
            raise _too_late(alias)
        alarm = _Alarm(left_s, alias)
        try:
            while True:
                with alarm:
                    delta = await anext(deltas, None)
                if delta is None:
                    return
                yield delta
        finally:
            alarm.stop()


class _Alarm:
    """Cancels the task only while it waits inside `with`, once the time is over.

    `asyncio.timeout` around a `yield` would cancel the reader's code instead, and one around each
    step would set a timer for every word. Used inside, it turns that cancellation (and no other)
    into `EngineTimeout`, by the rules of `asyncio.Timeout`.
    """

    __slots__ = ("_alias", "_cancelling", "_over", "_task", "_timer")

    def __init__(self, left_s: float, alias: str) -> None:
        self._alias = alias
        self._over = False
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._timer = asyncio.get_running_loop().call_later(left_s, self._ring)

    def stop(self) -> None:
        self._timer.cancel()

    def __enter__(self) -> None:
        if self._over:
            raise _too_late(self._alias)
        self._task = asyncio.current_task()
        if self._task is not None:
            self._cancelling = self._task.cancelling()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if not self._over or task is None:
            return
        if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise _too_late(self._alias) from error

    def _ring(self) -> None:
        self._over = True
        if self._task is not None:
            self._task.cancel()


def _too_late(alias: str) -> EngineTimeout:
    return EngineTimeout(
        f"{alias!r} did not finish its answer before the deadline",
        remedy="ask for less (fewer pictures, fewer tokens), or raise deadline_s of the route",
        code="deadline_exceeded",
        retryable=False,
    )
