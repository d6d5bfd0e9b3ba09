"""Values behind printed labels: on the same row, and on the rows below in the same column.

For papers with labels at the left of their values, in one column or several: cards, licences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from yuepi.documents.layout.view import Row, View
from yuepi.kit.boxes import Box, around

_INDENT_HEIGHTS: Final = 1.6
"""How far left of its first line a value may go on, in heights of a line."""
_STEP_HEIGHTS: Final = 2.4
"""How far below the line before it a value may go on, middle to middle."""
_LINES_MAX: Final = 24


@dataclass(frozen=True, slots=True)
class Labelled:
    """What stands behind a label: the pieces top to bottom, each with its box; label: its box."""

    label: Box
    pieces: tuple[tuple[str, Box], ...]

    @property
    def text(self) -> str:
        """All pieces, one after the other."""
        return "".join(text for text, _ in self.pieces)

    @property
    def box(self) -> Box:
        return around(box for _, box in self.pieces) if self.pieces else self.label


@dataclass(frozen=True, slots=True)
class _Mark:
    name: str
    row: int
    start: int
    end: int
    box: Box


def labelled(
    view: View, labels: Mapping[str, str], running: frozenset[str] = frozenset()
) -> dict[str, Labelled]:
    """The value of each label that is found, by its name; the first of two alike.

    labels: a pattern for each label's words, which are found at the beginning of a line or behind
    white space. running: the names whose values may run over several lines.
    """
    marks = _marks(view, labels)
    found: dict[str, Labelled] = {}
    for mark in marks:
        if mark.name not in found:
            pieces = _behind(view.rows[mark.row], mark, marks)
            if mark.name in running:
                pieces += _below(view, mark, pieces, marks)
            found[mark.name] = Labelled(mark.box, tuple(pieces))
    return found


def _marks(view: View, labels: Mapping[str, str]) -> list[_Mark]:
    marks = []
    patterns = {name: re.compile(pattern) for name, pattern in labels.items()}
    for number, row in enumerate(view.rows):
        taken: list[tuple[int, int]] = []
        for name, pattern in patterns.items():
            for match in pattern.finditer(row.text):
                start, end = match.span()
                if not _begins(row, start) or any(s < end and start < e for s, e in taken):
                    continue
                taken.append((start, end))
                marks.append(_Mark(name, number, start, end, row.part(start, end)))
    return sorted(marks, key=lambda mark: (mark.row, mark.start))


def _begins(row: Row, at: int) -> bool:
    """Whether a line, or a word in it, begins here."""
    place = row.places[at] if at < len(row.places) else None
    return at == 0 or row.text[at - 1].isspace() or (place is not None and place[1] == 0)


def _behind(row: Row, mark: _Mark, marks: list[_Mark]) -> list[tuple[str, Box]]:
    """The rest of the row, up to the next label or the next column."""
    ends = [each.start for each in marks if each.row == mark.row and each.start >= mark.end]
    text = row.text[mark.end : min(ends, default=len(row.text))]
    inside = re.match(r"[\s:：.]*(?P<v>[^\t]*[^\t\s])", text)
    if inside is None:
        return []
    start, end = (mark.end + at for at in inside.span("v"))
    return [(inside["v"], row.part(start, end))]


def _below(
    view: View, mark: _Mark, first: list[tuple[str, Box]], marks: list[_Mark]
) -> list[tuple[str, Box]]:
    """Lines under the value, until the next label of its column or a gap."""
    height = mark.box.height
    left = (first[0][1].x0 if first else mark.box.x1) - _INDENT_HEIGHTS * height / view.aspect
    right = min(
        (m.box.x0 for m in marks if m.box.x0 > mark.box.x1 and _near(m.box, mark.box, 12)),
        default=1.0,
    )
    bottom = min(
        (
            m.box.centre[1]
            for m in marks
            if m.row > mark.row and m.box.x0 < right and m.box.x1 > mark.box.x0 - height
        ),
        default=1.0,
    )
    pieces: list[tuple[str, Box]] = []
    last = mark.box.centre[1]
    for row in view.rows[mark.row + 1 :]:
        lines = [line for line in row.lines if left <= line.box.x0 < right]
        if not lines or len(pieces) >= _LINES_MAX:
            continue
        middle = around(line.box for line in lines).centre[1]
        if middle >= bottom - 0.3 * height or middle - last > _STEP_HEIGHTS * height:
            break
        if middle <= last + 0.2 * height:
            continue
        pieces += [(line.text, line.box) for line in lines]
        last = middle
    return pieces


def _near(one: Box, other: Box, heights: float) -> bool:
    return abs(one.centre[1] - other.centre[1]) < heights * other.height
