"""What holds for every request under `/api`, before a route sees it and after it answered.

A raw ASGI layer around the framework, because the framework reads a whole body before anybody may
say no. Bodies are JSON of at most 1 MB, but where a path takes uploads; they arrive in time or not
at all. No answer may be stored, framed, sniffed or run; no other site is let in (there are no CORS
headers), so that a key or a cookie serves its owner's pages alone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yuepi.app.problems import TOLD, WireRefused, problem_of

JSON_BYTES_MAX: Final = 2**20
BODY_WAIT_S_MAX: Final = 60.0
"""From the first byte to the last of a JSON body."""
LATE_BYTES_MAX: Final = 64 * 2**20
LATE_S_MAX: Final = 3.0
"""What a client that was refused may go on sending before the connection is closed: one that only
listens after it has sent would otherwise see a broken connection, not the reason."""

UPLOADS: Final = re.compile(
    r"/api/claims(?:/[^/]+/answer)?|/api/uploads|/api/extract"
    r"|/api/library/documents(?:/[^/]+/versions)?"
)
"""The paths that take `multipart/form-data`; their routes limit what they take in."""

HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


class Wire:
    """The ASGI application `app` with limits on what comes and headers on what goes."""

    def __init__(self, app: ASGIApp, *, json_bytes_max: int = JSON_BYTES_MAX) -> None:
        self._app = app
        self._json_bytes_max = json_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; raises only what breaks an answer that has begun."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        try:
            exchange.check(self._json_bytes_max)
            await self._app(scope, exchange.receive, exchange.send)
        except WireRefused as error:
            if exchange.started:
                raise
            await problem_of(error).response(scope, exchange.receive, exchange.send)
        except Exception:
            # The mark: what raised this has been logged and answered.
            if not scope.get(TOLD):
                raise


class _Exchange:
    """One request and its answer, as they pass through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._method, self._path = scope["method"], scope["path"]
        self._headers = Headers(scope=scope)
        self._receive, self._send = receive, send
        self._loop = asyncio.get_running_loop()
        self._ends_s: float | None = None
        self._bytes_max: int | None = None
        self._bytes = 0
        self._ended = False
        self.started = False

    def check(self, json_bytes_max: int) -> None:
        """Raises `WireRefused` for a body that need not be looked at to be refused."""
        length = _length(self._headers)
        self._ended = not length and "transfer-encoding" not in self._headers
        if self._ended:
            return
        if self._headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise _unsupported("a packed body is not taken", "send the body as it is")
        uploads = UPLOADS.fullmatch(self._path) is not None and self._method == "POST"
        kind = self._headers.get("content-type", "").partition(";")[0].strip().lower()
        _check_kind(kind, uploads=uploads)
        if kind == "multipart/form-data":
            # How much of it, and for how long, its route says.
            return
        if length is not None and length > json_bytes_max:
            raise too_large(json_bytes_max)
        self._bytes_max = json_bytes_max
        self._ends_s = self._loop.time() + BODY_WAIT_S_MAX

    async def receive(self) -> Message:
        """The next piece of the body, or that the client left."""
        if self._ended:
            # Only the end of the connection is awaited here: that may take its time.
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._ends_s):
                message = await self._receive()
        except TimeoutError:
            raise too_slow() from None
        self._bytes += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._bytes_max is not None and self._bytes > self._bytes_max:
            raise too_large(self._bytes_max)
        return message

    async def send(self, message: Message) -> None:
        """A piece of the answer. One that comes before the body's end closes the connection."""
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(raw=message["headers"])
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if not self._ended:
                headers["connection"] = "close"
        elif not self._ended and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._hear_out()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def _hear_out(self) -> None:
        """Throw away what the client goes on sending, within limits."""
        heard = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(LATE_S_MAX):
                while not self._ended and heard <= LATE_BYTES_MAX:
                    message = await self._receive()
                    heard += len(message.get("body", b""))
                    self._ended = not message.get("more_body", False)


def too_large(bytes_max: int, what: str = "the body") -> WireRefused:
    """More bytes than may come."""
    size = f"{bytes_max // 2**20} MB" if bytes_max >= 2**20 else f"{bytes_max} bytes"
    return WireRefused(
        f"{what} is larger than {size}",
        remedy="send less at once, or smaller files",
        code="too_large",
        http_status=413,
    )


def too_slow() -> WireRefused:
    """A body that does not end."""
    return WireRefused(
        "the body did not arrive in time",
        remedy="send it again over a faster connection",
        code="too_slow",
        http_status=408,
    )


def _unsupported(message: str, remedy: str) -> WireRefused:
    return WireRefused(message, remedy=remedy, code="unsupported_media_type", http_status=415)


def _length(headers: Headers) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _check_kind(kind: str, *, uploads: bool) -> None:
    if kind == "application/json" or (uploads and kind == "multipart/form-data"):
        return
    wanted = "multipart/form-data" if uploads else "application/json"
    raise _unsupported(f"a body of the type {kind[:80]!r} is not taken", f"send {wanted}")
