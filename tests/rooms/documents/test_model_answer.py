"""From a model's words to what it states: every shape seen at the wire, and what must fail."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.readers.model_answer import ANSWER_CHARACTERS_MAX, Stated, stated

NAMES = ("number", "date", "total", "seller_name")
TOTAL = (Stated("total", "27.00", (12,)),)
GOOD = '{"total": {"value": "27.00", "lines": ["L12"], "box": null}}'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```\nThese are the fields that I could read.",
        f"Sure! Here is the JSON you asked for:\n\n{GOOD}\n\nLet me know if you need more.",
        f"<think>The total seems to be {{27.00}} or 72.00 … {{}}</think>\n{GOOD}",
        f"The total is on line 12.\n</think>\n\n{GOOD}",
        f"\ufeff{GOOD}<|im_end|>",
        f'{{"fields": {GOOD}}}',
        f'{{"answer": {GOOD}, "note": "ok"}}',
        '{"total": {"value": 27.00, "lines": [12]}}',
        '{"total": {"value": "27.00", "lines": "L12"}, "invoice_status": "approved"}',
        '{"total": {"value": "27.00", "lines": ["l12", "L12", 7.5, null, {"a": 1}]}}',
        '{"total": {"value": "27.00", "lines": ["L12"], "confidence": 0.99, "decision": "pass"}}',
        f"{GOOD} {GOOD}",
        f"{{broken {GOOD}",
        '{"total": {"value": " 27.00\\u0000 ", "lines": ["L12"]}, "total ": 5}',
    ],
)
def test_shapes_that_say_one_thing(text: str) -> None:
    assert stated(text, NAMES) == TOTAL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot read this document.",
        "[1, 2, 3]",
        '{"total": {"value": "27.00", "lines": ["L12"]',
        "```json\n```",
        "{}",
        '{"unknown": {"value": "27.00"}}',
        f"<think>{GOOD}",
        GOOD + " " * ANSWER_CHARACTERS_MAX,
        '{"total": ' + "[" * 500 + "]" * 500 + "}",
        '{"a":' * 3_000,
        "{" * 3_000,
    ],
)
def test_what_is_no_answer(text: str) -> None:
    assert stated(text, NAMES) is None


@pytest.mark.parametrize(
    "value",
    [
        "null", "true", "[]", '["27.00"]', '{"value": null}', '{"value": true}', '{"value": ["1"]}',
        '{"value": {"value": "27.00"}}', '{"value": ""}', '{"value": "N/A"}',
        '{"value": "无法确定"}',
        '{"value": 2.7e1}', '{"value": NaN}', '{"value": -Infinity}', "{}", '{"lines": ["L12"]}',
        '{"value": "27.00", "value": "72.00"}', f'{{"value": "{"1" * 80}"}}',
        f'{{"value": "{"一" * 400}"}}',
    ],
)  # fmt: skip
def test_what_is_no_value(value: str) -> None:
    assert stated(f'{{"total": {value}}}', NAMES) == ()


def test_a_field_that_is_given_twice_differently_is_not_given() -> None:
    text = '{"total": {"value": "27.00"}, "date": {"value": "2026-01-02"}, "total": "72.00"}'
    assert stated(text, NAMES) == (Stated("date", "2026-01-02"),)
    assert stated(f'First: {GOOD}. Better: {{"total": {{"value": "72.00"}}}}', NAMES) == ()


def test_long_numbers_are_kept_to_the_digit() -> None:
    number = "26312000000123456789"
    (one,) = stated(f'{{"number": {{"value": {number}}}}}', NAMES) or ()
    assert one.value == number
    assert stated('{"number": {"value": "00123456"}}', NAMES) == (Stated("number", "00123456"),)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ([10, 20, 300, 40], (10.0, 20.0, 300.0, 40.0)),
        ([10.5, 20, 300, 40], (10.5, 20.0, 300.0, 40.0)),
        (["10", "20", "300", "40"], (10.0, 20.0, 300.0, 40.0)),
        ([300, 20, 10, 40], None),
        ([10, 20, 300], None),
        ([-1, 20, 300, 40], None),
        ([10, 20, 300, 1e400], None),
        ("10 20 300 40", None),
        ([None, 20, 300, 40], None),
    ],
)
def test_boxes(given: object, taken: object) -> None:
    text = json.dumps({"total": {"value": "27.00", "box": given}})
    (one,) = stated(text, NAMES) or ()
    assert one.box == taken


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*NAMES, "value", "lines", "box"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON, st.text(max_size=30), st.text(max_size=30))
def test_any_json_in_any_words_never_fails_and_gives_only_plain_values(
    value: object, before: str, behind: str
) -> None:
    found = stated(before + json.dumps(value) + behind, NAMES)
    for one in found or ():
        assert one.field in NAMES
        assert one.value.strip() == one.value != ""
        assert all(sign.isprintable() for sign in one.value)
