"""What a hotel's folio says: the guest, the stay, the charges of each day and their sum."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.layout import beside_labels as lab
from yuepi.documents.layout.currency import currency_seen
from yuepi.documents.layout.dates import printed_dates
from yuepi.documents.layout.listing import Record, as_table, read_records
from yuepi.documents.layout.text import money
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Finding, Item
from yuepi.kit.money import money_text

_EN_GUEST: Final = r"(?i:guest\s*name|name\s*of\s*guest|guest(?=\s*[:：]))"
_GUEST: Final = (
    rf"(?:{lab.spaced('宾客姓名', '客人姓名', '住客姓名', '姓名')}|(?:宾客|住客|客人)(?=\s*[:：]))"
    rf"(?:\s*/?\s*{_EN_GUEST})?|{_EN_GUEST}"
)
_EN_ROOM: Final = r"(?i:room\s*(?:no\.?|number|#)?)"
_ROOM: Final = rf"(?:{lab.spaced('房间号', '房号', '客房号')})(?:\s*/?\s*{_EN_ROOM})?|{_EN_ROOM}"
_EN_IN: Final = r"(?i:arrival(?:\s*date)?|check-?\s?in(?:\s*date)?)"
_IN: Final = (
    rf"(?:{lab.spaced('入住日期', '抵店日期', '到店日期', '入住时间', '抵店时间', '入住')})"
    rf"(?:\s*/?\s*{_EN_IN})?|{_EN_IN}"
)
_EN_OUT: Final = r"(?i:departure(?:\s*date)?|check-?\s?out(?:\s*date)?)"
_OUT: Final = (
    rf"(?:{lab.spaced('离店日期', '退房日期', '离店时间', '退房时间', '离开日期', '离店')})"
    rf"(?:\s*/?\s*{_EN_OUT})?|{_EN_OUT}"
)
_EN_NIGHTS: Final = r"(?i:(?:no\.?\s*of\s*)?nights?)"
_NIGHTS: Final = (
    rf"(?:{lab.spaced('住宿天数', '入住天数', '天数', '间夜数', '间夜', '晚数')})"
    rf"(?:\s*/?\s*{_EN_NIGHTS})?|{_EN_NIGHTS}"
)
_NUMBER: Final = (
    rf"(?:{lab.spaced('账单号', '帐单号', '账单编号', '结账单号', '账号', '单号')})"
    r"|(?i:folio\s*(?:no\.?|number|#))"
)
_OTHER: Final = "|".join((_GUEST, _ROOM, _IN, _OUT, _NIGHTS, _NUMBER))
_DAY: Final = (
    r"(?:20\d\d\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}(?!\d)\s*日?"
    r"|\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/., ]+(?:20)?\d\d(?!\d)"
    r"|[A-Za-z]{3,9}\.? \d{1,2}, ?20\d\d)"
)
_HOTEL: Final = re.compile(
    r"(?i)(?:酒店|宾馆|饭店|客栈|旅馆|民宿|公寓|度假村)(?:[\u4e00-\u9fff（）()]{0,8})"
    r"|\b(?:hotel|inn|resort|hostel|suites)\b"
)
_NO_HOTEL: Final = re.compile(
    r"(?i)账单|帐单|水单|结算|folio|地址|电话|感谢|欢迎|thank|welcome|address|[:：]"
)
_TITLE: Final = re.compile(
    r"(?i)(?P<v>(?:酒店|宾客|客人|住宿|客房|住客|结账|离店)?[\u4e00-\u9fff]{0,4}(?:账单|帐单"
    r"|水单|结算单)"
    r"|guest\s*folio|information\s*invoice|guest\s*bill)"
)
_HEADS: Final = {
    "date": re.compile(r"(?i)日\s*期|\bdate\b"),
    "what": re.compile(
        r"(?i)项\s*目|摘\s*要|说\s*明|描\s*述|费\s*用\s*名\s*称|内\s*容|\bdescription\b"
    ),
    "charge": re.compile(r"(?i)消\s*费|借\s*方|金\s*额|\bcharges?\b|\bdebits?\b|\bamount\b"),
    "credit": re.compile(r"(?i)贷\s*方|付\s*款|收\s*款|\bcredits?\b|\bpayments?\b"),
    "room": re.compile(r"(?i)房\s*号|\broom\b"),
    "note": re.compile(r"(?i)备\s*注|余\s*额|\bbalance\b|\breference\b"),
}
_TITLES: Final = {
    "date": "日期 / Date", "what": "项目 / Description", "charge": "消费 / Charges",
    "credit": "付款 / Credits",
}  # fmt: skip
_ENTRY_DAY: Final = re.compile(rf"{_DAY}|\d{{1,2}}[-/.]\d{{1,2}}")
_END: Final = re.compile(
    r"(?i)^\W*(?:合\s*计|总\s*计|消费合计|小\s*计|余\s*额|total|balance|sub-?total)"
)
_TOTAL: Final = (
    r"(?:消\s*费\s*(?:合\s*计|总\s*额)|费\s*用\s*合\s*计|合\s*计|总\s*计"
    r"|总\s*金\s*额)(?:\s*金\s*额)?"
    r"(?:\s*/?\s*(?i:(?:grand\s*)?total(?:\s*charges)?))?"
    r"|(?i:grand\s*total|total\s*charges|total\s*amount|(?<!sub )(?<!sub-)(?<!sub)total)"
)
_UNIT: Final = r"(?:\s*[(（](?:[A-Z]{3}|人民币|元)[)）])?"
_MARK: Final = r"(?:CNY|RMB|USD|EUR|GBP|HKD|SGD|[¥￥$€£])?"
_NAME: Final = (
    r"[\u4e00-\u9fff·]{2,8}(?:先生|女士)?(?![\u4e00-\u9fff])"
    r"|[A-Z][A-Za-z.,'/ -]{2,40}?(?=\s*(?:\t|$|\s[A-Z][a-z]+(?:\s[a-z]+)?\.?\s*:))"
)


def read_folio(view: View) -> Draft:
    """Fields, charges as items (`model` holds the day as printed), and what does not add up."""
    charges = read_records(view, _HEADS, "date", _ENTRY_DAY, _END)
    stay = [*_day(view, "check_in", _IN), *_day(view, "check_out", _OUT), *_nights(view)]
    totals = list(_total(view))
    items = tuple(item for record in charges if (item := _item(record)) is not None)
    return Draft(
        (*_head(view), *_guest(view), *stay, *totals, *_currency(view)),
        items=items,
        tables=as_table(view.page, _TITLES, charges),
        findings=(*_stay_differs(stay), *_added(items, totals)),
    )


def _head(view: View) -> Iterator[Candidate]:
    top = view.part(y1=view.box.y0 + 0.3 * view.box.height)
    for row in top.rows:
        hit = _HOTEL.search(row.text)
        if hit and not _NO_HOTEL.search(row.text) and len(row.text) <= 50:
            # The hotel's sign stands alone at the head; beside something else it is less sure.
            text = row.text.strip()
            yield view.candidate("seller_name", text, row.box, text, firm=len(row.lines) == 1)
            break
    if hit_title := top.first(_TITLE):
        text = re.sub(r"\s+", " ", hit_title.text("v")).strip()
        yield view.candidate("title", text, hit_title.box("v"), hit_title.text("v"))


def _guest(view: View) -> Iterator[Candidate]:
    found = lab.labelled(view, _GUEST, _NAME, _OTHER)
    yield from lab.candidates(view, "guest", found)
    room = r"(?=[A-Z\d-]*\d)[A-Z]{0,2}-?\d{1,5}[A-Z]?(?![\d年./-])"
    yield from lab.candidates(view, "room", lab.labelled(view, _ROOM, room)[:1])
    number = r"(?=[A-Z\d-]*\d)[A-Z\d][A-Z\d-]{3,24}"
    yield from lab.candidates(view, "number", lab.labelled(view, _NUMBER, number))


def _day(view: View, name: str, label: str) -> Iterator[Candidate]:
    yield from lab.candidates(view, name, lab.labelled(view, label, _DAY), lab.day)


def _nights(view: View) -> Iterator[Candidate]:
    found = lab.labelled(view, _NIGHTS, r"\d{1,3}(?![\d.])")
    yield from lab.candidates(view, "nights", found, lambda text: str(int(text)))


def _total(view: View) -> Iterator[Candidate]:
    found = lab.labelled(view, rf"(?:{_TOTAL}){_UNIT}", rf"{_MARK}\s*(?:{lab.AMOUNT})")
    yield from lab.candidates(view, "total", found, lab.sum_of_money)


def _currency(view: View) -> Iterator[Candidate]:
    seen = currency_seen(view)
    if seen is not None:
        text = seen.hit.text()
        yield view.candidate("currency", seen.code, seen.hit.box(), text, firm=seen.firm)


def _item(record: Record) -> Item | None:
    """A charge; a row without one tells a payment."""
    if "charge" not in record:
        return None
    amount = money(re.sub(r"[¥￥$€£\s]", "", record["charge"].text))
    if amount is None or not Decimal(amount):
        return None
    what = record["what"].text if "what" in record else None
    dates = printed_dates(record["date"].text, None)
    day = dates[0].value if len(dates) == 1 else record["date"].text
    return Item(name=what, model=day, amount=amount)


def _stay_differs(stay: Sequence[Candidate]) -> tuple[Finding, ...]:
    """Where the nights are not those between the two days."""
    values: dict[str, set[str]] = {}
    for each in stay:
        values.setdefault(each.name, set()).add(each.value)
    if len(values) < 3 or any(len(found) > 1 for found in values.values()):
        return ()
    first, last, nights = (next(iter(values[n])) for n in ("check_in", "check_out", "nights"))
    between = (date.fromisoformat(last) - date.fromisoformat(first)).days
    # A stay of some hours is charged as one night.
    if between == int(nights) or (between == 0 and nights == "1"):
        return ()
    return (
        Finding(
            code="nights_differ",
            severity="warning",
            message=f"From {first} to {last} are {between} nights, the folio says {nights}",
            message_zh=f"{first} 至 {last} 为 {between} 晚，账单写 {nights} 晚",
            fields=("check_in", "check_out", "nights"),
        ),
    )


def _added(items: Sequence[Item], totals: Sequence[Candidate]) -> tuple[Finding, ...]:
    amounts = [Decimal(item.amount) for item in items if item.amount]
    if len(totals) != 1 or not amounts:
        return ()
    added = money_text(sum(amounts, Decimal(0)))
    if added == totals[0].value:
        return ()
    return (
        Finding(
            code="items_differ",
            severity="warning",
            message=f"The charges add up to {added}, the total is {totals[0].value}",
            message_zh=f"各项消费之和为 {added}，合计为 {totals[0].value}",
            fields=("total",),
        ),
    )
