"""Chat requests in OpenAI's language: read, passed on untouched, or refused naming the field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.engines.contract import ChatRefused, Sampling
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


def test_the_fields_that_matter_are_read() -> None:
    asked = read_chat(
        body(
            temperature=0,
            top_p=0.5,
            seed=7,
            max_tokens=9,
            max_completion_tokens=10,
            stop=["a", "b"],
            presence_penalty=-1,
            frequency_penalty=1.5,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert asked.model == "desk"
    assert asked.sampling == Sampling(10, 0.0, 0.5, 7, ("a", "b"), -1.0, 1.5)
    assert asked.stream
    assert asked.include_usage
    assert asked.shape is None
    assert asked.as_sent


def test_nulls_are_as_good_as_absent() -> None:
    names = ("temperature", "top_p", "seed", "max_tokens", "stop", "stream", "stream_options")
    more = ("response_format", "n", "user", "metadata", "tools", "tool_choice", "logprobs")
    asked = read_chat(body(**dict.fromkeys(names + more)))
    assert asked.sampling == Sampling()
    assert not asked.stream


def test_what_is_not_ours_stays_as_it_came() -> None:
    raw = b'{"model": "desk","messages":[{"role":"user","content":"x"}], "top_k" : 4.0e1 ,"x":{}}'
    received = read_chat(raw).received
    assert received["top_k"] == b"4.0e1"
    assert received["x"] == b"{}"
    assert received["messages"] == b'[{"role":"user","content":"x"}]'


def test_messages_become_turns_in_their_order() -> None:
    asked = read_chat(
        body(
            messages=[
                {"role": "system", "content": [{"type": "text", "text": "s"}]},
                {"role": "user", "content": [{"type": "text", "text": ""}, PICTURE, PICTURE]},
                {"role": "assistant", "content": "a", "tool_calls": [], "name": "x"},
            ]
        )
    )
    assert [(one.message, one.part, one.detail) for one in asked.pictures] == [
        (1, 1, "auto"),
        (1, 2, "auto"),
    ]
    assert asked.pictures[0].param == "messages[1].content[1].image_url.url"
    assert not asked.pictures[0].is_web_url


def test_developer_means_system_and_is_not_passed_on_as_sent() -> None:
    asked = read_chat(body(messages=[{"role": "developer", "content": "d"}, *HELLO]))
    assert [one.role for one in asked.with_pictures({})] == ["system", "user"]
    assert not asked.as_sent


@pytest.mark.parametrize("value", [None, [], {}, False, 0, "none"])
def test_a_refused_field_that_asks_nothing_is_dropped(value: Any) -> None:
    asked = read_chat(body(tools=value, tool_choice=value, logprobs=value, logit_bias=value))
    assert set(asked.received) == {"model", "messages"}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"functions": [{}]}, "functions"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"function_call": "auto"}, "function_call"),
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logit_bias": {"5": 1}}, "logit_bias"),
        ({"audio": {"voice": "x"}}, "audio"),
        ({"n": 2}, "n"),
        ({"n": 0}, "n"),
        ({"modalities": ["audio"]}, "modalities"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"seed": 1.5}, "seed"),
        ({"seed": 2**80}, "seed"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": -1}, "max_completion_tokens"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"stop": ""}, "stop"),
        ({"stop": 5}, "stop"),
        ({"stop": ["a", 5]}, "stop[1]"),
        ({"presence_penalty": 3}, "presence_penalty"),
        ({"frequency_penalty": -3}, "frequency_penalty"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
        ({"response_format": {"type": "xml"}}, "response_format"),
        ({"response_format": {"type": "json_schema"}}, "response_format"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a b"}}},
            "response_format.json_schema.name",
        ),
        ({"model": ""}, "model"),
        ({"model": None}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": None}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"content": "x"}]}, "messages[0]"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": 5, "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": []}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "messages[0].content[0]"),
        (
            {"messages": [{"role": "assistant", "content": "x", "tool_calls": [{"id": "1"}]}]},
            "messages[0].tool_calls",
        ),
        ({"messages": [{"role": "system", "content": [PICTURE]}]}, "messages[0].content[0]"),
    ],
)
def test_a_refusal_names_the_field(fields: dict[str, Any], param: str) -> None:
    error = refusal(body(**fields))
    assert error.param == param
    assert param.partition("[")[0].partition(".")[0] in error.message


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({"type": "input_audio", "input_audio": {}}, ".input_audio"),
        ({"type": "file", "file": {}}, ".file"),
        ({"type": "input_image", "image_url": "x"}, ".image_url"),
        ({"type": "video_url", "video_url": {}}, ".video_url"),
        ({"type": "video_url"}, ".type"),
        ({"type": "text", "text": "x", "video_url": {"url": "file:///x"}}, ".video_url"),
        ({"type": "text", "text": "x", "image_embeds": "AAAA"}, ".image_embeds"),
        ({"type": "text", "text": "x", "audio_url": {"url": "x"}}, ".audio_url"),
        ({"type": "text", "text": "x", "uuid": "u"}, ".uuid"),
        ({"type": "text", "text": "x", "Image_URL": {"url": "x"}}, ".Image_URL"),
        ({"type": "text", "text": "x", "Text": "y"}, ".Text"),
        (PICTURE | {"image_pil": "x"}, ".image_pil"),
        (PICTURE | {"text": "x"}, ".text"),
        (PICTURE | {"max_pixels": "x"}, ".max_pixels"),
        (PICTURE | {"image_url": PICTURE["image_url"] | {"URL": "x"}}, ".image_url.URL"),
        ({"type": "text", "text": "x", "x" * 99: "y"}, "." + "x" * 61 + "..."),
        ({"type": "poem"}, ".type"),
        ({"type": "text"}, ".text"),
        ({"type": "text", "text": 5}, ".text"),
        ({"type": "image_url"}, ".image_url"),
        ({"type": "image_url", "image_url": "data:"}, ".image_url"),
        ({"type": "image_url", "image_url": {}}, ".image_url"),
        ({"type": "image_url", "image_url": {"url": "x", "detail": "4k"}}, ".image_url.detail"),
        ({"type": "text", "text": "x", "image_url": {"url": "http://a"}}, ".image_url"),
    ],
)
def test_a_refused_part_is_named(part: dict[str, Any], where: str) -> None:
    error = refusal(
        body(messages=[{"role": "user", "content": [{"type": "text", "text": ""}, part]}])
    )
    assert error.param == "messages[0].content[1]" + where


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"model"}',
        b"\xff\xfe",
        b'{"a":' * 100_000,
        b"[" * 100_000,
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    assert refusal(data).code in ("invalid_json", "invalid_request")


@pytest.mark.parametrize("text", [b'"\xff"', b'"\\ud800"', b'"\\q"'])
def test_broken_text_inside_is_refused(text: bytes) -> None:
    data = b'{"model":"m","messages":[{"role":"user","content":%b}]}' % text
    assert refusal(data).code in ("invalid_json", "invalid_request")


def test_a_response_format_is_read() -> None:
    assert read_chat(body(response_format={"type": "text"})).shape is None
    plain = read_chat(body(response_format={"type": "json_object"})).shape
    assert plain is not None
    assert plain.schema is None
    named = {"name": "slip", "strict": True, "schema": {"type": "object"}}
    shape = read_chat(body(response_format={"type": "json_schema", "json_schema": named})).shape
    assert shape is not None
    assert (shape.name, shape.schema) == ("slip", b'{"type": "object"}')


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"metadata": {"conversation": "c"}, "user": "u", "prompt_cache_key": "k"}, "c"),
        # Clients send the same in every request: one target would get them all.
        ({"user": "u", "prompt_cache_key": "k"}, ""),
        ({"user": "u", "metadata": {"conversation": 5}}, ""),
        ({}, ""),
        ({"metadata": {"conversation": "x" * 999}}, "x" * 256),
    ],
)
def test_a_conversation_is_named_by_the_caller(fields: dict[str, Any], name: str) -> None:
    assert read_chat(body(**fields)).conversation == name


LARGE = "data:image/png;base64," + "A" * 20_000


def picture(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, "detail": "low"}}


@pytest.mark.parametrize(
    "content",
    [
        [picture(LARGE)],
        [picture(LARGE), {"type": "text", "text": "and"}, picture(LARGE + "B"), PICTURE],
        [picture(LARGE), {"type": "text", "text": f'the same as text: "{LARGE}"'}],
        [picture(LARGE), {"type": "text", "text": LARGE}],
        LARGE,
        f'"{LARGE}',
        [{"type": "text", "text": LARGE}, picture(LARGE + "/+=")],
    ],
)
def test_large_pictures_are_read_like_small_ones(content: Any) -> None:
    data = body(messages=[{"role": "user", "content": content}], x=1)
    asked = read_chat(data)
    assert {name: json.loads(raw) for name, raw in asked.received.items()} == json.loads(data)
    assert all(bytes(one.url) in asked.received["messages"] for one in asked.pictures)
    if isinstance(content, str):
        assert asked.messages[0].content == content
        return
    urls = [part["image_url"]["url"] for part in content if "image_url" in part]
    assert [json.loads(bytes(one.url)) for one in asked.pictures] == urls
    read = asked.messages[0].content
    assert isinstance(read, list)
    assert [part.text for part in read] == [part.get("text") for part in content]


@pytest.mark.parametrize(
    ("old", "new", "param"),
    [
        (b'"role": "user"', b'"role": "king"', "messages[0].role"),
        (b'"role": "user"', b'"role": "%b"' % LARGE.encode(), "messages[0].role"),
        (b'"model": "desk"', b'"model": 5', "model"),
        (b"}]}]", b"}]}", None),
        (LARGE.encode() + b'"', LARGE.encode(), None),
        (b'{"url"', b'"x"{"url"', None),
        (b'"data:', b'"x"data:', None),
    ],
)
def test_a_refusal_beside_a_large_picture_names_the_field(
    old: bytes, new: bytes, param: str | None
) -> None:
    data = body(messages=[{"role": "user", "content": [picture(LARGE)]}])
    assert old in data
    assert refusal(data.replace(old, new)).param == param


def test_an_escaped_quote_ends_no_large_picture() -> None:
    data = body(messages=[{"role": "user", "content": [picture(LARGE + '"')]}])
    asked = read_chat(data)
    assert json.loads(bytes(asked.pictures[0].url)) == LARGE + '"'


@given(st.lists(st.sampled_from([LARGE, LARGE[:-1], "x", '"', "\\", 'data:"', "é"]), max_size=6))
def test_setting_pictures_aside_changes_nothing(texts: list[str]) -> None:
    content = [
        picture(text) if number % 2 else {"type": "text", "text": text}
        for number, text in enumerate([*texts, "".join(texts)])
    ]
    data = body(messages=[{"role": "user", "content": content}])
    asked = read_chat(data)
    assert json.loads(asked.received["messages"])[0]["content"] == content
    urls = [part["image_url"]["url"] for part in content if "image_url" in part]
    assert [json.loads(bytes(one.url)) for one in asked.pictures] == urls


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = """
model messages stream stream_options temperature top_p seed stop n max_tokens user metadata
response_format tools logprobs modalities presence_penalty role content type text image_url url
detail json_schema schema name
"""
FIELDS = st.sampled_from(NAMES.split())
CHATS = st.recursive(
    JSON | st.sampled_from(["user", "text", "image_url", "json_schema", "data:,", "desk"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=6),
    max_leaves=20,
)


@given(st.dictionaries(FIELDS | st.text(), CHATS, max_size=8))
def test_any_json_is_read_or_refused(fields: dict[str, Any]) -> None:
    for given_fields in (fields, {"model": "m", "messages": HELLO} | fields):
        try:
            asked = read_chat(json.dumps(given_fields).encode())
        except ChatRefused:
            continue
        assert asked.messages


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for sample in (data, b'{"model":"m","messages":' + data, b'{"model":"m","messages":[{' + data):
        try:
            read_chat(sample)
        except ChatRefused:
            continue
