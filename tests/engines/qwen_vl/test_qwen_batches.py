"""Answers that grow together are the answers that each would have been alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import jsonschema

from yuepi.engines.contract import Chat, JsonShape, Message, Picture, Sampling, Usage
from yuepi.engines.qwen_vl import QwenVlEngine

SMALL = {
    "type": "object",
    "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 99}},
    "required": ["n"],
    "additionalProperties": False,
}

Answer = tuple[str, str | None, Usage | None]


async def one(engine: QwenVlEngine, chat: Chat) -> Answer:
    text, finish, usage = "", None, None
    async for delta in engine.stream(chat):
        text += delta.text
        finish, usage = delta.finish, delta.usage
    return text, finish, usage


async def all_at_once(engine: QwenVlEngine, chats: list[Chat]) -> list[Answer]:
    await engine.warm()
    return list(await asyncio.gather(*(one(engine, chat) for chat in chats)))


async def one_by_one(engine: QwenVlEngine, chats: list[Chat]) -> list[Answer]:
    return [await one(engine, chat) for chat in chats]


def mixed(picture: Callable[..., Picture]) -> list[Chat]:
    """Pictures and none, long and short, greedy and drawn, with and without a schema."""

    def chat(*parts: str | Picture, tokens: int = 20, **sampling: Any) -> Chat:
        given = {"temperature": 0, **sampling}
        return Chat((Message("user", parts),), Sampling(max_tokens=tokens, **given))

    shaped = chat("JSON", picture(3), tokens=40)
    return [
        chat(picture(1), "金额"),
        chat("很短", tokens=3),
        chat(picture(2, 256, 256), picture(1), "比较这两张" * 9, tokens=33),
        Chat(shaped.messages, shaped.sampling, shape=JsonShape(SMALL)),
        chat("抽一个", temperature=1.1, seed=11, top_p=0.9),
        chat("一" * 50, tokens=1),
        chat("再抽", temperature=0.8, seed=3, presence_penalty=1.0),
    ]


def test_together_as_alone(
    engine: QwenVlEngine, crowded: QwenVlEngine, picture: Callable[..., Picture]
) -> None:
    chats = mixed(picture)
    alone = asyncio.run(one_by_one(engine, chats))
    # Fewer places than questions: rows join and leave all the time.
    for _ in range(2):
        together = asyncio.run(all_at_once(crowded, chats))
        assert [answer[:2] for answer in together] == [answer[:2] for answer in alone]
    jsonschema.validate(json.loads(alone[3][0]), SMALL)


def test_joining_a_running_batch(crowded: QwenVlEngine) -> None:
    """A question that comes while another is answered does not wait for its end."""

    async def overtaking() -> None:
        endless = Chat((Message("user", ("很长",)),), Sampling(max_tokens=30_000, temperature=0))
        stream = crowded.stream(endless)
        await anext(stream)
        quick = Chat((Message("user", ("短",)),), Sampling(max_tokens=5, temperature=0))
        _, finish, _ = await one(crowded, quick)
        assert finish == "length"
        assert (await anext(stream)).finish is None
        await stream.aclose()

    asyncio.run(overtaking())


def test_one_leaves_the_others_stay(crowded: QwenVlEngine) -> None:
    quiet = Chat((Message("user", ("安静",)),), Sampling(max_tokens=16, temperature=0))

    async def leaving() -> tuple[Answer, Answer]:
        before = await one(crowded, quiet)
        loud = crowded.stream(
            Chat((Message("user", ("吵" * 80,)),), Sampling(max_tokens=9_000, temperature=0))
        )
        await anext(loud)
        during = asyncio.create_task(one(crowded, quiet))
        await asyncio.sleep(0)
        await loud.aclose()
        return before, await during

    before, during = asyncio.run(leaving())
    assert before[:2] == during[:2]
