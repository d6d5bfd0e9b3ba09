"""What the values of a chart are called: labels as blocks, and the legend's colours.

A label of several lines is one block. A legend is swatches with names, or names above the first
row of bars, or names printed in the colour of their line.
"""

from __future__ import annotations

from collections.abc import Sequence
from colorsys import rgb_to_hsv
from dataclasses import dataclass
from typing import Final

from yuepi.documents.layout.chart_words import Print, Word, joined
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Colour, Mark, same_colour

_SWATCH_SIDE_MAX: Final = 1.5
"""In line heights."""
_HUE_APART_MAX: Final = 0.06
"""Of the circle of hues: about 20 degrees."""


@dataclass(frozen=True, slots=True)
class Block:
    """One label: its lines from top to bottom."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return joined(word.text for word in self.words)

    @property
    def box(self) -> Box:
        return around(word.box for word in self.words)

    @property
    def ink(self) -> Colour | None:
        return next((word.ink for word in self.words if word.ink is not None), None)


@dataclass(frozen=True, slots=True)
class Legend:
    """Names by colour, in the order they are printed, and the words that say so."""

    names: tuple[tuple[Colour, str], ...]
    words: tuple[Word, ...]
    swatches: tuple[Mark, ...]

    def name_of(self, colour: Colour | None) -> str | None:
        """The name of the nearest colour that is the same to the eye; None where there is none."""
        if colour is None:
            return None
        alike = [
            (_apart(colour, known), name)
            for known, name in self.names
            if same_colour(colour, known)
        ]
        return min(alike)[1] if alike else None

    def name_of_ink(self, ink: Colour | None) -> str | None:
        """The name in the same hue: the edges of thin print are paler than its colour."""
        if ink is None or not self.names:
            return None
        same = [name for known, name in self.names if same_colour(ink, known)]
        if len(same) == 1:
            return same[0]
        far = sorted((_hues_apart(ink, known), name) for known, name in self.names)
        clear = len(far) < 2 or far[1][0] > far[0][0] + _HUE_APART_MAX
        return far[0][1] if far[0][0] < _HUE_APART_MAX and clear else None


def blocks(words: Sequence[Word], em_y: float) -> list[Block]:
    """Words under one another without a gap and sharing their width, as one label each."""
    found: list[list[Word]] = []
    for word in sorted(words, key=lambda each: each.box.y0):
        for block in found:
            last = block[-1]
            gap = word.box.y0 - last.box.y1
            if gap < 0.25 * em_y and gap > -0.8 * em_y and _overlap(word.box, last.box) > 0.3:
                block.append(word)
                break
        else:
            found.append([word])
    return [Block(tuple(block)) for block in found]


def read_legend(print_: Print, marks: Sequence[Mark]) -> Legend:
    """The legend made of swatches; without names where there is none."""
    names: list[tuple[Colour, str]] = []
    words: list[Word] = []
    swatches: list[Mark] = []
    small = [mark for mark in marks if _may_be_swatch(mark.box, print_)]
    for mark in sorted(small, key=lambda each: (round(each.box.y0 / print_.em_y), each.box.x0)):
        others = [m.box.x0 for m in small if m is not mark and _level(m.box, mark.box)]
        until = min((x for x in others if x > mark.box.x1), default=1.0)
        beside = _beside(mark.box, until, print_)
        if beside is None or any(same_colour(mark.colour, known) for known, _ in names):
            continue
        lines = next(b for b in blocks(print_.labels, print_.em_y) if beside in b.words)
        held = lines.words if lines.words[0] is beside and len(small) < 2 else (beside,)
        names.append((mark.colour, joined(word.text for word in held)))
        words += held
        swatches.append(mark)
    if len(names) < 2:
        return Legend((), (), ())
    return Legend(tuple(names), tuple(words), tuple(swatches))


def by_order_or_place(heads: Sequence[Block], places: Sequence[Box]) -> dict[int, Block]:
    """Which head stands over which place, both from left to right: in order where there are as
    many heads as places, else by what they share or are nearest to. Gives place number → head."""
    heads = sorted(heads, key=lambda head: head.box.centre[0])
    order = sorted(range(len(places)), key=lambda number: places[number].centre[0])
    if len(heads) == len(places):
        return dict(zip(order, heads, strict=True))
    found: dict[int, Block] = {}
    for head in heads:
        over = [
            number
            for number in order
            if _overlap(head.box, places[number]) > 0.4 and number not in found
        ]
        if over:
            middle = head.box.centre[0]
            found[min(over, key=lambda n: abs(places[n].centre[0] - middle))] = head
    return found


def _may_be_swatch(box: Box, print_: Print) -> bool:
    wide, high = box.width / print_.em_x, box.height / print_.em_y
    return wide < 3.2 and high < _SWATCH_SIDE_MAX and wide > 0.2 and 0.4 < wide / high < 5


def _beside(swatch: Box, until: float, print_: Print) -> Word | None:
    """The label that begins right of a swatch, before the next swatch; no figure is one."""
    found = [
        word
        for word in print_.words
        if word.box.y0 < swatch.centre[1] < word.box.y1
        and -0.5 * print_.em_x < word.box.x0 - swatch.x1 < 1.8 * print_.em_x
        and word.box.x0 < until
    ]
    word = min(found, key=lambda each: each.box.x0, default=None)
    return None if word is None or (word.number is not None and not word.is_year) else word


def _level(one: Box, other: Box) -> bool:
    return abs(one.centre[1] - other.centre[1]) < 0.5 * max(one.height, other.height)


def _overlap(one: Box, other: Box) -> float:
    """The width both share, as a share of the narrower."""
    shared = min(one.x1, other.x1) - max(one.x0, other.x0)
    return shared / max(1e-9, min(one.width, other.width))


def _hues_apart(one: Colour, other: Colour) -> float:
    """How far two hues are apart, 0..0.5 of the circle."""
    a, b = (rgb_to_hsv(*(level / 255 for level in colour))[0] for colour in (one, other))
    return min(abs(a - b), 1 - abs(a - b))


def _apart(one: Colour, other: Colour) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))
