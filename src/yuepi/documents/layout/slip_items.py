"""The lines of 机打发票 and 卷票: name, quantity, price and an amount that includes the tax.

Forms differ in their columns, so a number belongs to the heading it stands nearest to. Rolls
print the name in a row of its own and its numbers in the next.
"""

from __future__ import annotations

import re
from typing import Final

from yuepi.documents.layout.text import money
from yuepi.documents.layout.view import GAP, Row, View
from yuepi.documents.reading import Item

_ITEMS_MAX: Final = 200
# Letters of a heading that are set wide apart may be seen as lines of their own.
_HEAD: Final = re.compile(r"(?:项|品\s*名|货\s*物|服\s*务\s*名\s*称).*[金额]")
_HEAD_REST: Final = re.compile(r"[项目品名数量单价金额\s]+")
_END: Final = re.compile(r"合\s*计|大\s*写|小\s*写|备\s*注|开\s*票\s*人|收\s*款")
_HEADINGS: Final = {
    "quantity": re.compile(r"数\s*量"),
    "price": re.compile(r"单\s*价"),
    "amount": re.compile(r"金\s*额|金|额"),
}
_CELL: Final = re.compile(rf"[^{GAP} ]+")
_FIGURE: Final = re.compile(r"[¥￥]?(?P<v>-?\d{1,9}(?:\.\d{1,13})?)")
_AMOUNT: Final = re.compile(r"-?\d{1,9}\.\d{2}")

_Columns = dict[str, float]


def read_items(view: View) -> tuple[Item, ...]:
    """The items between the headings and the sums; none where the form has no such headings."""
    rows = iter(view.rows)
    columns: _Columns = {}
    for row in rows:
        if _HEAD.search(row.text):
            columns = _columns(row)
            break
    items: list[Item] = []
    name = ""
    for row in rows:
        if _END.search(row.text) or len(items) == _ITEMS_MAX:
            break
        if _HEAD_REST.fullmatch(row.text):
            continue
        words, figures = _split(row, columns)
        name = f"{name}{words}" if words else name
        amount = figures.get("amount")
        if name and amount is not None and _AMOUNT.fullmatch(amount):
            items.append(
                Item(
                    name=name,
                    quantity=figures.get("quantity"),
                    price=figures.get("price"),
                    amount=money(amount),
                )
            )
            name = ""
        elif figures:
            name = ""
    return tuple(items)


def _columns(row: Row) -> _Columns:
    """The middle of each heading, as a fraction of the page's width."""
    found: _Columns = {}
    for name, pattern in _HEADINGS.items():
        if match := pattern.search(row.text):
            found[name] = row.part(*match.span()).centre[0]
    return found


def _split(row: Row, columns: _Columns) -> tuple[str, dict[str, str]]:
    """The words at the left and the figures right of them, each under its nearest heading."""
    cells = [(match.group(), match.span()) for match in _CELL.finditer(row.text)]
    figures: dict[str, str] = {}
    while cells and (match := _FIGURE.fullmatch(cells[-1][0])):
        x = row.part(*cells[-1][1]).centre[0]
        name = min(columns, key=lambda each: abs(columns[each] - x), default=None)
        if name is None or name in figures:
            # Two figures under one heading: nobody can tell which is which.
            return "", {"unclear": match["v"]}
        figures[name] = match["v"]
        cells.pop()
    start = cells[0][1][0] if cells else 0
    end = cells[-1][1][1] if cells else 0
    return row.text[start:end].replace(GAP, " "), figures
