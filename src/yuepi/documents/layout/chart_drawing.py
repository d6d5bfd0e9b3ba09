"""A chart taken apart: its print, its bars or lines or slices, its scales and its legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from yuepi.documents.layout.chart_axes import Scale, attached, lie, scales
from yuepi.documents.layout.chart_labels import Legend, read_legend
from yuepi.documents.layout.chart_words import Number, Print, Word, areas, read_print
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Mark, same_colour

_BAR_FILLED_MIN: Final = 0.6
_BARS_MIN: Final = 2
_WORDS_IN_BAR_MAX: Final = 3
_LABELS_MAX: Final = 60
_PLACED_MIN: Final = 0.5
"""Of all figures: at a bar, or on a scale."""
_STROKE_WIDTH_MIN: Final = 0.3
"""Of the chart's body, for a stroke to be the line of a chart."""
_SLICE_FILLED_MAX: Final = 0.93
_ROUND: Final = (0.8, 1.25)


ChartType = Literal["bar", "line", "pie", "unknown"]


@dataclass(frozen=True, slots=True)
class Value:
    """A value as printed, and the bar it stands at."""

    word: Word
    number: Number
    bar: Mark | None = None
    label: str | None = None
    series: str | None = None

    @property
    def is_inside(self) -> bool:
        """Whether it is printed within its bar."""
        return self.bar is not None and self.bar.box.holds(self.word.box.centre)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a chart is made of, before its values are named."""

    print_: Print
    type: ChartType
    bars: tuple[Mark, ...]
    legend: Legend
    upright: Scale | None
    level: Scale | None

    @property
    def lies(self) -> bool:
        """Whether the bars lie and do not stand."""
        return lie(self.bars, self.print_.em_x, self.print_.em_y)


def take_apart(view: View) -> Drawing | None:
    """The drawing on a page; None where there is nothing of a chart: no bars, lines or slices."""
    print_ = read_print(view)
    if print_ is None:
        return None
    marks = areas(view, print_.body)
    legend = read_legend(print_, marks)
    solid = [m for m in marks if m not in legend.swatches and not _holds_text(m.box, print_)]
    slices = _slices(solid, view.aspect)
    strokes = [
        m.box
        for m in view.marks
        if m.shape == "stroke"
        and print_.body.holds(m.box.centre)
        and m.box.width > _STROKE_WIDTH_MIN * print_.body.width
    ]
    bars = [m for m in solid if m.filled >= _BAR_FILLED_MIN and _is_bar(m.box, print_)]
    type_ = _type(bars, strokes, slices, print_)
    if type_ == "pie":
        bars = slices
    if type_ == "line":
        bars = []
    if type_ == "unknown":
        return None
    upright, level = scales(print_.numbers, bars, print_.em_x, print_.em_y)
    return Drawing(print_, type_, tuple(bars), legend, upright, level)


def likeness_of(drawing: Drawing) -> float:
    """How sure one can be that it is a chart: its figures stand at its bars or are its scales."""
    print_ = drawing.print_
    figures = len(print_.numbers)
    scales_ = [scale for scale in (drawing.upright, drawing.level) if scale is not None]
    at_bars = sum(
        attached(word, drawing.bars, print_.em_x, print_.em_y) is not None
        for word in print_.numbers
    )
    placed = at_bars + sum(len(scale.words) for scale in scales_)
    both = drawing.type == "line" and len(scales_) == 2
    if figures < 3 or placed < (3 if both else max(3, _PLACED_MIN * figures)):
        return 0.0
    if len(print_.labels) > _LABELS_MAX:
        return 0.0
    sure = 0.62
    sure += 0.05 * bool(drawing.legend.names) + 0.05 * bool(scales_)
    return sure + 0.03 * (print_.heading is not None)


def _type(
    bars: Sequence[Mark], strokes: Sequence[Box], slices: Sequence[Mark], print_: Print
) -> ChartType:
    if len(slices) >= _BARS_MIN:
        return "pie"
    if strokes and not _are_bars(bars, print_):
        return "line"
    return "bar" if _are_bars(bars, print_) else "unknown"


def _are_bars(bars: Sequence[Mark], print_: Print) -> bool:
    """Bars are equally thick and differ in length; panels and buttons do not."""
    if len(bars) < _BARS_MIN:
        return False
    high = [bar.box.height / print_.em_y for bar in bars]
    wide = [bar.box.width / print_.em_x for bar in bars]
    for thick, long_ in ((high, wide), (wide, high)):
        usual = sorted(thick)[len(thick) // 2]
        same = [n for n, size in enumerate(thick) if abs(size - usual) < 0.15 * usual + 0.1]
        lengths = {round(long_[n] / (0.25 + 0.04 * max(long_))) for n in same}
        if len(same) >= max(_BARS_MIN, 0.7 * len(bars)) and len(lengths) > 1:
            return True
    return False


def _is_bar(box: Box, print_: Print) -> bool:
    return box.height > 0.25 * print_.em_y and box.width > 0.12 * print_.em_x


def _holds_text(box: Box, print_: Print) -> bool:
    """A panel behind print is no bar: it holds several words, or a long one."""
    inside = [word for word in print_.words if box.holds(word.box.centre)]
    return len(inside) > _WORDS_IN_BAR_MAX or any(_is_long(word) for word in inside)


def _is_long(word: Word) -> bool:
    return word.number is None and len(word.text) > 30


def _slices(solid: Sequence[Mark], aspect: float) -> list[Mark]:
    """Areas that together are round and lie in one another's boxes: a pie or a ring."""
    large = [m for m in solid if m.box.area > 0.0005]
    for seed in large[:12]:
        group = [seed]
        for mark in large:
            if mark is not seed and any(_touch(mark.box, each.box) for each in group):
                group.append(mark)
        whole = around(m.box for m in group)
        side = whole.width * aspect / max(1e-9, whole.height)
        covered = sum(m.box.area * m.filled for m in group) / max(1e-9, whole.area)
        crossed = sum(
            a.box.shared(b.box) > 0.02 * min(a.box.area, b.box.area)
            for n, a in enumerate(group)
            for b in group[n + 1 :]
        )
        odd = sum(m.filled < _SLICE_FILLED_MAX for m in group)
        if (
            len(group) >= _BARS_MIN
            and _ROUND[0] < side < _ROUND[1]
            and 0.3 < covered < 0.86
            and crossed >= 1
            and odd >= len(group) // 2
            and not any(same_colour(a.colour, b.colour) for a, b in pairwise(group))
        ):
            return group
    return []


def _touch(one: Box, other: Box) -> bool:
    grown = Box(one.x0 - 0.01, one.y0 - 0.01, one.x1 + 0.01, one.y1 + 0.01)
    return grown.shared(other) > 0
