"""What was seen on one upright page. Plain data; boxes are fractions of the upright page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from yuepi.kit.boxes import Box

Tier = Literal["clean", "scan", "photo", "poor"]
Colour = tuple[int, int, int]
"""Red, green, blue, 0..255 each."""
_COLOURS_APART_MAX = 26


@dataclass(frozen=True, slots=True)
class Line:
    """One run of text. `score` is the recogniser's own (no safety signal); 1.0 for native text.

    `stops` holds the left edge of each character as a fraction of the page width (same length as
    `text`), so that a part of a line can be boxed; empty when unknown. by_hand: whether it looks
    written by hand; None where that cannot be told.
    """

    text: str
    box: Box
    score: float = 1.0
    stops: tuple[float, ...] = ()
    by_hand: bool | None = None

    def on(self, page: Box) -> Line:
        """The line, seen on a part of a page, in fractions of that page."""
        stops = tuple(page.x0 + stop * page.width for stop in self.stops)
        return Line(self.text, self.box.within(page), self.score, stops, self.by_hand)


@dataclass(frozen=True, slots=True)
class Code:
    """A QR or bar code: its text, its format's name (`QRCode`, `Code128`, ...) and place."""

    text: str
    format: str
    box: Box


@dataclass(frozen=True, slots=True)
class Seal:
    """A red stamp: the box around its fitted ellipse and how round it is (minor / major axis)."""

    box: Box
    roundness: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a ruled table; merged cells span several rows or columns."""

    row: int
    column: int
    rows: int
    columns: int
    box: Box


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table drawn with lines."""

    box: Box
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line drawn on the page: the box around it, and which way it runs."""

    box: Box
    upright: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn in one flat colour: a filled `area` (a bar, a slice, a swatch of a legend),
    a `stroke` (the line of a chart), or a line of `text` in coloured ink, whose box is the line's.
    filled: the share of its box that it fills.
    """

    shape: Literal["area", "stroke", "text"]
    box: Box
    colour: Colour
    filled: float = 1.0


def same_colour(one: Colour, other: Colour) -> bool:
    """Whether two flat colours are one: edges and compression shift each channel a little."""
    return all(abs(a - b) <= _COLOURS_APART_MAX for a, b in zip(one, other, strict=True))


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the page can be read. `tier` is the summary that thresholds are kept by.

    blur: variance of the Laplacian over text, higher is sharper; contrast: 0..1, the 5th to 95th
    percentile of lightness; glare: share of burnt-out pixels beside text; skew_degrees: median
    slope of the text lines; side_px: the shorter side in pixels.
    """

    tier: Tier
    blur: float
    contrast: float
    glare: float
    skew_degrees: float
    side_px: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """Everything seen on one page. `seals` is None where colour is missing: unknown, not none.

    strokes: drawn curves that are no print, such as signatures.
    """

    width_px: int
    height_px: int
    lines: tuple[Line, ...]
    codes: tuple[Code, ...] = ()
    seals: tuple[Seal, ...] | None = None
    tables: tuple[RuledTable, ...] = ()
    quality: Quality | None = None
    rules: tuple[Rule, ...] = ()
    strokes: tuple[Box, ...] = ()
    marks: tuple[Mark, ...] = ()
    """Flat colours, the largest first, and the ink of coloured lines; empty on photos."""
