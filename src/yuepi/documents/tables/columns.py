"""Columns told by white: places that most rows leave free between two of their pieces."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from yuepi.sight.sighting import Line

_BINS: Final = 2000
"""Places across the page that are looked at."""
_LONE_WEIGHT: Final = 0.25
"""Headings of sections and notes run over columns and say little about where these are."""
_CROSSING_MAX: Final = 0.3
"""Rows whose pieces run over a border (heads over several columns), for each row that has one."""
_WITNESSES_MIN: Final = 2
_WITNESS_SHARE_MIN: Final = 0.12
_COLUMNS_MAX: Final = 60

Rows = Sequence[Sequence[Line]]


def borders_of(rows: Rows, em: float, witnesses: int = _WITNESSES_MIN) -> list[float]:
    """Where columns meet, left to right, as fractions of the page width.

    em: the height of a line in fractions of the page *width*. witnesses: how many rows must have
    a piece on both sides.
    """
    split = [row for row in rows if len(row) > 1]
    if len(split) < witnesses:
        return []
    crossing, free = _evidence(rows)
    need = max(witnesses, round(_WITNESS_SHARE_MIN * len(split)))
    good = (free >= need) & (crossing <= _CROSSING_MAX * free)
    borders: list[float] = []
    stretches = _stretches(good)
    for number, (start, end) in enumerate(stretches):
        if (end - start) / _BINS < em * _width_needed(float(free[start:end].max())):
            continue
        left = stretches[number - 1][1] if number else 0
        right = stretches[number + 1][0] if number + 1 < len(stretches) else _BINS
        column = _own_column(split, (left, start, end, right))
        if column is not None:
            borders += [(start / _BINS + column[0]) / 2, (column[1] + end / _BINS) / 2]
            continue
        # The border is where fewest rows cross.
        stretch = slice(start, end)
        best = np.flatnonzero(crossing[stretch] == crossing[stretch].min()) + start
        low, high = _longest(best)
        borders.append((low + high) / 2 / _BINS)
    return _told_apart(split, borders)[:_COLUMNS_MAX]


def _own_column(rows: Rows, edges: tuple[int, int, int, int]) -> tuple[float, float] | None:
    """From where to where the pieces of a seldom filled column run that stands inside white; None
    where there are none. A head over the two columns beside the white is none of it: its row has
    nothing in these.

    edges: where the column before begins, the white begins and ends, the column after ends.
    """
    left, start, end, right = (edge / _BINS for edge in edges)
    inside: list[Line] = []
    for row in rows:
        own = [p for p in row if p.box.x0 >= start - 0.002 and p.box.x1 <= end + 0.002]
        beside = [
            p for p in row if left <= p.box.centre[0] < start or end < p.box.centre[0] <= right
        ]
        if own and beside:
            inside += own
    if not inside:
        return None
    return min(p.box.x0 for p in inside), max(p.box.x1 for p in inside)


def _width_needed(witnesses: float) -> float:
    """How wide a gap must be, in ems: the more rows agree on it the narrower."""
    return 0.9 if witnesses <= 2 else 0.6 if witnesses <= 4 else 0.3


def _evidence(rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each place the weight of rows that cross it, and the rows free there between pieces."""
    crossing, free = np.zeros(_BINS), np.zeros(_BINS)
    for row in rows:
        covered = np.zeros(_BINS, bool)
        for piece in row:
            covered[_bin(piece.box.x0) : _bin(piece.box.x1) + 1] = True
        crossing += covered * (1.0 if len(row) > 1 else _LONE_WEIGHT)
        inside = np.zeros(_BINS, bool)
        inside[_bin(min(p.box.x0 for p in row)) : _bin(max(p.box.x1 for p in row)) + 1] = (
            len(row) > 1
        )
        free += inside & ~covered
    return crossing, free


def _bin(x: float) -> int:
    return min(_BINS - 1, max(0, round(x * _BINS)))


def _stretches(good: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], good.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _longest(places: NDArray[np.intp]) -> tuple[int, int]:
    """The longest run of neighbouring places, end exclusive."""
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    run = max(runs, key=len)
    return int(run[0]), int(run[-1]) + 1


def _told_apart(rows: Rows, borders: list[float]) -> list[float]:
    """Without borders between columns that no row fills both of: a head and its numbers that are
    aligned differently are one column."""
    kept = list(borders)
    at = 0
    while at < len(kept):
        used = [{column_of(piece, kept) for piece in row} for row in rows]
        if any(at in columns and at + 1 in columns for columns in used):
            at += 1
        else:
            kept.pop(at)
            at = max(0, at - 1)
    return kept


def column_of(piece: Line, borders: Sequence[float]) -> int:
    """The column that holds most of the piece."""
    edges = [-1.0, *borders, 2.0]
    shares = [min(piece.box.x1, right) - max(piece.box.x0, left) for left, right in pairwise(edges)]
    return max(range(len(shares)), key=lambda number: shares[number])


def crossed(piece: Line, borders: Sequence[float], slack: float) -> list[float]:
    """The borders that the piece reaches over by more than `slack` on both sides."""
    return [b for b in borders if piece.box.x0 + slack < b < piece.box.x1 - slack]
