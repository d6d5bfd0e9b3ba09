"""The judge of strangers' schemas: right where it judges, and never busy for long."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.resources.size import tries
from yuepi.kit.json_schema import (
    SCHEMA_BYTES_MAX,
    Judge,
    UnusableSchema,
    Wrong,
    judge_of,
    schema_bytes,
)

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, "", "a", "ab"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)
_COUNTS = st.integers(0, 3)
_TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
_NAMES = st.lists(st.sampled_from("abc"), max_size=2, unique=True)


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named = st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    several = st.lists(inner, min_size=1, max_size=2)
    words: dict[str, st.SearchStrategy[Any]] = {
        "type": _TYPES | st.lists(_TYPES, min_size=1, max_size=2, unique=True),
        "const": _VALUES,
        "enum": st.lists(_VALUES, min_size=1, max_size=3),
        "required": _NAMES,
        "dependentRequired": st.dictionaries(st.sampled_from("abc"), _NAMES, max_size=2),
        "multipleOf": st.sampled_from([1, 2, 0.5, 0.1]),
        "uniqueItems": st.booleans(),
        "pattern": st.sampled_from(["^a", "b$", "^[0-9]+$"]),
        "$ref": st.just("#/$defs/other"),
    }
    words |= dict.fromkeys(("properties", "dependentSchemas"), named)
    words |= dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), several)
    singles = ("not", "if", "then", "else", "items", "contains", "additionalProperties")
    words |= dict.fromkeys((*singles, "propertyNames"), inner)
    counts = ("Length", "Items", "Properties", "Contains")
    words |= {f"{end}{what}": _COUNTS for end in ("min", "max") for what in counts}
    bounds = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    words |= dict.fromkeys(bounds, st.integers(-2, 2))
    return st.fixed_dictionaries({}, optional=words)


_SCHEMA = _schemas(st.booleans() | _schemas(st.booleans()))


@settings(max_examples=tries(60, usual=30), deadline=None)
@given(schema=_SCHEMA, other=_schemas(st.booleans()), value=_VALUES)
def test_it_judges_as_the_standard_does(schema: Any, other: Any, value: Any) -> None:
    other.pop("$ref", None)
    schema = {**schema, "$defs": {"other": other}}
    wrong = judge_of(schema_bytes(schema)).first_wrong(value)
    assert (wrong is None) == Draft202012Validator(schema).is_valid(value), wrong


def test_it_tells_the_place() -> None:
    row = {"type": "object", "properties": {"sum": {"type": "string"}}}
    judge = Judge({"properties": {"rows": {"items": row}}})
    wrong = judge.first_wrong({"rows": [{"sum": "1"}, {"sum": 1}]})
    assert wrong == Wrong("$.rows[1].sum", "type", "string")


def test_recursive_schemas_and_anchors_are_followed() -> None:
    tree = {
        "$defs": {"leaf": {"$anchor": "leaf", "type": "integer"}},
        "anyOf": [{"$ref": "#leaf"}, {"type": "array", "items": {"$ref": "#"}}],
    }
    judge = judge_of(schema_bytes(tree))
    assert judge.first_wrong([1, [2, [3]]]) is None
    assert judge.first_wrong([1, ["2"]]) is not None


def _doubling(levels: int, step: Any, leaf: Any, **root: Any) -> dict[str, Any]:
    defs = {f"a{n}": step({"$ref": f"#/$defs/a{n + 1}"}) for n in range(levels)}
    return {**root, "$defs": {**defs, f"a{levels}": leaf}, "$ref": "#/$defs/a0"}


_P_Q = {"properties": {"p": {"type": "string"}, "q": {"type": "string"}}}
_BOMBS: dict[str, dict[str, Any]] = {
    "references": _doubling(12, lambda ref: {"allOf": [ref] * 8}, {}),
    "wide leaves": _doubling(10, lambda ref: {"allOf": [ref] * 2}, {"allOf": [{}] * 5_000}),
    "dependents": _doubling(
        25, lambda ref: {"dependentSchemas": {"p": ref, "q": ref}}, {"properties": {"p": True}}
    ),
    "unevaluated": _doubling(
        25,
        lambda ref: {"dependentSchemas": {"p": ref, "q": ref}},
        {"properties": {"p": True}},
        unevaluatedProperties=False,
        **_P_Q,
    ),
    "alternatives": _doubling(25, lambda ref: {"anyOf": [ref, ref]}, False),
    "negations": _doubling(25, lambda ref: {"not": {"not": {"anyOf": [ref, ref]}}}, False),
    "conditions": _doubling(25, lambda ref: {"if": ref, "then": ref, "else": ref}, {"const": 1}),
    "another draft": _doubling(
        25,
        lambda ref: {"$schema": "http://json-schema.org/draft-07/schema#", "allOf": [ref, ref]},
        {},
    ),
    "a circle": {"$ref": "#"},
    "patterns": {"allOf": [{"pattern": f"\\w{{{60 + n % 40}}}|{n}|a"} for n in range(1_000)]},
}


@pytest.mark.parametrize("name", _BOMBS)
def test_a_few_lines_of_schema_are_refused_before_they_cost_seconds(name: str) -> None:
    bomb = _BOMBS[name]
    value: Any = "a" * 1_000 if name == "patterns" else {"p": "", "q": ""}
    began = time.process_time()
    with pytest.raises(UnusableSchema):
        judge_of(schema_bytes(bomb)).first_wrong(value)
    assert time.process_time() - began < 8.0


def test_large_answers_of_plain_schemas_are_judged() -> None:
    fields = {f"f{n}": {"type": ["string", "null"], "maxLength": 90} for n in range(8)}
    row = {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
    rows = [dict.fromkeys(fields, "12.00") for _ in range(2_000)]
    judge = Judge({"type": "array", "items": row})
    assert judge.first_wrong(rows) is None
    assert judge.first_wrong([*rows, {}]) is not None
    unique = Judge({"uniqueItems": True})
    assert unique.first_wrong([[n, {}] for n in range(20_000)]) is None
    assert unique.first_wrong([1, {"a": [True]}, {"a": [True]}]) is not None
    assert unique.first_wrong([1, True, 0, False]) is None


def test_patterns_are_judged_in_linear_time_or_not_at_all() -> None:
    assert Judge({"pattern": "^(a+)+$"}).first_wrong("a" * 60 + "b") is not None
    assert Judge({"pattern": "^[0-9]{12}$"}).first_wrong("123456789012") is None
    assert Judge({"pattern": "^[0-9]{12}$"}).first_wrong("12345678901") is not None
    assert Judge({"pattern": "^(?!a)"}).first_wrong("a") is None
    assert Judge({"pattern": "(a{1000}){1000}"}).first_wrong("") is None


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"$ref": "http://127.0.0.1:9/schema"},
        {"items": {"$ref": "#/nowhere"}},
        {"$ref": "#/description", "description": "x"},
        {"description": "x" * SCHEMA_BYTES_MAX},
        {"x": object()},
    ],
)
def test_what_is_no_schema_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(UnusableSchema):
        judge_of(schema_bytes(schema))


def test_a_deep_schema_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(40):
        schema = {"items": schema}
    with pytest.raises(UnusableSchema, match="deeper"):
        judge_of(schema_bytes(schema))
