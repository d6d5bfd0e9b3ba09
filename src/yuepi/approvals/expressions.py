"""Checking one cell of a decision table before it is ever used.

zen-engine skips a row whose cell is malformed, raises, or names an unknown fact: the row then never
fires and nobody is told. So each cell is compiled, its names are looked up in the vocabulary, and
it is tried on sample facts of every type when the policy is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import zen

from yuepi.approvals.fact import Words

CELL_CHARACTERS_MAX: Final = 500
_STRING: Final = re.compile(r'"[^"]*"' + r"|'[^']*'")
_TEMPLATE: Final = re.compile(r"`([^`]*)`")
_INSERTED: Final = re.compile(r"\$\{([^{}]*)\}")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*(\s*\()?")
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "true", "false"})
# What today is, chance, or text patterns of unbounded cost would make a decision unrepeatable.
_FUNCTIONS: Final = frozenset(
    (
        "abs", "ceil", "contains", "endsWith", "floor", "len", "lower", "max", "min", "number",
        "round", "startsWith", "string", "upper",
    )
)  # fmt: skip


class BadCell(ValueError):
    """What is wrong with a cell, for the one who wrote it."""


Sample = Mapping[str, object]


def samples(vocabulary: Mapping[str, Words]) -> list[Sample]:
    """Facts of the right types: one set for every listed word, with zeros and large numbers."""
    longest = max(len(words) for words in vocabulary.values() if isinstance(words, tuple))
    numbers = (0, 1, 1_000_000)
    return [
        {
            name: numbers[at % 3]
            if words == "number"
            else "…"
            if words == "text"
            else words[at % len(words)]
            for name, words in vocabulary.items()
        }
        for at in range(max(longest, len(numbers)))
    ]


def check_condition(cell: str, fact: str, vocabulary: Mapping[str, Words]) -> None:
    """Raise BadCell unless the cell is a working test of `fact`."""
    _check_text(cell, vocabulary, subject=True)
    try:
        test = zen.compile_unary_expression(cell)
    except RuntimeError as error:
        raise BadCell(f"cannot be understood: {_short(error)}") from error
    words = vocabulary[fact]
    literals = [text[1:-1] for text in _STRING.findall(cell)]
    if words == "number" and literals:
        raise BadCell(f"{fact} is a number, so text in quotes never matches")
    if isinstance(words, tuple):
        strange = [text for text in literals if text not in words]
        if strange:
            raise BadCell(f"{fact} is never {strange[0]!r}; it is one of {', '.join(words)}")
    tried = [
        _try(test, {**sample, "$": value}) for sample in samples(vocabulary) for value in _of(words)
    ]
    if not all(isinstance(answer, bool) for answer in tried):
        raise BadCell("does not answer true or false")
    if isinstance(words, tuple) and not any(tried):
        raise BadCell(f"never matches; {fact} is one of {', '.join(words)}")


def check_output(cell: str, vocabulary: Mapping[str, Words]) -> list[object]:
    """What the cell gives on sample facts; raises BadCell unless it is text every time."""
    _check_text(cell, vocabulary, subject=False)
    try:
        compiled = zen.compile_expression(cell)
    except RuntimeError as error:
        raise BadCell(f"cannot be understood: {_short(error)}") from error
    given = [_try(compiled, sample) for sample in samples(vocabulary)]
    if not all(isinstance(value, str) for value in given):
        raise BadCell('does not give text; write it in quotes, "like this"')
    return given


def _of(words: Words) -> Iterable[object]:
    if words == "number":
        return (0, 0.5, 100, 1_000_000)
    return ("", "abc") if words == "text" else words


def _try(compiled: zen.Expression, facts: Sample) -> object:
    try:
        return compiled.evaluate(dict(facts))
    except RuntimeError as error:
        raise BadCell(f"fails on facts of the right type: {_short(error)}") from error


def _short(error: RuntimeError) -> str:
    """The engine's own words without its stack."""
    found = re.search(r'"source":"((?:[^"\\]|\\.)*)"', str(error))
    return (found.group(1) if found else str(error).splitlines()[0])[:200]


def _check_text(cell: str, vocabulary: Mapping[str, Words], *, subject: bool) -> None:
    if len(cell) > CELL_CHARACTERS_MAX:
        raise BadCell(f"is longer than {CELL_CHARACTERS_MAX} characters")
    code = _STRING.sub('""', _TEMPLATE.sub(_inserted, cell))
    if not code.isascii():
        raise BadCell("has text outside quotes")
    # `#` and closures work on lists, which facts are not.
    strange = re.search(r"[#{};\\\[\]]" if not subject else r"[#{};\\]", code)
    if strange:
        raise BadCell(f"has {strange.group()!r}, which no fact needs")
    for found in _NAME.finditer(code):
        name = found.group().rstrip("( \t\n")
        if found.group(1) and name not in _KEYWORDS:
            if name not in _FUNCTIONS:
                raise BadCell(f"uses {name}(); allowed are {', '.join(sorted(_FUNCTIONS))}")
        elif name not in _KEYWORDS and name not in vocabulary:
            raise BadCell(f"names {name!r}, which is no fact")


def _inserted(template: re.Match[str]) -> str:
    """The expressions inside a text template, as plain code."""
    return "(" + " + ".join([*_INSERTED.findall(template.group(1)), '""']) + ")"
