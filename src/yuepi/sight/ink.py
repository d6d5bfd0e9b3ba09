"""Lifting seals off the text below them, for recognition only; evidence keeps the real picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.sight.sighting import Seal

_RED_HUES = (8, 170)
"""In OpenCV's half degrees: seals lie below the first or above the second. The brownish print of
Chinese invoices starts at 11, so it stays."""

_SATURATION_MIN = 50
_LIGHTNESS_MIN = 90


def without_seals(picture: NDArray[np.uint8], seals: Sequence[Seal] | None) -> NDArray[np.uint8]:
    """The RGB picture with the red ink inside the seals' boxes turned to the paper's colour."""
    if not seals:
        return picture
    lifted = picture.copy()
    height, width = picture.shape[:2]
    for seal in seals:
        x0, x1 = int(seal.box.x0 * width), int(seal.box.x1 * width) + 1
        y0, y1 = int(seal.box.y0 * height), int(seal.box.y1 * height) + 1
        part = lifted[y0:y1, x0:x1]
        if part.size == 0:
            continue
        hue, saturation, value = cv2.split(cv2.cvtColor(part, cv2.COLOR_RGB2HSV))
        red = (hue <= _RED_HUES[0]) | (hue >= _RED_HUES[1])
        ink = red & (saturation > _SATURATION_MIN) & (value > _LIGHTNESS_MIN)
        paper = part[~ink]
        if paper.size:
            part[ink] = np.percentile(paper, 75, axis=0).astype(np.uint8)
    return lifted
