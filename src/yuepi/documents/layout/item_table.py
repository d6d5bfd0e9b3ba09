"""The lines of a VAT invoice: name, model, unit, quantity, price, amount, rate, tax.

Numbers are right-aligned and headings centred, so columns are told apart by their order around
the tax rate, which every line has, and only where that leaves a doubt by the headings' places.
"""

from __future__ import annotations

import re

from yuepi.documents.layout.text import money, plain
from yuepi.documents.layout.view import GAP, Row, View
from yuepi.documents.reading import Item

_STARS = r"[*＊★☆✱]{2,3}"
_RATE = re.compile(rf"(?<![\d.])(\d{{1,2}}(?:\.\d)?\s*[%％]|免税|不征税|{_STARS})")
_AMOUNT = re.compile(r"-?\d[\d,]*\.\d{2}(?!\d)")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_HEADING = re.compile(
    r"车\s*牌\s*号|通\s*行\s*日\s*期|税\s*率|规\s*格\s*型\s*号|单\s*价|项\s*目\s*名\s*称|货\s*物\s*或"
)


def read_items(view: View) -> tuple[Item, ...]:
    """The items between the headings and the sums, as printed; at most 200."""
    headings = [row for row in view.rows if _HEADING.search(row.text)]
    rows = [row for row in view.rows if row not in headings]
    toll = any(re.search(r"通\s*行\s*日\s*期|车\s*牌\s*号", row.text) for row in headings)
    columns = {name: _heading_x(headings, pattern) for name, pattern in _COLUMNS.items()}
    items: list[Item] = []
    for row in rows[:200]:
        item = _read_row(row, columns)
        if item is not None:
            items.append(_toll_item(item) if toll else item)
        elif items and (more := _continued_name(row, view)):
            last = items[-1]
            items[-1] = last.model_copy(update={"name": (last.name or "") + more})
    return tuple(items)


_COLUMNS = {
    "model": r"规\s*格\s*型\s*号",
    "unit": r"单\s*位",
    "quantity": r"数\s*量",
    "price": r"单\s*价",
}
_Columns = dict[str, float | None]


def _heading_x(headings: list[Row], pattern: str) -> float | None:
    """The middle of a heading, as a fraction of the page width."""
    for row in headings:
        if match := re.search(pattern, row.text):
            return row.part(*match.span()).centre[0]
    return None


def _read_row(row: Row, columns: _Columns) -> Item | None:
    text = row.text
    rate = next((m for m in _RATE.finditer(text) if _AMOUNT.search(text[: m.start()])), None)
    if rate is None:
        return None
    amount = list(_AMOUNT.finditer(text[: rate.start()]))[-1]
    after = re.search(rf"{_AMOUNT.pattern}|{_STARS}", text[rate.end() :])
    left = _read_left(row, amount.start(), columns)
    return Item(
        **left,
        amount=money(amount.group()),
        rate=re.sub(r"\s", "", plain(rate.group())),
        tax=_tax(after.group()) if after else None,
    )


def _read_left(row: Row, end: int, columns: _Columns) -> dict[str, str | None]:
    """Name, model, unit, quantity and price from what stands left of the amount."""
    pieces = _pieces(row, end)
    numbers: list[tuple[str, float]] = []
    while len(pieces) > 1 and _NUMBER.fullmatch(pieces[-1][0]) and len(numbers) < 2:
        numbers.insert(0, pieces.pop())
    found: dict[str, str | None] = {"name": pieces[0][0] if pieces else None}
    found |= _quantity_and_price([(n.replace(",", ""), x) for n, x in numbers], columns)
    for piece, x in pieces[1:]:
        name = _nearest(x, columns, ("model", "unit")) or ("unit" if len(piece) <= 2 else "model")
        before = found.get(name)
        found[name] = f"{before} {piece}" if before else piece
    return found


def _pieces(row: Row, end: int) -> list[tuple[str, float]]:
    """What stands in the row up to `end`: each run with its middle; a run that holds a number
    or a unit after a blank is two."""
    pieces = []
    for match in re.finditer(r"\S+", row.text[:end]):
        pieces.append((match.group(), row.part(*match.span()).centre[0], match.start()))
    joined: list[tuple[str, float]] = []
    for text, x, start in pieces:
        inside = start > 0 and row.places[start - 1] is not None
        if inside and len(joined) == 1 and not _NUMBER.fullmatch(text) and len(text) > 2:
            joined[0] = (f"{joined[0][0]} {text}", joined[0][1])
        else:
            joined.append((text, x))
    return joined


def _nearest(x: float, columns: _Columns, names: tuple[str, ...]) -> str | None:
    known = [(abs(x - place), name) for name in names if (place := columns[name]) is not None]
    return min(known)[1] if len(known) == len(names) else None


def _quantity_and_price(
    numbers: list[tuple[str, float]], columns: _Columns
) -> dict[str, str | None]:
    if len(numbers) == 2:
        return {"quantity": numbers[0][0], "price": numbers[1][0]}
    if len(numbers) == 1:
        name = _nearest(numbers[0][1], columns, ("quantity", "price"))
        return {name: numbers[0][0]} if name else {}
    return {}


def _toll_item(item: Item) -> Item:
    """A toll line: the number plate and vehicle type stand where model and unit do, then dates."""
    vehicle = " ".join(part for part in (item.model, item.unit) if part)
    return item.model_copy(
        update={"model": vehicle or None, "unit": None, "quantity": None, "price": None}
    )


def _tax(text: str) -> str | None:
    return "***" if re.fullmatch(_STARS, text) else money(text)


def _continued_name(row: Row, view: View) -> str | None:
    """A name that runs on in the next row: text only, at the left."""
    text = row.text.strip()
    if row.box.x0 > view.box.x0 + 0.3 * view.box.width or _AMOUNT.search(text) or GAP in text:
        return None
    return text if len(text) <= 40 else None
