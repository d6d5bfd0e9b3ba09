"""Schemas that no model should be asked for are refused before one is."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from yuepi.engines.contract import ChatRefused
from yuepi.gateway.answer_schema import Schemas, read_schema

SLIP = {
    "type": "object",
    "properties": {
        "total": {"type": "number", "minimum": 0},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}, "minItems": 1},
        "kind": {"enum": ["a", "b", None]},
    },
    "required": ["total", "lines"],
    "additionalProperties": False,
    "$defs": {"line": {"type": "object", "properties": {"next": {"$ref": "#/$defs/line"}}}},
}


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"items": schema}
    return schema


def refused(schema: Any) -> ChatRefused:
    with pytest.raises(ChatRefused) as caught:
        read_schema(json.dumps(schema).encode())
    assert caught.value.param == "response_format"
    assert caught.value.http_status == 400
    return caught.value


@pytest.mark.parametrize(
    "schema",
    [
        SLIP,
        {},
        {"type": ["string", "null"], "maxLength": 0},
        {"minLength": 5, "maxLength": 1},  # a number satisfies it
        {"properties": {"a": False}},  # an object without it
        {"type": "object", "properties": {"a": {"enum": [1], "type": "string"}}},  # not required
        {"anyOf": [False, {"type": "string"}]},
        {"const": 1.0, "type": "integer"},
        {"type": "array", "items": False},  # the empty list
    ],
)
def test_a_schema_with_an_answer_is_taken(schema: Any) -> None:
    assert read_schema(json.dumps(schema).encode()) == schema


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"type": "string", "minLength": 5, "maxLength": 1},
        {"type": "integer", "minimum": 5, "maximum": 1},
        {"type": "number", "exclusiveMinimum": 5, "maximum": 5},
        {"type": "array", "minItems": 2, "maxItems": 1},
        {"type": "array", "minItems": 1, "items": False},
        {"enum": ["a"], "type": "integer"},
        {"const": True, "type": "integer"},
        {"enum": []},
        {"allOf": [{"type": "string"}, False]},
        {"anyOf": [False, False]},
        {"type": "object", "required": ["a"], "additionalProperties": False},
        {"type": "object", "required": ["a"], "properties": {"a": False}},
        {"type": "object", "required": ["a"], "properties": {"a": {"enum": [1], "type": "null"}}},
    ],
)
def test_a_schema_without_any_answer_is_refused(schema: Any) -> None:
    assert refused(schema).code == "schema_not_satisfiable"


@pytest.mark.parametrize(
    "schema",
    [
        [],
        "object",
        {"type": "text"},
        {"properties": []},
        {"required": "a"},
        {"$ref": "https://example.com/schema.json"},
        {"items": {"$ref": "file:///etc/passwd"}},
        {"$ref": "#/$defs/missing"},
        nested(40),
        {"description": "x" * 70_000},
    ],
)
def test_what_is_no_schema_is_refused(schema: Any) -> None:
    assert refused(schema).code == "invalid_schema"


def test_broken_json_is_refused() -> None:
    for raw in (b"{", b'{"a":"\xff"}', b"[" * 5000):
        with pytest.raises(ChatRefused):
            read_schema(raw)


def test_schemas_are_kept_up_to_a_number() -> None:
    schemas = Schemas(kept_max=2)

    async def read(number: int) -> Any:
        return await schemas.read(b'{"title":"%d"}' % number)

    async def story() -> None:
        first = await read(1)
        assert await read(1) is first
        await read(2)
        await read(3)
        assert await read(1) is not first

    asyncio.run(story())
