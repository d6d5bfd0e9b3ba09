"""Days, months, quarters and years as people say them. Pure.

A `Unit` says a calendar's day, month, quarter, half or year; what year is meant where none is said
is settled by who reads several of them together (`periods`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from yuepi.documents.layout.dates import printed_dates

Grain = Literal["year", "half", "quarter", "month", "day"]
Days = tuple[date, date]
YEAR_MIN: Final = 1900
YEAR_MAX: Final = 2199
_GRAIN_MONTHS: Final = {"year": 12, "half": 6, "quarter": 3, "month": 1}


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of the text that says a stretch of the calendar.

    at: which half, quarter or month of the year, from 1; the month where `day` is given. fixed: the
    days themselves, where they follow from today.
    """

    start: int
    end: int
    grain: Grain = "day"
    year: int | None = None
    at: int = 1
    day: int = 0
    fixed: Days | None = None

    def days(self, year: int | None = None) -> Days | None:
        """Its first and last day, in that year where it says none; None for an impossible one."""
        if self.fixed is not None:
            return self.fixed
        within = self.year if self.year is not None else year
        if within is None or not YEAR_MIN <= within <= YEAR_MAX:
            return None
        if self.grain == "day":
            try:
                day = date(within, self.at, self.day)
            except ValueError:
                return None
            return day, day
        months = _GRAIN_MONTHS[self.grain]
        return _months(within, (self.at - 1) * months + 1, months)

    def latest(self, today: date) -> Days | None:
        """Its days; without a year the last that have begun."""
        here = self.days(today.year)
        if here is None or self.year is not None or here[0] <= today:
            return here or self.days(today.year - 1)
        return self.days(today.year - 1)


def _months(year: int, month: int, months: int) -> Days:
    """So many months from the first day of one; months may run over the year."""
    first, after = year * 12 + month - 1, year * 12 + month - 1 + months
    begin = date(first // 12, first % 12 + 1, 1)
    return begin, date(after // 12, after % 12 + 1, 1) - timedelta(days=1)


def months_from(today: date, back: int, months: int) -> Days:
    """So many months, the first of them `back` months before this one."""
    at = today.year * 12 + today.month - 1 - back
    return _months(at // 12, at % 12 + 1, months)


# --- Chinese -----------------------------------------------------------------------------------

_ZH_DIGITS: Final = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_YEAR_ZH: Final = (
    r"(?:(?P<y>(?:19|20)\d\d|\d\d(?=\s*年\s*(?:1[0-2]|0?[1-9])\s*月))\s*年度?"
    r"|(?P<ry>今年|本年度?|去年|上年度?|前年))"
)
_PART_ZH: Final = (
    r"(?:第?(?P<q>[一二三四1-4])\s*季度|[Qq](?P<q2>[1-4])(?![A-Za-z0-9])|(?P<h>[上下])半年"
    r"|(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])\s*月份?"
    r"(?:\s*(?P<d>[12]\d|3[01]|0?[1-9]|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])\s*[日号])?)"
)
_ZH: Final = (
    re.compile(rf"(?<![\d.,]){_YEAR_ZH}\s*的?\s*{_PART_ZH}"),
    re.compile(rf"(?<![\d.,]){_YEAR_ZH}"),
    re.compile(rf"(?<![\d.,年一二三四五六七八九十]){_PART_ZH}"),
)
_YEARS_AGO: Final = {"今年": 0, "本年": 0, "去年": 1, "上年": 1, "前年": 2}
_QUARTERS: Final = {"一": 1, "二": 2, "三": 3, "四": 4}


def _chinese(text: str, today: date) -> Iterator[Unit]:
    for pattern in _ZH:
        for match in pattern.finditer(text):
            said = match.groupdict()
            year = _year_zh(said, today)
            at = match.span()
            quarter = said.get("q") or said.get("q2")
            if quarter:
                number = _QUARTERS.get(quarter) or int(quarter)
                yield Unit(*at, "quarter", year, number)
            elif said.get("h"):
                yield Unit(*at, "half", year, 1 if said["h"] == "上" else 2)
            elif said.get("m"):
                month, day = count_zh(said["m"]), said.get("d")
                grain: Grain = "day" if day else "month"
                yield Unit(*at, grain, year, month, count_zh(day) if day else 0)
            elif year is not None:
                yield Unit(*at, "year", year)


def _year_zh(said: dict[str, str | None], today: date) -> int | None:
    figures, word = said.get("y"), said.get("ry")
    if figures:
        return int(figures) + (2000 if len(figures) == 2 else 0)
    return None if not word else today.year - _YEARS_AGO[word.removesuffix("度")]


def count_zh(text: str) -> int:
    """A count below a hundred in figures or Chinese: `3`, `三`, `十二`, `二十`."""
    if text.isdigit():
        return int(text)
    tens, has_ten, ones = text.rpartition("十")
    if not has_ten:
        return _ZH_DIGITS.get(text, 0)
    return (_ZH_DIGITS.get(tens, 1) if tens else 1) * 10 + _ZH_DIGITS.get(ones, 0)


# --- English -----------------------------------------------------------------------------------

_MONTHS: Final = (
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sept", "sep"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
_MONTH: Final = {name: at for at, names in enumerate(_MONTHS, 1) for name in names}
_NAME: Final = "(?P<mon>" + "|".join(sorted(_MONTH, key=len, reverse=True)) + r")(?![A-Za-z])\.?"
_YEAR_EN: Final = r"(?P<y>(?:19|20)\d\d)(?![\d%])"
_QUARTER_EN: Final = (
    r"(?:(?P<qo>first|1st|second|2nd|third|3rd|fourth|4th)\s+quarter|[Qq](?P<q>[1-4])(?!\w))"
)
_OF: Final = r"(?:\s*,)?\s+(?:of\s+)?"
_THIS: Final = r"(?:(?:the\s+)?(?:last|past|this)\s+)?"
_YEAR_TOO: Final = rf"(?:{_YEAR_EN}|(?P<ry>this|last|the current|the previous)\s+year\b)"
_EN: Final = tuple(
    re.compile(rf"(?<![A-Za-z0-9]){pattern}", re.IGNORECASE)
    for pattern in (
        rf"{_QUARTER_EN}{_OF}{_YEAR_TOO}",
        rf"{_YEAR_EN}\s*{_QUARTER_EN}",
        rf"{_THIS}{_QUARTER_EN}",
        rf"(?:the\s+)?(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\s+(?:of\s+)?{_NAME}",
        rf"{_NAME}\s+(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\d.%]|,\d)",
        rf"{_NAME}{_OF}{_YEAR_TOO}",
        rf"{_THIS}{_NAME}",
    )
)
_ORDINAL: Final = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3}
_MAY_BEFORE: Final = re.compile(
    r"(?i)(?:\b(?:in|since|from|of|until|till|before|after|last|this|during|to|and|by|between|"
    r"through|for|early|late)|[-–,\d]|(?:st|nd|rd|th))\s*$"
)


def _english(text: str, today: date) -> Iterator[Unit]:
    for pattern in _EN:
        for match in pattern.finditer(text):
            said = match.groupdict()
            year = _year_en(said, today)
            at = match.span()
            quarter = said.get("qo") or said.get("q")
            if quarter:
                number = int(quarter) if quarter.isdigit() else _ORDINAL.get(quarter.lower(), 4)
                yield Unit(*at, "quarter", year, number)
            elif _is_month(text, match, year):
                month, day = _MONTH[match["mon"].lower()], said.get("d")
                grain: Grain = "day" if day else "month"
                yield Unit(*at, grain, year, month, int(day) if day else 0)


def _year_en(said: dict[str, str | None], today: date) -> int | None:
    if said.get("y"):
        return int(said["y"] or 0)
    word = said.get("ry")
    if not word:
        return None
    return today.year - (1 if word.lower() in ("last", "the previous") else 0)


def _is_month(text: str, match: re.Match[str], year: int | None) -> bool:
    """`may`, `march`, `mar` and `dec` are other words too."""
    name, start = match["mon"], match.start("mon")
    if name.lower() != "may":
        return True
    return year is not None or bool(_MAY_BEFORE.search(text[:start]))


# --- figures, and what follows from today --------------------------------------------------------

_MONTH_FIGURES: Final = re.compile(
    r"(?<![\w./-])(?P<y>20\d\d)[-/.](?P<m>1[0-2]|0[1-9]|[1-9](?!\d))(?![\w%]|[-/.]\d)"
)
_BARE_YEAR: Final = re.compile(
    r"(?<![A-Za-z0-9\-/.,¥$€£#~_])(?P<y>19[89]\d|20[0-4]\d)"
    r"(?![A-Za-z0-9%_]|[-/.,]\d|\s*(?:元|万|块|亿|以上|以下|以内|左右|个|份|张|页|台|件|人|天"
    r"|yuan|rmb|usd|eur|dollars|euros|pages|items|pieces|or\s))"
)
_COMPARES: Final = re.compile(
    r"(?i)(?:over|above|under|below|than|least|most|about|around|up\s+to|exceeding|>=?|<=?|≥|≤"
    r"|大于|超过|高于|多于|低于|小于|少于|不到|不足|至少|至多|约|大概|等于|no\.?|number|号码?)\s*$"
)
_SAID_ZH: Final = re.compile(
    r"(?P<day>今[天日]|昨[天日]|前天)|(?P<this>本|这个?|当)(?P<tu>周|星期|月|季度)"
    r"|(?P<last>上上个?|上一?个?)(?P<lu>周|星期|月|季度)"
    r"|(?:最近|近|过去)(?P<n>\d{1,3}|[二三]?十[一二三四五六七八九]?|[一二两三四五六七八九]|半)\s*个?"
    r"(?P<nu>天|日|周|星期|月|季度|年)(?:[以之]?[内来])?"
)
_SAID_EN: Final = re.compile(
    r"(?i)(?<![a-z])(?:(?P<day>today|yesterday|the day before yesterday)"
    r"|(?:the\s+)?(?P<which>this|current|last|previous|past)\s+(?P<u>week|month|quarter|year)"
    r"|(?:the\s+)?(?:last|past|previous)\s+(?P<n>\d{1,3}|one|two|three|four|five|six|seven|eight"
    r"|nine|ten|twelve|few|couple of)\s+(?P<nu>day|week|month|quarter|year)s?)(?:['’]s)?(?![a-z])"
)
_COUNTS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "few": 3, "couple of": 2,
}  # fmt: skip
_DAYS_AGO: Final = {"今": 0, "昨": 1, "前": 2}
_SAME: Final = {
    "周": "week", "星期": "week", "月": "month", "季度": "quarter", "天": "day", "日": "day",
    "年": "year",
}  # fmt: skip


_IS_AMOUNT: Final = re.compile(r"\s*(?:[万千百亿元块]|多?[万千百]|美元|欧元|[,.]\d)")


def _figures(text: str, today: date) -> Iterator[Unit]:
    for moment in printed_dates(text, None):
        if _IS_AMOUNT.match(text, moment.end) and text[moment.end - 1].isdigit():
            # 2024年7月23万以上: July, and 23 is the amount.
            continue
        day = date.fromisoformat(moment.value)
        yield Unit(moment.start, moment.end, "day", day.year, day.month, day.day)
    for match in _MONTH_FIGURES.finditer(text):
        yield Unit(*match.span(), "month", int(match["y"]), int(match["m"]))
    for match in _BARE_YEAR.finditer(text):
        if int(match["y"]) <= today.year + 5 and not _COMPARES.search(text[: match.start()]):
            yield Unit(*match.span(), "year", int(match["y"]))


def _said(text: str, today: date) -> Iterator[Unit]:
    for match in _SAID_ZH.finditer(text):
        if match["day"]:
            ago = timedelta(days=_DAYS_AGO[match["day"][0]])
            days: Days = (today - ago, today - ago)
        elif match["n"]:
            half = match["n"] == "半"
            unit = _SAME[match["nu"]]
            if half and unit != "year":
                continue
            days = back(today, 6, "month") if half else back(today, count_zh(match["n"]), unit)
        else:
            ago_units = 0 if match["this"] else len(match["last"].rstrip("一个"))
            days = whole(today, _SAME[match["tu"] or match["lu"]], ago_units)
        yield Unit(*match.span(), fixed=days)
    for match in _SAID_EN.finditer(text):
        if match["day"]:
            word = match["day"].lower()
            ago = timedelta(days=2 if word.startswith("the") else int(word == "yesterday"))
            days = (today - ago, today - ago)
        elif match["n"]:
            told = match["n"].lower()
            days = back(today, _COUNTS.get(told) or int(told), match["nu"].lower())
        else:
            days = whole(today, match["u"].lower(), int(match["which"].lower() not in _NOW))
        yield Unit(*match.span(), fixed=days)


_NOW: Final = ("this", "current")


def whole(today: date, unit: str, ago: int) -> Days:
    """This calendar week, month, quarter or year, or that many before it."""
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * ago)
        return monday, monday + timedelta(days=6)
    if unit == "month":
        return months_from(today, ago, 1)
    if unit == "quarter":
        return months_from(today, (today.month - 1) % 3 + 3 * ago, 3)
    return date(today.year - ago, 1, 1), date(today.year - ago, 12, 31)


def back(today: date, count: int, unit: str) -> Days:
    """The last so many days, weeks, months, quarters or years, up to today."""
    if unit in ("day", "week"):
        return today - timedelta(days=count * (7 if unit == "week" else 1) - 1), today
    months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
    first = months_from(today, months, 1)[0]
    last_of_month = months_from(today, months, 1)[1].day
    return first.replace(day=min(today.day, last_of_month)) + timedelta(days=1), today


def units_in(text: str, today: date) -> list[Unit]:
    """All that says a stretch of the calendar, from left to right, none over another."""
    told = (*_figures(text, today), *_chinese(text, today), *_english(text, today))
    found: list[Unit] = []
    # The longest first: parts of a whole date look like months and years.
    for unit in sorted((*told, *_said(text, today)), key=lambda unit: unit.start - unit.end):
        overlaps = any(one.start < unit.end and unit.start < one.end for one in found)
        if not overlaps and unit.latest(today) is not None:
            found.append(unit)
    return sorted(found, key=lambda unit: unit.start)
