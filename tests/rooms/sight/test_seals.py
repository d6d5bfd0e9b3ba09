"""Seals are seen through print, and red print is no seal."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from yuepi.kit.boxes import Box
from yuepi.sight import seals
from yuepi.sight.sighting import Seal

Picture = NDArray[np.uint8]
RED = (220, 30, 35)
BROWN = (160, 82, 45)
DARK_RED = (150, 30, 30)


def sheet(height: int = 800, width: int = 1200) -> Picture:
    return np.full((height, width, 3), 252, np.uint8)


def stamp(
    picture: Picture, centre: tuple[int, int], axes: tuple[int, int], tilt: float = 0.0
) -> Picture:
    cv2.ellipse(picture, centre, axes, tilt, 0, 360, RED, 6, cv2.LINE_AA)
    x, y = centre
    for index in range(9):
        angle = np.pi * (0.9 + 1.2 * index / 8)
        place = (
            int(x + 0.78 * axes[0] * np.cos(angle)) - 8,
            int(y + 0.72 * axes[1] * np.sin(angle)) + 8,
        )
        cv2.putText(picture, "#", place, 0, 0.7, RED, 2, cv2.LINE_AA)
    cv2.putText(picture, "SEAL 91", (x - 55, y + 10), 0, 0.8, RED, 2, cv2.LINE_AA)
    return picture


def table(picture: Picture, colour: tuple[int, int, int]) -> Picture:
    for y in range(200, 760, 110):
        cv2.line(picture, (40, y), (1160, y), colour, 2)
    for x in range(40, 1170, 160):
        cv2.line(picture, (x, 200), (x, 750), colour, 2)
    cv2.putText(picture, "INVOICE OF THE CITY", (330, 110), 3, 1.5, colour, 3, cv2.LINE_AA)
    return picture


def found(picture: Picture) -> tuple[Seal, ...]:
    seen = seals.find(picture)
    assert seen is not None
    return seen


def overlap(box: Box, centre: tuple[int, int], axes: tuple[int, int], size: Picture) -> float:
    height, width = size.shape[:2]
    true = Box(
        (centre[0] - axes[0]) / width,
        (centre[1] - axes[1]) / height,
        (centre[0] + axes[0]) / width,
        (centre[1] + axes[1]) / height,
    )
    shared = box.shared(true)
    return shared / (box.area + true.area - shared)


@pytest.mark.parametrize("axes", [(90, 60), (85, 85), (120, 80), (60, 60)])
def test_oval_and_round_seals(axes: tuple[int, int]) -> None:
    picture = stamp(sheet(), (900, 600), axes)
    (seal,) = found(picture)
    assert overlap(seal.box, (900, 600), axes, picture) > 0.8
    assert seal.roundness == pytest.approx(axes[1] / axes[0], abs=0.06)


@pytest.mark.parametrize("colour", [BROWN, DARK_RED, RED, (40, 40, 40)])
def test_a_seal_across_rules_of_any_colour(colour: tuple[int, int, int]) -> None:
    picture = stamp(table(sheet(), colour), (950, 640), (100, 68))
    cv2.putText(picture, "1234567890123", (850, 650), 0, 1.0, (20, 20, 20), 2)
    (seal,) = found(picture)
    assert overlap(seal.box, (950, 640), (100, 68), picture) > 0.75


def test_two_seals_in_order_and_tilted() -> None:
    picture = stamp(stamp(table(sheet(), BROWN), (600, 110), (95, 62)), (980, 660), (110, 75), 20)
    assert [round(seal.box.centre[1] * 800, -1) for seal in found(picture)] == [110, 660]


def test_a_warm_dim_photo_with_grain() -> None:
    picture = stamp(table(sheet(), BROWN), (950, 640), (100, 68)).astype(np.float64)
    picture *= np.array([0.85, 0.76, 0.6]) * np.linspace(0.6, 1.0, 1200)[None, :, None]
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2))
    picture += np.random.default_rng(3).normal(0, 5, picture.shape)
    (seal,) = found(np.clip(picture, 0, 255).astype(np.uint8))
    assert seal.box.centre == pytest.approx((950 / 1200, 640 / 800), abs=0.02)


@pytest.mark.parametrize("colour", [RED, BROWN, DARK_RED])
def test_red_print_is_no_seal(colour: tuple[int, int, int]) -> None:
    picture = table(sheet(), colour)
    for row in range(5):
        cv2.putText(
            picture, "No 12345678 RED TEXT OOO 000", (60, 250 + 110 * row), 0, 1.4, colour, 3
        )
    assert found(picture) == ()


def test_logos_buttons_bars_and_empty_circles_are_no_seals() -> None:
    picture = sheet()
    cv2.circle(picture, (150, 150), 70, RED, -1)
    cv2.rectangle(picture, (300, 80), (500, 220), RED, -1)
    cv2.rectangle(picture, (560, 80), (760, 220), RED, 6)
    cv2.rectangle(picture, (0, 700), (1200, 800), RED, -1)
    cv2.circle(picture, (200, 400), 80, RED, 6)
    cv2.putText(picture, "OCD", (400, 480), 0, 3.0, RED, 6)
    points = np.array([[900, 220], [980, 80], [1060, 220]], np.int32)
    cv2.polylines(picture, [points], True, RED, 8)
    assert found(picture) == ()


def test_a_blue_or_black_ring_is_no_seal() -> None:
    picture = sheet()
    cv2.ellipse(picture, (300, 300), (100, 70), 0, 0, 360, (30, 40, 200), 6)
    cv2.ellipse(picture, (700, 300), (100, 70), 0, 0, 360, (20, 20, 20), 6)
    assert found(picture) == ()


def test_without_colour_it_is_unknown() -> None:
    stamped = stamp(table(sheet(), BROWN), (950, 640), (100, 68))
    grey = np.asarray(cv2.cvtColor(stamped, cv2.COLOR_RGB2GRAY), np.uint8)
    assert seals.find(grey) is None
    assert seals.find(np.dstack([grey] * 3)) is None
    jpeg = cv2.imdecode(cv2.imencode(".jpg", np.dstack([grey] * 3))[1], cv2.IMREAD_COLOR)
    assert seals.find(np.asarray(jpeg, np.uint8)) is None
    assert seals.find(np.zeros((0, 0, 3), np.uint8)) is None
    assert seals.find(np.full((1, 1, 3), 255, np.uint8)) is None


def test_tiny_and_huge_coloured_pictures() -> None:
    assert seals.find(np.full((1, 1, 3), (255, 0, 0), np.uint8)) == ()
    assert seals.find(np.full((5, 4000, 3), (255, 0, 0), np.uint8)) == ()
    huge = np.full((6000, 8000, 3), 250, np.uint8)
    cv2.ellipse(huge, (6000, 4500), (700, 480), 0, 0, 360, RED, 45)
    cv2.putText(huge, "SEAL", (5600, 4600), 0, 10, RED, 25)
    (seal,) = found(huge)
    assert seal.box.centre == pytest.approx((0.75, 0.75), abs=0.01)


@settings(max_examples=25, deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60), st.just(3))))
def test_any_small_picture_is_safe(picture: Picture) -> None:
    for seal in seals.find(picture) or ():
        assert 0 <= seal.box.x0 < seal.box.x1 <= 1
        assert 0 < seal.roundness <= 1
