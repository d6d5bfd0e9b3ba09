"""One document on one page as rows of text that patterns can be searched in.

The same view serves text recognised on a picture (source `layout`) and a file's own text
(source `native`): the kinds do not care where the lines come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import median

from yuepi.documents.fields import Candidate
from yuepi.documents.reading import Evidence, Source
from yuepi.kit.boxes import WHOLE, Box, around
from yuepi.sight.sighting import Code, Line, Mark, Rule, RuledTable, Seal

GAP = "\t"
"""Stands between runs of one row that are further apart than two characters."""


@dataclass(frozen=True)
class Row:
    """Lines that stand side by side, joined left to right: by a tab at wide gaps, else a space.

    `places[i]` is the (line, index in it) that character i of `text` comes from, None for joints.
    """

    lines: tuple[Line, ...]
    text: str
    places: tuple[tuple[int, int] | None, ...]

    @property
    def box(self) -> Box:
        return around(line.box for line in self.lines)

    def part(self, start: int, end: int) -> Box:
        """The box around the characters `start` to `end` (exclusive)."""
        boxes = []
        for number, line in enumerate(self.lines):
            within = [p[1] for p in self.places[start:end] if p is not None and p[0] == number]
            if within:
                boxes.append(part_of_line(line, min(within), max(within) + 1))
        return around(boxes) if boxes else self.box


@dataclass(frozen=True)
class Hit:
    """A pattern found in a row. `group` names or numbers the part that is the value."""

    row: Row
    match: re.Match[str]

    def text(self, group: str | int = 0) -> str:
        return self.match.group(group) or ""

    def box(self, group: str | int = 0) -> Box:
        return self.row.part(*self.match.span(group))


@dataclass(frozen=True)
class View:
    """The lines of one document (or a part of it) on one page, in fractions of that page."""

    page: int
    source: Source
    lines: tuple[Line, ...]
    aspect: float = 1.0
    """Width divided by height of the page."""
    codes: tuple[Code, ...] = ()
    seals: tuple[Seal, ...] | None = None
    tables: tuple[RuledTable, ...] = ()
    strokes: tuple[Box, ...] = ()
    """Drawn curves that are no print, such as signatures."""
    box: Box = field(default=WHOLE)
    """Where on the page this document lies."""
    rules: tuple[Rule, ...] = ()
    """The straight lines drawn on it, those of tables too."""
    marks: tuple[Mark, ...] = ()
    """What is drawn in flat colours: bars, slices, swatches, lines; coloured print."""

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Rows from top to bottom, then the upright labels, each alone."""
        return tuple(_join(row, self.aspect) for row in _cluster(self.lines))

    @cached_property
    def text(self) -> str:
        """All rows, one a line."""
        return "\n".join(row.text for row in self.rows)

    @cached_property
    def squeezed(self) -> str:
        """All text without any white space, for recognising words that are set apart."""
        return re.sub(r"\s", "", self.text)

    @cached_property
    def line_height(self) -> float:
        """The usual height of a line as a fraction of the page; 0.02 on an empty page."""
        heights = [line.box.height for line in self.lines if len(line.text) > 1]
        return median(heights) if heights else 0.02

    def part(self, x0: float = 0.0, y0: float = 0.0, x1: float = 1.0, y1: float = 1.0) -> View:
        """The lines whose middle lies in the given part of the page."""
        box = Box(x0, y0, x1, y1)
        return self.only(line for line in self.lines if box.holds(line.box.centre))

    def only(self, lines: Iterable[Line]) -> View:
        """The same page with only these lines."""
        return replace(self, lines=tuple(lines))

    def search(self, pattern: str | re.Pattern[str]) -> Iterator[Hit]:
        """All places where the pattern matches within a row, top to bottom."""
        compiled = re.compile(pattern) if isinstance(pattern, str) else pattern
        for row in self.rows:
            for match in compiled.finditer(row.text):
                yield Hit(row, match)

    def first(self, *patterns: str | re.Pattern[str]) -> Hit | None:
        """The first hit of the first pattern that matches anywhere."""
        for pattern in patterns:
            for hit in self.search(pattern):
                return hit
        return None

    def candidate(
        self, name: str, value: str, box: Box | None, text: str, *, firm: bool = True
    ) -> Candidate:
        """A value for a field, seen at `box` as `text`, with this view's page and source."""
        return Candidate(
            name, value, Evidence(page=self.page, box=box, source=self.source, text=text), firm
        )


def part_of_line(line: Line, start: int, end: int) -> Box:
    """The box around the characters `start` to `end` (exclusive) of a line; estimated from their
    number where their places are not known."""
    if not line.text:
        return line.box
    if line.stops and len(line.stops) == len(line.text):
        left = line.stops[start]
        right = line.stops[end] if end < len(line.stops) else line.box.x1
    else:
        width = line.box.width / len(line.text)
        left, right = line.box.x0 + start * width, line.box.x0 + end * width
    return Box(max(line.box.x0, left), line.box.y0, min(line.box.x1, max(right, left)), line.box.y1)


def _cluster(lines: tuple[Line, ...]) -> list[list[Line]]:
    """Rows of lines whose vertical middles agree with the nearest neighbour's; labels last."""
    rows: list[list[Line]] = []
    flat = [line for line in lines if not _is_upright_label(line)]
    for line in sorted(flat, key=lambda each: each.box.centre[1]):
        for row in reversed(rows[-6:]):
            if _beside(line, row):
                row.append(line)
                break
        else:
            rows.append([line])
    for row in rows:
        row.sort(key=lambda each: each.box.x0)
    return rows + [[line] for line in lines if _is_upright_label(line)]


def _is_upright_label(line: Line) -> bool:
    """Vertical labels such as 购买方 would glue three rows together; they stand alone."""
    return not line.stops and len(line.text) > 1 and line.box.height > 2.5 * line.box.width


def _beside(line: Line, row: list[Line]) -> bool:
    nearest = min(row, key=lambda each: _gap(each.box, line.box))
    if _overlap_x(nearest.box, line.box) > 0.3 * min(nearest.box.width, line.box.width):
        return False
    low = min(nearest.box.height, line.box.height)
    return abs(nearest.box.centre[1] - line.box.centre[1]) < 0.5 * low


def _gap(one: Box, other: Box) -> float:
    return max(one.x0 - other.x1, other.x0 - one.x1)


def _overlap_x(one: Box, other: Box) -> float:
    return min(one.x1, other.x1) - max(one.x0, other.x0)


def _join(lines: list[Line], aspect: float) -> Row:
    text = ""
    places: list[tuple[int, int] | None] = []
    for number, line in enumerate(lines):
        if number:
            gap = (line.box.x0 - lines[number - 1].box.x1) * aspect
            wide = gap > 2 * min(line.box.height, lines[number - 1].box.height)
            text += GAP if wide else " "
            places.append(None)
        text += line.text
        places += [(number, index) for index in range(len(line.text))]
    return Row(tuple(lines), text, tuple(places))
