"""Whether words are of the sort that was asked for: an amount, a day, a name. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

import rjieba

from yuepi.library.asking.candidates import Candidate
from yuepi.library.asking.cues import UNIT, AnswerSort
from yuepi.library.asking.facts import Facts, facts_of
from yuepi.library.asking.moments import years_in
from yuepi.library.asking.question import Question

_AMOUNT: Final = frozenset(
    {"yuan", "dollar", "euro", "pound", "ringgit", "percent", "permille", "permyriad"}
)
_PRICES: Final = frozenset(
    {"单价", "价格", "总价", "租金", "房租", "月租", "price", "rent", "salary"}
)
_MEASURE: Final = re.compile(
    r"\d[\d,.]*\s?(?:平方?米|㎡|m²|m2|立方米|公里|[千毫厘]?米|公?斤|千克|[kK]?g\b|吨|升|小时|千瓦|℃|度"
    r"|(?:kWh|kW|km|mm|cm|bar|litres?|hours?|square \w+|sq\.? ?\w+)\b)"
)
"""So much of something that is no money, whatever its decimals."""
_SHARES: Final = frozenset({"percent", "permille", "permyriad"})
_SPANS: Final = frozenset({"day", "workday", "week", "month", "year", "hour", "minute", "second"})
_OF_TIME: Final = frozenset({"date", "weekday", "duration", "frequency", "number"})
UNTYPED: Final = frozenset({"text", "yes_no"})
"""Any words could answer these: nothing but what they say tells."""
FIELDS: Final[Mapping[AnswerSort, tuple[str, ...]]] = {
    "amount": ("total", "amount", "subtotal"),
    "date": ("date", "departure", "on"),
    "number": ("number", "code"),
    "who": ("seller_name", "party_a", "party_b", "buyer_name", "name", "passenger", "guest"),
    "where": ("address", "place"),
}
"""The fields that a question means that names none: how much, when, who."""
TOTALS: Final = re.compile(
    r"^\W*(?:价税合计|报价合计|合计金额|合同金额|合同总价|应付金额|应收金额|实付|实收|总金额|总计|总价|总额|合计|共计"
    r"|(?:grand |contract |invoice )?total(?: amount| price| due)?\b"
    r"|amount (?:due|payable|received)\b"
    r"|balance due\b)",
    re.IGNORECASE,
)
"""How a line begins that says how much it is altogether."""
_WEEKDAY: Final = re.compile(
    r"(?:星期|礼拜|周)[一二三四五六日天末]"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b",
    re.IGNORECASE,
)
_DAY_OF: Final = re.compile(
    r"每[月周季年]|[月季年][初末底]|\bday \d|\b\d{1,2}(?:st|nd|rd|th)\b|\bmonth \d"
    r"|\b(?:first|second|third|fourth|fifth|tenth|last|following|next) (?:\w+ )?"
    r"(?:day|month|year)\b",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"\d{1,2}[:：]\d{2}|[点时](?:[一二三四五\d]|半|整|前|后|$)|\b\d{1,2} ?[ap]\.?m\b", re.I
)
_OFTEN: Final = re.compile(
    r"[每按逐][个]?(?:[日天周月季年]|季度|半年|学期)|一次性"
    r"|[每隔]\S{0,3}?\s?\d[\d,]*\s?个?(?:小时|[天日周月年次]|公里)"
    r"|\b(?:daily|weekly|monthly|quarterly|yearly|annual(?:ly)?)\b"
    r"|\b(?:every|each|once a|twice a|a|per) (?:\w+ )?(?:day|week|month|quarter|year)s?\b"
    r"|\bevery [\d,]+ (?:\w+ )?(?:hours?|days?|weeks?|months?|years?|km|kilomet\w+|miles?)\b",
    re.IGNORECASE,
)
_PERIODS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"每\S{0,3}?[天日](?!期)|日租|日薪|多少钱一?天"
        r"|\bdaily\b|\b(?:per|each|every) (?:\w+ )?day\b",
        r"每个?(?:周|星期)|周租|多少钱一?个?(?:周|星期)|\bweekly\b|\b(?:per|each|every) week\b",
        r"每个?月|月租|月薪|多少钱一?个?月|\bmonthly\b|\b(?:per|each|every) (?:calendar )?month\b",
        r"每个?季|\bquarterly\b|\b(?:per|each|every) quarter\b",
        r"每年|年租金|年薪|多少钱一?年|\b(?:annual|yearly)(?:ly)?\b|\bper annum\b"
        r"|\b(?:per|each|every) year\b",
    )
)
"""For what time an amount is."""
_BODY: Final = re.compile(
    r"公司|集团|中心|银行|大学|医院|酒店|事务所|工厂|商店|超市|[先女]生|女士|经理|主任|专员|委员会|部(?:门)?[:：,，。;；负审批列]"
    r"|(?:人|方|员|者|师|机)\s*[)）]?[:：]\s*\S{2,}|负责"
    r"|\b(?:ltd|limited|inc|llc|co|corp|gmbh|plc|sdn|bhd|mr|ms|mrs|dr)\b\.?"
    r"|\b(?:manager|director|department|officer|team|supervisor)\b"
    r"|\b(?:owner|name|contact|person|attendees|from|to|lessee|lessor|tenant|buyer|seller)s?\s*[:：]",
    re.IGNORECASE,
)
_ROLE: Final = re.compile(
    r"[甲乙丙丁双各]方|(?:买|卖|供|需|出租|承租|委托|受托|发包|承包|出借|借款|接收|披露)[方人]"
    r"|\bthe (?:lessee|lessor|tenant|landlord|buyer|seller|client|contractor|supplier|purchaser"
    r"|employer|employee|borrower|lender|company|customer|consignee|carrier|receiving party)\b",
    re.IGNORECASE,
)
_ROLES: Final = frozenset(
    ("甲方", "乙方", "承租方", "出租方", "购买方", "销售方", "出借人", "借款人", "联系人")
)
"""Who is asked for by these names is told by an entry, not by a clause that names the role."""
_ENTRY: Final = re.compile(r"^[^,，。;；]{1,30}[:：]\s*\S|^Dear\b|^[^,，。]{2,40}[:：]$")
_PERSON: Final = r"(?:by|contact|with|to|from) (?:(?:Mr|Ms|Mrs|Dr)\.? )?[A-Z][a-z]+ [A-Z][a-z]+"
_ENGLISH_NAME: Final = re.compile(
    r"[a-z,:]\s+(?:(?:Mr|Ms|Mrs|Dr)\.?\s+)?[A-Z][\w'’-]+(?:\s+(?:[A-Z]\.\s+)?[A-Z][\w'’-]+)+"
)
_PLACE: Final = re.compile(
    r"[省市区县镇乡村路街道号楼室园站厦院]|会场|线上|\b(?:road|street|avenue|lane|city|floor|building|jalan|room"
    r"|hall|court|tribunal|place of)\b",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-/.@ ]{2,}\d|\d{2,}|\S@\S")


def fits(question: Question, one: Candidate) -> bool:
    """Whether a candidate is of the sort that was asked for."""
    sort = question.sort
    if sort == "text" and question.asked and all(t.forms & _ROLES for t in question.asked):
        return _is_implied(one)
    if sort in UNTYPED:
        return True
    if sort == "number":
        # An amount or a day is a number of another sort.
        bare = not one.name.endswith(("total", "amount", "tax", "date"))
        return bare and bool(_NUMBER.search(one.text))
    if sort == "where":
        bare = one.sort == "pair" and not one.facts.figures and not one.facts.days
        return bare or one.name in FIELDS["where"] or bool(_PLACE.search(one.text))
    if sort == "who":
        in_role = question.implied or any(term.forms & _ROLES for term in question.terms)
        return _is_implied(one) if in_role else _is_somebody(one)
    if sort == "quantity" and (unit := UNIT.search(question.text)):
        return (
            re.search(rf"\d\s*{unit['unit']}|[一二两三四五六七八九十百千]{unit['unit']}", one.text)
            is not None
        )
    if sort == "amount" and _is_only_share(question, one):
        return False
    return _FITS[sort](one, one.facts)


def other_period(question: Question, one: Candidate) -> bool:
    """Whether an amount is for another time than the one asked about: a month, not a day."""
    if question.sort not in ("amount", "quantity"):
        return False
    asked = {at for at, period in enumerate(_PERIODS) if period.search(question.text)}
    if not asked:
        return False
    told = {at for at, period in enumerate(_PERIODS) if period.search(f"{one.label} {one.text}")}
    return bool(told) and not asked & told


def other_case(question: Question, one: Candidate) -> bool:
    """Whether it is for another year than the one asked about, or after another number of days."""
    if question.sort in _OF_TIME:
        return False
    told = f"{one.label} {one.text}"
    years = years_in(question.text)
    if years and (named := years_in(told)) and not years & named:
        return True
    for unit in _SPANS | {"piece"}:
        asked = {each.value for each in question.facts.figures if each.unit == unit}
        said = {each.value for each in one.facts.figures if each.unit == unit}
        if asked and said and not asked & said and (unit != "piece" or question.sort != "quantity"):
            return True
    return False


def _is_only_share(question: Question, one: Candidate) -> bool:
    """Whether a share is told where a price or a rent is asked for: that is a sum."""
    things = [term.text.lower() for term in question.terms if term.sort == "thing"]
    if one.sort != "text" or not things or not _PRICES.issuperset(things):
        return False
    figures = _unmeasured(one, one.facts).figures
    return not any(
        each.unit not in _SHARES and (each.unit in _AMOUNT or "." in each.text or "," in each.text)
        for each in figures
    )


def _is_amount(one: Candidate, facts: Facts) -> bool:
    return (
        one.name in FIELDS["amount"]
        or any(f.unit in _AMOUNT for f in facts.figures)
        or any("." in f.text or "," in f.text for f in _unmeasured(one, facts).figures)
        or (one.sort != "text" and bool(facts.figures))
    )


def _unmeasured(one: Candidate, facts: Facts) -> Facts:
    """What it states beside measures."""
    if one.sort != "text" or _MEASURE.search(one.text) is None:
        return facts
    return facts_of(_MEASURE.sub(" ", one.text))


def _is_share(one: Candidate, facts: Facts) -> bool:
    return any(figure.unit in _SHARES for figure in facts.figures)


def _is_day(one: Candidate, facts: Facts) -> bool:
    spans = any(figure.unit in _SPANS for figure in facts.figures)
    return (
        bool(facts.days)
        or spans
        or any(each.search(one.text) for each in (_DAY_OF, _WEEKDAY, _TIME))
    )


def _is_weekday(one: Candidate, facts: Facts) -> bool:
    return _WEEKDAY.search(one.text) is not None


def _is_span(one: Candidate, facts: Facts) -> bool:
    spans = any(figure.unit in _SPANS for figure in facts.figures)
    return spans or len(facts.days) > 1 or one.name == "term_end"


def _is_often(one: Candidate, facts: Facts) -> bool:
    return _OFTEN.search(one.text) is not None


def _is_count(one: Candidate, facts: Facts) -> bool:
    return bool(facts.figures or facts.days)


def _is_implied(one: Candidate) -> bool:
    """Whether it says who, where the question names a role: its entry, not a clause about it."""
    if one.sort != "text":
        return _is_somebody(one)
    text = one.text
    return bool(_ENTRY.search(text)) or _has_person(text) or bool(re.search(_PERSON, text))


def _is_somebody(one: Candidate) -> bool:
    if one.sort != "text" and not one.facts.figures and not one.facts.days:
        return True
    text = one.text
    named = _BODY.search(text) or _ENGLISH_NAME.search(text) or _ROLE.search(text)
    return bool(named) or _has_person(text)


@lru_cache(maxsize=4_096)
def _has_person(text: str) -> bool:
    """Whether a Chinese person's name stands there, as the dictionary knows them."""
    return any(tag.startswith("nr") and len(word) > 1 for word, tag in rjieba.tag(text))


_FITS: Final[Mapping[AnswerSort, Callable[[Candidate, Facts], bool]]] = {
    "amount": _is_amount,
    "percent": _is_share,
    "date": _is_day,
    "weekday": _is_weekday,
    "duration": _is_span,
    "frequency": _is_often,
    "quantity": _is_count,
}
