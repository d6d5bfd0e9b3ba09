"""Lines of text cut where a table cuts them: at wide blanks, and at the borders of cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final

from yuepi.documents.layout.view import part_of_line
from yuepi.sight.sighting import Line

_WIDE_EMS: Final = 1.1
"""A blank wider than this, in heights of its line, stands between two cells."""
_OVERHANG_EMS: Final = 0.6
"""What reaches less far over a border is imprecise, and stays."""
_CUT_SEARCH_EMS: Final = 0.9
"""How far from a border the cut may be."""
_WIDE_STEP: Final = 1.5
"""How much wider than usual a step between two characters is that has white in it."""
_ROW_SHARE: Final = 0.5
_CJK: Final = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


def cut_at_blanks(line: Line, aspect: float) -> list[Line]:
    """The line's pieces between blanks as wide as those between columns."""
    if len(line.stops) != len(line.text):
        return [line]
    wide = _WIDE_EMS * line.box.height
    cuts = [
        match.span()
        for match in re.finditer(r"\s+", line.text)
        if match.end() < len(line.text)
        and (line.stops[match.end()] - line.stops[match.start()]) * aspect > wide
    ]
    return _parts(line, cuts)


def cut_at_borders(line: Line, borders: Iterable[float], aspect: float) -> list[Line]:
    """The line's pieces left and right of each border (fractions of the page width) that it
    crosses. Where its characters' places are not known it is cut at blanks only, or not at all."""
    em = line.box.height / aspect
    cuts = []
    for border in borders:
        over = min(border - line.box.x0, line.box.x1 - border)
        if over >= _OVERHANG_EMS * em and (cut := _best_cut(line, border, em)):
            cuts.append(cut)
    return _parts(line, sorted(set(cuts)))


def _best_cut(line: Line, border: float, em: float) -> tuple[int, int] | None:
    """The span of characters to drop at a border: a blank near it, else the widest step between
    two characters, of zero length."""
    known = len(line.stops) == len(line.text)
    near: list[tuple[int, float, tuple[int, int]]] = []
    for at in range(1, len(line.text)):
        blank = re.compile(r"\s+").match(line.text, at)
        if line.text[at - 1].isspace() or (blank is None and not known):
            continue
        if blank is not None and blank.end() == len(line.text):
            continue
        end = blank.end() if blank else at
        left = part_of_line(line, at - 1, at).x0
        right = part_of_line(line, end, end + 1).x0
        if blank is None and not _is_wide_step(line, at):
            continue
        # A character is about as wide as its own step; the border is in the white after it.
        place = (left + right) / 2 + (0.0 if blank else 0.25 * (right - left))
        if abs(place - border) <= _CUT_SEARCH_EMS * em:
            near.append((0 if blank else 1, -(right - left), (at, end)))
    return min(near)[2] if near else None


def _is_wide_step(line: Line, at: int) -> bool:
    """Whether white stands before a character although no blank was read there. A number is not
    cut where its digits stand as close as the others."""
    ends = [*line.stops[1:], line.box.x1]
    steps = [right - left for left, right in zip(line.stops, ends, strict=True)]
    return steps[at - 1] > _WIDE_STEP * median(steps)


def _parts(line: Line, cuts: Sequence[tuple[int, int]]) -> list[Line]:
    if not cuts:
        return [line]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(line.text)]
    found = []
    for begin, finish in zip(starts, ends, strict=True):
        part = line.text[begin:finish]
        start = begin + len(part) - len(part.lstrip())
        end = begin + len(part.rstrip())
        if start < end:
            stops = line.stops[start:end] if len(line.stops) == len(line.text) else ()
            box = part_of_line(line, start, end)
            found.append(Line(line.text[start:end], box, line.score, stops))
    return found


def in_rows(pieces: Sequence[Line]) -> list[list[Line]]:
    """Pieces that stand beside each other, top to bottom, each row from left to right."""
    rows: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda each: each.box.centre[1]):
        for row in reversed(rows[-4:]):
            if _beside(piece, row):
                row.append(piece)
                break
        else:
            rows.append([piece])
    for row in rows:
        row.sort(key=lambda each: each.box.x0)
    return rows


def _beside(piece: Line, row: Sequence[Line]) -> bool:
    """Whether the piece is level with its nearest neighbour of the row and above or below none."""
    nearest = min(row, key=lambda each: _gap(each, piece))
    if -_gap(nearest, piece) > 0.3 * min(nearest.box.width, piece.box.width):
        return False
    low = min(nearest.box.height, piece.box.height)
    return abs(nearest.box.centre[1] - piece.box.centre[1]) < _ROW_SHARE * low


def _gap(one: Line, other: Line) -> float:
    return max(one.box.x0 - other.box.x1, other.box.x0 - one.box.x1)


def joined(pieces: Sequence[Line]) -> str:
    """The text of a cell: its rows in order. Chinese that runs on in the next row needs no blank;
    everything else gets one, so that two numbers never become one."""
    text = ""
    for row in in_rows(pieces):
        for piece in row:
            part = piece.text.strip()
            if text and part and not (_CJK.match(part) and _CJK.match(text[-1])):
                text += " "
            text += part
    return text
