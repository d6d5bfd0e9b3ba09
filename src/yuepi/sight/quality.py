"""How well a page can be read, and the tier that confidence is calibrated by.

The tiers are told apart by the paper, not by the text: rendered pages have one exact background
value, scans have even light with a little noise, photos have light that falls off, a desk around
the paper, or both. What is too soft, too pale, too small or burnt out is poor, however it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.sight.pixels import as_grey, is_empty, shrunk
from yuepi.sight.sighting import Line, Quality, Tier

# Measured on 59 real pages (rendered PDFs, clipped and grey scans, photos) and 120 generated ones.
PURE_MIN: Final = 0.87
"""Share of paper pixels that have exactly the commonest value. Rendered pages: 0.88 and more;
grey scans 0.42 to 0.86, photos 0.45 and less. Scans clipped to pure white reach 0.97 and count as
clean: their paper is."""
GRAIN_MAX: Final = 0.1
"""Share of tiles that are neither flat nor printed: at most 0.05 on rendered pages, 0.43 to 0.8
on generated scans, 0.3 and more on photos."""
EVEN_SPREAD_MAX: Final = 8.0
"""Lightness between the 25th and 75th percentile of paper tiles: 0 to 5 on scans, 9 to 36 on real
photos of vouchers."""
DARK_SHARE_MAX: Final = 0.04
"""Share of tiles much darker than the paper (a desk, a shadow): at most 0.02 on scans."""
SHARP_MIN: Final = 35.0
"""Text in focus gives 85 to 330. Generated pages, blurred step by step and read: nothing is lost
down to 40, one field in seven at 25, half of them at 15."""
CONTRAST_MIN: Final = 0.12
"""Recognition still read 0.13 without loss on even paper; below it lines go missing."""
GLARE_MAX: Final = 0.1
"""More of the text's area than a stray reflection; the hardest generated photos reach 0.13."""
TEXT_HEIGHT_MIN_PX: Final = 10.0
"""Recognition works on 48 px high lines; what is below 10 px holds too little for Chinese."""
SIDE_MIN_PX: Final = 200
"""Used where no text was found."""

_TILE: Final = 16
_TILES_SIDE_PX: Final = 1000
_TEXT_HEIGHT_PX: Final = 24.0
_LINES_LOOKED_AT: Final = 24
_LINES_MIN: Final = 3
"""Fewer lines than this are often a smear taken for text: the page itself is asked as well."""
_BURNT: Final = 252
_PHOTO_GRAIN_MIN: Final = 0.2
"""Below it a page was drawn by a computer, and white places in it are no glare."""
_WIDE: Final = 6.0

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Paper:
    """`level`: the usual lightness; `grain`: share of tiles that are neither flat nor printed;
    `spread`: of the lightness of quiet tiles; `dark`: share of these far below the level; `pure`:
    share of paper pixels that have exactly the commonest value."""

    level: float
    grain: float
    spread: float
    dark: float
    pure: float


def judge(picture: NDArray[np.uint8], lines: Sequence[Line]) -> Quality:
    """The quality of an upright RGB page picture; `lines` may be empty.

    With lines, sharpness and contrast are taken over the text, scaled so that it would be 24 px
    high; without, over the busiest places of the page. Skew is in degrees, positive where text
    falls towards the right.
    """
    if is_empty(picture):
        return Quality("poor", 0.0, 0.0, 0.0, 0.0, 0)
    height, width = picture.shape[:2]
    if min(height, width) < _TILE:
        return Quality("poor", 0.0, 0.0, 0.0, 0.0, min(height, width))
    crops = _text_crops(picture, lines)
    grey = as_grey(shrunk(picture, _TILES_SIDE_PX)[0])
    paper = _paper(grey)
    blur, contrast, text_height = float("inf"), 0.0, 0.0
    if len(crops) < _LINES_MIN:
        blur, contrast = _busiest(grey)
    if crops:
        blur = min(blur, float(np.median([_sharpness(crop) for crop in crops])))
        contrast = float(np.median([_contrast(crop) for crop in crops]))
        text_height = float(np.median([crop.shape[0] for crop in crops]))
    glare = _glare(grey, paper, lines)
    skew = _skew(crops)
    tier = _tier(paper, blur, contrast, glare, text_height, min(height, width))
    return Quality(tier, blur, contrast, glare, skew, min(height, width))


def _tier(
    paper: _Paper, blur: float, contrast: float, glare: float, text_height: float, side: int
) -> Tier:
    small = 0.0 < text_height < TEXT_HEIGHT_MIN_PX or (text_height == 0.0 and side < SIDE_MIN_PX)
    if blur < SHARP_MIN or contrast < CONTRAST_MIN or glare > GLARE_MAX or small:
        return "poor"
    even = paper.spread <= EVEN_SPREAD_MAX
    if paper.pure >= PURE_MIN and paper.grain <= GRAIN_MAX:
        return "clean"
    return "scan" if even and paper.dark <= DARK_SHARE_MAX else "photo"


def _paper(grey: Grey) -> _Paper:
    rows, columns = grey.shape[0] // _TILE, grey.shape[1] // _TILE
    even = grey[: rows * _TILE, : columns * _TILE].astype(np.float32)
    mean = _tile_means(even, rows, columns)
    squares = _tile_means(even * even, rows, columns)
    spread_within = np.sqrt(np.maximum(squares - mean * mean, 0.0)).ravel()
    quiet = mean.ravel()[spread_within <= np.percentile(spread_within, 60)]
    low, level, high = np.percentile(quiet, (25, 50, 75))
    counts = np.bincount(grey.ravel(), minlength=256)
    commonest = int(counts.argmax())
    near = counts[max(0, commonest - 12) : commonest + 13].sum()
    return _Paper(
        level=float(level),
        grain=float(((spread_within > 0.2) & (spread_within < 4.0)).mean()),
        spread=float(high - low),
        dark=float((quiet < level - 40).mean()),
        pure=float(counts[commonest] / near),
    )


def _tile_means(values: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    # Averaging over areas by a whole factor is exactly the mean of each tile, and fast.
    means = cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float32)


def _text_crops(picture: NDArray[np.uint8], lines: Sequence[Line]) -> list[Grey]:
    """Grey cut-outs of the longest lines, at the picture's own scale."""
    height, width = picture.shape[:2]
    longest = sorted(lines, key=lambda line: -len(line.text))[:_LINES_LOOKED_AT]
    crops: list[Grey] = []
    for line in longest:
        x0, x1 = int(max(0.0, line.box.x0) * width), int(min(1.0, line.box.x1) * width)
        y0, y1 = int(max(0.0, line.box.y0) * height), int(min(1.0, line.box.y1) * height)
        # A long line shows its sharpness and slope in its first metre.
        part = picture[y0:y1, x0 : min(x1, x0 + 40 * max(1, y1 - y0))]
        if min(part.shape[:2]) >= 4:
            crops.append(as_grey(part))
    return crops


def _sharpness(crop: Grey) -> float:
    """Variance of the Laplacian, with text brought down to 24 px and to full contrast."""
    scale = _TEXT_HEIGHT_PX / crop.shape[0]
    if scale < 1.0:
        size = (max(4, round(crop.shape[1] * scale)), max(4, round(crop.shape[0] * scale)))
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
    low, high = np.percentile(crop, (2, 98))
    if high - low < 8:
        return 0.0
    full = crop.astype(np.float32) * np.float32(100.0 / (high - low))
    # Grain would pass for sharpness: a little smoothing takes most of it and little of the text.
    full = np.asarray(cv2.GaussianBlur(full, (0, 0), 1.0), np.float32)
    return float(cv2.Laplacian(full, cv2.CV_32F).var())


def _contrast(crop: Grey) -> float:
    low, high = np.percentile(crop, (5, 95))
    return float(high - low) / 255.0


def _busiest(grey: Grey) -> tuple[float, float]:
    """Sharpness and contrast of the busiest twelve places."""
    size = 2 * _TILE
    rows, columns = grey.shape[0] // size, grey.shape[1] // size
    if not rows or not columns:
        return 0.0, 0.0
    edges = np.abs(cv2.Laplacian(grey, cv2.CV_16S)).astype(np.float32)
    busy = cv2.resize(
        edges[: rows * size, : columns * size], (columns, rows), interpolation=cv2.INTER_AREA
    )
    order = np.argsort(np.asarray(busy), axis=None)[::-1][:12]
    tiles = [
        grey[row * size : (row + 1) * size, column * size : (column + 1) * size]
        for row, column in (divmod(int(index), columns) for index in order)
    ]
    return (
        float(np.median([_sharpness(tile) for tile in tiles])),
        float(np.median([_contrast(tile) for tile in tiles])),
    )


def _glare(grey: Grey, paper: _Paper, lines: Sequence[Line]) -> float:
    """The share of burnt-out pixels around the text, on paper that is not itself that bright."""
    if paper.level >= _BURNT - 6 or paper.pure >= PURE_MIN or paper.grain < _PHOTO_GRAIN_MIN:
        return 0.0
    height, width = grey.shape
    part = grey
    if lines:
        x0 = int(max(0.0, min(line.box.x0 for line in lines)) * width)
        x1 = int(min(1.0, max(line.box.x1 for line in lines)) * width) + 1
        y0 = int(max(0.0, min(line.box.y0 for line in lines)) * height)
        y1 = int(min(1.0, max(line.box.y1 for line in lines)) * height) + 1
        part = grey[y0:y1, x0:x1]
    if part.size == 0:
        return 0.0
    # Smoothed, so that single bright grains of noise do not count.
    return float((cv2.blur(part, (9, 9)) >= _BURNT).mean())


def _skew(crops: Sequence[Grey]) -> float:
    """The median slope of the ink in the wide lines, in degrees; 0 where there are none."""
    slopes = []
    for crop in crops:
        height, width = crop.shape
        if width < _WIDE * height:
            continue
        ink = np.maximum(float(np.median(crop)) - 30.0 - crop, 0.0)
        weight = ink.sum(axis=0)
        if np.count_nonzero(weight) < 0.2 * width:
            continue
        rows = (ink * np.arange(height)[:, None]).sum(axis=0)
        at = np.flatnonzero(weight)
        slopes.append(np.polyfit(at, rows[at] / weight[at], 1, w=np.sqrt(weight[at]))[0])
    return float(np.degrees(np.arctan(np.median(slopes)))) if slopes else 0.0
