"""Till receipts: what the money lines say, and which of them is the sum that was paid.

A receipt prints many sums: before tax, before rounding, money given, change. Labels sort them;
arithmetic (money given less change, net plus tax, total plus rounding) decides between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from yuepi.documents.layout.amounts import Printed
from yuepi.documents.layout.view import GAP

Meaning = Literal[
    "total", "maybe_total", "subtotal", "net", "tax", "rounding", "discount", "paid", "change"
]

_TAX: Final = r"\bG\.?S\.?T\b|\bSST\b|\bVAT\b|\bTAX\b|\bBTW\b|MWST|\bUST\b|\bTVA\b|\bHST\b|税"
_ROUNDING_MAX: Final = Decimal("0.10")
_CENTS_STEP: Final = Decimal("0.05")

# Tried in this order: the first that matches tells what the amount is.
_MEANINGS: Final[tuple[tuple[Meaning | None, re.Pattern[str]], ...]] = (
    (
        None,
        re.compile(
            r"Q\W?TY|QUANTITY|\bITEMS?\b|POINTS?|SAVING|SAVED|LOADING|\bPCS\b|数量"
            r"|件数|积分|余额"
        ),
    ),
    ("change", re.compile(r"CHANGE|找零|找赎|WISSELGELD|R.CKGELD")),
    ("rounding", re.compile(r"ROUND|抹零|舍入|AFRONDING")),
    ("discount", re.compile(r"DISC(?:OUNT)?\b|VOUCHER|COUPON|优惠|折扣|减免|立减|KORTING|RABATT")),
    ("net", re.compile(r"EXCL|\bEXC?\.|BEFORE|TAXABLE|W/O\b|\bNETTO\b|不含税")),
    ("subtotal", re.compile(r"SUB\W?TOT|SUBTOTAAL|ZWISCHENSUMME|小计|原价|优惠前|折前")),
    ("maybe_total", re.compile(rf"TOTA.{{0,20}}INC.*(?:{_TAX})|INC.{{0,12}}(?:{_TAX})")),
    (
        "total",
        re.compile(
            r"GRAND|NETT?\b.*TOTA|TOTA.{0,12}(?:DUE|PAYABLE|AMOUNT|AMT)|(?:AMOUNT|AMT"
            r"|BALANCE).{0,6}DUE"
            r"|\bDUE\b|PAYABLE|应付|应收|实付"
        ),
    ),
    # What a card machine calls it; alone, for goods have amounts too.
    ("total", re.compile(r"^(?:交易|支付|付款|订单)?金额\W*(?:RMB|CNY|元)?\W*(?:RMB|CNY)?$")),
    ("tax", re.compile(_TAX)),
    ("total", re.compile(r"TOTA[LI1/|A]|TE BETALEN|GESAMT|SUMME|合计|总计|总额|消费金额|\bTTL\b")),
    (
        "paid",
        re.compile(
            r"\bCASH\b|\bPAY\b|\bPAID|TENDER|VISA|MASTER|\bCARD\b|DEBIT|CREDIT|PAYMENT|E-?WALLET"
            r"|实收|现金|微信|支付宝|刷卡|银联|储值卡|CONTANT|\bPIN\b|GEGEBEN|\bBAR\b"
        ),
    ),
)
_NO_MONEY: Final = re.compile(
    r"INVOICE|\bREG\b|\bID\b|\bNO\b\.?\s*[:#]|\bCODE\b"
    r"|SERVICE(?!\s*TAX)|服务费|茶位"
)
_SUMMARY: Final = re.compile(
    rf"(?:{_TAX}|RATE)\s*(?:SUMMARY|ANALYSIS|CODE|SUMM)"
    rf"|SUMMARY",
    re.IGNORECASE,
)


@dataclass
class Sums:
    """The money lines by meaning, top to bottom."""

    total: list[Printed] = field(default_factory=list)
    maybe_total: list[Printed] = field(default_factory=list)
    subtotal: list[Printed] = field(default_factory=list)
    net: list[Printed] = field(default_factory=list)
    tax: list[Printed] = field(default_factory=list)
    rounding: list[Printed] = field(default_factory=list)
    discount: list[Printed] = field(default_factory=list)
    paid: list[Printed] = field(default_factory=list)
    change: list[Printed] = field(default_factory=list)

    @property
    def first_row(self) -> int | None:
        """Where the sums begin, which is where the goods end."""
        rows = [p.row for p in (*self.total, *self.subtotal, *self.net, *self.maybe_total)]
        return min(rows) if rows else None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sum with its place; `firm` where its label, or arithmetic, leaves no doubt."""

    value: Decimal
    seen: Printed
    firm: bool


def read_sums(amounts: Iterable[Printed], rows: list[str]) -> Sums:
    """Sort the labelled amounts. `rows` are the texts of the rows that the amounts are numbered by.

    The table of tax rates at the foot repeats net sums under the word Total: it is left out.
    """
    sums = Sums()
    foot = _foot(rows)
    for printed in amounts:
        label = printed.label.upper()
        if not label or (foot is not None and printed.row >= foot):
            continue
        meaning = _meaning(label)
        if meaning is None or (not printed.alone and meaning != "paid"):
            continue
        getattr(sums, meaning).append(printed)
    _settle_inclusive(sums)
    if not sums.change:
        # 实收 is the money given where change follows, and the sum paid where none does.
        sums.total += [p for p in sums.paid if "实收" in p.label]
        sums.paid = [p for p in sums.paid if "实收" not in p.label]
    return sums


def _foot(rows: list[str]) -> int | None:
    """The row of the tax summary's heading, where sums stand above it."""
    for number, text in enumerate(rows):
        if _SUMMARY.search(text) and any(re.search(r"(?i)tota|合计", row) for row in rows[:number]):
            return number
    return None


def _meaning(label: str) -> Meaning | None:
    """What a label says of its amount: its part next to it first, where that says anything."""
    apart = [part for part in label.split(GAP) if part.strip()]
    nearest = _meaning_of(apart[-1].strip()) if len(apart) > 1 else None
    return nearest or _meaning_of(label)


def _meaning_of(label: str) -> Meaning | None:
    for meaning, pattern in _MEANINGS:
        if pattern.search(label):
            if meaning in ("tax", "total") and _NO_MONEY.search(label):
                return None
            return meaning
    return None


def _settle_inclusive(sums: Sums) -> None:
    """`Total incl. GST` may name the sum or the tax inside it: their sizes differ enough."""
    others = [p.value for p in (*sums.total, *sums.subtotal, *sums.net)]
    tendered = _tendered(sums)
    if not others and tendered is not None:
        others = [tendered.value]
    for printed in sums.maybe_total:
        if not others or printed.value >= max(others) / 2:
            sums.total.append(printed)
        else:
            sums.tax.append(printed)


def choose_total(sums: Sums) -> list[Chosen]:
    """The sum paid; several where nothing decides (they will conflict); empty where none is."""
    tendered = _tendered(sums)
    rounded = [p for p in sums.rounding if abs(p.value) > _ROUNDING_MAX]
    stated = [p for p in (*sums.total, *rounded) if p.value > 0]
    if rounded and (near := [p for p in rounded if _agrees(p, sums, tendered)]):
        return [Chosen(near[-1].value, near[-1], True)]
    if not stated:
        return _without_label(sums, tendered)
    values = {p.value for p in stated}
    if len(values) == 1:
        return _one_stated(stated[-1], sums, tendered)
    for fits in (
        [p for p in stated if tendered is not None and p.value == tendered.value],
        # Before it is rounded the sum is net plus tax, too.
        _after_adjustment(stated, sums),
        [p for p in stated if _is_net_plus_tax(p, sums)],
    ):
        if len({p.value for p in fits}) == 1:
            return [Chosen(fits[-1].value, fits[-1], True)]
    return [Chosen(p.value, p, True) for p in stated]


def _agrees(rounded: Printed, sums: Sums, tendered: Chosen | None) -> bool:
    near = any(abs(rounded.value - p.value) < _CENTS_STEP for p in sums.total)
    return near or (tendered is not None and tendered.value == rounded.value)


def _one_stated(stated: Printed, sums: Sums, tendered: Chosen | None) -> list[Chosen]:
    """One total is printed; rounding may still come after it."""
    later = [p for p in sums.rounding if p.row > stated.row and 0 < abs(p.value) <= _ROUNDING_MAX]
    if later:
        for value in (stated.value + later[-1].value, stated.value - later[-1].value):
            if tendered is not None and tendered.value == value:
                return [tendered]
            if tendered is None and value % _CENTS_STEP == 0:
                return [Chosen(value, stated, False)]
        return [Chosen(stated.value, stated, False)]
    if tendered is not None and tendered.value != stated.value:
        # One of four prints was misread; which one cannot be told.
        return [Chosen(stated.value, stated, True), tendered]
    return [Chosen(stated.value, stated, True)]


def _after_adjustment(stated: list[Printed], sums: Sums) -> list[Printed]:
    """Of two totals that differ by the rounding or the discount, the later one."""
    values = sorted({p.value for p in stated})
    steps = {abs(p.value) for p in (*sums.rounding, *sums.discount)}
    if len(values) == 2 and values[1] - values[0] in steps:
        return [stated[-1]]
    return []


def _is_net_plus_tax(printed: Printed, sums: Sums) -> bool:
    return any(
        base.value + tax.value == printed.value and tax.value > 0
        for base in (*sums.net, *sums.subtotal)
        for tax in sums.tax
    )


def _without_label(sums: Sums, tendered: Chosen | None) -> list[Chosen]:
    """No line says total: the subtotal is it where the money that changed hands says the same."""
    if tendered is None:
        return []
    for printed in (*sums.subtotal, *sums.paid):
        if printed.value == tendered.value:
            return [Chosen(printed.value, printed, True)]
    return []


def _tendered(sums: Sums) -> Chosen | None:
    """Money given less change, where both are printed once."""
    paid = {p.value for p in sums.paid}
    change = {p.value for p in sums.change}
    if len(paid) != 1 or len(change) != 1:
        return None
    value = paid.pop() - abs(change.pop())
    return Chosen(value, sums.paid[-1], False) if value > 0 else None


def choose_tax(sums: Sums, total: Decimal | None) -> Chosen | None:
    """The tax, where one value is printed or one completes the total."""
    fitting = [
        tax
        for tax in sums.tax
        for base in (*sums.net, *sums.subtotal)
        if total is not None and base.value + tax.value == total and tax.value > 0
    ]
    for group in (fitting, sums.tax):
        if len({p.value for p in group}) == 1:
            return Chosen(group[-1].value, group[-1], True)
    return None


def choose_subtotal(sums: Sums) -> Chosen | None:
    """The sum called subtotal, else the one before tax."""
    for group in (sums.subtotal, [p for p in sums.net if "TAXABLE" not in p.label.upper()]):
        if len({p.value for p in group}) == 1:
            return Chosen(group[-1].value, group[-1], True)
    return None
