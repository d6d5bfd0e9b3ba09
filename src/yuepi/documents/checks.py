"""Checks on one reading that need nothing but the reading: sums, words, shapes, check characters.

Pure. A finding is something a reviewer would look at; what follows is for the policy to say.
Values whose sources differ are reported as that and take no part in the other checks, and what is
missing or unreadable is never a finding here. Source of the rules: DOMAIN facts (docs/kinds.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from yuepi.documents.checksums import id_card_valid, tax_id_valid
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.number_shapes import misshapen
from yuepi.documents.reading import Field, Finding, Item, Severity
from yuepi.kit.money import money_text, parse_amount

_CENT: Final = Decimal("0.01")
_EXEMPT: Final = ("***", "免税", "不征税")
_ELECTRONIC: Final = ("vat_e_invoice", "digital_invoice", "rail_e_ticket")
"""Kinds whose legal voucher is a file: a picture of one is no original."""
_SEALED: Final = (
    "vat_special_invoice", "vat_invoice", "taxi_invoice", "fixed_amount_invoice", "machine_invoice",
)  # fmt: skip
"""Paper kinds that carry a red seal: the bureau's own in print, the seller's by hand."""
_TAX_IDS: Final = ("buyer_tax_id", "seller_tax_id")
_LEGACY_LENGTHS: Final = (15, 20)
"""Tax numbers without a check character: those before 2015, and of sole traders."""


def check(
    kind: Kind,
    fields: Mapping[str, Field],
    items: Sequence[Item],
    *,
    seals_seen: int | None,
    original: bool,
    crc_ok: bool | None,
) -> tuple[Finding, ...]:
    """All findings on one reading, in a fixed order.

    seals_seen: how many red seals the picture shows, None where that is unknown. original:
    whether the bytes are an electronic original. crc_ok: whether the QR text's check sum fits,
    None without one.
    """
    values = {
        name: field.value
        for name, field in fields.items()
        if field.value is not None and field.status != "conflict"
    }
    lined = "total_cn" in kind.fields
    return (
        *_sources_differ(fields),
        *_words(fields, values.get("total_cn")),
        *_arithmetic(values, exact=lined),
        *(_sums(kind, values, items) if lined else ()),
        *(_lines(items) if lined else ()),
        *_tax_ids(values),
        *_shapes(kind, values),
        *_code(crc_ok),
        *_originality(kind, values, seals_seen, original),
    )


def _finding(code: str, severity: Severity, message: str, message_zh: str, *fields: str) -> Finding:
    return Finding(
        code=code, severity=severity, message=message, message_zh=message_zh, fields=fields
    )


def _sources_differ(fields: Mapping[str, Field]) -> Iterator[Finding]:
    for name, field in fields.items():
        if field.status != "conflict":
            continue
        seen = " / ".join((field.value or "", *field.others))
        if "codes" in field.sources and "native" not in field.sources:
            yield _finding(
                "qr_differs", "error",
                f"The QR code and the print differ in {name}: {seen}",
                f"二维码与票面的 {name} 不一致：{seen}",
                name,
            )  # fmt: skip
        else:
            yield _finding(
                "sources_differ", "warning",
                f"Sources differ in {name}: {seen}",
                f"各来源的 {name} 不一致：{seen}",
                name,
            )  # fmt: skip


def _amount(text: str | None) -> Decimal | None:
    """A value of money; `***` is nothing to pay."""
    if text is None:
        return None
    return Decimal(0) if text in _EXEMPT else parse_amount(text, ".")


def _words(fields: Mapping[str, Field], in_words: str | None) -> Iterator[Finding]:
    """Where a total in figures differs from the words, even if another total agrees with them."""
    words, field = _amount(in_words), fields.get("total")
    if words is None or field is None or field.value is None:
        return
    totals = [_amount(text) for text in (field.value, *field.others)]
    other = next((total for total in totals if total is not None and total != words), None)
    if other is not None:
        yield _finding(
            "amount_words_differ", "warning",
            f"The amount in words is {money_text(words)}, in figures {money_text(other)}",
            f"大写金额为 {money_text(words)}，小写金额为 {money_text(other)}",
            "total", "total_cn",
        )  # fmt: skip


def _arithmetic(values: Mapping[str, str], *, exact: bool) -> Iterator[Finding]:
    amount, tax, total = (_amount(values.get(name)) for name in ("amount", "tax", "total"))
    if amount is None or tax is None or total is None:
        return
    if abs(amount + tax - total) > (0 if exact else _CENT):
        yield _finding(
            "arithmetic_differs", "warning",
            f"Amount {money_text(amount)} + tax {money_text(tax)} is not {money_text(total)}",
            f"金额 {money_text(amount)} + 税额 {money_text(tax)} ≠ 价税合计 {money_text(total)}",
            "amount", "tax", "total",
        )  # fmt: skip


def _sums(kind: Kind, values: Mapping[str, str], items: Sequence[Item]) -> Iterator[Finding]:
    # Invoices without a column for tax (机打发票) sell at prices that include it.
    amount = "amount" if "amount" in kind.fields else "total"
    yield from _sum(amount, "金额", values, [item.amount for item in items])
    if "tax" in kind.fields:
        yield from _sum("tax", "税额", values, [item.tax for item in items])


def _sum(
    name: str, name_zh: str, values: Mapping[str, str], lines: Sequence[str | None]
) -> Iterator[Finding]:
    stated = _amount(values.get(name))
    parts = [part for part in map(_amount, lines) if part is not None]
    if stated is None or not parts or len(parts) != len(lines):
        return
    added = sum(parts, Decimal(0))
    if abs(added - stated) > _CENT * len(parts):
        yield _finding(
            "items_differ", "warning",
            f"The lines add up to {money_text(added)}, the {name} is {money_text(stated)}",
            f"明细{name_zh}合计为 {money_text(added)}，票面为 {money_text(stated)}",
            name,
        )  # fmt: skip


def _lines(items: Sequence[Item]) -> Iterator[Finding]:
    for number, item in enumerate(items, 1):
        amount = _amount(item.amount)
        if amount is None:
            continue
        if (expected := _bought(item, amount)) is not None:
            yield _finding(
                "item_line_differs", "warning",
                f"Line {number}: {item.quantity} × {item.price} is {expected}, not {amount}",
                f"第 {number} 行：{item.quantity} × {item.price} 为 {expected}，票面金额 {amount}",
            )  # fmt: skip
        if (expected := _taxed(item, amount)) is not None:
            yield _finding(
                "item_line_differs", "warning",
                f"Line {number}: {item.rate} of {amount} is {expected}, not {item.tax}",
                f"第 {number} 行：{amount} × {item.rate} 为 {expected}，票面税额 {item.tax}",
            )  # fmt: skip


def _bought(item: Item, amount: Decimal) -> Decimal | None:
    """What quantity × price gives, where that is not the amount.

    A price is printed rounded, so its last digit may be off by a half for each piece.
    """
    quantity, price = _amount(item.quantity), _amount(item.price)
    if not quantity or price is None or item.price is None:
        return None
    decimals = len(item.price.partition(".")[2])
    slack = abs(quantity) * Decimal(1).scaleb(-decimals) / 2 + _CENT
    expected = quantity * price
    return None if abs(expected - amount) <= slack else expected.quantize(_CENT)


def _taxed(item: Item, amount: Decimal) -> Decimal | None:
    """What rate × amount gives, where that is not the tax."""
    rate, tax = item.rate or "", _amount(item.tax)
    if tax is None or not rate.endswith("%"):
        return None
    share = parse_amount(rate[:-1], ".")
    if share is None:
        return None
    expected = amount * share / 100
    return None if abs(expected - tax) <= _CENT else expected.quantize(_CENT)


def _tax_ids(values: Mapping[str, str]) -> Iterator[Finding]:
    for name in _TAX_IDS:
        text = values.get(name)
        if text is None or len(text) in _LEGACY_LENGTHS:
            continue
        if not tax_id_valid(text) and not id_card_valid(text):
            yield _finding(
                "bad_tax_id", "warning",
                f"The check character of {name} {text} is wrong",
                f"税号 {text} 的校验位不正确",
                name,
            )  # fmt: skip


def _shapes(kind: Kind, values: Mapping[str, str]) -> Iterator[Finding]:
    for shape in misshapen(kind.name, values):
        yield _finding("number_shape", "warning", shape.message, shape.message_zh, *shape.fields)


def _code(crc_ok: bool | None) -> Iterator[Finding]:
    # About half of the genuine public samples have another sum: a reason to look, no more.
    if crc_ok is False:
        yield _finding(
            "qr_crc_differs", "info",
            "The QR code's check sum does not fit its text",
            "二维码末尾的校验值与内容不符",
        )  # fmt: skip


def _originality(
    kind: Kind, values: Mapping[str, str], seals_seen: int | None, original: bool
) -> Iterator[Finding]:
    # 增值税电子专用发票 shares its kind with the paper form.
    electronic = kind.name in _ELECTRONIC or "电子" in values.get("type", "")
    if electronic and not original:
        yield _finding(
            "not_original", "warning",
            "This is a picture of an electronic invoice; its original is a PDF, OFD or XML file",
            "这是电子发票的图片，报销入账须保存电子原件（PDF、OFD 或 XML）",
        )  # fmt: skip
    if kind.name in _SEALED and not electronic and not original and seals_seen == 0:
        yield _finding(
            "no_seal", "warning",
            "No red seal is to be seen",
            "未见红色印章（发票专用章）",
        )  # fmt: skip
