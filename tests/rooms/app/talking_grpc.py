"""A gRPC door with scripted answers, and a client that talks to it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from yuepi.access.keys import Key, NotAllowed
from yuepi.app.grpc_door import GrpcDoor, GrpcLimits
from yuepi.app.proto.yuepi.v1 import vision_pb2, vision_pb2_grpc
from yuepi.engines.contract import Abilities, Chat, Delta, Usage
from yuepi.gateway.gateway import UnknownModel

REPOSITORY = Path(__file__).resolve().parents[3]
SECRET = "yp-right"
KEY = Key("key_1", "tester", "acme")


class Keys:
    async def find(self, bearer: str) -> Key:
        if bearer != SECRET:
            raise NotAllowed("this API key is not known", remedy="send a valid key")
        return KEY


@dataclass
class Script:
    """A gateway that says what the test wants."""

    pieces: tuple[str, ...] = ("二十", "七元")
    fails: Exception | None = None
    hangs: bool = False
    ends: bool = True
    chats: list[Chat] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    def aliases(self) -> list[str]:
        return ["yuepi"]

    def abilities(self, alias: str) -> Abilities:
        if alias != "yuepi":
            raise UnknownModel(f"there is no model {alias!r}", remedy="choose one of: yuepi")
        return Abilities(images_max=2)

    async def stream(
        self, alias: str, chat: Chat, key: Key | None = None
    ) -> AsyncGenerator[Delta, None]:
        assert key == KEY
        self.models.append(alias)
        self.chats.append(chat)
        self.asked.set()
        try:
            if self.fails is not None:
                raise self.fails
            chat.call.deployment, chat.call.cache = "vl", "miss"
            for piece in self.pieces:
                yield Delta(piece)
            if self.hangs:
                await self.goes_on.wait()
            if self.ends:
                yield Delta(finish="stop", usage=Usage(10, 2, cached_tokens=4))
        finally:
            self.closed.set()


Run = Callable[..., None]
Talk = Callable[[Any, grpc.aio.Channel], Coroutine[Any, Any, None]]


def talk(script: Script, conversation: Talk, limits: GrpcLimits | None = None) -> None:
    async def run() -> None:
        door = GrpcDoor(script, Keys(), limits or LIMITS)
        port = await door.start("127.0.0.1", 0)
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                stub = vision_pb2_grpc.VisionStub(channel)
                await asyncio.wait_for(conversation(stub, channel), 10)
        finally:
            await door.close(1)

    asyncio.run(run())


LIMITS = GrpcLimits(body_bytes_max=48 * 2**20, images_max=16)
METADATA = (("authorization", f"Bearer {SECRET}"),)


def question(text: str = "多少钱？", *pictures: bytes, **more: Any) -> Any:
    parts = [vision_pb2.Part(picture=vision_pb2.Picture(data=data)) for data in pictures]
    parts.append(vision_pb2.Part(text=text))
    message = vision_pb2.Message(role=vision_pb2.Message.ROLE_USER, parts=parts)
    return vision_pb2.AskRequest(messages=[message], **more)


def refused(script: Script, request: Any, metadata: Any = METADATA, **named: Any) -> grpc.RpcError:
    """What both ways of asking answer to a request that is refused: the same."""
    errors: list[grpc.aio.AioRpcError] = []

    async def conversation(stub: Any, channel: Any) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Ask(request, metadata=metadata)
        errors.append(caught.value)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for _ in stub.Stream(request, metadata=metadata):
                pass
        errors.append(caught.value)

    talk(script, conversation, **named)
    first, second = errors
    texts = [re.sub(r"req-\w+", "req-", str(error.details())) for error in errors]
    assert (first.code(), texts[0]) == (second.code(), texts[1])
    return first


def code_of(error: Any) -> str:
    return str(dict(error.trailing_metadata()).get("yuepi-code", ""))
