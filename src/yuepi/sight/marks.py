"""What is drawn in colour on a page: bars, slices, swatches, lines of a chart, coloured print.

Flat colours on plain paper only: the page's colours are counted, and what one of them fills
without a break is a mark. A photo has no such colours and gives nothing. Nothing here reads text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.kit.boxes import Box
from yuepi.sight.pixels import as_rgb, is_empty, shrunk
from yuepi.sight.sighting import Colour, Line, Mark, same_colour

_SIDE_MAX_PX: Final = 700
_SIDE_MIN_PX: Final = 64
_PAPER_MIN: Final = 0.25
"""Of the page. A plain ground; photos of paper have none."""
_FLAT_MIN: Final = 0.7
"""Of the page: the ground and the counted colours. What is left is soft edges, or a photo."""
_COLOURS_MAX: Final = 12
_COLOUR_MIN: Final = 0.0006
"""Of the page, for a colour to be counted."""
_NEAR: Final = 26
"""Levels in any channel within which two colours are one."""
_AREA_SIDE_MIN_PX: Final = 4
_AREA_MIN_PX: Final = 30
_FILLED_MIN: Final = 0.4
"""Of its box, for an area: figures stand in bars, and a slice is no rectangle."""
_TRIMMED_BELOW: Final = 0.75
_TRIMMED_MIN_PX: Final = 250
"""Smaller shapes are mostly letters, and there are many."""
_THICK_MIN: Final = 0.4
"""Of its height or width, for a column or row to belong to a shape."""
_SOLID: Final = np.ones((4, 4), np.uint8)
_SOLID_MIN_PX: Final = 12
"""Of a grey that are deep within a shape; print has next to none, and needs no further look."""
_STROKE_SIDE_MIN: Final = 0.12
_RULE_MAX_PX: Final = 3
_CHROMA_MIN: Final = 45
"""Levels between the channels, for print to be coloured."""
_INK_CHROMA_MIN: Final = 32
"""The same for a line of print, whose edges are paler than its ink."""
_MARKS_MAX: Final = 400

Mask = NDArray[np.uint8]


def find(picture: NDArray[np.uint8], lines: Sequence[Line] = ()) -> tuple[Mark, ...]:
    """The marks on an RGB picture `(H, W, 3)`, the largest first, and the ink of coloured lines.

    At most 400; none on a page without a plain ground or with more than flat colours.
    """
    if is_empty(picture) or min(picture.shape[:2]) < _SIDE_MIN_PX:
        return ()
    small, _ = shrunk(as_rgb(picture), _SIDE_MAX_PX)
    drawn = [mark for colour in _colours(small) for mark in _filled(small, colour)]
    drawn.sort(key=lambda mark: -mark.box.area)
    inks = [mark for line in lines[:_MARKS_MAX] if (mark := _ink(small, line))] if drawn else []
    return (*drawn[:_MARKS_MAX], *inks)


def _colours(small: NDArray[np.uint8]) -> list[Colour]:
    """The flat colours on the paper, the most frequent first; none where it is no drawing."""
    bins = small >> 4
    keys = (
        (bins[..., 0].astype(np.int32) << 8) | (bins[..., 1].astype(np.int32) << 4) | bins[..., 2]
    )
    counts = np.bincount(keys.ravel(), minlength=4096)
    pixels = keys.size
    chosen: list[Colour] = []
    held = 0
    for key in np.argsort(counts)[::-1][: 8 * _COLOURS_MAX]:
        if counts[key] < _COLOUR_MIN * pixels or len(chosen) > _COLOURS_MAX:
            break
        middle = (
            ((int(key) >> 8) << 4) + 8,
            (((int(key) >> 4) & 15) << 4) + 8,
            (int(key) & 15) * 16 + 8,
        )
        if any(same_colour(middle, known) for known in chosen):
            continue
        colour = _mean(small, keys == key)
        if any(same_colour(colour, known) for known in chosen):
            continue
        chosen.append(colour)
        held += int(np.count_nonzero(_mask(small, colour)))
        if len(chosen) == 1 and held < _PAPER_MIN * pixels:
            return []
    return chosen[1:] if held >= _FLAT_MIN * pixels else []


def _mean(small: NDArray[np.uint8], where: NDArray[np.bool_]) -> Colour:
    red, green, blue, _ = (round(level) for level in cv2.mean(small, where.astype(np.uint8)))
    return red, green, blue


def _mask(small: NDArray[np.uint8], colour: Colour) -> Mask:
    low = np.clip(np.array(colour, np.int16) - _NEAR, 0, 255).astype(np.uint8)
    high = np.clip(np.array(colour, np.int16) + _NEAR, 0, 255).astype(np.uint8)
    return np.asarray(cv2.inRange(small, low, high), dtype=np.uint8)


def _filled(small: NDArray[np.uint8], colour: Colour) -> Iterator[Mark]:
    """What this colour fills without a break: areas, and strokes that are no straight rules."""
    height, width = small.shape[:2]
    mask = _mask(small, colour)
    if not _is_coloured(colour) and cv2.countNonZero(cv2.erode(mask, _SOLID)) < _SOLID_MIN_PX:
        return
    _, labels, found, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for number, component in enumerate(found.tolist()):
        x, y, w, h, area = component
        if number == 0 or area < _AREA_MIN_PX or min(w, h) < 2:
            continue
        whole = area / (w * h)
        if min(w, h) >= _AREA_SIDE_MIN_PX and whole < _TRIMMED_BELOW and w * h >= _TRIMMED_MIN_PX:
            own = labels[y : y + h, x : x + w] == number
            left, top, right, bottom, kept = _trimmed(own)
            if kept >= _TRIMMED_BELOW and min(right - left, bottom - top) >= _AREA_SIDE_MIN_PX:
                x, y, w, h, whole = x + left, y + top, right - left, bottom - top, kept
        box = Box(x / width, y / height, (x + w) / width, (y + h) / height)
        if min(w, h) >= _AREA_SIDE_MIN_PX and whole >= _FILLED_MIN:
            yield Mark("area", box, colour, whole)
        elif w >= _STROKE_SIDE_MIN * width and h > _RULE_MAX_PX and _is_coloured(colour):
            yield Mark("stroke", box, colour, area / (w * h))


def _trimmed(own: NDArray[np.bool_]) -> tuple[int, int, int, int, float]:
    """Where a shape is thick (left, top, right, bottom) and how much it fills there: soft edges of
    its neighbours hang on to it as thin lines."""
    thick_x = np.flatnonzero(own.sum(axis=0) >= _THICK_MIN * own.shape[0])
    thick_y = np.flatnonzero(own.sum(axis=1) >= _THICK_MIN * own.shape[1])
    if len(thick_x) == 0 or len(thick_y) == 0:
        return 0, 0, own.shape[1], own.shape[0], 0.0
    left, right = int(thick_x[0]), int(thick_x[-1]) + 1
    top, bottom = int(thick_y[0]), int(thick_y[-1]) + 1
    return left, top, right, bottom, float(own[top:bottom, left:right].mean())


def _ink(small: NDArray[np.uint8], line: Line) -> Mark | None:
    """The ink of a line where it is coloured and its ground is paper: what is furthest from it."""
    height, width = small.shape[:2]
    x0, x1 = int(line.box.x0 * width), int(np.ceil(line.box.x1 * width))
    y0, y1 = int(line.box.y0 * height), int(np.ceil(line.box.y1 * height))
    pixels = small[y0:y1, x0:x1].reshape(-1, 3).astype(np.int16)
    if len(pixels) < _AREA_MIN_PX:
        return None
    ground = np.median(pixels, axis=0)
    away = np.abs(pixels - ground).max(axis=1)
    ink = pixels[away >= max(_CHROMA_MIN, 0.8 * float(away.max()))]
    if len(ink) == 0:
        return None
    red, green, blue = (round(float(level)) for level in np.median(ink, axis=0))
    colour = (red, green, blue)
    coloured = max(colour) - min(colour) >= _INK_CHROMA_MIN
    return Mark("text", line.box, colour) if coloured else None


def _is_coloured(colour: Colour) -> bool:
    return max(colour) - min(colour) >= _CHROMA_MIN
