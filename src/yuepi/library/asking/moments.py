"""Days, months, numbered clauses and figures of a question, in all forms that are printed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from yuepi.documents.layout.dates import MONTHS_SHORT, printed_dates
from yuepi.kit.money import money_text

Span = tuple[int, int]
Moment = tuple[Span, str, frozenset[str]]

_LONG_NAMES: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_DIGITS: Final = "零一二三四五六七八九十"
_MONTH_OF: Final = re.compile(
    r"(?P<y>(?:19|20)\d\d)\s*(?:年|[-/.])\s*(?P<m>1[0-2]|0?[1-9])\s*(?:月|(?![-/.\d]))"
)
_HAN_DIGITS: Final = str.maketrans("0123456789", "〇一二三四五六七八九")
_YEAR_SAID: Final = re.compile(r"(?<![\d.,-])(?P<y>(?:19|20)\d\d)\s*年(?!\s*[\d一二三四])")
_SUM_AFTER: Final = re.compile(r"\s*[百千万亿元块]")
_ENGLISH_NAMES: Final = "|".join((*_LONG_NAMES, *(name.lower() for name in MONTHS_SHORT)))
_MONTH_ENGLISH: Final = re.compile(
    rf"(?P<before>\b(?:in|of|from|since|for|by)\s+)?\b(?P<name>{_ENGLISH_NAMES})\b\.?,?"
    r"(?:\s+(?P<y>(?:19|20)\d\d))?(?!\s*\d)",
    re.IGNORECASE,
)
_QUARTERS: Final = ("first", "second", "third", "fourth")
_QUARTER: Final = re.compile(
    r"\bQ(?P<a>[1-4])\s*(?:of\s+)?(?P<ya>20\d\d)|(?P<yb>20\d\d)\s?Q(?P<b>[1-4])"
    r"|(?P<yc>20\d\d)\s*年\s*第?(?P<c>[一二三四1-4])\s*季度?"
    rf"|\b(?P<d>{'|'.join(_QUARTERS)}) quarter (?:of )?(?P<yd>20\d\d)",
    re.IGNORECASE,
)
_MONTH: Final = re.compile(r"(?<![\d个])(?P<m>1[0-2]|0?[1-9])\s*月份?")
_NUMBERED: Final = re.compile(
    r"第\s*(?P<n>\d{1,3}|[一二三四五六七八九十]{1,3})\s*(?P<of>[条章款期项批])"
)
_PART: Final = re.compile(
    r"\b(?P<name>room|unit|floor|block|building|annex|appendix|schedule|section|clause|article|phase"
    r"|lot|batch|grade|level|tier|line)\s+(?:no\.?\s*)?(?P<n>\d{1,3})\b"
    r"|(?P<han>附件|附表)\s*(?P<a>\d{1,3}|[一二三四五六七八九十]{1,3})"
    r"|(?<![\d.第])(?P<b>\d{1,3}|[一二三四五六七八九十]{1,3})\s*(?P<of>号楼|号仓库|号车间|单元|层|级)",
    re.IGNORECASE,
)
"""A part that is told from others by a small number."""
YEAR: Final = re.compile(
    r"(?<![\d.,¥$€£])(?<![A-Za-z])(?<![A-Za-z]-)(?P<y>(?:19|20)\d\d)(?![\d,.]*\d)"
)
"""A year by itself, not a part of a number, a sum or the name of a model."""
_MONTHS_BEFORE: Final = "|".join(f"{name.lower()}-" for name in MONTHS_SHORT)
_ONE_LETTER: Final = re.compile(r"[a-z][\u3400-\u9fff]")
_GROUP_MAX: Final = 3
"""Digits before a gap that parts thousands."""
_SCALES: Final = {"万": 10_000, "亿": 100_000_000}


def written_moments(text: str) -> list[Moment]:
    """The days, months and numbered parts that a question names: where, as written, and the forms
    by which they are met, without white space and commas, in small letters."""
    found = [
        ((day.start, day.end), text[day.start : day.end], _day_forms(day.value))
        for day in printed_dates(text, "dmy")
        if not _SUM_AFTER.match(text, day.end)
    ]
    found += [
        (m.span(), m[0], _month_forms(_month_number(m["name"]), m["y"] or ""))
        for m in _MONTH_ENGLISH.finditer(text)
        if m["y"] or (m["before"] and m["name"][0].isupper())
    ]
    found += [(m.span(), m[0], _quarter_forms(m)) for m in _QUARTER.finditer(text)]
    found += [(m.span(), m[0], _month_forms(int(m["m"]), m["y"])) for m in _MONTH_OF.finditer(text)]
    found += [(m.span(), m[0], _month_forms(int(m["m"]), "")) for m in _MONTH.finditer(text)]
    found += [(m.span(), m[0], _numbered_forms(m["n"], m["of"])) for m in _NUMBERED.finditer(text)]
    found += [(m.span(), m[0], _part_forms(m)) for m in _PART.finditer(text)]
    found += [(m.span(), m[0], year_forms(m["y"])) for m in _YEAR_SAID.finditer(text)]
    return found


def year_forms(year: str) -> frozenset[str]:
    """A year as it may be printed."""
    figures = year.translate(_HAN_DIGITS)
    return frozenset({year, f"{figures}年", f"{figures.replace('〇', '零')}年"})


def years_in(text: str) -> frozenset[str]:
    """The years that a text names, in four digits."""
    return frozenset(match["y"] for match in YEAR.finditer(text))


@lru_cache(maxsize=4_096)
def written_form(form: str) -> re.Pattern[str]:
    """How figures may be printed: with gaps and commas inside, but not as a part of longer ones."""
    edge = r"(?<![0-9.])(?<![0-9],)" if form[:1].isdigit() else ""
    if YEAR.fullmatch(form):
        # That of a model (TX-2031) is no year.
        edge += rf"(?<![a-z])(?:(?<![a-z]-)|(?<={_MONTHS_BEFORE}))"
    elif _ONE_LETTER.match(form):
        edge = r"(?<![a-z0-9])"
    end = r"(?!\.?[0-9])(?!,[0-9]{3})" if form[-1:].isdigit() else ""
    if form.isdigit() and len(form) <= _GROUP_MAX:
        end += r"(?!\s[0-9]{3}(?![0-9]))"
    return re.compile(edge + r"[\s,]{0,2}".join(map(re.escape, form)) + end)


def figure_forms(text: str) -> frozenset[str]:
    """Figures as they may stand in a text: 50万 is 500000, too; 5,000.00 is 5000."""
    solid = re.sub(r"[\s,]", "", text.casefold())
    scale = _SCALES.get(solid[-1:], 1)
    forms = {solid}
    try:
        amount = Decimal(solid.rstrip("万亿")) * scale
    except InvalidOperation:
        return frozenset(forms)
    if amount.is_finite() and abs(amount) < Decimal(10) ** 16 and not solid.startswith("0"):
        whole = money_text(amount)
        forms |= {whole, whole.removesuffix(".00")}
        for sign, size in _SCALES.items():
            scaled = money_text(amount / size).rstrip("0").rstrip(".")
            if amount >= size and len(scaled) < 8:
                forms.add(scaled + sign)
    return frozenset(forms)


def _day_forms(iso: str) -> frozenset[str]:
    year, month, day = iso.split("-")
    forms = {iso, year + month + day, f"{day}/{month}/{year}", f"{day}-{month}-{year}"}
    for m in {month, str(int(month))}:
        for d in {day, str(int(day))}:
            forms |= {
                f"{year}年{m}月{d}日",
                f"{year}/{m}/{d}",
                f"{year}.{m}.{d}",
                f"{year}-{m}-{d}",
            }
            for name in _month_names(int(month)):
                forms |= {f"{d}{name}{year}", f"{name}{d}{year}", f"{d}-{name}-{year}"}
    return frozenset(forms)


def _month_forms(month: int, year: str) -> frozenset[str]:
    names = tuple(_month_names(month))
    if not year:
        return frozenset(
            {f"{month}月", f"年{month:02}月", f"-{month:02}-", f"/{month:02}/", *names}
        )
    forms = {f"{name}{year}" for name in names}
    forms |= {f"{name}{day}{year}" for name in names for day in range(1, 32)}
    for m in {f"{month:02}", str(month)}:
        forms |= {f"{year}年{m}月", f"{year}-{m}", f"{year}/{m}", f"{year}.{m}", f"{m}/{year}"}
    return frozenset(forms)


def _month_number(name: str) -> int:
    return next(at for at, long in enumerate(_LONG_NAMES, 1) if long.startswith(name.lower()[:3]))


def _quarter_forms(match: re.Match[str]) -> frozenset[str]:
    way = next(each for each in "abcd" if match[each])
    year, told = match[f"y{way}"], match[way].lower()
    known = ("一", "二", "三", "四") if told in "一二三四" else _QUARTERS
    at = int(told) if told.isdigit() else known.index(told) + 1
    chinese, english = _DIGITS[at], _QUARTERS[at - 1]
    return frozenset(
        {f"{year}年第{chinese}季度", f"{year}年{chinese}季度", f"{year}年第{at}季度"}
        | {f"q{at}{year}", f"{year}q{at}", f"{year}-q{at}", f"{english}quarterof{year}"}
        | {f"{english}quarter{year}"}
    )


def _month_names(month: int) -> Iterator[str]:
    yield _LONG_NAMES[month - 1]
    yield MONTHS_SHORT[month - 1].lower()


def _numbered_forms(number: str, of: str) -> frozenset[str]:
    value = int(number) if number.isdigit() else _value(number)
    forms = {f"第{number}{of}"}
    if value is not None and value < 100:
        forms |= {f"第{value}{of}", f"第{_chinese(value)}{of}"}
    return frozenset(forms)


def _value(text: str) -> int | None:
    tens, has_ten, ones = text.partition("十")
    if not has_ten:
        return _DIGITS.index(text) if len(text) == 1 else None
    if len(tens) > 1 or len(ones) > 1:
        return None
    return (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)


def _part_forms(match: re.Match[str]) -> frozenset[str]:
    number = match["n"] or match["a"] or match["b"]
    value = int(number) if number.isdigit() else _value(number)
    told = [number] if value is None or value > 99 else [str(value), _chinese(value)]
    if match["name"]:
        return frozenset(f"{match['name'].lower()}{n}" for n in told[:1])
    if match["han"]:
        return frozenset(f"{match['han']}{n}" for n in told)
    return frozenset(f"{n}{match['of']}" for n in told)


def _chinese(value: int) -> str:
    tens, ones = divmod(value, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")
