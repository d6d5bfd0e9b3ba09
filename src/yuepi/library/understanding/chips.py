"""Filters as people see them, in Chinese and in English. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from yuepi.kit.money import money_text
from yuepi.library.document import Folder
from yuepi.library.query import Chip, Query
from yuepi.library.understanding.sorts import PICTURES, kind_label

WORDS_CHARACTERS_MAX: Final = 200
_LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "exact": ("原文：{}", "Says: {}"),
    "numbers": ("号码：{}", "Number: {}"),
    "kinds": ("类型：{}", "Kind: {}"),
    "parties": ("相关方：{}", "Party: {}"),
    "amount_min": ("金额 ≥ {}", "Amount ≥ {}"),
    "amount_max": ("金额 ≤ {}", "Amount ≤ {}"),
    "date_from": ("日期自 {}", "Dated from {}"),
    "date_to": ("日期至 {}", "Dated to {}"),
    "added_from": ("入库自 {}", "Added from {}"),
    "added_to": ("入库至 {}", "Added to {}"),
    "seal": ("{}", "{}"),
    "tags": ("标签：{}", "Tag: {}"),
    "folders": ("文件夹：{}", "Folder: {}"),
    "media": ("文件类型：{}", "File type: {}"),
    "documents": ("限定 {} 份文件", "Within {} documents"),
    "name": ("文件名：{}", "File name: {}"),
}
_PLAIN_SUM: Final = Decimal("0.01")


def chips_of(
    query: Query, words: Mapping[str, str] | None = None, folders: Sequence[Folder] = ()
) -> tuple[Chip, ...]:
    """One chip for each filter that is set. words: of the question, by field."""
    said = words or {}
    dumped = query.model_dump(mode="json")
    chips: list[Chip] = []
    for field, (label_zh, label_en) in _LABELS.items():
        value = getattr(query, field)
        if value is None or value == ():
            continue
        told_zh, told_en = _told(field, value, folders)
        chips.append(
            Chip(
                field=field,
                value=json.dumps(dumped[field], ensure_ascii=False),
                words=said.get(field, "")[:WORDS_CHARACTERS_MAX],
                label_zh=label_zh.format(told_zh),
                label_en=label_en.format(told_en),
            )
        )
    return tuple(chips)


def _told(field: str, value: Any, folders: Sequence[Folder]) -> tuple[str, str]:
    if field == "kinds":
        labels = [kind_label(name) for name in value]
        return "、".join(zh for zh, _ in labels), ", ".join(en for _, en in labels)
    if field == "seal":
        return ("有印章", "With a seal") if value else ("没有印章", "Without a seal")
    if field == "documents":
        return str(len(value)), str(len(value))
    if field == "folders":
        names = {folder.id: "/".join(folder.path) or folder.name for folder in folders}
        value = tuple(names.get(each, each) for each in value)
    if field == "media":
        return _media(value)
    if isinstance(value, Decimal):
        return amount_label(value), amount_label(value)
    if isinstance(value, tuple):
        return "、".join(value), ", ".join(value)
    return str(value), str(value)


def _media(names: tuple[str, ...]) -> tuple[str, str]:
    rest = [name.upper() for name in names if name not in PICTURES]
    pictures = set(PICTURES) <= set(names)
    if not pictures:
        rest = [name.upper() for name in names]
    zh = (["图片"] if pictures else []) + rest
    en = (["pictures"] if pictures else []) + rest
    return "、".join(zh), ", ".join(en)


def amount_label(amount: Decimal) -> str:
    """An amount with its thousands apart, its cents where it has any."""
    text = money_text(amount)
    whole, _, cents = text.partition(".")
    return f"{int(whole):,}" + (f".{cents}" if cents.strip("0") else "")
