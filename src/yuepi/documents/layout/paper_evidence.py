"""What the lines of a group say about being a whole document in their own right.

Used to find several documents on one picture: titles, identities, amounts, the labels of taxi
tickets and the words of tills, without reading any value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from yuepi.documents.layout.amounts import narrow
from yuepi.sight.sighting import Line

_TITLE: Final = re.compile(
    r"(?:专用|普通|统一|定额|通用|客运|机打|汽车|有限公司|电子|卷票)(?:车)?发票(?!专用章|信息"
    r"|联|代码|号码|监制|查询|真伪)"
    r"|出租汽车专|车票$|行程单$|^电子发票|铁路电子客票"
)
_NOT_A_TITLE: Final = re.compile(
    r"机打发票.{0,3}手写|^机打发票$|查询|登录|网站|www|请|凭|开具"
    r"|索取|专用章"
)
_NUMBER: Final = re.compile(r"(?:号码|N[oO0º°]|№)\W{0,2}(\d{8}(?!\d)|\d{20}(?!\d))")
_CODE: Final = re.compile(r"代码\W{0,2}(\d{12}|\d{10})(?!\d)")
_MONEY: Final = re.compile(r"(?<![\d.])\d[\d,]*\.\d{2}(?!\d)|[元圆圓][整正]|[¥￥]\s?\d|\d元")
_TAXI_LABELS: Final = re.compile(
    r"车号|车牌|证号|日期|上车|下车|单价|里程|等[候侯]|金额|状态"
    r"|余额|卡号|附加费"
)
_TOTAL: Final = re.compile(
    r"(?i)tota[l1i]|totaal|amount\s?due|balance\s?due|合计|总计|应收"
    r"|应付|实收|实付|gesamt"
)
_TILL: Final = re.compile(
    r"(?i)cash|change|cashier|thank|receipt|gst|vat|tax|tel\b|phone|qty|找零|收银|电话|数量"
    r"|品名|谢谢|小票|invoice"
)
_DATE: Final = re.compile(
    r"(?i)20\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:20)?\d\d"
    r"|\d{1,2}\s?(?:jan|feb|ma[ryi]|apr|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]*\.?,?\s?(?:20)?\d\d"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s\d{1,2},?\s20\d\d"
    r"|(?<!\d)20\d{6}(?!\d)"
)
_FORM: Final = re.compile(
    r"价税合计|购买方|销售方|纳税人识别|货物或应税|开票人|开票日期|税率|校验码"
)
_AMOUNT: Final = re.compile(r"(?<![\d.,])\d[\d.,]*[.,]\d{2}(?!\d)")


@dataclass(frozen=True, slots=True)
class Mark:
    """What one line says about there being a document."""

    text: str
    title: bool
    numbers: frozenset[str]
    code: bool
    money: bool
    total: bool
    date: bool
    taxi: frozenset[str]
    till: frozenset[str]
    amounts: frozenset[str]
    form: bool
    """Words of a VAT form: its sums have words of tills beside them, but it is none."""

    @property
    def telling(self) -> bool:
        """Whether the line can only belong to a document."""
        return self.title or bool(self.numbers) or self.code or self.total


def mark_of(line: Line) -> Mark:
    """What a line says, by its words alone."""
    text = re.sub(r"\s", "", narrow(line.text))
    return Mark(
        text=text,
        title=bool(_TITLE.search(text)) and not _NOT_A_TITLE.search(text) and len(text) <= 30,
        numbers=frozenset(match[1] for match in _NUMBER.finditer(text)),
        code=bool(_CODE.search(text)),
        money=bool(_MONEY.search(text)),
        total=bool(_TOTAL.search(text)),
        date=bool(_DATE.search(line.text)),
        taxi=frozenset(match.group() for match in _TAXI_LABELS.finditer(text)),
        till=frozenset(match.group().lower() for match in _TILL.finditer(line.text)),
        amounts=frozenset(match.group() for match in _AMOUNT.finditer(text)),
        form=bool(_FORM.search(text)),
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a group of lines being a whole document."""

    size: int
    numbers: frozenset[str]
    amounts: frozenset[str]
    titled: bool
    taxi: bool
    till: bool

    @property
    def document(self) -> bool:
        """Whether the group is a document by itself."""
        return self.titled or self.taxi or self.till


def evidence_of(marks: Iterable[Mark]) -> Evidence:
    """What the lines with these marks are together."""
    own = list(marks)
    numbers = frozenset[str]().union(*(mark.numbers for mark in own))
    if not numbers and any(mark.text.endswith("号码") for mark in own):
        # The label and its number were recognised as two lines.
        numbers = frozenset(mark.text for mark in own if re.fullmatch(r"\d{8}", mark.text))
    amounts = frozenset[str]().union(*(mark.amounts for mark in own))
    identified = bool(numbers) or any(mark.code for mark in own)
    money = any(mark.money for mark in own)
    words = frozenset[str]().union(*(mark.till for mark in own))
    dated_total = any(mark.total for mark in own) and any(mark.date for mark in own)
    return Evidence(
        size=len(own),
        numbers=numbers,
        amounts=amounts,
        titled=identified and money and any(mark.title for mark in own),
        taxi=identified and money and len(frozenset[str]().union(*(m.taxi for m in own))) >= 5,
        till=not any(mark.form for mark in own)
        and dated_total
        and len(amounts) >= 2
        and len(words) >= 2
        and len(own) >= 8,
    )


def are_two(one: Evidence, other: Evidence, *, stacked: bool) -> bool:
    """Whether two groups are different documents, and neither a part of the other.

    stacked: whether they stand one above the other, as a card slip does under its receipt, whose
    amounts it repeats: the two are one purchase.
    """
    if not (one.document and other.document) or one.numbers & other.numbers:
        return False
    only_tills = not (one.titled or one.taxi or other.titled or other.taxi)
    fewer, more = sorted((one.amounts, other.amounts), key=len)
    return not (stacked and only_tills and fewer <= more)


def are_copies(one: Evidence, other: Evidence) -> bool:
    """Whether two groups show one invoice twice; its two corners with the number are no copies."""
    alike = min(one.size, other.size) >= 0.7 * max(one.size, other.size)
    return bool(one.titled and other.titled and alike and one.numbers & other.numbers)
