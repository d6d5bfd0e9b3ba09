"""`yuepi.v1.Vision`: the same gateway and keys, in gRPC's language."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from yuepi.access.keys import Key, NotAllowed
from yuepi.app.commands.models import drawn_picture
from yuepi.app.grpc_door import GrpcDoor, GrpcLimits
from yuepi.app.proto.yuepi.v1 import vision_pb2, vision_pb2_grpc
from yuepi.engines.contract import Abilities, Chat, Delta, EngineBusy, EngineFailure, Usage
from yuepi.gateway.gateway import UnknownModel
from yuepi.gateway.picture_intake import PictureLimits
from yuepi.gateway.rates import OverLimit
from yuepi.kit.errors import Unavailable

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
                await asyncio.Event().wait()
            if self.ends:
                yield Delta(finish="stop", usage=Usage(10, 2, cached_tokens=4))
        finally:
            self.closed.set()


Run = Callable[..., None]
Talk = Callable[[Any, grpc.aio.Channel], Coroutine[Any, Any, None]]


def talk(script: Script, conversation: Talk, limits: GrpcLimits | None = None) -> None:
    async def run() -> None:
        door = GrpcDoor(script, Keys(), limits or GrpcLimits())
        port = await door.start("127.0.0.1", 0)
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                stub = vision_pb2_grpc.VisionStub(channel)
                await asyncio.wait_for(conversation(stub, channel), 10)
        finally:
            await door.close(1)

    asyncio.run(run())


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
    assert (first.code(), first.details()) == (second.code(), second.details())
    return first


def code_of(error: Any) -> str:
    return str(dict(error.trailing_metadata()).get("yuepi-code", ""))


# --- answers -------------------------------------------------------------------------------------


def test_a_whole_answer() -> None:
    script = Script()
    picture = drawn_picture()

    async def conversation(stub: Any, channel: Any) -> None:
        request = question(
            "多少钱？", picture.data, conversation="c1", json_schema='{"type":"object"}',
            temperature=0, max_tokens=9, stop=["。"],
        )  # fmt: skip
        reply = await stub.Ask(request, metadata=METADATA)
        assert (reply.text, reply.finish) == ("二十七元", "stop")
        assert (reply.usage.prompt_tokens, reply.usage.cached_tokens) == (10, 4)
        assert (reply.call.deployment, reply.call.cache) == ("vl", "miss")

    talk(script, conversation)
    (chat,) = script.chats
    assert script.models == ["yuepi"]
    (sent,) = chat.pictures
    assert (sent.sha256, sent.media_type) == (picture.sha256, "image/png")
    assert chat.messages[0].text == "多少钱？"
    assert chat.shape is not None
    assert chat.shape.schema == {"type": "object"}
    sampling = chat.sampling
    assert (sampling.temperature, sampling.max_tokens, sampling.stop) == (0, 9, ("。",))
    assert sampling.top_p is None
    assert not chat.incremental
    assert (chat.call.tenant, chat.call.key_id, chat.call.conversation) == ("acme", "key_1", "c1")


def test_a_stream() -> None:
    script = Script()

    async def conversation(stub: Any, channel: Any) -> None:
        pieces = [piece async for piece in stub.Stream(question(), metadata=METADATA)]
        assert [piece.text for piece in pieces] == ["二十", "七元", ""]
        assert [piece.finish for piece in pieces] == ["", "", "stop"]
        assert pieces[-1].usage.completion_tokens == 2
        assert pieces[-1].call.id.startswith("req-")

    talk(script, conversation)
    assert script.chats[0].incremental


def test_turns_keep_their_order_and_roles() -> None:
    script = Script()

    async def conversation(stub: Any, channel: Any) -> None:
        roles = [2, 3, 1, 0]
        messages = [
            vision_pb2.Message(role=role, parts=[vision_pb2.Part(text=str(role))]) for role in roles
        ]
        await stub.Ask(vision_pb2.AskRequest(messages=messages), metadata=METADATA)

    talk(script, conversation)
    told = [(message.role, message.text) for message in script.chats[0].messages]
    assert told == [("user", "2"), ("assistant", "3"), ("system", "1"), ("user", "0")]


def test_a_client_that_cancels_ends_the_work() -> None:
    script = Script(hangs=True)

    async def conversation(stub: Any, channel: Any) -> None:
        call = stub.Stream(question(), metadata=METADATA)
        assert (await call.read()).text == "二十"
        call.cancel()
        await asyncio.wait_for(script.closed.wait(), 1)

    talk(script, conversation)


def test_a_deadline_of_the_client_is_the_calls() -> None:
    script = Script(hangs=True)

    async def conversation(stub: Any, channel: Any) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Ask(question(), metadata=METADATA, timeout=0.5)
        assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        await asyncio.wait_for(script.closed.wait(), 2)

    talk(script, conversation)
    assert script.chats[0].call.deadline is not None


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ((), "invalid_api_key"),
        ((("authorization", "Bearer yp-wrong"),), "invalid_api_key"),
        ((("authorization", f"Basic {SECRET}"),), "invalid_api_key"),
    ],
)
def test_without_a_key_nothing_is_asked(metadata: Any, code: str) -> None:
    script = Script()
    error = refused(script, question(), metadata)
    assert (error.code(), code_of(error)) == (grpc.StatusCode.UNAUTHENTICATED, code)
    assert script.chats == []


def bomb() -> bytes:
    """An intact PNG that claims 65,535 pixels a side."""
    data = drawn_picture().data
    header = data[12:16] + struct.pack(">II", 65_535, 65_535) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (vision_pb2.AskRequest(), "invalid_request"),
        (vision_pb2.AskRequest(messages=[vision_pb2.Message()]), "invalid_request"),
        (question("?", b"not a picture"), "invalid_image"),
        (question("?", b""), "invalid_image"),
        (question("?", bomb()), "image_too_large"),
        (question("?", *[drawn_picture().data] * 3), "too_many_images"),
        (question("?", json_schema="{"), "invalid_schema"),
        (question("?", json_schema='{"type": "nonsense"}'), "invalid_schema"),
        (question("?", temperature=3), "invalid_request"),
        (question("?", temperature=float("nan")), "invalid_request"),
        (question("?", top_p=-1), "invalid_request"),
        (question("?", max_tokens=0), "invalid_request"),
        (question("?", stop=["x"] * 9), "invalid_request"),
    ],
)
def test_wrong_questions_are_named(request_: Any, code: str) -> None:
    script = Script()
    error = refused(script, request_)
    assert (error.code(), code_of(error)) == (grpc.StatusCode.INVALID_ARGUMENT, code)
    assert error.details()
    assert script.chats == []


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (OverLimit("slow down", remedy="wait", retry_after_s=2.5), "RESOURCE_EXHAUSTED"),
        (EngineBusy("full", remedy="wait", retry_after_s=3), "RESOURCE_EXHAUSTED"),
        (EngineFailure("broke", remedy="ask again"), "UNAVAILABLE"),
        (Unavailable("no database", remedy="start it"), "UNAVAILABLE"),
        (RuntimeError("secret detail"), "INTERNAL"),
    ],
)
def test_failures_have_the_status_that_fits(failure: Exception, status: str) -> None:
    error = refused(Script(fails=failure), question())
    assert error.code() == grpc.StatusCode[status]
    assert "secret" not in str(error.details())
    told = dict(error.trailing_metadata())
    wait_s = getattr(failure, "retry_after_s", None)
    assert told.get("retry-after") == (None if wait_s is None else "3")


def test_an_unknown_model_is_not_found() -> None:
    error = refused(Script(), question(model="nobody"))
    assert (error.code(), code_of(error)) == (grpc.StatusCode.NOT_FOUND, "model_not_found")


def test_an_answer_that_stops_halfway_is_no_answer() -> None:
    error = refused(Script(ends=False), question())
    assert error.code() == grpc.StatusCode.UNAVAILABLE


def test_a_message_over_the_limit_is_refused() -> None:
    limits = GrpcLimits(body_bytes_max=10_000, pictures=PictureLimits())
    error = refused(Script(), question("x" * 20_000), limits=limits)
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


# --- health, reflection, generated code ----------------------------------------------------------


def test_health_and_reflection_need_no_key() -> None:
    async def conversation(stub: Any, channel: Any) -> None:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", "yuepi.v1.Vision"):
            reply = await health.Check(health_pb2.HealthCheckRequest(service=service))
            assert reply.status == health_pb2.HealthCheckResponse.SERVING
        ask = reflection_pb2.ServerReflectionRequest(list_services="")
        calls = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([ask]))
        async for reply in calls:
            names = {service.name for service in reply.list_services_response.service}
            assert {"yuepi.v1.Vision", "grpc.health.v1.Health"} <= names
            break

    talk(Script(), conversation)


@pytest.mark.skipif(
    importlib.util.find_spec("grpc_tools") is None, reason="the proto compiler is not installed"
)
def test_the_generated_code_is_what_the_proto_file_makes() -> None:
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "scripts" / "proto.py"), "--check"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_request_is_documented_by_its_json() -> None:
    """The proto's own JSON mapping keeps working: names are part of the contract."""
    from google.protobuf import json_format

    told = json.loads(json_format.MessageToJson(question(model="yuepi", json_schema="{}")))
    assert told == {
        "model": "yuepi",
        "messages": [{"role": "ROLE_USER", "parts": [{"text": "多少钱？"}]}],
        "jsonSchema": "{}",
    }
