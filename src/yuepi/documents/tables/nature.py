"""What a table is by its cells: grown, and one of figures; a form's grid is neither."""

from __future__ import annotations

import re
from typing import Final

from yuepi.documents.contents import Table
from yuepi.documents.tables.lines_to_rows import is_number

_CELLS_MIN: Final = 8
_FILLED_MIN: Final = 0.45
_KEY: Final = re.compile(r"[:：]\s*$")
_KEY_SHARE_MAX: Final = 0.25
_ROWS_MIN: Final = 4
_COLUMNS_MIN: Final = 3
_NUMERIC_MIN: Final = 0.6
"""Of a column's cells below the first row."""


def is_grown(table: Table) -> bool:
    """Whether it is a table and not a form: enough cells, filled, and few of them keys."""
    cells = [cell for row in table.rows for cell in row]
    filled = [cell for cell in cells if cell]
    merged = sum(rows * columns - 1 for _, _, rows, columns in table.merged)
    keys = sum(bool(_KEY.search(cell)) for cell in filled)
    return (
        len(filled) >= _CELLS_MIN
        and len(filled) >= _FILLED_MIN * (len(cells) - merged)
        and keys <= _KEY_SHARE_MAX * len(filled)
    )


def has_figures(table: Table) -> bool:
    """Whether at least two columns, and a third of all, hold figures under a heading."""
    if not is_grown(table) or len(table.rows) < _ROWS_MIN or len(table.rows[0]) < _COLUMNS_MIN:
        return False
    numeric = 0
    for column in zip(*table.rows, strict=True):
        filled = [cell for cell in column[max(1, table.head_rows) :] if cell]
        figures = sum(is_number(cell) for cell in filled)
        numeric += len(filled) >= 2 and figures >= _NUMERIC_MIN * len(filled)
    return numeric >= max(2, len(table.rows[0]) / 3)
