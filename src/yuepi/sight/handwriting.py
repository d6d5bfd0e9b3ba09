"""Writing by hand: whether a line looks handwritten, and drawn curves such as signatures.

Print repeats itself: its edges gather in few directions (upright and level strokes, or one slant),
its letters stand on one line, its strokes are of few widths, and it is black beside black. A hand
does none of that. No single sign is enough in either direction, so a line is called handwritten or
printed only where several signs agree and none speaks against it; else it cannot be told (None).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.kit.boxes import Box
from yuepi.sight.pixels import as_rgb, is_empty, shrunk

_LINE_PX: Final = 48
"""Height that a line is brought to before it is measured."""
_LENGTH_MAX: Final = 14
"""Of a line, in its heights: what is measured."""
_HEIGHT_MIN_PX: Final = 9
"""Below this the strokes of a line run into one another and nothing can be told."""
_LINES_MAX: Final = 600
"""More lines than this on one page are not looked at: what follows is None."""
_INK_MIN_PX: Final = 60
_CONTRAST_MIN: Final = 30
_BINS: Final = 36
"""Of 5 degrees each over half a turn."""
_BLUE: Final = (92, 140)
"""Hues of pen ink in OpenCV's half degrees."""
_SATURATION_MIN: Final = 70
_BLUE_INK: Final = 0.5
_BROAD: Final = 0.22
_UNREST: Final = 0.14
_JOINED: Final = 1.8
_DRAWN_MIN: Final = 0.25
_DRAWN_WHOLE: Final = 0.5
_STRAIGHT: Final = 0.38
_PEAKED: Final = 0.3
"""Where print and hand part in each sign (see `Signs`), by samples and scanned forms."""

_PAGE_SIDE_PX: Final = 1400
_PAGE_SIDE_MIN_PX: Final = 200
_STROKES_MAX: Final = 24
_CURVE_MIN_PX: Final = (26, 14)
_DARKER_MIN: Final = 61
"""How much darker than the paper around it ink is."""
_PAPER_MIN: Final = 130
"""Darkest channel of what a pen writes on."""
_BLUE_MAX: Final = 175
_INK_CHROMA_MAX: Final = 70
"""Of ink that is not blue: pens are black or blue, drawn charts are any colour."""
_CURVE_AXES_MAX: Final = 0.36
_CURVE_PEAK_MAX: Final = 0.36


@dataclass(frozen=True, slots=True)
class Signs:
    """What is measured of one line.

    axes: share of edges that run level or upright (within 7.5 degrees); peak: the largest share of
    edges in any 15 degrees, which slanted print has, too; unrest: median distance of the letters'
    feet from the line they stand on, in letter heights; blue: share of ink that is pen blue.
    """

    axes: float
    peak: float
    unrest: float
    joined: float
    blue: float


def handwritten(
    picture: NDArray[np.uint8], boxes: Sequence[Box], curves: Sequence[Box] | None = None
) -> list[bool | None]:
    """For each box of an RGB page picture whether the text in it looks written by hand.

    boxes: lines of text in fractions of the picture; curves: what `strokes` finds on it, where that
    is known already. None where it cannot be told: too small, too faint, or signs that disagree.
    One answer a box, in order.
    """
    if is_empty(picture):
        return [None] * len(boxes)
    known = boxes[:_LINES_MAX]
    found = [signs(_crop(picture, box)) for box in known]
    page_blue = _median([each.blue for each in found if each is not None])
    if curves is None:
        curves = strokes(picture)
    told = [
        _told(each, page_blue, _drawn_share(box, curves))
        for box, each in zip(known, found, strict=True)
    ]
    return [*told, *[None] * (len(boxes) - len(told))]


def signs(line: NDArray[np.uint8]) -> Signs | None:
    """The signs of one line's picture, or None where it is too small or too faint to tell."""
    if is_empty(line) or line.shape[0] < _HEIGHT_MIN_PX or line.shape[1] < _HEIGHT_MIN_PX:
        return None
    # The beginning of a line tells as much as all of it, and costs less.
    rgb = as_rgb(line[:, : _LENGTH_MAX * line.shape[0]])
    width = max(_LINE_PX, round(rgb.shape[1] * _LINE_PX / rgb.shape[0]))
    rgb = np.asarray(cv2.resize(rgb, (width, _LINE_PX), interpolation=cv2.INTER_CUBIC), np.uint8)
    # In red light the ink of seals fades into the paper, and pen and print stay.
    grey = np.ascontiguousarray(rgb[..., 0])
    low, high = np.percentile(grey, (2, 90))
    if high - low < _CONTRAST_MIN:
        return None
    _, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    mask = _without_rules(np.asarray(ink, np.uint8))
    if cv2.countNonZero(mask) < _INK_MIN_PX:
        return None
    letters = _letters(mask)
    if len(letters) < 2:
        return None
    axes, peak = _directions(grey, mask)
    return Signs(axes, peak, _unrest(letters), _joined(letters), _blue(rgb, mask))


def strokes(picture: NDArray[np.uint8]) -> tuple[Box, ...]:
    """Drawn curves on an RGB page picture, largest first: signatures and the like.

    A curve is one run of thin ink that turns about, wider than high and taller than the print of
    the page, and neither a rule nor a frame nor red as seals are. In fractions of the picture; at
    most 24.
    """
    if is_empty(picture) or min(picture.shape[:2]) < _PAGE_SIDE_MIN_PX:
        return ()
    small, _ = shrunk(as_rgb(picture), _PAGE_SIDE_PX)
    height, width = small.shape[:2]
    mask = _page_ink(small)
    _, labels, found_stats, _ = cv2.connectedComponentsWithStats(mask)
    stats = np.asarray(found_stats, np.int32)
    tall = _print_height(stats[1:])
    found: list[tuple[int, Box]] = []
    for index in _broad(stats, width, height, tall):
        x, y, w, h = (int(value) for value in stats[index][:4])
        piece = np.asarray(labels[y : y + h, x : x + w] == index)
        if _curved(piece) and _penned(small[y : y + h, x : x + w], piece):
            box = Box(x / width, y / height, (x + w) / width, (y + h) / height)
            found.append((w * h, box))
    found.sort(key=lambda each: -each[0])
    return tuple(box for _, box in found[:_STROKES_MAX])


def _print_height(stats: NDArray[np.int32]) -> float:
    """The height of most pieces of ink that may be letters, in pixels."""
    letters = stats[(stats[:, 3] >= 6) & (stats[:, 3] <= 80) & (stats[:, 2] <= 80), 3]
    return float(np.median(letters)) if len(letters) else 12.0


def _broad(stats: NDArray[np.int32], width: int, height: int, tall: float) -> list[int]:
    """The numbers of the pieces that have the size and the shape of a signature."""
    w, h, area = stats[:, 2], stats[:, 3], stats[:, 4]
    fits = (w > 0.04 * width) & (w < 0.45 * width) & (h < 0.14 * height)
    fits &= (h > 1.35 * tall) & (w > 1.25 * h) & (area < 0.4 * w * h)
    fits &= (w >= _CURVE_MIN_PX[0]) & (h >= _CURVE_MIN_PX[1])
    fits[0] = False
    return [int(index) for index in np.flatnonzero(fits)]


def _told(each: Signs | None, page_blue: float, drawn: float) -> bool | None:
    """drawn: the share of the line's width that curves of a pen take up."""
    if each is None:
        return True if drawn > _DRAWN_MIN else None
    blue = each.blue > _BLUE_INK and page_blue < 0.5 * _BLUE_INK
    uneven = each.peak < _BROAD and (each.unrest > _UNREST or each.joined > _JOINED)
    straight = each.axes > _STRAIGHT or each.peak > _PEAKED
    if drawn > _DRAWN_WHOLE or (drawn > _DRAWN_MIN and not straight) or (blue and uneven):
        return True
    return False if straight and not (blue or drawn) else None


def _drawn_share(box: Box, curves: Sequence[Box]) -> float:
    """How much of a line's width curves take up that stand in it and are not far taller."""
    inside = [
        each
        for each in curves
        if box.y0 <= each.centre[1] <= box.y1 and each.height < 2.5 * box.height
    ]
    shared = sum(max(0.0, min(box.x1, each.x1) - max(box.x0, each.x0)) for each in inside)
    return shared / box.width if box.width > 0 else 0.0


def _crop(picture: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    x0, x1 = max(0, int(box.x0 * width)), min(width, int(np.ceil(box.x1 * width)))
    y0, y1 = max(0, int(box.y0 * height)), min(height, int(np.ceil(box.y1 * height)))
    return picture[y0:y1, x0:x1]


def _without_rules(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The ink without the lines that forms draw below an entry."""
    length = max(_LINE_PX * 2, mask.shape[1] // 3)
    if length >= mask.shape[1]:
        return mask
    rules = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    return np.asarray(cv2.subtract(mask, cv2.dilate(rules, np.ones((3, 1), np.uint8))), np.uint8)


def _letters(mask: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Pieces of ink that may be letters: x, y, width, height, area a row."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    pieces = np.asarray(stats[1:], np.int32)
    tall = (pieces[:, 3] >= 0.3 * _LINE_PX) & (pieces[:, 4] >= 12)
    return pieces[tall]


def _directions(grey: NDArray[np.uint8], mask: NDArray[np.uint8]) -> tuple[float, float]:
    """Share of edges along the axes, and the largest share in any three bins."""
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    dx = cv2.Sobel(smooth, cv2.CV_32F, 1, 0)
    dy = cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    near = cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 0
    size = np.hypot(dx, dy)[near]
    turn = np.mod(np.arctan2(dy, dx)[near], np.pi)
    strong = size > 0.25 * float(size.max(initial=1.0))
    bins = np.minimum((turn[strong] / np.pi * _BINS).astype(np.intp), _BINS - 1)
    weights = np.bincount(bins, weights=size[strong], minlength=_BINS)
    shares = np.asarray(weights, np.float64) / max(float(weights.sum()), 1e-6)
    triple = shares + np.roll(shares, 1) + np.roll(shares, -1)
    level, upright = shares[[0, 1, -1, -2]].sum(), shares[[16, 17, 18, 19]].sum()
    return float(level + upright), float(triple.max())


def _unrest(letters: NDArray[np.int32]) -> float:
    """How far the letters' feet are off their line, which may slope, in letter heights."""
    if len(letters) < 4:
        return 0.1
    middle = letters[:, 0] + letters[:, 2] / 2
    feet = (letters[:, 1] + letters[:, 3]).astype(np.float64)
    slope, start = np.polyfit(middle, feet, 1)
    off = np.abs(feet - (slope * middle + start))
    return float(np.mean(off) / max(float(np.median(letters[:, 3])), 1.0))


def _joined(letters: NDArray[np.int32]) -> float:
    """Width by height of the widest quarter of the pieces: hands join letters."""
    shape = letters[:, 2] / np.maximum(letters[:, 3], 1)
    return float(np.percentile(shape, 75))


def _blue(rgb: NDArray[np.uint8], mask: NDArray[np.uint8]) -> float:
    hue, saturation, _ = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV))
    ink = mask > 0
    blue = (hue >= _BLUE[0]) & (hue <= _BLUE[1]) & (saturation > _SATURATION_MIN)
    return int(np.count_nonzero(blue & ink)) / max(int(np.count_nonzero(ink)), 1)


def _page_ink(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Ink of a page without red and without rules."""
    red_light = np.ascontiguousarray(small[..., 0])
    paper = cv2.blur(cv2.dilate(red_light, np.ones((9, 9), np.uint8)), (21, 21))
    darker = np.asarray(cv2.subtract(paper, red_light), np.uint8)
    ink = np.asarray(cv2.inRange(darker, _DARKER_MIN, 255), np.uint8)
    # Longer than any straight part of a signature: its strokes rise higher than they run level.
    level, upright = max(24, small.shape[1] // 25), max(48, small.shape[0] // 14)
    for kernel in (np.ones((1, level), np.uint8), np.ones((upright, 1), np.uint8)):
        rules = cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel)
        ink = np.asarray(cv2.subtract(ink, rules), np.uint8)
    return ink


def _curved(piece: NDArray[np.bool_]) -> bool:
    """Whether a piece of ink is drawn with a thin pen and turns about: the edges of print run
    level and upright for the most part, those of a curve in all directions."""
    ink = np.pad(piece.astype(np.uint8), 2)
    depth = cv2.distanceTransform(ink, cv2.DIST_L2, 3)
    thick = float(np.percentile(depth[ink > 0], 95))
    if thick > 0.1 * piece.shape[0] + 1.5:
        return False
    columns = np.asarray(piece.mean(axis=0), np.float64)
    if float(np.median(columns)) > 0.45:
        return False
    axes, peak = _directions(np.asarray((1 - ink) * 255, np.uint8), np.asarray(ink, np.uint8))
    return axes < _CURVE_AXES_MAX and peak < _CURVE_PEAK_MAX


def _penned(part: NDArray[np.uint8], piece: NDArray[np.bool_]) -> bool:
    """Whether a piece of ink is black or blue and stands on something like paper."""
    paper = np.median(part[~piece], axis=0)
    ink = np.median(part[piece], axis=0).astype(np.float64)
    blue = ink[2] >= ink[0] and ink[2] >= ink[1]
    pen = (blue and ink.max() <= _BLUE_MAX) or np.ptp(ink) <= _INK_CHROMA_MAX
    return float(paper.min()) >= _PAPER_MIN and bool(pen)


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else 0.0
