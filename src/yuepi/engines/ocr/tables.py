"""Tables of a page as rows of text: ruled ones by their cells, others by their heads.

Pure. What cannot be placed for sure is counted in `loose`, not dropped silently.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.engines.ocr.page import Page, Piece, Row, overlap_x, plain
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import RuledTable

ROWS_MAX: Final = 200
_HEADS: Final = re.compile(
    r"^(?:货物或应税劳务.*|项目名称|项目|名称|品名|商品|商品名称|规格型号|规格|型号|单位|数量|单价|金额|税率.*|税额|小计|价格"
    r"|序号|备注|日期|items?|description|product|qty|quantity|unit|unit price|price|amount|total"
    r"|rate|tax|no\.?|name|date)$",
    re.IGNORECASE,
)
_STOP: Final = re.compile(
    r"^(?:合\s*计|价税合计|总计|小计|备注|sub\s*-?total|total|grand total|vat\b|tax\b|gst\b)",
    re.IGNORECASE,
)
_HEADS_MIN: Final = 3
_LINES_TALL_MAX: Final = 6.0


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the names of its columns (() where it has no head) and its rows, equally wide.

    loose: pieces inside it that belong to no one row or column for sure.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    loose: int = 0


def tables_of(page: Page) -> list[Grid]:
    """The tables of a page, top to bottom: itemised ones first choice, then ruled, then plain."""
    headed = _headed(page)
    if headed is not None:
        return [headed]
    ruled = [grid for table in page.tables if (grid := _ruled(page, table)) is not None]
    if ruled:
        return ruled
    lined_up = _lined_up(page)
    return [lined_up] if lined_up else []


def _ruled(page: Page, table: RuledTable) -> Grid | None:
    height = max((cell.row + cell.rows for cell in table.cells), default=0)
    width = max((cell.column + cell.columns for cell in table.cells), default=0)
    if height < 2 or width < 2 or height > ROWS_MAX:
        return None
    grid = [[""] * width for _ in range(height)]
    pieces = [plain(line.text) for line in page.lines]
    for cell in table.cells:
        inside = [
            text
            for line, text in zip(page.lines, pieces, strict=True)
            if cell.box.holds(line.box.centre)
        ]
        grid[cell.row][cell.column] = " ".join(inside)
    rows = [tuple(row) for row in grid if any(row)]
    if len(rows) < 2:
        return None
    whole = all(rows[0]) and not any(re.search(r"\d", text) for text in rows[0])
    return Grid(rows[0], tuple(rows[1:])) if whole else Grid((), tuple(rows))


def _headed(page: Page) -> Grid | None:
    """The table under a row of well-known column names, down to its sums."""
    for number, row in enumerate(page.rows):
        known = [piece for piece in row if _HEADS.match(piece.text)]
        if len(known) >= _HEADS_MIN and len(known) >= len(row) - 1:
            return _under(page, number, row)
    return None


def _under(page: Page, number: int, head: Row) -> Grid | None:
    rows: list[tuple[str, ...]] = []
    height = head[0].box.height
    bottom = max(piece.box.y1 for piece in head)
    for row in page.rows[number + 1 : number + 1 + ROWS_MAX]:
        text = " ".join(piece.text for piece in row)
        if _STOP.match(text) or row[0].box.y0 - bottom > _LINES_TALL_MAX * height:
            break
        bottom = max(piece.box.y1 for piece in row)
        cells = _cells(row, head)
        if not any(cells[1:]) and rows:
            # Only the first column: the name above runs on.
            rows[-1] = (rows[-1][0] + cells[0], *rows[-1][1:])
        else:
            rows.append(cells)
    if not rows:
        return None
    top = max(piece.box.y1 for piece in head)
    left, right = head[0].box.x0, max(piece.box.x1 for piece in head)
    loose = sum(
        1
        for piece in page.upright
        if top - height / 2 < piece.box.centre[1] < bottom and left < piece.box.centre[0] < right
    )
    return Grid(tuple(piece.text for piece in head), tuple(rows), loose)


def _cells(row: Row, head: Row) -> tuple[str, ...]:
    cells = [""] * len(head)
    for piece in row:
        nearest = max(range(len(head)), key=lambda at: overlap_x(piece.box, head[at].box))
        cells[nearest] = f"{cells[nearest]} {piece.text}".strip()
    return tuple(cells)


def _lined_up(page: Page) -> Grid | None:
    """Rows of equally many pieces whose sides stand in line, as on a menu."""
    best: list[Row] = []
    run: list[Row] = []
    for row in page.rows:
        if len(row) > 1 and run and _same_columns(row, run[-1]):
            run.append(row)
        elif len(row) > 1:
            run = [row]
        elif run and len(row) == 1 and _is_heading(row[0], run[-1]):
            continue
        else:
            run = []
        if len(run) > len(best):
            best = run
    if len(best) < _HEADS_MIN:
        return None
    return Grid((), tuple(tuple(piece.text for piece in row) for row in best[:ROWS_MAX]))


def _same_columns(row: Row, above: Row) -> bool:
    return len(row) == len(above) and all(
        _in_line(one.box, other.box) for one, other in zip(row, above, strict=True)
    )


def _in_line(one: Box, other: Box) -> bool:
    return min(abs(one.x0 - other.x0), abs(one.x1 - other.x1)) < 0.015


def _is_heading(piece: Piece, above: Row) -> bool:
    return piece.box.y0 - above[0].box.y1 < _LINES_TALL_MAX * above[0].box.height


def column_of(names: Sequence[str], head: Sequence[str]) -> int | None:
    """The one column whose head is one of the names (already squeezed); None for none or two."""
    wanted = set(names)
    found = [at for at, text in enumerate(head) if re.sub(r"\s", "", text).casefold() in wanted]
    return found[0] if len(found) == 1 else None


def head_boxes(page: Page) -> set[Box]:
    """The boxes of column heads: what stands below them is a column, not one value."""
    return {
        piece.box
        for row in page.rows
        if sum(1 for piece in row if _HEADS.match(piece.text)) >= _HEADS_MIN
        for piece in row
    }
