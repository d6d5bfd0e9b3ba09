"""The printed values of a chart, each with what it is the value of.

Bars that lie take their label from the left, bars that stand from below, points of a line from
the figure of the axis right below them, slices from the words beside. What is not plainly one
label's is left without: a value is never called by a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from yuepi.documents.layout.chart_axes import attached
from yuepi.documents.layout.chart_bars import lying, standing
from yuepi.documents.layout.chart_drawing import Drawing, Value
from yuepi.documents.layout.chart_labels import Block, Legend, blocks
from yuepi.documents.layout.chart_words import Number, Print, Word
from yuepi.kit.boxes import Box

_WITH_WORDS: Final = re.compile(
    r"^(?P<n>[-−]?\d{1,3}(?:,\d{3})+|[-−]?\d+(?:\.\d+)?)[\s\-]?"
    r"(?P<unit>points?\b|percentage\b|percent\b|times\b|[x×](?!\w)|个百分点|倍)(?P<rest>.*)$",
    re.IGNORECASE,
)
_LABELLED: Final = re.compile(
    r"^(?P<label>[^\d].*?)[\s:：,，]*(?P<n>\d+(?:\.\d+)?)\s?(?P<unit>%|％)$"
)


def name_values(drawing: Drawing) -> tuple[list[Value], tuple[str, ...]]:
    """The values of a chart with label and series, and the series' names in printed order."""
    print_ = drawing.print_
    scale_words = {
        word for scale in (drawing.upright, drawing.level) if scale for word in scale.words
    }
    free = [w for w in print_.numbers if w not in scale_words and w not in drawing.legend.words]
    labels = [w for w in print_.labels if w not in drawing.legend.words]
    values = _at_bars(free, drawing)
    values, as_labels = _without_labels(values, drawing)
    annotated = [found for block in blocks(labels, print_.em_y) if (found := _in_words(block))]
    values += annotated
    labels = [
        w for w in labels if not any(value.word.box.holds(w.box.centre) for value in annotated)
    ]
    if drawing.type == "pie":
        return _pie(values, labels, drawing)
    if drawing.type == "line" or not drawing.bars:
        return _points(values, [*labels, *as_labels], drawing)
    if drawing.lies:
        return lying(values, [*labels, *as_labels], drawing)
    return standing(values, [*labels, *as_labels], drawing)


def _at_bars(numbers: Sequence[Word], drawing: Drawing) -> list[Value]:
    """Figures with their bars. A bar that holds a figure has none at its end too."""
    print_ = drawing.print_
    found = []
    for word in numbers:
        if word.number is not None:
            bar = attached(word, drawing.bars, print_.em_x, print_.em_y)
            found.append(Value(word, word.number, bar))
    full = {value.bar for value in found if value.is_inside}
    return [
        replace(value, bar=None) if value.bar in full and not value.is_inside else value
        for value in found
    ]


def _in_words(block: Block) -> Value | None:
    """A value with its name in one run of print: `6-point gap`, `Rent 31%`."""
    text = block.text
    if match := _WITH_WORDS.match(text):
        number = Number(match["n"].replace(",", "").replace("−", "-"), match["unit"])
        return Value(Word(text, block.box), number, label=text)
    if match := _LABELLED.match(text):
        return Value(Word(text, block.box), Number(match["n"], "%"), label=match["label"].strip())
    return None


def _without_labels(values: list[Value], drawing: Drawing) -> tuple[list[Value], list[Word]]:
    """Years and numbers that are labels of bars are no values: those that stand at no bar's end
    or, beside values that do, at its foot."""
    kept: list[Value] = []
    labels: list[Value] = []
    for value in values:
        (labels if value.word.is_year and _is_foot(value, drawing) else kept).append(value)
    return kept, [value.word for value in labels]


def _is_foot(value: Value, drawing: Drawing) -> bool:
    bar, box = value.bar, value.word.box
    if bar is None or not drawing.bars:
        return True
    return box.x1 <= bar.box.x0 + 1e-3 if drawing.lies else box.y0 >= bar.box.y1 - 1e-3


def _points(
    values: list[Value], labels: list[Word], drawing: Drawing
) -> tuple[list[Value], tuple[str, ...]]:
    print_ = drawing.print_
    floor = max((v.word.box.y1 for v in values), default=0.0)
    words = [w for w in labels if w.box.y0 > floor - print_.em_y]
    marks = list(drawing.level.words if drawing.level else _lowest_row(words, print_))
    inked = [
        b
        for b in blocks([w for w in labels if w.number is None], print_.em_y)
        if b.ink is not None and not _WITH_WORDS.match(b.text)
    ]
    legend = drawing.legend
    if len(inked) > 1 and not legend.names:
        legend = Legend(tuple((b.ink, b.text) for b in inked if b.ink), (), ())
    named = [
        replace(
            value,
            label=value.label or _tick_of(value.word.box, marks, drawing),
            series=legend.name_of_ink(value.word.ink),
        )
        for value in values
    ]
    return named, tuple(dict.fromkeys(name for _, name in legend.names))


def _lowest_row(words: Sequence[Word], print_: Print) -> list[Word]:
    if not words:
        return []
    low = max(words, key=lambda word: word.box.centre[1])
    return [w for w in words if abs(w.box.centre[1] - low.box.centre[1]) < 0.6 * print_.em_y]


def _tick_of(box: Box, marks: Sequence[Word], drawing: Drawing) -> str | None:
    """The figure or word of the axis right below a point. On a scale of years the place must
    tell it from the year before; between two words it must be nearer to one by far."""
    if len(marks) < 2:
        return None
    x = box.centre[0]
    near, next_ = sorted(marks, key=lambda word: abs(word.box.centre[0] - x))[:2]
    off = abs(near.box.centre[0] - x)
    level = drawing.level
    pitch = 1 / abs(level.per_page) if level and near in level.words else None
    if pitch is None:
        pitch = abs(near.box.centre[0] - next_.box.centre[0])
    return near.text if off < 0.42 * pitch else None


def _pie(
    values: list[Value], labels: list[Word], drawing: Drawing
) -> tuple[list[Value], tuple[str, ...]]:
    print_ = drawing.print_
    found = [b for b in blocks(labels, print_.em_y) if not _LABELLED.match(b.text)]
    named = []
    for value in values:
        label = value.label or drawing.legend.name_of(value.bar.colour if value.bar else None)
        if label is None:
            near = sorted((_far(value.word.box, b.box, print_), b.text) for b in found)
            if near and near[0][0] < 1.6 and (len(near) < 2 or near[1][0] > near[0][0] + 0.3):
                label = near[0][1]
        named.append(replace(value, label=label))
    return named, ()


def _far(one: Box, other: Box, print_: Print) -> float:
    """How far two boxes are apart, in line heights."""
    across = max(0.0, one.x0 - other.x1, other.x0 - one.x1) / print_.em_x
    down = max(0.0, one.y0 - other.y1, other.y0 - one.y1) / print_.em_y
    return max(across, down)
