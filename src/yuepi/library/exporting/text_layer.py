"""Text on a page of a PDF at the places where it was read: unseen over a picture, seen without one.

Characters are those of a font that every viewer brings for Chinese, so none is embedded; each run
is stretched to its box, that a mark over found words lies on the words of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

FONT: Final = "STSong-Light"
LONG_SIDE_POINTS: Final = 842.0
"""Of a page without a size of its own: that of A4."""
UNSEEN: Final = 3
"""The text rendering mode (ISO 32000-2, 9.3.6) that neither fills nor strokes."""
SEEN: Final = 0
_FONT_SHARE: Final = 0.8
"""Of a row's height, for the letters; the rest is what hangs below the line."""
_RISE: Final = 0.2
_SIZE_MIN: Final = 1.0


class Run(NamedTuple):
    """A run of text with its box in fractions of the upright page."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


class Size(NamedTuple):
    """Of a page, in points."""

    width: float
    height: float


def size_of(aspect: float) -> Size:
    """The size of a page that has none of its own, by its width divided by its height."""
    aspect = min(max(aspect, 0.05), 20.0)
    return (
        Size(LONG_SIDE_POINTS, LONG_SIDE_POINTS / aspect)
        if aspect > 1
        else Size(LONG_SIDE_POINTS * aspect, LONG_SIDE_POINTS)
    )


def open_canvas(target: Any) -> Any:
    """A canvas of reportlab that says nothing of who wrote it, its font known."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    return Canvas(target, pageCompression=1, invariant=1, initialFontName=FONT)


def lay(canvas: Any, runs: Sequence[Run], size: Size, *, mode: int) -> None:
    """Write the runs onto the canvas's page of that size."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    text = canvas.beginText()
    text.setTextRenderMode(mode)
    for run in runs:
        width = (run.x1 - run.x0) * size.width
        height = (run.y1 - run.y0) * size.height
        if not run.text.strip() or width <= 0 or height <= 0:
            continue
        if upright(run, width, height):
            _across(text, run, width, height, size, stringWidth)
        else:
            _down(text, run, width, height, size, stringWidth)
    canvas.drawText(text)


def upright(run: Run, width: float, height: float) -> bool:
    """Whether a run is written across; a high, narrow box of several letters is written down."""
    return len(run.text.strip()) < 2 or height < 2 * width


def _across(text: Any, run: Run, width: float, height: float, size: Size, wide: Any) -> None:
    points = max(_SIZE_MIN, height * _FONT_SHARE)
    natural = wide(run.text, FONT, points) or points
    text.setFont(FONT, points)
    text.setHorizScale(100 * width / natural)
    text.setTextTransform(
        1, 0, 0, 1, run.x0 * size.width, (1 - run.y1) * size.height + height * _RISE
    )
    text.textOut(run.text)


def _down(text: Any, run: Run, width: float, height: float, size: Size, wide: Any) -> None:
    """Along the box, turned by a quarter to the right."""
    points = max(_SIZE_MIN, width * _FONT_SHARE)
    natural = wide(run.text, FONT, points) or points
    text.setFont(FONT, points)
    text.setHorizScale(100 * height / natural)
    left = run.x0 * size.width + width * _RISE
    text.setTextTransform(0, -1, 1, 0, left, (1 - run.y0) * size.height)
    text.textOut(run.text)
