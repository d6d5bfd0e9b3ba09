"""Whether the schemas of a `oneOf` can be told apart, so that no value fits two of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yuepi.engines.openvino_genai.schema_words import (
    CHOICES,
    DEPTH_MAX,
    Schema,
    list_named,
    refused,
    types_of,
    types_written,
)

Resolve = Callable[[Any, str], Schema]


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells a schema's values from others: types, fixed values, fixed required properties."""

    types: frozenset[str]
    values: frozenset[str]
    properties: Mapping[str, frozenset[str]]


def check_apart(options: Sequence[Any], where: str, resolve: Resolve) -> None:
    """Raises `ChatRefused` where some value might fit two of the options."""
    marks = [_mark(option, where, resolve) for option in options]
    for later, mark in enumerate(marks):
        if not all(_apart(mark, earlier) for earlier in marks[:later]):
            raise refused("'oneOf' whose schemas may overlap is not supported (anyOf is)", where)


def _mark(option: Any, where: str, resolve: Resolve) -> Mark:
    for _ in range(DEPTH_MAX):
        if not isinstance(option, Mapping) or "$ref" not in option:
            break
        option = resolve(option["$ref"], where)
    if not isinstance(option, Mapping):
        return Mark(_all_types(), frozenset(), {})
    values = _fixed(option, where)
    if values:
        types = {kind for value in values for kind in types_of(json.loads(value))}
        return Mark(frozenset(types), values, {})
    if any(word in option for word in CHOICES):
        return Mark(_all_types(), frozenset(), {})
    types = set(types_written(option, where))
    if "number" in types:
        types.add("integer")
    properties = option.get("properties")
    fixed = {}
    if isinstance(properties, Mapping):
        for name in list_named(option, "required", where):
            found = _fixed(properties.get(name), where)
            if found:
                fixed[name] = found
    return Mark(frozenset(types), frozenset(), fixed)


def _all_types() -> frozenset[str]:
    return frozenset(types_written({}, ""))


def _fixed(schema: Any, where: str) -> frozenset[str]:
    """The values a schema fixes by const or enum, as JSON; empty where it fixes none."""
    if not isinstance(schema, Mapping):
        return frozenset()
    values = [schema["const"]] if "const" in schema else list_named(schema, "enum", where)
    try:
        return frozenset(json.dumps(_plain(value), sort_keys=True) for value in values)
    except TypeError as error:
        raise refused(f"an enum value is not JSON: {error}", where) from error


def _plain(value: Any) -> Any:
    """1.0 is 1 in JSON Schema."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _apart(one: Mark, other: Mark) -> bool:
    if not one.types & other.types:
        return True
    if one.values and other.values:
        return not one.values & other.values
    shared = one.properties.keys() & other.properties.keys()
    return one.types == other.types == {"object"} and any(
        not one.properties[name] & other.properties[name] for name in shared
    )
