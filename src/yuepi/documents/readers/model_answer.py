"""From the words of a model to its claims. Pure, and doubting everything.

Models answer in code fences, after thoughts, with words before and behind, with numbers for texts,
with keys missing, twice, or made up. What is not plainly a field's value is nothing. A number is
kept as it is written, never made a float: 27.10 must not become 27.1, nor 20 digits a rounded one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from yuepi.documents.grounding import VALUE_CHARACTERS_MAX

ANSWER_CHARACTERS_MAX: Final = 40_000
DEPTH_MAX: Final = 12
OBJECTS_MAX: Final = 8
LINES_MAX: Final = 12
DIGITS_RUN_MAX: Final = 60
"""No number on paper has more; a model that repeats itself does."""

_THOUGHTS: Final = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_THOUGHT_END: Final = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
_THOUGHT_START: Final = re.compile(r"<(?:think|thinking|reasoning)>", re.IGNORECASE)
_NOTHING: Final = frozenset(
    {"", "-", "--", "—", "/", "null", "none", "nil", "n/a", "na", "unknown", "not visible",
     "not found", "illegible", "无", "无法确定", "未知", "未见", "看不清", "空"}
)  # fmt: skip
_WRAPPERS: Final = ("fields", "answer", "result", "data", "output")
_LINE: Final = re.compile(r"[Ll#]?\s*(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Stated:
    """What an answer gives one field. box: four numbers in the model's own scale."""

    field: str
    value: str
    lines: tuple[int, ...] = ()
    box: tuple[float, float, float, float] | None = None


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Pairs:
    """An object with its pairs in order, doubles and all."""

    pairs: tuple[tuple[str, Any], ...]

    def all(self, name: str) -> list[Any]:
        return [value for key, value in self.pairs if key == name]

    def get(self, name: str) -> Any:
        """The value of a key that stands once."""
        found = self.all(name)
        return found[0] if len(found) == 1 else None


def stated(text: str, names: Sequence[str]) -> tuple[Stated, ...] | None:
    """What the answer says of the named fields, null values left out; None where it is no answer.

    A field that is given two different values, in one object or in several, is given none.
    """
    objects = list(_answers(text, names))
    if not objects:
        return None
    found: dict[str, list[Stated | None]] = {}
    for one in objects:
        for key, value in one.pairs:
            if key in names:
                found.setdefault(key, []).append(_stated(key, value))
    return tuple(
        first
        for every in found.values()
        if (first := every[0]) is not None
        and all(each is not None and each.value == first.value for each in every)
    )


def _answers(text: str, names: Sequence[str]) -> Iterator[_Pairs]:
    """The objects of the answer that speak of the fields."""
    if len(text) > ANSWER_CHARACTERS_MAX:
        return
    for one in _objects(_without_thoughts(text)):
        inner = [one, *(each for name in _WRAPPERS for each in one.all(name))]
        for each in inner:
            if isinstance(each, _Pairs) and any(key in names for key, _ in each.pairs):
                yield each
                break


def _without_thoughts(text: str) -> str:
    text = _THOUGHTS.sub(" ", text)
    ends = list(_THOUGHT_END.finditer(text))
    if ends:
        # Some servers cut the opening mark off.
        text = text[ends[-1].end() :]
    begun = _THOUGHT_START.search(text)
    return text[: begun.start()] if begun else text


def _objects(text: str) -> Iterator[_Pairs]:
    """The JSON objects that stand in a text, one after the other."""
    at, found = text.find("{"), 0
    while at >= 0 and found < OBJECTS_MAX:
        if _is_too_deep(text, at):
            return
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            found += 1
            at = text.find("{", at + 1)
            continue
        if isinstance(value, _Pairs):
            found += 1
            yield value
        at = text.find("{", end)


def _is_too_deep(text: str, at: int) -> bool:
    depth, quoted, escaped = 0, False, False
    for sign in text[at:]:
        if quoted:
            quoted, escaped = escaped or sign != '"', sign == "\\" and not escaped
        elif sign == '"':
            quoted = True
        elif sign in "{[":
            depth += 1
            if depth > DEPTH_MAX:
                return True
        elif sign in "}]":
            depth -= 1
            if depth <= 0:
                return False
    return False


def _constant(name: str) -> None:
    """NaN and Infinity, which are no JSON, are nothing."""


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=lambda pairs: _Pairs(tuple(pairs)),
    parse_float=_Number,
    parse_int=_Number,
    parse_constant=_constant,
    strict=False,
)


def _stated(name: str, given: Any) -> Stated | None:
    if isinstance(given, _Pairs):
        value = _value(given.get("value"))
        if value is None:
            return None
        return Stated(name, value, _lines(given.get("lines")), _box(given.get("box")))
    value = _value(given)
    return None if value is None else Stated(name, value)


def _value(given: Any) -> str | None:
    """A value as text, None for none. True, lists and objects are none; so is 2.7e1."""
    if not isinstance(given, str):
        return None
    if isinstance(given, _Number) and not re.fullmatch(r"-?\d+(?:\.\d+)?", given):
        return None
    text = " ".join(_printable(str(given)).split())
    if text.casefold() in _NOTHING or len(text) > VALUE_CHARACTERS_MAX:
        return None
    if re.search(rf"\d{{{DIGITS_RUN_MAX},}}", text):
        return None
    return text


def _printable(text: str) -> str:
    """Without what cannot be seen, nor kept in a database: halves of characters, controls."""
    return "".join(each for each in text if each.isprintable() or each.isspace())


def _lines(given: Any) -> tuple[int, ...]:
    every = given if isinstance(given, list) else [given]
    found = [
        int(match[1])
        for each in every[:LINES_MAX]
        if isinstance(each, str) and (match := _LINE.fullmatch(each.strip()))
    ]
    return tuple(dict.fromkeys(found))


def _box(given: Any) -> tuple[float, float, float, float] | None:
    if not isinstance(given, list) or len(given) != 4:
        return None
    try:
        x0, y0, x1, y1 = (float(Decimal(each)) for each in given if isinstance(each, str))
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return (x0, y0, x1, y1) if 0 <= x0 < x1 <= 1e6 and 0 <= y0 < y1 <= 1e6 else None
