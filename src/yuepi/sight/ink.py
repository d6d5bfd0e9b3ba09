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

_DARKEN = 4
"""Ink over text is a little darker in red than ink over paper; this power makes it text again."""

_SATURATION_MIN = 50
_LIGHTNESS_MIN = 90


def without_seals(picture: NDArray[np.uint8], seals: Sequence[Seal] | None) -> NDArray[np.uint8]:
    """The RGB picture with the red ink inside the seals' boxes lifted off paper and print."""
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
        if ink.any() and not ink.all():
            paper = np.percentile(part[~ink], 75, axis=0)
            red_light = part[..., 0][ink].astype(np.float32)
            share = np.clip(red_light / np.percentile(red_light, 60), 0, 1) ** _DARKEN
            part[ink] = (share[:, None] * paper).astype(np.uint8)
    return lifted
