"""One HTTP request and its answer over raw ASGI: body within limits, pieces, the client leaving.

Raw because a framework's request and response objects cost more than the gateway itself does
(DESIGN section 3): one of these is made for each request, and no task unless the answer is slow.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import quote

from yuepi.engines.contract import Call, ChatRefused

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

# A quick answer is over before anybody could leave: only a slower one pays for a task.
WATCH_AFTER_S = 0.2
NAME_CHARACTERS_MAX = 256
# So many events are sent before other requests get their turn.
PIECES_AT_A_STRETCH = 64


class ClientLeft(Exception):
    """The client closed the connection (or stopped reading): nobody waits for an answer."""


class BodyTooLarge(ChatRefused):
    """More bytes than a request may have."""

    code = "request_too_large"
    http_status = 413


class BodyTooSlow(ChatRefused):
    """The body did not arrive in time."""

    code = "request_timeout"
    http_status = 408


@dataclass(slots=True)
class Share:
    """What the requests of one key that are under way hold together."""

    requests: int = 0
    bytes: int = 0


class Exchange:
    """The request's few facts, and the ways to answer it. Used by one task only."""

    __slots__ = (
        "_ended",
        "_pieces",
        "_receive",
        "_send",
        "_send_wait_s_max",
        "_sending_since",
        "_timer",
        "_watcher",
        "authorization",
        "call",
        "content_encoding",
        "content_length",
        "entered",
        "headers",
        "held_bytes",
        "id",
        "left",
        "method",
        "path",
        "progress_wanted",
        "share",
        "started",
        "streaming",
    )

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, *, send_wait_s_max: float
    ) -> None:
        self._receive = receive
        self._send = send
        self._send_wait_s_max = send_wait_s_max
        self._sending_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._ended = False
        self._pieces = 0
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.id = "req-" + secrets.token_hex(12)
        self.call = Call(id=self.id)
        self.entered = False
        self.held_bytes = 0
        self.share: Share | None = None
        self.left = False
        self.started = False
        self.streaming = False
        self.authorization = b""
        self.content_encoding = b""
        self.content_length = b""
        self.progress_wanted = False
        self.headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
        for name, value in self.headers:
            if name == b"authorization":
                self.authorization = value
            elif name == b"content-length":
                self.content_length = value
            elif name == b"content-encoding":
                self.content_encoding = value
            elif name == b"x-yuepi-progress":
                self.progress_wanted = value.strip() == b"1"
            elif name == b"x-conversation-id":
                self.call.conversation = value.decode("latin-1").strip()[:NAME_CHARACTERS_MAX]

    # --- the request ---------------------------------------------------------------------------

    def header(self, name: str) -> str | None:
        """The first header of that name, in lower case; None: there is none."""
        wanted = name.encode("ascii")
        return next((v.decode("latin-1") for n, v in self.headers if n == wanted), None)

    async def body(
        self, *, bytes_max: int, wait_s_max: float, hold: Callable[[Exchange, int], None]
    ) -> bytes:
        """The whole body; `hold` is told of each piece's bytes as it arrives and may refuse it.

        Raises `BodyTooLarge`, `BodyTooSlow`, `ChatRefused`, `ClientLeft`, and what `hold` raises.
        """
        if self.content_encoding and self.content_encoding.lower() != b"identity":
            raise ChatRefused(
                "the body is compressed",
                remedy="send it without Content-Encoding",
                code="unsupported_encoding",
            )
        stated = self.content_length
        if stated.isdigit() and (len(stated) > 18 or int(stated) > bytes_max):
            raise _too_large(bytes_max)
        pieces: list[bytes] = []
        size, more = 0, True
        try:
            async with asyncio.timeout(wait_s_max):
                while more:
                    message = await self._receive_body()
                    piece = message.get("body", b"")
                    size += len(piece)
                    if size > bytes_max:
                        raise _too_large(bytes_max)
                    hold(self, len(piece))
                    pieces.append(piece)
                    more = message.get("more_body", False)
        except TimeoutError as error:
            raise BodyTooSlow(
                f"the body did not arrive within {wait_s_max:.0f} s",
                remedy="send it again over a better connection, or send smaller pictures",
            ) from error
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _receive_body(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.left = True
            raise ClientLeft
        return message

    # --- the client leaving --------------------------------------------------------------------

    def watch(self) -> None:
        """From now on the current task is cancelled when the client leaves or stops reading.

        Call it once the body was read. The task then ends with `CancelledError` and `left` set.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("an exchange is watched by the task that answers it")
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(WATCH_AFTER_S, self._begin_watching, loop, task)

    def _begin_watching(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
        self._watcher = loop.create_task(self._see_off(task))

    async def _see_off(self, task: asyncio.Task[Any]) -> None:
        while True:
            try:
                async with asyncio.timeout(self._send_wait_s_max / 2):
                    message = await self._receive()
            except TimeoutError:
                since = self._sending_since
                if since is None or monotonic() - since < self._send_wait_s_max / 2:
                    continue
                break
            if message["type"] == "http.disconnect":
                break
        if not self._ended:
            self.left = True
            task.cancel()

    def done(self) -> None:
        """Nothing more will be sent; the watching ends."""
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()

    # --- the answer ----------------------------------------------------------------------------

    async def reply(self, status: int, body: bytes, headers: Iterable[Header] = ()) -> None:
        """The whole answer at once; `body` is JSON."""
        self.started = True
        await self._put(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", b"%d" % len(body)),
                    (b"x-request-id", self.id.encode()),
                    *headers,
                ],
            }
        )
        await self._put({"type": "http.response.body", "body": body})
        self._ended = True

    async def start_events(self, headers: Iterable[Header] = ()) -> None:
        """Begin an answer of server-sent events."""
        self.started = self.streaming = True
        await self._put(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-cache"),
                    (b"x-accel-buffering", b"no"),
                    (b"x-request-id", self.id.encode()),
                    *headers,
                ],
            }
        )

    async def write(self, piece: bytes) -> None:
        """Whole events; waits while the client does not keep up."""
        # As `_put` does, but for hundreds of events an answer one coroutine less each.
        self._sending_since = monotonic()
        try:
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        except OSError as error:
            self.left = True
            raise ClientLeft from error
        self._sending_since = None
        self._pieces += 1
        if not self._pieces % PIECES_AT_A_STRETCH:
            # An answer that is all there (from the cache, say) never waits by itself.
            await asyncio.sleep(0)

    async def end_events(self, piece: bytes) -> None:
        """The last events."""
        await self._put({"type": "http.response.body", "body": piece})
        self._ended = True

    async def _put(self, message: MutableMapping[str, Any]) -> None:
        self._sending_since = monotonic()
        try:
            await self._send(message)
        except OSError as error:  # what ASGI 2.4 servers raise when the client is gone
            self.left = True
            raise ClientLeft from error
        self._sending_since = None


def header_value(text: str) -> bytes:
    """A name as a header's value: what is not printable ASCII is percent-encoded."""
    if text.isascii() and text.isprintable():
        return text.encode("ascii")
    return quote(text, safe=" /:;,.+-_()").encode("ascii")


def _too_large(bytes_max: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"the request is larger than {bytes_max / 2**20:.0f} MB",
        remedy="send fewer or smaller pictures",
    )
