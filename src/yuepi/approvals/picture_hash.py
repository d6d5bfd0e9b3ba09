"""A short fingerprint of how a page looks, the same for a copy that was scaled or saved again.

The signs of the 8 × 8 lowest frequencies (without the mean) of the lightness of the whole upright
page, drawn together to 32 × 32: what is known as pHash. It is a hint only and never decides: two
different invoices on one template look alike, a crop or another angle makes one invoice look
different.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from yuepi.sight.pixels import Picture, as_grey, is_empty

SIDE_PX: Final = 32
LOW: Final = 8
FLAT: Final = 2.0
"""Spread of lightness (of 255) below which a page shows nothing to compare."""


def picture_hash(picture: Picture) -> str | None:
    """16 hexadecimal digits for an upright page, `(H, W, 3)` u8 RGB or grey; None for one that is
    blank. Takes about a millisecond: call it off the event loop, where the page is rendered."""
    if is_empty(picture):
        return None
    grey = as_grey(picture)
    # A picture much larger than the target is first averaged: cheaper, and the same to the eye.
    small = cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    values = np.asarray(small, dtype=np.float32)
    if float(values.std()) < FLAT:
        return None
    waves = cv2.dct(values)[: LOW + 1, : LOW + 1]
    # Without the first row and column: they hold the page's mean and its plain gradients.
    low = waves[1:, 1:].ravel()
    bits = low > np.median(low)
    return np.packbits(bits).tobytes().hex()
