"""What differs between two policies, table by table, row by row, cell by cell. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from yuepi.approvals.jdm import Graph, Table


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell that is another one: column is its fact or output."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that came, went, changed or only stands elsewhere; places count from 0."""

    row: str
    change: Literal["added", "removed", "changed", "moved"]
    at_before: int | None
    at_after: int | None
    cells: tuple[CellChange, ...]


@dataclass(frozen=True, slots=True)
class TableChange:
    """A table in which something differs; columns by their facts or outputs."""

    table: str
    name: str
    change: Literal["added", "removed", "changed"]
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    rows: tuple[RowChange, ...]


def compare(before: Graph, after: Graph) -> tuple[TableChange, ...]:
    """The tables that differ, in the order of `after`, removed ones last."""
    old = {table.id: table for table in before.tables}
    new = {table.id: table for table in after.tables}
    found = []
    for name in dict.fromkeys((*new, *old)):
        change = _table(old.get(name), new.get(name))
        if change is not None:
            found.append(change)
    return tuple(found)


def _table(before: Table | None, after: Table | None) -> TableChange | None:
    shown = after or before
    if shown is None:
        return None
    was, now = _columns(before), _columns(after)
    if before is not None and after is not None and before.scope != after.scope:
        # The same names are facts of something else now: nothing of it is as it was.
        added, removed = tuple(now.values()), tuple(was.values())
    else:
        # A column that stands for another fact now is another one, whatever its id.
        added = tuple(field for column, field in now.items() if was.get(column) != field)
        removed = tuple(field for column, field in was.items() if now.get(column) != field)
    rows = tuple(_rows(before, after))
    change: Literal["added", "removed", "changed"] = "changed"
    if before is None:
        change = "added"
    elif after is None:
        change = "removed"
    elif not rows and not added and not removed and before.name == after.name:
        return None
    return TableChange(shown.id, shown.name, change, added, removed, rows)


def _rows(before: Table | None, after: Table | None) -> Iterator[RowChange]:
    was, now = _rules(before), _rules(after)
    old, new = _columns(before), _columns(after)
    kept_before = [name for name in was if name in now]
    kept_after = [name for name in now if name in was]
    for at, name in enumerate(now):
        if name not in was:
            cells = _cells({}, {}, now[name], new)
            yield RowChange(name, "added", None, at, cells)
            continue
        place = list(was).index(name)
        cells = _cells(was[name], old, now[name], new)
        moved = kept_before.index(name) != kept_after.index(name)
        if cells:
            yield RowChange(name, "changed", place, at, cells)
        elif moved:
            yield RowChange(name, "moved", place, at, ())
    for at, name in enumerate(was):
        if name not in now:
            yield RowChange(name, "removed", at, None, _cells(was[name], old, {}, {}))


def _cells(
    was: Mapping[str, str], old: Mapping[str, str], now: Mapping[str, str], new: Mapping[str, str]
) -> tuple[CellChange, ...]:
    places = dict.fromkeys((*old.items(), *new.items()))
    pairs = (
        (
            field,
            was.get(column, "").strip() if old.get(column) == field else "",
            now.get(column, "").strip() if new.get(column) == field else "",
        )
        for column, field in places
    )
    return tuple(CellChange(name, one, two) for name, one, two in pairs if one != two)


def _columns(table: Table | None) -> dict[str, str]:
    """The fact or output of each column, by its id."""
    if table is None:
        return {}
    return {column.id: column.field for column in (*table.content.inputs, *table.content.outputs)}


def _rules(table: Table | None) -> dict[str, Mapping[str, str]]:
    return {} if table is None else {rule["_id"]: rule for rule in table.content.rules}
