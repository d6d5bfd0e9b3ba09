"""What one run of text says: crop, recognise at its own width, decode.

One line at a time at its own width (rounded up to 32, never under 320: below 160 the model loses
"9%") is faster and no worse than padded batches; measured in docs/measurements.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.sight.ocr.detect import Quad
from yuepi.sight.ocr.network import Alphabet, Network

HEIGHT = 48
WIDTH_MIN = 160
WIDTH_MAX = 3200
_GREY = 127
_LEAD_STEPS = 1.5
"""How many steps (of 8 pixels at the height of 48) a character reaches back from its step."""
_UPRIGHT_RATIO = 1.5
_SURE_SCORE = 0.9
"""A tall run that scores less may have been written the other way."""


@dataclass(frozen=True, slots=True)
class Run:
    """The text of one run, its mean score, and where each character starts (0..1 of the run)."""

    text: str
    score: float
    starts: tuple[float, ...]
    turned: bool


def recognise(network: Network, alphabet: Alphabet, picture: NDArray[np.uint8], quad: Quad) -> Run:
    """Read the text inside `quad` of an RGB picture. Tall runs are read turned a quarter: to the
    left and, where that makes little sense, to the right."""
    run = _recognised(network, alphabet, picture, quad)
    if not run.turned or run.score >= _SURE_SCORE:
        return run
    other = _recognised(network, alphabet, picture, np.ascontiguousarray(quad[[2, 3, 0, 1]]))
    return max(run, other, key=lambda each: each.score)


def _recognised(
    network: Network, alphabet: Alphabet, picture: NDArray[np.uint8], quad: Quad
) -> Run:
    crop, turned = _crop(picture, quad)
    height, width = crop.shape[:2]
    needed = max(1, math.ceil(HEIGHT * width / height))
    used = min(needed, WIDTH_MAX)
    canvas_width = max(WIDTH_MIN, math.ceil(used / 32) * 32)
    canvas = np.full((1, HEIGHT, canvas_width, 3), _GREY, np.uint8)
    canvas[0, :, :used] = cv2.resize(crop, (used, HEIGHT))
    best, log_probability = network.run(canvas)
    return _decode(alphabet, best.ravel(), log_probability.ravel(), used / canvas_width, turned)


def _decode(
    alphabet: Alphabet,
    best: NDArray[Any],
    log_probability: NDArray[Any],
    filled: float,
    turned: bool,
) -> Run:
    """CTC: drop repeats, then blanks. `filled` is the share of the canvas that holds the crop."""
    fresh = np.ones(best.shape, bool)
    fresh[1:] = best[1:] != best[:-1]
    steps = np.flatnonzero(fresh & (best != 0))
    if steps.size == 0:
        return Run("", 0.0, (), turned)
    text = "".join(alphabet[best[i]] for i in steps)
    score = float(np.exp(log_probability[steps]).mean())
    # The network fires inside a character: it starts between its predecessor's step and its own.
    before = np.concatenate([[-2 * _LEAD_STEPS], steps[:-1]])
    edges = np.maximum((before + steps) / 2, steps - _LEAD_STEPS)
    starts = np.clip(edges / (best.size * filled), 0.0, 1.0)
    return Run(text, score, tuple(float(s) for s in starts), turned)


def _crop(picture: NDArray[np.uint8], quad: Quad) -> tuple[NDArray[np.uint8], bool]:
    width = max(1, int(max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[2] - quad[3]))))
    height = max(1, int(max(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[1] - quad[2]))))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(quad, target)
    crop = cv2.warpPerspective(
        picture, warp, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC
    )
    turned = height / width >= _UPRIGHT_RATIO
    upright = np.ascontiguousarray(np.rot90(crop) if turned else crop, dtype=np.uint8)
    return upright, turned
