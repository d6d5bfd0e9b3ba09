"""The upright picture of a page as it is kept for people: a JPEG of a bounded size."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from yuepi.documents.kept_pages import PagePicture
from yuepi.sight.pixels import Picture, as_rgb, is_empty, shrunk

SIDE_PX_MAX: Final = 2_000
QUALITY: Final = 85
THUMB_SIDE_PX_MAX: Final = 320
THUMB_QUALITY: Final = 75


def page_jpeg(picture: Picture, file_at: int, page: int) -> PagePicture | None:
    """The picture of a page, None for one without a pixel. Nothing is in it but the picture.

    Takes about ten milliseconds: call it off the event loop, where the page is looked at.
    """
    if is_empty(picture):
        return None
    small, _ = shrunk(picture, SIDE_PX_MAX)
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(as_rgb(small), cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    if not done:
        return None
    height, width = small.shape[:2]
    return PagePicture(file_at, page, width, height, data.tobytes())


def thumbnail(data: bytes) -> bytes:
    """A small JPEG of a page's picture; what cannot be made smaller is given as it is.

    Takes some milliseconds: call it off the event loop.
    """
    # The decoder itself leaves pixels out, which is most of the work.
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_COLOR_2)
    picture = None if read is None else read.astype(np.uint8, copy=False)
    if picture is None or is_empty(picture):
        return data
    small, _ = shrunk(picture, THUMB_SIDE_PX_MAX)
    done, made = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, THUMB_QUALITY])
    return bytes(made.tobytes()) if done else data
