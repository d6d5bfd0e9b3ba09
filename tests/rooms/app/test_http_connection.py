"""What arrives before anybody is asked for a key has its limits."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn

from yuepi.app import http_connection
from yuepi.app.http_connection import Connection

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
GET = b"GET / HTTP/1.1\r\nhost: x\r\n"


async def _app(scope: Any, receive: Any, send: Any) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"%d" % size
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def _served() -> AsyncIterator[int]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(_app, http=Connection, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            await asyncio.sleep(0.005)
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await task


def _told(story: Callable[[Streams], Awaitable[None]]) -> None:
    async def run() -> None:
        async with _served() as port, asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await story((reader, writer))
            finally:
                writer.close()

    asyncio.run(run())


async def _flood(streams: Streams, piece: bytes) -> None:
    """Send until the other side has had enough."""
    _, writer = streams
    with pytest.raises(OSError):  # noqa: PT011, PT012 - reset or broken pipe, at either step
        for _ in range(2000):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    "start",
    [
        GET,
        GET + b"x: ",
        b"GET /",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5;",
    ],
)
def test_headers_without_end_close_the_connection(start: bytes) -> None:
    async def story(streams: Streams) -> None:
        streams[1].write(start)
        line = b"x" * 1000
        await _flood(streams, line if start.endswith((b" ", b"/", b";")) else b"x: %b\r\n" % line)

    _told(story)


@pytest.mark.parametrize("start", [b"", GET, b"\r\n"])
def test_who_does_not_ask_in_time_is_sent_away(
    start: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "HEADERS_WAIT_S_MAX", 0.1)

    async def story(streams: Streams) -> None:
        reader, writer = streams
        writer.write(start)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""

    _told(story)


def test_large_bodies_and_many_requests_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies have limits of their own, and an answered client may wait longer to ask again."""
    monkeypatch.setattr(http_connection, "HEADERS_WAIT_S_MAX", 0.1)

    async def story(streams: Streams) -> None:
        reader, writer = streams
        for size in (0, 300_000, 5):
            head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % size
            for piece in (head, b"x" * (size // 2), b"x" * (size - size // 2)):
                writer.write(piece)
                await writer.drain()
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(len(b"%d" % size)) == b"%d" % size
            await asyncio.sleep(0.15)

    _told(story)
