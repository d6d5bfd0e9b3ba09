"""The goods of a foreign invoice: rows under a heading of name, quantity, price and amount."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from yuepi.documents.layout.amounts import Printed
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Item
from yuepi.kit.money import Point, money_text

_NAME: Final = re.compile(
    r"(?i)\b(?:item|description|product|service|article|artikel"
    r"|omschrijving|bezeichnung|beschreibung|leistung)"
)
_COUNT: Final = re.compile(
    r"(?i)\b(?:qty|quantity|hours|units?|aantal|menge|anzahl|rate|price"
    r"|prijs|preis|amount|total|bedrag|betrag)"
)
_END: Final = re.compile(
    r"(?i)^\W*(?:sub\W?tota|tota|exclu|netto|zwischen|summe|gesamt"
    r"|amount\s*due|balance|vat|btw|mwst|tax\s*\()"
)
_RATE: Final = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d)?)\s?%")
_QUANTITY: Final = re.compile(r"^\d{1,5}(?:[.,]\d{1,3})?$")
_ITEMS_MAX: Final = 200


def read_lines(view: View, amounts: list[Printed], point: Point) -> tuple[Item, ...]:
    """The rows between the heading and the sums that hold a name and an amount, as printed."""
    start = next(
        (
            number
            for number, row in enumerate(view.rows)
            if _NAME.search(row.text) and _COUNT.search(row.text) and "\t" in row.text
        ),
        None,
    )
    if start is None:
        return ()
    items: list[Item] = []
    for number in range(start + 1, len(view.rows)):
        text = view.rows[number].text
        if _END.search(text) or len(items) == _ITEMS_MAX:
            break
        seen = [printed for printed in amounts if printed.row == number]
        item = _item(text, seen, point)
        if item is not None:
            items.append(item)
    return tuple(items)


def _item(text: str, seen: list[Printed], point: Point) -> Item | None:
    if not seen:
        return None
    cells = [cell.strip() for cell in text.split("\t")]
    name = cells[0]
    if not re.search(r"[^\W\d_]{2}", name) or not text.rstrip().endswith(seen[-1].text.strip()):
        return None
    amount = seen[-1].value
    # An amount within the name (a price in brackets) is not a column.
    columns = [printed for printed in seen if printed.text not in name]
    if not columns:
        return None
    price = columns[-2].value if len(columns) == 2 else None
    quantity = next((cell for cell in cells[1:] if _QUANTITY.match(cell)), None)
    if quantity and point == ",":
        quantity = quantity.replace(",", ".")
    if quantity and price is not None and abs(Decimal(quantity) * price - amount) > Decimal("0.01"):
        quantity, price = None, None
    rate = _RATE.search("\t".join(cells[1:]))
    return Item(
        name=name,
        quantity=quantity,
        price=money_text(price) if price is not None else None,
        amount=money_text(amount),
        rate=f"{rate[1]}%" if rate else None,
    )
