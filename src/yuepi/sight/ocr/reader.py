"""Text lines of whole pages: detection and recognition spread over all cores."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.kit.boxes import Box
from yuepi.sight.flatten import Flattening, fit
from yuepi.sight.ocr.detect import Quad, detect
from yuepi.sight.ocr.network import choose_runtime
from yuepi.sight.ocr.recognise import HEIGHT, WIDTH_MIN, Run, recognise
from yuepi.sight.sighting import Line

_SCORE_MIN = 0.5
_NARROW_PX = 560
_SOFTEN_PX = 0.8
_WARM_WIDTH_MAX = 1632
_WARM_SHAPES = ((832, 1280), (736, 1152), (896, 1280), (1280, 832), (960, 1280), (1280, 960))


@dataclass(frozen=True, slots=True)
class PageText:
    """The lines of a page. Where its rows were not level, `level` says how they were moved, and
    the boxes belong to the levelled page."""

    lines: tuple[Line, ...]
    level: Flattening | None


class TextReader:
    """Reads text lines. Build one per process: loading takes about a second, memory 0.5 GB.

    Raises `Unavailable` when the models are missing. `runtime` names what runs them.
    """

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or max(1, os.cpu_count() or 1)
        cv2.setNumThreads(1)
        runtime = choose_runtime(self.threads)
        self.runtime = runtime.name
        self._detector = runtime.compile_detector()
        self._recogniser, self._alphabet = runtime.compile_recogniser()
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="ocr")

    def read(self, picture: NDArray[np.uint8]) -> PageText:
        """The lines on one upright RGB picture `(H, W, 3)`, in reading order."""
        return self.read_many([picture])[0]

    def read_many(self, pictures: Sequence[NDArray[np.uint8]]) -> list[PageText]:
        """The lines of several pictures; cores stay busy across picture borders."""
        pictures = [_softened(picture) for picture in pictures]
        found = [self._pool.submit(detect, self._detector, picture) for picture in pictures]
        pending: list[list[tuple[Quad, Future[Run]]]] = []
        for picture, outlines in zip(pictures, found, strict=True):
            pending.append([(quad, self._recognise(picture, quad)) for quad in outlines.result()])
        return [_page(p, runs) for p, runs in zip(pictures, pending, strict=True)]

    def warm(self) -> threading.Thread:
        """Meet the usual shapes in the background, so that no page pays for a first time."""
        thread = threading.Thread(target=self._meet_shapes, name="ocr-warm", daemon=True)
        thread.start()
        return thread

    def _meet_shapes(self) -> None:
        for width in range(WIDTH_MIN, _WARM_WIDTH_MAX + 1, 32):
            self._recogniser.run(np.full((1, HEIGHT, width, 3), 255, np.uint8))
        for height, width in _WARM_SHAPES:
            self._detector.run(np.full((1, height, width, 3), 255, np.uint8))

    def _recognise(self, picture: NDArray[np.uint8], quad: Quad) -> Future[Run]:
        return self._pool.submit(recognise, self._recogniser, self._alphabet, picture, quad)


def _softened(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A narrow picture made a little softer: the dots of a matrix printer join into strokes.

    Without it 8 of 8 clean generated taxi tickets (427 pixels wide) lost most printed values.
    """
    if min(picture.shape[:2]) >= _NARROW_PX:
        return picture
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), _SOFTEN_PX), dtype=np.uint8)


def _page(picture: NDArray[np.uint8], runs: list[tuple[Quad, Future[Run]]]) -> PageText:
    height, width = picture.shape[:2]
    level = fit([quad for quad, _ in runs], width, height)
    lines = []
    for quad, run in runs:
        place = level.points(quad) if level else quad
        lines.append(_line(place, run.result(), width, height))
    return PageText(_in_reading_order(lines), level)


def _line(quad: Quad, run: Run, width: int, height: int) -> Line | None:
    if run.score < _SCORE_MIN or not run.text.strip():
        return None
    corners = quad / np.array([width, height], np.float32)
    (x0, y0), (x1, y1) = np.clip(corners.min(axis=0), 0, 1), np.clip(corners.max(axis=0), 0, 1)
    box = Box(float(x0), float(y0), float(x1), float(y1))
    stops = () if run.turned else tuple(box.x0 + start * box.width for start in run.starts)
    return Line(run.text, box, run.score, stops)


def _in_reading_order(lines: list[Line | None]) -> tuple[Line, ...]:
    """Top to bottom; lines whose middles are within half a line height count as one row."""
    seen = sorted((line for line in lines if line), key=lambda line: line.box.centre[1])
    rows: list[list[Line]] = []
    for line in seen:
        row = rows[-1] if rows else None
        if row and line.box.centre[1] - row[0].box.centre[1] < 0.5 * row[0].box.height:
            row.append(line)
        else:
            rows.append([line])
    return tuple(line for row in rows for line in sorted(row, key=lambda each: each.box.x0))
