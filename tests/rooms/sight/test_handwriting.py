"""Writing by hand against print: signatures are found, and print is never called handwritten."""

from __future__ import annotations

import math
import random
from datetime import date

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from yuepi.kit.boxes import Box
from yuepi.lab.samples import make, picture
from yuepi.lab.samples.ink import MM, Sheet
from yuepi.lab.samples.sample import finished
from yuepi.sight.handwriting import handwritten, strokes

ON = date(2024, 6, 1)
TEXTS = (
    ("The Supplier shall deliver the goods within ten days.", "Times-Roman", 12),
    ("Invoice number 2024-118 dated March 5", "Helvetica", 11),
    ("乙方应在合同生效后三十日内将设备运至甲方指定地点", "song", 12),
    ("本合同一式四份双方各执两份具有同等法律效力", "hei", 12),
    ("Total amount due: 1,280.00", "Courier", 12),
    ("slanted words of a printed note", "Times-Italic", 12),
)


def page(seed: int, *, signed: bool) -> tuple[NDArray[np.uint8], list[Box], Box]:
    """A page of printed lines, and below them a signature, which `signed` draws."""
    sheet = Sheet(210 * MM, 297 * MM)
    boxes = []
    for number, (text, face, size) in enumerate(TEXTS):
        y = 100 + number * 40
        width = sheet.text(70, y, text, size, face)
        boxes.append(on_page(sheet, 70, y - size, 70 + width, y + 0.3 * size))
    dice = random.Random(seed)
    points = [(150.0, 500.0)]
    for step in range(28):
        up = math.sin(step * math.pi / 2) * dice.uniform(6, 15)
        points.append((150 + step * 3.4 + 4 * math.cos(step), 500 - up))
    if signed:
        sheet.curve(points, (20, 30, 110), 1.3)
    place = on_page(sheet, 145, 482, 250, 518)
    sample = finished(sheet, "page", "other", {})
    return picture(sample, 150), boxes, place


def on_page(sheet: Sheet, x0: float, y0: float, x1: float, y1: float) -> Box:
    return Box(x0 / sheet.width, y0 / sheet.height, x1 / sheet.width, y1 / sheet.height)


@pytest.mark.parametrize("seed", range(4))
def test_a_signature_is_found_and_print_is_none(seed: int) -> None:
    shown, boxes, place = page(seed, signed=True)
    found = strokes(shown)
    assert found
    assert all(place.holds(box.centre) for box in found)
    told = handwritten(shown, [*boxes, place])
    assert told[-1] is True
    assert True not in told[:-1]
    assert told[:-1].count(False) >= 3


@pytest.mark.parametrize("blur", [0, 3, 5])
def test_blurred_print_is_never_called_handwritten(blur: int) -> None:
    shown, boxes, place = page(0, signed=False)
    if blur:
        shown = np.asarray(cv2.GaussianBlur(shown, (blur, blur), 0), np.uint8)
    assert strokes(shown) == ()
    assert True not in handwritten(shown, [*boxes, place])


@pytest.mark.parametrize("kind", ["digital_invoice", "receipt", "taxi_invoice", "notice", "menu"])
def test_printed_papers_have_no_strokes(kind: str) -> None:
    assert strokes(picture(make(kind, 3, ON), 130)) == ()


def test_grey_and_tiny_pictures() -> None:
    shown, boxes, place = page(1, signed=True)
    grey = np.repeat(shown.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    assert handwritten(grey, [place]) == [True]
    tiny = np.full((5, 5, 3), 255, np.uint8)
    assert strokes(tiny) == ()
    assert handwritten(tiny, [Box(0, 0, 1, 1)]) == [None]
    assert handwritten(np.zeros((0, 0, 3), np.uint8), boxes) == [None] * len(boxes)


edges = st.tuples(*[st.floats(-0.2, 1.2)] * 4)


@given(st.lists(edges, max_size=4), st.integers(0, 9))
def test_any_box_has_an_answer(drawn: list[tuple[float, float, float, float]], seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 255, (210, 260, 3), dtype=np.uint8)
    boxes = [Box(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in drawn]
    assert len(handwritten(noise, boxes)) == len(boxes)
