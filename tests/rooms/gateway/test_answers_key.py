"""Questions have one name only if one answer serves them all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.gateway.scripted_engine import question
from yuepi.engines.contract import (
    Call,
    Chat,
    JsonShape,
    Message,
    Picture,
    Sampling,
)
from yuepi.gateway.answers_key import answer_key, question_sha256


def _picture(data: bytes, detail: Any = "auto") -> Picture:
    name = question(pictures=[data]).pictures[0].sha256
    return Picture(data, "image/png", name, 1, 1, detail)


def _received(**fields: bytes) -> dict[str, bytes]:
    return {"model": b'"desk"', "temperature": b"0", **fields}


MESSAGES = (
    b'[{"role":"user","content":[{"url":"data:image/png;base64,AAAA"},'
    b'{"url":"data:image/png;base64,AAAA"}]}]'
)
ASKED = Chat(
    (
        Message("system", ("be brief",)),
        Message("user", ("one", _picture(b"1"), "two", _picture(b"2"))),
    ),
    Sampling(temperature=0.0, max_tokens=9),
    received=_received(
        messages=MESSAGES,
        top_k=b'{"a": 1, "b": 2}',
    ),
)


def _parts(*parts: Any) -> Chat:
    return replace(ASKED, messages=(ASKED.messages[0], Message("user", parts)))


def _with(**fields: bytes) -> Chat:
    assert ASKED.received is not None
    return replace(ASKED, received={**ASKED.received, **fields})


@pytest.mark.parametrize(
    "other",
    [
        _parts("one", _picture(b"2"), "two", _picture(b"1")),
        _parts("one", _picture(b"1"), "two"),
        _parts("one", "two", _picture(b"1"), _picture(b"2")),
        _parts("onetwo", _picture(b"1"), "", _picture(b"2")),
        _parts("one", _picture(b"1", "high"), "two", _picture(b"2")),
        replace(ASKED, messages=ASKED.messages[1:]),
        replace(ASKED, messages=(Message("user", ("be brief",)), ASKED.messages[1])),
        replace(ASKED, sampling=replace(ASKED.sampling, seed=1)),
        replace(ASKED, sampling=replace(ASKED.sampling, stop=("x",))),
        replace(ASKED, sampling=replace(ASKED.sampling, max_tokens=10)),
        replace(ASKED, shape=JsonShape()),
        replace(ASKED, shape=JsonShape({"type": "object"})),
        _with(top_k=b'{"a": 1, "b": 3}'),
        _with(min_p=b"0.1"),
        _with(messages=MESSAGES.replace(b'"role"', b'"max_pixels":9,"role"')),
        # One data URI more than there are pictures; one in another place; one inside a text.
        _with(messages=MESSAGES.replace(b"]}]", b',{"url":"data:image/png;base64,AA"}]}]')),
        _with(messages=MESSAGES.replace(b'"url"', b'"video_url"', 1)),
        _with(messages=MESSAGES.replace(b"user", b"data:image/png;base64,AA")),
    ],
)
def test_any_change_of_the_question_is_another_question(other: Chat) -> None:
    assert question_sha256(other) != question_sha256(ASKED)


@pytest.mark.parametrize(
    "same",
    [
        _with(stream=b"true", stream_options=b"{}", user=b'"me"', metadata=b'{"x": "y"}'),
        _with(model=b'"another name for it"', top_k=b'{"a":1,"b":2}'),
        replace(ASKED, received=dict(reversed(list((ASKED.received or {}).items())))),
        replace(ASKED, incremental=False, call=Call(conversation="c", id="x")),
        # Pictures count by their own hash, not by the base64 they came in.
        _with(messages=MESSAGES.replace(b"AAAA", b"BB")),
    ],
)
def test_what_does_not_change_an_answer_does_not_change_the_key(same: Chat) -> None:
    assert question_sha256(same) == question_sha256(ASKED)


@given(st.lists(st.text(), min_size=4, max_size=4), st.lists(st.text(), min_size=4, max_size=4))
def test_tenant_version_and_prompt_are_part_of_the_key(one: list[str], two: list[str]) -> None:
    keys = [
        answer_key(*words[:3], words[3].encode("utf-8", "surrogatepass")) for words in (one, two)
    ]
    assert (keys[0] == keys[1]) == (one == two)


@given(st.lists(st.text(), min_size=1, max_size=3), st.lists(st.text(), min_size=1, max_size=3))
def test_texts_are_told_apart_wherever_they_are_cut(one: list[str], two: list[str]) -> None:
    chats = [Chat((Message("user", tuple(parts)),)) for parts in (one, two)]
    assert (question_sha256(chats[0]) == question_sha256(chats[1])) == (one == two)


@pytest.mark.parametrize(
    "frame",
    [
        b'[{"role":"user","name":"x;base64,%b","content":[{"url":"data:a;base64,CCCC"}]}]',
        b'[{"role":"user","name":"data:x;base64,%b","content":[{"url":"data:a;BASE64,CCCC"}]}]',
        b'[{"role":"user","content":[{"video_url":{"url":"data:a;base64,%b"}}]}]',
        b'[{"url":"data:a;base64,CCCC"},{"url":"data:a;base64,%b"}]',
    ],
)
def test_a_payload_that_is_no_pictures_counts(frame: bytes) -> None:
    chat = Chat((Message("user", ("what?",)),), received={})
    if b"CCCC" in frame:
        chat = replace(chat, messages=(Message("user", (_picture(b"1"),)),))
    names = {
        question_sha256(replace(chat, received={"messages": frame % each}))
        for each in (b"AAAA", b"BBBB")
    }
    assert len(names) == 2
