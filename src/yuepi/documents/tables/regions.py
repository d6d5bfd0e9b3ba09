"""Where on a page rows of text might be a table without a grid of lines: neighbouring rows with
white inside them, stretched to the rules above and below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from yuepi.documents.layout.view import View
from yuepi.documents.tables.pieces import cut_at_blanks, in_rows
from yuepi.documents.tables.rules import flat_rules, levels
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Line

ROWS_MAX: Final = 500
_SPLIT_EMS: Final = 0.8
"""White inside a row, in ems, that speaks for columns."""
_LONE_ROWS_MAX: Final = 3
"""Headings of sections and wrapped lines between two rows of several pieces."""
_BREAK_EMS: Final = 2.6
_ABOVE_ROWS_MAX: Final = 4
"""How many rows of a head without columns may stand under the upper rule."""
_LAST_LINE_EMS: Final = 0.3
_NEAR_RULE_EMS: Final = 3.0
_WIDER_MAX: Final = 1.5
_CAPTION: Final = re.compile(
    r"^\s*(?:(?:table|tab\.|exhibit|figure|fig\.|chart|box)\s*[\dIVX]+|(?:续?表|图)\s*[\d一二三四五六七八九十])",
    re.IGNORECASE,
)
_NOTE: Final = re.compile(
    r"^\s*(?:notes?\b|source\b|sources\b|注\s*[:：]|说明\s*[:：]|资料来源|数据来源|备注\s*[:：])",
    re.IGNORECASE,
)

Rows = list[list[Line]]


@dataclass(frozen=True, slots=True)
class Region:
    """Rows of text that may be a table. rules: the flat ones within; through: the heights of
    those that run over its whole width, the outer ones included; bounded: whether such a rule
    runs above and below."""

    rows: Rows
    rules: tuple[Box, ...]
    through: tuple[float, ...]
    bounded: bool
    em: float
    """The height of a line as a fraction of the page height."""
    aspect: float

    @property
    def box(self) -> Box:
        return around(piece.box for row in self.rows for piece in row)

    @property
    def em_x(self) -> float:
        """The height of a line as a fraction of the page width."""
        return self.em / self.aspect


def regions_of(view: View, lines: Sequence[Line]) -> list[Region]:
    """The regions among these lines of the page, top to bottom."""
    flat = [line for line in lines if not _upright(line, view.aspect)]
    pieces = [piece for line in flat for piece in cut_at_blanks(line, view.aspect)]
    rows = in_rows(pieces)[:ROWS_MAX]
    rules = flat_rules(view)
    found = []
    taken = -1
    for start, end in _blocks(rows, view):
        if start <= taken:
            continue
        region, taken = _bounded(rows, start, end, rules, view)
        found.append(region)
    return found


def _upright(line: Line, aspect: float) -> bool:
    return len(line.text) > 1 and line.box.height > 2.5 * line.box.width * aspect


def is_split(row: Sequence[Line], aspect: float) -> bool:
    """Whether white as wide as between columns stands inside the row."""
    return any(
        (b.box.x0 - a.box.x1) * aspect > _SPLIT_EMS * min(a.box.height, b.box.height)
        for a, b in pairwise(row)
    )


def _text(row: Sequence[Line]) -> str:
    return " ".join(piece.text for piece in row)


def _blocks(rows: Rows, view: View) -> list[tuple[int, int]]:
    """First and last row of each run of rows that have columns, section headings between."""
    found: list[tuple[int, int]] = []
    start = last = -1
    for number, row in enumerate(rows):
        split = is_split(row, view.aspect) and not _CAPTION.match(_text(row))
        if start >= 0 and _parted(rows, start, last, number, view):
            found.append((start, _with_last_lines(rows, start, last, view.line_height)))
            start = -1
        if split:
            start = number if start < 0 else start
            last = number
    if start >= 0:
        found.append((start, _with_last_lines(rows, start, last, view.line_height)))
    return found


def _with_last_lines(rows: Rows, start: int, last: int, em: float) -> int:
    """The last row of a block, with further lines of a cell of it that is not in the first
    column."""
    box = around(piece.box for row in rows[start : last + 1] for piece in row)
    while last + 1 < len(rows) and len(rows[last + 1]) == 1:
        piece = rows[last + 1][0].box
        inside = box.x0 + em < piece.x0 and piece.x1 <= box.x1
        if not inside or _white(rows[last], rows[last + 1]) > _LAST_LINE_EMS * em:
            break
        last += 1
    return last


def _parted(rows: Rows, start: int, last: int, number: int, view: View) -> bool:
    """Whether the row `number` is no part of the block any more that its rows began."""
    row, before = rows[number], rows[number - 1]
    text = _text(row)
    if number - last > _LONE_ROWS_MAX or _CAPTION.match(text) or _NOTE.match(text):
        return True
    gaps = [_white(a, b) for a, b in pairwise(rows[start:number])]
    usual = median(gaps) if gaps else 0.0
    em = view.line_height
    return _white(before, row) > max(_BREAK_EMS * em, 2.5 * usual + 0.5 * em)


def _white(above: Sequence[Line], below: Sequence[Line]) -> float:
    return min(p.box.y0 for p in below) - max(p.box.y1 for p in above)


def _bounded(
    rows: Rows, start: int, end: int, rules: Sequence[Box], view: View
) -> tuple[Region, int]:
    """The region of a block, with the rows between it and the rules above and below it; and its
    last row."""
    em = view.line_height
    box = around(piece.box for row in rows[start : end + 1] for piece in row)
    near = [r for r in rules if _spans(r, box)]
    upper = _nearest(near, rows, start, -1, em)
    lower = _nearest(near, rows, end, +1, em)
    if upper is not None and lower is not None:
        start, end = upper[0], lower[0]
        box = around(piece.box for row in rows[start : end + 1] for piece in row)
        x0, x1 = min(box.x0, upper[1].x0), max(box.x1, lower[1].x1)
        if upper[1].width < 0.7 * (x1 - x0) or lower[1].width < 0.7 * (x1 - x0):
            upper = lower = None
    inside = [
        r
        for r in rules
        if box.y0 - 1.5 * em < r.centre[1] < box.y1 + 1.5 * em and r.x1 > box.x0 and r.x0 < box.x1
    ]
    region = Region(
        rows=rows[start : end + 1],
        rules=tuple(inside),
        through=tuple(levels(inside, box.x0, box.x1, em)),
        bounded=upper is not None and lower is not None,
        em=em,
        aspect=view.aspect,
    )
    return region, end


def _spans(rule: Box, block: Box) -> bool:
    """Whether a rule is about as wide as a block of rows: the edge of the paper is wider."""
    shared = min(rule.x1, block.x1) - max(rule.x0, block.x0)
    return shared >= 0.5 * block.width and rule.width <= _WIDER_MAX * block.width


def _middle(row: Sequence[Line]) -> float:
    return median(piece.box.centre[1] for piece in row)


def _nearest(
    rules: Sequence[Box], rows: Rows, row: int, way: int, em: float
) -> tuple[int, Box] | None:
    """The first rule beyond a row in the given direction, close to the last row before it, and
    that row; None where too many rows lie between, a caption or a note does, or none is there."""
    for step in range(_ABOVE_ROWS_MAX + 1):
        at = row + way * step
        if not 0 <= at < len(rows):
            return None
        text = _text(rows[at])
        if step and (_CAPTION.match(text) or _NOTE.match(text)):
            return None
        beyond = at + way
        here = _middle(rows[at])
        edge = here + way * _NEAR_RULE_EMS * em
        if 0 <= beyond < len(rows):
            there = _middle(rows[beyond])
            edge = max(edge, there) if way < 0 else min(edge, there)
        low, high = sorted((here, edge))
        between = [rule for rule in rules if low < rule.centre[1] < high]
        if between:
            return at, (between[-1] if way < 0 else between[0])
    return None
