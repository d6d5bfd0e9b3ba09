"""The JSON Schema of `response_format`: judged before a model spends time on it.

A schema that is no schema, refers to other documents, is deeper or larger than any answer needs,
or that nothing can satisfy, is refused. Only plain contradictions are found (draft 2020-12 in full
would be a theorem prover): bounds that exclude each other, empty choices, required properties that
are forbidden, `false`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from yuepi.engines.contract import ChatRefused
from yuepi.kit.json_schema import UnusableSchema, check_schema, check_size, schema_parts

SCHEMAS_KEPT = 64

_BOUNDS = (
    ("minimum", "maximum"),
    ("exclusiveMinimum", "maximum"),
    ("minimum", "exclusiveMaximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int, float),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


class Schemas:
    """Schemas judged before: a program that asks sends the same one with every document."""

    def __init__(self, kept_max: int = SCHEMAS_KEPT) -> None:
        self._kept: dict[bytes, Mapping[str, Any]] = {}
        self._kept_max = kept_max

    async def read(self, raw: bytes) -> Mapping[str, Any]:
        """Like `read_schema`, in a thread where it takes time."""
        schema = self._kept.get(raw)
        if schema is None:
            schema = await asyncio.to_thread(read_schema, raw)
            while len(self._kept) >= self._kept_max:
                self._kept.pop(next(iter(self._kept)))
            self._kept[raw] = schema
        return schema


def read_schema(raw: bytes) -> Mapping[str, Any]:
    """The schema, if a model can be asked for it. Costs milliseconds.

    Raises `ChatRefused`: `invalid_schema`, or `schema_not_satisfiable`.
    """
    try:
        check_size(raw)
        schema = msgspec.json.decode(raw)
    except UnusableSchema as error:
        raise _invalid(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _invalid("it is not readable as JSON") from error
    if schema is False:
        raise _unsatisfiable("#")
    if not isinstance(schema, dict):
        raise _invalid("it must be an object")
    try:
        check_schema(schema)
    except UnusableSchema as error:
        raise _invalid(str(error)) from error
    _check_references(schema)
    _check_satisfiable(schema, "#")
    return schema


def _check_references(schema: Mapping[str, Any]) -> None:
    for part, where in schema_parts(schema):
        reference = part.get("$ref", part.get("$dynamicRef"))
        if reference is None:
            continue
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise _invalid(f"at {where}: $ref may only point inside the schema itself")
        if reference.startswith("#/") and not _resolves(schema, reference):
            raise _invalid(f"at {where}: {reference[:80]} points nowhere")


def _resolves(schema: Any, reference: str) -> bool:
    for step in reference[2:].split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(schema, dict) and name in schema:
            schema = schema[name]
        elif isinstance(schema, list) and name.isdecimal() and int(name) < len(schema):
            schema = schema[int(name)]
        else:
            return False
    return True


def _check_satisfiable(schema: Any, where: str) -> None:
    """Follows only what every answer must satisfy: required properties, `allOf`, needed items."""
    if schema is False:
        raise _unsatisfiable(where)
    if not isinstance(schema, dict):
        return
    for low, high in _BOUNDS:
        if low in schema and high in schema:
            beyond = schema[low] > schema[high]
            open_end = low.startswith("exclusive") or high.startswith("exclusive")
            # minLength and its like bind only values of their own type.
            if (beyond or (open_end and schema[low] == schema[high])) and _binds(schema, low):
                raise _unsatisfiable(f"{where}/{low}")
    choices = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if choices is not None and not any(_of_type(choice, schema) for choice in choices):
        raise _unsatisfiable(f"{where}/{'enum' if 'enum' in schema else 'const'}")
    for number, inner in enumerate(schema.get("allOf") or ()):
        _check_satisfiable(inner, f"{where}/allOf/{number}")
    options = schema.get("anyOf") or schema.get("oneOf")
    if options and all(option is False for option in options):
        raise _unsatisfiable(where)
    if _types(schema) == {"object"}:
        _check_required(schema, where)
    if _types(schema) == {"array"} and schema.get("minItems", 0) > 0:
        first = (schema.get("prefixItems") or [schema.get("items")])[0]
        _check_satisfiable(first, f"{where}/items")


def _check_required(schema: Mapping[str, Any], where: str) -> None:
    properties = schema.get("properties") or {}
    closed = schema.get("additionalProperties") is False and "patternProperties" not in schema
    for name in schema.get("required") or ():
        if name in properties:
            _check_satisfiable(properties[name], f"{where}/properties/{name}")
        elif closed:
            raise _unsatisfiable(f"{where}/required/{name}")


def _types(schema: Mapping[str, Any]) -> set[str]:
    given = schema.get("type")
    return set(given if isinstance(given, list) else [given] if given else ())


def _binds(schema: Mapping[str, Any], bound: str) -> bool:
    """Whether a bound holds for every value the schema lets through."""
    if bound.endswith("Length"):
        kinds = {"string"}
    elif bound.endswith("Items"):
        kinds = {"array"}
    elif bound.endswith("Properties"):
        kinds = {"object"}
    else:
        kinds = {"number", "integer"}
    types = _types(schema)
    return bool(types) and types <= kinds


def _of_type(value: Any, schema: Mapping[str, Any]) -> bool:
    types = _types(schema)
    if not types:
        return True
    if isinstance(value, bool):
        return "boolean" in types
    if isinstance(value, float) and not value.is_integer():
        return "number" in types
    return any(isinstance(value, _TYPES[name]) for name in types if name != "boolean")


def _invalid(reason: str) -> ChatRefused:
    return ChatRefused(
        f"the JSON schema cannot be used: {reason}",
        remedy="correct response_format.json_schema.schema (JSON Schema, draft 2020-12)",
        code="invalid_schema",
        param="response_format",
    )


def _unsatisfiable(where: str) -> ChatRefused:
    return ChatRefused(
        f"the JSON schema is not satisfiable: nothing can fulfil {where[:200]}",
        remedy="correct response_format.json_schema.schema so that an answer exists",
        code="schema_not_satisfiable",
        param="response_format",
    )
