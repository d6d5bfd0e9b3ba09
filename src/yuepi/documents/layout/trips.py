"""Trip lists of ride apps (滴滴出行-行程单, T3, 曹操, 高德 and the like): a table of rides.

One row is one ride: when, from where, to where, how far, for how much. The head says for which
days, and how many rides cost how much in all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.layout import beside_labels as lab
from yuepi.documents.layout.listing import Record, as_table, read_records
from yuepi.documents.layout.text import money
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Finding, Item
from yuepi.kit.money import money_text

TRIP_MARKS: Final = (
    r"上车时间|用车时间|出发时间",
    r"起点|上车地点|出发地",
    r"终点|下车地点|目的地",
    r"车型|服务商|产品类型",
    r"里程",
    r"笔行程|行程数|次行程",
    r"行程起止日期|行程时间|行程日期",
    r"行程人手机号?|申请日期|行程人",
)
_HEADS: Final = {
    "number": re.compile(r"序\s*号"),
    "kind": re.compile(r"车\s*型|服\s*务\s*商|产\s*品\s*类\s*型"),
    "time": re.compile(r"(?:上\s*车|用\s*车|出\s*发)\s*时\s*间"),
    "city": re.compile(r"城\s*市"),
    "from": re.compile(r"起\s*点|上\s*车\s*地\s*点|出\s*发\s*地"),
    "to": re.compile(r"终\s*点|下\s*车\s*地\s*点|目\s*的\s*地"),
    "distance": re.compile(r"里\s*程(?:\s*[\[(（].{1,3}[\])）])?"),
    "amount": re.compile(r"金\s*额(?:\s*[\[(（].{1,2}[\])）])?"),
    "note": re.compile(r"备\s*注"),
}
_TITLES: Final = {
    "number": "序号", "kind": "车型", "time": "上车时间", "city": "城市", "from": "起点",
    "to": "终点", "distance": "里程", "amount": "金额", "note": "备注",
}  # fmt: skip
_AMOUNT: Final = re.compile(r"[¥￥]?\s?\d{1,6}\.\d{2}元?")
_END: Final = re.compile(r"页\s*码|^\s*合\s*计|说明[:：]|客服电话|^\s*第\s*\d+\s*页")
_TITLE: Final = re.compile(r"(?P<v>[\u4e00-\u9fffA-Za-z0-9]{0,8}\s*[-—－]?\s*行\s*程\s*单)")
_ISSUER: Final = re.compile(r"(?P<v>[\u4e00-\u9fffA-Za-z0-9]{2,8})\s*[-—－]\s*行\s*程\s*单")


def read_trips(view: View) -> Draft:
    """The rides as items and as a table, their sum, and who made the list when."""
    rides = read_records(view, _HEADS, "amount", _AMOUNT, _END, heads_min=4)
    totals = list(_total(view))
    return Draft(
        (*_head(view), *totals, *_currency(view)),
        items=tuple(_item(ride) for ride in rides),
        tables=as_table(view.page, _TITLES, rides),
        findings=_added(rides, totals),
    )


def _head(view: View) -> Iterator[Candidate]:
    if hit := view.first(_TITLE):
        yield view.candidate("title", re.sub(r"\s", "", hit.text("v")), hit.box("v"), hit.text("v"))
    if hit := view.first(_ISSUER):
        yield view.candidate("issuer", hit.text("v"), hit.box("v"), hit.text("v"))
    dates = r"20\d\d\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}(?!\d)\s*日?"
    asked = lab.labelled(view, lab.spaced("申请日期", "开具日期", "申请时间"), dates)
    yield from lab.candidates(view, "date", asked, lab.day)


def _total(view: View) -> Iterator[Candidate]:
    label = r"(?:合\s*计|共\s*计|总\s*计|总\s*金\s*额)(?:金\s*额)?"
    found = [
        lab.Found(hit.text("v"), hit.box("v"))
        for hit in view.search(rf"{label}\s*[:：]?\s*[¥￥]?\s*(?P<v>{lab.AMOUNT})\s*元?")
    ]
    yield from lab.candidates(view, "total", found, lab.sum_of_money)


def _currency(view: View) -> Iterator[Candidate]:
    if hit := view.first(r"[¥￥]\s?\d|\d\s*元|[\[(（]\s*元\s*[\])）]"):
        yield view.candidate("currency", "CNY", hit.box(), hit.text())


def _item(ride: Record) -> Item:
    """`from → to`; kind and time of the ride stand where goods have their model."""
    ends = [ride[name].text for name in ("from", "to") if name in ride]
    told = [ride[name].text for name in ("kind", "time") if name in ride]
    far = re.search(r"\d{1,5}(?:\.\d{1,3})?", ride["distance"].text) if "distance" in ride else None
    return Item(
        name=" → ".join(ends) if len(ends) == 2 else None,
        model=" ".join(told) or None,
        unit="公里" if far else None,
        quantity=far.group() if far else None,
        amount=_money(ride),
    )


def _money(ride: Record) -> str | None:
    return money(re.sub(r"[¥￥元\s]", "", ride["amount"].text))


def _added(rides: Sequence[Record], totals: Sequence[Candidate]) -> tuple[Finding, ...]:
    amounts = [Decimal(amount) for ride in rides if (amount := _money(ride))]
    if len(totals) != 1 or not amounts or len(amounts) != len(rides):
        return ()
    added = money_text(sum(amounts, Decimal(0)))
    if added == totals[0].value:
        return ()
    return (
        Finding(
            code="items_differ",
            severity="warning",
            message=f"The rides add up to {added}, the total is {totals[0].value}",
            message_zh=f"各笔行程之和为 {added}，合计为 {totals[0].value}",
            fields=("total",),
        ),
    )
