"""Marks: flat colours on plain paper are found with their places; photos have none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from yuepi.kit.boxes import Box
from yuepi.sight.marks import find
from yuepi.sight.sighting import Line, same_colour

BLUE = (58, 112, 140)
GOLD = (214, 160, 70)


def paper(width: int = 400, height: int = 300) -> NDArray[np.uint8]:
    return np.full((height, width, 3), 255, np.uint8)


def test_bars_come_with_their_place_and_colour_the_largest_first() -> None:
    picture = paper()
    picture[100:250, 50:90] = BLUE
    picture[200:250, 150:190] = GOLD
    areas = [mark for mark in find(picture) if mark.shape == "area"]
    assert [mark.colour for mark in areas] == [BLUE, GOLD]
    assert areas[0].box == pytest.approx(Box(50 / 400, 100 / 300, 90 / 400, 250 / 300))
    assert areas[0].filled == 1.0


def test_a_sloping_line_is_a_stroke_and_a_straight_rule_is_none() -> None:
    picture = paper()
    for x in range(50, 350):
        y = 200 - x // 4
        picture[y : y + 4, x] = BLUE
    picture[250:252, 50:350] = (200, 40, 40)
    strokes = [mark for mark in find(picture) if mark.shape == "stroke"]
    assert [mark.colour for mark in strokes] == [BLUE]


def test_coloured_print_tells_its_ink_and_black_print_none() -> None:
    picture = paper()
    picture[100:250, 50:90] = BLUE
    for x in range(100, 160, 6):
        picture[52:62, x : x + 3] = (230, 120, 30)
        picture[82:92, x : x + 3] = (10, 10, 10)
    orange = Line("38", Box(98 / 400, 48 / 300, 162 / 400, 66 / 300))
    black = Line("26", Box(98 / 400, 78 / 300, 162 / 400, 96 / 300))
    inks = [mark for mark in find(picture, (orange, black)) if mark.shape == "text"]
    assert [(mark.box, mark.colour) for mark in inks] == [(orange.box, (230, 120, 30))]


def test_a_photo_has_no_marks() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3)).astype(np.uint8)
    assert find(noise) == ()


@pytest.mark.parametrize("shape", [(0, 0, 3), (1, 1, 3), (10, 4000, 3)])
def test_tiny_pictures_give_nothing(shape: tuple[int, int, int]) -> None:
    assert find(np.zeros(shape, np.uint8)) == ()


def test_more_marks_than_the_limit_are_cut() -> None:
    picture = paper(800, 800)
    for y in range(0, 800, 20):
        for x in range(0, 800, 20):
            picture[y : y + 8, x : x + 8] = BLUE
    assert len(find(picture)) == 400


def test_colours_that_compression_moved_are_the_same() -> None:
    assert same_colour(BLUE, (60, 105, 150))
    assert not same_colour(BLUE, GOLD)
