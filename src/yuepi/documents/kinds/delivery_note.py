"""Delivery notes (送货单, 出库单, 发货单): what was handed over to whom. No voucher (发票)."""

from __future__ import annotations

import re
from typing import Final

from yuepi.documents.fields import Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.delivery import TITLE, read_delivery
from yuepi.documents.layout.view import View

_NEVER: Final = re.compile(
    r"(?i)发票代码|发票号码|价税合计|电子发票|购买方|收银|找零|交易单号|taxinvoice|invoiceno"
    r"|invoicenumber|invoice#|invoicedate"
    r"|合同编号"
)
_INVOICE: Final = re.compile(r"(?i)\s*(?:tax|vat|sales|commercial)?\s*invoice\s*:?\s*")
_MARKS: Final = (
    r"(?i)收货单位|客户名称|收货人|购货单位|提货单位|收货方|shipto|deliver(?:ed)?to|consignee"
    r"|customer",
    r"(?i)送货单位|发货单位|供货单位|发货人|供应商|出库仓库|仓库|发货方|shipfrom|consignor"
    r"|supplier",
    r"(?i)送货日期|发货日期|出库日期|日期|deliverydate|date",
    r"(?i)品名|货物名称|产品名称|商品名称|物料名称|名称|description|item",
    r"(?i)规格|型号|model|spec",
    r"(?i)数量|qty|quantity",
    r"(?i)单位|unit",
    r"(?i)送货人|经手人|制单|签收|收货人签|验收|保管|receivedby|signature|deliveredby",
    r"(?i)单号|编号|\bno\b|notenumber",
)


def _likeness(view: View) -> float:
    text = view.squeezed
    if _NEVER.search(text) or not any(True for _ in view.search(TITLE)):
        return 0.0
    # An invoice may name the delivery note that it is for.
    if any(_INVOICE.fullmatch(line.text) for line in view.lines):
        return 0.0
    marks = sum(1 for pattern in _MARKS if re.search(pattern, text))
    return min(0.93, 0.5 + 0.05 * marks) if marks >= 4 else 0.0


def _read(view: View) -> Draft:
    return read_delivery(view)


KIND = Kind(
    name="delivery_note",
    title_zh="送货单",
    title_en="Delivery note",
    fields=(
        "title",
        "number",
        "date",
        "sender",
        "receiver",
        "total",
        "total_cn",
        "currency",
        "signature",
        "seal",
    ),
    decisive=(),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    labels={
        "title": ("标题", "Title"),
        "date": ("送货日期", "Date"),
        "sender": ("送货单位", "Sender"),
        "receiver": ("收货单位", "Receiver"),
        "signature": ("签收", "Signature"),
        "seal": ("盖章", "Seal"),
    },
    meanings={
        "signature": "`seen` where something is written beside the receiver's label, else left out",
        "seal": "`seen` where a red seal is on the paper, else left out",
    },
)
