"""Dates as contracts write them: in figures, in Chinese words, `this 5th day of March, 2024`. "
"Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from yuepi.documents.layout.dates import Moment, printed_dates

_DIGITS: Final = {sign: str(number) for number, sign in enumerate("〇一二三四五六七八九")} | {
    "零": "0",
    "○": "0",
    "Ｏ": "0",
}
_IN_WORDS: Final = re.compile(
    r"(?P<y>[一二][〇零○Ｏ一二三四五六七八九]{3})年(?P<m>十[一二]?|[一二三四五六七八九])月"
    r"(?P<d>三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])日"
)
_SPACED: Final = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日"
)
_DAY_OF: Final = re.compile(
    r"(?<!\d)(?P<d>\d{1,2})\s*(?:st|nd|rd|th)?\s+day\s+of\s+(?P<word>[A-Za-z]{3,9})\.?,?\s+"
    r"(?P<y>(?:19|20)\d\d)",
    re.IGNORECASE,
)
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}


def contract_dates(text: str) -> list[Moment]:
    """The dates in the text from left to right; one that could be two days is left out."""
    found: list[Moment] = []
    for match in _SPACED.finditer(text):
        _keep(found, match, int(match["m"]), int(match["d"]), int(match["y"]))
    for match in _IN_WORDS.finditer(text):
        year = int("".join(_DIGITS[sign] for sign in match["y"]))
        _keep(found, match, _small(match["m"]), _small(match["d"]), year)
    for match in _DAY_OF.finditer(text):
        month = _MONTHS.get(match["word"][:3].lower(), 0)
        _keep(found, match, month, int(match["d"]), int(match["y"]))
    for moment in printed_dates(text, None):
        if not any(one.start < moment.end and moment.start < one.end for one in found):
            found.append(moment)
    return sorted(found, key=lambda moment: moment.start)


def _keep(found: list[Moment], match: re.Match[str], month: int, day: int, year: int) -> None:
    try:
        value = date(year, month, day).isoformat()
    except ValueError:
        return
    found.append(Moment(value, match.start(), match.end()))


def _small(words: str) -> int:
    """A number to 31 in Chinese words."""
    tens, ten, ones = words.rpartition("十")
    if not ten:
        return int(_DIGITS[words])
    return 10 * (int(_DIGITS[tens]) if tens else 1) + (int(_DIGITS[ones]) if ones else 0)
