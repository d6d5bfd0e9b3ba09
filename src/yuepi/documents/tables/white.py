"""Tables without a grid of lines: half ruled (a rule above, below and under the head) or not
ruled at all. Columns are told by white, rows by lines of text, spans by what stands over what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from yuepi.documents.layout.view import View
from yuepi.documents.tables.columns import borders_of, crossed
from yuepi.documents.tables.grid import CELLS_MAX, Grid, GridCell
from yuepi.documents.tables.heads import head_cells
from yuepi.documents.tables.lines_to_rows import (
    Habits,
    TextRow,
    grouped,
    habits_of,
    is_number,
)
from yuepi.documents.tables.pieces import cut_at_borders, joined
from yuepi.documents.tables.regions import Region, regions_of
from yuepi.kit.boxes import around
from yuepi.sight.sighting import Line

_HEAD_ROWS_MAX: Final = 6
_NUMBERED_HEAD_ROWS_MAX: Final = 2
_ROWS_MIN: Final = 3
_FILLED_MIN: Final = 0.35
_NUMERIC_MIN: Final = 0.2
_PROSE_CHARACTERS: Final = 28
_KEY: Final = re.compile(r"[:：]\s*$")
_KEY_SHARE_MAX: Final = 0.4
_MARKER: Final = re.compile(
    r"[(（]?(?:\d{1,2}|[A-Za-z]|[ivxIVX]{1,4}|[一二三四五六七八九十])[.)、）]|[•■●▪–*·-]"
)
_LEADER: Final = re.compile(r"[.…·]{4,}")

Rows = Sequence[Sequence[Line]]


def white_tables(view: View, lines: Sequence[Line]) -> list[Grid]:
    """The tables among these lines of the page that no grid of rules tells."""
    found = []
    for region in regions_of(view, lines):
        grid = _grid(region)
        if grid is not None:
            found.append(grid)
    return found


def _grid(region: Region) -> Grid | None:
    borders = borders_of(region.rows, region.em_x, witnesses=2 if len(region.rows) > 2 else 1)
    if not borders or not _is_tabular(region, borders):
        return None
    if len(region.rows) * (len(borders) + 1) > CELLS_MAX:
        return None
    cut = _head_lines(region, borders)
    head, body = region.rows[:cut], _cut(region.rows[cut:], borders, region)
    habits = habits_of(body, borders, region.em)
    extents = _extents(body or head, borders, region)
    cells, head_rows = head_cells(region, head, borders, extents)
    rows = _body_rows(region, body, borders, habits)
    for number, row in enumerate(rows, head_rows):
        cells += _row_cells(number, row, len(borders) + 1, region, borders)
    grid = Grid(region.box, tuple(cells), ruled=False, head_rows=head_rows if rows else 0)
    return grid if _is_table(region, grid) else None


def _cut(rows: Rows, borders: Sequence[float], region: Region) -> list[list[Line]]:
    """Pieces that run over borders between columns that both stand in other pieces' rows are two
    cells that were recognised as one line."""
    slack = 0.35 * region.em_x
    found = []
    for row in rows:
        pieces: list[Line] = []
        for piece in row:
            over = crossed(piece, borders, slack) if len(row) > 1 or is_list(piece) else []
            pieces += cut_at_borders(piece, over, region.aspect) if over else [piece]
        found.append(pieces)
    return found


def is_list(piece: Line) -> bool:
    """Whether a line is a row of figures that was recognised as one."""
    words = piece.text.split()
    return len(words) > 2 and sum(is_number(word) for word in words) >= 0.6 * len(words)


def _head_lines(region: Region, borders: Sequence[float]) -> int:
    """How many rows of text are the head: those above the first rule through, if few; else those
    above the first figures of columns that hold figures."""
    rows = region.rows
    middles = [sum(p.box.centre[1] for p in row) / len(row) for row in rows]
    inner = [y for y in region.through if middles[0] < y < middles[-1]]
    told = _first_figures(region, borders)
    if inner:
        above = sum(1 for y in middles if y < inner[0])
        # Rows of figures above a rule are values; only the heads of columns may be numbered.
        is_head = told is None or told >= above or above <= _NUMBERED_HEAD_ROWS_MAX
        if is_head and above <= min(_HEAD_ROWS_MAX, len(rows) - 1):
            return above
    return _without_first_lines(rows, told or 0, len(borders) + 1)


def _without_first_lines(rows: Rows, head: int, columns: int) -> int:
    """The head without lines of text that begin the first row below it: a cell of several lines
    beside cells of one, which stand at its middle."""
    while head > 1 and 2 * len(rows[head - 1]) < columns:
        above = _top(rows[head - 1]) - _bottom(rows[head - 2])
        below = _top(rows[head]) - _bottom(rows[head - 1])
        if below >= above:
            break
        head -= 1
    return head


def _top(row: Sequence[Line]) -> float:
    return min(piece.box.y0 for piece in row)


def _bottom(row: Sequence[Line]) -> float:
    return max(piece.box.y1 for piece in row)


def _first_figures(region: Region, borders: Sequence[float]) -> int | None:
    """The first row of text with figures in the columns that hold figures; None where there is
    none among the first."""
    habits = habits_of(region.rows, borders, region.em)
    numeric = {column for column in habits.numeric if column > 0}
    for number, row in enumerate(region.rows[: _HEAD_ROWS_MAX + 1]):
        text_row = TextRow()
        text_row.add(row, borders)
        held = numeric & set(text_row.cells)
        figures = text_row.numbers & held
        if figures and 2 * len(figures) >= len(held) and not _years(text_row, figures):
            return number
    return None


def _years(row: TextRow, columns: set[int]) -> bool:
    """Whether all figures of a row are years or quarters: a head, not values."""
    texts = [piece.text.strip() for column in columns for piece in row.cells[column]]
    return bool(texts) and all(re.fullmatch(r"(?:19|20)\d\d\s*年?(?:度)?", text) for text in texts)


def _extents(rows: Rows, borders: Sequence[float], region: Region) -> list[tuple[float, float]]:
    """From where to where the texts of each column run; its white where it is empty."""
    found = TextRow()
    for row in rows:
        found.add([p for p in row if not crossed(p, borders, 0.35 * region.em_x)], borders)
    edges = [region.box.x0, *borders, region.box.x1]
    extents = []
    for column, (left, right) in enumerate(pairwise(edges)):
        box = around(p.box for p in found.cells[column]) if column in found.cells else None
        extents.append((box.x0, box.x1) if box else (left, right))
    return extents


def _body_rows(
    region: Region, body: Rows, borders: Sequence[float], habits: Habits
) -> list[TextRow]:
    """The body's rows: one between each two rules where these stand between all of them, else by
    what the lines of text say."""
    if not body:
        return []
    bands: list[list[Sequence[Line]]] = [[]]
    through = list(region.through)
    for row in body:
        y = sum(p.box.centre[1] for p in row) / len(row)
        while through and through[0] < y:
            through.pop(0)
            if bands[-1]:
                bands.append([])
        bands[-1].append(row)
    row_ruled = len(bands) >= _ROWS_MIN and len(body) <= 2.5 * len(bands)
    found: list[TextRow] = []
    for band in bands:
        rows = grouped(band, borders, habits)
        clash = any(a.numbers & b.numbers for a, b in pairwise(rows))
        if row_ruled and len(rows) > 1 and not clash:
            whole = TextRow()
            for part in rows:
                whole.add(part.pieces, borders)
            rows = [whole]
        found += rows
    return found


def _row_cells(
    number: int, row: TextRow, columns: int, region: Region, borders: Sequence[float]
) -> list[GridCell]:
    """The cells of one row. A text alone in it that runs over borders is a heading of its own."""
    pieces = row.pieces
    over = [crossed(piece, borders, 0.35 * region.em_x) for piece in pieces]
    if len(row.cells) == 1 and any(over):
        return [GridCell(number, 0, 1, columns, joined(pieces))]
    return [
        GridCell(number, column, 1, 1, joined(row.cells.get(column, [])))
        for column in range(columns)
    ]


def _is_tabular(region: Region, borders: Sequence[float]) -> bool:
    """Whether the pieces look like cells, and not like prose in columns, a list or a form."""
    first = [row[0].text.strip() for row in region.rows if row[0].box.x0 < borders[0]]
    if len(borders) == 1:
        markers = sum(bool(_MARKER.fullmatch(text)) for text in first)
        if first and markers > 0.5 * len(first):
            return False
    texts = [piece.text for row in region.rows for piece in row]
    keys = sum(bool(_KEY.search(text)) for text in texts)
    if keys > _KEY_SHARE_MAX * max(1, len(first)):
        return False
    if sum(bool(_LEADER.search(text)) for text in texts) > 0.3 * len(region.rows):
        return False
    numbers = sum(is_number(text) for text in texts)
    if region.bounded or numbers >= 0.3 * len(texts):
        return True
    long = sum(len(text) > _PROSE_CHARACTERS for text in texts)
    return long <= 0.4 * len(texts)


def _is_table(region: Region, grid: Grid) -> bool:
    """Whether enough of the grid is filled, and with what tables hold."""
    height, width = grid.size
    body = [cell for cell in grid.cells if cell.row >= grid.head_rows]
    filled = [cell for cell in body if cell.text]
    if height < (2 if region.bounded else _ROWS_MIN) or width < 2 or not filled:
        return False
    if grid.filled < _FILLED_MIN * len(grid.cells):
        return False
    numeric = sum(is_number(cell.text) for cell in filled) / len(filled)
    return region.bounded or numeric >= _NUMERIC_MIN or (width >= 3 and height >= 4)
