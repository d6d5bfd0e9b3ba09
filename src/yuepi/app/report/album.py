"""The pictures of a report, within a written limit of number and bytes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from yuepi.app.report.pictures import CROP_SIDE_PX_MAX, Pixels, cut, ink, jpeg
from yuepi.app.words import Words
from yuepi.documents.read import FileRead
from yuepi.kit.boxes import Box

PICTURES_MAX: Final = 300
PICTURE_BYTES_MAX: Final = 40 * 2**20
"""Of all pictures of one report together: a page that a phone still opens."""

NO_PICTURE: Final = Words("这一页没有图像", "This page has no picture")
LEFT_OUT: Final = Words(
    "报告已达大小上限，未放入此图", "Left out: the report has reached its size limit"
)
_CROP_MARGIN: Final = 0.012
_CROP_SIDE_MIN: Final = 0.06


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture for a page: its data URI, size, and where it is printed on; else `why` not."""

    src: str | None
    width: int = 0
    height: int = 0
    ink: Callable[[Box], float] | None = None
    why: Words = NO_PICTURE


@dataclass
class Album:
    """Makes pictures until the limit is reached; then answers that they are left out."""

    pictures_left: int = PICTURES_MAX
    bytes_left: int = PICTURE_BYTES_MAX
    _made: dict[tuple[int, int, Box], Shot] = field(default_factory=dict)

    def shot(self, pixels: Pixels | None, part: Box, side_px_max: int) -> Shot:
        """The part of a page as an embedded JPEG; the same part twice is made once."""
        if pixels is None:
            return Shot(None)
        key = (id(pixels), side_px_max, part)
        if key not in self._made:
            self._made[key] = self._new(pixels, part, side_px_max)
        return self._made[key]

    def crop(self, pixels: Pixels | None, box: Box) -> Shot:
        """A small picture of one place, with a little of what is around it."""
        return self.shot(pixels, _with_surroundings(box), CROP_SIDE_PX_MAX)

    def _new(self, pixels: Pixels, part: Box, side_px_max: int) -> Shot:
        if self.pictures_left <= 0 or self.bytes_left <= 0:
            return Shot(None, why=LEFT_OUT)
        image = cut(pixels, part, side_px_max)
        made = jpeg(image)
        if len(made.data) > self.bytes_left:
            return Shot(None, why=LEFT_OUT)
        self.pictures_left -= 1
        self.bytes_left -= len(made.data)
        data = base64.b64encode(made.data).decode("ascii")
        src = f"data:image/jpeg;base64,{data}"
        return Shot(src, made.width_px, made.height_px, ink(image))


def page_picture(files: Sequence[FileRead], at: int, page: int) -> Pixels | None:
    """The upright picture of a file's page, None where there is none."""
    return next((view.picture for view in files[at].pages if view.number == page), None)


def _with_surroundings(box: Box) -> Box:
    x, y = box.centre
    half_w = max(box.width / 2 + _CROP_MARGIN, _CROP_SIDE_MIN)
    half_h = max(box.height / 2 + _CROP_MARGIN, _CROP_SIDE_MIN / 2)
    return Box(
        max(0.0, x - half_w), max(0.0, y - half_h), min(1.0, x + half_w), min(1.0, y + half_h)
    )
