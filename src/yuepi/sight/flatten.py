"""Level rows on a tilted photo, from the slopes of its own text lines.

The slope of text is fitted as a linear function of the place on the page (rotation plus what a
slanted camera adds); the picture is then moved column-wise so that rows become level. Text is
recognised before that, on the untouched pixels; only places are moved.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_LINES_MIN = 5
_SLOPE_MAX = 0.25
_WORTH_ROWS = 0.35
"""Rows that drift less than this share of a line's height are level enough."""


@dataclass(frozen=True, slots=True)
class Flattening:
    """`y' = y - (a·u + b·u²/2 + c·u·v)` with u, v measured from the middle, in pixels.

    `x' = x + a·v'`: sheared by the mean slope, so that a turned page stays rectangular; by the
    moved v', so that `picture` can undo it exactly.
    """

    a: float
    b: float
    c: float
    width: int
    height: int

    def points(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Places `(n, 2)` in pixels moved to the level page."""
        u = points[:, 0] - self.width / 2
        v = points[:, 1] - self.height / 2
        y = points[:, 1] - (self.a * u + self.b * u * u / 2 + self.c * u * v)
        x = points[:, 0] + self.a * (y - self.height / 2)
        return np.stack([x, y], axis=1).astype(np.float32)

    def picture(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The level picture, of the same size; what moves in from outside is white."""
        x, y = np.meshgrid(
            np.arange(self.width, dtype=np.float32), np.arange(self.height, dtype=np.float32)
        )
        v = y - np.float32(self.height / 2)
        u = x - np.float32(self.width / 2) - np.float32(self.a) * v
        lift = self.a * u + self.b * u * u / 2
        source_y = (y + lift - self.c * u * self.height / 2) / (1 - self.c * u)
        source_x = u + np.float32(self.width / 2)
        return np.asarray(
            cv2.remap(
                picture,
                source_x,
                source_y.astype(np.float32),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=(255, 255, 255),
            ),
            dtype=np.uint8,
        )


def fit(quads: list[NDArray[np.float32]], width: int, height: int) -> Flattening | None:
    """The flattening that levels these text outlines, or None where they are level enough.

    Only runs at least three times as wide as high have a slope worth trusting; each counts by
    its length, and those far from the median are left out.
    """
    wide = [q for q in quads if (q[1, 0] - q[0, 0]) > 3 * abs(q[3, 1] - q[0, 1])]
    if len(wide) < _LINES_MIN:
        return None
    ends = np.array([((q[0] + q[3]) / 2, (q[1] + q[2]) / 2) for q in wide])
    run = ends[:, 1, 0] - ends[:, 0, 0]
    slope = (ends[:, 1, 1] - ends[:, 0, 1]) / run
    middle = ends.mean(axis=1) - (width / 2, height / 2)
    keep = np.abs(slope - np.median(slope)) < 0.06
    if keep.sum() < _LINES_MIN or abs(np.median(slope)) > _SLOPE_MAX:
        return None
    factors = np.stack([np.ones(keep.sum()), middle[keep, 0], middle[keep, 1]], axis=1)
    weight = np.sqrt(run[keep])[:, None]
    ridge = np.diag([0.0, 0.02 * width, 0.02 * height])
    left = np.vstack([factors * weight, ridge])
    right = np.concatenate([slope[keep] * weight[:, 0], np.zeros(3)])
    a, b, c = np.linalg.lstsq(left, right, rcond=None)[0]
    line_height = float(np.median([abs(q[3, 1] - q[0, 1]) for q in wide]))
    drift = (abs(a) + abs(b) * width / 4 + abs(c) * height / 4) * width / 2
    if drift < _WORTH_ROWS * line_height or abs(c) * width > 1:
        return None
    return Flattening(float(a), float(b), float(c), width, height)
