"""Lists of objects: the lines of goods, the rows of a table, or the documents of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.documents.contents import Table
from yuepi.documents.extraction.names import column_matching, item_column
from yuepi.documents.extraction.wanted import Wanted
from yuepi.documents.fields import Candidate
from yuepi.documents.layout.text import squeeze
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Evidence, Reading
from yuepi.kit.boxes import Box

ROWS_MAX: Final = 500
HEAD_ROWS_MAX: Final = 3
"""The head of a table is looked for in its first rows: a title may stand above it."""
VALUE: Final = "value"
"""What the candidates for one value are called among themselves."""

Line = Mapping[str, Candidate | None]
"""For each member of the wanted object, by name, what stands in that line; None for nothing."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A way to fill a list: how many members of its object it knows, and its lines."""

    known: int
    lines: tuple[Line, ...]


def lines_of_goods(wanted: Wanted, reading: Reading, views: Sequence[View]) -> Lines:
    """The items of a reading as lines of the wanted object."""
    members = _values(wanted)
    columns = {each.name: item_column(each) for each in members}
    lines = []
    for item in reading.items[:ROWS_MAX]:
        line: dict[str, Candidate | None] = {}
        for member in members:
            column = columns[member.name]
            text = getattr(item, column) if column is not None else None
            line[member.name] = None if not text else _seen(text, reading.page, None, views)
        lines.append(line)
    return Lines(sum(column is not None for column in columns.values()), tuple(lines))


def rows_of_table(wanted: Wanted, tables: Sequence[Table], views: Sequence[View]) -> Lines:
    """The rows of the table whose head names most members of the wanted object."""
    members = _values(wanted)
    best = Lines(0, ())
    for table in tables:
        for at, head in enumerate(table.rows[:HEAD_ROWS_MAX]):
            columns = _columns(members, head)
            if len(columns) > best.known:
                rows = table.rows[at + 1 : at + 1 + ROWS_MAX]
                best = Lines(len(columns), tuple(_table_lines(columns, rows, table, views)))
    return best


def _columns(members: Sequence[Wanted], head: Sequence[str]) -> dict[str, int]:
    """The column of each member, no column for two of them."""
    heads = [text for text in head if text.strip()]
    found: dict[str, int] = {}
    for member in members:
        text = column_matching(member, heads)
        if text is None or heads.count(text) != 1:
            continue
        column = list(head).index(text)
        if column in found.values():
            return {}
        found[member.name] = column
    return found


def _table_lines(
    columns: Mapping[str, int], rows: Sequence[Sequence[str]], table: Table, views: Sequence[View]
) -> Iterator[Line]:
    for row in rows:
        line: dict[str, Candidate | None] = {}
        for name, column in columns.items():
            text = row[column].strip() if column < len(row) else ""
            line[name] = _seen(text, table.page, table.box, views) if text else None
        if any(line.values()):
            yield line


def _values(wanted: Wanted) -> list[Wanted]:
    element = wanted.element
    return [each for each in (element.members or ()) if each.is_value] if element else []


def _seen(text: str, page: int, within: Box | None, views: Sequence[View]) -> Candidate:
    """The text with its place: that of the only line that says it, else of the table."""
    shown = [view for view in views if view.page == page]
    source = shown[0].source if shown else "layout"
    wanted = squeeze(text)
    places = [
        line.box
        for line in (shown[0].lines if shown else ())
        if squeeze(line.text) == wanted and (within is None or within.holds(line.box.centre))
    ]
    box = places[0] if len(places) == 1 else within
    return Candidate(VALUE, text, Evidence(page=page, box=box, source=source, text=text))
