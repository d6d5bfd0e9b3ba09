"""Answers that a scripted gateway gives, and how to ask the door for them in one line."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator
from typing import Any

from tests.rooms.gateway.scripted_gateway import Reply, ScriptedGateway, ask, opened
from yuepi.engines.contract import Chat, Delta, EngineBroke, EngineUnavailable, Usage
from yuepi.gateway.api import Door

CHAT = "/v1/chat/completions"
GIF = b"GIF89a\x02\0\x03\0\0\0\0,\0\0\0\0\x02\0\x03\0\0\x02\x01\x44\0;"
USAGE = Usage(5, 2)
RAW = b'data: {"id":"u","choices":[{"index":0,"delta":{"content":"x"}}]}\n\n'


async def hello(chat: Chat) -> AsyncGenerator[Delta, None]:
    yield Delta("Hel")
    yield Delta("lo", finish="stop")
    yield Delta(usage=USAGE)


async def breaks_late(chat: Chat) -> AsyncGenerator[Delta, None]:
    yield Delta("Hel")
    raise EngineBroke("the upstream was cut off", remedy="ask again")


async def breaks_early(chat: Chat) -> AsyncGenerator[Delta, None]:
    raise EngineUnavailable("not there", remedy="wait", retry_after_s=7)
    yield Delta()


async def stops_short(chat: Chat) -> AsyncGenerator[Delta, None]:
    yield Delta("Hel")


async def is_wrong(chat: Chat) -> AsyncGenerator[Delta, None]:
    raise KeyError("secret inner thing")
    yield Delta()


async def is_wrong_late(chat: Chat) -> AsyncGenerator[Delta, None]:
    yield Delta("Hel")
    raise KeyError("secret inner thing")


async def silent(chat: Chat) -> AsyncGenerator[Delta, None]:
    await asyncio.sleep(60)
    yield Delta("late", finish="stop")


async def endless(chat: Chat) -> AsyncGenerator[Delta, None]:
    while True:
        yield Delta("x" * 1000)
        await asyncio.sleep(0.001)


async def flood(chat: Chat) -> AsyncGenerator[Delta, None]:
    while True:
        yield Delta(raw=b"data: {%b}\n\n" % (b" " * 20_000))


async def raw_events(chat: Chat) -> AsyncGenerator[Delta, None]:
    if not chat.incremental:
        yield Delta("x", finish="stop", usage=USAGE, raw=b'{"id":"upstream","choices":[]}')
        return
    yield Delta("x", raw=RAW)
    usage = b'data: {"id":"u","choices":[],"usage":{"prompt_tokens":5}}\n\n'
    yield Delta(finish="stop", usage=USAGE, raw=RAW + usage)


SCRIPTS = {
    "hello": hello,
    "late": breaks_late,
    "early": breaks_early,
    "short": stops_short,
    "wrong": is_wrong,
    "wrong-late": is_wrong_late,
    "silent": silent,
    "endless": endless,
    "flood": flood,
    "raw": raw_events,
}


def body(model: str = "hello", **fields: Any) -> bytes:
    messages = [{"role": "user", "content": "你好"}]
    return json.dumps({"model": model, "messages": messages, **fields}).encode()


def pictured(count: int = 1, data: bytes = GIF, **fields: Any) -> bytes:
    url = "data:image/gif;base64," + base64.b64encode(data).decode()
    part = {"type": "image_url", "image_url": {"url": url, "detail": "high"}}
    content = [{"type": "text", "text": "?"}, *[part] * count]
    return body(messages=[{"role": "user", "content": content}], **fields)


def told(data: bytes = b"", path: str = CHAT, *, door: Door | None = None, **named: Any) -> Reply:
    door = door or opened(ScriptedGateway(SCRIPTS))
    return asyncio.run(ask(door, path, data, **named))


def events(reply: Reply) -> list[Any]:
    assert reply.headers[b"content-type"].startswith(b"text/event-stream")
    parts = reply.body.decode().split("\n\n")
    assert parts.pop() == ""
    return [part[6:] if part == "data: [DONE]" else json.loads(part[6:]) for part in parts]
