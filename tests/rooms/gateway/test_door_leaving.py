"""Clients that leave, stop reading or never finish their request, through a real server."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeVar

import pytest

from tests.rooms.gateway.scripted_answers import (
    CHAT,
    SCRIPTS,
    body,
    flood,
)
from tests.rooms.gateway.scripted_gateway import (
    SECRET,
    ScriptedGateway,
    ask,
    opened,
    serving,
)
from yuepi.engines.contract import Chat, Delta

T = TypeVar("T")
OF_MEMORY_MAX = 20 * 2**20


async def soon(true: Callable[[], bool], within_s: float) -> float:
    """Waits until something is true; how long that took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within_s, "did not happen in time"
        await asyncio.sleep(0.005)
    return time.monotonic() - began


def request(data: bytes) -> bytes:
    head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


def with_server(story: Callable[[int, ScriptedGateway], Awaitable[T]], **limits: Any) -> T:
    async def run() -> T:
        gateway = ScriptedGateway(SCRIPTS)
        async with serving(opened(gateway, **limits)) as port:
            return await story(port, gateway)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("model", "stream"), [("silent", False), ("silent", True), ("endless", True), ("flood", True)]
)
@pytest.mark.parametrize("reset", [False, True])
def test_work_ends_when_the_client_leaves(model: str, stream: bool, reset: bool) -> None:
    async def story(port: int, gateway: ScriptedGateway) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(body(model, stream=stream)))
        await soon(lambda: bool(gateway.asked), 2)
        if model != "silent":
            assert await reader.read(100)
        if reset:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()
        assert await soon(lambda: bool(gateway.ended), 1.0) < 1.0
        assert gateway.ended[0] in ("cancelled", "closed")

    with_server(story)


def test_a_client_that_stops_reading_holds_the_stream_back_and_is_left() -> None:
    """The gateway's stream waits: nothing is piled up in memory, and not for ever."""
    produced = 0

    async def counted(chat: Chat) -> AsyncGenerator[Delta, None]:
        nonlocal produced
        async for delta in flood(chat):
            produced += len(delta.raw or b"")
            yield delta

    async def story(port: int, gateway: ScriptedGateway) -> None:
        gateway.scripts["flood"] = counted
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(request(body("flood", stream=True)))
        await soon(lambda: bool(gateway.ended), 8)
        assert gateway.ended == ["closed"]
        assert produced < OF_MEMORY_MAX  # what fits into the system's own buffers
        writer.transport.abort()

    with_server(story, send_wait_s_max=0.6)


def test_a_body_that_does_not_come_is_not_awaited_for_ever() -> None:
    async def story(port: int, gateway: ScriptedGateway) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(body())[:-5])
        answer = await asyncio.wait_for(reader.read(1000), 5)
        writer.close()
        return answer

    assert with_server(story, body_wait_s_max=0.2).startswith(b"HTTP/1.1 408")


def test_a_client_that_leaves_while_sending_does_no_harm() -> None:
    async def story(port: int, gateway: ScriptedGateway) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(body())[:-5])
        await writer.drain()
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(body()))
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        assert len(gateway.asked) == 1
        writer.close()

    with_server(story)


def test_being_cancelled_by_the_server_is_not_swallowed() -> None:
    async def story() -> None:
        gateway = ScriptedGateway(SCRIPTS)
        task = asyncio.create_task(ask(opened(gateway), CHAT, body("silent")))
        await soon(lambda: bool(gateway.asked), 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert gateway.ended == ["cancelled"]

    asyncio.run(story())
