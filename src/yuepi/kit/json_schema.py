"""Judges values by JSON Schemas of strangers (draft 2020-12), with every step counted.

A few lines of schema can ask a validator for more work than a lifetime holds: references that
double at each level, alternatives of alternatives, regular expressions that backtrack. Here each
step costs one of `STEPS_MAX`, and when they are used up the schema is refused as too costly.
Judging holds the CPU for up to a second: call it in a thread.

What is left out, always to the schema's favour: `format` (a mere note in 2020-12),
`patternProperties` (and then `additionalProperties` beside it), `unevaluatedProperties` and
`unevaluatedItems`. `pattern` is judged by an engine of linear time (Rust's), where the pattern is
one it knows and of modest size; else it is left out too. All references are meant from the root.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from yuepi.kit.json_judge import NOWHERE, STEPS_MAX, Judge, UnusableSchema, Wrong, schema_parts

__all__ = [
    "SCHEMA_BYTES_MAX",
    "SCHEMA_DEPTH_MAX",
    "STEPS_MAX",
    "Judge",
    "UnusableSchema",
    "Wrong",
    "check_schema",
    "check_size",
    "judge_of",
    "schema_bytes",
    "schema_parts",
]

SCHEMA_BYTES_MAX: Final = 64 * 1024
SCHEMA_DEPTH_MAX: Final = 32
JUDGES_KEPT: Final = 64


def schema_bytes(schema: Mapping[str, Any]) -> bytes:
    """The schema as JSON, which `judge_of` takes. Raises `UnusableSchema` for what is none."""
    try:
        raw = msgspec.json.encode(schema)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnusableSchema(f"it is not JSON ({error})") from error
    check_size(raw)
    return raw


def check_size(raw: bytes) -> None:
    """Raises `UnusableSchema` for more bytes than any answer's schema needs."""
    if len(raw) > SCHEMA_BYTES_MAX:
        raise UnusableSchema(f"it has {len(raw)} bytes, the limit is {SCHEMA_BYTES_MAX}")


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raises `UnusableSchema` for what is too deep or no schema. Takes up to a second."""
    # Costs 60 ms and some megabytes to import: only who asks for a schema pays.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    if _depth(schema) > SCHEMA_DEPTH_MAX:
        raise UnusableSchema(f"it is nested deeper than {SCHEMA_DEPTH_MAX} levels")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = "/".join(str(step) for step in error.absolute_path)
        message = error.message if len(error.message) <= 200 else error.message[:197] + "..."
        raise UnusableSchema(f"at #/{where}: {message}") from error
    except RecursionError as error:
        raise UnusableSchema("it cannot be followed") from error


@lru_cache(maxsize=JUDGES_KEPT)
def judge_of(raw: bytes) -> Judge:
    """The judge of a schema that `schema_bytes` gave, checked first; the last ones are kept.

    Raises `UnusableSchema`, for references that lead nowhere too.
    """
    schema = msgspec.json.decode(raw)
    if not isinstance(schema, dict):
        raise UnusableSchema("it must be an object")
    check_schema(schema)
    judge = Judge(schema)
    for part, where in schema_parts(schema):
        for key in ("$ref", "$dynamicRef"):
            if key in part and judge.target(part[key]) is NOWHERE:
                raise UnusableSchema(f"at {where}: {str(part[key])[:80]} points nowhere inside it")
    return judge


def _depth(value: Any) -> int:
    """How deep a JSON value is nested, without recursion."""
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, Mapping) else one)
            if isinstance(inner, Mapping | list)
        ]
    return depth
