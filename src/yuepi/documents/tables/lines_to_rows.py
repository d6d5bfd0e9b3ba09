"""Which rows of text are one row of a table: cells of several lines put together, and two
numbers of one column never."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from yuepi.documents.layout.amounts import narrow
from yuepi.documents.tables.columns import column_of
from yuepi.sight.sighting import Line

_NUMBER: Final = re.compile(
    r"[<>≤≥~≈±+\-−–(（]*(?:[¥￥$€£]|[A-Z]{0,3}\$)?\s*\d[\d\s,.，:：/%％()（）±+\-−–~*†‡a-eE×x]*"
    r"(?:[a-z%°℃℉]{0,4}\d?|元|万元|亿元|个|年|月|日|人|次|台|件)?[)）*†‡]*|[-−–—/.…]+|n/?a|nil|ns",
    re.IGNORECASE,
)
_LOWER: Final = re.compile(r"[a-z(（,，、;；)）和与及或的]")
_OPEN_END: Final = re.compile(r"(?:[-,，、/(（&]|\b(?:and|or|of|the|for|to|in|with|by|on|at|per))$")
_OVERLAP_MIN: Final = 0.35
_NUMERIC_SHARE_MIN: Final = 0.5
_TIGHT_EMS_MAX: Final = 0.75
_CENTRED_EMS_MAX: Final = 0.2
"""White under the first line of a cell whose neighbours stand at its middle."""
_FULL_SHARE: Final = 0.8

Rows = Sequence[Sequence[Line]]


def is_number(text: str) -> bool:
    """Whether a cell's text is a figure, a range, a share, or the dash that stands for none."""
    return bool(_NUMBER.fullmatch(narrow(text).strip()))


@dataclass(slots=True)
class TextRow:
    """Pieces of one row of the table by column, and the heights it takes up."""

    cells: dict[int, list[Line]] = field(default_factory=dict)
    y0: float = 1.0
    y1: float = 0.0

    def add(self, pieces: Sequence[Line], borders: Sequence[float]) -> None:
        """Put pieces into the columns that hold most of them."""
        for piece in pieces:
            self.cells.setdefault(column_of(piece, borders), []).append(piece)
            self.y0, self.y1 = min(self.y0, piece.box.y0), max(self.y1, piece.box.y1)

    @property
    def numbers(self) -> set[int]:
        """The columns that hold a figure."""
        return {
            column
            for column, pieces in self.cells.items()
            if any(is_number(piece.text) for piece in pieces)
        }

    @property
    def pieces(self) -> list[Line]:
        return [piece for pieces in self.cells.values() for piece in pieces]


@dataclass(frozen=True, slots=True)
class Habits:
    """What is usual in a table: columns of figures, how wide the columns' texts run, and the white
    between rows that belong together (None where all rows stand equally apart)."""

    numeric: frozenset[int]
    right: dict[int, float]
    left: dict[int, float]
    tight: float | None
    em: float


def habits_of(rows: Rows, borders: Sequence[float], em: float) -> Habits:
    """The habits of a body of rows."""
    found = [_row(row, borders) for row in rows]
    numeric, right, left = set(), {}, {}
    for column in range(len(borders) + 1):
        held = [row for row in found if column in row.cells]
        if not held:
            continue
        if sum(column in row.numbers for row in held) >= _NUMERIC_SHARE_MIN * len(held):
            numeric.add(column)
        pieces = [piece for row in held for piece in row.cells[column]]
        right[column] = max(piece.box.x1 for piece in pieces)
        left[column] = min(piece.box.x0 for piece in pieces)
    return Habits(frozenset(numeric), right, left, _tight(found, em), em)


def _row(pieces: Sequence[Line], borders: Sequence[float]) -> TextRow:
    row = TextRow()
    row.add(pieces, borders)
    return row


def _tight(rows: Sequence[TextRow], em: float) -> float | None:
    """The largest white between lines of one cell, where rows stand clearly further apart."""
    gaps = sorted(b.y0 - a.y1 for a, b in pairwise(rows))
    if len(gaps) < 2:
        return None
    steps = [(high - low, low, high) for low, high in pairwise(gaps)]
    step, low, high = max(steps)
    clear = step > 0.3 * em and low < _TIGHT_EMS_MAX * em
    return (low + high) / 2 if clear else None


def grouped(rows: Rows, borders: Sequence[float], habits: Habits) -> list[TextRow]:
    """The rows of a table from rows of text."""
    found: list[TextRow] = []
    for pieces in rows:
        row = _row(pieces, borders)
        if found and _goes_on(found[-1], row, habits):
            found[-1].add(pieces, borders)
        else:
            found.append(row)
    return found


def _goes_on(above: TextRow, row: TextRow, habits: Habits) -> bool:
    """Whether a row of text belongs to the row of the table above it."""
    if above.numbers & row.numbers:
        return False
    white = row.y0 - above.y1
    heights = min(above.y1 - above.y0, row.y1 - row.y0)
    if -white > _OVERLAP_MIN * heights:
        return True
    columns, over = set(row.cells), set(above.cells)
    begins = 0 in columns and 0 not in over and not above.numbers and over <= columns
    if begins and white < _CENTRED_EMS_MAX * habits.em:
        return True
    if habits.tight is not None and white > habits.tight:
        return False
    if row.numbers & habits.numeric and over & habits.numeric - above.numbers:
        return False
    tight = habits.tight is not None
    if columns == {0}:
        return _wraps(above, row, habits, tight)
    if 0 not in columns:
        # A row begins in the first column; what does not is the rest of the row above.
        texts_only = not (columns & habits.numeric)
        return texts_only and columns <= over and (len(over) > len(columns) or tight)
    return _begins_small(above, row) and (tight or over <= {0})


def _wraps(above: TextRow, row: TextRow, habits: Habits, tight: bool) -> bool:
    """Whether a text alone in the first column is the rest of the one above, not a heading."""
    if 0 not in above.cells:
        return False
    before, text = above.cells[0][-1], row.cells[0][0].text.strip()
    if len(above.cells) == 1 and not (above.numbers or _small(text)):
        return False
    if _small(text) or _OPEN_END.search(before.text.strip()):
        return True
    left, right = habits.left.get(0, 0.0), habits.right.get(0, 1.0)
    full = before.box.x1 - left >= _FULL_SHARE * (right - left)
    indented = row.cells[0][0].box.x0 > before.box.x0 + 0.4 * habits.em
    return tight and (full or indented)


def _small(text: str) -> bool:
    return bool(_LOWER.match(text))


def _begins_small(above: TextRow, row: TextRow) -> bool:
    """Whether the first column's text goes on in small letters."""
    return 0 in above.cells and _small(row.cells[0][0].text.strip())
