"""Till receipts (小票), Chinese and English: a proof of payment, not a voucher (发票)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.amounts import decimal_point, printed_amounts
from yuepi.documents.layout.currency import CurrencySeen, currency_seen
from yuepi.documents.layout.dates import Moment, Order, printed_dates, printed_times
from yuepi.documents.layout.heading import read_issuer
from yuepi.documents.layout.level import levelled
from yuepi.documents.layout.till import Sums, choose_subtotal, choose_tax, choose_total, read_sums
from yuepi.documents.layout.till_items import read_goods
from yuepi.documents.layout.view import Row, View
from yuepi.kit.money import money_text

_TILL_WORDS: Final = (
    r"\bCASH\b|现金",
    r"\bCHANGE\b|找零",
    r"\bCASHIER\b|收银|收款员|营业员",
    r"THANK\s*YOU|谢谢|欢迎.{0,4}光临|欢迎惠顾",
    r"COME AGAIN|VISIT US AGAIN",
    r"NOT (?:RETURNABLE|REFUNDABLE)|RETURNABLE|REFUNDABLE",
    r"\bROUNDING\b|抹零",
    r"\bRECEIPT\b|小票|结账单|消费清单|购物清单|结算单|预结单|消费单",
    r"\bSALESPERSON\b|\bCOUNTER\b|\bCT[RN]R?\b|\bTERMINAL\b|\bREG\b|POS机|收银机|机号",
    r"\bGST\b|\bSST\b|\bVAT\b|\bTAX INVOICE\b",
    r"\bVISA\b|\bMASTERCARD\b|\bDEBIT\b|\bE-?WALLET\b|微信支付|支付宝|刷卡",
    r"桌号|台号|台位|人数|\bTABLE\b|\bPAX\b|流水号|取餐|小票号",
    r"实收|应收|实付",
    r"\bQTY\b|数量",
)
_TOTAL_WORD: Final = re.compile(
    r"(?i)\btota[l1i]|\bdue\b|subtotal|合计|总计|总额|应收|应付"
    r"|实收|实付|totaal|summe"
)
_NOT_A_TILL: Final = re.compile(
    r"(?i)发票代码|购买方|价税合计|交易单号|商户单号|当前状态|转账成功|iban|payment terms|due date"
    r"|factuur|rechnungsnummer|上车|车票|电子客票"
)
_CARD_SLIP: Final = re.compile(r"签购单|持卡人(?:签名|签字|存根)|商户存根")
"""What a card machine prints: one amount, and who was paid."""
_HEAD_ROWS: Final = 6
_OFFER: Final = re.compile(
    r"(?i)(?:产品|商品)?(?:报价[单书表]?|价目表|询价单|采购订单|订购单)"
    r"|(?:price )?(?:quotation|quote)|price list|purchase order|pro[- ]?forma(?: invoice)?"
)
"""The heading of what was not paid yet."""
_SHOP_LABEL: Final = (
    r"(?:商户名称?|商家名称?|店名|门店名称?|MERCHANT(?: NAME)?)\s*[:：]\s*(?P<v>[^\t]{2,60})"
)
_DATE_LABEL: Final = re.compile(r"(?i)date|datum|日期|时间")
_CLOSED: Final = re.compile(r"结[账帐]时间|支付时间|交易时间|打印时间|结算时间")
_OTHER_DATE: Final = re.compile(
    r"(?i)expir|valid|until|best before|member since|有效|保质"
    r"|生产日期|due date|dob"
)


def _likeness(view: View) -> float:
    text = view.text.upper()
    if _CARD_SLIP.search(view.squeezed) and re.search(r"终端|商户", view.squeezed):
        return 0.85 if printed_amounts(view, decimal_point(view)) else 0.0
    if (
        _NOT_A_TILL.search(view.squeezed)
        or _NOT_A_TILL.search(text)
        or not _TOTAL_WORD.search(text)
        or any(_OFFER.fullmatch(row.text.strip()) for row in view.rows[:_HEAD_ROWS])
    ):
        return 0.0
    amounts = len(printed_amounts(view, decimal_point(view)))
    words = sum(1 for pattern in _TILL_WORDS if re.search(pattern, text))
    if amounts < 2 or words < 2:
        return 0.0
    dated = any(printed_dates(row.text, "dmy") for row in view.rows)
    return min(0.95, 0.55 + 0.06 * words + 0.1 * dated - 0.15 * (not dated and words < 4))


def _read(view: View) -> Draft:
    level, back = levelled(view)
    draft = _read_level(level)
    return replace(draft, candidates=tuple(back(each) for each in draft.candidates))


def _read_level(view: View) -> Draft:
    amounts = printed_amounts(view, decimal_point(view))
    sums = read_sums(amounts, [row.text for row in view.rows])
    currency = currency_seen(view)
    totals = choose_total(sums)
    candidates = [
        *_issuer(view, sums),
        *_moment(view, _order(view, currency)),
        *(
            view.candidate("total", money_text(c.value), c.seen.box, c.seen.text, firm=c.firm)
            for c in totals
        ),
        *_before_total(view, sums),
    ]
    if currency is not None:
        hit = currency.hit
        candidates.append(
            view.candidate("currency", currency.code, hit.box(), hit.text(), firm=currency.firm)
        )
    known = [c.value for c in totals] + [p.value for p in (*sums.subtotal, *sums.net, *sums.total)]
    return Draft(tuple(candidates), read_goods(view, amounts, sums.first_row, known))


def _issuer(view: View, sums: Sums) -> Iterator[Candidate]:
    issuer = read_issuer(view, sums.first_row)
    shop = view.first(_SHOP_LABEL)
    if shop is not None:
        yield view.candidate("seller_name", shop.text("v").strip(), shop.box("v"), shop.text("v"))
    elif issuer.name is not None:
        seen = issuer.name
        yield view.candidate("seller_name", seen.text, seen.box, seen.text, firm=seen.firm)
    labelled = view.first(r"(?:门店)?地\s*址\s*[:：]\s*(?P<v>[^\t]{5,80})")
    if labelled is not None:
        value = labelled.text("v").strip()
        yield view.candidate("address", value, labelled.box("v"), value)
    elif issuer.address is not None and shop is None:
        seen = issuer.address
        yield view.candidate("address", seen.text, seen.box, seen.text, firm=seen.firm)


def _before_total(view: View, sums: Sums) -> Iterator[Candidate]:
    totals = choose_total(sums)
    total = totals[0].value if len(totals) == 1 else None
    for name, chosen in (("subtotal", choose_subtotal(sums)), ("tax", choose_tax(sums, total))):
        if chosen is not None:
            seen = chosen.seen
            yield view.candidate(
                name, money_text(chosen.value), seen.box, seen.text, firm=chosen.firm
            )


def _order(view: View, currency: CurrencySeen | None) -> Order | None:
    """Day first everywhere but in the United States; unknown where the country is."""
    if currency is not None and currency.firm:
        if currency.code == "USD":
            return "mdy"
        return None if currency.code == "CAD" else "dmy"
    return None


def _moment(view: View, order: Order | None) -> Iterator[Candidate]:
    """The date and time of the sale: labelled ones first, the moment of closing the bill best."""
    rows = [row for row in view.rows if not _OTHER_DATE.search(row.text)]
    for wanted in (_CLOSED, _DATE_LABEL, None):
        dated = [
            (row, found)
            for row in rows
            if wanted is None or wanted.search(row.text)
            for found in printed_dates(row.text, order)
        ]
        if not dated:
            continue
        values: dict[str, Candidate] = {}
        for row, found in dated:
            text = row.text[found.start : found.end]
            values.setdefault(
                found.value,
                view.candidate("date", found.value, row.part(found.start, found.end), text),
            )
        yield from values.values()
        yield from _time(view, rows, [row for row, _ in dated] if len(values) == 1 else [])
        return


def _time(view: View, rows: list[Row], dated: list[Row]) -> Iterator[Candidate]:
    """The time beside the date, else the only labelled one."""
    seen: list[tuple[Row, Moment]] = [(row, t) for row in dated for t in printed_times(row.text)]
    if not seen:
        seen = [
            (row, t)
            for row in rows
            if re.search(r"(?i)\btime\b|时间", row.text)
            for t in printed_times(row.text)
        ]
    if len({moment.value for _, moment in seen}) == 1:
        row, moment = seen[0]
        text = row.text[moment.start : moment.end]
        yield view.candidate("time", moment.value, row.part(moment.start, moment.end), text)


KIND = Kind(
    name="receipt",
    title_zh="小票",
    title_en="Till receipt",
    fields=("seller_name", "address", "date", "time", "subtotal", "tax", "total", "currency"),
    decisive=("date", "total"),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
)
