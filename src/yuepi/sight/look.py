"""A look at pages: turned upright, flattened, and everything visible on them named."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.sight import codes, handwriting, marks, orientation, quality, ruling, seals
from yuepi.sight.ink import without_seals
from yuepi.sight.ocr import PageText, TextReader
from yuepi.sight.sighting import Line, Sighting

Picture = NDArray[np.uint8]
"""An RGB picture `(H, W, 3)`."""
_THUMBNAIL_PX: Final = 600
"""A picture whose longer side has fewer pixels has letters too small to be found as they are."""
_ENLARGED_PX: Final = 1000
_TIMES_MAX: Final = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as it was looked at: the upright picture and what is on it, in its fractions."""

    picture: Picture
    sighting: Sighting


class Eye:
    """Looks at pictures. Build one per process; the text models load on first need."""

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads
        self._reader: TextReader | None = None
        self._lock = threading.Lock()

    @property
    def reader(self) -> TextReader:
        """The text recogniser, loaded once."""
        with self._lock:
            if self._reader is None:
                self._reader = TextReader(self._threads)
            return self._reader

    def warm(self) -> None:
        """Load all models and meet the usual shapes: a few seconds, then no page waits."""
        orientation.turn(np.full((64, 64, 3), 255, np.uint8))
        self.reader.warm().join()

    def look(self, pictures: Sequence[Picture], *, text: bool = True) -> list[Seen]:
        """Look at pictures that may lie on their side. Without `text` no lines are recognised."""
        if not pictures:
            return []
        reader = self.reader if text else None
        with ThreadPoolExecutor(reader.threads if reader else 2) as pool:
            upright = list(pool.map(_upright, pictures))
            if reader is None:
                return list(pool.map(lambda picture: _see(picture, ()), upright))
            pages = reader.read_many([_enlarged(each) for each in pool.map(_legible, upright)])
            return list(pool.map(_see_level, upright, pages))


def _upright(picture: Picture) -> Picture:
    quarters = orientation.turn(picture) // 90
    return np.ascontiguousarray(np.rot90(picture, quarters)) if quarters else picture


def _legible(picture: Picture) -> Picture:
    return without_seals(picture, seals.find(picture))


def _enlarged(picture: Picture) -> Picture:
    """A thumbnail, made larger: of a table 238 pixels wide 3 of 22 texts were found before, all of
    them after. Places are fractions, so nothing has to be moved back."""
    longest = max(picture.shape[:2])
    if not 0 < longest < _THUMBNAIL_PX:
        return picture
    times = min(_TIMES_MAX, math.ceil(_ENLARGED_PX / longest))
    size = (picture.shape[1] * times, picture.shape[0] * times)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def _see_level(picture: Picture, page: PageText) -> Seen:
    return _see(page.level.picture(_enlarged(picture)) if page.level else picture, page.lines)


def _see(picture: Picture, lines: tuple[Line, ...]) -> Seen:
    height, width = picture.shape[:2]
    tables, rules = ruling.look(picture)
    curves = handwriting.strokes(picture)
    by_hand = handwriting.handwritten(picture, [line.box for line in lines], curves)
    sighting = Sighting(
        width_px=width,
        height_px=height,
        lines=tuple(replace(line, by_hand=seen) for line, seen in zip(lines, by_hand, strict=True)),
        codes=codes.read(picture),
        seals=seals.find(picture),
        tables=tables,
        quality=quality.judge(picture, lines),
        rules=rules,
        strokes=curves,
        marks=marks.find(picture, lines),
    )
    return Seen(picture, sighting)
