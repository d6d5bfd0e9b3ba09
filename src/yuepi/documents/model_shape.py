"""The JSON schema of what a model is asked about a document, made from its kind's fields. Pure.

Per field one object: the value as printed or null, the lines it was copied from, its box. Nothing
else can be said: no decision, no confidence, no remark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from yuepi.documents.kinds.kind import Kind

VALUE_CHARACTERS_MAX: Final = 200
LINES_NAMED_MAX: Final = 6
_MEANINGS: Final[Mapping[str, str]] = {
    "code": "发票代码 / invoice code",
    "number": "号码 / the document's own number",
    "date": "日期 YYYY-MM-DD / date of the document",
    "time": "时间 / time of day",
    "check_code": "校验码 / check code",
    "buyer_name": "购买方名称 / who it is made out to",
    "buyer_tax_id": "购买方税号 / the buyer's tax number",
    "seller_name": "销售方或商户名称 / who sold it",
    "seller_tax_id": "销售方税号 / the seller's tax number",
    "address": "地址 / the seller's address",
    "subtotal": "小计 / sum before tax and service",
    "amount": "不含税金额 / amount before tax",
    "tax": "税额 / tax",
    "total": "价税合计或实付金额 / what is to be paid in all",
    "total_cn": "合计大写 / the total in Chinese words",
    "currency": "币种 ISO 4217 / currency code",
    "plate": "车牌 / plate of the car",
    "on": "上车时间 / when the ride began",
    "off": "下车时间 / when the ride ended",
    "distance": "里程 / distance",
    "train": "车次 / train",
    "from": "出发站 / from",
    "to": "到达站 / to",
    "departure": "发车时间 / departure",
    "passenger": "乘车人 / passenger",
    "seat": "座位 / seat",
}


def meaning(kind: Kind, name: str) -> str:
    """What a field is, for a model: the kind's own words, its labels, or the usual ones."""
    labels = kind.labels.get(name)
    said = kind.meanings.get(name) or (" / ".join(labels) if labels else _MEANINGS.get(name, ""))
    return said or name.replace("_", " ")


def field_schema(
    kind: Kind, names: Sequence[str], *, numbered: bool, boxes: bool
) -> dict[str, Any]:
    """The schema of an answer. numbered: lines were shown, and are to be cited; boxes: the model
    gives places as four numbers in a scale of its own."""
    properties: dict[str, Any] = {
        "value": {"anyOf": [{"type": "string", "maxLength": VALUE_CHARACTERS_MAX}, _NULL]}
    }
    if numbered:
        properties["lines"] = {
            "type": "array",
            "items": {"type": "string", "maxLength": 6},
            "maxItems": LINES_NAMED_MAX,
        }
    if boxes:
        four = {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 99_999}}
        properties["box"] = {"anyOf": [{**four, "minItems": 4, "maxItems": 4}, _NULL]}
    one = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {name: {**one, "description": meaning(kind, name)} for name in names},
        "required": list(names),
        "additionalProperties": False,
    }


_NULL: Final = {"type": "null"}
