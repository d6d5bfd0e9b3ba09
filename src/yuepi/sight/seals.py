"""Red seals: round company seals and the oval ones of invoices, overlapped by print or not.

Red ink is told from the brownish print of Chinese invoices by hue, near pieces are grouped, and in
each group an ellipse is sought that ink follows all the way round. That last test is what keeps
red text, table lines and logos out: they have ink, but not along an ellipse with nothing beyond.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.kit.boxes import Box
from yuepi.sight.pixels import as_rgb, chroma, is_empty, shrunk
from yuepi.sight.sighting import Seal

_SIDE_MAX_PX: Final = 900
_COLOURLESS_CHROMA: Final = 14
"""Largest minus smallest channel; grey scans saved as colour JPEG keep a little."""
_HUES: Final = ((8, 168), (12, 165))
"""Highest and lowest red hue (half degrees), the stricter first and the wider only where that
finds nothing: printed brown starts at 11, but seals under warm light reach 12."""
_SATURATION_MIN: Final = 45
_VALUE_MIN: Final = 60
_AXIS_MIN_PX: Final = 24
"""Shorter axis after shrinking to `_SIDE_MAX_PX`."""
_LONG_MIN_PX: Final = 44
"""Longer axis after shrinking: more than the O of a headline. A seal of 30 mm on an A4 page has 90,
one on a photo of eight tickets 70."""
_LONG_MAX: Final = 2.6
"""Longer by shorter axis. The tax authority's oval is 1.5 (30 x 20 mm), 45 x 30 mm on invoices;
a slanted photo adds to it."""
_SUPPORT_MIN: Final = 0.72
"""Share of directions in which there is ink on the ellipse; print over the ring hides some."""
_BEYOND_MAX: Final = 0.35
"""The same a little further out: red text and hatching go on there, a seal does not."""
_INK_MIN: Final = 0.06
_INK_MAX: Final = 0.82
"""Share of red (grown by a pixel) within the ring: letters and empty circles are below, discs and
solid logos above."""
_RUN_PX: Final = 60
"""No ring runs straight for so long: a rule does."""
_REACHES: Final = (9, 5)
"""How near pieces are joined (px): first wide, for rings cut by rules or faint, then tight, for
rings with print close by."""
_WITHIN: Final = (0.1, 0.2, 0.3, 0.4)
"""Where text or a star stands in a seal, as shares of the way from the middle to the ring."""
_UNDER_RIM: Final = (0.6, 0.7, 0.8)
_UNDER_RIM_MAX: Final = 0.85
"""At one of these the ring's own ink has ended and at most spaced characters stand; in the bold
letters of a headline it has not."""
_SEALS_MAX: Final = 32
_ANGLES: Final = np.linspace(0.0, 2.0 * np.pi, 96, endpoint=False, dtype=np.float32)

Mask = NDArray[np.uint8]
Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Ellipse:
    """In shrunk pixels; `angle` in degrees turns the `width` axis away from x."""

    x: float
    y: float
    width: float
    height: float
    angle: float

    def rim(self, factor: float) -> Points:
        """Points on the ellipse grown by `factor`, `(96, 2)`."""
        turn = np.deg2rad(self.angle)
        a = np.cos(_ANGLES) * (self.width / 2 * factor)
        b = np.sin(_ANGLES) * (self.height / 2 * factor)
        x = self.x + a * np.cos(turn) - b * np.sin(turn)
        y = self.y + a * np.sin(turn) + b * np.cos(turn)
        return np.stack([x, y], axis=1).astype(np.float32)

    @property
    def short(self) -> float:
        return min(self.width, self.height)

    @property
    def long(self) -> float:
        return max(self.width, self.height)


def find(picture: NDArray[np.uint8]) -> tuple[Seal, ...] | None:
    """The red seals on an RGB page picture, top to bottom.

    None where the picture has no colour: a grey scan hides whether there is a seal.
    """
    if is_empty(picture):
        return None
    small = as_rgb(shrunk(picture, _SIDE_MAX_PX)[0])
    if not _has_colour(small):
        return None
    if min(small.shape[:2]) < _AXIS_MIN_PX:
        return ()
    hsv = cv2.cvtColor(_balanced(small), cv2.COLOR_RGB2HSV)
    found: list[_Ellipse] = []
    for highest, lowest in _HUES:
        found = found or _ellipses(_red(hsv, highest, lowest))
    seals = [_seal(ellipse, small.shape) for ellipse in found[:_SEALS_MAX]]
    return tuple(sorted(seals, key=lambda seal: (seal.box.y0, seal.box.x0)))


def _has_colour(small: NDArray[np.uint8]) -> bool:
    colour = chroma(small)
    return cv2.countNonZero(cv2.inRange(colour, _COLOURLESS_CHROMA, 255)) > 0.001 * colour.size


def _balanced(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The paper made grey, so that red stays red under warm light.

    Only where most bright pixels share a pale tint: on coloured things that is no paper.
    """
    sample = small[::6, ::6].reshape(-1, 3)
    bright = sample[sample[:, 1] >= np.percentile(sample[:, 1], 60)]
    paper = np.median(bright, axis=0)
    if paper.min() < 0.55 * paper.max() or paper.max() - paper.min() < 6:
        return small
    table = np.clip(np.arange(256)[:, None] * (paper.max() / paper), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(small, np.ascontiguousarray(table[None])), np.uint8)


def _red(hsv: cv2.typing.MatLike, highest: int, lowest: int) -> Mask:
    low = cv2.inRange(hsv, (0, _SATURATION_MIN, _VALUE_MIN), (highest, 255, 255))
    high = cv2.inRange(hsv, (lowest, _SATURATION_MIN, _VALUE_MIN), (180, 255, 255))
    return np.asarray(cv2.bitwise_or(low, high), np.uint8)


def _ellipses(red: Mask) -> list[_Ellipse]:
    """One ellipse for each group of near red pieces that has one."""
    if not red.any():
        return []
    # One pixel of play: thin rings fray when the page is shrunk.
    ink = np.asarray(cv2.dilate(red, np.ones((3, 3), np.uint8)), np.uint8)
    loose = cv2.medianBlur(cv2.subtract(red, _straight(red)), 3)
    found: list[_Ellipse] = []
    for reach in _REACHES:
        near = cv2.dilate(loose, np.ones((reach, reach), np.uint8))
        for outline in _outlines(near, found):
            ellipse = _outlined(outline, ink, reach - 1)
            if ellipse and not any(_same(ellipse, other) for other in found):
                found.append(ellipse)
    return found


def _straight(red: Mask) -> Mask:
    """Rules and frames, up to about three degrees askew: longer straight runs than any ring has."""
    tall = cv2.dilate(red, np.ones((3, 1), np.uint8))
    broad = cv2.dilate(red, np.ones((1, 3), np.uint8))
    across = cv2.morphologyEx(tall, cv2.MORPH_OPEN, np.ones((1, _RUN_PX), np.uint8))
    along = cv2.morphologyEx(broad, cv2.MORPH_OPEN, np.ones((_RUN_PX, 1), np.uint8))
    return np.asarray(cv2.bitwise_or(across, along), np.uint8)


def _outlines(near: cv2.typing.MatLike, found: list[_Ellipse]) -> Iterator[Points]:
    """The outer edge of each group that is large enough for a seal, largest first, `(n, 2)`."""
    outlines, _ = cv2.findContours(near, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    boxes = [(cv2.boundingRect(outline), outline) for outline in outlines if len(outline) > 40]
    boxes.sort(key=lambda boxed: -boxed[0][2] * boxed[0][3])
    for (x, y, width, height), outline in boxes[:_SEALS_MAX]:
        if min(width, height) < _AXIS_MIN_PX or max(width, height) > _SIDE_MAX_PX * 0.6:
            continue
        middle = np.array([[x + width / 2, y + height / 2]], np.float32)
        if not any(_distances(ellipse, middle)[0] < 1.0 for ellipse in found):
            yield np.asarray(outline, np.float32).reshape(-1, 2)


def _outlined(outline: Points, ink: Mask, grown: int) -> _Ellipse | None:
    """The ellipse around a whole group: outermost points, fitted again without stray ones.

    `grown` pixels were added to the group's width and height and are taken off again.
    """
    outer = np.asarray(cv2.convexHull(outline), np.float32).reshape(-1, 2)
    for _ in range(3):
        ellipse = _fitted(outer)
        if ellipse is None:
            return None
        tight = replace(ellipse, width=ellipse.width - grown, height=ellipse.height - grown)
        if _is_seal(tight, ink):
            return tight
        off = np.abs(_distances(ellipse, outer) - 1.0)
        outer = outer[off <= np.percentile(off, 80)]
    return None


def _fitted(points: Points) -> _Ellipse | None:
    if len(points) < 6:
        return None
    (x, y), (width, height), angle = cv2.fitEllipseDirect(points)
    values = np.array([x, y, width, height, angle])
    if not np.isfinite(values).all() or min(width, height) < _AXIS_MIN_PX:
        return None
    long = max(width, height)
    if long < _LONG_MIN_PX or long > _LONG_MAX * min(width, height):
        return None
    return _Ellipse(float(x), float(y), float(width), float(height), float(angle))


def _distances(ellipse: _Ellipse, points: Points) -> NDArray[np.float64]:
    """How far out points lie: 1 on the rim, 0 in the middle."""
    turn = np.deg2rad(ellipse.angle)
    dx, dy = points[:, 0] - ellipse.x, points[:, 1] - ellipse.y
    a = (dx * np.cos(turn) + dy * np.sin(turn)) / (ellipse.width / 2)
    b = (-dx * np.sin(turn) + dy * np.cos(turn)) / (ellipse.height / 2)
    return np.asarray(np.hypot(a, b), np.float64)


def _is_seal(ellipse: _Ellipse, ink: Mask) -> bool:
    if _support(ellipse, ink) < _SUPPORT_MIN:
        return False
    beyond = np.mean([_hits(ellipse.rim(factor), ink).mean() for factor in (1.12, 1.18)])
    if beyond > _BEYOND_MAX:
        return False
    if min(_hits(ellipse.rim(factor), ink).mean() for factor in _UNDER_RIM) > _UNDER_RIM_MAX:
        return False
    within = [_hits(ellipse.rim(factor), ink).mean() for factor in _WITHIN]
    share = float(np.average(within, weights=_WITHIN))
    return _INK_MIN < share < _INK_MAX


def _support(ellipse: _Ellipse, ink: Mask) -> float:
    """The share of directions in which there is ink on the rim."""
    hit = _hits(ellipse.rim(0.96), ink) | _hits(ellipse.rim(1.0), ink)
    return float(hit.mean())


def _hits(points: Points, ink: Mask) -> NDArray[np.bool_]:
    x = np.rint(points[:, 0]).astype(np.intp)
    y = np.rint(points[:, 1]).astype(np.intp)
    inside = (x >= 0) & (y >= 0) & (x < ink.shape[1]) & (y < ink.shape[0])
    hit = np.zeros(len(points), np.bool_)
    hit[inside] = ink[y[inside], x[inside]] > 0
    return hit


def _same(one: _Ellipse, other: _Ellipse) -> bool:
    """Whether both are one seal: near middles, or one inside the other (double rings)."""
    apart = float(np.hypot(one.x - other.x, one.y - other.y))
    return apart < 0.35 * max(one.short, other.short)


def _seal(ellipse: _Ellipse, shape: tuple[int, ...]) -> Seal:
    height, width = shape[:2]
    rim = ellipse.rim(1.0)
    low, high = rim.min(axis=0), rim.max(axis=0)
    box = Box(
        max(0.0, float(low[0]) / width),
        max(0.0, float(low[1]) / height),
        min(1.0, float(high[0]) / width),
        min(1.0, float(high[1]) / height),
    )
    return Seal(box, ellipse.short / ellipse.long)
