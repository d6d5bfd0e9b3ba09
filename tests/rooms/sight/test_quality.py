"""The tier says how a page came and whether it can be read."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from yuepi.kit.boxes import Box
from yuepi.sight import quality
from yuepi.sight.sighting import Line

Picture = NDArray[np.uint8]
HEIGHT, WIDTH = 900, 1200
ROWS = range(80, 860, 55)
TEXT = "Invoice 12345678 total 1180.00 yuan"


def page(size: float = 1.0) -> Picture:
    picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for y in ROWS:
        cv2.putText(picture, TEXT, (100, y), 0, size, (20, 20, 20), 2, cv2.LINE_AA)
    return picture


LINES = tuple(
    Line(TEXT, Box(98 / WIDTH, (y - 28) / HEIGHT, 720 / WIDTH, (y + 8) / HEIGHT)) for y in ROWS
)


def grained(picture: NDArray[np.float64], sigma: float) -> Picture:
    grain = np.random.default_rng(8).normal(0, sigma, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def scanned() -> Picture:
    soft = cv2.GaussianBlur(page(), (0, 0), 0.7).astype(np.float64)
    return grained(soft * 0.95, 1.2)


def photographed(blur: float = 0.8, light: float = 1.0) -> Picture:
    scene = page().astype(np.float64) * np.linspace(0.6, 0.95, WIDTH)[None, :, None] * light
    return grained(np.asarray(cv2.GaussianBlur(scene, (0, 0), blur)), 4)


@pytest.mark.parametrize("lines", [LINES, ()])
def test_tiers(lines: tuple[Line, ...]) -> None:
    assert quality.judge(page(), lines).tier == "clean"
    assert quality.judge(scanned(), lines).tier == "scan"
    assert quality.judge(photographed(), lines).tier == "photo"
    assert quality.judge(photographed(blur=4.0), lines).tier == "poor"
    assert quality.judge(photographed(light=0.1), lines).tier == "poor"


def test_a_page_on_a_desk_is_a_photo() -> None:
    scene = np.full((HEIGHT + 200, WIDTH + 300, 3), (70.0, 60.0, 50.0))
    scene[100:-100, 150:-150] = page() * 0.93
    assert quality.judge(grained(scene, 3), ()).tier == "photo"


def test_a_screenshot_with_dark_panels_is_clean() -> None:
    scene = np.full((HEIGHT, WIDTH + 300, 3), 30, np.uint8)
    scene[:, 300:] = page()
    assert quality.judge(scene, ()).tier == "clean"


def test_blur_falls_with_focus_and_hardly_rises_with_grain() -> None:
    values = [quality.judge(photographed(blur), LINES).blur for blur in (0.5, 1.0, 2.0, 3.0)]
    assert values == sorted(values, reverse=True)
    soft = cv2.GaussianBlur(page(), (0, 0), 3.0).astype(np.float64) * 0.9
    assert quality.judge(grained(soft, 10), LINES).blur < quality.SHARP_MIN
    assert quality.judge(grained(soft, 10), LINES).tier == "poor"


def test_burnt_out_text_is_poor_and_white_paper_is_not() -> None:
    scene = photographed().astype(np.float64)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    spot = 260 * np.exp(-(((x - 420) / 220) ** 2 + ((y - 430) / 300) ** 2))
    burnt = quality.judge(grained(scene + spot[..., None], 2), LINES)
    assert burnt.glare > quality.GLARE_MAX
    assert burnt.tier == "poor"
    assert quality.judge(page(), LINES).glare == 0.0


@pytest.mark.parametrize("degrees", [-2.0, 0.0, 2.0])
def test_skew_is_signed(degrees: float) -> None:
    lines, picture = [], np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    slope = np.tan(np.radians(degrees))
    for y in range(150, 800, 110):
        strip = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
        cv2.putText(strip, TEXT, (100, y), 0, 1.0, (20, 20, 20), 2, cv2.LINE_AA)
        shear = np.array([[1, 0, 0], [slope, 1, -slope * 400]], np.float64)
        strip = np.asarray(cv2.warpAffine(strip, shear, (WIDTH, HEIGHT), borderValue=(255,) * 3))
        picture = np.minimum(picture, strip)
        rows, columns = np.nonzero(strip[..., 0] < 128)
        box = Box(
            columns.min() / WIDTH,
            rows.min() / HEIGHT,
            (columns.max() + 1) / WIDTH,
            (rows.max() + 1) / HEIGHT,
        )
        lines.append(Line(TEXT, box))
    assert quality.judge(picture, lines).skew_degrees == pytest.approx(degrees, abs=0.4)


def test_small_text_is_poor() -> None:
    size = (round(WIDTH * 0.22), round(HEIGHT * 0.22))
    small = np.asarray(cv2.resize(page(), size, interpolation=cv2.INTER_AREA), np.uint8)
    judged = quality.judge(small, LINES)
    assert judged.tier == "poor"
    assert judged.side_px == round(HEIGHT * 0.22)


@pytest.mark.parametrize("shape", [(0, 0, 3), (1, 1, 3), (1, 4000, 3), (15, 15, 3), (17, 17, 3)])
def test_tiny_pictures_are_poor(shape: tuple[int, ...]) -> None:
    assert quality.judge(np.zeros(shape, np.uint8), LINES).tier == "poor"


def test_blank_grey_and_huge() -> None:
    blank = quality.judge(np.full((500, 700, 3), 255, np.uint8), ())
    assert (blank.tier, blank.contrast) == ("poor", 0.0)
    assert quality.judge(page()[..., 0], LINES).tier == "clean"
    huge = np.asarray(cv2.resize(page(), (8400, 6300), interpolation=cv2.INTER_NEAREST), np.uint8)
    assert quality.judge(huge, LINES).side_px == 6300


@settings(max_examples=30, deadline=None)
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60), st.just(3))),
    st.lists(st.tuples(*[st.floats(-0.5, 1.5)] * 4), max_size=4),
)
def test_any_picture_and_any_boxes_are_safe(
    picture: Picture, boxes: list[tuple[float, float, float, float]]
) -> None:
    judged = quality.judge(picture, [Line("x" * 9, Box(*box)) for box in boxes])
    numbers = (judged.blur, judged.contrast, judged.glare, judged.skew_degrees)
    assert np.isfinite(numbers).all()
    assert 0 <= judged.contrast <= 1
    assert 0 <= judged.glare <= 1
