"""Progress in the event stream: only for those who ask, and as nothing but comments."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.rooms.gateway.scripted_answers import CHAT, body, events, told
from tests.rooms.gateway.scripted_engine import Says, ScriptedEngine
from tests.rooms.gateway.scripted_gateway import (
    AUTHORIZATION,
    SECRET,
    Reply,
    Script,
    ScriptedGateway,
    ask,
    opened,
    serving,
)
from yuepi.engines.contract import (
    Call,
    Chat,
    Delta,
    EngineBroke,
    EngineBusy,
    Message,
    Progress,
    Usage,
)
from yuepi.gateway import progress_told
from yuepi.gateway.limit import Limit
from yuepi.gateway.progress_told import progress_comment

WANTED = [AUTHORIZATION, (b"x-yuepi-progress", b"1")]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_told, "FIRST_AFTER_S", 0.05)
    monkeypatch.setattr(progress_told, "EVERY_S", 0.02)


async def slow(chat: Chat) -> AsyncGenerator[Delta, None]:
    """Second in the queue, then first, then read, then answered."""
    progress = chat.call.progress or Progress()
    places = [2]
    progress.place = lambda: places[0]
    for place in (2, 1, 0):
        places[0] = place
        progress.reading = not place
        await asyncio.sleep(0.12)
    yield Delta("Hel")
    yield Delta("lo", finish="stop", usage=Usage(5, 2))


def failing(error: Exception, wait_s: float, words: int = 0) -> Script:
    async def fails(chat: Chat) -> AsyncGenerator[Delta, None]:
        await asyncio.sleep(wait_s)
        for _ in range(words):
            yield Delta("word ")
        raise error

    return fails


def busy() -> EngineBusy:
    return EngineBusy("full", remedy="wait", retry_after_s=7)


SCRIPTS: dict[str, Script] = {
    "slow": slow,
    "busy": failing(busy(), 0),
    "busy-late": failing(busy(), 0.15),
    "breaks": failing(EngineBroke("cut off", remedy="again"), 0.15, words=1),
    "wrong": failing(RuntimeError("inner secret"), 0.15),
}


def asked(model: str, headers: Any = WANTED, **fields: Any) -> Reply:
    door = opened(ScriptedGateway(SCRIPTS))
    return told(body(model, **fields), door=door, headers=headers)


def comments(reply: Reply) -> list[dict[str, Any]]:
    lines = reply.body.decode().split("\n\n")
    return [json.loads(line[len(": yuepi ") :]) for line in lines if line.startswith(":")]


def test_who_asks_is_told_how_far_it_is() -> None:
    reply = asked("slow", stream=True)
    said = comments(reply)
    assert said[:3] == [
        {"state": "queued", "place": 2},
        {"state": "queued", "place": 1},
        {"state": "reading"},
    ]
    assert said[3]["state"] == "answering"
    assert (said[3]["model"], said[3]["cache"]) == ("stub", "miss")
    assert len(said) == 4
    assert reply.complete


def test_the_same_is_told_again_for_the_proxies_on_the_way(monkeypatch: Any) -> None:
    monkeypatch.setattr(progress_told, "REPEATED_AFTER_S", 0.0)
    said = comments(asked("slow", stream=True))
    assert said.count({"state": "queued", "place": 2}) > 1


@pytest.mark.parametrize("headers", [[AUTHORIZATION], [AUTHORIZATION, (b"x-yuepi-progress", b"0")]])
def test_others_get_the_stream_as_it_always_was(headers: Any) -> None:
    reply = asked("slow", headers, stream=True)
    assert comments(reply) == []
    assert reply.headers[b"x-yuepi-route"] == b"stub"
    assert events(reply)[-1] == "[DONE]"


def test_a_whole_answer_has_no_comments() -> None:
    assert asked("slow").json["choices"][0]["message"]["content"] == "Hello"


def test_a_quick_failure_keeps_its_status() -> None:
    reply = asked("busy", stream=True)
    assert reply.status == 429
    assert reply.headers[b"retry-after"] == b"7"
    assert reply.error["code"] == "engine_busy"


@pytest.mark.parametrize(
    ("model", "code", "status"),
    [("busy-late", "engine_busy", 429), ("breaks", "engine_broke", 502)],
)
def test_a_late_failure_is_told_in_the_stream(model: str, code: str, status: int) -> None:
    reply = asked(model, stream=True)
    assert reply.status == 200
    failed = comments(reply)[-1]
    assert (failed["state"], failed["status"]) == ("failed", status)
    last = reply.body.decode().split("\n\n")[-2]
    assert json.loads(last.removeprefix("data: "))["error"]["code"] == code
    assert b"[DONE]" not in reply.body
    assert (failed.get("retry_after_s") == 7) == (status == 429)


def test_an_unforeseen_failure_tells_no_secrets() -> None:
    reply = asked("wrong", stream=True)
    assert b"internal_error" in reply.body
    assert b"inner secret" not in reply.body


def test_who_leaves_in_the_queue_ends_the_work() -> None:
    gateway = ScriptedGateway(
        {"stuck": failing(RuntimeError("never"), 30)},
    )

    async def leaves() -> None:
        sent: list[Any] = []
        gone = asyncio.Event()
        pieces = [{"type": "http.request", "body": body("stuck", stream=True)}]

        async def receive() -> Any:
            if pieces:
                return pieces.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)
            if len(sent) > 1:
                gone.set()

        scope = {"type": "http", "method": "POST", "path": CHAT, "headers": WANTED}
        async with asyncio.timeout(5):
            await opened(gateway)(scope, receive, send)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(leaves())
    assert gateway.ended == ["cancelled"]


def test_the_queue_tells_the_place() -> None:
    async def story() -> None:
        limit = Limit(
            ScriptedEngine(otherwise=Says(pause_s=0.1)),
            concurrency_max=1,
            queue_max=8,
            queue_wait_s_max=5,
        )
        chats = [Chat((Message("user", ("?",)),), call=Call(progress=Progress())) for _ in range(3)]

        async def asks(chat: Chat) -> None:
            async for _ in limit.stream(chat):
                pass

        tasks = [asyncio.create_task(asks(chat)) for chat in chats]
        await asyncio.sleep(0.02)
        assert [progress_comment(chat.call) for chat in chats] == [
            b': yuepi {"state":"reading"}\n\n',
            b': yuepi {"state":"queued","place":1}\n\n',
            b': yuepi {"state":"queued","place":2}\n\n',
        ]
        await asyncio.gather(*tasks)
        assert progress_comment(chats[2].call) == b': yuepi {"state":"reading"}\n\n'

    asyncio.run(story())


def test_the_openai_client_passes_over_it() -> None:
    async def story() -> None:
        async with serving(opened(ScriptedGateway(SCRIPTS))) as port:
            client = AsyncOpenAI(
                base_url=f"http://127.0.0.1:{port}/v1",
                api_key=SECRET,
                max_retries=0,
                default_headers={"X-Yuepi-Progress": "1"},
            )
            question: Any = [{"role": "user", "content": "?"}]
            stream = await client.chat.completions.create(
                model="slow", messages=question, stream=True
            )
            words = [one.choices[0].delta.content or "" async for one in stream if one.choices]
            assert "".join(words) == "Hello"
            broken = await client.chat.completions.create(
                model="busy-late", messages=question, stream=True
            )
            with pytest.raises(openai.APIError, match="Full"):
                async for _ in broken:
                    pass
            models = [one async for one in client.models.list()]
            assert [one.id for one in models] == [*SCRIPTS, "lengths"]

    asyncio.run(story())


def test_models_tell_what_they_can() -> None:
    async def story() -> None:
        door = opened(ScriptedGateway(SCRIPTS), images_max=3)
        listed = await ask(door, "/v1/models", method="GET")
        able = {one["id"]: one["abilities"] for one in listed.json["data"]}
        assert able["slow"] == {
            "kind": "chat",
            "images_max": 3,
            "context_tokens_max": 32_768,
            "json_schema": True,
            "converses": True,
        }
        assert able["lengths"] == {"kind": "embeddings", "dimensions": 4}

    asyncio.run(story())
