"""Questions that compare an amount with a limit: `是否超过5000元?`, `Is it over 5,000?`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from yuepi.engines.ocr.page import plain
from yuepi.kit.money import parse_amount

Relation = Literal["gt", "ge", "lt", "le", "eq", "between"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """An amount `relation` `limit`; for `between`, from `limit` to `upper`, both included.

    currency: ISO code where the limit names one.
    """

    relation: Relation
    limit: Decimal
    upper: Decimal | None = None
    currency: str | None = None

    def holds(self, amount: Decimal) -> bool:
        """Whether the amount satisfies the comparison."""
        match self.relation:
            case "gt":
                return amount > self.limit
            case "ge":
                return amount >= self.limit
            case "lt":
                return amount < self.limit
            case "le":
                return amount <= self.limit
            case "eq":
                return amount == self.limit
            case "between":
                return self.upper is not None and self.limit <= amount <= self.upper


@dataclass(frozen=True, slots=True)
class Limit:
    """A comparison found in a question and what stands before it: the thing compared."""

    subject: str
    comparison: Comparison


_MONEY_WORDS: Final = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
_NUMBER: Final = (
    r"(?P<mark{n}>CNY|RMB|USD|EUR|GBP|[¥$€£])?\s*"
    r"(?P<number{n}>\d[\d,]*(?:\.\d+)?|[" + _MONEY_WORDS + r"]+)\s*"
    r"(?P<scale{n}>[万千百亿]|k\b|thousand\b|million\b)?\s*"
    r"(?P<unit{n}>元|块钱?|人民币|圆|美元|欧元|英镑|CNY|RMB|yuan|USD|dollars?|EUR|euros?|GBP|pounds?)?"
)
_AMOUNT: Final = _NUMBER.format(n="")
# Longest first: 不超过 holds 超过, "no more than" holds "more than".
_BEFORE: Final[tuple[tuple[Relation, str], ...]] = (
    ("le", r"(?:不|未|(?<!有)没有|(?<!有)没|并未|不得)(?:超过|大于|高于|多于|超出|超)"
           r"|至多|最多|不多于|≤|<=|⩽"
           r"|(?:does|is|did|has|do)(?:n't| not)\s+(?:exceed|over|above|more than|greater than)"
           r"|not?\s+(?:more|greater|higher|larger)\s+than|not?\s+(?:over|above|exceed(?:ing|s)?)"
           r"|at most|up to|within"),
    ("ge", r"(?:不|未|(?<!有)没有|(?<!有)没)(?:低于|小于|少于|不足)|至少|不少于|最少|达到|≥|>=|⩾"
           r"|at least|not?\s+(?:less|fewer|lower)\s+than|not?\s+(?:under|below)|reach(?:es)?"),
    ("gt", r"超过|超出|大于|高于|多于|超|>|＞|exceed(?:s|ing)?|over|above"
           r"|(?:more|greater|higher|larger|bigger)\s+than"),
    ("lt", r"低于|小于|少于|不足|不到|未达到|没达到|未满|不满|<|＜|under|below"
           r"|(?:less|lower|smaller|fewer)\s+than"),
    ("eq", r"等于|刚好是|正好是|是否为|是不是|是否是|equals?(?:\s+to)?|exactly"),
)  # fmt: skip
_NOT_REACHED: Final = re.compile(r"(?:未|没|没有|不)\s*达到")
_BEHIND: Final[tuple[tuple[Relation, str], ...]] = (
    ("le", r"以内|之内|以下|or less|or below|or under"),
    ("ge", r"以上|or more|or above"),
)
_BETWEEN: Final = re.compile(
    rf"(?:在|介于|between|from)\s*{_NUMBER.format(n='1')}\s*(?:到|至|和|与|-|~|—|and|to)\s*"
    rf"{_NUMBER.format(n='2')}",
    re.IGNORECASE,
)
_SCALES: Final = {
    "万": 10_000, "千": 1_000, "百": 100, "亿": 10**8, "k": 1_000, "thousand": 1_000,
    "million": 10**6,
}  # fmt: skip
_CURRENCIES: Final = (
    ("CNY", re.compile(r"元|块|人民币|圆|CNY|RMB|yuan|¥", re.IGNORECASE)),
    ("USD", re.compile(r"美元|USD|dollar|\$", re.IGNORECASE)),
    ("EUR", re.compile(r"欧元|EUR|€", re.IGNORECASE)),
    ("GBP", re.compile(r"英镑|GBP|pound|£", re.IGNORECASE)),
)
_NO_MONEY: Final = re.compile(
    r"^\s*(?:天|日|个?月|年|周|星期|小时|分钟|张|份|岁|公里|%|％|days?|months?|years?|weeks?|hours?"
    r"|items?|percent|km|[-/.年:]\s*\d)",
    re.IGNORECASE,
)


def find_limit(question: str) -> Limit | None:
    """The limit that a question sets for an amount; None where it sets none, or an unclear one."""
    text = plain(question)
    if found := _BETWEEN.search(text):
        low, high = _value(found, "1"), _value(found, "2")
        if low is None or high is None or low > high or _NO_MONEY.match(text[found.end() :]):
            return None
        comparison = Comparison(
            "between", low, high, _currency(found, "2") or _currency(found, "1")
        )
        return Limit(text[: found.start()], comparison)
    if _NOT_REACHED.search(text):
        return _limit(text, "lt", r"(?:未|没|没有|不)\s*达到", behind=False)
    for relation, words in _BEFORE:
        if re.search(rf"(?:{words})(?:了|过)?\s*{_AMOUNT}", text, re.IGNORECASE):
            return _limit(text, relation, words, behind=False)
    for relation, words in _BEHIND:
        if re.search(rf"{_AMOUNT}\s*(?:{words})", text, re.IGNORECASE):
            return _limit(text, relation, words, behind=True)
    return None


def _limit(text: str, relation: Relation, words: str, *, behind: bool) -> Limit | None:
    pattern = rf"{_AMOUNT}\s*(?:{words})" if behind else rf"(?:{words})(?:了|过)?\s*{_AMOUNT}"
    found = list(re.finditer(pattern, text, re.IGNORECASE))
    # Two limits in one sentence are two questions, and nobody knows which is meant.
    if len(found) == 1 and re.match(r"[A-Za-z\d]|.{0,3}(?:或|or\b).*\d", text[found[0].end() :]):
        return None
    if len(found) != 1 or (not behind and _NO_MONEY.match(text[found[0].end() :])):
        return None
    value = _value(found[0], "")
    if value is None:
        return None
    return Limit(
        text[: found[0].start()], Comparison(relation, value, None, _currency(found[0], ""))
    )


def _value(found: re.Match[str], number: str) -> Decimal | None:
    written = found[f"number{number}"]
    scale = _SCALES.get((found[f"scale{number}"] or "").casefold(), 1)
    if written[0].isdigit():
        value = parse_amount(written)
    else:
        value = parse_amount(written + (found[f"scale{number}"] or "") + "元")
        scale = 1
    return None if value is None else value * scale


def _currency(found: re.Match[str], number: str) -> str | None:
    marks = (found[f"mark{number}"] or "") + " " + (found[f"unit{number}"] or "")
    return next((code for code, pattern in _CURRENCIES if pattern.search(marks)), None)


def currency_of(text: str) -> str | None:
    """The one currency that marks in a text name; None for none or several."""
    found = {code for code, pattern in _CURRENCIES if pattern.search(text)}
    return found.pop() if len(found) == 1 else None
