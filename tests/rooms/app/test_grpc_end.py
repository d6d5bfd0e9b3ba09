"""gRPC beside the questions: health, reflection, generated code, and how a server ends."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tests.rooms.app.talking_grpc import LIMITS, METADATA, REPOSITORY, Keys, Script, question, talk
from yuepi.app.grpc_door import SERVICE, GrpcDoor
from yuepi.app.proto.yuepi.v1 import vision_pb2_grpc

# --- the end -------------------------------------------------------------------------------------


def test_who_watches_the_health_does_not_hold_up_the_end() -> None:
    async def story() -> None:
        door = GrpcDoor(Script(), Keys(), LIMITS)
        port = await door.start("127.0.0.1", 0)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            watching = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
            assert (await watching.read()).status == health_pb2.HealthCheckResponse.SERVING
            await door.close(60)

    asyncio.run(asyncio.wait_for(story(), 10))


def test_a_question_under_way_is_answered_before_the_end() -> None:
    async def story() -> None:
        script = Script(hangs=True)
        door = GrpcDoor(script, Keys(), LIMITS)
        port = await door.start("127.0.0.1", 0)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = vision_pb2_grpc.VisionStub(channel)
            asking = asyncio.create_task(collected(stub.Stream(question(), metadata=METADATA)))
            await script.asked.wait()
            closing = asyncio.create_task(door.close(60))
            await asyncio.sleep(0.3)  # longer than watchers get
            assert not closing.done()
            script.goes_on.set()
            assert "".join(piece.text for piece in await asking) == "二十七元"
            await closing

    asyncio.run(asyncio.wait_for(story(), 10))


async def collected(pieces: Any) -> list[Any]:
    return [piece async for piece in pieces]


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


def test_the_health_of_the_service_follows_readiness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuepi.app.grpc_door.READY_EVERY_S", 0.01)
    states = health_pb2.HealthCheckResponse
    now: list[bool | Exception] = [False]

    async def ready() -> bool:
        if isinstance(now[0], Exception):
            raise now[0]
        return now[0]

    async def story() -> None:
        door = GrpcDoor(Script(), Keys(), LIMITS, ready)
        port = await door.start("127.0.0.1", 0)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            for said, told in (
                (False, states.NOT_SERVING),
                (True, states.SERVING),
                (RuntimeError("nobody knows"), states.NOT_SERVING),
            ):
                now[0] = said
                while await check(stub, SERVICE) != told:
                    await asyncio.sleep(0.01)
            assert await check(stub, "") == states.SERVING
        await door.close(0)

    asyncio.run(asyncio.wait_for(story(), 5))


async def check(stub: Any, service: str) -> Any:
    return (await stub.Check(health_pb2.HealthCheckRequest(service=service))).status


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
