"""Several papers laid side by side on one desk and photographed together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.kit.boxes import Box
from yuepi.lab.samples.damage import Strength, crumpled, desk, exposed, force_of
from yuepi.lab.samples.sample import Picture

_GAP = 0.05


def collage(
    pictures: Sequence[Picture], seed: int, strength: Strength = "light", columns: int | None = None
) -> tuple[Picture, list[Box]]:
    """One photo of all pictures in rows, and each picture's upright box in fractions of it.

    Pictures keep their size; give them at the size they should have in the photo.
    """
    rng = np.random.default_rng([seed, 23])
    force = force_of(strength)
    across = columns or math.ceil(math.sqrt(len(pictures) * 1.5))
    cell_h = max(each.shape[0] for each in pictures)
    cell_w = max(each.shape[1] for each in pictures)
    gap = int(_GAP * max(cell_w, cell_h)) + 8
    rows = math.ceil(len(pictures) / across)
    across = min(across, len(pictures))
    height, width = rows * (cell_h + gap) + gap, across * (cell_w + gap) + gap
    scene = desk(rng, height, width)
    boxes = []
    for i, paper in enumerate(pictures):
        row, column = divmod(i, across)
        left = gap + column * (cell_w + gap) + (cell_w - paper.shape[1]) / 2
        top = gap + row * (cell_h + gap) + (cell_h - paper.shape[0]) / 2
        spot = np.array([left, top]) + rng.uniform(-0.15, 0.15, 2) * gap
        boxes.append(_lay(scene, paper, spot, rng, force))
    return exposed(scene, rng, force), boxes


def _lay(
    scene: NDArray[np.float32],
    paper: Picture,
    spot: NDArray[np.float64],
    rng: np.random.Generator,
    force: float,
) -> Box:
    """Put one paper, slightly turned, onto the scene in place; gives its box."""
    height, width = scene.shape[:2]
    h, w = paper.shape[:2]
    turn: Any = cv2.getRotationMatrix2D((w / 2, h / 2), rng.uniform(-2.0, 2.0) * force, 1.0)
    turn[:, 2] += spot
    sheet = crumpled(paper, rng, force)
    laid = cv2.warpAffine(sheet, turn, (width, height), flags=cv2.INTER_AREA)
    mask = cv2.warpAffine(np.ones((h, w), np.float32), turn, (width, height))[..., None]
    shade = cv2.GaussianBlur(mask, (0, 0), 5)[..., None]
    scene *= 1 - 0.3 * shade
    np.copyto(scene, laid + scene * (1 - mask))
    corners = np.array([[0, 0, 1], [w, 0, 1], [w, h, 1], [0, h, 1]]) @ turn.T
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return Box(
        max(0.0, float(x0 / width)),
        max(0.0, float(y0 / height)),
        min(1.0, float(x1 / width)),
        min(1.0, float(y1 / height)),
    )
