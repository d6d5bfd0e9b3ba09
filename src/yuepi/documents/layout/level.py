"""Slips photographed a little askew: rows put level, so that a label meets the sum beside it.

On a long narrow slip a label stands at one edge and its sum at the other; a slant of one degree
already lifts the sum by half a line. The slant is told from the rows that are joined all the same,
and taken out of the places of all lines; evidence is put back to where it was seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Final

from yuepi.documents.fields import Candidate
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box

PAIRS_MIN: Final = 3
GAP_MIN: Final = 0.15
"""Only lines so far apart, in widths of the page, tell a slant."""
SLANT_MAX: Final = 0.08
"""Of a line's rise over the whole width: steeper is another row, not a slant."""
_ROUNDS: Final = 3

Back = Callable[[Candidate], Candidate]


def levelled(view: View) -> tuple[View, Back]:
    """The view with level rows, and what puts a candidate of it back to its place on the page."""
    whole = 0.0
    level = view
    for _ in range(_ROUNDS):
        slant = _slant(level)
        if slant is None or abs(slant) < 0.05 * level.line_height:
            break
        whole += slant
        if abs(whole) > SLANT_MAX:
            return view, _same
        level = _sheared(view, -whole)
    if level is view:
        return view, _same
    return level, lambda candidate: _moved(candidate, whole)


def _slant(view: View) -> float | None:
    """How much rows fall per width of the page; None where too few tell."""
    falls = [
        (right.box.centre[1] - left.box.centre[1]) / (right.box.centre[0] - left.box.centre[0])
        for row in view.rows
        for left, right in zip(row.lines, row.lines[1:], strict=False)
        if right.box.x0 - left.box.x1 > GAP_MIN
    ]
    return median(falls) if len(falls) >= PAIRS_MIN else None


def _sheared(view: View, fall: float) -> View:
    return view.only(replace(line, box=_lowered(line.box, fall)) for line in view.lines)


def _lowered(box: Box, fall: float) -> Box:
    down = fall * box.centre[0]
    return Box(box.x0, box.y0 + down, box.x1, box.y1 + down)


def _moved(candidate: Candidate, fall: float) -> Candidate:
    box = candidate.evidence.box
    if box is None:
        return candidate
    moved = _lowered(box, fall)
    kept = Box(moved.x0, max(0.0, moved.y0), moved.x1, min(1.0, moved.y1))
    return replace(candidate, evidence=candidate.evidence.model_copy(update={"box": kept}))


def _same(candidate: Candidate) -> Candidate:
    return candidate
