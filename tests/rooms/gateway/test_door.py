"""The door itself: keys, addresses, answers, and failures before and after the first word."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.rooms.gateway.scripted_answers import (
    CHAT,
    GIF,
    RAW,
    SCRIPTS,
    body,
    events,
    pictured,
    told,
)
from tests.rooms.gateway.scripted_gateway import (
    AUTHORIZATION,
    SECRET,
    ScriptedGateway,
    opened,
)
from yuepi.engines.contract import Abilities, Chat, JsonShape, Picture

# --- keys and addresses ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"")],
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"Bearer  ")],
        [(b"authorization", b"Basic " + SECRET.encode())],
        [(b"authorization", b"Bearer wrong")],
        [(b"authorization", b"Bearer \xff\xfe")],
        [(b"x-api-key", SECRET.encode())],
    ],
)
@pytest.mark.parametrize("path", [CHAT, "/v1/embeddings", "/v1/models", "/v1/models/hello"])
def test_without_a_key_nothing_is_answered(headers: list[tuple[bytes, bytes]], path: str) -> None:
    method = "GET" if "models" in path else "POST"
    reply = told(body(), path, headers=headers, method=method)
    assert reply.status == 401
    assert reply.error["code"] == "invalid_api_key"
    assert reply.error["type"] == "authentication_error"
    assert reply.headers[b"www-authenticate"] == b"Bearer"


def test_the_key_is_judged_before_the_body_is_read() -> None:
    reply = told(
        [b"x" * 100] * 10, door=opened(ScriptedGateway(SCRIPTS), body_bytes_max=10), headers=[]
    )
    assert reply.status == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "unknown_url"),
        ("GET", "/", 404, "unknown_url"),
        ("GET", "/v1/models/", 200, None),
        ("GET", CHAT, 405, "method_not_allowed"),
        ("DELETE", "/v1/models/hello", 405, "method_not_allowed"),
        ("OPTIONS", CHAT, 405, "method_not_allowed"),
        ("GET", "/v1/models/absent", 404, "model_not_found"),
    ],
)
def test_addresses(method: str, path: str, status: int, code: str | None) -> None:
    reply = told(b"", path, method=method)
    assert reply.status == status
    assert not [name for name in reply.headers if name.startswith(b"access-control")]
    if code is not None:
        assert reply.error["code"] == code
    if status == 405:
        assert reply.headers[b"allow"] == (b"GET" if "models" in path else b"POST")


def test_models_are_listed() -> None:
    listed = told(b"", "/v1/models", method="GET").json
    assert listed["object"] == "list"
    assert [one["id"] for one in listed["data"]] == [*SCRIPTS, "lengths"]
    one = told(b"", "/v1/models/hello", method="GET").json
    assert (one["id"], one["object"], one["owned_by"]) == ("hello", "model", "yuepi")


def test_other_protocols_are_turned_away() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is awaited")

    asyncio.run(opened(ScriptedGateway(SCRIPTS))({"type": "websocket"}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


# --- chat --------------------------------------------------------------------------------------


def test_a_whole_answer() -> None:
    reply = told(body())
    assert reply.status == 200
    assert reply.json["choices"][0]["message"]["content"] == "Hello"
    assert reply.json["model"] == "hello"
    assert reply.json["usage"]["total_tokens"] == 7
    assert int(reply.headers[b"content-length"]) == len(reply.body)
    assert reply.headers[b"x-request-id"].startswith(b"req-")
    assert reply.headers[b"x-yuepi-route"] == b"stub"
    assert reply.headers[b"x-yuepi-cache"] == b"miss"


def test_a_streamed_answer() -> None:
    reply = told(body(stream=True, stream_options={"include_usage": True}))
    got = events(reply)
    words = [one["choices"][0]["delta"].get("content", "") for one in got[:-2]]
    assert "".join(words) == "Hello"
    assert got[-2]["usage"]["total_tokens"] == 7
    assert got[-1] == "[DONE]"
    assert reply.complete
    assert len({one["id"] for one in got[:-1]}) == 1


def test_raw_answers_pass_through() -> None:
    assert told(body("raw")).body == b'{"id":"upstream","choices":[]}'
    assert told(body("raw", stream=True)).body == RAW + RAW + b"data: [DONE]\n\n"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("model", "status", "code"),
    [("early", 503, "engine_unavailable"), ("absent", 404, "model_not_found")],
)
def test_a_failure_before_the_first_word_is_a_status(
    model: str, status: int, code: str, stream: bool
) -> None:
    reply = told(body(model, stream=stream))
    assert reply.status == status
    assert reply.error["code"] == code
    if status == 503:
        assert reply.headers[b"retry-after"] == b"7"


@pytest.mark.parametrize(
    ("model", "code"),
    [("late", "engine_broke"), ("short", "engine_broke"), ("wrong-late", "internal_error")],
)
def test_a_failure_after_the_first_word_is_an_event_and_no_end(model: str, code: str) -> None:
    reply = told(body(model, stream=True))
    assert reply.status == 200
    got = events(reply)
    assert got[-1]["error"]["code"] == code
    assert "[DONE]" not in got
    assert "secret" not in reply.body.decode()
    assert reply.complete


@pytest.mark.parametrize("model", ["late", "short"])
def test_half_an_answer_is_no_whole_answer(model: str) -> None:
    reply = told(body(model))
    assert reply.status == 502
    assert reply.error["code"] == "engine_broke"


@pytest.mark.parametrize("stream", [False, True])
def test_the_unforeseen_is_logged_and_not_shown(
    stream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = told(body("wrong", stream=stream))
    assert reply.status == 500
    assert b"secret" not in reply.body
    assert "secret inner thing" in caplog.text
    assert reply.headers[b"x-request-id"].decode() in caplog.text
    assert reply.headers[b"x-request-id"].decode() in reply.error["message"]


def question(data: bytes, headers: tuple[tuple[bytes, bytes], ...] = (), **able: Any) -> Chat:
    gateway = ScriptedGateway(SCRIPTS, able=Abilities(**able))
    reply = told(data, door=opened(gateway), headers=(AUTHORIZATION, *headers))
    assert reply.status == 200, reply.body
    return gateway.asked[0]


def test_the_question_is_what_was_asked() -> None:
    chat = question(pictured(2, temperature=0, vendor={"x": 1}))
    assert chat.messages[0].role == "user"
    assert chat.messages[0].parts[0] == "?"
    picture = chat.messages[0].parts[2]
    assert isinstance(picture, Picture)
    assert (picture.data, picture.width_px, picture.detail) == (GIF, 2, "high")
    assert not chat.incremental
    assert chat.received is not None
    assert chat.received["vendor"] == b'{"x": 1}'
    assert b"data:image/gif" in chat.received["messages"]
    assert (chat.call.tenant, chat.call.key_id) == ("acme", "key-1")
    assert chat.call.id.startswith("req-")


def test_a_developers_message_is_written_anew() -> None:
    messages = [{"role": "developer", "content": "d"}, {"role": "user", "content": "u"}]
    chat = question(body(messages=messages))
    assert chat.messages[0].role == "system"
    assert chat.received is not None
    assert "messages" not in chat.received


def test_a_schema_is_asked_for() -> None:
    named = {"name": "slip", "schema": {"type": "object"}}
    chat = question(body(response_format={"type": "json_schema", "json_schema": named}))
    assert chat.shape == JsonShape({"type": "object"}, "slip")
    assert question(body(response_format={"type": "json_object"})).shape == JsonShape()


def test_turns_of_one_conversation_stay_together() -> None:
    def named(data: bytes, *headers: tuple[bytes, bytes]) -> str:
        return question(data, headers).call.conversation

    turns: list[dict[str, str]] = [{"role": "user", "content": "one"}]
    first = named(body(messages=turns))
    turns += [{"role": "assistant", "content": "a"}, {"role": "user", "content": "two"}]
    assert named(body(messages=turns)) == first != named(body())
    assert named(body(user="u"), (b"x-conversation-id", b"c")) == "c"
    assert named(body(user="u", prompt_cache_key="k")) == named(body())
    assert named(body(metadata={"conversation": "m"})) == "m"
