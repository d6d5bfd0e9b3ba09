"""The goods on a till receipt, only where they add up to a printed sum."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from yuepi.documents.layout.amounts import Printed
from yuepi.documents.layout.text import money
from yuepi.documents.layout.view import GAP, Row, View
from yuepi.documents.reading import Item

_HEADER: Final = re.compile(
    r"(?i)\b(?:item|desc\w*|qty|price|amount|amt|quantity|tax)\b|品名|商品|名称|菜品|数量|单价"
    r"|金额|小计"
)
_CODE: Final = re.compile(r"^(?:\d{4,}|[A-Z]{2,4}-?\d{3,}|SR|ZRL?|[A-Z]?\d{6,})$")
_QUANTITY: Final = re.compile(r"^[xX*×]?\s?(\d{1,4}(?:\.\d{1,3})?)\s?[xX*×]?$")
_SUM: Final = re.compile(r"(?i)^\W*(?:tota|sub\W?tot|qty\b|合计|总计|件数)")
_ITEMS_MAX: Final = 100


def read_goods(
    view: View, amounts: list[Printed], end_row: int | None, sums: Iterable[Decimal]
) -> tuple[Item, ...]:
    """The goods in the rows above `end_row`; empty unless their amounts add up to one of `sums`."""
    rows = view.rows[: _first_sum(amounts, end_row)]
    priced: dict[int, list[Printed]] = {}
    for printed in amounts:
        if printed.row < len(rows):
            priced.setdefault(printed.row, []).append(printed)
    if not priced or len(priced) > _ITEMS_MAX:
        return ()
    header = _header_row(rows, min(priced))
    named_below = header is not None and not _words(rows[min(priced)], priced[min(priced)])
    named_above = named_below and header is not None and header + 1 < min(priced)
    items = []
    for number, seen in priced.items():
        name = _words(rows[number], seen)
        if not name:
            beside = number - 1 if named_above else number + 1
            if 0 <= beside < len(rows) and beside not in priced:
                name = _words(rows[beside], [])
        items.append(_item(name, rows[number], seen))
    total = sum((seen[-1].value for seen in priced.values()), Decimal(0))
    return tuple(items) if total in set(sums) and all(item.name for item in items) else ()


def _first_sum(amounts: list[Printed], end_row: int | None) -> int | None:
    """The first row that sums up, such as the number of pieces with their price."""
    marked = [printed.row for printed in amounts if _SUM.search(printed.label)]
    return min([*marked, *([] if end_row is None else [end_row])], default=None)


def _header_row(rows: Iterable[Row], before: int) -> int | None:
    marked = [
        number
        for number, row in enumerate(rows)
        if number < before and len({m.group().lower() for m in _HEADER.finditer(row.text)}) >= 2
    ]
    return marked[-1] if marked else None


def _words(row: Row, seen: list[Printed]) -> str | None:
    """The part of a row that is a name: not a code, a quantity or a price."""
    text = row.text
    for printed in seen:
        text = text.replace(printed.text, GAP)
    cells = (re.sub(r"^\s*\d{1,3}[).、]\s*", "", cell).strip() for cell in text.split(GAP))
    words = [
        cell
        for cell in cells
        if re.search(r"[^\W\d_]{2}", cell) and not _CODE.match(cell) and not _QUANTITY.match(cell)
    ]
    return " ".join(words) or None


def _item(name: str | None, row: Row, seen: list[Printed]) -> Item:
    amount = seen[-1].value
    price, quantity = None, None
    between = [m for cell in re.split(r"[\t ]+", row.text) if (m := _QUANTITY.match(cell))]
    for match in between:
        for printed in seen[:-1]:
            if Decimal(match[1]) * printed.value == amount:
                quantity, price = match[1], printed.value
    if name and quantity:
        name = re.sub(rf"\s+{re.escape(quantity)}$", "", name)
    return Item(
        name=name,
        quantity=quantity,
        price=money(str(price)) if price is not None else None,
        amount=money(str(amount)),
    )
