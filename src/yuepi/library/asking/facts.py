"""The figures, days and codes that a text states, in forms that can be compared. Pure.

1,234.50, 1234.5 and 壹仟贰佰叁拾肆元伍角 are one amount, 5万 is 50000, 三个月 is 3 months; March
5, 2024 and 2024年3月5日 are one day. What could be read in two ways is compared as it is written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from yuepi.documents.layout.dates import printed_dates
from yuepi.kit.money import parse_amount

TEXT_CHARACTERS_MAX: Final = 20_000

_UNITS: Final[tuple[tuple[str, str], ...]] = (
    ("workday", r"个?工作日|(?:working|business)[ -]?days?"),
    ("month", r"个?月|months?|mths?"),
    ("year", r"周?年|years?|yrs?"),
    ("day", r"日历[日天]|日|天|(?:calendar )?days?"),
    ("week", r"周|星期|weeks?"),
    ("minute", r"分钟|minutes?|mins?"),
    ("second", r"秒钟?|seconds?"),
    ("hour", r"个?小时|hours?|hrs?"),
    ("percent", r"[%％]|个?百分点|per ?cent"),
    ("permille", r"‰"),
    ("yuan", r"元|圆|块钱|人民币|rmb|cny|yuan"),
    ("dollar", r"美元|usd|us dollars?|dollars?"),
    ("euro", r"欧元|eur|euros?|€"),
    ("pound", r"英镑|gbp|pounds?|£"),
    ("ringgit", r"林吉特|myr|rm|ringgit"),
    (
        "piece",
        r"台|件|份|套|箱|个(?![月工小百])|张|名|人|次|条|本|辆|间|晚|公里|km|pcs|sets?|copies",
    ),
)
_UNIT: Final = "|".join(f"(?P<{name}>{form})" for name, form in _UNITS)
_MARKS: Final = {"¥": "yuan", "$": "dollar", "€": "euro", "£": "pound", "rm": "ringgit"}
_SCALE: Final = {
    "万亿": Decimal(10) ** 12, "亿": Decimal(10) ** 8, "千万": Decimal(10) ** 7,
    "百万": Decimal(10) ** 6, "十万": Decimal(10) ** 5, "万": Decimal(10) ** 4,
    "千": Decimal(1000), "billion": Decimal(10) ** 9, "million": Decimal(10) ** 6,
    "thousand": Decimal(1000), "bn": Decimal(10) ** 9, "k": Decimal(1000),
}  # fmt: skip
_SCALES: Final = "|".join(sorted(_SCALE, key=len, reverse=True))
_NUMBER: Final = re.compile(
    rf"(?P<mark>¥|\$|€|£|(?<![a-z])(?:rmb|cny|usd|eur|gbp|myr|rm))?\s?"
    rf"(?<![\da-z.])(?P<n>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\da-z]*\d)"
    rf"\s?(?P<scale>(?:{_SCALES})(?![a-z]))?\s?-?(?:(?:{_UNIT})(?![a-z]))?"
)
_CODE: Final = re.compile(
    r"(?<![a-z\d])(?=[a-z\d/-]*\d)(?=[a-z\d/-]*[a-z]|\d{9})[a-z\d]+(?:[/-][a-z\d]+)*"
)
_SHARES: Final = {"百分之": "percent", "千分之": "permille", "万分之": "permyriad"}
_NUMERALS: Final = "零〇一二两三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟"
_CHINESE: Final = re.compile(
    rf"(?P<share>百分之|千分之|万分之)?(?P<n>[{_NUMERALS}][{_NUMERALS}万亿点]*)(?P<u>\s?(?:个?工作日|个?月|周?年|日|天|周"
    r"|星期|个?小时|元|圆|块|台|件|份|套|箱|个|张|名|人|次|条|本|辆|间|倍|期|%)?)"
)
_WORDED: Final = re.compile(
    r"[零〇壹贰叁肆伍陆柒捌玖拾佰仟一二三四五六七八九十百千万亿]{2,}[元圆](?:[整正]|[零壹贰叁肆伍陆柒捌玖角分]+)?"
)
_ENGLISH: Final = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100,
}  # fmt: skip
_ENGLISH_NUMBER: Final = re.compile(
    r"\b(?P<n>"
    + "|".join(_ENGLISH)
    + rf")\b(?:\s?\((?P<same>\d+)\))?[\s-]?(?:(?:{_UNIT})(?![a-z]))?"
)
_PART_DAY: Final = re.compile(
    r"(?:(?P<y>(?:19|20)\d\d)\s?(?:年|[-/.](?=\d)))?\s?(?P<m>1[0-2]|0?[1-9])\s?月(?:\s?(?P<d>3[01]|[12]\d|0?[1-9])\s?[日号])?"
    r"|(?<!\d)(?P<only>(?:19|20)\d\d)\s?年"
)
_MONTH_NAMES: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTH_YEAR: Final = re.compile(rf"\b(?P<name>{_MONTH_NAMES})[a-z]*\.?,?\s+(?P<y>(?:19|20)\d\d)\b")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, "" where none stands beside it. value: a plain decimal string."""

    value: str
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day, a month or a year: ISO, as far as it goes (`2024-03`, `2024`, `--03-05`)."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text states. solid: all of it, small and without white space, for what is compared
    as it is written."""

    figures: tuple[Figure, ...]
    days: tuple[Day, ...]
    codes: tuple[str, ...]
    solid: str


def facts_of(text: str) -> Facts:
    """The facts of a text; each character is part of one fact at most."""
    plain = unicodedata.normalize("NFKC", text[:TEXT_CHARACTERS_MAX]).casefold()
    solid = re.sub(r"\s", "", plain)
    rest, days = _days(plain)
    rest, codes = _codes(rest)
    figures = [*_worded(rest)]
    rest = _WORDED.sub(_blank, rest)
    figures += _english(rest)
    rest = _ENGLISH_NUMBER.sub(_blank, rest)
    figures += _plain_numbers(rest)
    rest = _NUMBER.sub(_blank, rest)
    figures += _chinese(rest)
    return Facts(tuple(figures), tuple(days), tuple(codes), solid)


def same_unit(one: str, other: str) -> bool:
    """Whether two units do not contradict each other."""
    return not one or not other or one == other


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _days(text: str) -> tuple[str, list[Day]]:
    found: list[Day] = []
    for day in printed_dates(text, None):
        found.append(Day(day.value, text[day.start : day.end]))
        text = text[: day.start] + " " * (day.end - day.start) + text[day.end :]
    for match in re.finditer(r"(?<![\d./-])\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?![\d./-])", text):
        # A day that could be two: compared as it is written.
        found.append(Day("", match[0]))
        text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
    for match in _PART_DAY.finditer(text):
        if match["only"]:
            found.append(Day(match["only"], match[0]))
        else:
            of_day = f"-{int(match['d']):02}" if match["d"] else ""
            found.append(Day(f"{match['y'] or '-'}-{int(match['m']):02}{of_day}", match[0]))
        text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
    for match in _MONTH_YEAR.finditer(text):
        month = _MONTH_NAMES.split("|").index(match["name"]) + 1
        found.append(Day(f"{match['y']}-{month:02}", match[0]))
        text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
    return text, found


def _codes(text: str) -> tuple[str, list[str]]:
    found: list[str] = []
    for match in _CODE.finditer(text):
        if _NUMBER.fullmatch(match[0]) and len(match[0]) < 9:
            continue
        found.append(re.sub(r"[-/]", "", match[0]))
        text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
    return text, found


def _worded(text: str) -> list[Figure]:
    found = []
    for match in _WORDED.finditer(text):
        amount = parse_amount(match[0])
        if amount is not None:
            found.append(Figure(_decimal(amount), "yuan", match[0]))
    return found


def _english(text: str) -> list[Figure]:
    return [
        Figure(match["same"] or str(_ENGLISH[match["n"]]), _unit(match), match[0])
        for match in _ENGLISH_NUMBER.finditer(text)
    ]


def _plain_numbers(text: str) -> list[Figure]:
    found = []
    for match in _NUMBER.finditer(text):
        try:
            value = Decimal(match["n"].replace(",", "")) * _SCALE.get(match["scale"] or "", 1)
        except InvalidOperation:
            continue
        mark = (match["mark"] or "").strip()
        named = {"rmb": "yuan", "cny": "yuan", "usd": "dollar", "eur": "euro", "gbp": "pound"}
        unit = _MARKS.get(mark) or named.get(mark) or ("ringgit" if mark == "myr" else "")
        found.append(Figure(_decimal(value), unit or _unit(match), match[0].strip()))
    return found


def _unit(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return next((name for name, _ in _UNITS if groups.get(name)), "")


def _chinese(text: str) -> list[Figure]:
    found = []
    for match in _CHINESE.finditer(text):
        share, unit = match["share"], match["u"].strip()
        if not share and not unit and len(match["n"]) < 2:
            continue
        value = _value(match["n"])
        if value is None:
            continue
        name = _SHARES.get(share or "")
        if name is None:
            known = re.fullmatch(_UNIT, unit) if unit else None
            name = "" if known is None else _unit(known)
        found.append(Figure(_decimal(value), name, match[0]))
    return found


def _value(numerals: str) -> Decimal | None:
    whole, _, part = numerals.partition("点")
    if part:
        head, tail = _value(whole), [_DIGITS.get(sign) for sign in part]
        if head is None or None in tail:
            return None
        return head + Decimal("0." + "".join(map(str, tail)))
    if len(whole) == 1 and whole in _DIGITS:
        return Decimal(_DIGITS[whole])
    return parse_amount(whole + "元")


_DIGITS: Final = {sign: at for at, sign in enumerate("零一二三四五六七八九十")} | {
    "〇": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8,
    "玖": 9, "拾": 10,
}  # fmt: skip


def _decimal(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
