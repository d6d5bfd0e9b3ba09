"""The grammar of a JSON answer, made from its JSON Schema, without white space.

openvino-genai's own `json_schema` lets white space run away (measured: no valid JSON within 120
tokens); an EBNF grammar does not. Where JSON Schema would allow more than a model should write,
we allow less, never more: properties come in the schema's order and others only where the schema
asks for them, numbers have no exponent and bounded digits, free JSON nests `FREE_DEPTH_MAX` deep.

A keyword that narrows what is valid and that we cannot express is refused by its name: an answer
that breaks the schema would be worse than none. Annotations and unknown words are ignored, as
JSON Schema says. `format` is enforced for dates and times and an annotation otherwise.

    grammar_of(JsonShape({"type": "object", "properties": {"total": {"type": "string"}}}))
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from yuepi.engines.contract import JsonShape
from yuepi.engines.openvino_genai.ebnf import (
    EMPTY,
    NEVER,
    Node,
    Rule,
    Text,
    either,
    maybe,
    row,
    times,
    written,
)
from yuepi.engines.openvino_genai.grammar_apart import check_apart
from yuepi.engines.openvino_genai.grammar_numbers import (
    FRACTION_DIGITS_MAX,
    integers,
    numbers,
)
from yuepi.engines.openvino_genai.grammar_pattern import (
    UnknownPattern,
    any_char,
    pattern_grammar,
    text_other_than,
)
from yuepi.engines.openvino_genai.schema_words import (
    CHOICES,
    COUNT_MAX,
    DEPTH_MAX,
    FORMATS,
    FREE_DEPTH_MAX,
    GRAMMAR_CHARS_MAX,
    KEYWORDS,
    LITERALS_MAX,
    NAME_CHARS_MAX,
    RULES_MAX,
    TYPES,
    UNSUPPORTED,
    Schema,
    decimal_of,
    least_named,
    limit_named,
    list_named,
    most_named,
    refused,
    types_named,
    types_of,
    types_written,
)


def grammar_of(shape: JsonShape) -> str:
    """EBNF for the answers that `shape` allows, written compactly, `root` being the start.

    Raises `ChatRefused` (code `schema_not_satisfiable`) where the schema is wrong, allows nothing,
    is too large, or holds a keyword that a grammar cannot promise.
    """
    build = _Grammar(shape.schema if shape.schema is not None else {"type": "object"})
    text = build.text()
    if len(text) > GRAMMAR_CHARS_MAX:
        raise refused("the schema makes a grammar that is too large")
    return text


class _Grammar:
    """The rules grown from one schema. `above` are the references entered since the last bracket:
    meeting one of them again would be a rule that starts with itself."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.rules: dict[str, Node] = {}
        self.names: dict[str, str] = {}
        self.literals = 0
        self.by_type: dict[str, Callable[[Mapping[str, Any], str, int], Node]] = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "number": lambda schema, where, _: _number(schema, where, whole=False),
            "integer": lambda schema, where, _: _number(schema, where, whole=True),
            "boolean": lambda *_: either(Text("true"), Text("false")),
            "null": lambda *_: Text("null"),
        }

    def text(self) -> str:
        self.rules["root"] = self.value(self.schema, "#", frozenset(), 0)
        text = written(self.rules, "root")
        if text is None:
            raise refused("no finite answer is valid")
        return text

    def value(self, schema: Schema, where: str, above: frozenset[str], depth: int) -> Node:
        """The grammar of one schema; `where` is its pointer, for errors."""
        if schema is True:
            return self._free(FREE_DEPTH_MAX)
        if schema is False:
            return NEVER
        if not isinstance(schema, Mapping):
            raise refused("a schema must be an object or true or false", where)
        if depth > DEPTH_MAX:
            raise refused(f"nested more than {DEPTH_MAX} deep", where)
        for word in UNSUPPORTED:
            if schema.get(word, False) is not False:
                raise refused(f"{word!r} is not supported", where)
        choices = [word for word in CHOICES if word in schema]
        if not choices:
            return self._of_types(schema, where, depth)
        word = choices[0]
        narrowing = {each for words in KEYWORDS.values() for each in words} | set(CHOICES)
        beside = sorted((narrowing & set(schema)) - {word, "format"})
        if beside:
            raise refused(f"{word!r} beside {beside[0]!r} is not supported", where)
        types = types_named(schema, where)
        if word in ("enum", "const"):
            return self._enum(schema, where, types)
        if "type" in schema:
            raise refused(f"{word!r} beside 'type' is not supported", where)
        if word == "$ref":
            return self._reference(schema["$ref"], where, above, depth)
        options = list_named(schema, word, where)
        if not options:
            raise refused(f"{word!r} is empty", where)
        if word == "allOf" and len(options) > 1:
            raise refused("'allOf' of several schemas is not supported", where)
        if word == "oneOf":
            check_apart(options, where, self._resolve)
        return either(
            *(
                self.value(option, f"{where}/{word}/{place}", above, depth + 1)
                for place, option in enumerate(options)
            )
        )

    # --- references, choices, free JSON

    def _rule(self, key: str, grow: Callable[[], Node]) -> Node:
        """A rule of its own for `key`, grown once; it may refer to itself while it grows."""
        if key not in self.names:
            if len(self.names) >= RULES_MAX:
                raise refused(f"it needs more than {RULES_MAX} rules")
            self.names[key] = f"r{len(self.names)}"
            self.rules[self.names[key]] = grow()
        return Rule(self.names[key])

    def _named(self, key: str, node: Node) -> Node:
        """A node by the name of a rule, so that its text stands once."""
        return node if node == EMPTY else self._rule(key, lambda: node)

    def _reference(self, ref: Any, where: str, above: frozenset[str], depth: int) -> Node:
        target = self._resolve(ref, where)
        if ref in above:
            raise refused(f"{ref!r} refers to itself alone", where)
        return self._rule(f"ref {ref}", lambda: self.value(target, ref, above | {ref}, depth + 1))

    def _resolve(self, ref: Any, where: str) -> Schema:
        if not isinstance(ref, str) or not (ref == "#" or ref.startswith("#/")):
            raise refused(f"only references inside the schema are followed, not {ref!r}", where)
        here: Any = self.schema
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

    def _enum(self, schema: Mapping[str, Any], where: str, types: tuple[str, ...]) -> Node:
        values = [schema["const"]] if "const" in schema else list_named(schema, "enum", where)
        self.literals += len(values)
        if self.literals > LITERALS_MAX:
            raise refused(f"more than {LITERALS_MAX} enum values", where)
        fitting = [value for value in values if set(types) & types_of(value)]
        try:
            return either(
                *(
                    Text(
                        json.dumps(
                            value, ensure_ascii=False, separators=(",", ":"), allow_nan=False
                        )
                    )
                    for value in fitting
                )
            )
        except (TypeError, ValueError) as error:
            raise refused(f"an enum value is not JSON: {error}", where) from error

    def _free(self, depth: int, only: str = "") -> Node:
        """Any JSON value (or `only` an object), nested at most `depth` deep."""

        def grow() -> Node:
            inner = self._free(depth - 1) if depth else NEVER
            pairs = row(self._free_string(), Text(":"), inner)
            an_object = _braced("{", _separated(pairs, 0, None), "}")
            if only:
                return an_object
            an_array = _braced("[", _separated(inner, 0, None), "]")
            scalars = [
                self._free_string(),
                _number({}, "", whole=False),
                Text("true"),
                Text("false"),
                Text("null"),
            ]
            return either(an_object, an_array, *scalars)

        return self._rule(f"free {only}{depth}", grow)

    def _free_string(self) -> Node:
        return self._rule("free string", lambda: _quoted(times(any_char(), 0, None)))

    # --- types

    def _of_types(self, schema: Mapping[str, Any], where: str, depth: int) -> Node:
        types = types_written(schema, where)
        if types == TYPES and "type" not in schema:
            return self._free(FREE_DEPTH_MAX)
        return either(*(self.by_type[kind](schema, where, depth) for kind in types))

    def _string(self, schema: Mapping[str, Any], where: str, depth: int) -> Node:
        least, most = (
            least_named(schema, "minLength", where),
            most_named(schema, "maxLength", where),
        )
        pattern = schema.get("pattern")
        if pattern is None:
            pattern = FORMATS.get(str(schema.get("format")))
        if pattern is None:
            if not least and most is None:
                return self._free_string()
            char = self._rule("char", any_char)
            return _quoted(times(char, least, most))
        if not isinstance(pattern, str):
            raise refused("'pattern' must be a string", where)
        try:
            piece = pattern_grammar(pattern)
        except UnknownPattern as error:
            raise refused(f"in 'pattern' {pattern!r}, {error} is not supported", where) from error
        if least > piece.least:
            raise refused("'minLength' beside a 'pattern' that allows less is not supported", where)
        if most is not None and (piece.most is None or piece.most > most):
            raise refused("'maxLength' beside a 'pattern' that allows more is not supported", where)
        return _quoted(piece.node)

    def _array(self, schema: Mapping[str, Any], where: str, depth: int) -> Node:
        least = least_named(schema, "minItems", where)
        most = most_named(schema, "maxItems", where)
        first = list_named(schema, "prefixItems", where)
        if len(first) > DEPTH_MAX:
            raise refused(f"more than {DEPTH_MAX} 'prefixItems'", where)
        rest = schema.get("items", least > len(first) or not first)
        nodes = [
            self.value(each, f"{where}/prefixItems/{place}", frozenset(), depth + 1)
            for place, each in enumerate(first)
        ]
        item = self.value(rest, f"{where}/items", frozenset(), depth + 1)
        if most is not None:
            nodes = nodes[:most]
        if not nodes:
            return _braced("[", _separated(item, least, most), "]")
        # From the back: each place may be the last one if enough items stand before it.
        more = times(
            row(Text(","), item),
            max(0, least - len(nodes)),
            None if most is None else most - len(nodes),
        )
        for place in range(len(nodes) - 1, -1, -1):
            tail = row(Text(",") if place else EMPTY, nodes[place], more)
            more = maybe(tail) if place >= least else tail
        return _braced("[", more, "]")

    def _object(self, schema: Mapping[str, Any], where: str, depth: int) -> Node:
        properties = schema.get("properties", {})
        required = list_named(schema, "required", where)
        if not isinstance(properties, Mapping):
            raise refused("'properties' must be an object", where)
        if not all(isinstance(name, str) for name in [*required, *properties]):
            raise refused("names of properties must be strings", where)
        extra: Schema = schema.get("additionalProperties", not properties)
        names = [*properties, *(name for name in dict.fromkeys(required) if name not in properties)]
        least = least_named(schema, "minProperties", where)
        most = most_named(schema, "maxProperties", where)
        if names and (least > len(set(required)) or (most is not None and most < len(names))):
            raise refused(
                "'minProperties'/'maxProperties' beside 'properties' is not supported", where
            )
        pairs = []
        for name in names:
            inner = properties.get(name, schema.get("additionalProperties", True))
            node = self.value(inner, f"{where}/properties/{name}", frozenset(), depth + 1)
            pairs.append((_pair(name, node), name in required))
        if not names:
            return _braced("{", self._extras(extra, where, names, depth, least, most), "}")
        # Free properties beside named ones only where the schema describes them.
        wanted = isinstance(extra, Mapping) and most is None
        return self._in_order(
            pairs, self._extras(extra, where, names, depth, 1, None) if wanted else NEVER, where
        )

    def _extras(
        self,
        extra: Schema,
        where: str,
        names: Sequence[str],
        depth: int,
        least: int,
        most: int | None,
    ) -> Node:
        """Properties of other names than `names`, separated by commas."""
        node = self.value(extra, f"{where}/additionalProperties", frozenset(), depth + 1)
        if least > 1:
            # The same name twice counts once: a grammar cannot see that.
            raise refused("'minProperties' above 1 is not supported", where)
        long = sum(map(len, names)) > COUNT_MAX or max(map(len, names), default=0) > NAME_CHARS_MAX
        if long or any(ord(char) < 0x20 for name in names for char in name):
            raise refused("such names of properties beside 'additionalProperties'", where)
        key = self._free_string()
        if names:
            key = self._named(f"key {len(self.names)} {where}", _quoted(text_other_than(names)))
        pair = row(key, Text(":"), node)
        return _separated(pair, least, most)

    def _in_order(self, pairs: Sequence[tuple[Node, bool]], extras: Node, where: str) -> Node:
        """The pairs in order, optional ones left out at will, commas only between."""
        first, later = maybe(extras), maybe(row(Text(","), extras))
        mark = f"object {len(self.names)} {where}"
        for place in range(len(pairs) - 1, -1, -1):
            pair, needed = pairs[place]
            tail = self._named(f"{mark} {place}", later)
            met = row(pair, tail)
            first = met if needed else either(met, first)
            comma = row(Text(","), pair)
            later = row(comma if needed else maybe(comma), tail)
        return _braced("{", first, "}")


# --- leaves ------------------------------------------------------------------------------------


def _number(schema: Mapping[str, Any], where: str, *, whole: bool) -> Node:
    low = limit_named(schema, "minimum", "exclusiveMinimum", where, max)
    high = limit_named(schema, "maximum", "exclusiveMaximum", where, min)
    digits = 0 if whole else FRACTION_DIGITS_MAX
    step = schema.get("multipleOf")
    if step is not None:
        # Tenths, hundredths, ... are a count of digits; other steps no grammar can see.
        power = decimal_of(step, "multipleOf", where)
        exponent = -int(power.normalize().adjusted())
        if power != Decimal(1).scaleb(-exponent) or exponent < 0:
            raise refused(f"'multipleOf' {step} is not supported (1, 0.1, 0.01, ... are)", where)
        digits = min(digits, exponent)
    return integers(low, high) if digits == 0 else numbers(low, high, digits)


def _quoted(node: Node) -> Node:
    return row(Text('"'), node, Text('"'))


def _pair(name: str, node: Node) -> Node:
    return row(Text(json.dumps(name, ensure_ascii=False) + ":"), node)


def _braced(left: str, node: Node, right: str) -> Node:
    return row(Text(left), node, Text(right))


def _separated(item: Node, least: int, most: int | None) -> Node:
    """From `least` to `most` items with commas between."""
    if most is not None and most < least:
        return NEVER
    if most == 0:
        return EMPTY
    fewer = max(0, least - 1)
    some = row(item, times(row(Text(","), item), fewer, None if most is None else most - 1))
    return some if least else maybe(some)
