"""From the thread that runs the model to the event loop that waits: pieces of one answer.

The thread never waits for a slow reader, for others share its batch: what was not fetched yet is
joined to one piece. So a mailbox holds one answer at most, and an answer is bounded by its
`max_tokens`.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator

from yuepi.engines.contract import Delta, EngineTimeout, Finish, Usage


class Left(Exception):
    """The reader is gone; stop working for it."""


def too_late() -> EngineTimeout:
    """The error for a deadline that passed."""
    return EngineTimeout(
        "the model did not finish in the time that was given",
        remedy="give more time, fewer or smaller pictures, or a smaller max_tokens",
    )


@contextlib.asynccontextmanager
async def until(deadline: float | None) -> AsyncIterator[None]:
    """Raise `EngineTimeout` from what is inside when the deadline (monotonic seconds) passes."""
    if deadline is None:
        yield
        return
    try:
        async with asyncio.timeout(deadline - time.monotonic()):
            yield
    except TimeoutError as error:
        raise too_late() from error


class Mailbox:
    """One answer on its way. Made on the event loop; `put` and `fail` are called by the thread."""

    def __init__(self, deadline: float | None) -> None:
        self._deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._lock = threading.Lock()
        self._pieces: list[str] = []
        self._finish: Finish | None = None
        self._usage: Usage | None = None
        self._error: BaseException | None = None
        self._closed = False
        self._rung = False

    # --- the thread's side

    def check(self) -> None:
        """Raise `Left` when nobody waits any more, `EngineTimeout` when the deadline passed."""
        if self._closed:
            raise Left
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise too_late()

    def put(self, text: str, finish: Finish | None = None, usage: Usage | None = None) -> None:
        """Another piece; with `finish` the last one."""
        with self._lock:
            if text:
                self._pieces.append(text)
            self._finish, self._usage = finish, usage
            self._ring()

    def fail(self, error: BaseException) -> None:
        """The answer ends here, with an error."""
        with self._lock:
            self._error = error
            self._ring()

    def _ring(self) -> None:
        if self._closed or self._rung:
            return
        self._rung = True
        try:
            self._loop.call_soon_threadsafe(self._news.set)
        except RuntimeError:
            self._closed = True  # the loop is closed: the reader went with it

    # --- the event loop's side

    async def take(self) -> Delta:
        """What came since the last call, as one piece; waits until something did.

        The deadline counts here too: the thread does not look at a question that still queues.
        """
        async with until(self._deadline):
            await self._news.wait()
        with self._lock:
            self._news.clear()
            self._rung = False
            text, self._pieces = "".join(self._pieces), []
            if self._error is not None and not text:
                raise self._error
            if self._error is not None:
                self._news.set()
                return Delta(text=text)
            return Delta(text=text, finish=self._finish, usage=self._usage)

    @property
    def closed(self) -> bool:
        """Whether the reader is gone."""
        return self._closed

    def close(self) -> None:
        """The reader leaves; the thread notices before its next step."""
        self._closed = True
