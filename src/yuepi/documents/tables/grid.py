"""A table as cells on a grid, and how it is written down: rows of texts, and HTML with spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from yuepi.documents.contents import Table
from yuepi.kit.boxes import Box

CELLS_MAX = 5_000
"""Of one table; a bigger one is left out, for its grid is not a table's."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell with its text: where it begins, and how many rows and columns it covers."""

    row: int
    column: int
    rows: int
    columns: int
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a table. head_rows: how many rows its head is known to have, 0 for unknown."""

    box: Box
    cells: tuple[GridCell, ...]
    ruled: bool
    head_rows: int = 0

    @property
    def size(self) -> tuple[int, int]:
        """Rows, columns."""
        return (
            max((cell.row + cell.rows for cell in self.cells), default=0),
            max((cell.column + cell.columns for cell in self.cells), default=0),
        )

    @property
    def filled(self) -> int:
        """How many cells hold text."""
        return sum(1 for cell in self.cells if cell.text)


def table_of(page: int, grid: Grid) -> Table:
    """The table as readings hold it."""
    cells = sorted(grid.cells, key=lambda cell: (cell.row, cell.column))
    return Table(
        page=page,
        box=grid.box,
        rows=_rows(cells, *grid.size),
        html=_html(cells, grid.size[0], grid.head_rows),
        ruled=grid.ruled,
        head_rows=grid.head_rows,
        merged=tuple(
            (cell.row, cell.column, cell.rows, cell.columns)
            for cell in cells
            if cell.rows > 1 or cell.columns > 1
        ),
    )


def _rows(cells: Sequence[GridCell], height: int, width: int) -> tuple[tuple[str, ...], ...]:
    grid = [[""] * width for _ in range(height)]
    for cell in cells:
        grid[cell.row][cell.column] = cell.text
    return tuple(tuple(row) for row in grid)


def _html(cells: Sequence[GridCell], height: int, head_rows: int) -> str:
    rows: list[list[str]] = [[] for _ in range(height)]
    for cell in cells:
        spans = (f' rowspan="{cell.rows}"' if cell.rows > 1 else "") + (
            f' colspan="{cell.columns}"' if cell.columns > 1 else ""
        )
        rows[cell.row].append(f"<td{spans}>{escape(cell.text)}</td>")
    lines = [f"<tr>{''.join(row)}</tr>" for row in rows]
    if not head_rows:
        return f"<table>{''.join(lines)}</table>"
    head, body = "".join(lines[:head_rows]), "".join(lines[head_rows:])
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
