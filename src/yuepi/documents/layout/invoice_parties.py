"""Seller and buyer of a foreign invoice, and the seller's tax number."""

from __future__ import annotations

import re
from typing import Final

from yuepi.documents.layout.heading import Seen, company_name
from yuepi.documents.layout.view import Row, View
from yuepi.kit.boxes import Box

_BUYER: Final = re.compile(
    r"(?i)(?<![a-z])(?:bill(?:ed)?\s*to|sold\s*to|invoice(?:d)?\s*to|client"
    r"|customer(?:\s*name)?|rechnung\s*an"
    r"|factuur\s*aan|klant|kunde|buyer)[ ]*(?::|(?=\t|$))[ ]*(?P<v>[^\t:]{3,60})?"
)
_SELLER: Final = re.compile(
    r"(?i)^\W*(?:from|seller|vendor|supplier|issued\s*by|van"
    r"|von)\s*:\s*(?P<v>[^\t]{3,60})"
)
_TAX_ID: Final = re.compile(
    r"(?i:\bVAT|\bBTW|\bUST|\bMWST|\bTVA|\bTAX\s*(?:ID|NO|REG)|\bGST|\bABN|\bEIN)[^\d\t]{0,24}?"
    r"(?P<v>[A-Z]{2}\s?\d[\dA-Z. ]{6,14}[\dA-Z]|\d{2}-\d{7}|\d{2}(?:\s\d{3}){3}|\d{9,12})(?![\w%])"
)
_COUNTRY_ID: Final = re.compile(r"[A-Z]{2}(?=(?:[A-Z]*\d){6})[0-9A-Z]{8,12}")
_BUYERS_ID: Final = re.compile(r"(?i)your|customer|client|buyer|uw\b|klant|ihre|kunde")
_NO_NAME: Final = re.compile(
    r"(?i)invoice|factuur|rechnung|facture|@|www\.|http|page|date|datum|\btel\b|phone|\bto\b|:"
    r"|original|copy|^\W*#"
)


def read_parties(view: View) -> list[tuple[str, Seen]]:
    """(field, what was seen) of seller_name, seller_tax_id and buyer_name; each at most once."""
    found: list[tuple[str, Seen]] = []
    buyer = _buyer(view)
    if buyer is not None:
        found.append(("buyer_name", buyer))
    seller = _seller(view, buyer)
    if seller is not None:
        found.append(("seller_name", seller))
    tax_id = _seller_tax_id(view, buyer)
    if tax_id is not None:
        found.append(("seller_tax_id", tax_id))
    return found


def _buyer(view: View) -> Seen | None:
    """The name behind the buyer's label or on the next line of its column."""
    for number, row in enumerate(view.rows):
        match = _BUYER.search(row.text)
        if match is None:
            continue
        if match["v"] and match["v"].strip():
            return Seen(match["v"].strip(), row.part(*match.span("v")), True)
        left = row.part(*match.span()).x0
        for under in view.rows[number + 1 : number + 4]:
            if (seen := _in_column(under, left)) is not None:
                return seen
        return None
    return None


def _in_column(row: Row, left: float) -> Seen | None:
    for cell in re.finditer(r"[^\t]+", row.text):
        text = cell.group().strip()
        box = row.part(*cell.span())
        if (
            abs(box.x0 - left) < 0.03
            and not _NO_NAME.search(text)
            and re.search(r"[^\W\d_]{2}", text)
        ):
            return Seen(text, box, True)
    return None


def _seller(view: View, buyer: Seen | None) -> Seen | None:
    for row in view.rows:
        if match := _SELLER.search(row.text):
            return Seen(match["v"].strip(), row.part(*match.span("v")), True)
    companies = [
        Seen(name, box, True)
        for row in view.rows
        for text, box in _cells(row)
        if (name := company_name(text)) and (buyer is None or buyer.text != name)
    ]
    names = {seen.text.casefold() for seen in companies}
    if len(names) == 1:
        return companies[0]
    if companies:
        # The issuer stands at the head or the foot; a buyer without a label may stand there too.
        top = companies[0]
        return Seen(top.text, top.box, False)
    return _first_name(view)


def _cells(row: Row) -> list[tuple[str, Box]]:
    return [
        (cell.group().strip(), row.part(*cell.span())) for cell in re.finditer(r"[^\t]+", row.text)
    ]


def _first_name(view: View) -> Seen | None:
    """The first words of the page, where they can be a name: never sure."""
    for row in view.rows[:4]:
        for text, box in _cells(row):
            letters = len(re.findall(r"[^\W\d_]", text))
            if letters >= 5 and not re.search(r"\d", text) and not _NO_NAME.search(text):
                return Seen(text, box, False)
        if re.search(r"(?i)bill\s*to|ship\s*to", row.text):
            return None
    return None


def _seller_tax_id(view: View, buyer: Seen | None) -> Seen | None:
    """The only tax number that is not the buyer's; none where two could be the seller's."""
    found: dict[str, Seen] = {}
    for row in view.rows:
        for match in _TAX_ID.finditer(row.text):
            value = re.sub(r"[\s.]", "", match["v"]).upper()
            if value[:2].isalpha() and not _is_country_id(value, match.group()):
                continue
            box = row.part(*match.span("v"))
            before = row.text[: match.start()].rpartition("\t")[2]
            if (
                _BUYERS_ID.search(before)
                or _BUYERS_ID.search(match.group())
                or _beneath(buyer, box, view)
            ):
                continue
            found.setdefault(value, Seen(value, box, True))
    return next(iter(found.values())) if len(found) == 1 else None


def _is_country_id(value: str, text: str) -> bool:
    """A number with its country in front; in `VAT NO 123456789` the letters are no country."""
    plain_label = value[:2] in ("NO", "ID", "NR") and not re.search(rf":\s*{value[:2]}\d", text)
    return bool(_COUNTRY_ID.fullmatch(value)) and not plain_label


def _beneath(buyer: Seen | None, box: Box, view: View) -> bool:
    """Whether a number stands in the buyer's block of address lines."""
    if buyer is None:
        return False
    below = 0 < box.centre[1] - buyer.box.centre[1] < 9 * view.line_height
    return below and abs(box.x0 - buyer.box.x0) < 0.12
