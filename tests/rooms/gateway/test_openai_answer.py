"""Answers in OpenAI's language: events, whole answers and errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.engines.contract import (
    ChatRefused,
    Delta,
    EngineBroke,
    EngineBusy,
    EngineUnavailable,
    Usage,
)
from yuepi.gateway.openai_answer import (
    DONE,
    EventWriter,
    completion,
    problem_of,
    unexpected_problem,
    without_usage,
)
from yuepi.kit.errors import BadUsage, YuepiError

USAGE = Usage(prompt_tokens=11, completion_tokens=3, cached_tokens=4)
USAGE_JSON = {
    "prompt_tokens": 11,
    "completion_tokens": 3,
    "total_tokens": 14,
    "prompt_tokens_details": {"cached_tokens": 4},
}


def writer(*, include_usage: bool = False) -> EventWriter:
    return EventWriter("chatcmpl-1", "desk", 123, include_usage=include_usage)


def events(data: bytes) -> list[Any]:
    assert data.endswith(b"\n\n") or not data
    parts = data.decode().split("\n\n")[:-1]
    assert all(part.startswith("data: ") for part in parts)
    return [part[6:] if part == "data: [DONE]" else json.loads(part[6:]) for part in parts]


def test_words_become_chunks() -> None:
    write = writer()
    first = events(write.piece(Delta("你好\n")))
    assert first[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert first[1] == {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 123,
        "model": "desk",
        "choices": [
            {"index": 0, "delta": {"content": "你好\n"}, "logprobs": None, "finish_reason": None}
        ],
    }
    last = events(write.piece(Delta("!", finish="length", usage=USAGE)))
    assert last[0]["choices"][0]["delta"] == {"content": "!"}
    assert last[1]["choices"][0]["finish_reason"] == "length"
    assert write.end() == DONE


def test_usage_comes_last_and_only_if_asked_for() -> None:
    write = writer(include_usage=True)
    chunks = events(write.piece(Delta("a", finish="stop")))
    assert write.piece(Delta(usage=USAGE)) == b""
    assert [chunk["usage"] for chunk in chunks] == [None, None, None]
    usage, done = events(write.end())
    assert usage["choices"] == []
    assert usage["usage"] == USAGE_JSON
    assert done == "[DONE]"


TEXT_EVENT = b'data: {"id":"u","choices":[{"index":0,"delta":{"content":"x"}}],"usage":null}\n\n'
USAGE_EVENT = b'data: {"id":"u","choices":[],"usage":{"prompt_tokens":1}}\n\n'


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (TEXT_EVENT, TEXT_EVENT),
        (USAGE_EVENT, b""),
        (TEXT_EVENT + USAGE_EVENT, TEXT_EVENT),
        (b'data:{"choices" : [ ],"usage":{"a":1}}\n\n', b""),
        (b'data: {"choices":[],"usage":null}\n\n',) * 2,  # Azure's first, with its filters
        (b'data: {"choices":[{"finish_reason":"stop"}],"usage":{"a":1}}\n\n',) * 2,
        (b': ping "usage"\n\n',) * 2,
        (b'data: "usage" is no JSON\n\n',) * 2,
    ],
)
def test_only_a_chunk_of_usage_alone_is_dropped(raw: bytes, kept: bytes) -> None:
    assert without_usage(raw) == kept
    assert writer().piece(Delta(raw=raw, usage=USAGE)) == kept
    assert writer(include_usage=True).piece(Delta(raw=raw, usage=USAGE)) == raw


def test_raw_events_pass_through() -> None:
    write = writer(include_usage=True)
    assert write.piece(Delta("x", raw=TEXT_EVENT)) is TEXT_EVENT
    assert write.piece(Delta(finish="stop", usage=USAGE, raw=USAGE_EVENT)) is USAGE_EVENT
    assert write.end() == DONE


def test_an_estimated_usage_is_told_where_the_upstream_told_none() -> None:
    write = writer(include_usage=True)
    write.piece(Delta("x", raw=TEXT_EVENT))
    write.piece(Delta(finish="stop", usage=Usage(1, 2, estimated=True), raw=TEXT_EVENT))
    assert events(write.end())[0]["usage"]["total_tokens"] == 3


def test_a_whole_answer() -> None:
    body = json.loads(completion("chatcmpl-1", "desk", 123, '"é\n', "stop", USAGE))
    assert body["object"] == "chat.completion"
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": '"é\n', "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert body["usage"] == USAGE_JSON
    assert "usage" not in json.loads(completion("i", "m", 1, "", "length", None))


@given(st.text(st.characters(codec=None)), st.text())
def test_any_words_are_valid_json(words: str, model: str) -> None:
    whole = json.loads(completion("i", model, 1, words, "stop", None))
    chunks = events(EventWriter("i", model, 1, include_usage=False).piece(Delta(words)))
    told = "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks)
    assert told == whole["choices"][0]["message"]["content"]
    assert whole["model"] == model
    if words.isprintable():
        assert told == words


class Odd(YuepiError):
    pass


@pytest.mark.parametrize(
    ("error", "status", "kind", "retry_after"),
    [
        (ChatRefused("no", remedy="do", param="n"), 400, "invalid_request_error", None),
        (BadUsage("no", remedy="do"), 400, "invalid_request_error", None),
        (EngineBusy("no", remedy="do", retry_after_s=2.1), 429, "rate_limit_error", b"3"),
        (EngineBusy("no", remedy="do", retry_after_s=0), 429, "rate_limit_error", b"1"),
        (EngineUnavailable("no", remedy="do"), 503, "server_error", b"1"),
        (EngineBroke("no", remedy="do", retryable=False), 502, "server_error", None),
        (Odd("no", remedy="do"), 500, "server_error", None),
    ],
)
def test_errors_in_openais_shape(
    error: YuepiError, status: int, kind: str, retry_after: bytes | None
) -> None:
    problem = problem_of(error)
    told = json.loads(problem.body)["error"]
    assert set(told) == {"message", "type", "param", "code"}
    assert told["message"] == "No. Do."
    assert (problem.status, told["type"], told["code"]) == (status, kind, error.code)
    assert told["param"] == getattr(error, "param", None)
    headers = dict(problem.headers)
    assert headers.get(b"retry-after") == retry_after
    assert (b"x-should-retry" in headers) == (getattr(error, "retryable", True) is False)
    assert problem.event == b"data: " + problem.body + b"\n\n"


def test_the_unexpected_tells_nothing_but_where_to_look() -> None:
    problem = unexpected_problem("req-1")
    assert problem.status == 500
    assert json.loads(problem.body)["error"]["code"] == "internal_error"
    assert "req-1" in problem.body.decode()
