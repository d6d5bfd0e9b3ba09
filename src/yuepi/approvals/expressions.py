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
from yuepi.approvals.policy_fault import BadCell

CELL_CHARACTERS_MAX: Final = 500
_STRING: Final = re.compile(r'"[^"]*"' + r"|'[^']*'")
# All three at once, from the left, as the engine reads: a backtick in quotes begins no template.
_TEXT: Final = re.compile(r'"[^"]*"' + r"|'[^']*'" + r"|`[^`]*`")
# A brace in quotes would end it elsewhere than for the engine.
_INSERTED: Final = re.compile(r"\$\{((?:[^{}\"']|\"[^\"{}]*\"|'[^'{}]*')*)\}")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*(\s*\()?")
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "true", "false"})
# What today is, chance, or text patterns of unbounded cost would make a decision unrepeatable.
FUNCTIONS: Final = (
    "abs", "ceil", "contains", "endsWith", "floor", "len", "lower", "max", "min", "number",
    "round", "startsWith", "string", "upper",
)  # fmt: skip


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
        raise _unclear(error) from error
    words = vocabulary[fact]
    literals = [text[1:-1] for text in _STRING.findall(cell)]
    if words == "number" and literals:
        raise BadCell(
            "text_for_number",
            f"{fact} is a number, so text in quotes never matches",
            f"{fact} 是数字，不要写引号",
        )
    if isinstance(words, tuple):
        strange = [text for text in literals if text not in words]
        if strange:
            raise BadCell(
                "unknown_value",
                f"{fact} is never {strange[0]!r}; it is one of {', '.join(words)}",
                f"{fact} 不会是“{strange[0]}”，只能是 {'、'.join(words)}",
            )
    tried = [
        _try(test, {**sample, "$": value}) for sample in samples(vocabulary) for value in _of(words)
    ]
    if not all(isinstance(answer, bool) for answer in tried):
        raise BadCell("no_condition", "does not answer true or false", "不是一个能判断真假的条件")
    if isinstance(words, tuple) and not any(tried):
        raise BadCell(
            "never_matches",
            f"never matches; {fact} is one of {', '.join(words)}",
            f"永远不会成立；{fact} 只能是 {'、'.join(words)}",
        )


def check_output(cell: str, vocabulary: Mapping[str, Words]) -> list[object]:
    """What the cell gives on sample facts; raises BadCell unless it is text every time."""
    _check_text(cell, vocabulary, subject=False)
    try:
        compiled = zen.compile_expression(cell)
    except RuntimeError as error:
        raise _unclear(error) from error
    given = [_try(compiled, sample) for sample in samples(vocabulary)]
    if not all(isinstance(value, str) for value in given):
        raise BadCell(
            "no_text",
            'does not give text; write it in quotes, "like this"',
            '不是文字；请写在引号里，如 "这样"',
        )
    return given


def _of(words: Words) -> Iterable[object]:
    if words == "number":
        return (0, 0.5, 100, 1_000_000)
    return ("", "abc") if words == "text" else words


def _try(compiled: zen.Expression, facts: Sample) -> object:
    try:
        return compiled.evaluate(dict(facts))
    except RuntimeError as error:
        raise BadCell(
            "fails_on_facts",
            f"fails on facts of the right type: {_short(error)}",
            f"对正确类型的事实会出错：{_short(error)}",
        ) from error


def _unclear(error: RuntimeError) -> BadCell:
    said = _short(error)
    return BadCell("not_understood", f"cannot be understood: {said}", f"看不懂这个写法：{said}")


def _short(error: RuntimeError) -> str:
    """The engine's own words without its stack."""
    found = re.search(r'"source":"((?:[^"\\]|\\.)*)"', str(error))
    return (found.group(1) if found else str(error).splitlines()[0])[:200]


def _check_text(cell: str, vocabulary: Mapping[str, Words], *, subject: bool) -> None:
    if len(cell) > CELL_CHARACTERS_MAX:
        raise BadCell(
            "too_long",
            f"is longer than {CELL_CHARACTERS_MAX} characters",
            f"超过 {CELL_CHARACTERS_MAX} 个字符",
        )
    code = _TEXT.sub(_without_text, cell)
    if not code.isascii():
        raise BadCell("text_outside_quotes", "has text outside quotes", "有文字写在引号外面")
    # `#` and closures work on lists, which facts are not.
    strange = re.search(r"[#{};\\\[\]\"'`]" if not subject else r"[#{};\\\"'`]", code)
    if strange:
        raise BadCell(
            "strange_character",
            f"has {strange.group()!r}, which no fact needs",
            f"含有用不到的符号 {strange.group()}",
        )
    for found in _NAME.finditer(code):
        name = found.group().rstrip("( \t\n")
        if found.group(1) and name not in _KEYWORDS:
            if name not in FUNCTIONS:
                raise BadCell(
                    "unknown_function",
                    f"uses {name}(); allowed are {', '.join(FUNCTIONS)}",
                    f"不能使用函数 {name}()；可用的有 {'、'.join(FUNCTIONS)}",
                )
        elif name not in _KEYWORDS and name not in vocabulary:
            raise BadCell(
                "unknown_fact", f"names {name!r}, which is no fact", f"没有名为 {name} 的事实"
            )


def _without_text(text: re.Match[str]) -> str:
    """A text as plain code: a name's place where it is a constant, else what it inserts."""
    if not text.group().startswith("`"):
        return " 0 "
    template = text.group()[1:-1]
    if "${" in _INSERTED.sub("", template):
        raise BadCell(
            "strange_character",
            "inserts something into a text that cannot be followed; keep braces out of quotes",
            "文字模板里的 ${…} 写法无法检查；引号里不要用花括号",
        )
    inserted = [_STRING.sub(" 0 ", each) for each in _INSERTED.findall(template)]
    return "(" + " + ".join([*inserted, "0"]) + ")"
