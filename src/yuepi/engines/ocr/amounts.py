"""The sums of a document: found by their labels, held against each other. Pure.

A total is believed when whatever else the page says of it agrees: its words (大写), the QR code,
net plus tax, a second place. Candidates that disagree give no total at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yuepi.engines.ocr import pairs
from yuepi.engines.ocr.comparisons import currency_of
from yuepi.engines.ocr.page import HAS_CJK, SCORE_MIN, Page, Piece
from yuepi.engines.ocr.pairs import Hit
from yuepi.kit.boxes import Box
from yuepi.kit.money import parse_amount

_SUMS: Final = (
    ("价税合计", "小写"),
    (
        "合计金额", "总金额", "金额合计", "总计", "总额", "总价", "实付金额", "实付款", "实付",
        "实收金额", "实收", "应付金额", "应付", "应收金额", "应收", "合计",
        "Grand Total", "Amount Due", "Total Due", "Total Amount", "Balance Due", "Total Payable",
        "Total",
    ),
    ("支付金额", "付款金额", "消费金额", "交易金额", "票价", "金额", "Amount Paid", "Amount"),
)  # fmt: skip
_NETS: Final = ("不含税金额", "小计", "Subtotal", "Sub Total", "Sub-total", "Net Amount", "Net")
_TAXES: Final = ("合计税额", "税额合计", "Total Tax", "Sales Tax", "VAT", "GST", "Tax")
_FIGURE: Final = re.compile(
    r"(?<![\d.,/:\-])(?:-\s?)?(?:¥|\$|€|£|CNY|RMB|EUR|USD|GBP)?\s?-?"
    r"(?:\d{1,3}(?:,\d{3})+|\d{1,10})\.\d{2}(?![\d.,/:]|\s?%)"
)
_WORDS: Final = re.compile(r"[负零〇壹贰貳叁參肆伍陆陸柒捌玖拾佰仟万萬亿億元圆圓角分整正]{3,}")
_WORDS_FIRM: Final = re.compile(r"[壹贰貳叁參肆伍陆陸柒捌玖].*[元圆圓角分整正]")
_QR: Final = re.compile(
    r"^01,\d\d,(?P<code>\d*),(?P<number>\d+),(?P<amount>\d+(?:\.\d+)?),(?P<date>\d{8}),"
)
_PAID_PAGE: Final = re.compile(r"支付成功|交易成功|转账成功|付款成功|账单详情")
_ROW_SUM: Final = re.compile(r"^\s*合\s*计(?![\u3400-\u9fff])")


@dataclass(frozen=True, slots=True)
class Sum:
    """One amount of a page. value None: it cannot be told, `why` says which kind of doubt.

    support: what agrees with it, in the order of weight; () where it was seen in one place only.
    words: the amount in words as printed, where there is one.
    """

    value: Decimal | None
    label: str = ""
    box: Box | None = None
    support: tuple[str, ...] = ()
    why: str = ""
    currency: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceCode:
    """What an invoice's QR code states. Its amount is with tax for 20-digit numbers, else not."""

    code: str
    number: str
    amount: Decimal
    date: str


def amount_in(text: str) -> Decimal | None:
    """The one amount that a label's value holds, or None."""
    whole = parse_amount(text)
    if whole is not None:
        return whole
    found = _FIGURE.findall(text)
    if len(found) != 1:
        return None
    return parse_amount(found[0].strip())


def invoice_code(page: Page) -> InvoiceCode | None:
    """The one invoice QR code of a page; None for none or several different ones."""
    found = {
        InvoiceCode(m["code"], m["number"], Decimal(m["amount"]), m["date"])
        for code in page.codes
        if (m := _QR.match(code.text))
    }
    return found.pop() if len(found) == 1 else None


def words_on(page: Page) -> list[tuple[str, Decimal | None, Piece]]:
    """Amounts in words on the page: as printed, their value (None: unreadable), their piece."""
    found = []
    for piece in page.pieces:
        text = piece.text.replace(" ", "")
        for match in _WORDS.finditer(text):
            if _WORDS_FIRM.search(match.group()):
                found.append((match.group(), parse_amount(match.group()), piece))
    return found


def find_net_and_tax(page: Page) -> tuple[Sum, Sum]:
    """The sums before tax and of the tax."""
    row = _sum_row(page)
    code = invoice_code(page)
    if row is not None:
        net, tax = row
        total = find_total(page)
        backed = ("arithmetic",) if total.value == net[0] + tax[0] else ()
        if code is not None and len(code.number) == 8 and code.amount != net[0]:
            return Sum(None, why="conflict"), Sum(None, why="conflict")
        more = ("code",) if code is not None and len(code.number) == 8 else ()
        currency = currency_on(page)
        return (
            _doubted(
                page, Sum(net[0], "合计金额", net[1].box, (*backed, *more), "", currency), net[1]
            ),
            _doubted(page, Sum(tax[0], "合计税额", tax[1].box, backed, "", currency), tax[1]),
        )
    nets, taxes = _hits(page, _NETS), _hits(page, _TAXES)
    net_sum, tax_sum = _one_of(page, nets), _one_of(page, taxes)
    total = find_total(page)
    if None not in (net_sum.value, tax_sum.value, total.value) and "arithmetic" in total.support:
        net_sum, tax_sum = _backed(net_sum), _backed(tax_sum)
    return net_sum, tax_sum


def find_total(page: Page) -> Sum:
    """What the document adds up to, tax included."""
    groups = [_hits(page, labels) for labels in _SUMS]
    hits = next((group for group in groups if group), [])
    if not hits:
        return _only_figure(page)
    if len({hit.value for hit in hits}) > 1:
        return Sum(None, why="conflict")
    value, first = hits[0].value, hits[0]
    words = words_on(page)
    if any(worth is not None and worth != value for _, worth, _ in words):
        return Sum(None, why="conflict")
    code = invoice_code(page)
    if code is not None and len(code.number) == 20 and code.amount != value:
        return Sum(None, why="conflict")
    pair = _sum_row(page)
    if pair is not None and pair[0][0] + pair[1][0] != value:
        return Sum(None, why="conflict")
    figure = next((hit for hit in hits if not _WORDS.search(hit.text)), None)
    support = tuple(_support(page, value, figure is not None, groups, code))
    label = "价税合计" if first.label in _SUMS[0] else first.label
    found = Sum(
        value=value,
        label=label,
        box=(figure or first).box,
        support=support,
        currency=currency_on(page),
        words=next((text for text, worth, _ in words if worth == value), ""),
    )
    if not support and (page.is_poor or min(hit.score for hit in hits) < SCORE_MIN):
        return Sum(None, why="unclear")
    return found


def currency_on(page: Page) -> str | None:
    """The currency of the page; a page with Chinese on it and no other mark counts yuan."""
    found = currency_of(page.text)
    if found is None and HAS_CJK.search(page.text) and not re.search(r"[$€£]", page.text):
        return "CNY"
    return found


def _support(
    page: Page,
    value: Decimal,
    has_figure: bool,
    groups: list[list[Hit[Decimal]]],
    code: InvoiceCode | None,
) -> Iterator[str]:
    """What else on the page says the same."""
    if has_figure and any(worth == value for _, worth, _ in words_on(page)):
        yield "words"
    if code is not None and code.amount == value:
        yield "code"
    pair = _sum_row(page)
    if pair is not None or _adds_up(page, value):
        yield "arithmetic"
    places = {hit.box for group in groups for hit in group if hit.value == value}
    if len(places) > 1 and not any(_WORDS.search(hit.text) for group in groups for hit in group):
        yield "twice"


def _adds_up(page: Page, total: Decimal) -> bool:
    nets = {hit.value for hit in _hits(page, _NETS)}
    taxes = {hit.value for hit in _hits(page, _TAXES)}
    return len(nets) == 1 and len(taxes) == 1 and nets.pop() + taxes.pop() == total


def _hits(page: Page, labels: tuple[str, ...]) -> list[Hit[Decimal]]:
    """Amounts beside labels; one place counts once, and heads of columns are no labels."""
    found: dict[Box, Hit[Decimal]] = {}
    heads = _column_heads(page)
    for hit in pairs.find(page, labels, amount_in):
        if hit.label_box not in heads and not _in_sum_row(page, hit):
            found.setdefault(hit.box, hit)
    return list(found.values())


def _column_heads(page: Page) -> set[Box]:
    """Labels that stand in one row with at least two others: the head of a table."""
    heads: set[Box] = set()
    for row in page.rows:
        words = [piece for piece in row if not re.search(r"\d", piece.text)]
        if len(words) >= 3 and len(words) == len(row):
            heads |= {piece.box for piece in row}
    return heads


def _in_sum_row(page: Page, hit: Hit[Decimal]) -> bool:
    """合计 before net and tax is no total."""
    if hit.label != "合计":
        return False
    row = next((row for row in page.rows if any(piece.box == hit.box for piece in row)), ())
    return sum(1 for piece in row if amount_in(piece.text) is not None) > 1


def _sum_row(page: Page) -> tuple[tuple[Decimal, Piece], tuple[Decimal, Piece]] | None:
    """Net and tax of the row 合计 ¥… ¥… of an invoice."""
    for row in page.rows:
        if not _ROW_SUM.match(" ".join(piece.text for piece in row)):
            continue
        values = [(v, piece) for piece in row if (v := amount_in(piece.text)) is not None]
        if len(values) == 2 and values[0][0] >= values[1][0]:
            return values[0], values[1]
    return None


def _one_of(page: Page, hits: list[Hit[Decimal]]) -> Sum:
    if not hits:
        return Sum(None, why="missing")
    if len({hit.value for hit in hits}) > 1:
        return Sum(None, why="conflict")
    hit = hits[0]
    support = ("twice",) if len(hits) > 1 else ()
    found = Sum(hit.value, hit.label, hit.box, support, "", currency_on(page))
    return _doubted(page, found, hit)


def _backed(found: Sum) -> Sum:
    return Sum(found.value, found.label, found.box, ("arithmetic",), "", found.currency)


def _doubted(page: Page, found: Sum, seen: Piece | Hit[Decimal]) -> Sum:
    """Unsupported digits on a poor page or in a doubtful line are not told."""
    if not found.support and (page.is_poor or seen.score < SCORE_MIN):
        return Sum(None, why="unclear")
    return found


def find_labelled(page: Page, label: str) -> Sum:
    """The amount beside any other label."""
    hits = {hit.box: hit for hit in pairs.find(page, (label,), amount_in)}
    return _one_of(page, list(hits.values()))


def _only_figure(page: Page) -> Sum:
    """The one big figure of a payment's screenshot, which has no label."""
    if not _PAID_PAGE.search(page.text):
        return Sum(None, why="missing")
    alone = [piece for piece in page.pieces if _FIGURE.fullmatch(piece.text)]
    if len({abs(v) for p in alone if (v := amount_in(p.text)) is not None}) != 1:
        return Sum(None, why="missing" if not alone else "conflict")
    value = amount_in(alone[0].text)
    if value is None or page.is_poor or alone[0].score < SCORE_MIN:
        return Sum(None, why="unclear")
    support = ("twice",) if len(alone) > 1 else ()
    return Sum(abs(value), "金额", alone[0].box, support, "", currency_on(page))
