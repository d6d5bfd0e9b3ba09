"""Normal forms of what is printed: dates, numbers, money, names. Pure; None when not sure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from yuepi.kit.money import money_text, parse_amount

_MONTHS = {
    name: number + 1
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    )
}
_DIGIT_LOOKALIKES = str.maketrans("OoQDlI|", "0000111")
_WRITTEN_DATE = re.compile(
    r"(20\d\d|19\d\d)\s*年\s*(\d{1,2})\s*月\s*(\d{2}(?!\d)|\d{1,2}(?=\s*日))"
)
"""With 年 and 月 a single digit counts as the day only before 日: else the rest may be lost."""
_NUMBER_DATE = re.compile(r"(20\d\d|19\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})(?!\d)")
_SOLID_DATE = re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(20\d\d|\d\d)(?!\d)")
_WORD_DATE = re.compile(r"(?<!\d)(\d{1,2})[\s\-./]*([A-Za-z]{3,9})\.?[\s\-.,/]*(20\d\d|\d\d)(?!\d)")
_WORD_FIRST = re.compile(r"([A-Za-z]{3,9})\.?\s*(\d{1,2})(?:st|nd|rd|th)?\s*,?\s+(20\d\d)")


def plain(text: str) -> str:
    """Full-width forms made narrow (NFKC), white space made single spaces."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def squeeze(text: str) -> str:
    """Full-width forms made narrow, all white space dropped."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def digits(text: str) -> str:
    """The digits of a printed number, with letters that look like digits read as such."""
    return re.sub(r"\D", "", squeeze(text).translate(_DIGIT_LOOKALIKES))


def iso_date(text: str) -> str | None:
    """The first date in the text as ISO. Day before month where the year comes last."""
    text = plain(text)
    for pattern in (_WRITTEN_DATE, _NUMBER_DATE, _SOLID_DATE):
        if match := pattern.search(text):
            return _valid(match[1], match[2], match[3])
    if match := _WORD_DATE.search(text):
        return _valid(match[3], _month(match[2]), match[1])
    if match := _WORD_FIRST.search(text):
        return _valid(match[3], _month(match[1]), match[2])
    if match := _DAY_FIRST.search(text):
        return _valid(match[3], match[2], match[1])
    return None


def _month(word: str) -> str:
    return str(_MONTHS.get(word[:3].lower(), 0))


def _valid(year: str, month: str, day: str) -> str | None:
    whole = int(year) + (2000 if len(year) == 2 else 0)
    try:
        return date(whole, int(month), int(day)).isoformat()
    except ValueError:
        return None


def money(text: str) -> str | None:
    """A printed amount as a decimal string with two digits, or None."""
    value = parse_amount(text)
    if value is None or value != value.quantize(Decimal("0.01")):
        return None
    return money_text(value)
