"""A gateway that answers from a script, a keyring of one key, and a real server before them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import uvicorn

from yuepi.access.keys import Key, NotAllowed
from yuepi.engines.contract import Abilities, Chat, ChatRefused, Delta
from yuepi.gateway.api import Door
from yuepi.gateway.door_limits import DoorLimits

SECRET = "yp-secret"
KEY = Key(id="key-1", name="tests", tenant="acme")
LIMITS = DoorLimits(body_bytes_max=48 * 2**20, images_max=16)
AUTHORIZATION = (b"authorization", b"Bearer " + SECRET.encode())

Script = Callable[[Chat], AsyncGenerator[Delta, None]]


class NoSuchModel(ChatRefused):
    code = "model_not_found"
    http_status = 404


class ScriptedKeyring:
    async def find(self, bearer: str) -> Key:
        if bearer != SECRET:
            raise NotAllowed("this API key is not known", remedy="ask for a new one")
        return KEY


@dataclass
class ScriptedGateway:
    """Each alias answers by its script; what was asked and how it ended is written down."""

    scripts: dict[str, Script]
    able: Abilities = field(default_factory=Abilities)
    asked: list[Chat] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def aliases(self) -> Sequence[str]:
        return list(self.scripts)

    def abilities(self, alias: str) -> Abilities:
        if alias not in self.scripts:
            raise NoSuchModel(f"no model {alias!r}", remedy="look at /v1/models", param="model")
        return self.able

    async def stream(
        self, alias: str, chat: Chat, key: Key | None = None
    ) -> AsyncGenerator[Delta, None]:
        assert key == KEY
        self.asked.append(chat)
        chat.call.deployment = "stub"
        chat.call.cache = "miss"
        answer = self.scripts[alias](chat)
        try:
            async for delta in answer:
                yield delta
            self.ended.append("done")
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        except GeneratorExit:
            self.ended.append("closed")
            raise
        except Exception as error:
            self.ended.append(type(error).__name__)
            raise
        finally:
            await answer.aclose()


class CountingEmbedder:
    """Vectors that tell the length of their text."""

    name = "lengths"
    dimensions = 4

    def __init__(self) -> None:
        self.queries: list[bool] = []

    async def embed(self, texts: Sequence[str], *, query: bool = False) -> list[list[float]]:
        self.queries.append(query)
        return [[float(len(text)), 0.5, -1.0, 0.0] for text in texts]

    async def warm(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class Reply:
    """What a raw ASGI application sent."""

    status: int
    headers: dict[bytes, bytes]
    pieces: list[bytes]
    complete: bool

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]


async def ask(
    door: Door,
    path: str,
    body: bytes | list[bytes] = b"",
    *,
    method: str = "POST",
    headers: Sequence[tuple[bytes, bytes]] = (AUTHORIZATION,),
) -> Reply:
    """One request straight to the application; the client stays until the answer is complete."""
    pieces = [body] if isinstance(body, bytes) else list(body)
    reply = Reply(0, {}, [], complete=False)
    over = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if pieces:
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert not reply.status
            reply.status, reply.headers = message["status"], dict(message["headers"])
            return
        assert reply.status
        assert not reply.complete
        reply.pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            reply.complete = True
            over.set()

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    await door(scope, receive, send)
    return reply


@contextlib.asynccontextmanager
async def serving(door: Door) -> AsyncIterator[int]:
    """A real server on a free loopback port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(door, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)  # type: ignore[arg-type]
    )
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            await asyncio.sleep(0.005)
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listening.close()


def opened(gateway: ScriptedGateway, **limits: Any) -> Door:
    return Door(
        gateway, ScriptedKeyring(), {"lengths": CountingEmbedder()}, replace(LIMITS, **limits)
    )
