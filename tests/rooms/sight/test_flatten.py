"""Rows of a tilted photo become level, in the picture and in the boxes alike."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from yuepi.sight.flatten import fit

WIDTH, HEIGHT = 1600, 1100
Quad = NDArray[np.float32]

degrees = st.floats(2, 8).flatmap(lambda turn: st.sampled_from((turn, -turn)))
keystones = st.floats(-0.05, 0.05)


def level_lines(rows: int = 16) -> list[Quad]:
    """Three runs of text a row, like the columns of a form."""
    columns = ((120, 620), (700, 1000), (1150, 1470))
    return [
        np.array([[x0, y], [x1, y], [x1, y + 24], [x0, y + 24]], np.float32)
        for y in range(80, 80 + 60 * rows, 60)
        for x0, x1 in columns
    ]


def seen_by_a_camera(turn: float, keystone: float) -> NDArray[np.float64]:
    """The page turned, and its right side seen larger by twice the keystone's share."""
    angle = math.radians(turn)
    turned = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    middle = np.array([WIDTH / 2, HEIGHT / 2])
    pull = keystone * HEIGHT * np.array([[0, 1], [0, -1], [0, 1], [0, -1]])
    target = (corners - middle) @ turned.T + middle + pull
    return np.asarray(cv2.getPerspectiveTransform(corners, target.astype(np.float32)))


def tilted(turn: float, keystone: float = 0.0) -> list[Quad]:
    camera = seen_by_a_camera(turn, keystone)
    return [cv2.perspectiveTransform(quad[None], camera)[0] for quad in level_lines()]


def steepest(quads: list[Quad]) -> float:
    ends = [((quad[0] + quad[3]) / 2, (quad[1] + quad[2]) / 2) for quad in quads]
    return max(abs((b[1] - a[1]) / (b[0] - a[0])) for a, b in ends)


@settings(max_examples=40)
@given(turn=degrees, keystone=keystones)
def test_tilted_rows_become_level(turn: float, keystone: float) -> None:
    quads = tilted(turn, keystone)
    level = fit(quads, WIDTH, HEIGHT)
    assert level is not None
    assert steepest([level.points(quad) for quad in quads]) < 0.2 * steepest(quads)


@settings(max_examples=20)
@given(turn=degrees)
def test_a_turn_alone_is_undone_altogether(turn: float) -> None:
    quads = tilted(turn)
    level = fit(quads, WIDTH, HEIGHT)
    assert level is not None
    for quad in quads:
        flat = level.points(quad)
        assert flat[1, 1] == pytest.approx(flat[0, 1], abs=0.5)
        # Its upright edges are upright again: a turned page stays rectangular.
        assert flat[3, 0] == pytest.approx(flat[0, 0], abs=0.5)


@settings(max_examples=15)
@given(
    turn=degrees,
    keystone=keystones,
    x=st.integers(300, WIDTH - 300),
    y=st.integers(300, HEIGHT - 300),
)
def test_the_picture_moves_as_the_boxes_do(turn: float, keystone: float, x: int, y: int) -> None:
    level = fit(tilted(turn, keystone), WIDTH, HEIGHT)
    assert level is not None
    picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    cv2.circle(picture, (x, y), 5, (0, 0, 0), -1)
    flat = level.picture(picture)
    assert flat.shape == picture.shape
    rows, columns = np.nonzero(flat[..., 0] < 128)
    told = level.points(np.array([[x, y]], np.float32))[0]
    assert columns.mean() == pytest.approx(told[0], abs=1.0)
    assert rows.mean() == pytest.approx(told[1], abs=1.0)


def test_what_moves_in_from_outside_is_white() -> None:
    level = fit(tilted(6), WIDTH, HEIGHT)
    assert level is not None
    flat = level.picture(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    assert flat[0, 0].tolist() == [255] * 3 or flat[0, -1].tolist() == [255] * 3


def test_a_level_page_is_left_alone() -> None:
    assert fit(level_lines(), WIDTH, HEIGHT) is None
    assert fit(tilted(0.2), WIDTH, HEIGHT) is None


def test_few_lines_tell_nothing() -> None:
    assert fit([], WIDTH, HEIGHT) is None
    assert fit(tilted(6)[:4], WIDTH, HEIGHT) is None


def test_short_words_tell_nothing() -> None:
    square = [quad[:, :] * (0.05, 1) for quad in tilted(6)]
    assert fit([np.asarray(quad, np.float32) for quad in square], WIDTH, HEIGHT) is None


def test_a_page_tilted_past_belief_is_left_alone() -> None:
    assert fit(tilted(16), WIDTH, HEIGHT) is None


def test_a_line_gone_astray_changes_little() -> None:
    quads = tilted(5)
    astray = np.array([[100, 100], [700, 190], [700, 214], [100, 124]], np.float32)
    level, misled = fit(quads, WIDTH, HEIGHT), fit([*quads, astray], WIDTH, HEIGHT)
    assert level is not None
    assert misled is not None
    assert misled.a == pytest.approx(level.a, abs=0.002)
