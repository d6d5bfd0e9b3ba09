"""Grammars from JSON schemas: what they allow is valid, and valid compact JSON is allowed."""

from __future__ import annotations

import json
import random
import time
from contextlib import suppress
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yuepi.engines.contract import ChatRefused, JsonShape
from yuepi.engines.openvino_genai.grammar import grammar_of

xgrammar = pytest.importorskip("xgrammar")
END = 256
CLOSING = set(b'"]}0123456789')
QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@pytest.fixture(scope="module")
def compiler() -> Any:
    vocabulary = [bytes([byte]) for byte in range(256)] + [b"</s>"]
    return xgrammar.GrammarCompiler(
        xgrammar.TokenizerInfo(vocabulary, xgrammar.VocabType.RAW, stop_token_ids=[END])
    )


def accepts(schema: Any, text: str) -> bool:
    from xgrammar.testing import _is_grammar_accept_string

    grammar = xgrammar.Grammar.from_ebnf(grammar_of(JsonShape(schema)))
    return bool(_is_grammar_accept_string(grammar, text))


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def written_at_random(compiler: Any, grammar: str, dice: random.Random) -> str | None:
    """A text that the grammar allows, byte by byte; None where it got too long."""
    matcher = xgrammar.GrammarMatcher(compiler.compile_grammar(xgrammar.Grammar.from_ebnf(grammar)))
    mask = xgrammar.allocate_token_bitmask(1, END + 1)
    said = bytearray()
    for step in range(1500):
        matcher.fill_next_token_bitmask(mask)
        words = [int(word) & 0xFFFFFFFF for word in mask[0]]
        allowed = [i for i in range(END + 1) if words[i // 32] >> (i % 32) & 1]
        choices = [i for i in allowed if i < 128 or i == END] or allowed
        ending = [i for i in choices if i == END or i in CLOSING]
        if ending and dice.random() < min(0.9, 0.2 + step / 100):
            choices = ending
        token = dice.choice(choices)
        assert matcher.accept_token(token)
        if token == END:
            return said.decode("utf-8")
        said.append(token)
    return None


# --- schemas with a valid instance each


SCALARS = st.one_of(
    st.integers(-(10**6), 10**6), st.booleans(), st.none(), st.text('aé发"\\\n/\x07', max_size=4)
)


@st.composite
def whole_numbers(draw: Any) -> tuple[dict[str, Any], Any]:
    value = draw(st.integers(-(10**5), 10**5))
    schema: dict[str, Any] = {"type": "integer"}
    low, high = draw(st.integers(0, 2000)), draw(st.integers(0, 2000))
    if draw(st.booleans()):
        schema["minimum"] = value - low
    elif draw(st.booleans()):
        schema["exclusiveMinimum"] = value - low - 1
    if draw(st.booleans()):
        schema["maximum"] = value + high
    elif draw(st.booleans()):
        schema["exclusiveMaximum"] = value + high + 1
    return schema, value


@st.composite
def decimals(draw: Any) -> tuple[dict[str, Any], Any]:
    cents = draw(st.integers(-(10**6), 10**6))
    value = cents / 100
    schema: dict[str, Any] = {"type": "number"}
    if draw(st.booleans()):
        schema["minimum"] = (cents - draw(st.integers(0, 5000))) / 100
    elif draw(st.booleans()):
        schema["exclusiveMinimum"] = (cents - draw(st.integers(1, 5000))) / 100
    if draw(st.booleans()):
        schema["maximum"] = (cents + draw(st.integers(0, 5000))) / 100
    elif draw(st.booleans()):
        schema["exclusiveMaximum"] = (cents + draw(st.integers(1, 5000))) / 100
    return schema, value


@st.composite
def strings(draw: Any) -> tuple[dict[str, Any], Any]:
    value = draw(st.text(st.characters(codec="utf-8"), max_size=6))
    schema: dict[str, Any] = {"type": "string"}
    if draw(st.booleans()):
        schema["maxLength"] = len(value) + draw(st.integers(0, 3))
    if draw(st.booleans()):
        schema["minLength"] = max(0, len(value) - draw(st.integers(0, 3)))
    return schema, value


@st.composite
def patterns(draw: Any) -> tuple[dict[str, Any], Any]:
    pattern, value = draw(
        st.sampled_from(
            [
                (r"^\d{4}-\d{2}-\d{2}$", "2026-01-31"),
                (r"^[0-9A-HJ-NPQRTUWXY]{2}\d{6}$", "91310000"),
                (r"^(增值税|普通)发票(\(电子\))?$", "增值税发票(电子)"),
                (r"^a+b?[^x\s\"]$", "aab中"),
                (r"quote\"?$", 'a quote"'),
                (r"^-?(0|[1-9]\d*)\.\d\d$", "-10.05"),
                (r"\.", "a.b"),
            ]
        )
    )
    return {"type": "string", "pattern": pattern}, value


@st.composite
def choices(draw: Any) -> tuple[dict[str, Any], Any]:
    values = draw(st.lists(SCALARS, min_size=1, max_size=4))
    if draw(st.booleans()):
        return {"const": values[0]}, values[0]
    return {"enum": values}, draw(st.sampled_from(values))


@st.composite
def arrays(draw: Any, inner: Any) -> tuple[dict[str, Any], Any]:
    schema, value = draw(inner)
    count = draw(st.integers(0, 3))
    made: dict[str, Any] = {"type": "array", "items": schema}
    if draw(st.booleans()):
        made["maxItems"] = count + draw(st.integers(0, 2))
    if draw(st.booleans()):
        made["minItems"] = max(0, count - draw(st.integers(0, 2)))
    if draw(st.booleans()):
        first, head = draw(inner)
        made["prefixItems"] = [first]
        return made, ([head] + [value] * (count - 1) if count else [])
    return made, [value] * count


@st.composite
def objects(draw: Any, inner: Any) -> tuple[dict[str, Any], Any]:
    names = draw(st.lists(st.text('ab"金', min_size=1, max_size=3), max_size=4, unique=True))
    properties, value, required = {}, {}, []
    for name in names:
        properties[name], inside = draw(inner)
        there = draw(st.booleans())
        if there:
            value[name] = inside
            if draw(st.booleans()):
                required.append(name)
    schema: dict[str, Any] = {"type": "object", "properties": properties, "required": required}
    extra = draw(st.sampled_from(["absent", "no", "described"]))
    if extra == "no":
        schema["additionalProperties"] = False
    elif extra == "described":
        schema["additionalProperties"], inside = draw(inner)
        for name in draw(st.lists(st.text('ab"x', max_size=4), max_size=2, unique=True)):
            value |= {} if name in properties else {name: inside}
    return schema, value


@st.composite
def unions(draw: Any, inner: Any) -> tuple[dict[str, Any], Any]:
    both = draw(st.lists(inner, min_size=1, max_size=3))
    chosen = draw(st.sampled_from(both))
    return {"anyOf": [schema for schema, _ in both]}, chosen[1]


LEAVES = st.one_of(
    whole_numbers(),
    decimals(),
    strings(),
    patterns(),
    choices(),
    st.just(({"type": "boolean"}, True)),
    st.just(({"type": ["null", "string"]}, None)),
)
SCHEMAS = st.recursive(
    LEAVES, lambda inner: st.one_of(arrays(inner), objects(inner), unions(inner)), max_leaves=6
)


@given(SCHEMAS)
@QUIET
def test_valid_compact_instances_are_accepted(case: tuple[dict[str, Any], Any]) -> None:
    schema, value = case
    jsonschema.validate(value, schema)
    ordered = json.loads(compact(value))
    assert accepts(schema, compact(ordered)), compact(ordered)


@given(case=SCHEMAS, seed=st.integers(0, 2**16))
@QUIET
def test_what_the_grammar_allows_is_valid(compiler: Any, case: Any, seed: int) -> None:
    schema, _ = case
    said = written_at_random(compiler, grammar_of(JsonShape(schema)), random.Random(seed))
    if said is not None:
        value = json.loads(said)
        jsonschema.validate(value, schema)
        assert compact(value).count(" ") == said.count(" ")


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (
            {"type": "integer", "minimum": 0, "maximum": 250},
            ["0", "250", "99"],
            ["251", "-1", "01"],
        ),
        ({"type": "number", "minimum": 0.01}, ["0.01", "3", "7.5"], ["0", "0.009", "-1", "1e5"]),
        ({"type": "number", "multipleOf": 0.01}, ["1.25", "-3"], ["1.255"]),
        ({"type": "integer", "exclusiveMinimum": -3, "maximum": -1}, ["-2", "-1"], ["-3", "0"]),
        ({"type": "string", "format": "date"}, ['"2026-02-28"'], ['"2026-13-01"', '"today"']),
        ({"type": "string", "maxLength": 2}, ['"中文"', '"\\n\\u0007"'], ['"abc"', '"\\ud800"']),
        (None, ["{}", '{"a":[1,{"b":null}]}'], ["[]", "1", '{ "a":1}']),
        (
            {
                "$ref": "#/$defs/t",
                "$defs": {"t": {"type": "array", "items": {"$ref": "#/$defs/t"}}},
            },
            ["[]", "[[],[[]]]"],
            ["[1]"],
        ),
        (
            {"oneOf": [{"type": "string"}, {"type": "null"}], "description": "x", "x-own": 1},
            ["null", '"a"'],
            ["1"],
        ),
    ],
)
def test_limits(schema: Any, good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not accepts(schema, text)] == []
    assert [text for text in bad if accepts(schema, text)] == []


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"type": "array", "uniqueItems": True}, "uniqueItems"),
        ({"not": {"type": "string"}}, "not"),
        ({"if": {}, "then": {}}, "if"),
        ({"type": "object", "patternProperties": {"^a": {}}}, "patternProperties"),
        ({"type": "string", "pattern": r"(?=a)b"}, "pattern"),
        ({"type": "string", "pattern": r"^\bword$"}, "pattern"),
        ({"type": "string", "pattern": "^a+$", "maxLength": 3}, "maxLength"),
        ({"type": "number", "multipleOf": 3}, "multipleOf"),
        ({"oneOf": [{"type": "number"}, {"type": "integer"}]}, "oneOf"),
        ({"allOf": [{"type": "object"}, {"required": ["a"]}]}, "allOf"),
        ({"$ref": "https://example.org/schema"}, "references inside"),
        ({"$ref": "#/$defs/none"}, "is not in the schema"),
        ({"$ref": "#"}, "itself"),
        ({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}, "itself"),
        ({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}, "finite"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "finite"),
        ({"type": "strange"}, "strange"),
        ({"type": "object", "properties": []}, "properties"),
        ({"minLength": -1}, "minLength"),
        ({"enum": "ab"}, "enum"),
        ({"type": "string", "anyOf": [{"type": "string"}]}, "anyOf"),
    ],
)
def test_what_cannot_be_promised_is_refused_by_name(schema: Any, named: str) -> None:
    with pytest.raises(ChatRefused, match=named) as refusal:
        grammar_of(JsonShape(schema))
    assert refusal.value.code == "schema_not_satisfiable"
    assert refusal.value.param == "response_format"


def test_letters_before_hexadecimal_digits_stay_two_characters(compiler: Any) -> None:
    # xgrammar prints "éa" as \\xe9a before it compiles, and reads that as one character.
    for schema in (
        {"const": "éa\x7fb"},
        {"type": "string", "pattern": "^[éa]b[^ÿf]$"},
        {
            "type": "object",
            "properties": {"éa": {"type": "null"}, "ab": {"type": "null"}},
            "additionalProperties": {"type": "boolean"},
        },
    ):
        for seed in range(6):
            said = written_at_random(compiler, grammar_of(JsonShape(schema)), random.Random(seed))
            assert said is None or not list(
                jsonschema.Draft202012Validator(schema).iter_errors(json.loads(said))
            )


def test_deep_and_wide_schemas_are_refused_or_built() -> None:
    deep: Any = {"type": "string"}
    for _ in range(200):
        deep = {"type": "array", "items": deep}
    with pytest.raises(ChatRefused, match="deep"):
        grammar_of(JsonShape(deep))
    with pytest.raises(ChatRefused, match="enum values"):
        grammar_of(JsonShape({"enum": list(range(5000))}))
    wide = {"type": "object", "properties": {f"p{i}": {"type": "string"} for i in range(300)}}
    assert accepts(wide, '{"p0":"","p299":"x"}')


def hostile_schemas() -> dict[str, Any]:
    """Small schemas that ask for work without end."""
    arrays: Any = {"type": "string"}
    objects: Any = {"type": "string"}
    for _ in range(30):
        arrays = {"type": "array", "items": arrays, "minItems": 2}
        objects = {"type": "object", "properties": {"a": {}, "b": objects}}
    number = {"type": "number", "minimum": -1234567.123456, "maximum": 987654321.98765}
    both = {"required": ["a", "b"], "type": "object"}
    doubling = {
        f"x{i}": both | {"properties": {name: {"$ref": f"#/$defs/x{i + 1}"} for name in "ab"}}
        for i in range(25)
    }
    other = [number | {"minimum": -1234567.123456 - i} for i in range(600)]
    return {
        "arrays": arrays,
        "objects": objects,
        "doubling": {"$ref": "#/$defs/x0", "$defs": doubling | {"x25": {"type": "string"}}},
        "properties": {"type": "object", "properties": {f"p{i}": {} for i in range(1900)}},
        "too many properties": {"type": "object", "properties": {f"{i}": {} for i in range(9000)}},
        "alternatives": {"oneOf": [{"type": "object"}] * 9000},
        "pattern": {"type": "string", "pattern": "^" + "(a|b)?" * 20_000 + "$"},
        "patterns": {
            "properties": {f"p{i}": {"pattern": f"^{'a?' * 200}{i}$"} for i in range(60)},
        },
        "one number": {"anyOf": [number] * 1500},
        "numbers": {"anyOf": other},
    }


@pytest.mark.parametrize("name", list(hostile_schemas()))
def test_hostile_schemas_cost_little(name: str) -> None:
    began = time.process_time()
    grammar = ""
    with suppress(ChatRefused):
        grammar = grammar_of(JsonShape(hostile_schemas()[name]))
    assert len(grammar) < 200_000
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^a{" + "9" * 5000 + "}$"},
        {"type": "string", "pattern": "^a{1,\u00b2}$"},
        {"type": "integer", "minimum": 10**5000},
        {"enum": ["\ud800"]},
    ],
)
def test_what_python_cannot_read_is_refused_too(schema: Any) -> None:
    with pytest.raises(ChatRefused):
        grammar_of(JsonShape(schema))
