"""Invoices from abroad: A4 pages in English, Dutch or German, mostly with their own text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.amounts import Printed, decimal_point, printed_amounts
from yuepi.documents.layout.currency import CurrencySeen, currency_seen
from yuepi.documents.layout.dates import Order, printed_dates
from yuepi.documents.layout.invoice_lines import read_lines
from yuepi.documents.layout.invoice_parties import read_parties
from yuepi.documents.layout.till import choose_tax, read_sums
from yuepi.documents.layout.view import Hit, Row, View
from yuepi.kit.money import money_text

_TITLE: Final = re.compile(
    r"(?i)\b(?:tax\s+|vat\s+|commercial\s+|proforma\s+)?invoice\b"
    r"|\bfactuur\b|\brechnung\b|\bfacture\b"
)
_NUMBER_LABEL: Final = (
    r"(?:invoice|factuur|rechnungs?|facture|inv)[\s\-]*"
    r"(?:(?:number|no|nr|num(?:mer)?|#|id|n°|ref(?:erence)?)\b\.?|nummer|#)"
)
_NUMBER_VALUE: Final = r"(?P<v>(?=[\w\-/.]*\d)[A-Za-z0-9][\w\-/.]{1,29}(?<![.\-/]))"
_NUMBERS: Final = (
    re.compile(rf"(?i)(?<![a-z]){_NUMBER_LABEL}\s*[:#.]*\s*{_NUMBER_VALUE}"),
    re.compile(rf"(?i)\binvoice\s*[:#]\s*#?\s*{_NUMBER_VALUE}"),
    re.compile(rf"(?i)^(?:.*\t)?\s*#\s*{_NUMBER_VALUE}\s*$"),
)
_NUMBER_HEADING: Final = re.compile(rf"(?i)(?<![a-z]){_NUMBER_LABEL}(?=\s*[:.]?\s*(?:\t|$))")
_DATE_LABELS: Final = (
    re.compile(
        r"(?i)invoice\s*date|factuurdatum|rechnungsdatum|date\s+of\s+issue"
        r"|issue(?:d)?\s*(?:date|on)|date\s+issued|date\s+de\s+(?:la\s+)?facture"
    ),
    re.compile(
        r"(?i)(?<![a-z])(?<!due )(?<!order )(?<!delivery )(?<!ship )(?<!payment )(?<!print )"
        r"(?:date|datum)\b(?!\s*due)"
    ),
)
_MARKS: Final = (
    r"INVOICE\s*(?:NUMBER|NO|#|DATE)|FACTUURNUMMER|FACTUURDATUM|RECHNUNGSNUMMER|RECHNUNGSDATUM"
    r"|RECHNUNGS-?NR",
    r"BILL(?:ED)?\s*TO|SOLD\s*TO|INVOICE\s*TO|SHIP\s*TO|RECHNUNG\s*AN",
    r"DUE\s*DATE|PAYMENT\s*(?:TERMS|DUE)|NET\s*\d+\s*DAYS|VERVALDATUM|F.LLIG|ZAHLBAR",
    r"\bIBAN\b|\bBIC\b|\bSWIFT\b|SORT\s*CODE|ROUTING|ACCOUNT\s*(?:NO|NUMBER)",
    r"\bVAT\b|\bBTW\b|MWST|\bUST\b|\bTAX\b|\bGST\b|\bTVA\b",
    r"SUBTOTAL|SUBTOTAAL|ZWISCHENSUMME|NETTO|EXCLUSIEF",
    r"BALANCE\s*DUE|AMOUNT\s*DUE|TOTAL\s*DUE|TE\s*BETALEN|GESAMTBETRAG",
    r"QUANTITY|\bQTY\b|AANTAL|MENGE|UNIT\s*PRICE|\bRATE\b|\bPRIJS\b|EINZELPREIS",
    r"PURCHASE\s*ORDER|P\.?O\.?\s*(?:NUMBER|NO|#)|ORDERNUMMER|KLANTNUMMER|KUNDENNUMMER"
    r"|CUSTOMER\s*(?:NO|NUMBER|ID)",
)
_TOTAL_WORD: Final = re.compile(
    r"(?i)\btotal|totaal|gesamt|summe|amount due|balance due"
    r"|te betalen|zu zahlen"
)
_TILL: Final = re.compile(
    r"(?i)\bcashier\b|\bchange\b\W*\$?\d|come again|salesperson"
    r"|\bcash\b\s*[:\t]"
)
_NOT_FOREIGN: Final = re.compile(r"发票代码|发票号码|购买方|价税合计|电子发票")
_MONTH_FIRST: Final = re.compile(
    r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov"
    r"|dec)[a-z]*\.?\s+\d{1,2},\s*20\d\d"
)


def _likeness(view: View) -> float:
    if _NOT_FOREIGN.search(view.squeezed) or _TILL.search(view.text):
        return 0.0
    amounts = printed_amounts(view, decimal_point(view))
    titled = bool(_TITLE.search(view.text)) or "FACTUUR" in view.text.upper()
    if not titled or not amounts or not _TOTAL_WORD.search(view.text):
        return 0.0
    text = view.text.upper()
    marks = sum(1 for pattern in _MARKS if re.search(pattern, text))
    return 0.0 if marks < 2 else min(0.95, 0.6 + 0.06 * marks)


def _read(view: View) -> Draft:
    point = decimal_point(view)
    amounts = printed_amounts(view, point)
    currency = currency_seen(view, bare_dollar="USD")
    parties = read_parties(view)
    candidates = [
        *_number(view),
        *_date(view, _order(view, currency)),
        *(
            view.candidate(name, seen.text, seen.box, seen.text, firm=seen.firm)
            for name, seen in parties
        ),
        *_sums(view, amounts),
    ]
    if currency is not None:
        hit = currency.hit
        candidates.append(
            view.candidate("currency", currency.code, hit.box(), hit.text(), firm=currency.firm)
        )
    return Draft(tuple(candidates), read_lines(view, amounts, point))


def _number(view: View) -> list[Candidate]:
    for pattern in _NUMBERS:
        found: dict[str, Candidate] = {}
        for hit in view.search(pattern):
            value = hit.text("v")
            if not printed_dates(value, "dmy"):
                found.setdefault(value, view.candidate("number", value, hit.box("v"), value))
        if found:
            return list(found.values())
    below = _below(view, _NUMBER_HEADING, re.compile(_NUMBER_VALUE))
    return (
        []
        if below is None
        else [view.candidate("number", below.text("v"), below.box("v"), below.text("v"))]
    )


def _below(view: View, heading: re.Pattern[str], value: re.Pattern[str]) -> Hit | None:
    """The value in the row under a heading, in the heading's column."""
    for number, row in enumerate(view.rows[:-1]):
        match = heading.search(row.text)
        if match is None:
            continue
        place = row.part(*match.span())
        under = view.rows[number + 1]
        if under.box.y0 - row.box.y1 > 2.5 * view.line_height:
            return None
        for cell in re.finditer(r"[^\t]+", under.text):
            box = under.part(*cell.span())
            if min(box.x1, place.x1) > max(box.x0, place.x0) and value.fullmatch(
                cell.group().strip()
            ):
                found = value.search(under.text, cell.start())
                return Hit(under, found) if found else None
        return None
    return None


def _order(view: View, currency: CurrencySeen | None) -> Order | None:
    """Which of 03/04 is the month: the way other dates on the page say it, else the country's."""
    if currency is None or currency.code == "CAD":
        return None
    if currency.code == "USD":
        return "mdy" if currency.firm or _MONTH_FIRST.search(view.text) else None
    return "dmy"


def _date(view: View, order: Order | None) -> Iterator[Candidate]:
    for label in _DATE_LABELS:
        found: dict[str, Candidate] = {}
        for row, box_start, text in _after(view.rows, label):
            dates = printed_dates(text, order)
            if dates:
                first = dates[0]
                start, end = box_start + first.start, box_start + first.end
                found.setdefault(
                    first.value,
                    view.candidate("date", first.value, row.part(start, end), row.text[start:end]),
                )
        if found:
            yield from found.values()
            return


def _after(rows: tuple[Row, ...], label: re.Pattern[str]) -> Iterator[tuple[Row, int, str]]:
    """What follows a label in its row up to the next label, else what stands under it."""
    for number, row in enumerate(rows):
        for match in label.finditer(row.text):
            rest = re.split(r"(?i)\t[^\t\d]*(?:date|datum)", row.text[match.end() :])[0]
            if printed_dates(rest, "dmy"):
                yield row, match.end(), rest
            elif not re.search(r"\w", rest.partition("\t")[0]) and number + 1 < len(rows):
                yield from _under(row.part(*match.span()).x0, rows[number + 1])


def _under(left: float, under: Row) -> Iterator[tuple[Row, int, str]]:
    for cell in re.finditer(r"[^\t]+", under.text):
        if abs(under.part(*cell.span()).x0 - left) < 0.02:
            yield under, cell.start(), cell.group()


def _sums(view: View, amounts: list[Printed]) -> Iterator[Candidate]:
    """Net, tax and total: the net that completes the total with the tax, where there is one."""
    labelled = [printed for printed in amounts if _is_sum_row(printed)]
    sums = read_sums([_alone(printed) for printed in labelled], [row.text for row in view.rows])
    totals = _distinct(sums.total)
    total = totals[0].value if len(totals) == 1 else None
    tax = choose_tax(sums, total)
    for printed in totals:
        yield view.candidate("total", money_text(printed.value), printed.box, printed.text)
    if tax is not None:
        yield view.candidate("tax", money_text(tax.value), tax.seen.box, tax.seen.text)
    fits = [
        printed
        for printed in (*sums.net, *sums.subtotal)
        if tax is not None and total is not None and printed.value + tax.value == total
    ]
    nets = _distinct(fits or sums.net or (sums.subtotal if tax is None else []))
    if len(nets) == 1:
        yield view.candidate("amount", money_text(nets[0].value), nets[0].box, nets[0].text)


def _is_sum_row(printed: Printed) -> bool:
    """A row of sums has a label and nothing else before the amount: no quantity, no other price."""
    words = re.sub(r"\(?\d{1,2}(?:[.,]\d+)?\s?%\)?", "", printed.label)
    return bool(words.strip()) and not re.search(r"\t\s*\d", words)


def _alone(printed: Printed) -> Printed:
    return Printed(printed.label, printed.value, printed.row, printed.box, printed.text, True)


def _distinct(group: Iterable[Printed]) -> list[Printed]:
    found: dict[Decimal, Printed] = {}
    for printed in group:
        found[printed.value] = printed
    return list(found.values())


KIND = Kind(
    name="invoice",
    title_zh="境外发票",
    title_en="Foreign invoice",
    fields=(
        "number",
        "date",
        "seller_name",
        "seller_tax_id",
        "buyer_name",
        "amount",
        "tax",
        "total",
        "currency",
    ),
    decisive=("number", "date", "total"),
    is_invoice=True,
    likeness=_likeness,
    read=_read,
)
