"""What people call the fields of a reading, in Chinese and in English."""

from __future__ import annotations

from typing import Final

from yuepi.documents.kinds import kind_named

_NAMES: Final = {
    "type": ("票种", "Type"),
    "title": ("标题", "Title"),
    "code": ("发票代码", "Invoice code"),
    "number": ("号码", "Number"),
    "date": ("日期", "Date"),
    "buyer_name": ("购买方", "Buyer"),
    "buyer_tax_id": ("购买方税号", "Buyer tax number"),
    "seller_name": ("销售方", "Seller"),
    "seller_tax_id": ("销售方税号", "Seller tax number"),
    "amount": ("不含税金额", "Amount before tax"),
    "tax": ("税额", "Tax"),
    "total": ("合计金额", "Total"),
    "total_cn": ("合计大写", "Total in words"),
    "currency": ("币种", "Currency"),
    "check_code": ("校验码", "Check code"),
    "train": ("车次", "Train"),
    "from": ("出发站", "From"),
    "to": ("到达站", "To"),
    "departure": ("发车时间", "Departure"),
    "passenger": ("乘车人", "Passenger"),
    "seat": ("座位", "Seat"),
    "plate": ("车牌", "Plate"),
    "on": ("上车", "Got on"),
    "off": ("下车", "Got off"),
    "distance": ("里程", "Distance"),
    "address": ("地址", "Address"),
    "time": ("时间", "Time"),
    "subtotal": ("小计", "Subtotal"),
}


def field_names(kind: str, field: str) -> tuple[str, str]:
    """A field's names, Chinese and English: its kind's own first; made of its name where it has
    none."""
    known = kind_named(kind).labels.get(field) or _NAMES.get(field)
    plain = field.replace("_", " ")
    return known or (plain, plain)
