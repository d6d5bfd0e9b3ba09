"""The sentences of an answer, in Chinese and English. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from yuepi.engines.ocr.comparisons import Comparison, Relation
from yuepi.engines.ocr.facts import Fact
from yuepi.engines.ocr.question import Language
from yuepi.kit.boxes import Box
from yuepi.kit.money import money_text

CANNOT_TELL: Final[Mapping[Language, str]] = {"zh": "无法确定", "en": "cannot tell"}
YES: Final[Mapping[Language, str]] = {"zh": "是", "en": "Yes"}
NO: Final[Mapping[Language, str]] = {"zh": "否", "en": "No"}
NO_PICTURE: Final[Mapping[Language, str]] = {
    "zh": "本引擎只回答关于图片的问题，请附上图片再问。",
    "en": "This engine answers questions about pictures only; please attach a picture.",
}
NOTHING_SEEN: Final[Mapping[Language, str]] = {
    "zh": "图中没有识别到文字。",
    "en": "No text was recognised in the picture.",
}
_WHY: Final[Mapping[Language, Mapping[str, str]]] = {
    "zh": {
        "missing": "图中没有找到",
        "conflict": "图中几处不一致",
        "check": "校验不通过，可能误识",
        "unclear": "字迹不够清楚",
        "currency": "币种不同",
        "partial": "名称只有一部分相同",
        "beyond": "仅凭识别出的文字不能回答",
    },
    "en": {
        "missing": "not found in the picture",
        "conflict": "the picture states different values",
        "check": "its check fails, it may be misread",
        "unclear": "not legible enough",
        "currency": "the currency differs",
        "partial": "the names agree in part only",
        "beyond": "the recognised text does not answer this",
    },
}
_UNSUPPORTED: Final[Mapping[Language, str]] = {
    "zh": "（只见一处，未能互证）",
    "en": " (seen in one place only, not cross-checked)",
}
_RELATIONS: Final[Mapping[Language, Mapping[Relation, tuple[str, str]]]] = {
    "zh": {
        "gt": ("超过", "未超过"),
        "ge": ("不低于", "低于"),
        "lt": ("低于", "不低于"),
        "le": ("不超过", "超过"),
        "eq": ("等于", "不等于"),
        "between": ("在", "不在"),
    },
    "en": {
        "gt": ("over", "not over"),
        "ge": ("at least", "below"),
        "lt": ("below", "not below"),
        "le": ("not over", "over"),
        "eq": ("equal to", "not equal to"),
        "between": ("between", "not between"),
    },
}
_SIGNS: Final = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}
_NAMES_EN: Final = {
    "价税合计": "total with tax",
    "合计": "total",
    "金额": "amount",
    "总计": "total",
    "合计金额": "amount before tax",
    "合计税额": "tax",
}


def cannot_tell(language: Language, why: str, about: str = "") -> str:
    """`无法确定（金额：图中几处不一致）`."""
    reason = _WHY[language].get(why, "")
    colon = "：" if language == "zh" else ": "
    inner = f"{about}{colon}{reason}" if about and reason else reason
    if not inner:
        return CANNOT_TELL[language]
    if language == "zh":
        return f"{CANNOT_TELL['zh']}（{inner}）"
    return f"{CANNOT_TELL['en']} ({inner})"


def money(amount: Decimal, currency: str | None) -> str:
    """`¥6,280.00`; more than two decimals are kept."""
    places = max(2, -int(amount.as_tuple().exponent))
    return f"{'-' if amount < 0 else ''}{_SIGNS.get(currency or '', '')}{abs(amount):,.{places}f}"


def comparison_text(
    language: Language, fact: Fact, comparison: Comparison, truth: bool, asked: str
) -> str:
    """`是。价税合计 ¥6,280.00，超过 5,000 元。`"""
    label = fact.label or asked or ("合计" if language == "zh" else "total")
    relation = _RELATIONS[language][comparison.relation][0 if truth else 1]
    amount = fact.value
    if not isinstance(amount, Decimal):
        raise TypeError("a comparison needs an amount")
    shown = money(amount, fact.currency)
    note = "" if fact.support else _UNSUPPORTED[language]
    if language == "zh":
        limit = _limit(comparison, "元" if comparison.currency in (None, "CNY") else "")
        head = "是" if truth else "否"
        behind = " 之间" if comparison.relation == "between" else ""
        return f"{head}。{label} {shown}{note}，{relation} {limit}{behind}。"
    head = "Yes" if truth else "No"
    label = _NAMES_EN.get(label, label)
    return f"{head}. The {label} is {shown}{note}, {relation} {_limit(comparison, '')}."


def _limit(comparison: Comparison, unit: str) -> str:
    sign = _SIGNS.get(comparison.currency or "", "") if not unit else ""
    parts = [comparison.limit] if comparison.upper is None else [comparison.limit, comparison.upper]
    return " – ".join(f"{sign}{_figure(part)}" for part in parts) + (f" {unit}" if unit else "")


def _figure(amount: Decimal) -> str:
    whole = amount == amount.to_integral_value()
    return f"{amount:,.0f}" if whole else f"{amount:,.2f}"


def date_text(language: Language, fact: Fact, truth: bool, span: str, today: date) -> str:
    """`是。开票日期 2026-10-08，在“过去90天内”范围内（今天 2026-11-21）。`"""
    day = fact.value
    if language == "zh":
        inside = "符合" if truth else "不符合"
        label = fact.label or "日期"
        return f"{'是' if truth else '否'}。{label} {day}，{inside}“{span}”（今天 {today}）。"
    inside = "matches" if truth else "does not match"
    label = {"开票日期": "invoice date", "日期": "date"}.get(
        fact.label, fact.label.lower() or "date"
    )
    return (
        f'{"Yes" if truth else "No"}. The {label} is {day}; it {inside} "{span}" (today {today}).'
    )


def value_text(language: Language, fact: Fact) -> str:
    """A fact as it stands behind its name in an answer."""
    if fact.value is None:
        return cannot_tell(language, fact.why)
    if not isinstance(fact.value, Decimal):
        return str(fact.value)
    text = money(fact.value, fact.currency)
    if fact.further is not None:
        net = money(fact.further, fact.currency)
        text += (
            f"（价税合计；不含税 {net}）" if language == "zh" else f" (with tax; {net} before tax)"
        )
    return text if fact.support else text + _UNSUPPORTED[language]


def data_text(fact: Fact) -> str | None:
    """A fact as a JSON string: plain decimals, ISO dates; None where it cannot be told."""
    if fact.value is None:
        return None
    return money_text(fact.value) if isinstance(fact.value, Decimal) else str(fact.value)


def box_1000(box: Box) -> list[int]:
    """A box in thousandths of the upright page: `[x0, y0, x1, y1]`."""
    return [min(1000, max(0, round(1000 * side))) for side in box]
