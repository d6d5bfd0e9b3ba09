"""Where text stands on a page: the differentiable-binarisation detector and its outlines.

The numbers are those PP-OCR publishes (box threshold 0.5, unclip ratio 1.6, 2x2 dilation). A
minimal rectangle grown by d on all sides is the minimal rectangle of the rounded outline that
the reference computes with pyclipper, so no polygon library is needed.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.sight.ocr.network import Network

Quad = NDArray[np.float32]
"""Four corners in pixels, clockwise from the top left: shape (4, 2)."""

_SHORT_SIDE_MIN = 736
_LONG_SIDE_MAX = 1280
_PIXEL_THRESHOLD = 0.3
_BOX_THRESHOLD = 0.5
_UNCLIP_RATIO = 1.6
_SIDE_MIN = 3
_BOXES_MAX = 1000


def detector_size(height: int, width: int) -> tuple[int, int]:
    """The (height, width) the detector sees: multiples of 32, bounded both ways."""
    short, long = min(height, width), max(height, width)
    scale = _SHORT_SIDE_MIN / short if short < _SHORT_SIDE_MIN else min(1.0, _LONG_SIDE_MAX / long)
    scale = min(scale, 2 * _LONG_SIDE_MAX / long)
    return _to_32(height * scale), _to_32(width * scale)


def _to_32(side: float) -> int:
    return max(32, round(side / 32) * 32)


def detect(network: Network, picture: NDArray[np.uint8]) -> list[Quad]:
    """The outlines of the text runs on an RGB picture `(H, W, 3)`, at most 1,000, unsorted."""
    height, width = picture.shape[:2]
    seen_height, seen_width = detector_size(height, width)
    seen = cv2.resize(picture, (seen_width, seen_height))
    heat = network.run(np.ascontiguousarray(seen[None]))[0][0, 0]
    mask = cv2.dilate((heat > _PIXEL_THRESHOLD).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    scale = np.array([width / seen_width, height / seen_height], np.float32)
    limit = np.array([width - 1, height - 1], np.float32)
    quads = []
    for contour in contours[:_BOXES_MAX]:
        quad = _outline(contour, heat)
        if quad is None:
            continue
        quad = np.clip(np.round(quad * scale), 0, limit)
        if np.linalg.norm(quad[0] - quad[1]) > 3 and np.linalg.norm(quad[0] - quad[3]) > 3:
            quads.append(quad.astype(np.float32))
    return quads


def _outline(contour: Any, heat: NDArray[Any]) -> Quad | None:
    (x, y), (w, h), angle = cv2.minAreaRect(contour)
    if min(w, h) < _SIDE_MIN:
        return None
    inner = cv2.boxPoints(((x, y), (w, h), angle))
    if _mean_inside(heat, inner) < _BOX_THRESHOLD:
        return None
    grow = w * h * _UNCLIP_RATIO / (2 * (w + h))
    if min(w, h) + 2 * grow < _SIDE_MIN + 2:
        return None
    return _clockwise(cv2.boxPoints(((x, y), (w + 2 * grow, h + 2 * grow), angle)))


def _mean_inside(heat: NDArray[Any], corners: NDArray[Any]) -> float:
    height, width = heat.shape
    x0, y0 = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, (width - 1, height - 1))
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    cv2.fillPoly(mask, [(corners - (x0, y0)).astype(np.int32)], 1)
    return float(cv2.mean(heat[y0 : y1 + 1, x0 : x1 + 1], mask)[0])


def _clockwise(corners: NDArray[Any]) -> Quad:
    """Corners from the top left clockwise, for boxes turned less than 45 degrees."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left = by_x[:2][np.argsort(by_x[:2, 1], kind="stable")]
    right = by_x[2:][np.argsort(by_x[2:, 1], kind="stable")]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)
