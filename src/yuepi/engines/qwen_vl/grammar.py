"""JSON by grammar: only tokens that keep the answer valid may be chosen (xgrammar 0.2.8)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from yuepi.engines.contract import ChatRefused, JsonShape

CACHE_BYTES_MAX = 64 << 20
SCHEMA_BYTES_MAX = 256 << 10
DEPTH_MAX = 64
# xgrammar takes time that grows with the square or the cube of these (0.2.8, measured: 2,000
# optional groups in a pattern 9 s, `minProperties` beside 300 properties minutes).
PATTERN_CHARS_MAX = 1024
PATTERNS_CHARS_MAX = 4096
PROPERTIES_MAX = 500
COUNTED_PROPERTIES_MAX = 64

# xgrammar compiles schemas with these and does not keep to them (tried with 0.2.8).
NOT_ENFORCED = ("not", "if", "dependentSchemas", "dependentRequired", "contains")


def refused(why: str) -> ChatRefused:
    """The error for a schema that no answer, or none that can be promised, satisfies."""
    return ChatRefused(
        f"no answer can be promised for this JSON schema: {why}",
        remedy="correct or simplify response_format.json_schema.schema",
        code="schema_not_satisfiable",
        param="response_format",
    )


class Grammars:
    """Compiled grammars of one tokenizer, at most `CACHE_BYTES_MAX` of them kept.

    `vocab_size` is the model's (its text_config), which is larger than the tokenizer's.
    """

    def __init__(self, tokenizer: Any, *, vocab_size: int, stop_ids: Sequence[int]) -> None:
        self._tokenizer = tokenizer
        self._vocab_size = vocab_size
        self._stop_ids = list(stop_ids)
        self._compiler: Any = None
        self._lock = threading.Lock()

    def matcher(self, shape: JsonShape) -> Any:
        """A fresh `xgrammar.GrammarMatcher` for one answer; raises `ChatRefused`."""
        import xgrammar

        schema = {"type": "object"} if shape.schema is None else dict(shape.schema)
        text = json.dumps(schema, ensure_ascii=False)
        if len(text.encode()) > SCHEMA_BYTES_MAX:
            raise refused(f"it has more than {SCHEMA_BYTES_MAX} bytes")
        for why in contradictions(schema):
            raise refused(why)
        if sum(map(len, patterns(schema))) > PATTERNS_CHARS_MAX:
            raise refused(f"its patterns have more than {PATTERNS_CHARS_MAX} characters together")
        with self._lock:
            if self._compiler is None:
                self._compiler = xgrammar.GrammarCompiler(
                    xgrammar.TokenizerInfo.from_huggingface(
                        self._tokenizer,
                        vocab_size=self._vocab_size,
                        stop_token_ids=self._stop_ids,
                    ),
                    max_threads=2,
                    cache_limit_bytes=CACHE_BYTES_MAX,
                )
            try:
                # With any white space allowed a model may go on with it for ever.
                compiled = self._compiler.compile_json_schema(text, any_whitespace=False)
            except (RuntimeError, ValueError) as error:
                raise refused(_plain(error)) from error
        return xgrammar.GrammarMatcher(compiled)


def _plain(error: Exception) -> str:
    """xgrammar's message without the time and the place in its own source."""
    text = str(error).strip()
    return text.rsplit("] ", 1)[-1].split(": ", 1)[-1][:300] if text else "it cannot be compiled"


def contradictions(schema: Any, depth: int = 0) -> Iterator[str]:
    """What in a schema cannot be satisfied, or would not be kept to, and compiles all the same."""
    if depth > DEPTH_MAX:
        yield f"it is nested deeper than {DEPTH_MAX}"
        return
    if not isinstance(schema, Mapping):
        return
    for word in NOT_ENFORCED:
        if word in schema:
            yield f"{word!r} is not supported"
    if len(schema.get("allOf", ())) > 1:
        yield "'allOf' of several schemas is not supported"
    yield from _own_contradictions(schema)
    yield from _costs(schema)
    for word in ("properties", "$defs", "definitions", "patternProperties"):
        for part in _mapping(schema.get(word)).values():
            yield from contradictions(part, depth + 1)
    for word in ("items", "additionalProperties"):
        yield from contradictions(schema.get(word), depth + 1)
    for word in ("anyOf", "oneOf", "allOf", "prefixItems"):
        parts = schema.get(word)
        for part in parts if isinstance(parts, list) else ():
            yield from contradictions(part, depth + 1)


def patterns(value: Any) -> Iterator[str]:
    """All regular expressions of a schema."""
    level = [value]
    while level:
        one = level.pop()
        if isinstance(one, Mapping):
            pattern = one.get("pattern")
            if isinstance(pattern, str):
                yield pattern
            yield from _mapping(one.get("patternProperties"))
            level.extend(one.values())
        elif isinstance(one, list):
            level.extend(one)


def _costs(schema: Mapping[str, Any]) -> Iterator[str]:
    """What would take too long to compile."""
    count = len(_mapping(schema.get("properties")))
    if count > PROPERTIES_MAX:
        yield f"it has an object of more than {PROPERTIES_MAX} properties"
    if count > COUNTED_PROPERTIES_MAX and {"minProperties", "maxProperties"} & set(schema):
        yield (
            f"'minProperties' and 'maxProperties' beside more than {COUNTED_PROPERTIES_MAX} "
            "properties are not supported"
        )
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and len(pattern) > PATTERN_CHARS_MAX:
        yield f"a pattern of more than {PATTERN_CHARS_MAX} characters is not supported"


def _own_contradictions(schema: Mapping[str, Any]) -> Iterator[str]:
    missing = set(_strings(schema.get("required"))) - set(_mapping(schema.get("properties")))
    if missing and schema.get("additionalProperties") is False:
        yield f"{sorted(missing)[0]!r} is required and not allowed"
    elif missing:
        # xgrammar leaves such names out of the answer.
        yield f"{sorted(missing)[0]!r} is required, and 'properties' does not describe it"
    kinds = schema.get("type")
    allowed = [kinds] if isinstance(kinds, str) else kinds
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(allowed, list) and isinstance(values, list):
        wrong = [value for value in values if not any(_is(value, kind) for kind in allowed)]
        if wrong:
            yield f"{json.dumps(wrong[0], ensure_ascii=False)} is not of type {kinds!r}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _is(value: Any, kind: str) -> bool:
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in {"integer", "number"}:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and (kind == "number" or whole)
    types: dict[str, type] = {"string": str, "array": list, "object": dict}
    return kind not in types or isinstance(value, types[kind])
