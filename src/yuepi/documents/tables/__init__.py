"""Ruled tables as rows of text and as HTML: the lines of a page put into the cells that hold them.

Pure. A merged cell stands once in the rows, at its first place; the others are empty there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from yuepi.documents.contents import Table
from yuepi.sight.sighting import Cell, Line, RuledTable

_CELLS_MIN = 4
"""Fewer cells are a frame around something, not a table."""


def read_tables(
    page: int, tables: Iterable[RuledTable], lines: Sequence[Line]
) -> tuple[Table, ...]:
    """The tables of a page that hold text, in the order they were found."""
    found = []
    for table in tables:
        texts = [_text(cell, lines) for cell in table.cells]
        if len(table.cells) >= _CELLS_MIN and any(texts):
            found.append(
                Table(
                    page=page,
                    box=table.box,
                    rows=_rows(table.cells, texts),
                    html=_html(table.cells, texts),
                )
            )
    return tuple(found)


def _text(cell: Cell, lines: Sequence[Line]) -> str:
    # The page's lines come in reading order, and so do those of a cell.
    return " ".join(line.text for line in lines if cell.box.holds(line.box.centre))


def _rows(cells: Sequence[Cell], texts: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    height = max(cell.row + cell.rows for cell in cells)
    width = max(cell.column + cell.columns for cell in cells)
    grid = [[""] * width for _ in range(height)]
    for cell, text in zip(cells, texts, strict=True):
        grid[cell.row][cell.column] = text
    return tuple(tuple(row) for row in grid)


def _html(cells: Sequence[Cell], texts: Sequence[str]) -> str:
    rows: dict[int, list[str]] = {}
    for cell, text in sorted(
        zip(cells, texts, strict=True), key=lambda each: (each[0].row, each[0].column)
    ):
        spans = (f' rowspan="{cell.rows}"' if cell.rows > 1 else "") + (
            f' colspan="{cell.columns}"' if cell.columns > 1 else ""
        )
        rows.setdefault(cell.row, []).append(f"<td{spans}>{escape(text)}</td>")
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows.values())
    return f"<table>{body}</table>"
