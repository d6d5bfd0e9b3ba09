"""A sheet to draw on: points from the top left corner, faces by name, seals and codes.

Text is drawn as text, so that the PDF has a real text layer. What stands in a seal is drawn as
outlines, because the seal of a real invoice is a signature's picture and no text.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import segno
from fontTools.pens.basePen import BasePen
from reportlab.lib.colors import Color
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from yuepi.lab.samples.faces import REQUIRED, SYSTEM, embedded, outline

Ink = tuple[int, int, int]
BLACK: Ink = (20, 20, 24)
BROWN: Ink = (156, 82, 35)
MAROON: Ink = (128, 20, 20)
RED: Ink = (225, 25, 30)
BLUE: Ink = (30, 40, 110)
GREY: Ink = (120, 120, 120)
WHITE: Ink = (255, 255, 255)
MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Written:
    """A run of text on the page: left edge, baseline, width and size in points, and its ink."""

    text: str
    x: float
    y: float
    width: float
    size: float
    ink: Ink


@dataclass(frozen=True, slots=True)
class Ruled:
    """A line on the page, in points."""

    x0: float
    y0: float
    x1: float
    y1: float


class Sheet:
    """One page. `x` and `y` are points from the top left; `y` of text is its baseline."""

    def __init__(self, width: float, height: float, paper: Ink | None = None) -> None:
        self.width, self.height = width, height
        self.written: list[Written] = []
        self.ruled: list[Ruled] = []
        self._data = io.BytesIO()
        self._canvas: Any = Canvas(self._data, pagesize=(width, height), invariant=1)
        if paper:
            self.fill(0, 0, width, height, paper)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        face: str,
        ink: Ink = BLACK,
        align: str = "left",
        room: float | None = None,
        gap: float = 0.0,
    ) -> float:
        """Write one line; shrinks the size to stay within `room`. Returns the width used.

        `gap` is extra space after each character; `align` is left, right or middle.
        """
        font = _font(face, text)
        width = _width(text, font, size, gap)
        if room is not None and width > room:
            size *= room / width
            gap *= room / width
            width = room
        start = x - {"left": 0.0, "right": width, "middle": width / 2}[align]
        self._canvas.setFillColor(_color(ink))
        self._canvas.setFont(font, size)
        self._canvas.drawString(start, self.height - y, text, charSpace=gap)
        if text.strip():
            self.written.append(Written(text, start, y, width, size, ink))
        return width

    def spread(
        self, x0: float, x1: float, y: float, text: str, size: float, face: str, ink: Ink
    ) -> None:
        """Write a label with its characters spaced so that it fills from `x0` to `x1`."""
        font = _font(face, text)
        free = (x1 - x0) - pdfmetrics.stringWidth(text, font, size)
        self.text(x0, y, text, size, face, ink, gap=free / max(1, len(text) - 1))

    def column(
        self, x: float, y: float, text: str, size: float, face: str, ink: Ink, step: float
    ) -> None:
        """Write a label downwards, one character every `step` points, centred on `x`."""
        for i, char in enumerate(text):
            self.text(x, y + i * step, char, size, face, ink, "middle")

    def line(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        ink: Ink,
        width: float = 0.7,
        dash: Sequence[float] = (),
    ) -> None:
        """A ruled line `width` points thick."""
        self.ruled.append(Ruled(x0, y0, x1, y1))
        self._canvas.setStrokeColor(_color(ink))
        self._canvas.setLineWidth(width)
        self._canvas.setDash(list(dash))
        self._canvas.line(x0, self.height - y0, x1, self.height - y1)
        self._canvas.setDash([])

    def frame(
        self, x0: float, y0: float, x1: float, y1: float, ink: Ink, width: float = 0.7
    ) -> None:
        """The outline of a rectangle."""
        for ends in ((x0, y0, x1, y0), (x1, y0, x1, y1), (x0, y1, x1, y1), (x0, y0, x0, y1)):
            self.ruled.append(Ruled(*ends))
        self._canvas.setStrokeColor(_color(ink))
        self._canvas.setLineWidth(width)
        self._canvas.rect(x0, self.height - y1, x1 - x0, y1 - y0)

    def fill(self, x0: float, y0: float, x1: float, y1: float, ink: Ink, round_: float = 0) -> None:
        """A filled rectangle, with corners of radius `round_`."""
        self._canvas.setFillColor(_color(ink))
        self._canvas.roundRect(x0, self.height - y1, x1 - x0, y1 - y0, round_, stroke=0, fill=1)

    def disc(self, x: float, y: float, radius: float, ink: Ink) -> None:
        """A filled circle."""
        self._canvas.setFillColor(_color(ink))
        self._canvas.circle(x, self.height - y, radius, stroke=0, fill=1)

    def wedge(
        self, x: float, y: float, radius: float, start_degrees: float, degrees: float, ink: Ink
    ) -> None:
        """A filled slice of a disc, counter-clockwise from the right, edged in white."""
        self._canvas.setFillColor(_color(ink))
        self._canvas.setStrokeColor(_color(WHITE))
        self._canvas.setLineWidth(1)
        box = (x - radius, self.height - y - radius, x + radius, self.height - y + radius)
        self._canvas.wedge(*box, start_degrees, degrees, stroke=1, fill=1)

    def crossed(self, x: float, y: float, radius: float) -> None:
        """The ⊗ that stands before an amount in words; a drawing, as on real invoices."""
        self._canvas.setStrokeColor(_color(BLACK))
        self._canvas.setLineWidth(1)
        self._canvas.circle(x, self.height - y, radius)
        reach = radius * math.sqrt(0.5)
        self.line(x - reach, y - reach, x + reach, y + reach, BLACK, 1)
        self.line(x - reach, y + reach, x + reach, y - reach, BLACK, 1)

    def qr(self, x: float, y: float, side: float, text: str, ink: Ink = BLACK) -> None:
        """A QR code with its top left corner at `(x, y)`; no quiet zone is added."""
        rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
        cell = side / len(rows)
        path = self._canvas.beginPath()
        for i, row in enumerate(rows):
            for j, dark in enumerate(row):
                if dark:
                    top = self.height - y - (i + 1) * cell
                    path.rect(x + j * cell, top, cell, cell)
        self._canvas.setFillColor(_color(ink))
        self._canvas.drawPath(path, stroke=0, fill=1)

    def seal(
        self,
        x: float,
        y: float,
        radii: tuple[float, float],
        around: str,
        middle: Sequence[tuple[str, float, float]] = (),
        face: str = "song",
        alpha: float = 0.8,
        tilt_degrees: float = 0.0,
    ) -> None:
        """A red oval seal centred on `(x, y)`: `around` along the upper arc.

        `middle` holds lines of `(text, size, offset downwards from the centre)`.
        """
        rx, ry = radii
        self._canvas.saveState()
        self._canvas.translate(x, self.height - y)
        self._canvas.rotate(tilt_degrees)
        self._canvas.setStrokeColor(_color(RED, alpha))
        self._canvas.setFillColor(_color(RED, alpha))
        self._canvas.setLineWidth(rx * 0.05)
        self._canvas.ellipse(-rx, -ry, rx, ry)
        size = min(rx * 0.22, rx * 2.9 / max(1, len(around)))
        reach = math.radians(min(96.0, 9.5 * len(around)))
        for i, char in enumerate(around):
            share = i / max(1, len(around) - 1) * 2 - 1
            angle = math.pi / 2 - share * reach
            px, py = (rx - size * 0.85) * math.cos(angle), (ry - size * 0.85) * math.sin(angle)
            # The normal of the ellipse, so that characters stand upright on the curve.
            lean = math.degrees(math.atan2(py / ry**2, px / rx**2)) - 90
            self._outlined(char, px, py, size, face, lean)
        for text, line_size, down in middle:
            step = line_size * (0.55 if text.isascii() else 1.02)
            for i, char in enumerate(text):
                self._outlined(char, (i - (len(text) - 1) / 2) * step, -down, line_size, face, 0)
        self._canvas.restoreState()

    def _outlined(self, char: str, x: float, y: float, size: float, face: str, lean: float) -> None:
        path, units = _glyph(face, char)
        self._canvas.saveState()
        self._canvas.translate(x, y)
        self._canvas.rotate(lean)
        self._canvas.scale(size / units, size / units)
        width = 0.27 if char.isascii() else 0.5
        self._canvas.translate(-units * width, -units * 0.36)
        self._canvas.drawPath(path, stroke=0, fill=1)
        self._canvas.restoreState()

    def width_of(self, text: str, size: float, face: str) -> float:
        """How wide a line would be, in points."""
        return _width(text, _font(face, text), size, 0.0)

    def curve(self, points: Sequence[tuple[float, float]], ink: Ink, width: float = 1.2) -> None:
        """A pen's smooth way through the points: Catmull-Rom, as Bezier pieces."""
        if len(points) < 2:
            return
        every = [points[0], *points, points[-1]]
        path = self._canvas.beginPath()
        path.moveTo(points[0][0], self.height - points[0][1])
        for before, start, end, after in zip(every, every[1:], every[2:], every[3:], strict=False):
            first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
            second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
            steps = [(x, self.height - y) for x, y in (first, second, end)]
            path.curveTo(*(value for step in steps for value in step))
        self._canvas.setStrokeColor(_color(ink))
        self._canvas.setLineWidth(width)
        self._canvas.setLineCap(1)
        self._canvas.drawPath(path, stroke=1, fill=0)
        self._canvas.setLineCap(0)

    def next_page(self) -> None:
        """Finish this page and go on with another of the same size, its paper white."""
        self._canvas.showPage()

    def pdf(self) -> bytes:
        """Finish the page and give the file."""
        self._canvas.showPage()
        self._canvas.save()
        return self._data.getvalue()


class _PathPen(BasePen):  # type: ignore[misc]
    """Draws glyph outlines into a path of the PDF writer."""

    def __init__(self, path: Any) -> None:
        super().__init__(None)
        self._path = path

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self._path.moveTo(*pt)

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self._path.lineTo(*pt)

    def _curveToOne(  # noqa: N802
        self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]
    ) -> None:
        self._path.curveTo(*pt1, *pt2, *pt3)

    def _closePath(self) -> None:  # noqa: N802
        self._path.close()


@lru_cache(maxsize=4096)
def _glyph(face: str, char: str) -> tuple[Any, float]:
    """A character's outline as a path in font units, and how many of them an em has. To draw it
    again from the font is half of the time that an invoice with two seals takes."""
    path = PDFPathObject()
    return path, outline(face, char, _PathPen(path))


def _font(face: str, text: str) -> str:
    """A face of ours by its name, or one of the PDF's own (Courier, Helvetica) as it is."""
    return embedded(face, text) if face in REQUIRED or face in SYSTEM else face


def _width(text: str, font: str, size: float, gap: float) -> float:
    return float(pdfmetrics.stringWidth(text, font, size)) + gap * max(0, len(text) - 1)


def _color(ink: Ink, alpha: float = 1.0) -> Color:
    return Color(*(part / 255 for part in ink), alpha=alpha)
