"""What a phone, a desk and a hand do to a clean picture. Seeded; RGB in, RGB out."""

from __future__ import annotations

import math
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.lab.samples.sample import Picture, Sample, picture

Strength = Literal["scan", "light", "medium", "hard"]
STRENGTHS: tuple[Strength, ...] = ("scan", "light", "medium", "hard")
_FORCE = {"scan": 0.15, "light": 0.4, "medium": 0.7, "hard": 1.0}
Real = NDArray[np.float32]


def photo(
    sample: Sample,
    seed: int,
    strength: Strength = "light",
    long_side_px: int = 1600,
    turned: bool = False,
) -> Picture:
    """A photo of the sample about `long_side_px` long; `turned` by 90, 180 or 270 degrees."""
    longest_mm = max(sample.width_mm, sample.height_mm)
    clean = picture(sample, dpi=long_side_px * 0.945 / (longest_mm / 25.4))
    result = damage(clean, seed, strength)
    if turned:
        result = turn(result, 1 + int(np.random.default_rng([seed, 9]).integers(3)))
    return result


def turn(image: Picture, quarters: int) -> Picture:
    """Turned counter-clockwise by quarters of a circle."""
    return np.ascontiguousarray(np.rot90(image, quarters))


def damage(image: Picture, seed: int, strength: Strength = "light") -> Picture:
    """The picture laid on a desk and photographed; a `scan` lies flat on a grey-white bed."""
    rng = np.random.default_rng([seed, 17])
    force = _FORCE[strength]
    if strength == "scan":
        return _scanned(image, rng)
    paper = crumpled(_faded(image, rng, force), rng, force)
    return exposed(_on_desk(paper, rng, force), rng, force)


def _faded(image: Picture, rng: np.random.Generator, force: float) -> Picture:
    """Print paled towards the paper, as when the ribbon is old or the sun was on it."""
    share = 0.45 * force * force * rng.random()
    paper = np.percentile(image, 95, axis=(0, 1))
    return _bytes(image * (1 - share) + paper * share)


def exposed(scene: Real, rng: np.random.Generator, force: float) -> Picture:
    """A scene as a phone's camera takes it: light, glare, blur, noise, JPEG."""
    lit = shadowed(scene, rng, force)
    if rng.random() < 0.35 * force:
        lit = _glare(lit, rng, force)
    # What makes text hard to read grows with the square, so that light damage stays light.
    hard = force * force
    soft = cv2.GaussianBlur(
        lit, (0, 0), 0.3 + 0.4 * force * rng.random() + 0.9 * hard * rng.random()
    )
    if rng.random() < 0.4 * hard:
        soft = _shaken(soft, rng, hard)
    grain = 1.5 + 3 * force * rng.random() + 7 * hard * rng.random()
    noisy = soft + rng.standard_normal(scene.shape, np.float32) * np.float32(grain)
    return jpeg(_bytes(noisy), int(92 - 20 * force * rng.random() - 25 * hard * rng.random()))


def _shaken(image: Any, rng: np.random.Generator, hard: float) -> Any:
    """Blurred along a short line, as by a hand that moved."""
    length = 3 + int(5 * hard * rng.random())
    angle = rng.uniform(0, math.pi)
    kernel = np.zeros((length, length), np.float32)
    middle = (length - 1) / 2
    for step in np.linspace(-middle, middle, 4 * length):
        column, row = middle + step * math.cos(angle), middle + step * math.sin(angle)
        kernel[round(row), round(column)] = 1
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def force_of(strength: Strength) -> float:
    """How strong a kind of damage is, 0 to 1."""
    return _FORCE[strength]


def jpeg(image: Picture, quality: int) -> Picture:
    """Through a JPEG file of the given quality and back."""
    ok, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise ValueError("the picture cannot be written as JPEG")
    back: Any = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(back[..., ::-1])


def crumpled(image: Picture, rng: np.random.Generator, force: float) -> Real:
    """Folds and waves as light and shade, with a slight bend of the paper."""
    height, width = image.shape[:2]
    shade = _waves(rng, height, width, 3 + int(4 * force)) * (0.05 * force)
    for _ in range(rng.integers(0, 3)):
        shade += _fold(rng, height, width) * (0.10 * force)
    bend = _waves(rng, height, width, 2) * (0.0025 * force * width)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    bent = cv2.remap(image, xs, ys + bend, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent.astype(np.float32) * (1 + shade[..., None]), np.float32)


def shadowed(image: Real, rng: np.random.Generator, force: float) -> Real:
    """Uneven light: a slope over the page, a colour cast, sometimes the edge of a hand's shadow."""
    height, width = image.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 2 * math.pi)
    slope = (xs / width - 0.5) * math.cos(angle) + (ys / height - 0.5) * math.sin(angle)
    light = 1 - 0.12 * force * rng.random() + 0.45 * force * rng.random() * slope
    if rng.random() < 0.5 * force:
        edge = slope * 10 + rng.uniform(-2, 2)
        light *= 1 - 0.28 * force / (1 + np.exp(-edge * 6))
    cast = 1 + rng.uniform(-0.05, 0.05, 3) * force
    return np.asarray(image * light[..., None] * cast, np.float32)


def _waves(rng: np.random.Generator, height: int, width: int, cells: int) -> Real:
    coarse = rng.normal(0, 1, (cells, max(2, round(cells * width / height)))).astype(np.float32)
    return np.asarray(
        cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32
    )


def _fold(rng: np.random.Generator, height: int, width: int) -> Real:
    """A crease: brighter on one side, darker on the other, fading away from the line."""
    angle = rng.choice([0.0, math.pi / 2]) + rng.normal(0, 0.06)
    cx, cy = rng.uniform(0.25, 0.75, 2) * (width, height)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    away = (xs - cx) * math.cos(angle) + (ys - cy) * math.sin(angle)
    reach = 0.02 * max(height, width)
    return np.asarray(np.sign(away) * np.exp(-np.abs(away) / reach), np.float32)


def desk(rng: np.random.Generator, height: int, width: int) -> Real:
    """A desk: wood, stone or cloth, plain enough to look like one."""
    color = np.array(
        [(120, 86, 58), (72, 68, 66), (168, 150, 128), (60, 74, 88), (196, 192, 186)][
            rng.integers(5)
        ],
        np.float32,
    )
    coarse = rng.normal(0, 1, (height // 8 + 1, max(2, width // 160))).astype(np.float32)
    grain: Any = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(color + (grain * rng.uniform(2, 8))[..., None], np.float32)


def _on_desk(paper: Real, rng: np.random.Generator, force: float) -> Real:
    height, width = paper.shape[:2]
    margin = int(rng.uniform(0.015, 0.045) * max(height, width))
    out_h, out_w = height + 2 * margin, width + 2 * margin
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    angle = math.radians(rng.uniform(-2.2, 2.2) * force)
    turn_by = np.array(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], np.float32
    )
    centre = np.array([width / 2, height / 2], np.float32)
    target = (corners - centre) @ turn_by.T
    target += (
        rng.uniform(-1, 1, (4, 2)).astype(np.float32)
        * (0.018 + 0.017 * force)
        * force
        * min(height, width)
    )
    target += np.array([out_w / 2, out_h / 2], np.float32)
    # The paper must stay in the frame: shrink towards the middle where it would not.
    reach = np.abs(target - (out_w / 2, out_h / 2)).max(axis=0)
    scale = min(1.0, float((np.array([out_w, out_h]) / 2 / reach).min()) * 0.995)
    target = (target - (out_w / 2, out_h / 2)) * scale + (out_w / 2, out_h / 2)
    warp = cv2.getPerspectiveTransform(corners, target.astype(np.float32))
    laid = cv2.warpPerspective(paper, warp, (out_w, out_h), flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.ones((height, width), np.float32), warp, (out_w, out_h))
    soft = cv2.GaussianBlur(mask, (0, 0), 0.008 * max(out_h, out_w))
    around = desk(rng, out_h, out_w) * (1 - 0.35 * soft[..., None])
    return np.asarray(laid * mask[..., None] + around * (1 - mask[..., None]), np.float32)


def _glare(image: Real, rng: np.random.Generator, force: float) -> Real:
    height, width = image.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    cx, cy = rng.uniform(0.1, 0.9, 2) * (width, height)
    far = ((xs - cx) / (0.09 * width)) ** 2 + ((ys - cy) / (0.09 * width)) ** 2
    return np.asarray(image + (90 * force * np.exp(-far))[..., None], np.float32)


def _scanned(image: Picture, rng: np.random.Generator) -> Picture:
    height, width = image.shape[:2]
    warp = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-0.6, 0.6), 0.99)
    flat: Any = cv2.warpAffine(
        image, warp, (width, height), flags=cv2.INTER_CUBIC, borderValue=(246, 246, 244)
    )
    real: Any = cv2.GaussianBlur(flat.astype(np.float32), (0, 0), rng.uniform(0.3, 0.6))
    real = real * rng.uniform(0.94, 1.0) + rng.standard_normal(image.shape, np.float32) * 1.5
    return jpeg(_bytes(real), int(rng.integers(80, 95)))


def _bytes(image: NDArray[Any]) -> Picture:
    return np.asarray(np.clip(image, 0, 255), np.uint8)
