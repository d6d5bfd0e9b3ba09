"""A whole answer that was asked for as JSON is of that shape, or it is none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.rooms.gateway.scripted_engine import Says, ScriptedEngine, question, read
from yuepi.engines.contract import ChatRefused, EngineBroke, JsonShape
from yuepi.gateway.shape_guard import ShapeGuard, mismatch

TOTAL = {
    "type": "object",
    "properties": {"total": {"type": "string"}, "pattern": {"type": "integer"}},
    "required": ["total"],
    "additionalProperties": False,
}


def _ask(text: str, schema: Mapping[str, Any] | None, **more: Any) -> str:
    chat = replace(question(**more), shape=JsonShape(schema))
    half = len(text) // 2
    engine = ScriptedEngine(Says([text[:half], text[half:]]))
    return asyncio.run(read(ShapeGuard(engine), chat))


def test_the_right_shape_passes_unchanged() -> None:
    text = ' {"total": "27.00", "pattern": 3}\n'
    assert _ask(text, TOTAL, incremental=False) == text
    assert _ask('{"a": 1}', None, incremental=False) == '{"a": 1}'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("27.00 yuan", "not JSON"),
        ('{"total": "27', "not JSON"),
        ("", "not JSON"),
        ('{"total": 27}', r"at \$\.total it breaks type 'string'"),
        ('{"sum": "1"}', "additionalProperties False|required"),
        ("{}", r"breaks required \['total'\]"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_wrong_shape_is_a_broken_answer(text: str, why: str) -> None:
    with pytest.raises(EngineBroke, match=f"(?i){why}") as broke:
        _ask(text, TOTAL, incremental=False)
    assert broke.value.code == "schema_mismatch"


def test_any_object_is_asked_for_without_a_schema() -> None:
    with pytest.raises(EngineBroke, match="not a JSON object"):
        _ask("[1]", None, incremental=False)


def test_words_already_read_cannot_be_taken_back() -> None:
    assert _ask("no JSON", TOTAL, incremental=True) == "no JSON"


def test_an_answer_cut_by_its_length_says_so_itself() -> None:
    chat = replace(question(incremental=False), shape=JsonShape(TOTAL))
    guard = ShapeGuard(ScriptedEngine(Says(['{"to'], finish="length")))
    assert asyncio.run(read(guard, chat)) == '{"to'


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"$ref": "http://127.0.0.1:9/schema"},
        {"$ref": "#/nowhere"},
        {"$ref": "#"},
        {"description": "x" * 300_000},
    ],
)
def test_a_schema_that_cannot_be_checked_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ChatRefused) as refused:
        _ask('{"a": 1}', schema, incremental=False)
    assert refused.value.code == "invalid_schema"


def test_a_few_lines_of_schema_cannot_keep_the_server_busy() -> None:
    steps = {f"s{n}": {"allOf": [{"$ref": f"#/$defs/s{n + 1}"}] * 8} for n in range(12)}
    bomb = {"$defs": {**steps, "s12": {}}, "$ref": "#/$defs/s0"}
    began = time.monotonic()
    with pytest.raises(ChatRefused):
        asyncio.run(mismatch(JsonShape(bomb), "{}"))
    regex = {"type": "string", "pattern": "^(a+)+$", "patternProperties": {"^(a+)+$": {}}}
    assert asyncio.run(mismatch(JsonShape(regex), f'"{"a" * 60}b"')) is not None
    named = {"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False}
    assert asyncio.run(mismatch(JsonShape(named), f'{{"{"a" * 60}b": 1}}')) is None
    assert time.monotonic() - began < 5.0
