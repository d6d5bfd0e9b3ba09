"""Progress as it happens: server-sent events (https://html.spec.whatwg.org/#server-sent-events).

However many listen to one thing, one task looks whether there is something new; each listener then
reads it with their own rights, so that nothing is seen through a stream that a question would not
show. Streams are limited in number, end by themselves after a while (clients come back with
`Last-Event-ID`), and end at once when the server is to stop.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from yuepi.kit.errors import Unavailable, YuepiError

LOG = logging.getLogger(__name__)

SEND_WAIT_S_MAX: Final = 30.0
"""A client that takes nothing for so long counts as gone."""
RETRY_MS: Final = 2_000
_FAILED_WAIT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """How many streams there may be, in all and of one person; how often is looked for news.

    heartbeat_s: a sign of life is sent and the listener's right asked again. life_s_max: a stream
    ends after that, and its client may open another.
    """

    streams_max: int = 512
    person_streams_max: int = 8
    look_s: float = 0.5
    heartbeat_s: float = 15.0
    life_s_max: float = 1_800.0


Look = Callable[[], Awaitable[object]]
"""Something that is another value once there is news; asked often, so it must be cheap."""
Event = tuple[int, str, Mapping[str, Any]]
"""Sequence number, name (the listener's handler), and data as plain JSON values."""
Read = Callable[[int], Awaitable[tuple[Sequence[Event], bool]]]
"""The events after a sequence number, as this listener may see them, and whether no more are
expected."""
Check = Callable[[], Awaitable[object]]
"""Raises `YuepiError` once the listener may listen no more."""


class TooManyStreams(YuepiError):
    """More streams are open than may be."""

    code = "too_many_streams"
    http_status = 429
    retry_after_s = 5


@dataclass(slots=True)
class _Watch:
    """The task that looks after one topic, and what it saw last."""

    listeners: int
    changed: asyncio.Condition
    count: int = 0
    task: asyncio.Task[None] | None = None


class Feeds:
    """All streams of a server. `close` ends them; after it there are no new ones."""

    def __init__(self, limits: FeedLimits | None = None) -> None:
        self._limits = limits or FeedLimits()
        self._watches: dict[str, _Watch] = {}
        self._people: Counter[str] = Counter()
        self._closing = asyncio.Event()

    @property
    def open_streams(self) -> int:
        """How many there are now."""
        return self._people.total()

    def close(self) -> None:
        """End every stream; clients are told to come back."""
        self._closing.set()

    def stream(
        self, person: str, topic: str, after: int, look: Look, read: Read, check: Check
    ) -> Response:
        """The answer that tells what happens in `topic` after the sequence number `after`.

        Raises `TooManyStreams`, and `Unavailable` once the server is to stop.
        """
        if self._closing.is_set():
            raise Unavailable("this server is about to stop", remedy="try again in a moment")
        limits = self._limits
        if self.open_streams >= limits.streams_max:
            raise TooManyStreams(
                "too many streams are open", remedy="ask for the events without a stream"
            )
        if self._people[person] >= limits.person_streams_max:
            raise TooManyStreams(
                f"you have {limits.person_streams_max} streams open already",
                remedy="close one of them, or ask for the events without a stream",
            )
        # Counted from here on: several at once must not all pass.
        self._people[person] += 1
        return EventStream(
            lambda: self._told(topic, after, look, read, check), lambda: self._left(person)
        )

    def _left(self, person: str) -> None:
        self._people[person] -= 1
        if not self._people[person]:
            del self._people[person]

    async def _told(
        self, topic: str, after: int, look: Look, read: Read, check: Check
    ) -> AsyncGenerator[bytes, None]:
        limits, loop = self._limits, asyncio.get_running_loop()
        ends_s = loop.time() + limits.life_s_max
        checked_s = loop.time()
        watch = self._watched(topic, look)
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            while not self._closing.is_set() and loop.time() < ends_s:
                # Before reading: what comes while we read is news again.
                seen = watch.count
                if loop.time() - checked_s >= limits.heartbeat_s:
                    await check()
                    checked_s = loop.time()
                events, ended = await read(after)
                for number, name, data in events:
                    after = number
                    yield _event(number, name, data)
                if ended:
                    yield b"event: end\ndata: {}\n\n"
                    return
                if not await self._news(watch, seen):
                    yield b": still here\n\n"
        except YuepiError as error:
            LOG.info("a stream ended: %s", error.code)
            told = {"code": error.code, "remedy": error.remedy}
            yield b"event: problem\ndata: " + json.dumps(told).encode() + b"\n\n"
        finally:
            self._unwatched(topic, watch)

    async def _news(self, watch: _Watch, seen: int) -> bool:
        """Wait for news, a heartbeat long at most; whether there are any."""
        async with watch.changed:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._limits.heartbeat_s):
                    await watch.changed.wait_for(
                        lambda: watch.count != seen or self._closing.is_set()
                    )
        return watch.count != seen

    def _watched(self, topic: str, look: Look) -> _Watch:
        watch = self._watches.get(topic)
        if watch is None:
            watch = self._watches[topic] = _Watch(0, asyncio.Condition())
            watch.task = asyncio.create_task(self._watch(watch, look))
        watch.listeners += 1
        return watch

    def _unwatched(self, topic: str, watch: _Watch) -> None:
        watch.listeners -= 1
        if not watch.listeners:
            del self._watches[topic]
            if watch.task is not None:
                watch.task.cancel()

    async def _watch(self, watch: _Watch, look: Look) -> None:
        """Look for news as long as somebody listens."""
        last: object = None
        wait_s = 0.0
        while True:
            try:
                now = await look()
            except YuepiError as error:
                # The listeners' own reading tells them what is wrong, at the next heartbeat.
                LOG.info("looking for news failed: %s", error.code)
                wait_s = _FAILED_WAIT_S
            else:
                wait_s = self._limits.look_s
                if now != last:
                    last = now
                    await _ring(watch)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._closing.wait()
                    await _ring(watch)
                    return


async def _ring(watch: _Watch) -> None:
    async with watch.changed:
        watch.count += 1
        watch.changed.notify_all()


def _event(number: int, name: str, data: Mapping[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # JSON has no bare line ends, so one line of data is enough; names are our own.
    return f"id: {number}\nevent: {name}\ndata: {text}\n\n".encode()


class EventStream(Response):
    """A response that sends pieces as they come, until the client leaves or takes nothing."""

    media_type = "text/event-stream"

    def __init__(
        self, pieces: Callable[[], AsyncGenerator[bytes, None]], left: Callable[[], None]
    ) -> None:
        super().__init__()
        del self.headers["content-length"]
        # Proxies must not gather what is told piece by piece.
        self.headers.update({"x-accel-buffering": "no", "cache-control": "no-store"})
        self._pieces = pieces
        self._left = left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the end; never longer than the client is there."""
        telling = asyncio.create_task(self._tell(send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (telling, leaving):
                task.cancel()
            results = await asyncio.gather(telling, leaving, return_exceptions=True)
            self._left()
        if isinstance(results[0], TimeoutError | OSError):
            LOG.info("a listener took nothing for too long")
        elif isinstance(results[0], Exception):
            raise results[0]

    async def _tell(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                async with asyncio.timeout(SEND_WAIT_S_MAX):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
