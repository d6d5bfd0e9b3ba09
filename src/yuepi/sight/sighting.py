"""What was seen on one upright page. Plain data; boxes are fractions of the upright page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from yuepi.kit.boxes import Box

Tier = Literal["clean", "scan", "photo", "poor"]


@dataclass(frozen=True, slots=True)
class Line:
    """One run of text. `score` is the recogniser's own (no safety signal); 1.0 for native text.

    `stops` holds the left edge of each character as a fraction of the page width (same length as
    `text`), so that a part of a line can be boxed; empty when unknown.
    """

    text: str
    box: Box
    score: float = 1.0
    stops: tuple[float, ...] = ()

    def on(self, page: Box) -> Line:
        """The line, seen on a part of a page, in fractions of that page."""
        stops = tuple(page.x0 + stop * page.width for stop in self.stops)
        return Line(self.text, self.box.within(page), self.score, stops)


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
    """Everything seen on one page. `seals` is None where colour is missing: unknown, not none."""

    width_px: int
    height_px: int
    lines: tuple[Line, ...]
    codes: tuple[Code, ...] = ()
    seals: tuple[Seal, ...] | None = None
    tables: tuple[RuledTable, ...] = ()
    quality: Quality | None = None
