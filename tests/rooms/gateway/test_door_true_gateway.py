"""The door on the true gateway, with engines that answer from a script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

from tests.rooms.gateway.scripted_gateway import (
    LIMITS,
    SECRET,
    Reply,
    Script,
    ScriptedKeyring,
    ask,
    serving,
)
from yuepi.engines.contract import Abilities, Chat, Delta, EngineBroke, Usage
from yuepi.gateway.api import Door
from yuepi.gateway.deployment import Deployment, Route, Target
from yuepi.gateway.gateway import Gateway

CHAT = "/v1/chat/completions"
RAW = b'data: {"id":"up","choices":[{"index":0,"delta":{"content":"x"}}]}\n\n'


class ScriptedEngine:
    def __init__(self, name: str, script: Script) -> None:
        self.name = name
        self.abilities = Abilities()
        self.ended: list[str] = []
        self._script = script

    async def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        try:
            async for delta in self._script(chat):
                yield delta
        finally:
            self.ended.append(chat.call.id)

    async def warm(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to let go of."""


async def raw(chat: Chat) -> AsyncGenerator[Delta, None]:
    if chat.incremental:
        yield Delta("x", raw=RAW)
        yield Delta(finish="stop", usage=Usage(3, 1), raw=RAW)
    else:
        yield Delta("x", finish="stop", raw=b'{"id":"up"}')


async def broken(chat: Chat) -> AsyncGenerator[Delta, None]:
    raise EngineBroke("broken", remedy="mend it")
    yield Delta()


async def half(chat: Chat) -> AsyncGenerator[Delta, None]:
    yield Delta("Hel")
    raise EngineBroke("cut off", remedy="again")


async def slow(chat: Chat) -> AsyncGenerator[Delta, None]:
    yield Delta("Hel")
    await asyncio.sleep(60)
    yield Delta("lo", finish="stop")


ENGINES: dict[str, Script] = {"raw": raw, "broken": broken, "half": half, "slow": slow}


def opened() -> tuple[Door, dict[str, ScriptedEngine]]:
    engines = {name: ScriptedEngine(name, script) for name, script in ENGINES.items()}
    gateway = Gateway(
        deployments=[Deployment(name, engine, "v1") for name, engine in engines.items()],
        routes=[Route("safe", (Target("broken"),), fallback=("raw",))],
    )
    return Door(gateway, ScriptedKeyring(), {}, LIMITS), engines


def told(model: str, **fields: Any) -> Reply:
    messages = [{"role": "user", "content": "?"}]
    data = json.dumps({"model": model, "messages": messages, **fields}).encode()
    return asyncio.run(ask(opened()[0], CHAT, data))


def test_an_upstreams_own_words_pass_through() -> None:
    whole = told("raw")
    assert (whole.status, whole.body) == (200, b'{"id":"up"}')
    assert whole.headers[b"x-yuepi-route"] == b"raw"
    streamed = told("raw", stream=True)
    assert streamed.body == RAW + RAW + b"data: [DONE]\n\n"


def test_a_fallback_answers_and_is_named() -> None:
    for stream in (False, True):
        reply = told("safe", stream=stream)
        assert reply.status == 200
        assert reply.headers[b"x-yuepi-route"] == b"raw"


def test_failures_are_told() -> None:
    assert told("broken").status == 502
    assert told("half").status == 502
    assert told("absent").status == 404
    assert told("absent").error["code"] == "model_not_found"
    late = told("half", stream=True)
    assert late.status == 200
    assert b'"error"' in late.body
    assert b"[DONE]" not in late.body


def test_models_are_the_gateways_names() -> None:
    listed = asyncio.run(ask(opened()[0], "/v1/models", method="GET")).json
    assert {one["id"] for one in listed["data"]} == {"safe", *ENGINES}


def test_the_engine_stops_when_the_client_leaves() -> None:
    async def story() -> None:
        door, engines = opened()
        async with serving(door) as port:
            for stream in (b"true", b"false"):
                data = b'{"model":"slow","messages":[{"role":"user","content":"?"}],"stream":%b}'
                data %= stream
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n"
                writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
                if stream == b"true":
                    assert await reader.read(10)
                else:
                    await asyncio.sleep(0.05)
                engines["slow"].ended.clear()
                writer.close()
                async with asyncio.timeout(1):
                    while not engines["slow"].ended:
                        await asyncio.sleep(0.005)

    asyncio.run(story())
