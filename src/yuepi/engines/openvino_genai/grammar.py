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
from typing import Any

from yuepi.engines.contract import JsonShape
from yuepi.engines.openvino_genai.ebnf import (
    EMPTY,
    NEVER,
    Node,
    Rule,
    Text,
    either,
    length_of,
    maybe,
    row,
    times,
    written,
)
from yuepi.engines.openvino_genai.grammar_apart import check_apart
from yuepi.engines.openvino_genai.grammar_leaves import (
    braced,
    number,
    pair,
    quoted,
    separated,
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
    PATTERNS_CHARS_MAX,
    PROPERTIES_MAX,
    RULES_MAX,
    TYPES,
    UNSUPPORTED,
    Schema,
    least_named,
    list_named,
    most_named,
    refused,
    schema_at,
    types_named,
    types_of,
    types_written,
)

TOO_LARGE = "the schema makes a grammar that is too large"
# What may stand in several places as it is.
SHORT_CHARS_MAX = 64


def grammar_of(shape: JsonShape) -> str:
    """EBNF for the answers that `shape` allows, written compactly, `root` being the start.

    Raises `ChatRefused` (code `schema_not_satisfiable`) where the schema is wrong, allows nothing,
    is too large, or holds a keyword that a grammar cannot promise.
    """
    build = _Grammar(shape.schema if shape.schema is not None else {"type": "object"})
    text = build.text()
    if len(text) > GRAMMAR_CHARS_MAX:
        raise refused(TOO_LARGE)
    if not text.isascii() and text != text.encode("utf-8", "replace").decode("utf-8"):
        raise refused("it holds half a surrogate pair, which is no character")
    return text


class _Grammar:
    """The rules grown from one schema. `above` are the references entered since the last bracket:
    meeting one of them again would be a rule that starts with itself."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.rules: dict[str, Node] = {}
        self.names: dict[str, str] = {}
        self.literals = 0
        self.shared: dict[Node, Node] = {}
        self.chars = self.pattern_chars = 0
        self.numbers: dict[tuple[object, ...], Node] = {}
        self.by_type: dict[str, Callable[[Mapping[str, Any], str, int], Node]] = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "number": lambda schema, where, _: self._number(schema, where, whole=False),
            "integer": lambda schema, where, _: self._number(schema, where, whole=True),
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
        return self._short(self._grown(schema, where, above, depth))

    def _short(self, node: Node) -> Node:
        """A long node by the name of a rule: what stands around may write it twice, and what
        stands around that twice again."""
        long = length_of(node)
        if long <= SHORT_CHARS_MAX:
            return node
        if node not in self.shared:
            self.chars += long
            if self.chars > GRAMMAR_CHARS_MAX:
                raise refused(TOO_LARGE)
            self.shared[node] = self._named(f"shared {len(self.shared)}", node)
        return self.shared[node]

    def _grown(self, schema: Schema, where: str, above: frozenset[str], depth: int) -> Node:
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
        self._count_choices(len(options), where)
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
        return schema_at(self.schema, ref, where)

    def _count_choices(self, more: int, where: str) -> None:
        self.literals += more
        if self.literals > LITERALS_MAX:
            raise refused(f"more than {LITERALS_MAX} enum values and alternatives", where)

    def _enum(self, schema: Mapping[str, Any], where: str, types: tuple[str, ...]) -> Node:
        values = [schema["const"]] if "const" in schema else list_named(schema, "enum", where)
        self._count_choices(len(values), where)
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
            an_object = braced("{", separated(pairs, 0, None), "}")
            if only:
                return an_object
            an_array = braced("[", separated(inner, 0, None), "]")
            scalars = [
                self._free_string(),
                number({}, "", whole=False),
                Text("true"),
                Text("false"),
                Text("null"),
            ]
            return either(an_object, an_array, *scalars)

        return self._rule(f"free {only}{depth}", grow)

    def _free_string(self) -> Node:
        return self._rule("free string", lambda: quoted(times(any_char(), 0, None)))

    # --- types

    def _of_types(self, schema: Mapping[str, Any], where: str, depth: int) -> Node:
        types = types_written(schema, where)
        if types == TYPES and "type" not in schema:
            return self._free(FREE_DEPTH_MAX)
        return either(*(self.by_type[kind](schema, where, depth) for kind in types))

    def _number(self, schema: Mapping[str, Any], where: str, *, whole: bool) -> Node:
        # Limits take milliseconds to work out: the same ones only once.
        key = (whole, *((type(limit), limit) for limit in map(schema.get, KEYWORDS["number"])))
        if key not in self.numbers:
            self.numbers[key] = number(schema, where, whole=whole)
        return self.numbers[key]

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
            return quoted(times(char, least, most))
        if not isinstance(pattern, str):
            raise refused("'pattern' must be a string", where)
        self.pattern_chars += len(pattern)
        if self.pattern_chars > PATTERNS_CHARS_MAX:
            raise refused(f"patterns of more than {PATTERNS_CHARS_MAX} characters together", where)
        try:
            piece = pattern_grammar(pattern)
        except UnknownPattern as error:
            raise refused(
                f"in 'pattern' {pattern[:80]!r}, {error} is not supported", where
            ) from error
        if least > piece.least:
            raise refused("'minLength' beside a 'pattern' that allows less is not supported", where)
        if most is not None and (piece.most is None or piece.most > most):
            raise refused("'maxLength' beside a 'pattern' that allows more is not supported", where)
        return quoted(piece.node)

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
            return braced("[", separated(item, least, most), "]")
        # From the back: each place may be the last one if enough items stand before it.
        more = times(
            row(Text(","), item),
            max(0, least - len(nodes)),
            None if most is None else most - len(nodes),
        )
        for place in range(len(nodes) - 1, -1, -1):
            tail = row(Text(",") if place else EMPTY, nodes[place], more)
            more = maybe(tail) if place >= least else tail
        return braced("[", more, "]")

    def _object(self, schema: Mapping[str, Any], where: str, depth: int) -> Node:
        properties = schema.get("properties", {})
        required = list_named(schema, "required", where)
        if not isinstance(properties, Mapping):
            raise refused("'properties' must be an object", where)
        if not all(isinstance(name, str) for name in [*required, *properties]):
            raise refused("names of properties must be strings", where)
        extra: Schema = schema.get("additionalProperties", not properties)
        names = [*properties, *(name for name in dict.fromkeys(required) if name not in properties)]
        if len(names) > PROPERTIES_MAX:
            raise refused(f"more than {PROPERTIES_MAX} properties", where)
        needed = set(required)
        least = least_named(schema, "minProperties", where)
        most = most_named(schema, "maxProperties", where)
        if names and (least > len(needed) or (most is not None and most < len(names))):
            raise refused(
                "'minProperties'/'maxProperties' beside 'properties' is not supported", where
            )
        pairs = []
        for name in names:
            inner = properties.get(name, schema.get("additionalProperties", True))
            node = self.value(inner, f"{where}/properties/{name}", frozenset(), depth + 1)
            pairs.append((pair(name, node), name in needed))
        if not names:
            return braced("{", self._extras(extra, where, names, depth, least, most), "}")
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
            key = self._named(f"key {len(self.names)} {where}", quoted(text_other_than(names)))
        free = row(key, Text(":"), node)
        return separated(free, least, most)

    def _in_order(self, pairs: Sequence[tuple[Node, bool]], extras: Node, where: str) -> Node:
        """The pairs in order, optional ones left out at will, commas only between."""
        starts, later = [maybe(extras)], maybe(row(Text(","), extras))
        mark = f"object {len(self.names)} {where}"
        for place in range(len(pairs) - 1, -1, -1):
            each, needed = pairs[place]
            tail = self._named(f"{mark} {place}", later)
            met = row(each, tail)
            starts = [met] if needed else [*starts, met]
            comma = row(Text(","), each)
            later = row(comma if needed else maybe(comma), tail)
        return braced("{", either(*reversed(starts)), "}")
