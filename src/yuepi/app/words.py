"""What the command line and the report call things, in Chinese and in English."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    # Only for its types: the words are needed by `--help`, which must load no model library.
    from yuepi.documents.reading import Field, Status

Language = Literal["zh", "en"]


class Words(NamedTuple):
    """The same thing said in both languages."""

    zh: str
    en: str

    def said(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


FIELD_GROUPS: tuple[tuple[Words, tuple[str, ...]], ...] = (
    (Words("票据", "Document"), ("type", "title", "code", "number", "date", "time", "check_code")),
    (Words("购买方", "Buyer"), ("buyer_name", "buyer_tax_id")),
    (Words("销售方", "Seller"), ("seller_name", "seller_tax_id", "address")),
    (
        Words("行程", "Journey"),
        (
            "train",
            "from",
            "to",
            "departure",
            "passenger",
            "seat",
            "plate",
            "on",
            "off",
            "distance",
        ),
    ),
    (
        Words("金额", "Amounts"),
        ("subtotal", "amount", "tax", "total", "total_cn", "currency"),
    ),
)
"""Fields in the order in which a reviewer looks for them. Others follow in a group of their own."""

OTHER_GROUP = Words("其他", "Other")

FIELDS: Mapping[str, Words] = {
    "type": Words("票种", "Type"),
    "title": Words("票面标题", "Title"),
    "code": Words("发票代码", "Invoice code"),
    "number": Words("号码", "Number"),
    "date": Words("开票日期", "Date"),
    "time": Words("时间", "Time"),
    "check_code": Words("校验码", "Check code"),
    "buyer_name": Words("购买方名称", "Buyer"),
    "buyer_tax_id": Words("购买方税号", "Buyer tax number"),
    "seller_name": Words("销售方名称", "Seller"),
    "seller_tax_id": Words("销售方税号", "Seller tax number"),
    "address": Words("地址", "Address"),
    "subtotal": Words("小计", "Subtotal"),
    "amount": Words("不含税金额", "Amount before tax"),
    "tax": Words("税额", "Tax"),
    "total": Words("价税合计", "Total"),
    "total_cn": Words("合计大写", "Total in words"),
    "currency": Words("币种", "Currency"),
    "plate": Words("车牌", "Plate"),
    "on": Words("上车", "Got on"),
    "off": Words("下车", "Got off"),
    "distance": Words("里程", "Distance"),
    "train": Words("车次", "Train"),
    "from": Words("出发站", "From"),
    "to": Words("到达站", "To"),
    "departure": Words("发车时间", "Departure"),
    "passenger": Words("乘车人", "Passenger"),
    "seat": Words("座位", "Seat"),
}

STATUSES: Mapping[Status, Words] = {
    "confirmed": Words("已印证", "confirmed"),
    "single": Words("单一来源", "one source"),
    "conflict": Words("有冲突", "conflict"),
    "missing": Words("缺失", "missing"),
}
STATUS_SIGNS: Mapping[Status, str] = {
    "confirmed": "✓",
    "single": "△",
    "conflict": "✗",
    "missing": "–",
}
SOURCES: Mapping[str, Words] = {
    "native": Words("原始数据", "original data"),
    "codes": Words("二维码", "QR code"),
    "layout": Words("版面文字", "printed text"),
    "model": Words("视觉模型", "vision model"),
    "words": Words("大写金额", "amount in words"),
    "arithmetic": Words("算术关系", "arithmetic"),
    "checksum": Words("校验位", "check digit"),
    "person": Words("人工", "a person"),
}
SEVERITIES: Mapping[str, Words] = {
    "info": Words("提示", "note"),
    "warning": Words("注意", "warning"),
    "error": Words("错误", "error"),
}
TIERS: Mapping[str, Words] = {
    "clean": Words("清晰", "clean"),
    "scan": Words("扫描件", "scan"),
    "photo": Words("照片", "photo"),
    "poor": Words("质量差", "poor"),
}
OUTCOMES: Mapping[str, Words] = {
    "approve": Words("建议通过", "Approve"),
    "refer": Words("转人工复核", "Refer to a person"),
    "suggest_reject": Words("建议驳回", "Suggest rejection"),
}
ROLES: Mapping[str, Words] = {
    "department_director": Words("部门总监", "department director"),
    "department_manager": Words("部门经理", "department manager"),
    "finance": Words("财务", "finance"),
    "reviewer": Words("审核人员", "a reviewer"),
}
"""The roles of the shipped policy; a company's own policy may name any other."""

EFFECTS: Mapping[str, Words] = {
    "suggest_reject": Words("驳回理由", "asks for rejection"),
    "refer": Words("需复核", "asks for a person"),
    "approve": Words("通过依据", "allows approval"),
    "warn": Words("提醒，不影响结果", "a warning, changes nothing"),
}
"""What the reasons of a decision ask for, the gravest first."""

OUTCOME_SIGNS: Mapping[str, str] = {"approve": "✓", "refer": "↗", "suggest_reject": "✗"}

ITEM_COLUMNS: tuple[tuple[str, Words], ...] = (
    ("name", Words("名称", "Name")),
    ("model", Words("规格", "Model")),
    ("unit", Words("单位", "Unit")),
    ("quantity", Words("数量", "Quantity")),
    ("price", Words("单价", "Price")),
    ("amount", Words("金额", "Amount")),
    ("rate", Words("税率", "Rate")),
    ("tax", Words("税额", "Tax")),
)
MONEY_FIELDS = frozenset({"subtotal", "amount", "tax", "total"})


def field_words(name: str, kind: str | None = None) -> Words:
    """What a field is called, on a paper of that kind if given; its own name where nobody has
    named it."""
    # Here, not above: kinds bring the readers with them.
    from yuepi.documents.kinds import kind_named, known_kinds

    own = kind_named(kind).labels if kind else {}
    if name in own:
        return Words(*own[name])
    if name in FIELDS:
        return FIELDS[name]
    named = (kind.labels[name] for kind in known_kinds() if name in kind.labels)
    return Words(*next(named, (name, name)))


def role_words(name: str) -> Words:
    """What a role is called; its own name where it is a company's own."""
    return ROLES.get(name, Words(name, name))


def grouped(fields: Mapping[str, Field]) -> list[tuple[Words, list[tuple[str, Field]]]]:
    """The fields of a reading in reviewing order; groups without a field are left out."""
    known = {name for _, names in FIELD_GROUPS for name in names}
    rest = tuple(name for name in fields if name not in known)
    groups = (*FIELD_GROUPS, (OTHER_GROUP, rest))
    found = [(title, [(n, fields[n]) for n in names if n in fields]) for title, names in groups]
    return [(title, entries) for title, entries in found if entries]


def language_of(environment: Mapping[str, str] | None = None) -> Language:
    """The language to speak: `YUEPI_LANG`, else the locale's; English where neither says."""
    known = os.environ if environment is None else environment
    for name in ("YUEPI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        said = known.get(name, "").strip().lower()
        if said:
            return "zh" if said.startswith("zh") else "en"
    return "en"
