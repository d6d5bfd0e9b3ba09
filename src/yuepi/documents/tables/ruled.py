"""Ruled tables as grids: the lines of a page put into the cells that hold them, cut where they
run over a border; cells that hold several columns or rows without a rule between told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Final

from yuepi.documents.layout.view import View
from yuepi.documents.tables.columns import borders_of, column_of, crossed
from yuepi.documents.tables.grid import CELLS_MAX, Grid, GridCell
from yuepi.documents.tables.lines_to_rows import grouped, habits_of, is_number
from yuepi.documents.tables.pieces import cut_at_blanks, cut_at_borders, in_rows, joined
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Cell, Line, RuledTable

_CELLS_MIN: Final = 4
"""Fewer cells are a frame around something, not a table."""
_OPEN_ROWS_MIN: Final = 3
_OPEN_WITNESSES: Final = 3
"""Rows that must agree before a column is seen where no rule is drawn."""

Held = list[tuple[Cell, list[Line]]]


def ruled_grid(view: View, table: RuledTable) -> Grid | None:
    """The table with its texts; None for a frame, or a grid that holds no text."""
    if not _CELLS_MIN <= len(table.cells) <= CELLS_MAX:
        return None
    held = _held(view, table)
    if not any(pieces for _, pieces in held):
        return None
    held = _columns_told(_rows_told(held, view), view)
    cells = [
        GridCell(cell.row, cell.column, cell.rows, cell.columns, joined(pieces))
        for cell, pieces in held
    ]
    return Grid(table.box, tuple(_dense(cells)), ruled=True)


def _held(view: View, table: RuledTable) -> Held:
    """Each cell with the pieces of lines in it."""
    held: Held = [(cell, []) for cell in table.cells]
    for line in view.lines:
        if not _touches(line.box, table.box):
            continue
        level = [cell for cell in table.cells if _is_level(line, cell)]
        borders = sorted({x for cell in level for x in (cell.box.x0, cell.box.x1)})
        for piece in cut_at_borders(line, _apart(borders), view.aspect):
            at = piece.box.centre
            for cell, pieces in held:
                if cell.box.holds(at):
                    pieces.append(piece)
                    break
    return held


def _touches(box: Box, table: Box) -> bool:
    return table.y0 <= box.centre[1] <= table.y1 and box.x0 < table.x1 and box.x1 > table.x0


def _is_level(line: Line, cell: Cell) -> bool:
    across = cell.box.x0 < line.box.x1 and cell.box.x1 > line.box.x0
    return across and cell.box.y0 <= line.box.centre[1] <= cell.box.y1


def _apart(borders: Sequence[float]) -> list[float]:
    """Borders of two neighbouring cells differ by a rule's width: one of them is enough."""
    kept: list[float] = []
    for border in borders:
        if not kept or border - kept[-1] > 0.004:
            kept.append(border)
    return kept


def _rows_told(held: Held, view: View) -> Held:
    """Bands of cells that hold many rows with nothing drawn between them, cut into these rows."""
    starts = sorted({cell.row for cell, _ in held})
    shift = 0
    found: Held = []
    for row in starts:
        band = [(cell, pieces) for cell, pieces in held if cell.row == row]
        parts = _open_rows(band, held, view)
        for cell, pieces in band:
            if parts is None:
                found.append((replace(cell, row=cell.row + shift), pieces))
                continue
            for number, (y0, y1) in enumerate(pairwise(parts)):
                inside = [p for p in pieces if y0 <= p.box.centre[1] < y1]
                box = Box(cell.box.x0, max(y0, cell.box.y0), cell.box.x1, min(y1, cell.box.y1))
                found.append((replace(cell, row=cell.row + shift + number, box=box), inside))
        shift += 0 if parts is None else len(parts) - 2
    return found


def _open_rows(band: Held, held: Held, view: View) -> list[float] | None:
    """The heights at which a band of cells is cut into rows, its ends included; None where it is
    one row. Only figures below each other tell that; texts may be lines of one cell."""
    spans = {cell.rows for cell, _ in band}
    over = any(c.row < band[0][0].row < c.row + c.rows for c, _ in held)
    if spans != {1} or over or len(band) < 2:
        return None
    lists = [_figures(pieces) for _, pieces in band]
    if sum(count >= 2 for count in lists) < max(1, len([c for c in lists if c]) // 2):
        return None
    if max(lists) < 2:
        return None
    borders = sorted(cell.box.x0 for cell, _ in band)[1:]
    pieces = [piece for _, each in band for piece in each]
    rows = in_rows(pieces)
    habits = habits_of(rows, borders, view.line_height)
    told = grouped(rows, borders, habits)
    if len(told) < max(2, *lists):
        return None
    cuts = [(above.y1 + below.y0) / 2 for above, below in pairwise(told)]
    return [-1.0, *cuts, 2.0] if cuts == sorted(cuts) else None


def _figures(pieces: Sequence[Line]) -> int:
    """How many rows of a cell are figures and nothing else; 0 where one is not."""
    rows = in_rows(pieces)
    alone = all(len(row) == 1 and is_number(row[0].text) for row in rows)
    return len(rows) if alone else 0


def _columns_told(held: Held, view: View) -> Held:
    """Cells that hold several columns with nothing drawn between them, cut into these columns."""
    if not any(pieces for _, pieces in held):
        return held
    held = _ranked(held)
    # On a photo the cells of one column do not begin at quite the same place.
    lefts: dict[int, list[float]] = {}
    for cell, _ in held:
        lefts.setdefault(cell.column, []).append(cell.box.x0)
    posts = [median(lefts[column]) for column in sorted(lefts)][1:]
    told = _open_borders(held, posts, view)
    slack = 0.35 * view.line_height / view.aspect
    found: Held = []
    for cell, inside in held:
        end = cell.column + cell.columns
        own = [x for column, x in told if cell.column <= column < end]
        within = sorted([*posts[cell.column : end - 1], *own])
        first = cell.column + sum(column < cell.column for column, _ in told)
        whole = replace(cell, column=first, columns=len(within) + 1)
        parts = [p for line in inside for p in cut_at_blanks(line, view.aspect)]
        if within and _side_by_side(parts, within):
            found += _parted(whole, parts, within, slack)
        else:
            found.append((whole, inside))
    return found


def _ranked(held: Held) -> Held:
    """The cells with columns counted only where some cell begins."""
    starts = sorted({cell.column for cell, _ in held})
    return [
        (
            replace(
                cell,
                column=starts.index(cell.column),
                columns=sum(cell.column <= at < cell.column + cell.columns for at in starts),
            ),
            pieces,
        )
        for cell, pieces in held
    ]


def _open_borders(held: Held, posts: Sequence[float], view: View) -> list[tuple[int, float]]:
    """Borders between posts that the rows of figures there leave free, with the number of the
    drawn column each lies in."""
    em = view.line_height / view.aspect
    rows = [
        row
        for _, inside in held
        for row in in_rows([p for line in inside for p in cut_at_blanks(line, view.aspect)])
    ]
    found: list[tuple[int, float]] = []
    for column, (left, right) in enumerate(pairwise([-1.0, *posts, 2.0])):
        inner = [
            [p for p in row if left <= p.box.x0 and p.box.x1 <= right + 0.3 * em] for row in rows
        ]
        inner = [row for row in inner if row]
        split = [row for row in inner if len(row) > 1]
        figures = sum(is_number(p.text) for row in split for p in row)
        if len(split) < max(_OPEN_WITNESSES, 0.5 * len(inner)):
            continue
        if 2 * figures < sum(len(row) for row in split):
            continue
        borders = borders_of(inner, em, _OPEN_WITNESSES)
        found += [(column, x) for x in borders if left < x < right]
    return found


def _side_by_side(pieces: Sequence[Line], borders: Sequence[float]) -> bool:
    return any(len({column_of(p, borders) for p in row}) > 1 for row in in_rows(pieces))


def _parted(cell: Cell, pieces: Sequence[Line], borders: Sequence[float], slack: float) -> Held:
    """The cell cut at the borders that none of its pieces runs over."""
    free = [b for b in borders if not any(crossed(p, [b], slack) for p in pieces)]
    found: Held = []
    edges = [cell.box.x0, *free, cell.box.x1]
    for left, right in pairwise(edges):
        first = sum(1 for b in borders if b <= left + 1e-9)
        last = sum(1 for b in borders if b < right - 1e-9)
        part = replace(
            cell,
            column=cell.column + first,
            columns=last - first + 1,
            box=Box(left, cell.box.y0, right, cell.box.y1),
        )
        found.append((part, [p for p in pieces if left <= p.box.centre[0] < right]))
    return found


def _dense(cells: Iterable[GridCell]) -> list[GridCell]:
    """Without rows and columns in which no cell begins."""
    every = list(cells)
    rows = sorted({cell.row for cell in every})
    columns = sorted({cell.column for cell in every})

    def within(places: Sequence[int], start: int, count: int) -> int:
        return sum(1 for place in places if start <= place < start + count)

    return [
        GridCell(
            rows.index(cell.row),
            columns.index(cell.column),
            within(rows, cell.row, cell.rows),
            within(columns, cell.column, cell.columns),
            cell.text,
        )
        for cell in every
    ]
