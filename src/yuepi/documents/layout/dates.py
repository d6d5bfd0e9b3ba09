"""Dates and times of day as printed abroad and at home. Pure; nothing where an order is unclear."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from yuepi.documents.layout.amounts import narrow

Order = Literal["dmy", "mdy"]

MONTHS_SHORT: Final = (
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
)  # fmt: skip
"""As identity papers print them, in order."""

_NAMES: Final = {
    1: "jan january januari januar jänner janvier janv",
    2: "feb february februari februar février févr",
    3: "mar march maart mrt märz mrz maerz mars",
    4: "apr april avril avr",
    5: "may mei mai",
    6: "jun june juni juin",
    7: "jul july juli juillet juil",
    8: "aug august augustus août aout",
    9: "sep sept september septembre",
    10: "oct october oktober okt octobre",
    11: "nov november novembre",
    12: "dec december dez dezember décembre déc",
}
_MONTHS: Final = {name: number for number, names in _NAMES.items() for name in names.split()}
_WORD: Final = "(?P<word>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")(?![a-zà-ÿ])"
_YEAR: Final = r"(?P<y>(?:19|20)\d\d)"
# A time of day is often printed right behind the year.
_YEAR_END: Final = r"(?:(?!\d)|(?=[0-2]\d:[0-5]\d))"
_PATTERNS: Final = (
    re.compile(
        rf"(?<!\d){_YEAR}\s*[-/.年]\s*(?P<m>\d{{1,2}})\s*[-/.月]\s*(?P<d>\d{{1,2}})(?!\d)\s*日?"
    ),
    re.compile(rf"(?<!\d){_YEAR}(?P<s>[-/.])(?P<m>\d\d)(?P=s)(?P<d>\d\d)(?=[0-2]\d:[0-5]\d)"),
    re.compile(r"(?<!\d)(?P<y>20\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?!\d)"),
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s\-./]*{_WORD}\.?[\s\-.,/]*"
        rf"(?P<y>(?:19|20)\d\d{_YEAR_END}|\d\d(?!\d))",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<![a-z]){_WORD}\.?\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+{_YEAR}(?!\d)",
        re.IGNORECASE,
    ),
)
_FIGURES: Final = re.compile(
    rf"(?<![\d./-])(?P<a>\d{{1,2}})\s?(?P<s>[-/.])\s?(?P<b>\d{{1,2}})\s?(?P=s)\s?"
    rf"(?P<y>(?:19|20)\d\d{_YEAR_END}|\d\d(?![\d./-]))"
)
_TIME: Final = re.compile(
    r"(?:(?<![\d:.])|(?<=[-/.]20\d\d)|(?<=20\d\d[-/.]\d\d[-/.]\d\d))(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)"
    r"(?::(?P<s>[0-5]\d))?(?![\d:])\s*(?P<half>[AaPp]\.?[Mm])?(?![A-Za-z])"
)
_SOLID_TIME: Final = re.compile(
    r"(?<=20\d{6}[/ T])(?P<h>[01]\d"
    r"|2[0-3])(?P<m>[0-5]\d)(?P<s>[0-5]\d)(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date (ISO) or a time of day with its place in the text."""

    value: str
    start: int
    end: int


def printed_dates(text: str, order: Order | None) -> list[Moment]:
    """The dates in a row, left to right.

    order: which of day and month comes first where the year comes last; None leaves out dates
    such as 03/04/2018 and 24-03-04 that could be two days, and keeps 28/04/2018, which could not.
    """
    plain = narrow(text)
    found: list[Moment] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(plain):
            parts = match.groupdict()
            month = _MONTHS[parts["word"].lower()] if parts.get("word") else int(parts["m"])
            _keep(found, _iso(parts["y"], month, int(parts["d"])), match)
    for match in _FIGURES.finditer(plain):
        if match["s"] == "." and len(match["a"] + match["b"] + match["y"]) < 6:
            continue  # 1.2.14 may be a paragraph or a version
        if order is None and match["s"] in "-." and _begins_with_year(match):
            continue  # 24-03-04 may be of 2024 or of 2004
        _keep(found, _figures(int(match["a"]), int(match["b"]), match["y"], order), match)
    return sorted(found, key=lambda moment: moment.start)


def printed_times(text: str) -> list[Moment]:
    """The times of day in a row as HH:MM, or HH:MM:SS where seconds are printed."""
    plain = narrow(text)
    found: list[Moment] = []
    for match in (*_SOLID_TIME.finditer(plain), *_TIME.finditer(plain)):
        hour = _hour(int(match["h"]), match.groupdict().get("half"))
        if hour is not None:
            seconds = f":{match['s']}" if match["s"] else ""
            found.append(Moment(f"{hour:02}:{match['m']}{seconds}", match.start(), match.end()))
    return sorted(found, key=lambda moment: moment.start)


def _hour(hour: int, half: str | None) -> int | None:
    if not half or hour > 12:
        return hour
    if not hour:
        return None
    return hour % 12 + (12 if half[0] in "Pp" else 0)


def _keep(found: list[Moment], value: str | None, match: re.Match[str]) -> None:
    overlaps = any(one.start < match.end() and match.start() < one.end for one in found)
    if value and not overlaps:
        found.append(Moment(value, match.start(), match.end()))


def _figures(first: int, second: int, year: str, order: Order | None) -> str | None:
    if first > 12:
        return _iso(year, second, first)
    if second > 12:
        return _iso(year, first, second)
    if order is None and first != second:
        return None
    return _iso(year, first, second) if order == "mdy" else _iso(year, second, first)


def _begins_with_year(match: re.Match[str]) -> bool:
    """Whether three pairs of figures are a date with its year first, too."""
    pairs = len(match["a"]) == len(match["y"]) == 2
    return pairs and _iso(match["a"], int(match["b"]), int(match["y"])) is not None


def _iso(year: str, month: int, day: int) -> str | None:
    whole = int(year) + (2000 if len(year) == 2 else 0)
    try:
        return date(whole, month, day).isoformat()
    except ValueError:
        return None
