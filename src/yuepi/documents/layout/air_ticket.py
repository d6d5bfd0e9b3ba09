"""航空运输电子客票行程单, the paper form and the fully digital one.

Labels are those of the printed form (民航发〔2008〕26号's sample; the digital form has the same
words and the VAT of the fare). One row tells one flight; the place it goes to is at the left of
the next row, or beside 至.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.layout import beside_labels as lab
from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.dates import printed_dates, printed_times
from yuepi.documents.layout.slip import NUMBER_LABEL, labelled_number
from yuepi.documents.layout.view import Hit, View
from yuepi.documents.reading import Finding, Item
from yuepi.kit.money import money_text

AIR_MARKS: Final = (
    r"旅客姓名|(?i:name\s*of\s*passenger|passenger\s*name)",
    r"承运人|(?i:carrier)",
    r"航班号|(?i:flight)",
    r"座位等级|舱位|(?i:class)",
    r"票价|(?i:fare)",
    r"燃油附加费|(?i:fuel\s*surcharge)",
    r"民航发展基金|机场建设费|机建|(?i:airport\s*tax)",
    r"电子客票号码?|客票号|(?i:e-?ticket\s*no|ticket\s*num)",
    r"填开单位|填开日期|(?i:issued\s*by|date\s*of\s*issue)",
    r"客票类[别型]|客票级别|客票生效|免费行李|(?i:fare\s*basis|allow)",
)
Normal = Callable[[str], str | None]
_EN: Final = r"(?:\s*[A-Z][A-Z.\-/ ]{2,30}[A-Z.])?"
"""The English half of a label, always in capitals on the form."""
_NAME: Final = r"[\u4e00-\u9fff·]{2,15}|[A-Z]{2,20}/[A-Z ]{2,30}"
_FLIGHT: Final = re.compile(
    r"(?<![A-Z0-9])(?P<v>(?:[A-Z]{2}|[A-Z]\d|\d[A-Z])\s?\d{3,4})(?![A-Z0-9-])"
)
_CLASS: Final = re.compile(r"^\W*(?P<v>[A-Z])(?![A-Z0-9])")
_PLACE: Final = r"(?P<v>[\u4e00-\u9fff]{2,10}|[A-Z][A-Za-z]{2,20})(?![\u4e00-\u9fffA-Za-z])"
_FROM: Final = re.compile(rf"自\s*[:：]?\s*(?:FROM)?\s*[:：]?\s*{_PLACE}")
_TO: Final = re.compile(rf"至\s*[:：]?\s*(?:TO)?\s*[:：]?\s*{_PLACE}")
_SUM: Final = rf"(?:CNY|CN|YQ|RMB|[¥￥])?\s*(?:{lab.AMOUNT})"
_SUMS: Final = {
    "fare": lab.spaced("票价"),
    "fuel": lab.spaced("燃油附加费"),
    "fund": lab.spaced("民航发展基金", "机场建设费"),
    "tax": lab.spaced("增值税税额"),
    "other_taxes": lab.spaced("其他税费"),
    "insurance": lab.spaced("保险费"),
    "total": lab.spaced("合计"),
}
_OTHER_LABEL: Final = (
    r"有效身份|身份证件|签注|旅客姓名|承运人|航班|票价|保险|填开|销售单位|提示|ENDORSE|ID\.?\s*NO"
)
_FOREIGN_MARKS: Final = {"fund": "CN", "fuel": "YQ"}
"""What the form prints before an amount instead of the currency (IATA tax codes)."""


def read_air(view: View) -> Draft:
    """The ticket's fields; its flights as items where there are several."""
    sums = list(_sums(view))
    flights = _flights(view)
    return Draft(
        (*_title(view), *_who(view), *_first(view, flights), *sums, *_currency(view)),
        items=tuple(item for item, _ in flights) if len(flights) > 1 else (),
        findings=(*_added(sums), _COUNTED_BY_HAND) if _is_the_form(view) else _added(sums),
    )


_COUNTED_BY_HAND: Final = Finding(
    code="itinerary_not_counted",
    severity="warning",
    message="An air ticket's itinerary is a voucher by itself; its amount is not counted here",
    message_zh="航空运输电子客票行程单本身是报销凭证，其金额未自动计入，请人工核对",
)


def _is_the_form(view: View) -> bool:
    return bool(re.search(r"电子客票行程单", view.squeezed))


def _title(view: View) -> Iterator[Candidate]:
    if hit := view.first(r"航\s*空\s*运\s*输\s*电\s*子\s*客\s*票\s*行\s*程\s*单"):
        yield view.candidate("title", re.sub(r"\s", "", hit.text()), hit.box(), hit.text())


def _who(view: View) -> Iterator[Candidate]:
    ids = r"(?=[0-9X*]*\d)[0-9A-Z*]{6,20}"
    ticket = r"\d{3}\s?-?\s?\d{10}(?!\d)"
    dates = r"20\d\d\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}(?!\d)\s*日?"
    labels: tuple[tuple[str, str, str, Normal], ...] = (
        ("passenger", lab.spaced("旅客姓名", "乘机人"), _NAME, _name),
        ("id_number", lab.spaced("有效身份证件号码", "证件号码"), ids, _name),
        ("ticket_number", lab.spaced("电子客票号码", "电子客票号", "客票号"), ticket, _digits),
        ("date", lab.spaced("填开日期", "开票日期"), dates, lab.day),
        ("issuer", lab.spaced("填开单位"), r"[\u4e00-\u9fff（）()]{4,40}", _name),
    )
    for name, label, value, normal in labels:
        found = lab.labelled(view, rf"(?:{label}){_EN}", value, _OTHER_LABEL)
        yield from lab.candidates(view, name, found, normal)
    yield from labelled_number(view, "number", NUMBER_LABEL, (20,))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _name(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _flights(view: View) -> list[tuple[Item, tuple[Candidate, ...]]]:
    """Each flight as an item (`from → to`, number and class), and as candidates of fields."""
    hits = [hit for hit in view.search(_FLIGHT) if _day_in(hit.row.text)]
    starts, ends = list(view.search(_FROM)), list(view.search(_TO))
    stops = sorted([*starts, *ends], key=lambda hit: (hit.row.box.centre[1], hit.box("v").x0))
    stops = [hit for hit in stops if "VOID" not in hit.text("v").upper()]
    complete = len(stops) == len(hits) + 1
    found = []
    for number, hit in enumerate(hits):
        leg = (stops[number], stops[number + 1]) if complete else None
        found.append(_flight(view, hit, leg))
    return found


def _day_in(text: str) -> bool:
    return bool(printed_dates(text, None))


def _flight(
    view: View, hit: Hit, leg: tuple[Hit, Hit] | None
) -> tuple[Item, tuple[Candidate, ...]]:
    text = hit.row.text
    flight = hit.text("v").replace(" ", "")
    found = [view.candidate("flight", flight, hit.box("v"), hit.text("v"))]
    seat = _CLASS.match(text[hit.match.end("v") :])
    if seat is not None:
        start = hit.match.end("v") + seat.start("v")
        found.append(view.candidate("class", seat["v"], hit.row.part(start, start + 1), seat["v"]))
    days, times = printed_dates(text, None), printed_times(text)
    if len(days) == 1:
        clock = f"T{times[0].value[:5]}" if len(times) == 1 else ""
        start, end = days[0].start, times[0].end if clock else days[0].end
        value = days[0].value + clock
        box = hit.row.part(min(start, end), max(start, end))
        found.append(view.candidate("departure", value, box, text[start:end]))
    name = None
    if leg is not None:
        ends = [_name(stop.text("v")) for stop in leg]
        name = " → ".join(ends)
        for field, stop, value in zip(("from", "to"), leg, ends, strict=True):
            found.append(view.candidate(field, value, stop.box("v"), stop.text("v")))
    model = " ".join((flight, seat["v"])) if seat else flight
    return Item(name=name, model=model), tuple(found)


def _first(view: View, flights: list[tuple[Item, tuple[Candidate, ...]]]) -> tuple[Candidate, ...]:
    """The fields of the only flight. With several, no one of them is the flight."""
    return flights[0][1] if len(flights) == 1 else ()


def _sums(view: View) -> Iterator[Candidate]:
    for name, label in _SUMS.items():
        seen = lab.labelled(view, rf"(?:{label}){_EN}", _SUM)
        found = [each for each in seen if _fits(name, each.text)]
        yield from lab.candidates(view, name, found, lab.sum_of_money)


def _fits(name: str, text: str) -> bool:
    """Whether the mark before an amount is not that of another column."""
    mark = re.match(r"(CNY|CN|YQ)?", narrow(text))
    seen = mark[1] if mark else None
    return seen in (None, "CNY") or _FOREIGN_MARKS.get(name) == seen


def _currency(view: View) -> Iterator[Candidate]:
    if hit := view.first(r"CNY|RMB|[¥￥]\s?\d|\d\s*元"):
        yield view.candidate("currency", "CNY", hit.box(), hit.text())


def _added(sums: list[Candidate]) -> tuple[Finding, ...]:
    """Where the parts do not make the total, with or without the insurance."""
    by_name: dict[str, set[str]] = {}
    for each in sums:
        by_name.setdefault(each.name, set()).add(each.value)
    if any(len(values) > 1 for values in by_name.values()) or "total" not in by_name:
        return ()
    values = {name: Decimal(next(iter(found))) for name, found in by_name.items()}
    total, insured = values.pop("total"), values.get("insurance", Decimal(0))
    added = sum(values.values(), Decimal(0))
    if "fare" not in values or total in (added, added - insured):
        return ()
    shown, stated = money_text(added), money_text(total)
    return (
        Finding(
            code="sum_differs",
            severity="warning",
            message=f"Fare, surcharges and taxes add up to {shown}, the total is {stated}",
            message_zh=f"票价与各项税费之和为 {shown}，合计为 {stated}",
            fields=("fare", "total"),
        ),
    )
