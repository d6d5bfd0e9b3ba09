"""Judges a value by a JSON Schema (draft 2020-12), with every step counted: see `json_schema`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

STEPS_MAX: Final = 300_000
#: Schemas inside schemas on the way to one value: five calls of Python each, of a thousand.
_FOLLOWED_MAX: Final = 120
_PATTERN_CHARS_MAX: Final = 256
_PATTERN_REPEATS_MAX: Final = 100
_PATTERN_TEXT_CHARS_MAX: Final = 1_024
_PATTERN_STEPS: Final = 4_000
"""What making a pattern ready costs: up to some ten milliseconds."""

_NAMED: Final = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
_LISTED: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE: Final = (
    "items", "additionalProperties", "contains", "not", "if", "then", "else", "propertyNames",
)  # fmt: skip


class UnusableSchema(ValueError):
    """The schema is none, is too large or too deep, or costs too much to follow."""


class Wrong(NamedTuple):
    """Where a value breaks its schema (`$.items[2].total`), by which keyword, and what it says."""

    path: str
    keyword: str
    expected: Any


def schema_parts(schema: Any, where: str = "#") -> Iterator[tuple[Mapping[str, Any], str]]:
    """Every schema inside a checked schema with its place, itself first; `enum` holds none."""
    if not isinstance(schema, Mapping):
        return
    yield schema, where
    for key in _NAMED:
        for name, inner in (schema.get(key) or {}).items():
            yield from schema_parts(inner, f"{where}/{key}/{name}")
    for key in _LISTED:
        for number, inner in enumerate(schema.get(key) or ()):
            yield from schema_parts(inner, f"{where}/{key}/{number}")
    for key in _SINGLE:
        yield from schema_parts(schema.get(key), f"{where}/{key}")


NOWHERE: Final = object()


class Judge:
    """Judges values by one schema, which is a schema already; keeps what it has looked up."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._root = schema
        self._targets: dict[str, Any] = {}
        self._patterns: dict[str, Callable[[str], bool] | None] = {}
        self._anchors: dict[str, Any] | None = None

    def first_wrong(self, value: Any, *, steps_max: int = STEPS_MAX) -> Wrong | None:
        """The first place where the value breaks the schema; None: it keeps to it.

        Raises `UnusableSchema` when it takes more than `steps_max` steps, or leads nowhere.
        """
        try:
            return _Judging(self, steps_max).wrong(self._root, value, "$")
        except RecursionError as error:
            raise UnusableSchema("it leads round in a circle") from error

    def target(self, reference: Any) -> Any:
        """The schema that a reference names, or `NOWHERE`."""
        if not isinstance(reference, str):
            return NOWHERE
        if reference not in self._targets:
            self._targets[reference] = self._look_up(reference)
        return self._targets[reference]

    def matcher(self, pattern: str) -> Callable[[str], bool] | None:
        """What tells whether a text matches; None for a pattern that is not judged."""
        if pattern not in self._patterns:
            self._patterns[pattern] = _matcher(pattern)
        return self._patterns[pattern]

    def knows_pattern(self, pattern: str) -> bool:
        """Whether the pattern is ready: then it costs nothing any more."""
        return pattern in self._patterns

    def _look_up(self, reference: str) -> Any:
        if reference == "#":
            return self._root
        if not reference.startswith("#/"):
            if self._anchors is None:
                self._anchors = {
                    f"#{part[key]}": part
                    for part, _ in schema_parts(self._root)
                    for key in ("$anchor", "$dynamicAnchor")
                    if key in part
                }
            return self._anchors.get(reference, NOWHERE)
        found: Any = self._root
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, Mapping) and name in found:
                found = found[name]
            elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            else:
                return NOWHERE
        return found if isinstance(found, Mapping | bool) else NOWHERE


class _Judging:
    """One value being judged, with the steps that are left."""

    def __init__(self, judge: Judge, steps_max: int) -> None:
        self._judge = judge
        self._left = steps_max
        self._depth = 0

    def spend(self, steps: int = 1) -> None:
        self._left -= steps
        if self._left < 0:
            raise UnusableSchema("judging an answer by it takes too many steps")

    def wrong(self, schema: Any, value: Any, path: str) -> Wrong | None:
        """The first place where the value breaks this schema."""
        self.spend()
        if schema is True:
            return None
        if self._depth >= _FOLLOWED_MAX:
            raise UnusableSchema("it leads round in a circle, or far too deep")
        self._depth += 1
        try:
            return self._wrong(schema, value, path)
        finally:
            self._depth -= 1

    def _wrong(self, schema: Any, value: Any, path: str) -> Wrong | None:
        if not isinstance(schema, Mapping):
            return Wrong(path, "false", schema)
        for keyword, expected in schema.items():
            self.spend()
            inner = self._applied(keyword, expected, schema, value, path)
            if inner is None and not self._keeps(keyword, expected, value):
                inner = Wrong(path, keyword, expected)
            if inner is not None:
                return inner
        return None

    def _fits(self, schema: Any, value: Any) -> bool:
        return self.wrong(schema, value, "") is None

    # --- keywords that lead to further schemas --------------------------------------------------

    def _applied(
        self, keyword: str, expected: Any, schema: Mapping[str, Any], value: Any, path: str
    ) -> Wrong | None:
        if keyword in ("$ref", "$dynamicRef"):
            target = self._judge.target(expected)
            if target is NOWHERE:
                raise UnusableSchema(f"{str(expected)[:80]} points nowhere inside it")
            return self.wrong(target, value, path)
        if keyword == "allOf":
            return self._first(self.wrong(part, value, path) for part in expected)
        if keyword in ("anyOf", "oneOf", "not"):
            kept = self._alternatives(keyword, expected, value)
            return None if kept else Wrong(path, keyword, expected)
        if keyword == "if":
            branch = "then" if self._fits(expected, value) else "else"
            return self.wrong(schema.get(branch, True), value, path)
        if isinstance(value, dict):
            return self._of_object(keyword, expected, schema, value, path)
        if isinstance(value, list):
            return self._of_array(keyword, expected, schema, value, path)
        return None

    def _alternatives(self, keyword: str, expected: Any, value: Any) -> bool:
        if keyword == "not":
            return not self._fits(expected, value)
        if keyword == "anyOf":
            return any(self._fits(part, value) for part in expected)
        fitting = 0
        for part in expected:
            fitting += self._fits(part, value)
            if fitting > 1:
                return False
        return fitting == 1

    def _of_object(
        self, keyword: str, expected: Any, schema: Mapping[str, Any], value: Any, path: str
    ) -> Wrong | None:
        if keyword == "properties":
            self.spend(len(expected))
            return self._first(
                self.wrong(part, value[name], f"{path}.{name}")
                for name, part in expected.items()
                if name in value
            )
        if keyword == "additionalProperties" and "patternProperties" not in schema:
            self.spend(len(value))
            known = schema.get("properties", {})
            for name in value:
                if name in known:
                    continue
                if expected is False:
                    return Wrong(path, keyword, expected)
                inner = self.wrong(expected, value[name], f"{path}.{name}")
                if inner is not None:
                    return inner
        elif keyword == "propertyNames":
            return self._first(self.wrong(expected, name, path) for name in value)
        elif keyword == "dependentSchemas":
            self.spend(len(expected))
            return self._first(
                self.wrong(part, value, path) for name, part in expected.items() if name in value
            )
        return None

    def _of_array(
        self, keyword: str, expected: Any, schema: Mapping[str, Any], value: Any, path: str
    ) -> Wrong | None:
        if keyword == "prefixItems":
            return self._first(
                self.wrong(part, each, f"{path}[{at}]")
                for at, (part, each) in enumerate(zip(expected, value, strict=False))
            )
        if keyword == "items":
            begin = len(schema.get("prefixItems", ()))
            return self._first(
                self.wrong(expected, value[at], f"{path}[{at}]") for at in range(begin, len(value))
            )
        if keyword == "contains":
            count = sum(self._fits(expected, each) for each in value)
            if count < schema.get("minContains", 1):
                return Wrong(path, keyword, expected)
            if count > schema.get("maxContains", count):
                return Wrong(path, "maxContains", schema["maxContains"])
        return None

    @staticmethod
    def _first(found: Iterator[Wrong | None]) -> Wrong | None:
        return next((each for each in found if each is not None), None)

    # --- keywords about the value itself --------------------------------------------------------

    def _keeps(self, keyword: str, expected: Any, value: Any) -> bool:
        if keyword == "type":
            names = expected if isinstance(expected, list) else [expected]
            return any(_is_a(name, value) for name in names)
        if keyword == "const":
            return self._same(expected, value)
        if keyword == "enum":
            return any(self._same(each, value) for each in expected)
        if isinstance(value, str):
            return self._keeps_text(keyword, expected, value)
        if isinstance(value, bool) or value is None:
            return True
        if isinstance(value, int | float):
            return _keeps_number(keyword, expected, value)
        if isinstance(value, dict):
            return self._keeps_object(keyword, expected, value)
        return self._keeps_array(keyword, expected, value)

    def _keeps_text(self, keyword: str, expected: Any, value: str) -> bool:
        if keyword == "minLength":
            return bool(len(value) >= expected)
        if keyword == "maxLength":
            return bool(len(value) <= expected)
        if keyword != "pattern" or len(value) > _PATTERN_TEXT_CHARS_MAX:
            return True
        if not self._judge.knows_pattern(expected):
            self.spend(_PATTERN_STEPS)
        matches = self._judge.matcher(expected)
        if matches is None:
            return True
        self.spend(len(value) * len(expected) * _repeats(expected) // 1_000)
        return matches(value)

    def _keeps_object(self, keyword: str, expected: Any, value: Mapping[str, Any]) -> bool:
        if keyword == "required":
            self.spend(len(expected))
            return all(name in value for name in expected)
        if keyword == "minProperties":
            return bool(len(value) >= expected)
        if keyword == "maxProperties":
            return bool(len(value) <= expected)
        if keyword == "dependentRequired":
            for name, others in expected.items():
                self.spend(1 + len(others))
                if name in value and not all(other in value for other in others):
                    return False
        return True

    def _keeps_array(self, keyword: str, expected: Any, value: list[Any]) -> bool:
        if keyword == "minItems":
            return bool(len(value) >= expected)
        if keyword == "maxItems":
            return bool(len(value) <= expected)
        if keyword == "uniqueItems" and expected:
            return len({self._key(each) for each in value}) == len(value)
        return True

    def _same(self, one: Any, other: Any) -> bool:
        """Whether two JSON values are equal: 1 is 1.0, but true is not 1."""
        self.spend()
        if isinstance(one, dict) and isinstance(other, dict):
            return one.keys() == other.keys() and all(self._same(one[k], other[k]) for k in one)
        if isinstance(one, list) and isinstance(other, list):
            return len(one) == len(other) and all(map(self._same, one, other))
        return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)

    def _key(self, value: Any) -> Any:
        """What is equal for equal JSON values, and can be looked up."""
        self.spend()
        if isinstance(value, dict):
            return frozenset((name, self._key(each)) for name, each in value.items())
        if isinstance(value, list):
            return tuple(self._key(each) for each in value)
        return (isinstance(value, bool), value)


def _is_a(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if isinstance(value, int | float):
        whole = isinstance(value, int) or value.is_integer()
        return name == "number" or (name == "integer" and whole)
    kinds: dict[str, type] = {"string": str, "null": type(None), "object": dict, "array": list}
    return name in kinds and isinstance(value, kinds[name])


def _keeps_number(keyword: str, expected: Any, value: float) -> bool:
    if keyword == "minimum":
        return bool(value >= expected)
    if keyword == "maximum":
        return bool(value <= expected)
    if keyword == "exclusiveMinimum":
        return bool(value > expected)
    if keyword == "exclusiveMaximum":
        return bool(value < expected)
    if keyword == "multipleOf":
        return _is_multiple(value, expected)
    return True


def _is_multiple(value: float, step: float) -> bool:
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    # As they are written: 0.3 is a multiple of 0.1, though not in binary.
    from decimal import Context, Decimal, DecimalException

    try:
        rest = Context(prec=400).remainder(Decimal(repr(value)), Decimal(repr(step)))
    except DecimalException:
        return True
    return rest == 0


def _repeats(pattern: str) -> int:
    """How often counted repetitions of a pattern multiply its size, at most."""
    times = 1
    for number in re.findall(r"\{(?:\d+,)?(\d+)", pattern):
        times = min(times * max(int(number[:9]), 1), 10**9)
    return times


def _matcher(pattern: str) -> Callable[[str], bool] | None:
    if len(pattern) > _PATTERN_CHARS_MAX or _repeats(pattern) > _PATTERN_REPEATS_MAX:
        return None
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    try:
        validator = SchemaValidator(
            core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")
        )
    except SchemaError:
        return None  # looks ahead or back: what cannot be told in linear time
    return validator.isinstance_python
