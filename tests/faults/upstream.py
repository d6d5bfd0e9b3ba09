"""A model server of OpenAI's language that answers, or fails, as a test's script says.

    async with Upstream() as up:
        up.script = [Status(429, retry_after="1"), Reply("yes")]   # one step a request, in order
        ... ask up.url ("http://127.0.0.1:PORT/v1") ...
        up.requests[0].body, up.requests[0].headers, up.open, up.cut

When the script is used up, `up.otherwise` (a `Reply`) answers every further request. A step
answers a request with `"stream": true` as server-sent events, any other as one JSON body. It runs
on the loop of the test. Clients that leave before the end count in `up.cut`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from aiohttp import web

Events = Iterator[bytes]


@dataclass(frozen=True)
class Reply:
    """A whole answer. Streamed, it comes as `pieces` (else one a character), `delay_s` before each.

    `raw_events`, if given, are sent as they are, one write each, instead of a stream made here.
    """

    text: str = "ok"
    finish: str = "stop"
    delay_s: float = 0.0
    pieces: tuple[str, ...] | None = None
    usage: tuple[int, int] | None = (10, 2)
    done: bool = True
    raw_events: tuple[bytes, ...] | None = None


def Stream(  # noqa: N802 - stands in scripts beside the steps' classes
    pieces: Sequence[str], delay_s: float = 0.0, **more: Any
) -> Reply:
    """A reply in these pieces, `delay_s` before each."""
    return Reply("".join(pieces), pieces=tuple(pieces), delay_s=delay_s, **more)


@dataclass(frozen=True)
class Status:
    """An HTTP error. `retry_after` is the header's text; `body` replaces OpenAI's error shape."""

    status: int
    message: str = "scripted error"
    retry_after: str | None = None
    code: str | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hang:
    """Takes the request and never answers; with pieces, sends them and then nothing more."""

    pieces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reset:
    """Tears the connection down (RST): at once, or after these pieces."""

    pieces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trickle:
    """The right answer, a few bytes at a time."""

    text: str = "ok"
    delay_s: float = 0.01
    step_bytes: int = 7


@dataclass(frozen=True)
class Truncated:
    """Ends cleanly in the middle: after these pieces no finish, no `[DONE]`. A body: half of it."""

    pieces: tuple[str, ...] = ("half an ",)


@dataclass(frozen=True)
class WrongJson:
    """200, but what stands where JSON should is not."""

    body: bytes = b"<html>not JSON</html>"


@dataclass(frozen=True)
class ErrorEvent:
    """Some pieces, then an error inside the stream, as vLLM and OpenAI send it."""

    pieces: tuple[str, ...] = ("half an ",)
    message: str = "out of memory"


Step = Reply | Status | Hang | Reset | Trickle | Truncated | WrongJson | ErrorEvent


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    path: str
    body: Any
    raw: bytes
    headers: Mapping[str, str]


def chunk_event(text: str | None, finish: str | None = None, **more: Any) -> bytes:
    """One `chat.completion.chunk` as a server-sent event."""
    delta = {} if text is None else {"content": text}
    return _event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more})


def _event(fields: Mapping[str, Any]) -> bytes:
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
    text = json.dumps({**chunk, **fields}, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def _usage(tokens: tuple[int, int]) -> dict[str, Any]:
    return {
        "prompt_tokens": tokens[0],
        "completion_tokens": tokens[1],
        "total_tokens": sum(tokens),
        "prompt_tokens_details": {"cached_tokens": 0},
    }


def reply_events(reply: Reply) -> Events:
    """The events of a reply: role, pieces, finish, usage, `[DONE]`."""
    if reply.raw_events is not None:
        yield from reply.raw_events
        return
    yield _event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
    for piece in reply.pieces if reply.pieces is not None else reply.text:
        yield chunk_event(piece)
    yield chunk_event(None, reply.finish)
    if reply.usage is not None:
        yield _event({"choices": [], "usage": _usage(reply.usage)})
    if reply.done:
        yield b"data: [DONE]\n\n"


def reply_body(reply: Reply) -> bytes:
    """The same reply as one `chat.completion`."""
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": reply.text},
                "finish_reason": reply.finish,
            }
        ],
    }
    if reply.usage is not None:
        body["usage"] = _usage(reply.usage)
    return json.dumps(body, ensure_ascii=False).encode()


class Upstream:
    """The server. `open`: requests being answered now; `cut`: clients that left before the end;
    `peers`: every client address (IP and port) seen, so its size counts connections.
    """

    def __init__(
        self, script: Sequence[Step] = (), *, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.script: list[Step] = list(script)
        self.otherwise: Step = Reply("ok")
        self.requests: list[Seen] = []
        self.models: tuple[str, ...] = ("stub",)
        self.peers: set[tuple[str, int]] = set()
        self.open = 0
        self.cut = 0
        self.url = ""
        self._port = port
        self._tls = tls
        self._closing = False
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Upstream:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._list_models)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"{'https' if self._tls else 'http'}://{host}:{port}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Stop listening and drop every connection. Calling it twice does no harm."""
        self._closing = True
        await self._runner.cleanup()

    async def wait_cut(self, count: int = 1, timeout_s: float = 1.0) -> bool:
        """Whether `count` clients have left before the end, waiting for it up to `timeout_s`."""
        return await self._until(lambda: self.cut >= count, timeout_s)

    async def wait_requests(self, count: int = 1, timeout_s: float = 5.0) -> bool:
        """Whether `count` requests have arrived, waiting for it up to `timeout_s`."""
        return await self._until(lambda: len(self.requests) >= count, timeout_s)

    async def _until(self, holds: Any, timeout_s: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        return bool(holds())

    async def _list_models(self, request: web.Request) -> web.Response:
        self._see(request, b"")
        data = [{"id": name, "object": "model", "owned_by": "test"} for name in self.models]
        return web.json_response({"object": "list", "data": data})

    def _see(self, request: web.Request, raw: bytes) -> Seen:
        if request.transport is not None:
            self.peers.add(request.transport.get_extra_info("peername")[:2])
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen = Seen(request.path, json.loads(raw) if raw else None, raw, headers)
        self.requests.append(seen)
        self._changed.set()
        return seen

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        step = self.script.pop(0) if self.script else self.otherwise
        self.open += 1
        try:
            seen = self._see(request, await request.read())
            return await self._answer(request, step, bool(seen.body.get("stream")))
        except (asyncio.CancelledError, ConnectionError):
            if not self._closing and not isinstance(step, Reset):
                self.cut += 1
            raise
        finally:
            self.open -= 1
            self._changed.set()

    async def _answer(self, request: web.Request, step: Step, stream: bool) -> web.StreamResponse:
        match step:
            case Status():
                return _status(step)
            case Reply() if not stream:
                await asyncio.sleep(step.delay_s)
                return _json(reply_body(step))
            case Reply():
                return await _send(request, reply_events(step), delay_s=step.delay_s)
            case Trickle():
                return await _trickle(request, step, stream)
            case WrongJson() if not stream:
                return _json(step.body)
            case WrongJson():
                return await _send(request, iter([b"data: " + step.body + b"\n\n"]))
            case ErrorEvent() if not stream:
                return _status(Status(500, step.message))
            case ErrorEvent():
                error = {"error": {"message": step.message, "type": "server_error", "code": 500}}
                last = f"data: {json.dumps(error)}\n\n".encode()
                return await _send(request, iter([*map(chunk_event, step.pieces), last]))
            case Truncated() if stream:
                return await _send(request, map(chunk_event, step.pieces))
            case Truncated():
                return await _half_body(request)
            case Hang() | Reset():
                return await _stop_midway(request, step, stream)


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def _status(step: Status) -> web.Response:
    headers = dict(step.headers)
    if step.retry_after is not None:
        headers["Retry-After"] = step.retry_after
    error = {"message": step.message, "type": "scripted", "param": None, "code": step.code}
    body = step.body if step.body is not None else json.dumps({"error": error}).encode()
    headers.setdefault("Content-Type", "application/json")
    return web.Response(status=step.status, body=body, headers=headers)


async def _begin(request: web.Request, media_type: str, length: int | None = None) -> Any:
    response = web.StreamResponse(headers={"Content-Type": media_type})
    response.content_length = length
    await response.prepare(request)
    return response


async def _send(request: web.Request, events: Events, delay_s: float = 0.0) -> web.StreamResponse:
    response = await _begin(request, "text/event-stream")
    for event in events:
        if delay_s:
            await asyncio.sleep(delay_s)
        await response.write(event)
    await response.write_eof()
    return response  # type: ignore[no-any-return]


async def _trickle(request: web.Request, step: Trickle, stream: bool) -> web.StreamResponse:
    reply = Reply(step.text)
    whole = b"".join(reply_events(reply)) if stream else reply_body(reply)
    cuts = range(0, len(whole), step.step_bytes)
    if stream:
        parts = (whole[at : at + step.step_bytes] for at in cuts)
        return await _send(request, parts, step.delay_s)
    response = await _begin(request, "application/json", len(whole))
    for at in cuts:
        await asyncio.sleep(step.delay_s)
        await response.write(whole[at : at + step.step_bytes])
    return response  # type: ignore[no-any-return]


async def _half_body(request: web.Request) -> web.StreamResponse:
    whole = reply_body(Reply("half an answer"))
    response = await _begin(request, "application/json", len(whole))
    await response.write(whole[: len(whole) // 2])
    if request.transport is not None:
        request.transport.close()
    return response  # type: ignore[no-any-return]


async def _stop_midway(
    request: web.Request, step: Hang | Reset, stream: bool
) -> web.StreamResponse:
    response: web.StreamResponse = web.Response()
    if step.pieces:
        response = await _begin(request, "text/event-stream" if stream else "application/json")
        for piece in step.pieces:
            await response.write(chunk_event(piece) if stream else piece.encode())
    if isinstance(step, Hang):
        await asyncio.Event().wait()
    transport = request.transport
    if transport is not None:
        raw: socket.socket = transport.get_extra_info("socket")
        # Lingering for no time makes the kernel send RST, as a crashing server's does.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return response
