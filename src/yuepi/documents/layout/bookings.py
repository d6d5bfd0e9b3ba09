"""Orders of booking sites (携程, 飞猪, 去哪儿, 航旅纵横 and the like): pages and screens that say
who travels where and when, and what the order costs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.layout import beside_labels as lab
from yuepi.documents.layout.dates import printed_dates, printed_times
from yuepi.documents.layout.view import Hit, View

BOOKING_MARKS: Final = (
    r"订单号|订单编号|(?i:bookingref|orderno|confirmation(?:code|number)|pnr)",
    r"乘机人|出行人|旅客|乘客|乘车人|(?i:passenger|travell?er)",
    r"航班|机票|航空|车次|火车票|(?i:flight|airline)",
    r"起飞|出发|到达|经停|直飞|(?i:depart|arriv)",
    r"机建|燃油|民航基金|票价|票面价|(?i:fare|surcharge)",
    r"订单总[价额]|支付金额|实付|总价|订单金额|(?i:total)",
    r"经济舱|公务舱|头等舱|二等座|一等座|(?i:economy|business)",
    r"携程|飞猪|去哪儿|同程|航旅纵横|马蜂窝|(?i:trip\.com|ctrip|booking\.com|expedia)",
    r"已出票|出票|退改|改签|(?i:issued|itinerary)",
)
FLIGHT_OR_TRAIN: Final = re.compile(
    r"(?<![A-Za-z0-9])(?P<v>(?:[A-Z]{2}|[A-Z]\d|\d[A-Z])\s?\d{3,4}|[GDCZTK]\d{1,4})(?![A-Za-z0-9-])"
)
_CLASS: Final = re.compile(r"经济舱|超级经济舱|公务舱|商务舱|头等舱|商务座|一等座|二等座|硬卧|软卧")
_SITE: Final = re.compile(
    r"(?i)携程(?:旅行)?网?|飞猪(?:旅行)?|去哪儿网?|同程(?:旅行)?|航旅纵横|马蜂窝|trip\.com|ctrip"
    r"|booking\.com|expedia"
)
_ROUTE: Final = re.compile(
    r"(?:^|[\t ])(?P<a>[\u4e00-\u9fff]{2,12})\s*(?:→|->|—{1,2}|－|–|至|⇀|➝)\s*"
    r"(?P<b>[\u4e00-\u9fff]{2,12})(?=[\t ]|$)"
)
_NAME: Final = r"[\u4e00-\u9fff·]{2,8}(?![\u4e00-\u9fff])|[A-Z]{2,20}/[A-Z ]{2,30}"
_SUM: Final = rf"(?:CNY|RMB|[¥￥])?\s*(?:{lab.AMOUNT})"
_SUMS: Final = {
    "fare": lab.spaced("票面价", "票价", "成人票价", "机票价"),
    "fund": lab.spaced("机建", "民航基金", "机建费", "民航发展基金"),
    "fuel": lab.spaced("燃油", "燃油费", "燃油附加费"),
    "insurance": lab.spaced("保险", "保险费", "航空意外险"),
    "total": lab.spaced("订单总额", "订单总价", "订单金额", "总价", "实付金额", "支付金额", "合计"),
}


def read_booking(view: View) -> Draft:
    """The order's fields. A second flight, route or passenger makes a conflict: they are many."""
    return Draft(
        (
            *_order(view),
            *_travel(view),
            *(each for name, label in _SUMS.items() for each in _sums(view, name, label)),
            *_currency(view),
        )
    )


def _order(view: View) -> Iterator[Candidate]:
    label = lab.spaced("订单号", "订单编号")
    found = lab.labelled(view, label, r"[A-Z]{0,3}\d{6,24}(?![\dA-Za-z])")
    yield from lab.candidates(view, "order_number", found)
    label = lab.spaced("乘机人", "出行人", "乘客姓名", "旅客姓名", "乘客", "旅客", "乘车人")
    found = lab.labelled(view, label, _NAME, r"证件|手机|类型|信息|姓名")
    yield from lab.candidates(view, "passenger", found)
    ids = r"(?=[0-9X*]*\d)(?=[0-9X]*\*|\d{17}[0-9X])[0-9A-Z*]{6,20}"
    yield from lab.candidates(
        view, "id_number", lab.labelled(view, lab.spaced("身份证号", "身份证", "证件号"), ids)
    )
    ticket = lab.labelled(view, lab.spaced("票号", "电子客票号"), r"\d{3}\s?-?\s?\d{10}(?!\d)")
    yield from lab.candidates(view, "ticket_number", ticket, lambda text: re.sub(r"\D", "", text))
    if hit := view.first(_SITE):
        yield view.candidate("issuer", hit.text(), hit.box(), hit.text(), firm=False)


def _travel(view: View) -> Iterator[Candidate]:
    yield from _alone(view, "flight", FLIGHT_OR_TRAIN, "v")
    yield from _alone(view, "class", _CLASS, 0)
    routes = {(hit.text("a"), hit.text("b")): hit for hit in view.search(_ROUTE)}
    if len(routes) == 1:
        hit = next(iter(routes.values()))
        yield view.candidate("from", hit.text("a"), hit.box("a"), hit.text("a"), firm=False)
        yield view.candidate("to", hit.text("b"), hit.box("b"), hit.text("b"), firm=False)
    yield from _departure(view)


def _alone(
    view: View, name: str, pattern: re.Pattern[str], group: str | int
) -> Iterator[Candidate]:
    """What the page says once; several flights have no one flight number."""
    found: dict[str, Hit] = {}
    for hit in view.search(pattern):
        found.setdefault(hit.text(group).replace(" ", ""), hit)
    if len(found) == 1:
        value, hit = found.popitem()
        yield view.candidate(name, value, hit.box(group), hit.text(group), firm=False)


def _departure(view: View) -> Iterator[Candidate]:
    """The day and hour of a row about the departure, where there is one such day."""
    seen: dict[str, Candidate] = {}
    for row in view.rows:
        if not re.search(r"起飞|出发|去程|(?i:depart)", row.text):
            continue
        days, times = printed_dates(row.text, None), printed_times(row.text)
        if len(days) == 1:
            value = days[0].value + (f"T{times[0].value[:5]}" if times else "")
            seen.setdefault(value, view.candidate("departure", value, row.box, row.text))
    if len(seen) == 1:
        yield from seen.values()


def _sums(view: View, name: str, label: str) -> Iterator[Candidate]:
    yield from lab.candidates(view, name, lab.labelled(view, label, _SUM), lab.sum_of_money)


def _currency(view: View) -> Iterator[Candidate]:
    if hit := view.first(r"CNY|RMB|[¥￥]\s?\d|\d\s*元"):
        yield view.candidate("currency", "CNY", hit.box(), hit.text())
