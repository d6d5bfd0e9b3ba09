"""The runs of a page in the order in which people read them: columns one by one, tables apart.

Rows go across the whole page. Where several rows leave the same gutter free and have running text
on both sides of it, they are columns; labels beside their values have one too, but are short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Final

from yuepi.documents.contents import Table
from yuepi.documents.layout.prose import is_page_number
from yuepi.documents.page_text import PageText, TextRun
from yuepi.kit.boxes import Box, around

_COLUMN_ROWS_MIN: Final = 3
"""So many rows with text in two columns make columns."""
_GUTTER_HEIGHTS_MIN: Final = 0.8
"""A gutter is at least so many line heights wide."""
_COLUMN_LENGTH_MIN: Final = 12.0
_FILLED_MIN: Final = 0.55
"""Lines of running text fill their column by so much, in the middle."""
_TABLE_ROWS_MIN: Final = 2
_SEGMENT_ROWS_MAX: Final = 100
_ONE_COLUMN_ROWS_MAX: Final = 4
"""So many rows at the head of columns may leave no gutter yet."""
_STEPS: Final = 8
"""A segment that has no columns is tried again from so many places in it, at most."""


@dataclass(frozen=True, slots=True)
class Line:
    """Runs that are read in one go, from left to right."""

    runs: tuple[TextRun, ...]

    @property
    def box(self) -> Box:
        """Around all of them."""
        return around(run.box for run in self.runs)


@dataclass(frozen=True, slots=True)
class Flow:
    """Lines that are read one after the other; table: they are its rows."""

    lines: tuple[Line, ...]
    table: Table | None = None


def length_of(text: str) -> float:
    """How much a text says: a Chinese character as much as two of the Latin ones."""
    return sum(0.5 if sign.isascii() else 1.0 for sign in text if not sign.isspace())


def without_page_numbers(page: PageText) -> PageText:
    """The page without the rows at its head and foot that say which one it is."""
    kept: list[TextRun] = []
    for _, found in groupby(page.runs, key=lambda run: run.row):
        runs = list(found)
        text = " ".join(run.text for run in runs)
        if not is_page_number(text, around(run.box for run in runs)):
            kept += runs
    return page if len(kept) == len(page.runs) else page.model_copy(update={"runs": tuple(kept)})


def flows_of(page: PageText, tables: Sequence[Table]) -> list[Flow]:
    """The page in reading order. Each run is in one flow.

    tables: those of this page; runs inside of one are its rows, where there are two at least.
    """
    taken, parts = _tables(page.runs, tables)
    flows: list[Flow] = []
    rows: list[Line] = []
    begun: set[int] = set()
    for _, found in groupby(enumerate(page.runs), key=lambda each: each[1].row):
        inside = list(found)
        free = tuple(run for at, run in inside if at not in taken)
        for at in sorted({taken[at] for at, _ in inside if at in taken} - begun):
            flows += _columns(rows, page.aspect)
            rows = []
            begun.add(at)
            flows.append(Flow(parts[at], tables[at]))
        if free:
            rows.append(Line(free))
    return flows + _columns(rows, page.aspect)


def _tables(
    runs: Sequence[TextRun], tables: Sequence[Table]
) -> tuple[dict[int, int], dict[int, tuple[Line, ...]]]:
    """Which run (by its place) stands in which table, and the rows of those tables."""
    taken: dict[int, int] = {}
    parts: dict[int, tuple[Line, ...]] = {}
    for at, table in enumerate(tables):
        mine = {
            place: run
            for place, run in enumerate(runs)
            if place not in taken and table.box.holds(run.box.centre)
        }
        rows = groupby(mine.values(), key=lambda run: run.row)
        lines = tuple(Line(tuple(each)) for _, each in rows)
        if len(lines) >= _TABLE_ROWS_MIN:
            taken.update(dict.fromkeys(mine, at))
            parts[at] = lines
    return taken, parts


def _columns(rows: Sequence[Line], aspect: float) -> list[Flow]:
    """The rows as flows: those across the page together, columns one after the other."""
    flows: list[Flow] = []
    plain: list[Line] = []
    at = 0
    while at < len(rows):
        end, covered = _segment(rows, at, aspect)
        columns = _split(rows[at:end], covered)
        if _are_columns(columns, rows[at:end], covered):
            if plain:
                flows.append(Flow(tuple(plain)))
                plain = []
            flows += (Flow(tuple(column)) for column in columns)
            at = end
        else:
            step = max(1, (end - at) // _STEPS)
            plain += rows[at : at + step]
            at += step
    if plain:
        flows.append(Flow(tuple(plain)))
    return flows


def _segment(
    rows: Sequence[Line], start: int, aspect: float
) -> tuple[int, list[tuple[float, float]]]:
    """How far the rows from `start` leave one gutter free, and what they cover together."""
    covered: list[tuple[float, float]] = []
    end = start
    while end < min(len(rows), start + _SEGMENT_ROWS_MAX):
        row = rows[end]
        if end > start and row.box.y1 < rows[end - 1].box.y0:
            break
        gutter = _GUTTER_HEIGHTS_MIN * median(run.box.height for run in row.runs) / aspect
        spans = [(run.box.x0, run.box.x1) for run in row.runs]
        more = _united([*covered, *spans], gutter)
        if len(more) < 2 and (len(covered) > 1 or end - start >= _ONE_COLUMN_ROWS_MAX):
            break
        covered = more
        end += 1
    return max(end, start + 1), covered


def _united(spans: list[tuple[float, float]], gutter: float) -> list[tuple[float, float]]:
    """The spans with those that touch, or nearly so, made one."""
    united: list[tuple[float, float]] = []
    for x0, x1 in sorted(spans):
        if united and x0 - united[-1][1] < gutter:
            united[-1] = (united[-1][0], max(united[-1][1], x1))
        else:
            united.append((x0, x1))
    return united


def _split(rows: Sequence[Line], covered: Sequence[tuple[float, float]]) -> list[list[Line]]:
    columns: list[list[Line]] = [[] for _ in covered]
    for row in rows:
        for at, (x0, x1) in enumerate(covered):
            mine = tuple(run for run in row.runs if x0 <= run.box.x0 and run.box.x1 <= x1)
            if mine:
                columns[at].append(Line(mine))
    return columns


def _are_columns(
    columns: Sequence[Sequence[Line]],
    rows: Sequence[Line],
    covered: Sequence[tuple[float, float]],
) -> bool:
    """Whether there is running text in each of several."""
    if len(columns) < 2 or sum(len(column) for column in columns) < len(rows) + _COLUMN_ROWS_MIN:
        return _are_shifted(columns, covered)
    return _all_running(columns, covered)


def _are_shifted(columns: Sequence[Sequence[Line]], covered: Sequence[tuple[float, float]]) -> bool:
    """Columns whose lines do not stand beside each other."""
    if len(columns) < 2 or any(len(column) < _COLUMN_ROWS_MIN for column in columns):
        return False
    tops = [column[0].box.y0 for column in columns]
    ends = [column[-1].box.y1 for column in columns]
    return max(tops) < min(ends) and _all_running(columns, covered)


def _all_running(columns: Sequence[Sequence[Line]], covered: Sequence[tuple[float, float]]) -> bool:
    return all(
        _is_running(column, x1 - x0) for column, (x0, x1) in zip(columns, covered, strict=True)
    )


def _is_running(lines: Sequence[Line], width: float) -> bool:
    if len(lines) < _COLUMN_ROWS_MIN:
        return False
    lengths = [length_of("".join(run.text for run in line.runs)) for line in lines]
    filled = median(line.box.width for line in lines) / max(width, 1e-6)
    return median(lengths) >= _COLUMN_LENGTH_MIN / 2 and (
        max(lengths) >= _COLUMN_LENGTH_MIN and filled >= _FILLED_MIN
    )
