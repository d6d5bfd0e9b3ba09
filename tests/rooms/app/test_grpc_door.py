"""`yuepi.v1.Vision`: the same gateway and keys, in gRPC's language."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import AsyncGenerator
from typing import Any

import grpc
import pytest

from tests.rooms.app.talking_grpc import METADATA, SECRET, Script, code_of, question, refused, talk
from yuepi.app.commands.models import drawn_picture
from yuepi.app.grpc_door import GrpcLimits
from yuepi.app.grpc_intake import Intake, TooSlow
from yuepi.app.proto.yuepi.v1 import vision_pb2
from yuepi.engines.contract import EngineBusy, EngineFailure
from yuepi.gateway.picture_intake import PictureLimits
from yuepi.gateway.rates import OverLimit
from yuepi.kit.errors import Unavailable

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
        (question("?", max_tokens=10_000_001), "invalid_request"),
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
    if status == "INTERNAL":
        assert code_of(error) == "internal_error"
        assert "Its log tells what, under req-" in str(error.details())
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
    limits = GrpcLimits(body_bytes_max=10_000, images_max=16, pictures=PictureLimits())
    error = refused(Script(), question("x" * 20_000), limits=limits)
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_stranger_is_refused_before_the_message_is_read() -> None:
    """Over the limit of a message that is read: nobody reads it."""
    limits = GrpcLimits(body_bytes_max=10_000, images_max=16)
    error = refused(Script(), question("x" * 1_000_000), (), limits=limits)
    assert error.code() == grpc.StatusCode.UNAUTHENTICATED


def test_a_call_without_a_message_is_refused() -> None:
    async def conversation(stub: Any, channel: Any) -> None:
        call = channel.stream_unary("/yuepi.v1.Vision/Ask")(iter(()), metadata=METADATA)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        assert code_of(caught.value) == "invalid_request"

    talk(Script(), conversation)


def test_what_is_under_way_is_bounded_for_each_key_and_for_all() -> None:
    async def coming(size: int) -> AsyncGenerator[Any, None]:
        yield vision_pb2.AskRequest(model="x" * size)

    async def story() -> None:
        intake = Intake(200 * 2**20)  # twice for all together, or at least 512 MB; once for a key
        size = 120 * 2**20
        async with intake.message(coming(size), "a"):
            with pytest.raises(EngineBusy, match="this key"):
                await intake.message(coming(size), "a").__aenter__()
            async with intake.message(coming(9), "a"), intake.message(coming(9), "b"):
                pass
        async with intake.message(coming(size), "a"):
            pass

    asyncio.run(story())


def test_a_message_that_does_not_come_is_not_waited_for() -> None:
    async def never() -> AsyncGenerator[Any, None]:
        await asyncio.Event().wait()
        yield

    async def story() -> None:
        with pytest.raises(TooSlow):
            await Intake(10, reading_s_max=0.01).message(never(), "a").__aenter__()

    asyncio.run(asyncio.wait_for(story(), 5))
