"""Amounts, days and numbers in a line of text, each with its place in it. Pure.

An amount is one where a currency or two decimals say so: `￥1,234.50`, `50万元`, `US$3.5 million`,
`人民币伍拾万元整`. A number has four digits at least, or letters and digits mixed; a year alone is
none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.dates import printed_dates
from yuepi.kit.money import parse_amount

LINE_CHARACTERS_MAX: Final = 2_000
"""Of one line; what stands further right is not looked at."""
_SCALES: Final = {
    "万": 10**4,
    "萬": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "億": 10**8,
    "thousand": 10**3,
    "million": 10**6,
    "mio": 10**6,
    "billion": 10**9,
    "bn": 10**9,
}
_MARK: Final = (
    r"(?:US|HK|NT|NZ|[SAC])\$|[$€£¥₹₩₫฿]|人民币|美元|港[元币]|欧元|英镑|日元"
    r"|(?<![A-Za-z])(?:RMB|CNY|USD|HKD|TWD|SGD|MYR|AUD|CAD|NZD|EUR|GBP|CHF|JPY|INR|THB|RM)(?![A-Za-z])"
    r"|(?<![A-Za-z])RM(?=\d)"
)
_UNIT: Final = (
    r"美元|港元|港币|欧元|英镑|日元|新元|澳元|加元|[元圆圓]|人民币"
    # Before figures it is the mark of the next amount.
    r"|(?:(?:RMB|CNY|USD|HKD|EUR|GBP|JPY|SGD|MYR)(?![A-Za-z])"
    r"|(?:yuan|dollars?|euros?|pounds?|ringgit)(?![a-z])|€|£)(?!\s?\d)"
)
_AMOUNT: Final = re.compile(
    rf"(?<![\d.,])(?P<minus>(?<!\w)-\s?)?(?P<mark>(?:{_MARK})\s?[:：]?\s?)?(?P<less>-)?"
    r"(?P<n>\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?|\d{1,13}(?:\.\d{1,6})?)(?![\d%‰]|\.\d|(?<!\.\d\d),\d{3})"
    rf"(?:\s?(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})(?![a-z]))?"
    rf"(?:\s?(?P<unit>{_UNIT}))?",
    re.IGNORECASE,
)
_WORDS: Final = re.compile(
    r"[零〇一二三四五六七八九十百千壹贰貳叁參肆伍陆陸柒捌玖拾佰仟两万萬亿億]{2,30}[元圆圓]"
    r"(?:[零壹贰貳叁參肆伍陆陸柒捌玖]{1,2}角)?(?:零?[壹贰貳叁參肆伍陆陸柒捌玖]分)?[整正]?"
)
_TWO_DECIMALS: Final = re.compile(r"\.\d\d$")
_EURO: Final = re.compile(r"(?i)€|EUR|欧元|CHF")
_COMMA_DECIMALS: Final = re.compile(r",\d")
_POINT_THOUSANDS: Final = re.compile(r"\.\d{3}$")
_DIGITS_BEFORE: Final = re.compile(r"\d[ ’']$")
_CODE: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:\d{4}(?: \d{4}){2,5}(?: \d{1,3})?"
    r"|[A-Za-z0-9]+(?:[-_/.#][A-Za-z0-9]+){0,8})"
    r"(?![A-Za-z0-9])"
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_DIGITS_MIN: Final = 4
_MIXED_MIN: Final = 5
_CODE_CHARACTERS_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Printed:
    """One thing in a line: an amount, an ISO day, or else a number."""

    text: str
    start: int
    end: int
    amount: Decimal | None = None
    day: str | None = None


def printed_things(line: str) -> list[Printed]:
    """What stands in a line, in order; no two share a character."""
    line = line[:LINE_CHARACTERS_MAX]
    if not any(sign.isdigit() or sign in "元圆圓" for sign in line):
        return []
    found = [
        Printed(line[moment.start : moment.end], moment.start, moment.end, day=moment.value)
        for moment in printed_dates(line, None)
    ]
    plain = narrow(line)
    for things in (_amounts(plain), _numbers(plain)):
        taken = list(found)
        found += (
            each
            for each in things
            if not any(one.start < each.end and each.start < one.end for one in taken)
        )
    return sorted(found, key=lambda each: each.start)


def _amounts(plain: str) -> Iterator[Printed]:
    for match in _WORDS.finditer(plain):
        amount = parse_amount(match[0])
        if amount is not None:
            yield Printed(match[0], match.start(), match.end(), amount)
    for match in _AMOUNT.finditer(plain):
        money = match["mark"] or match["unit"]
        if _is_continental(plain, match):
            continue
        if not money and (match["scale"] or not _TWO_DECIMALS.search(match["n"])):
            continue
        amount = parse_amount(match["n"], ".")
        if amount is None:
            continue
        amount *= _SCALES[match["scale"].lower()] if match["scale"] else 1
        yield Printed(
            match[0],
            match.start(),
            match.end(),
            -amount if match["minus"] or match["less"] else amount,
        )


def _is_continental(plain: str, match: re.Match[str]) -> bool:
    """Whether points may part thousands and a comma decimals, or the figures began before: such an
    amount is not taken, because its digits would be wrong (`€99,95`, `50.000 EUR`, `1’234.50`)."""
    before = plain[max(0, match.start("n") - 2) : match.start("n")]
    euro = _EURO.search(f"{match['mark'] or ''}{match['unit'] or ''}") is not None
    if _DIGITS_BEFORE.search(before) and (euro or before.endswith(("’", "'"))):
        return True
    comma = _COMMA_DECIMALS.match(plain, match.end("n"))
    return euro and bool(comma or (_POINT_THOUSANDS.search(match["n"]) and not match["scale"]))


def _numbers(plain: str) -> Iterator[Printed]:
    for match in _CODE.finditer(plain):
        text = match[0]
        digits = sum(sign.isdigit() for sign in text)
        letters = sum(sign.isalpha() for sign in text)
        mixed = bool(digits and letters) and digits + letters >= _MIXED_MIN
        if len(text) > _CODE_CHARACTERS_MAX or not (digits >= _DIGITS_MIN or mixed):
            continue
        if not _YEAR.fullmatch(text):
            yield Printed(text, match.start(), match.end())
