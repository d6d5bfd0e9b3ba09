"""Hotel folios (酒店账单, 住宿水单): what a stay cost, day by day. No voucher (发票)."""

from __future__ import annotations

import re
from typing import Final

from yuepi.documents.fields import Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.folio import read_folio
from yuepi.documents.layout.view import View

_NEVER: Final = re.compile(
    r"发票代码|发票号码|价税合计|货物或应税|交易单号|桌号|台号|购买方|电子客票"
)
_TITLE: Final = re.compile(
    r"(?i)(?:酒店|宾客|客人|住宿|客房|住客|结账|离店).{0,4}(?:账单|帐单|水单|明细|结算单)|宾客账单"
    r"|guestfolio|folio(?:no|number|#)|informationinvoice|guestbill|guestaccount|hotelbill"
)
_MARKS: Final = (
    r"(?i)房号|房间号|客房号|room(?:no|number|#)",
    r"(?i)抵店|入住|到店|arrival|check-?in",
    r"(?i)离店|退房|离开日期|departure|check-?out",
    r"(?i)房费|房租|住宿费|客房费|roomcharge|accommodation|roomrate|roomrevenue",
    r"(?i)宾客|客人|住客|guest",
    r"(?i)间夜|天数|晚数|nights?",
    r"(?i)酒店|宾馆|饭店|客栈|旅馆|民宿|hotel|\binn\b|resort|hostel",
    r"(?i)借方|贷方|debit|credit|消费.{0,6}付款|charges?",
    r"(?i)押金|预付|余额|deposit|balance",
)
_INVOICE: Final = re.compile(
    r"(?im)^\s*(?:tax|vat)?\s*invoice\s*$|\b(?:tax|vat) invoice\b|\binvoice\s*(?:no\b|number|#)"
)


def _likeness(view: View) -> float:
    text = view.squeezed
    if _NEVER.search(text):
        return 0.0
    marks = sum(1 for pattern in _MARKS if re.search(pattern, text))
    titled = bool(_TITLE.search(text))
    # A hotel abroad that calls its bill an invoice means one.
    if not titled and any(_INVOICE.search(line.text) for line in view.lines):
        return 0.0
    if marks < (3 if titled else 6):
        return 0.0
    return min(0.93, 0.5 + 0.045 * marks + (0.12 if titled else 0.0))


def _read(view: View) -> Draft:
    return read_folio(view)


KIND = Kind(
    name="hotel_folio",
    title_zh="酒店账单",
    title_en="Hotel folio",
    fields=(
        "title",
        "seller_name",
        "number",
        "guest",
        "room",
        "check_in",
        "check_out",
        "nights",
        "total",
        "currency",
    ),
    decisive=(),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    labels={
        "title": ("标题", "Title"),
        "guest": ("客人姓名", "Guest"),
        "room": ("房号", "Room"),
        "check_in": ("入住日期", "Check-in"),
        "check_out": ("离店日期", "Check-out"),
        "nights": ("住宿天数", "Nights"),
    },
    meanings={
        "number": "the folio's own number (账单号, Folio No.)",
        "total": "the sum of all charges, before payments",
    },
)
