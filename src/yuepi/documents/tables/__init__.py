"""Tables of a page as rows of text and as HTML: ruled ones by their lines, others by their white.

Pure. `find_tables` is for kinds whose papers hold tables; `tables_beside` decides what a reading
shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from yuepi.documents.contents import Table
from yuepi.documents.fields import Draft
from yuepi.documents.layout.view import View
from yuepi.documents.tables.grid import Grid, table_of
from yuepi.documents.tables.nature import has_figures
from yuepi.documents.tables.ruled import ruled_grid
from yuepi.documents.tables.white import white_tables

__all__ = ["find_tables", "read_tables", "tables_beside"]

_TABLES_MAX = 40


def read_tables(view: View) -> tuple[Table, ...]:
    """The ruled tables of a page that hold text, top to bottom."""
    return tuple(table_of(view.page, grid) for grid in _ruled(view))


def tables_beside(drafts: Iterable[Draft], view: View) -> tuple[Table, ...]:
    """The tables of a reading: what its kind found, else the ruled ones of the page; none where
    the same cells are told already as items or as the values of a chart, and beside the pairs of a
    form only tables of figures."""
    every = list(drafts)
    found = next((draft.tables for draft in every if draft.tables), ())
    if found or any(draft.items or draft.chart for draft in every):
        return found
    ruled = read_tables(view)
    if any(draft.pairs for draft in every):
        return tuple(table for table in ruled if has_figures(table))
    return ruled


@lru_cache(maxsize=16)
def find_tables(view: View) -> tuple[Table, ...]:
    """All tables of a page, top to bottom: ruled, half ruled and not ruled; at most 40."""
    ruled = _ruled(view)
    free = [
        line for line in view.lines if not any(grid.box.holds(line.box.centre) for grid in ruled)
    ]
    grids = [*ruled, *white_tables(view, free)]
    grids.sort(key=lambda grid: (grid.box.y0, grid.box.x0))
    return tuple(table_of(view.page, grid) for grid in grids[:_TABLES_MAX])


def _ruled(view: View) -> list[Grid]:
    grids = (ruled_grid(view, table) for table in view.tables)
    return [grid for grid in grids if grid is not None]
