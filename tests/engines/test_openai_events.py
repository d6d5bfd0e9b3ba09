"""Event streams of chat completions read the same however the network cuts them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.asking import joined
from tests.faults.upstream import Reply, reply_events
from tests.resources.size import tries
from yuepi.engines.contract import Delta, EngineBroke, Usage
from yuepi.engines.openai_compatible.events import EventReader


def _read(cuts: Iterable[bytes]) -> tuple[str, Any, Any, bytes]:
    reader = EventReader("m", 1 << 20)
    deltas: list[Delta] = []
    for data in cuts:
        delta = reader.read(data)
        if delta is not None:
            deltas.append(delta)
        if reader.done:
            break
    last = reader.end(clean=True)
    deltas += [last] if last is not None else []
    text, finishes, usages = joined(deltas)
    assert len(finishes) == 1
    return text, finishes[0], usages[-1:] or None, b"".join(delta.raw or b"" for delta in deltas)


def _cut(stream: bytes, places: Iterable[int]) -> list[bytes]:
    at = sorted({place % (len(stream) + 1) for place in places} | {0, len(stream)})
    return [stream[start:end] for start, end in pairwise(at)]


@settings(max_examples=tries(200, usual=80), deadline=None)
@given(
    pieces=st.lists(st.text(max_size=12), max_size=8),
    finish=st.sampled_from(["stop", "length", "content_filter"]),
    usage=st.none() | st.tuples(st.integers(0, 9999), st.integers(0, 9999)),
    done=st.booleans(),
    line_end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    comment=st.sampled_from([b"", b": ping\n\n", b":\n", b"event: message\nid: 7\n"]),
    space=st.booleans(),
    places=st.lists(st.integers(0, 100_000), max_size=40),
)
def test_any_cutting_of_the_stream_reads_the_same(
    pieces: list[str],
    finish: str,
    usage: tuple[int, int] | None,
    done: bool,
    line_end: bytes,
    comment: bytes,
    space: bool,
    places: list[int],
) -> None:
    reply = Reply("", finish=finish, pieces=tuple(pieces), usage=usage, done=done)
    plain = b"".join(comment + event for event in reply_events(reply))
    if not space:
        plain = plain.replace(b"data: {", b"data:{").replace(b"data: [", b"data:[")
    stream = plain.replace(b"\n", line_end)
    text, why, counted, raw = _read([stream])
    assert (text, why) == ("".join(pieces), finish)
    assert counted == (None if usage is None else [Usage(*usage)])
    assert raw == b"".join(event for event in reply_events(reply) if b"[DONE]" not in event)
    assert _read(_cut(stream, places)) == (text, why, counted, raw)
    assert _read(bytes([byte]) for byte in stream) == (text, why, counted, raw)


@settings(max_examples=tries(200, usual=80), deadline=None)
@given(
    pieces=st.lists(st.text(max_size=12), min_size=1, max_size=6),
    upto=st.integers(0, 100_000),
    places=st.lists(st.integers(0, 100_000), max_size=20),
)
def test_a_stream_cut_short_is_never_an_answer(
    pieces: list[str], upto: int, places: list[int]
) -> None:
    stream = b"".join(reply_events(Reply("", pieces=tuple(pieces))))
    finish_ends = stream.index(b'"finish_reason": "stop"') + len(b'"finish_reason": "stop"}]}')
    short = stream[: upto % finish_ends]
    with pytest.raises(EngineBroke):
        _read(_cut(short, places))


def test_done_without_a_finish_is_truncated() -> None:
    reader = EventReader("m", 1 << 20)
    reader.read(b'data: {"choices":[{"delta":{"content":"half"}}]}\n\n')
    with pytest.raises(EngineBroke, match="truncated"):
        reader.read(b"data: [DONE]\n\n")


def test_usage_counted_in_every_event_comes_once_at_the_end() -> None:
    reader = EventReader("m", 1 << 20)
    event = b'data: {"choices":[{"delta":{"content":"a"}%s}],"usage":{"prompt_tokens":3,%s}}\n\n'
    first = reader.read(event % (b"", b'"completion_tokens":1'))
    assert first is not None
    assert first.usage is None
    last = reader.read(event % (b',"finish_reason":"stop"', b'"completion_tokens":2'))
    assert last is not None
    assert last.usage == Usage(3, 2)


def test_torn_after_the_finish_without_usage_is_truncated() -> None:
    reader = EventReader("m", 1 << 20)
    reader.read(b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n')
    with pytest.raises(EngineBroke, match="truncated"):
        reader.end(clean=False)


def test_an_endless_event_is_cut_off() -> None:
    reader = EventReader("m", 1000)
    assert reader.read(b"data: " + b"a" * 900) is None
    with pytest.raises(EngineBroke, match="1000 bytes"):
        reader.read(b"a" * 200)


def test_negative_counts_of_an_upstream_are_none() -> None:
    event = (
        b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"usage":'
        b'{"prompt_tokens":-5,"completion_tokens":-1,"prompt_tokens_details":{"cached_tokens":-2}}}'
    )
    _, _, counted, _ = _read([event + b"\n\ndata: [DONE]\n\n"])
    assert counted == [Usage(0, 0, 0)]
