"""Amounts printed in a row, each with the words that stand before it. Pure.

Only whole prints count: two decimals, no digit missing in front. A bare `.99` or `1450` beside a
currency mark is a misread amount, and reading it would be worse than leaving it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yuepi.documents.layout.view import Row, View
from yuepi.kit.boxes import Box
from yuepi.kit.money import Point

_NARROW: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {
    ord("￥"): "¥",
    ord("￡"): "£",
    ord("\u2212"): "-",
    ord("\u2013"): "-",
}
# `S8.20` is how `$8.20` is often recognised; the letter takes no part in the value.
_MARK: Final = r"(?:RM|MYR|US\$|HK\$|S\$|A\$|C\$|NZ\$|EUR|USD|GBP|[$€£¥]|(?<![A-Za-z])S(?=\d))"
_DOTTED: Final = re.compile(
    rf"(?<![\d.,/])(?<!\d:)(?P<sign>-\s?)?(?P<mark>{_MARK}\s?)?(?P<after>-\s?)?"
    r"(?P<n>\d{1,3}(?:,\d{3})+\s?\.\s?\d{2}|\d{1,8}\s?\.\s?\d{2})(?![\d.,/]|\s?%)"
)
_COMMAED: Final = re.compile(
    rf"(?<![\d.,/])(?<!\d:)(?P<sign>-\s?)?(?P<mark>{_MARK}\s?)?(?P<after>-\s?)?"
    r"(?P<n>\d{1,3}(?:\.\d{3})+\s?,\s?\d{2}|\d{1,8}\s?,\s?\d{2})(?![\d.,/]|\s?%)"
)


@dataclass(frozen=True, slots=True)
class Printed:
    """One amount: the words since the amount before it, its value and place.

    `alone`: it is the only amount of its row.
    """

    label: str
    value: Decimal
    row: int
    box: Box
    text: str
    alone: bool


def narrow(text: str) -> str:
    """Full-width signs made narrow, one for one, so that places stay the same."""
    return text.translate(_NARROW)


def decimal_point(view: View) -> Point:
    """The decimal mark the document uses, by majority of its amounts; a dot where it is even."""
    text = narrow(view.text)
    commas = sum(1 for _ in _COMMAED.finditer(text))
    return "," if commas > sum(1 for _ in _DOTTED.finditer(text)) else "."


def printed_amounts(view: View, point: Point) -> list[Printed]:
    """All amounts of a document from top to bottom."""
    return [
        printed
        for number, row in enumerate(view.rows)
        for printed in row_amounts(row, number, point)
    ]


def row_amounts(row: Row, number: int, point: Point) -> list[Printed]:
    """The amounts of one row, left to right; `number` is kept as the row's place."""
    text = narrow(row.text)
    found = list(_whole_matches(row, text, point))
    result: list[Printed] = []
    end = 0
    for match in found:
        result.append(
            Printed(
                label=text[end : match.start()].strip(),
                value=_value(match, point),
                row=number,
                box=row.part(*match.span()),
                text=row.text[slice(*match.span())],
                alone=len(found) == 1,
            )
        )
        end = match.end()
    return result


def _whole_matches(row: Row, text: str, point: Point) -> Iterator[re.Match[str]]:
    """Matches within one line: figures of two lines side by side never make one amount."""
    for match in (_DOTTED if point == "." else _COMMAED).finditer(text):
        if None not in row.places[slice(*match.span("n"))]:
            yield match


def _value(match: re.Match[str], point: Point) -> Decimal:
    figures = match["n"].replace(" ", "")
    group = "," if point == "." else "."
    value = Decimal(figures.replace(group, "").replace(",", "."))
    return -value if match["sign"] or match["after"] else value
