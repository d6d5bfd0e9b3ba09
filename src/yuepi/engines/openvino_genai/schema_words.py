"""The words of JSON Schema: which we keep to, which we refuse, and how they are read.

Every reader checks what it reads: a schema comes from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from yuepi.engines.contract import ChatRefused
from yuepi.engines.openvino_genai.grammar_numbers import Limit

RULES_MAX = 2_000
DEPTH_MAX = 64
COUNT_MAX = 4_096
LITERALS_MAX = 2_000
# What a grammar of these costs to compile grows with their square: at most a few seconds.
PATTERNS_CHARS_MAX = 2_048
PROPERTIES_MAX = 500
NAME_CHARS_MAX = 128
GRAMMAR_CHARS_MAX = 400_000
FREE_DEPTH_MAX = 6
DIGITS_OF_LIMITS_MAX = 40

TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
KEYWORDS: dict[str, tuple[str, ...]] = {
    "object": (
        "properties",
        "required",
        "additionalProperties",
        "minProperties",
        "maxProperties",
    ),
    "array": ("items", "prefixItems", "minItems", "maxItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
CHOICES = ("$ref", "anyOf", "oneOf", "allOf", "enum", "const")
UNSUPPORTED = (
    "not",
    "if",
    "patternProperties",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "unevaluatedProperties",
    "unevaluatedItems",
    "additionalItems",
    "contains",
    "uniqueItems",
    "$dynamicRef",
    "$recursiveRef",
)
FORMATS = {
    "date": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
    "time": r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+\-][0-9]{2}:[0-9]{2})$",
    "date-time": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T"
    r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+\-][0-9]{2}:[0-9]{2})$",
}

Schema = Mapping[str, Any] | bool


def refused(what: str, where: str = "") -> ChatRefused:
    """The error for a schema we cannot promise to keep to."""
    place = f" at {where}" if where else ""
    return ChatRefused(
        f"the JSON schema cannot be kept to{place}: {what}",
        remedy="simplify the schema: objects, arrays, strings, numbers, enums, anyOf and $ref work",
        code="schema_not_satisfiable",
        param="response_format",
    )


def schema_at(root: Schema, ref: Any, where: str) -> Schema:
    """The schema that a `$ref` inside `root` points to."""
    if not isinstance(ref, str) or not (ref == "#" or ref.startswith("#/")):
        raise refused(f"only references inside the schema are followed, not {ref!r}", where)
    here: Any = root
    for step in ref.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(here, Mapping) and name in here:
            here = here[name]
        elif isinstance(here, list) and name.isdecimal() and int(name) < len(here):
            here = here[int(name)]
        else:
            raise refused(f"{ref!r} is not in the schema", where)
    if not isinstance(here, (Mapping, bool)):
        raise refused(f"{ref!r} is no schema", where)
    return here


def types_named(schema: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """The types of `type`, all of them without it."""
    named = schema.get("type", list(TYPES))
    types = tuple(named) if isinstance(named, list) else (named,)
    for kind in types:
        if kind not in TYPES:
            raise refused(f"the type {kind!r} is unknown", where)
    return types


def types_of(value: Any) -> set[str]:
    """The JSON Schema types that a value has."""
    match value:
        case None:
            return {"null"}
        case bool():
            return {"boolean"}
        case int():
            return {"integer", "number"}
        case float():
            return {"number", "integer"} if value.is_integer() else {"number"}
        case str():
            return {"string"}
        case list():
            return {"array"}
        case _:
            return {"object"}


def limit_named(
    schema: Mapping[str, Any],
    word: str,
    exclusive: str,
    where: str,
    narrower: Callable[..., Limit],
) -> Limit | None:
    """The narrower of a limit and its exclusive form, e.g. `minimum` and `exclusiveMinimum`."""
    found = [
        Limit(decimal_of(schema[name], name, where), name == exclusive)
        for name in (exclusive, word)
        if name in schema
    ]
    return narrower(found, key=lambda limit: limit.value) if found else None


def decimal_of(value: Any, word: str, where: str) -> Decimal:
    """A number of the schema, exactly as it was written."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise refused(f"{word!r} must be a number", where)
    try:
        number = Decimal(str(value))
    except ValueError as error:  # Python writes no whole number of thousands of digits
        raise refused(f"{word!r} is out of range", where) from error
    if not number.is_finite() or len(f"{number:f}") > DIGITS_OF_LIMITS_MAX:
        raise refused(f"{word!r} {value} is out of range", where)
    return number


def count_named(schema: Mapping[str, Any], word: str, where: str) -> int | None:
    """A count that is not negative, or None."""
    value = schema.get(word)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise refused(f"{word!r} must be a count", where)
    return value


def least_named(schema: Mapping[str, Any], word: str, where: str) -> int:
    """A minimum count, 0 if there is none."""
    count = count_named(schema, word, where) or 0
    if count > COUNT_MAX:
        raise refused(f"{word!r} above {COUNT_MAX} is not supported", where)
    return count


def most_named(schema: Mapping[str, Any], word: str, where: str) -> int | None:
    """A maximum count, lowered to what a grammar can hold: a smaller maximum is still valid."""
    count = count_named(schema, word, where)
    return None if count is None else min(count, COUNT_MAX)


def list_named(schema: Mapping[str, Any], word: str, where: str) -> list[Any]:
    """A list, empty if it is not there."""
    value = schema.get(word, [])
    if not isinstance(value, list):
        raise refused(f"{word!r} must be a list", where)
    return value


def types_written(schema: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """The types we write for a schema: those it names, else those its keywords speak of, else all.

    Keywords of one type say nothing of the others, so that choosing that type is narrower, not
    wrong.
    """
    types = types_named(schema, where)
    if "type" in schema:
        return types
    return tuple(k for k in types if set(KEYWORDS.get(k, ())) & set(schema)) or types
