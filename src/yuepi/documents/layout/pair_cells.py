"""Pairs of a ruled form: a caption above its value in one cell, a key's cell left of a value's,
and the heads of a grid over what is filled in below them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final, Literal

from yuepi.documents.layout.pair_keys import heads_section, is_asked, may_be_key
from yuepi.documents.layout.view import View
from yuepi.sight.sighting import Cell, Line, RuledTable

_CELLS_MAX: Final = 600
_LEFT_MAX: Final = 0.12
"""Of a cell's width: how far from its left edge a caption begins."""
_CAPTION_SIZE_MAX: Final = 0.85
"""Of the value's line height: captions in cells are small print."""


@dataclass(frozen=True, slots=True)
class CellPair:
    """A key and its value by their lines; no value lines where the cell is empty."""

    key_lines: tuple[Line, ...]
    value_lines: tuple[Line, ...]
    how: Literal["side", "caption", "grid"]


@dataclass(frozen=True, slots=True)
class _Filled:
    """A cell and the lines in it."""

    cell: Cell
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


def cell_pairs(view: View) -> list[CellPair]:
    """The pairs that the ruled tables of a page hold."""
    found: list[CellPair] = []
    for table in view.tables:
        if len(table.cells) <= _CELLS_MAX:
            filled = _fill(table, view)
            found += _grid(filled) or _side_by_side(filled)
            used = {id(line) for pair in found for line in (*pair.key_lines, *pair.value_lines)}
            found += [
                pair
                for each in filled
                if not any(id(line) in used for line in each.lines)
                for pair in _captioned(each, view.line_height)
            ]
    return found


def _fill(table: RuledTable, view: View) -> list[_Filled]:
    found = []
    for cell in table.cells:
        inside = view.only(
            line
            for line in view.lines
            if cell.box.holds(line.box.centre) and line.box.height < 2.2 * view.line_height
        )
        found.append(_Filled(cell, tuple(line for row in inside.rows for line in row.lines)))
    return found


def _rows(filled: Sequence[_Filled]) -> list[list[_Filled]]:
    """Cells by the row they begin in, from left to right."""
    rows: dict[int, list[_Filled]] = {}
    for each in filled:
        rows.setdefault(each.cell.row, []).append(each)
    return [sorted(row, key=lambda each: each.cell.column) for _, row in sorted(rows.items())]


def _side_by_side(filled: Sequence[_Filled]) -> list[CellPair]:
    """Rows of key, value, key, value. A first cell over several rows is the group's name."""
    found: list[CellPair] = []
    for row in _rows(filled):
        cells = row[1:] if len(row) % 2 and row[0].cell.rows > 1 and len(row) > 1 else row
        if len(cells) % 2 or not cells:
            continue
        couples = list(zip(cells[::2], cells[1::2], strict=True))
        if all(_is_key_cell(key, value) for key, value in couples):
            found += [CellPair(key.lines, value.lines, "side") for key, value in couples]
    return found


def _is_key_cell(key: _Filled, value: _Filled) -> bool:
    text = "".join(line.text for line in key.lines)
    if not text or not may_be_key(text) or _has_colon_inside(text):
        return False
    return is_asked(text) or not value.lines or not may_be_key(value.text) or _is_wider(value, key)


def _is_wider(value: _Filled, key: _Filled) -> bool:
    return value.cell.box.width > 1.15 * key.cell.box.width


def _has_colon_inside(text: str) -> bool:
    return bool(re.search(r"[:：].*\S", text))


def _grid(filled: Sequence[_Filled]) -> list[CellPair]:
    """A row of heads and rows below with the same columns: every filled cell with its head."""
    rows = _rows(filled)
    heads = {each.cell.column: each for each in rows[0] if each.lines} if rows else {}
    if len(rows) < 3 or len(heads) < 3 or not all(_is_head(head) for head in heads.values()):
        return []
    alike = [row for row in rows[1:] if {*heads} <= {each.cell.column for each in row}]
    if len(alike) < 0.6 * (len(rows) - 1):
        return []
    if any(_is_asked_cell(each) for row in alike for each in row):
        return []
    return [
        CellPair(heads[each.cell.column].lines, each.lines, "grid")
        for row in alike
        for each in row
        if each.lines and each.cell.column in heads
    ]


def _is_head(head: _Filled) -> bool:
    return bool(head.lines) and may_be_key(head.text)


def _is_asked_cell(each: _Filled) -> bool:
    return bool(each.lines) and is_asked(each.text) and may_be_key(each.text)


def _captioned(each: _Filled, em_y: float) -> Iterator[CellPair]:
    """Small captions in a cell, each with what is written under it."""
    starts = [n for n in range(len(each.lines)) if _is_caption(each, n, em_y)]
    if not starts or starts[0] != 0:
        return
    for start, end in pairwise([*starts, len(each.lines)]):
        value = each.lines[start + 1 : end]
        if value or each.cell.box.height > 1.8 * em_y:
            yield CellPair((each.lines[start],), value, "caption")


def _is_caption(each: _Filled, number: int, em_y: float) -> bool:
    """A key at the left of its cell, at its top or under white, with nothing beside it."""
    line, box = each.lines[number], each.cell.box
    if not may_be_key(line.text) or heads_section(line.text) or re.search(r"[:：]", line.text):
        return False
    above = each.lines[number - 1].box.y1 if number else box.y0
    if line.box.y0 - above < (0.8 * em_y if number else -em_y) or line.box.y0 - above > 12 * em_y:
        return False
    if line.box.x0 - box.x0 > _LEFT_MAX * box.width or (
        not number and line.box.y0 - box.y0 > 1.2 * em_y
    ):
        return False
    rest = each.lines[number + 1 :]
    if any(abs(r.box.centre[1] - line.box.centre[1]) < 0.4 * em_y for r in rest[:1]):
        return False
    if line.text.isupper():
        return True
    small = rest and line.box.height < _CAPTION_SIZE_MAX * median(r.box.height for r in rest)
    return not number and (bool(small) or is_asked(line.text))
