"""Which keys a chat request may hold, in which letters, and how much of everything."""

from __future__ import annotations

import json
from typing import Any

import pytest

from yuepi.engines.contract import ChatRefused
from yuepi.gateway.openai_request import read_chat

HELLO = [{"role": "user", "content": "你好"}]
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def body(**fields: Any) -> bytes:
    return json.dumps({"model": "desk", "messages": HELLO, **fields}).encode()


def refusal(data: bytes) -> ChatRefused:
    with pytest.raises(ChatRefused) as caught:
        read_chat(data)
    assert caught.value.http_status == 400
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    "message",
    [
        {"Content": "y"},
        {"ROLE": "system"},
        {"tool_call_id": "x"},
        {"tool_calls": [{"id": "x"}]},
        {"reasoning_content": "thought"},
        {"images": ["AAAA"]},
    ],
)
def test_other_keys_of_messages_are_refused_by_name(message: dict[str, Any]) -> None:
    error = refusal(body(messages=[{"role": "user", "content": "x", **message}]))
    assert error.param == f"messages[0].{next(iter(message))}"


def test_what_clients_send_back_of_an_answer_is_left_out_where_it_is_empty() -> None:
    said = {"role": "assistant", "content": "a", "tool_calls": [], "refusal": None, "audio": None}
    question = {"role": "user", "content": "b", "name": "me"}
    received = read_chat(body(messages=[said, question])).received
    assert json.loads(received["messages"]) == [{"role": "assistant", "content": "a"}, question]


@pytest.mark.parametrize("name", ["Messages", "MODEL", "Stream", "me\u017f\u017fages", "Tools"])
def test_known_fields_in_other_letters_are_refused(name: str) -> None:
    error = refusal(body(**{name: "x"}))
    assert error.param == name


def test_a_key_given_twice_passes_on_once_as_it_was_checked() -> None:
    good, bad = json.dumps(PICTURE["image_url"]), '{"url": "http://inside/"}'
    part = f'{{"type":"image_url","image_url":{bad},"image_url":{good}}}'
    data = f'{{"model":"m","messages":[{{"role":"user","content":[{part}]}}]}}'.encode()
    received = read_chat(data).received["messages"]
    assert b"inside" not in received
    assert received.count(b"image_url") == 2


def test_extras_of_pictures_pass_on() -> None:
    extras = {"min_pixels": 4, "max_pixels": 9, "cache_control": {"type": "ephemeral"}}
    messages = [{"role": "user", "content": [PICTURE | extras]}]
    assert json.loads(read_chat(body(messages=messages)).received["messages"]) == messages


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": [{"role": "user", "content": "x"}] * 2001}, "messages"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}] * 1001}] * 2},
            "messages",
        ),
        ({"metadata": {"x": "y" * 17_000}}, "metadata"),
        ({"x": ["y"] * 150_000}, None),
    ],
)
def test_how_much_a_request_may_hold(fields: dict[str, Any], param: str | None) -> None:
    assert refusal(body(**fields)).param == param
    messages = [{"role": "user", "content": [{"type": "text", "text": '"'}] * 2}] * 1000
    assert len(read_chat(body(messages=messages)).messages) == 1000
