"""Dates on paper and questions about them: `是否在过去90天内?`, `Is it before May?`. Pure."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from yuepi.engines.ocr import pairs
from yuepi.engines.ocr.amounts import invoice_code
from yuepi.engines.ocr.fields import Field
from yuepi.engines.ocr.page import HAS_CJK, SCORE_MIN, Page, plain
from yuepi.engines.ocr.pairs import Hit
from yuepi.kit.boxes import Box


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included; None is open. `text` is what was asked."""

    first: date | None
    last: date | None
    text: str
    negated: bool = False

    def holds(self, day: date) -> bool:
        """Whether the day answers the question with yes."""
        inside = (self.first is None or self.first <= day) and (
            self.last is None or day <= self.last
        )
        return inside != self.negated


@dataclass(frozen=True, slots=True)
class DateQuestion:
    """A span of days found in a question and what stands before it: whose date is meant."""

    subject: str
    span: Span


@dataclass(frozen=True, slots=True)
class Day:
    """A date of a page; value None: it cannot be told, `why` says which kind of doubt."""

    value: date | None
    label: str = ""
    box: Box | None = None
    support: tuple[str, ...] = ()
    why: str = ""


_MONTHS: Final = {name.lower(): n for n, name in enumerate(calendar.month_abbr) if name} | {
    name.lower(): n for n, name in enumerate(calendar.month_name) if name
}
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_PRINTED: Final = (
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]"),
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d\d)(?!\d)"),
    re.compile(
        r"(?<!\d)(?P<y>(?:19|20)\d\d)\s?(?P<s>[-/.])\s?(?P<m>\d{1,2})\s?(?P=s)\s?"
        r"(?P<d>\d\d(?=\d\d:\d\d)|\d{1,2}(?!\d))"
    ),
    re.compile(r"(?<!\d)(?P<y>20\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?!\d)"),
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s\-./]*(?P<w>{_MONTH})(?![a-z])\.?[\s\-.,/]*"
        r"(?P<y>(?:19|20)\d\d)(?!\d)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<![a-z])(?P<w>{_MONTH})(?![a-z])\.?\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+"
        r"(?P<y>(?:19|20)\d\d)(?!\d)",
        re.IGNORECASE,
    ),
)
_FIGURES: Final = re.compile(
    r"(?<![\d./-])(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<y>(?:19|20)\d\d)(?![\d./-])"
)
_COUNT: Final = r"(?P<n>\d{1,4}|[一二两三四五六七八九十半]{1,3})"
_UNIT_ZH: Final = r"(?P<u>天|日|周|个?星期|个?月|季度|年)"
_WITHIN: Final = (
    re.compile(
        rf"(?:在)?(?:过去|最近|近|前|此前|今天之前|近期)(?:的)?\s*{_COUNT}\s*个?{_UNIT_ZH}"
        r"(?:之内|以内|内|里|中)?"
    ),
    re.compile(rf"(?:在)?\s*{_COUNT}\s*个?{_UNIT_ZH}\s*(?:之内|以内|内)"),
    re.compile(
        r"(?:with)?in\s+(?:the\s+)?(?:last|past|previous)\s+"
        rf"{_COUNT}?\s*(?P<u>days?|weeks?|months?|years?)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:within|less than|no more than|not more than)\s+{_COUNT}\s*"
        r"(?P<u>days?|weeks?|months?|years?)(?:\s+(?:ago|old|of today))?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:the\s+)?(?:last|past)\s+{_COUNT}\s*(?P<u>days?|weeks?|months?|years?)", re.IGNORECASE
    ),
)
_OLDER: Final = (
    re.compile(rf"(?:超过|早于|超出|大于|已过|过了|多于)(?:了)?\s*{_COUNT}\s*个?{_UNIT_ZH}"),
    re.compile(rf"{_COUNT}\s*个?{_UNIT_ZH}\s*(?:以前|之前|前)"),
    re.compile(
        rf"(?:older than|more than|over)\s+{_COUNT}\s*(?P<u>days?|weeks?|months?|years?)"
        r"(?:\s+(?:ago|old))?",
        re.IGNORECASE,
    ),
)
_NAMED: Final = re.compile(
    r"今天|今日|昨天|本月|这个月|上个?月|今年|本年度?|去年"
    r"|this month|last month|this year|last year|(?<!of )today|yesterday",
    re.IGNORECASE,
)
_NEGATION: Final = re.compile(
    r"是否不在|不在|(?<!有)没有在|(?<!n)not (?:with)?in|n't (?:with)?in", re.I
)
_NOT: Final = re.compile(
    r"(?:不得?|未|并未|(?<!有)没有?|\bnot?|n't)\s*(?:be\s+|in\s+)?$", re.IGNORECASE
)
"""Before a word it turns it round: 不超过90天, no later than."""
_BEFORE: Final = re.compile(r"(?:早于|before|earlier than|prior to)(?:\s+the)?\W*$", re.IGNORECASE)
_AFTER: Final = re.compile(r"(?:晚于|迟于|after|later than)(?:\s+the)?\W*$", re.IGNORECASE)
_FROM: Final = re.compile(r"(?:since|from|on or after|自|从)\W*$", re.IGNORECASE)
_UNTIL: Final = re.compile(r"(?:until|by|on or before|截至|截止)\W*$", re.IGNORECASE)
_WHOLE_MONTH: Final = re.compile(
    rf"(?:(?P<y>20\d\d)\s*年\s*(?P<m>1[0-2]|0?[1-9])\s*月(?:份)?(?!\s*\d)"
    rf"|\bin\s+(?P<w>{_MONTH})\s*,?\s+(?P<y2>20\d\d)(?!\d))",
    re.IGNORECASE,
)
_NUMBERS: Final = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}


def printed_dates(text: str) -> list[date]:
    """The dates written in a text; such as 03/04/2026, which may be two days, are left out."""
    return [day for day, _, _ in _dates_in(text)]


def _dates_in(text: str) -> list[tuple[date, int, int]]:
    found: list[tuple[date, int, int]] = []
    for pattern in _PRINTED:
        for match in pattern.finditer(text):
            month = match.groupdict().get("w")
            day = _date(match["y"], _MONTHS[month.lower()] if month else match["m"], match["d"])
            taken = any(start < match.end() and match.start() < end for _, start, end in found)
            if day is not None and not taken:
                found.append((day, match.start(), match.end()))
    for match in _FIGURES.finditer(text):
        first, second = int(match["a"]), int(match["b"])
        if (first > 12) != (second > 12) or first == second:
            month, day_of = (second, first) if first > 12 else (first, second)
            day = _date(match["y"], month, day_of)
            if day is not None:
                found.append((day, match.start(), match.end()))
    return sorted(found, key=lambda each: each[1])


def date_in(text: str) -> date | None:
    """The one date of a text, or None."""
    found = set(printed_dates(text))
    return found.pop() if len(found) == 1 else None


def _date(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def months_back(day: date, months: int) -> date:
    """The same day so many months before; the month's last day where it has no such day."""
    whole = day.year * 12 + day.month - 1 - months
    year, month = divmod(whole, 12)
    if year < 1:
        return date.min
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def find_date_question(question: str, today: date) -> DateQuestion | None:
    """What a question asks of a date, relative to `today`; None where it asks nothing clear."""
    text = plain(question)
    for pattern in _WITHIN:
        if found := pattern.search(text):
            first = _back(today, found["n"] or "1", found["u"])
            if first is None:
                return None
            subject = text[: found.start()]
            negated = _NEGATION.search(text[: found.start() + 12]) is not None
            return DateQuestion(subject, Span(first, today, found.group().strip(), negated))
    dated = _dated(text)
    if dated is not None:
        return dated
    for pattern in _OLDER:
        if found := pattern.search(text):
            edge = _back(today, found["n"], found["u"])
            if edge is None:
                return None
            subject = text[: found.start()]
            if turned := _NOT.search(subject):
                shown = text[turned.start() : found.end()].strip()
                return DateQuestion(subject[: turned.start()], Span(edge, today, shown))
            span = Span(None, edge - timedelta(days=1), found.group().strip())
            return DateQuestion(subject, span)
    month = _in_month(text)
    if month is not None:
        return month
    if found := _NAMED.search(text):
        first, last = _named(found.group().lower(), today)
        return DateQuestion(text[: found.start()], Span(first, last, found.group()))
    return None


def _dated(text: str) -> DateQuestion | None:
    """Before, after, on or between written dates."""
    days = _dates_in(text)
    if not days or len(days) > 2:
        return None
    subject, behind = text[: days[0][1]], text[days[-1][2] :]
    first, last = days[0][0], days[-1][0]
    asked = text[days[0][1] : days[-1][2]]
    if len(days) == 2:
        if first > last:
            return None
        return DateQuestion(subject, Span(first, last, asked))
    behind, lead = behind.strip(), subject.rstrip()
    one = timedelta(days=1)
    before = Span(None, first - one, _edge(text, asked, "之前", "before"))
    after = Span(first + one, None, _edge(text, asked, "之后", "after"))
    if re.match(r"(?:之|以)?(?P<w>[前后])", behind):
        span = before if "前" in behind[:2] else after
        return DateQuestion(subject, _negated(span, _NEGATION.search(lead) is not None))
    if _FROM.search(lead) or re.match(r"起|以来|至今|or later|onwards?", behind):
        return DateQuestion(subject, Span(first, None, _edge(text, asked, "起", "from")))
    if _UNTIL.search(lead) or re.match(r"or earlier", behind):
        return DateQuestion(subject, Span(None, first, _edge(text, asked, "为止", "until")))
    for pattern, span, opposite in (
        (_BEFORE, before, Span(first, None, _edge(text, asked, "起", "from"))),
        (_AFTER, after, Span(None, first, _edge(text, asked, "为止", "until"))),
    ):
        if found := pattern.search(lead):
            turned = _NOT.search(lead[: found.start()])
            if turned:
                return DateQuestion(subject[: turned.start()], opposite)
            return DateQuestion(subject, span)
    if re.search(r"(?:不在|(?<!是)不是|不等于)$", lead):
        return DateQuestion(subject, Span(first, first, asked, negated=True))
    if re.search(r"(?:是否为|是否是|是不是|是|on|in|等于|为|is)$", lead, re.IGNORECASE):
        return DateQuestion(subject, Span(first, first, asked))
    return None


def _negated(span: Span, negated: bool) -> Span:
    return Span(span.first, span.last, span.text, negated)


def _in_month(text: str) -> DateQuestion | None:
    """Whether a date lies in a named month: 是否在2026年6月, in June 2026."""
    found = _WHOLE_MONTH.search(text)
    if found is None or len(_WHOLE_MONTH.findall(text)) > 1:
        return None
    subject, behind = text[: found.start()], text[found.end() :].strip()
    is_asked = found["w"] or re.search(r"(?:在|是|是否为|为)$", subject.rstrip())
    if not is_asked or not re.fullmatch(
        r"(?:之内|以内|内|里|中|期间|份|开具?|的|发票|票|吗)*", behind
    ):
        return None
    month = int(found["m"]) if found["m"] else _MONTHS[found["w"].lower()]
    first = date(int(found["y"] or found["y2"]), month, 1)
    last = first.replace(day=calendar.monthrange(first.year, month)[1])
    negated = _NEGATION.search(text[: found.start() + 3]) is not None
    return DateQuestion(subject, Span(first, last, found.group().strip(), negated))


def _edge(text: str, asked: str, zh: str, en: str) -> str:
    return f"{asked} {zh}" if HAS_CJK.search(text) else f"{en} {asked}"


def _back(today: date, count: str, unit: str) -> date | None:
    number = _count(count)
    if number is None:
        return None
    unit = unit.lower()
    if unit.startswith(("天", "日", "day")):
        return today - timedelta(days=min(number, 3000))
    if "周" in unit or "星期" in unit or unit.startswith("week"):
        return today - timedelta(days=7 * min(number, 400))
    months = {"季": 3, "年": 12, "y": 12}.get(unit[0], 1)
    return months_back(today, min(number, 3000) * months)


def _count(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    if text == "半":
        return None
    tens, ten, ones = text.partition("十")
    try:
        if not ten:
            return _NUMBERS[text] if len(text) == 1 else None
        return (_NUMBERS[tens] if tens else 1) * 10 + (_NUMBERS[ones] if ones else 0)
    except KeyError:
        return None


def _named(name: str, today: date) -> tuple[date, date]:
    if name in ("今天", "今日", "today"):
        return today, today
    if name in ("昨天", "yesterday"):
        return today - timedelta(days=1), today - timedelta(days=1)
    if "月" in name or "month" in name:
        first = today.replace(day=1)
        if name.startswith(("上", "last")):
            last = first - timedelta(days=1)
            return last.replace(day=1), last
        return first, today.replace(day=calendar.monthrange(today.year, today.month)[1])
    year = today.year - (1 if name.startswith(("去", "last")) else 0)
    return date(year, 1, 1), date(year, 12, 31)


# --- the date of a page ------------------------------------------------------------------------

_OTHERS: Final = ("日期", "交易时间", "创建时间", "支付时间", "时间", "Date", "Dated")


def find_date(page: Page, field: Field) -> Day:
    """A field's date. For the document's own date also the plain label and the only date count."""
    hits = _hits(page, field.labels)
    if field.key == "date" and not hits:
        hits = _hits(page, _OTHERS)
    code = invoice_code(page) if field.key == "date" else None
    stated = _date(code.date[:4], code.date[4:6], code.date[6:]) if code else None
    if not hits:
        return _only_date(page) if field.key == "date" else Day(None, why="missing")
    values = {hit.value for hit in hits}
    if len(values) > 1 or (stated is not None and stated not in values):
        return Day(None, why="conflict")
    support = [
        name for name, is_so in (("code", stated is not None), ("twice", len(hits) > 1)) if is_so
    ]
    if not support and (page.is_poor or min(hit.score for hit in hits) < SCORE_MIN):
        return Day(None, why="unclear")
    return Day(hits[0].value, hits[0].label, hits[0].box, tuple(support))


def _hits(page: Page, labels: tuple[str, ...]) -> list[Hit[date]]:
    found = {hit.box: hit for hit in pairs.find(page, labels, date_in)}
    return list(found.values())


def _only_date(page: Page) -> Day:
    """A document with one date and no label for it."""
    places = [(day, piece) for piece in page.pieces for day in printed_dates(piece.text)]
    if not places:
        return Day(None, why="missing")
    if len({day for day, _ in places}) > 1:
        return Day(None, why="conflict")
    day, piece = places[0]
    if len(places) < 2 and (page.is_poor or piece.score < SCORE_MIN):
        return Day(None, why="unclear")
    return Day(day, "", piece.box, ("twice",) if len(places) > 1 else ())
