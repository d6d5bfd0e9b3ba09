"""The upright picture of a page as it is kept for people: a JPEG of a bounded size."""

from __future__ import annotations

from typing import Final

import cv2

from yuepi.documents.kept_pages import PagePicture
from yuepi.sight.pixels import Picture, as_rgb, is_empty, shrunk

SIDE_PX_MAX: Final = 2_000
QUALITY: Final = 85


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
