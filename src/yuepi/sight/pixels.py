"""Small steps that every way of looking shares: one channel, a bounded size.

Pictures are `(H, W, 3)` u8 RGB; `(H, W)` and `(H, W, 1)` grey and `(H, W, 4)` are taken too, and so
are views with any strides.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def as_rgb(picture: Picture) -> Picture:
    """The picture as contiguous `(H, W, 3)`; alpha is dropped, grey is repeated."""
    if picture.ndim == 2:
        picture = picture[..., None]
    channels = picture.shape[2]
    if channels < 3:
        picture = np.repeat(picture[..., :1], 3, axis=2)
    return np.ascontiguousarray(picture[..., :3])


def as_grey(picture: Picture) -> Picture:
    """The lightness `(H, W)`, contiguous."""
    if picture.ndim == 2:
        return np.ascontiguousarray(picture)
    if picture.shape[2] < 3:
        return np.ascontiguousarray(picture[..., 0])
    return _u8(cv2.cvtColor(as_rgb(picture), cv2.COLOR_RGB2GRAY))


def shrunk(picture: Picture, side_max: int) -> tuple[Picture, float]:
    """The picture with its longer side at most `side_max` px, and the factor it was scaled by.

    Pictures that are small enough come back unchanged with 1.0. No side falls below one pixel.
    Whole-number averaging first and a linear step for the rest: five times as fast as averaging
    over areas by an odd factor, at the price of up to one small pixel cut off at the far edges.
    """
    height, width = picture.shape[:2]
    scale = side_max / max(height, width)
    if scale >= 1.0:
        return picture, 1.0
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    whole = int(1.0 / scale)
    if whole > 1 and min(height, width) >= 4 * whole:
        rows, columns = height // whole, width // whole
        even = picture[: rows * whole, : columns * whole]
        picture = _u8(cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA))
    interpolation = cv2.INTER_LINEAR if min(height, width) >= 4 * whole else cv2.INTER_AREA
    return _u8(cv2.resize(picture, size, interpolation=interpolation)), scale


def chroma(picture: Picture) -> Picture:
    """The largest minus the smallest channel of an RGB picture, `(H, W)`: 0 is grey."""
    red, green, blue = cv2.split(picture)
    most = cv2.max(cv2.max(red, green), blue)
    return _u8(cv2.subtract(most, cv2.min(cv2.min(red, green), blue)))


def is_empty(picture: Picture) -> bool:
    """Whether there is not one pixel to look at."""
    return picture.size == 0


def _u8(array: Any) -> Picture:
    return np.asarray(array, dtype=np.uint8)
