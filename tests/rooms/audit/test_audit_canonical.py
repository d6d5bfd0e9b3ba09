"""Entries as bytes: one form, on every machine, for everything that may come."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from yuepi.audit.canonical import (
    DETAIL_BYTES_MAX,
    DETAIL_DEPTH_MAX,
    NotRecordable,
    action_text,
    detail_text,
    entry_bytes,
    name_text,
)

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
characters = st.characters()  # surrogates are among them
texts = st.text(characters, max_size=12)
whole = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@given(st.dictionaries(whole, values, max_size=5))
def test_any_json_has_one_form_that_reads_back_and_stays(detail: dict[str, Any]) -> None:
    text = detail_text(detail)
    told = json.loads(text)
    assert detail_text(told) == text
    assert rfc8785.dumps(told).decode() == text
    assert detail_text(dict(reversed(detail.items()))) == text
    text.encode("utf-8")


@given(texts, texts, texts, st.dictionaries(whole, values, max_size=3))
def test_an_entrys_bytes_are_the_canonical_json_of_its_parts(
    action: str, actor: str, subject: str, detail: dict[str, Any]
) -> None:
    text = detail_text(detail)
    parts = {"action": action, "actor": actor, "subject": subject}
    try:
        wanted = rfc8785.dumps(
            parts | {"at": "2026-03-01T08:00:00.000000Z", "detail": json.loads(text)}
        )
    except rfc8785.CanonicalizationError:
        return  # a surrogate, which `name_text` would have written out
    assert entry_bytes(action, actor, subject, NOW, text) == wanted


def test_the_moment_is_utc_to_the_microsecond() -> None:
    china = datetime(2026, 3, 1, 16, 0, 0, 5, tzinfo=timezone(timedelta(hours=8)))
    assert b'"at":"2026-03-01T08:00:00.000005Z"' in entry_bytes("a.b", "c", "d", china, "{}")


def test_numbers_that_json_cannot_hold_are_text() -> None:
    edge = 2**53 - 1
    assert detail_text({"a": edge, "b": -edge, "c": edge + 1, "d": -(2**63)}) == (
        f'{{"a":{edge},"b":-{edge},"c":"{edge + 1}","d":"-{2**63}"}}'
    )


def test_unicode_is_kept_and_lone_surrogates_are_written_out() -> None:
    assert detail_text({"票": "𠮷\u0000\u2028é"}) == '{"票":"𠮷\\u0000\u2028é"}'
    assert detail_text({"name": "a\udcff.jpg"}) == '{"name":"a\\\\udcff.jpg"}'
    assert name_text("a\udcff\x00", what="a subject") == "a\\udcff\\u0000"


def test_keys_are_sorted_by_their_utf_16() -> None:
    # RFC 8785, 3.2.3: a character beyond the first plane sorts by its surrogates.
    assert detail_text({"\ufb33": 1, "😀": 2, "ö": 3}) == '{"ö":3,"😀":2,"\ufb33":1}'


@pytest.mark.parametrize(
    "detail",
    [
        {"a": 0.5},
        {"a": float("nan")},
        {"a": [1.0]},
        {1: "a"},
        {None: "a"},
        {"a": Decimal("1.5")},
        {"a": b"bytes"},
        {"a": NOW},
        {"a": {1, 2}},
        {"a": nested(DETAIL_DEPTH_MAX)},
        {"a": nested(5_000)},
        {"a": "x" * DETAIL_BYTES_MAX},
        {"a": [None] * 10_000},
        {"a": 1 << 5_000},
        {"a\ud800": 1, "a\\ud800": 2},
    ],
    ids=range(15),
)
def test_what_has_no_form_is_a_typed_error(detail: dict[Any, Any]) -> None:
    with pytest.raises(NotRecordable) as caught:
        detail_text(detail)
    assert caught.value.code == "not_recordable"
    assert caught.value.remedy


def test_the_limits_are_where_they_are_said_to_be() -> None:
    assert detail_text({"a": nested(DETAIL_DEPTH_MAX - 1)})
    assert len(detail_text({"a": "x" * (DETAIL_BYTES_MAX - 8)})) == DETAIL_BYTES_MAX
    with pytest.raises(NotRecordable):
        detail_text({"a": "x" * (DETAIL_BYTES_MAX - 7)})


def test_actions_are_room_and_verb() -> None:
    assert action_text("claim.submitted") == "claim.submitted"
    for wrong in ("claim", "Claim.submitted", "claim.", ".x", "claim submitted.x", "a." + "b" * 64):
        with pytest.raises(NotRecordable):
            action_text(wrong)


def test_a_detail_cannot_pass_itself_off_as_other_columns() -> None:
    honest = entry_bytes("a.b", "me", "clm_1", NOW, "{}")
    forged = entry_bytes("a.b", "me", "x", NOW, '{},"subject":"clm_1"}')
    assert honest != forged
