"""Seals are lifted off what they cover; text, print and pictures without seals stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from yuepi.kit.boxes import Box
from yuepi.sight.ink import without_seals
from yuepi.sight.sighting import Seal

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]

PAPER, RED, BROWN = (250, 248, 244), (215, 50, 55), (140, 90, 45)
SEAL = Seal(Box(0.25, 0.2, 0.75, 0.8), roundness=0.7)


def stamped(text_colour: tuple[int, int, int] = (25, 25, 25)) -> tuple[Picture, Mask, Mask]:
    """Paper with a line of text under a seal; where text is, and where only the seal is."""
    paper = np.full((300, 600, 3), PAPER, np.uint8)
    cv2.putText(paper, "TOTAL 1234.56", (80, 160), cv2.FONT_HERSHEY_SIMPLEX, 1.6, text_colour, 5)
    text, bare = (paper < 60).all(axis=2), (paper == PAPER).all(axis=2)
    ring = np.zeros((300, 600), np.uint8)
    cv2.ellipse(ring, (300, 150), (130, 80), 0, 0, 360, 255, 8)
    cv2.putText(ring, "SEAL", (225, 165), cv2.FONT_HERSHEY_SIMPLEX, 1.8, 255, 6)
    seal = ring > 0
    # Ink is transparent: what is below it shows through.
    paper[seal] = (paper[seal].astype(float) * np.array(RED) / 255).astype(np.uint8)
    return paper, text, seal & bare


def test_the_seal_becomes_paper_and_the_text_below_stays() -> None:
    picture, text, seal = stamped()
    before = picture.copy()
    lifted = without_seals(picture, [SEAL])
    assert np.array_equal(picture, before), "evidence keeps the real picture"
    inner = cv2.erode(seal.astype(np.uint8), np.ones((3, 3))) > 0
    assert lifted[inner].min() > 200
    assert lifted[text].max() < 100
    outside = np.ones(text.shape, bool)
    outside[60:241, 150:451] = False
    assert np.array_equal(lifted[outside], picture[outside])


def test_where_seals_are_none_or_unknown_nothing_is_touched() -> None:
    picture, _, _ = stamped()
    assert without_seals(picture, None) is picture
    assert without_seals(picture, ()) is picture


def test_red_outside_the_seals_stays() -> None:
    picture, _, _ = stamped()
    cv2.rectangle(picture, (20, 250), (120, 290), RED, -1)
    assert np.array_equal(without_seals(picture, [SEAL])[250:290, 20:120], picture[250:290, 20:120])


@pytest.mark.parametrize("colour", [BROWN, (90, 55, 30), (20, 40, 160), (60, 60, 60)])
def test_brown_blue_and_grey_print_is_unharmed(colour: tuple[int, int, int]) -> None:
    paper = np.full((300, 600, 3), PAPER, np.uint8)
    cv2.putText(paper, "TOTAL 1234.56", (80, 160), cv2.FONT_HERSHEY_SIMPLEX, 1.6, colour, 5)
    assert np.array_equal(without_seals(paper, [SEAL]), paper)


@pytest.mark.parametrize(
    "box", [Box(0, 0, 0, 0), Box(1, 1, 1, 1), Box(0.9, 0.9, 1.4, 1.4), Box(0, 0, 1, 1)]
)
def test_odd_places_do_no_harm(box: Box) -> None:
    picture, _, _ = stamped()
    assert without_seals(picture, [Seal(box, 1.0)]).shape == picture.shape
    red = np.full((40, 40, 3), RED, np.uint8)
    assert np.array_equal(without_seals(red, [Seal(box, 1.0)]), red)
