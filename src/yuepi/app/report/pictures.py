"""Pictures for the report: cut, shrunk to a written limit, with or without the boxes drawn in."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from yuepi.app.report.marks import REFERENCE_WIDTH_PX, Mark, label_width_px
from yuepi.documents.reading import Status
from yuepi.kit.boxes import WHOLE, Box

SIDE_PX_MAX: Final = 1600
CROP_SIDE_PX_MAX: Final = 640
JPEG_QUALITY: Final = 80
INK_WIDTH_PX: Final = 480
_PAPER_EDGE: Final = 12.0
_TEXT_EDGE: Final = 60.0
"""Steps of lightness (of 255) between neighbours: less is paper, so much more is print."""

Pixels = NDArray[np.uint8]
"""RGB, shape (H, W, 3), upright."""

COLOURS: Final[dict[Status, tuple[int, int, int]]] = {
    "confirmed": (23, 105, 60),
    "single": (138, 83, 0),
    "conflict": (168, 30, 43),
    "missing": (84, 93, 107),
}
DASHES: Final[dict[Status, tuple[int, int]]] = {
    "confirmed": (1, 0),
    "single": (9, 5),
    "conflict": (3, 4),
    "missing": (3, 4),
}
"""Drawn and blank length of an outline, so that the status is not told by colour alone."""


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A JPEG file and its size."""

    data: bytes
    width_px: int
    height_px: int


def cut(picture: Pixels, part: Box = WHOLE, side_px_max: int = SIDE_PX_MAX) -> Image.Image:
    """The part of a page, its longer side at most `side_px_max`, at least one pixel each way."""
    height, width = picture.shape[:2]
    x0, y0 = int(part.x0 * width), int(part.y0 * height)
    x1, y1 = max(x0 + 1, round(part.x1 * width)), max(y0 + 1, round(part.y1 * height))
    image = Image.fromarray(np.ascontiguousarray(picture[y0:y1, x0:x1]))
    longest = max(image.size)
    if longest > side_px_max:
        scale = side_px_max / longest
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def jpeg(image: Image.Image) -> Jpeg:
    """The image as a JPEG without metadata."""
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return Jpeg(file.getvalue(), image.width, image.height)


def ink(image: Image.Image) -> Callable[[Box], float]:
    """Tells how much is printed in a part of the image: 0 for blank paper, about 1 for text.

    Measured as edges, so that shadows and tinted paper count as blank.
    """
    size = (INK_WIDTH_PX, max(1, round(INK_WIDTH_PX * image.height / image.width)))
    grey = np.asarray(image.convert("L").resize(size), dtype=np.float32)
    edges = np.zeros_like(grey)
    edges[:, 1:] += np.abs(np.diff(grey, axis=1))
    edges[1:, :] += np.abs(np.diff(grey, axis=0))
    printed = np.clip((edges - _PAPER_EDGE) / _TEXT_EDGE, 0, 1)
    summed: NDArray[np.float32] = np.pad(printed.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    height, width = printed.shape

    def within(box: Box) -> float:
        x0, x1 = (min(width, max(0, round(x * width))) for x in (box.x0, box.x1))
        y0, y1 = (min(height, max(0, round(y * height))) for y in (box.y0, box.y1))
        if x1 <= x0 or y1 <= y0:
            return 0.0
        total = float(summed[y1, x1] - summed[y0, x1] - summed[y1, x0] + summed[y0, x0])
        return total / float((x1 - x0) * (y1 - y0))

    return within


def drawn(image: Image.Image, marks: tuple[Mark, ...]) -> Image.Image:
    """A copy of the image with every mark's box and label drawn on it; marks must be placed."""
    picture = image.convert("RGB")
    pen = ImageDraw.Draw(picture)
    scale = max(0.6, picture.width / REFERENCE_WIDTH_PX)
    for mark in marks:
        outline = _on(picture, mark.box)
        _outline(pen, outline, COLOURS[mark.status], DASHES[mark.status], scale)
    font = ImageFont.load_default(size=round(11.5 * scale))
    for mark in marks:
        _label(pen, picture, mark, scale, font)
    return picture


def _on(picture: Image.Image, box: Box) -> tuple[float, float, float, float]:
    return (
        box.x0 * picture.width,
        box.y0 * picture.height,
        box.x1 * picture.width,
        box.y1 * picture.height,
    )


def _outline(
    pen: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    colour: tuple[int, int, int],
    dash: tuple[int, int],
    scale: float,
) -> None:
    gap = 2 * scale
    x0, y0, x1, y1 = box[0] - gap, box[1] - gap, box[2] + gap, box[3] + gap
    width = max(1, round(1.6 * scale))
    drawn_px, blank_px = (length * scale for length in dash)
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    for (ax, ay), (bx, by) in pairwise(corners):
        length = abs(bx - ax) + abs(by - ay)
        if blank_px == 0 or length <= drawn_px:
            pen.line((ax, ay, bx, by), fill=colour, width=width)
            continue
        at = 0.0
        while at < length:
            end = min(length, at + drawn_px)
            f, t = at / length, end / length
            start = (ax + (bx - ax) * f, ay + (by - ay) * f)
            stop = (ax + (bx - ax) * t, ay + (by - ay) * t)
            pen.line((*start, *stop), fill=colour, width=width)
            at += drawn_px + blank_px


def _label(
    pen: ImageDraw.ImageDraw, picture: Image.Image, mark: Mark, scale: float, font: Any
) -> None:
    x, y = mark.spot[0] * picture.width, mark.spot[1] * picture.height
    half_w, half_h = label_width_px(mark.label) * scale / 2, 8 * scale
    pill = (x - half_w, y - half_h, x + half_w, y + half_h)
    pen.rounded_rectangle(pill, radius=half_h, fill=COLOURS[mark.status])
    pen.text((x, y), mark.label, fill=(255, 255, 255), font=font, anchor="mm")
