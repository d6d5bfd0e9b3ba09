"""A model is asked only for what is missing, and believed only where the page says the same."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.extraction import NUMBER, TEXT, invoice, known, reading
from yuepi.documents.extraction import Extraction, extract, read_wanted
from yuepi.documents.extraction.suggested import (
    numbered_lines,
    question,
    read_answer,
    with_suggestions,
)
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

TEXTS = (
    "经办 王五",
    "里程表读数 48,213 公里",
    "合计 27.00",
    "维修日期 2026年6月12日",
    "机油 120.00",
)
LINES = numbered_lines(
    [
        (
            1,
            [Line(text, Box(0.1, 0.1 * at, 0.5, 0.1 * at + 0.05)) for at, text in enumerate(TEXTS)],
        )
    ]
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "handler": {**TEXT, "description": "who did it"},
        "odometer": {"type": "integer"},
        "repaired": {"type": "string", "format": "date"},
        "total": NUMBER,
        "parts": {
            "type": "array",
            "items": {"type": "object", "properties": {"part": TEXT, "cost": NUMBER}},
        },
    },
}


def found_in(given_: Reading, schema: dict[str, Any] = SCHEMA) -> tuple[Any, Extraction]:
    wanted, plain = read_wanted(json.dumps(schema).encode())
    file = FileReading(file="a.jpg", sha256="0", pages=1, original=False, readings=(given_,))
    return wanted, extract(wanted, plain, file)


def answered(answer: Any, given_: Reading | None = None) -> Extraction:
    wanted, found = found_in(given_ or reading("other"))
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    return with_suggestions(wanted, SCHEMA, found, read_answer(text), LINES, "photo")


def said(value: str | None, *lines: int) -> dict[str, Any]:
    return {"value": value, "lines": list(lines)}


def test_only_what_is_missing_is_asked_for() -> None:
    wanted, found = found_in(invoice())
    asked = question(wanted, found, LINES)
    assert asked is not None
    assert list(asked.schema["properties"]) == ["handler", "odometer", "repaired", "parts"]
    assert "2 里程表读数 48,213 公里" in asked.words
    whole, nothing_missing = found_in(
        invoice(), {"type": "object", "properties": {"total": NUMBER}}
    )
    assert question(whole, nothing_missing, LINES) is None


def test_values_that_stand_on_the_page_are_taken_as_they_stand_there() -> None:
    found = answered(
        {
            "handler": said("王五", 1),
            "odometer": said("48213", 2),
            "repaired": said("2026-06-12", 4),
            "total": said("27.00", 3),
            "parts": [{"part": said("机油", 5), "cost": said("120.00", 5)}],
        }
    )
    assert found.result == {
        "handler": "王五",
        "odometer": 48213,
        "repaired": "2026-06-12",
        "total": 27,
        "parts": [{"part": "机油", "cost": 120}],
    }
    for field in found.fields.values():
        assert (field.status, field.sources) == ("single", ("model",))
        assert field.evidence[0].box is not None
    assert not found.questions


def test_what_does_not_stand_there_is_a_question_and_null() -> None:
    found = answered(
        {
            "handler": said("赵六", 1),
            "odometer": said("48218", 2),
            "total": said("28.00", 3),
            "parts": [{"part": said("轮胎"), "cost": said("999.00")}],
        }
    )
    assert found.result == {
        "handler": None,
        "odometer": None,
        "repaired": None,
        "total": None,
        "parts": None,
    }
    assert {each.field for each in found.questions} >= {"/handler", "/odometer", "/total"}
    assert all(each.message and each.message_zh for each in found.questions)


def test_what_was_found_without_a_model_stays() -> None:
    found = answered({"total": said("120.00", 5)}, invoice(total=known("27.00")))
    assert found.result["total"] == 27
    assert found.fields["/total"].status == "confirmed"
    contradicted = invoice(total=known("27.00", "conflict", others=("21.00",)))
    assert answered({"total": said("27.00", 3)}, contradicted).result["total"] is None


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I cannot tell.",
        "{",
        "[]",
        '{"handler": "王五"}',
        '{"handler": {"value": 1e999}}',
        '{"handler": {"value": ["王五"]}, "parts": {"part": 1}}',
        '{"parts": [null, 3, {"part": {"value": "' + "a" * 5_000 + '"}}]}',
        "{" * 3_000,
    ],
)
def test_answers_of_another_shape_add_nothing(answer: str) -> None:
    assert all(each is None for each in answered(answer).result.values())


def test_answers_in_fences_and_after_thoughts_are_read() -> None:
    text = f'<think>{{"x": 1}}</think>\n```json\n{json.dumps({"handler": said("王五", 1)})}\n```'
    assert answered(text).result["handler"] == "王五"


@given(st.integers(0, 10**6))
def test_a_wrong_digit_in_the_answer_is_never_a_value(seed: int) -> None:
    dice = random.Random(seed)
    name, right, line = dice.choice(
        [("odometer", "48213", 2), ("total", "27.00", 3), ("repaired", "2026-06-12", 4)]
    )
    places = [at for at, sign in enumerate(right) if sign.isdigit()]
    at = dice.choice(places)
    wrong = right[:at] + dice.choice([d for d in "0123456789" if d != right[at]]) + right[at + 1 :]
    found = answered({name: said(wrong, line)})
    assert found.result[name] is None
