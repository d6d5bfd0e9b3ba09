"""Lists under a row of headings: trips, charges of a hotel, goods on a delivery note.

Where the list is ruled its cells tell the columns; else a run of text belongs to the heading it
stands under, or next to. An entry may take several lines: its lines are those nearer to its own
anchor (a cell that every entry has, such as the amount) than to that of the next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

from yuepi.documents.contents import Table
from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.view import Row, View
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import RuledTable

ENTRIES_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell: its text as printed, and its place."""

    text: str
    box: Box


Record = dict[str, Entry]
"""One line of a list: cells by the name of their column."""


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    box: Box
    first: bool
    """Whether it begins a line of its own."""


def read_records(
    view: View,
    heads: Mapping[str, re.Pattern[str]],
    anchor: str,
    value: re.Pattern[str],
    end: re.Pattern[str] | None = None,
    heads_min: int = 3,
) -> list[Record]:
    """The entries under the first row that holds at least `heads_min` of the headings.

    heads: a pattern for each column; those not asked for elsewhere still keep their text out of
    the others. anchor: the column whose cell every entry has; value: what such a cell wholly is.
    end: rows below the first that matches are no entries. Nothing where there are no headings.
    """
    for number, row in enumerate(view.rows):
        columns = _columns(row, heads)
        if len(columns) < heads_min or anchor not in columns:
            continue
        below = _rows_below(view, row, number, end)
        table = next((t for t in view.tables if t.box.holds(row.box.centre)), None)
        ruled = _ruled(table, columns, below) if table else None
        records = ruled if ruled is not None else _unruled(columns, below, anchor, value)
        kept = [r for r in records if anchor in r and value.fullmatch(narrow(r[anchor].text))]
        return kept[:ENTRIES_MAX]
    return []


def _columns(row: Row, heads: Mapping[str, re.Pattern[str]]) -> dict[str, Box]:
    """The place of each heading; one that stands in another belongs to the longer."""
    found: dict[str, tuple[int, int]] = {}
    text = narrow(row.text)
    for name, pattern in heads.items():
        for match in pattern.finditer(text):
            taken = any(a < match.end() and match.start() < b for a, b in found.values())
            if not taken:
                found[name] = match.span()
                break
    return {name: row.part(*span) for name, span in found.items()}


def _rows_below(view: View, head: Row, number: int, end: re.Pattern[str] | None) -> list[Row]:
    rows = []
    for row in view.rows[number + 1 :]:
        if end and end.search(narrow(row.text)):
            break
        if row.box.centre[1] > head.box.centre[1]:
            rows.append(row)
    return rows


def _pieces(row: Row) -> list[_Piece]:
    """The runs of a row, each without blanks."""
    found = []
    for match in re.finditer(r"\S+", row.text):
        before = row.places[match.start() - 1] if match.start() else None
        found.append(_Piece(match.group(), row.part(*match.span()), before is None))
    return found


def _ruled(
    table: RuledTable, columns: Mapping[str, Box], rows: Sequence[Row]
) -> list[Record] | None:
    """By the cells that were drawn; None where two headings share one of them."""
    names: dict[int, str] = {}
    for name, box in columns.items():
        cell = next((c for c in table.cells if c.box.holds(box.centre)), None)
        if cell is None or cell.column in names:
            return None
        names[cell.column] = name
    cells: dict[tuple[int, str], list[_Piece]] = {}
    for row in rows:
        for piece in _pieces(row):
            cell = next((c for c in table.cells if c.box.holds(piece.box.centre)), None)
            if cell is not None and cell.column in names:
                cells.setdefault((cell.row, names[cell.column]), []).append(piece)
    numbers = sorted({number for number, _ in cells})
    return [
        {name: _entry(pieces) for (at, name), pieces in cells.items() if at == number}
        for number in numbers
    ]


def _unruled(
    columns: Mapping[str, Box], rows: Sequence[Row], anchor: str, value: re.Pattern[str]
) -> list[Record]:
    """By what stands under or next to a heading, and nearest to an anchor."""
    cells = [_cells(row, columns) for row in rows]
    heads = [
        number
        for number, row in enumerate(cells)
        if anchor in row and value.fullmatch(narrow(_entry(row[anchor]).text))
    ]
    middles = [rows[number].box.centre[1] for number in heads]
    reach = _reach(middles, [rows[number].box.height for number in heads])
    records: list[dict[str, list[_Piece]]] = [dict(cells[number]) for number in heads]
    for number, row in enumerate(rows):
        if number in heads or not heads or anchor in cells[number]:
            continue
        gaps = [abs(middle - row.box.centre[1]) for middle in middles]
        nearest = gaps.index(min(gaps))
        if gaps[nearest] <= reach:
            _add(records[nearest], cells[number])
    return [{name: _entry(found) for name, found in each.items()} for each in records]


def _add(record: dict[str, list[_Piece]], more: Mapping[str, list[_Piece]]) -> None:
    """A further line of an entry: its cells go on above or below those that are there."""
    for name, pieces in more.items():
        record[name] = sorted(
            [*record.get(name, []), *pieces], key=lambda each: (round(each.box.y0, 2), each.box.x0)
        )


def _cells(row: Row, columns: Mapping[str, Box]) -> dict[str, list[_Piece]]:
    """The pieces of a row by column: in order where there is a run for each, else each by the
    heading next to it. Words do not stand in a column of running numbers."""
    runs: list[list[_Piece]] = []
    for piece in _pieces(row):
        if piece.first or not runs:
            runs.append([])
        runs[-1].append(piece)
    ordered = sorted(columns, key=lambda name: columns[name].x0)
    if len(runs) == len(ordered):
        return dict(zip(ordered, runs, strict=True))
    found: dict[str, list[_Piece]] = {}
    for run in runs:
        before: str | None = None
        for piece in run:
            words = re.search(r"[^\W\d_]{2}", piece.text)
            usable = [name for name in columns if not (words and name == "number")]
            gaps = {name: _away(piece.box, columns[name]) for name in usable}
            name = min(gaps, key=lambda each: gaps[each])
            if before is not None and gaps[name] > 0:
                name = before
            found.setdefault(name, []).append(piece)
            before = name
    return found


def _away(one: Box, head: Box) -> float:
    """How far apart two boxes stand; less than nothing where one is above the other."""
    shared = min(one.x1, head.x1) - max(one.x0, head.x0)
    return -shared / max(1e-6, min(one.width, head.width)) if shared > 0 else -shared


def _reach(middles: Sequence[float], heights: Sequence[float]) -> float:
    """How far a line may stand from its anchor: half way to the next, two lines where alone."""
    steps = [below - above for above, below in pairwise(sorted(middles))]
    if steps:
        return min(steps) / 2 + 1e-6
    return 2.2 * heights[0] if heights else 0.0


def _entry(pieces: Sequence[_Piece]) -> Entry:
    """The cell's text. Chinese that goes on in the next line is joined without a blank."""
    text = ""
    for number, piece in enumerate(pieces):
        if number:
            under = piece.box.y0 > pieces[number - 1].box.centre[1]
            text += "" if under and not (text[-1:] + piece.text[:1]).isascii() else " "
        text += piece.text
    return Entry(text, around(piece.box for piece in pieces))


def as_table(page: int, titles: Mapping[str, str], records: Sequence[Record]) -> tuple[Table, ...]:
    """The entries as a table, under the given titles; none where there are no entries."""
    if not records:
        return ()
    names = [name for name in titles if any(name in record for record in records)]
    rows = [tuple(titles[name] for name in names)]
    for record in records:
        rows.append(tuple(record[name].text if name in record else "" for name in names))
    boxes = [entry.box for record in records for entry in record.values()]
    return (Table(page=page, box=around(boxes), rows=tuple(rows), html=_html(rows), ruled=False),)


def _html(rows: Sequence[Sequence[str]]) -> str:
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table>{body}</table>"
