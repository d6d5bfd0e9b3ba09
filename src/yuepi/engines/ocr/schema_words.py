"""How the words and types of a JSON Schema are understood. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from yuepi.engines.ocr.fields import Field, field_for, known_field
from yuepi.engines.ocr.page import plain, squeeze
from yuepi.engines.ocr.question import Ask, Compare, InSpan
from yuepi.engines.ocr.tables import Grid, column_of
from yuepi.kit.money import money_text, parse_amount

UNKNOWN_WORDS: Final = frozenset(
    (
        "无法确定",
        "不确定",
        "未知",
        "无法判断",
        "不清楚",
        "cannottell",
        "unknown",
        "unclear",
        "undetermined",
        "uncertain",
        "n/a",
    )
)
YES_WORDS: Final = frozenset(("是", "yes", "true", "y", "有", "对", "符合"))
NO_WORDS: Final = frozenset(("否", "no", "false", "n", "无", "没有", "不是", "不符合"))
ANSWER_NAMES: Final = frozenset(
    (
        "answer",
        "result",
        "response",
        "reply",
        "explanation",
        "reason",
        "reasoning",
        "conclusion",
        "summary",
        "message",
        "comment",
        "答案",
        "回答",
        "结果",
        "结论",
        "说明",
        "理由",
        "原因",
        "依据",
        "解释",
    )
)
TEXT_NAMES: Final = frozenset(
    (
        "text", "content", "fulltext", "transcription", "transcript", "ocr", "rawtext", "lines",
        "文字", "全文", "文本", "内容",
    )
)  # fmt: skip
_DATE_WORDS: Final = re.compile(r"date|day|month|recent|日期|天|时间|月内|年内", re.I)
_AMOUNT_WORDS: Final = re.compile(
    r"exceed|over|above|below|under|limit|amount|total|threshold|超|金额|限额|低于|高于",
    re.IGNORECASE,
)
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (
        "项目名称", "货物或应税劳务、服务名称", "货物或应税劳务名称", "名称", "品名",
        "商品", "商品名称", "项目", "item", "items", "description", "product", "name",
    ),
    "model": ("规格型号", "规格", "型号", "model", "spec"),
    "unit": ("单位", "unit"),
    "quantity": ("数量", "qty", "quantity"),
    "price": ("单价", "价格", "unitprice", "price"),
    "amount": ("金额", "小计", "amount", "total"),
    "rate": ("税率", "税率/征收率", "rate", "taxrate"),
    "tax": ("税额", "tax"),
}  # fmt: skip
_COLUMN_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("description", "product", "item", "itemname", "goods", "title", "项目", "商品"),
    "quantity": ("count", "number", "num"),
    "price": ("unit_price", "unitprice", "each"),
    "amount": ("total", "line_total", "linetotal", "subtotal", "sum"),
    "rate": ("tax_rate", "taxrate"),
    "tax": ("tax_amount", "taxamount"),
}


def types_of(schema: Any) -> set[str]:
    """The JSON types a schema lets through, as far as it says; all where it says nothing."""
    stated = schema.get("type") if isinstance(schema, Mapping) else None
    if isinstance(stated, str):
        return {stated}
    if isinstance(stated, Sequence):
        return set(stated)
    if isinstance(schema, Mapping) and "enum" in schema:
        names = {str: "string", bool: "boolean", type(None): "null"}
        return {names.get(type(each), "number") for each in schema["enum"]}
    if isinstance(schema, Mapping) and "properties" in schema:
        return {"object"}
    if isinstance(schema, Mapping) and "items" in schema:
        return {"array"}
    return {"string", "number", "boolean"}


def is_one_of(text: object, words: frozenset[str]) -> bool:
    """Whether a text is one of the words, blanks, case and dashes aside."""
    return isinstance(text, str) and re.sub(r"[\s_\-]", "", squeeze(text)) in words


def suits(ask: Ask, words: str) -> bool:
    """Whether a yes/no property with these words can mean this question."""
    if isinstance(ask, InSpan):
        return _DATE_WORDS.search(words) is not None
    if isinstance(ask, Compare):
        return _AMOUNT_WORDS.search(words) is not None and not _DATE_WORDS.search(words)
    return False


def field_of(names: Sequence[str]) -> Field | None:
    """The field that a property's name, title or description stands for."""
    for name in names:
        if name and (found := known_field(name)):
            return found
    for name in names[1:]:
        first = re.split(r"[,，。.;；:：(（]", plain(name), maxsplit=1)[0]
        if first and (found := known_field(first)):
            return found
    if is_one_of(names[0], ANSWER_NAMES) or is_one_of(names[0], TEXT_NAMES) or not names[0]:
        return None
    return field_for(re.sub(r"[_\-]+", " ", names[0]))


def is_per_picture(properties: Mapping[str, Any], pictures: int) -> bool:
    """Whether the objects of a list are documents rather than rows of a table."""
    documents = sum(known_field(name) is not None for name in properties)
    rows = sum(_column_key(name) is not None for name in properties)
    return documents > rows or (pictures > 1 and documents == rows)


def _column_key(name: str) -> str | None:
    plain_name = re.sub(r"[\s_\-]", "", squeeze(name))
    for key, heads in _COLUMNS.items():
        known = {re.sub(r"_", "", each) for each in _COLUMN_NAMES.get(key, ())}
        if plain_name == key or plain_name in heads or plain_name in known:
            return key
    return None


def column_in(name: str, schema: Mapping[str, Any], grid: Grid) -> int | None:
    """The column of a table that a property means, by name, title or description."""
    for text in (name, str(schema.get("title", "")), str(schema.get("description", ""))):
        exact = column_of((squeeze(text),), grid.head) if text else None
        if exact is not None:
            return exact
        key = _column_key(text) if text else None
        if key is not None:
            return column_of(_COLUMNS[key], grid.head)
    return None


def typed(value: Decimal | date | str, types: set[str], schema: Mapping[str, Any]) -> Iterator[Any]:
    """The value in each of the types allowed, the closest first."""
    if "enum" in schema:
        wanted = squeeze(str(value))
        yield from (e for e in schema["enum"] if isinstance(e, str) and squeeze(e) == wanted)
        return
    if isinstance(value, Decimal):
        if "number" in types and "string" not in types:
            yield int(value) if value == value.to_integral_value() else float(value)
        if "integer" in types and value == value.to_integral_value():
            yield int(value)
        if "string" in types:
            yield money_text(value)
        return
    if "string" in types:
        yield str(value)
    if isinstance(value, str) and re.fullmatch(r"0|[1-9]\d{0,14}", value):
        if "integer" in types or "number" in types:
            yield int(value)
    elif isinstance(value, str) and "number" in types and (amount := parse_amount(value)):
        yield float(amount)
