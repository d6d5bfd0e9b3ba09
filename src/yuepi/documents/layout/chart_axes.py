"""Which numbers of a chart are the scale of an axis: evenly placed, evenly growing.

A scale is no value of anything. Figures that each stand at a bar of their own are no scale,
however evenly they grow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import median
from typing import Final

from yuepi.documents.layout.chart_words import Word
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Mark

_TICKS_MIN: Final = 3
_OFF_MAX: Final = 0.03
"""Of the scale's length: how far a figure may stand from where its value belongs."""
_SHARE_MIN: Final = 0.6
"""Of the figures in a column or row."""
_SPREADS_APART_MIN: Final = 0.02
_AT_BARS_MAX: Final = 0.6
_WORDS_TRIED_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Scale:
    """The figures along one axis, in the order of their places, and how many units one fraction
    of the page is. upright: along the page's height."""

    words: tuple[Word, ...]
    upright: bool
    per_page: float

    @property
    def is_years(self) -> bool:
        return all(word.is_year for word in self.words)


def scales(
    numbers: Sequence[Word], bars: Sequence[Mark], em_x: float, em_y: float
) -> tuple[Scale | None, Scale | None]:
    """The upright scale and the level one, each None where there is none."""
    upright = _scale(numbers, bars, em_x, em_y, upright=True)
    left = [word for word in numbers if upright is None or word not in upright.words]
    return upright, _scale(left, bars, em_x, em_y, upright=False)


def lie(bars: Sequence[Mark], em_x: float, em_y: float) -> bool:
    """Whether bars lie: then they are equally high, else equally wide. Bars that are both lie
    where they begin at one edge on the left."""
    if not bars:
        return False
    high = _spread([bar.box.height / em_y for bar in bars])
    wide = _spread([bar.box.width / em_x for bar in bars])
    if abs(high - wide) < _SPREADS_APART_MIN:
        feet = (max(bar.box.y1 for bar in bars) - min(bar.box.y1 for bar in bars)) / em_y
        return (max(bar.box.x0 for bar in bars) - min(bar.box.x0 for bar in bars)) / em_x < feet
    return high < wide


def attached(word: Word, bars: Sequence[Mark], em_x: float, em_y: float) -> Mark | None:
    """The bar a figure belongs to: the one it stands in, else the one whose end it stands at:
    above or below a bar that stands, beside one that lies."""
    holding = [bar for bar in bars if bar.box.holds(word.box.centre)]
    if holding:
        return min(holding, key=lambda bar: bar.box.area)
    from_end = _beside_end if lie(bars, em_x, em_y) else _over_end
    near = [(far, bar) for bar in bars if (far := from_end(word.box, bar.box, em_x, em_y)) < 1]
    return min(near, key=lambda each: each[0])[1] if near else None


def _over_end(word: Box, bar: Box, em_x: float, em_y: float) -> float:
    """How far a figure is above or below a standing bar, 1 being too far."""
    del em_x
    if not bar.x0 <= word.centre[0] <= bar.x1 or bar.width <= 0.35 * word.width:
        return 1.0
    far = max(bar.y0 - word.y1, word.y0 - bar.y1)
    return max(0.0, far) / (1.1 * em_y) if far > -0.6 * em_y else 1.0


def _beside_end(word: Box, bar: Box, em_x: float, em_y: float) -> float:
    """How far a figure is right or left of a lying bar, 1 being too far."""
    del em_y
    if not bar.y0 <= word.centre[1] <= bar.y1 or bar.height <= 0.35 * word.height:
        return 1.0
    far = max(word.x0 - bar.x1, bar.x0 - word.x1)
    return max(0.0, far) / (1.2 * em_x) if far > -0.6 * em_x else 1.0


def _spread(sizes: Sequence[float]) -> float:
    middle = median(sizes)
    return median(abs(size - middle) for size in sizes) / max(middle, 1e-9)


def _scale(
    numbers: Sequence[Word],
    bars: Sequence[Mark],
    em_x: float,
    em_y: float,
    *,
    upright: bool,
) -> Scale | None:
    best: Scale | None = None
    for group in _groups(numbers, em_x, em_y, upright):
        found = _longest(group, upright)
        if found is None or (best is not None and len(found.words) <= len(best.words)):
            continue
        at_bars = sum(_is_at_bar(word, bars, em_x, em_y, upright) for word in found.words)
        if at_bars <= _AT_BARS_MAX * len(found.words) or (not upright and found.is_years):
            best = found
    return best


def _is_at_bar(word: Word, bars: Sequence[Mark], em_x: float, em_y: float, upright: bool) -> bool:
    """Whether a figure is the value of a bar: in it or at its growing end. A label below or left
    of all bars stands at their foot and is none."""
    bar = attached(word, bars, em_x, em_y)
    if bar is None:
        return False
    inside = bar.box.holds(word.box.centre)
    beyond = word.box.centre[0] > bar.box.x1 if upright else word.box.centre[1] < bar.box.y0
    return inside or beyond


def _groups(numbers: Sequence[Word], em_x: float, em_y: float, upright: bool) -> list[list[Word]]:
    """Figures that stand in one column (flush or centred), or in one row."""
    groups: list[list[Word]] = []
    for seed in numbers[:_WORDS_TRIED_MAX]:
        if upright:
            sides = (
                [w for w in numbers if abs(w.box.x1 - seed.box.x1) < 0.6 * em_x],
                [w for w in numbers if abs(w.box.x0 - seed.box.x0) < 0.6 * em_x],
                [w for w in numbers if abs(w.box.centre[0] - seed.box.centre[0]) < 0.6 * em_x],
            )
            groups.append(max(sides, key=len))
        else:
            middle = seed.box.centre[1]
            groups.append([w for w in numbers if abs(w.box.centre[1] - middle) < 0.5 * em_y])
    return [group for group in groups if len(group) >= _TICKS_MIN]


def _longest(group: Sequence[Word], upright: bool) -> Scale | None:
    """The most figures of a group that lie on one straight scale."""
    axis = 1 if upright else 0
    points = sorted(((w.box.centre[axis], _amount(w), w) for w in group), key=lambda each: each[0])[
        :_WORDS_TRIED_MAX
    ]
    best: list[tuple[float, float, Word]] = []
    slope_of_best = 0.0
    for (at, value, _), (at2, value2, _) in combinations(points, 2):
        if at2 - at < 1e-6 or value == value2:
            continue
        slope = (value2 - value) / (at2 - at)
        if (slope < 0) != upright:
            continue
        allowed = _OFF_MAX * (points[-1][0] - points[0][0])
        on = [each for each in points if abs(at + (each[1] - value) / slope - each[0]) <= allowed]
        if len(on) > len(best):
            best, slope_of_best = on, slope
    if len(best) < _TICKS_MIN or len({value for _, value, _ in best}) < len(best):
        return None
    if len(best) < _SHARE_MIN * len(group) or not _is_even(best):
        return None
    return Scale(tuple(word for _, _, word in best), upright, slope_of_best)


def _is_even(points: Sequence[tuple[float, float, Word]]) -> bool:
    """Years need no even steps; other figures grow by one step or a few of it, and three are a
    scale only where they start at nothing."""
    if all(word.is_year for _, _, word in points):
        return True
    values = sorted(value for _, value, _ in points)
    steps = [high - low for low, high in pairwise(values)]
    least = min(steps)
    if any(abs(step / least - round(step / least)) > 0.02 for step in steps):
        return False
    return len(points) > _TICKS_MIN or 0.0 in values


def _amount(word: Word) -> float:
    return float(word.number.value) if word.number else 0.0
