"""Stretches of time in a question: from, until, between, since, before, when it was added. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from yuepi.library.understanding.days import Days, Unit, count_zh, units_in

_BETWEEN: Final = re.compile(
    r"\s*(?:(?P<to>到|至|~|～|—+|–|-|to|until|through|till)|(?P<and>and|和|与|、))\s*",
    re.IGNORECASE,
)
_DAY_BEFORE: Final = re.compile(
    r"(?<![\d.,])(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\s*[日号]?"
    r"\s*(?:到|至|~|～|—+|–|-|to|and|until|through)\s*$",
    re.IGNORECASE,
)
_DAY_AFTER: Final = re.compile(
    r"\s*(?:到|至|~|～|—+|–|-)\s*(?P<d>[12]\d|3[01]|0?[1-9]|[二三]?十[一二三四五六七八九]?"
    r"|[一二三四五六七八九])\s*[日号]"
)
_BEFORE: Final = re.compile(
    r"(?:(?P<added>\b(?:added|uploaded|imported|stored)\s+)"
    r"|(?:\b(?:issued|dated|signed|made|written|concluded)\s+))?"
    r"(?:\b(?P<word>since|starting(?:\s+from|\s+in)?|after|before|until|till|by|from|in|on|during|of"
    r"|for|dated|between)\s+|(?P<zh>自从|自|截至到?|截止到?|介于|从|在|于))?(?:\bthe\s+)?$",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"\s*(?:(?P<since>以来|起始|起|开始|至今|到现在|以后|之后|后(?!的?[一二三四\d])|(?:and|or)\s+later\b"
    r"|onwards?\b)|(?P<until>以前|之前|前(?![一二两三四五六七八九十\d半台]))"
    r"|(?P<within>之间|期间|以内|之内|内))?"
    r"\s*(?:(?P<added>新?(?:上传|添加|加入|加进来?|放进来?|入库|导入|存入|[加传](?=的)))的?"
    r"|(?:签订|签署|签|开具|开出|开|出具|产生|发生)的|的(?!确))?"
)
_NOT_ITS_DAY: Final = re.compile(
    r"\s*(?:到期|过期|届满|生效|交货|交付|付款|还款|截止|(?:will\s+)?expir|due\b)", re.IGNORECASE
)
_NOT_ITS_DAY_BEFORE: Final = re.compile(
    r"(?:expir\w+|due|valid|ends|ending|delivered|delivery)\s+(?:\w+\s+)?$"
    r"|(?:有效期|[租保]期|质保期|服务期|期限|到期日?|期满|届满|截止日?|终止日?|交货|交付|付款|还款)"
    r"[^\s,，。的]{0,3}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Period:
    """A piece of the text that limits days: of the document, or (`added`) of when it came."""

    start: int
    end: int
    first: date | None
    last: date | None
    added: bool = False


def periods_in(text: str, today: date) -> list[Period]:
    """All stretches of time, from left to right. Expiry, delivery and the like are none."""
    found: list[Period] = []
    for start, end, days in _ranges(text, units_in(text, today), today):
        period = _limited(text, start, end, days)
        if period is not None and (not found or period.start >= found[-1].end):
            found.append(period)
    return found


def _ranges(text: str, units: list[Unit], today: date) -> list[tuple[int, int, Days]]:
    ranges: list[tuple[int, int, Days]] = []
    at = 0
    while at < len(units):
        unit = units[at]
        after = units[at + 1] if at + 1 < len(units) else None
        joined = _joined(text, unit, after, today) if after is not None else None
        if joined is not None and after is not None:
            ranges.append((unit.start, after.end, joined))
            at += 2
            continue
        days = unit.latest(today)
        if days is not None:
            ranges.append(_with_bare_day(text, unit, days))
        at += 1
    return ranges


def _joined(text: str, unit: Unit, after: Unit, today: date) -> Days | None:
    """From the one to the other, the year that only one of them says for both."""
    link = _BETWEEN.fullmatch(text[unit.end : after.start])
    if link is None:
        return None
    end = after.latest(today)
    if after.year is None and after.fixed is None and unit.year is not None:
        end = after.days(unit.year)
        begin = unit.days()
        if begin is not None and end is not None and end[1] < begin[0]:
            end = after.days(unit.year + 1)
    if end is None:
        return None
    begin = unit.days(end[0].year)
    if begin is not None and unit.year is None and begin[0] > end[1]:
        begin = unit.days(end[0].year - 1)
    if begin is None or begin[0] > end[1]:
        return None
    between = re.search(r"(?i)(?:between|介于|在)\s*$", text[: unit.start])
    follows = begin[1] + timedelta(days=1) == end[0]
    return (begin[0], end[1]) if link["to"] or between or follows else None


def _with_bare_day(text: str, unit: Unit, days: Days) -> tuple[int, int, Days]:
    """`1 to 15 March`, `3月1日到15日`: a day that leaves its month to the other."""
    if unit.grain != "day" or unit.fixed is not None:
        return unit.start, unit.end, days
    before = _DAY_BEFORE.search(text[: unit.start])
    other = replace(unit, day=int(before["d"])).days(days[0].year) if before else None
    if before is not None and other is not None and other[0] < days[0]:
        return before.start(), unit.end, (other[0], days[1])
    after = _DAY_AFTER.match(text, unit.end)
    other = replace(unit, day=count_zh(after["d"])).days(days[0].year) if after else None
    if after is not None and other is not None and other[0] > days[0]:
        return unit.start, after.end(), (days[0], other[1])
    return unit.start, unit.end, days


def _limited(text: str, start: int, end: int, days: Days) -> Period | None:
    if _NOT_ITS_DAY.match(text, end) or _NOT_ITS_DAY_BEFORE.search(text[:start]):
        return None
    before = _BEFORE.search(text[:start])
    after = _AFTER.match(text, end)
    word = ((before["word"] or before["zh"] or "") if before else "").lower()
    first, last = _cut(days, word, after)
    added = bool(before and before["added"]) or bool(after and after["added"])
    begin = before.start() if before else start
    return Period(begin, after.end() if after else end, first, last, added)


def _cut(days: Days, word: str, after: re.Match[str] | None) -> tuple[date | None, date | None]:
    first, last = days
    one = timedelta(days=1)
    try:
        if (after is not None and after["until"]) or word == "before":
            return None, first - one
        if (after is not None and after["since"]) or word.startswith(("since", "starting", "自")):
            return first, None
        if word == "after":
            return last + one, None
    except OverflowError:
        return first, last
    if word in ("until", "till", "by") or word.startswith("截"):
        return None, last
    return first, last
