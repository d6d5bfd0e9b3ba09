"""A JSON Schema as the tree of what is wanted: objects, lists, and single values with their names.

Understood of draft 2020-12 is what schemas for extraction are made of (by hand, by pydantic, by
zod): objects, arrays of objects or of values, `enum`, `const`, references inside the schema, and
alternatives with null. Constraints (`pattern`, `maximum` …) are kept and judged on the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from yuepi.gateway.answer_schema import read_schema
from yuepi.kit.errors import YuepiError
from yuepi.kit.json_judge import NOWHERE, UnusableSchema
from yuepi.kit.json_schema import judge_of, schema_bytes

VALUES_MAX: Final = 200
DEPTH_MAX: Final = 8
"""Objects and lists inside each other."""
NAME_CHARACTERS_MAX: Final = 120
DESCRIPTION_CHARACTERS_MAX: Final = 1_000

Type = Literal["string", "number", "integer", "boolean"]
_TYPES: Final[tuple[Type, ...]] = ("integer", "number", "boolean", "string")
"""In the order in which they are tried where several are allowed: the narrowest first."""


class BadSchema(YuepiError):
    """A schema that nothing can be extracted by."""

    code = "bad_schema"
    http_status = 422
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """One place to fill. Exactly one of `types`, `members` (an object's) and `element` (a list's)
    is there.

    path: the property names from the root, or from the list whose element it is in; the last is
    its own. The value of a list of values goes by the list's name.
    names: what it is called beside that (title). about: its description. schema: what its value
    is judged by, None where that cannot stand alone.
    """

    path: tuple[str, ...]
    names: tuple[str, ...] = ()
    about: str = ""
    types: tuple[Type, ...] = ()
    choices: tuple[Any, ...] | None = None
    format: str | None = None
    members: tuple[Wanted, ...] | None = None
    element: Wanted | None = None
    schema: bytes | None = None

    @property
    def name(self) -> str:
        """Its own name, "" at the root and for an element of a list."""
        return self.path[-1] if self.path else ""

    @property
    def is_value(self) -> bool:
        return self.members is None and self.element is None


def read_wanted(raw: bytes) -> tuple[Wanted, Mapping[str, Any]]:
    """What a schema (JSON, UTF-8) wants, and the schema. Costs milliseconds.

    Raises `BadSchema`: for what is no schema, has no properties, or asks for more than
    `VALUES_MAX` values or `DEPTH_MAX` levels.
    """
    try:
        schema = read_schema(raw)
        # References that lead nowhere are found here.
        judge_of(schema_bytes(schema))
    except UnusableSchema as error:
        raise _bad(str(error)) from error
    except YuepiError as error:
        raise _bad(error.message.removeprefix("the JSON schema cannot be used: ")) from error
    tree = _Tree(schema).node(schema, (), 0)
    if not tree.members:
        raise _bad("its root must be an object with properties")
    return tree, schema


class _Tree:
    """Builds the tree of one schema, counting what it asks for."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._judge = judge_of(schema_bytes(root))
        self._definitions = {key: root[key] for key in ("$defs", "definitions") if root.get(key)}
        self._values = 0

    def node(
        self, schema: Any, path: tuple[str, ...], depth: int, *, listed: bool = False
    ) -> Wanted:
        """What a schema at a place wants. listed: it is an element of the list there."""
        if depth > DEPTH_MAX:
            raise _bad(f"it is nested deeper than {DEPTH_MAX} levels, or contains itself")
        known = self._plain(schema, 0)
        named = Wanted(
            path=path,
            names=tuple(
                str(known[key])[:NAME_CHARACTERS_MAX]
                for key in ("title",)
                if isinstance(known.get(key), str)
            ),
            about=str(known.get("description") or "")[:DESCRIPTION_CHARACTERS_MAX],
        )
        types = _types(known)
        if "object" in types:
            properties = known.get("properties") or {}
            # What an element of a list says is said of itself.
            path = () if listed else path
            members = tuple(
                self.node(inner, (*path, name), depth + 1) for name, inner in properties.items()
            )
            return replace(named, members=members)
        if "array" in types:
            element = known.get("items")
            inner = self.node(element if element is not None else {}, path, depth + 1, listed=True)
            if inner.is_value:
                inner = replace(
                    inner, names=(*named.names, *inner.names), about=inner.about or named.about
                )
            return replace(named, element=inner)
        return self._value(named, known, types)

    def _value(self, named: Wanted, known: Mapping[str, Any], types: frozenset[str]) -> Wanted:
        self._values += 1
        if self._values > VALUES_MAX:
            raise _bad(f"it asks for more than {VALUES_MAX} values")
        choices = known.get("enum", [known["const"]] if "const" in known else None)
        return replace(
            named,
            types=tuple(each for each in _TYPES if each in types) or ("string",),
            choices=None
            if choices is None
            else tuple(each for each in choices if isinstance(each, str | bool | int | float)),
            format=known["format"] if isinstance(known.get("format"), str) else None,
            schema=self._alone(known),
        )

    def _alone(self, known: Mapping[str, Any]) -> bytes | None:
        try:
            raw = schema_bytes({**self._definitions, **known})
            judge_of(raw)
        except UnusableSchema:
            return None
        return raw

    def _plain(self, schema: Any, steps: int) -> Mapping[str, Any]:
        """The schema with references, `allOf` and alternatives with null taken into itself."""
        if not isinstance(schema, Mapping):
            return {}
        if steps > DEPTH_MAX:
            raise _bad("its references lead round in a circle")
        known = dict(schema)
        if "$ref" in known:
            target = self._judge.target(known.pop("$ref"))
            if target is not NOWHERE:
                known = {**self._plain(target, steps + 1), **known}
        for part in known.pop("allOf", ()):
            known = _together(self._plain(part, steps + 1), known)
        for key in ("anyOf", "oneOf"):
            if key in known:
                known = self._chosen(known, known[key], key, steps)
        return known

    def _chosen(
        self, known: dict[str, Any], parts: list[Any], key: str, steps: int
    ) -> dict[str, Any]:
        """One alternative beside null is meant itself; of values, any may be."""
        plain = [self._plain(part, steps + 1) for part in parts]
        some = [part for part in plain if _types(part) - {"null"} or not _types(part)]
        nested = [part for part in some if _types(part) & {"object", "array"}]
        if nested or len(some) == 1:
            rest = {name: value for name, value in known.items() if name != key}
            return _together((nested or some)[0], rest)
        if "type" in known or "enum" in known:
            return known
        # Several kinds of value: the alternatives stay, to be judged by.
        choices = [each for part in some for each in part.get("enum", ())]
        every = all("enum" in part for part in some)
        types = sorted({name for part in some for name in _types(part)})
        return {**known, "type": types} | ({"enum": choices} if every and choices else {})


def _together(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    known = {**one, **other}
    if one.get("properties") and other.get("properties"):
        known["properties"] = {**one["properties"], **other["properties"]}
    return known


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    given = schema.get("type")
    if given is not None:
        return frozenset(given if isinstance(given, list) else [given])
    if "properties" in schema:
        return frozenset({"object"})
    if "items" in schema or "prefixItems" in schema:
        return frozenset({"array"})
    choices = schema.get("enum", [schema["const"]] if "const" in schema else ())
    return frozenset(_type_of(choice) for choice in choices)


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "string"


def values_of(wanted: Wanted) -> Iterator[Wanted]:
    """The single values of a tree outside of lists."""
    if wanted.is_value:
        yield wanted
    for member in wanted.members or ():
        yield from values_of(member)


def _bad(why: str) -> BadSchema:
    return BadSchema(
        f"the schema cannot be used: {why[:300]}",
        remedy="give a JSON Schema (draft 2020-12) of an object with the properties to look for",
    )
