"""A whole look at a page: upright, read, and everything named in fractions of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.resources.desk import ON, the_desk
from yuepi.kit.boxes import Box
from yuepi.lab.samples import Sample, make, picture, turn
from yuepi.sight.look import Eye
from yuepi.sight.sighting import Sighting

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def eye() -> Eye:
    return the_desk().eye


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make("rail_e_ticket", 4, ON)


def boxes(sighting: Sighting) -> Iterator[Box]:
    yield from (line.box for line in sighting.lines)
    yield from (code.box for code in sighting.codes)
    yield from (seal.box for seal in sighting.seals or ())
    for table in sighting.tables:
        yield table.box
        yield from (cell.box for cell in table.cells)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_turned_page_is_seen_upright(eye: Eye, sample: Sample, quarters: int) -> None:
    (seen,) = eye.look([turn(picture(sample, 150), quarters)])
    height, width = seen.picture.shape[:2]
    sighting = seen.sighting
    assert (sighting.width_px, sighting.height_px) == (width, height)
    assert (width > height) == (sample.width_mm > sample.height_mm)
    assert sample.truth["number"] in "".join(line.text for line in sighting.lines)
    assert [code.text for code in sighting.codes] == list(sample.codes)
    assert sighting.quality is not None
    assert_on_the_page(sighting)


def assert_on_the_page(sighting: Sighting) -> None:
    for box in boxes(sighting):
        assert -0.001 <= box.x0 < box.x1 <= 1.001
        assert -0.001 <= box.y0 < box.y1 <= 1.001


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_codes_seals_and_tables_need_no_text_models(quarters: int) -> None:
    invoice = make("vat_e_invoice", 4, ON)
    eye = Eye(1)
    (seen,) = eye.look([turn(picture(invoice, 150), quarters)], text=False)
    assert eye._reader is None
    sighting = seen.sighting
    assert sighting.lines == ()
    assert [code.text for code in sighting.codes] == list(invoice.codes)
    # At the top left of an upright page.
    assert max(sighting.codes[0].box.centre) < 0.25
    assert sighting.seals
    assert sighting.tables
    assert_on_the_page(sighting)


def test_nothing_to_look_at(eye: Eye) -> None:
    assert eye.look([]) == []


def test_pictures_keep_their_order(eye: Eye) -> None:
    sizes = [(200, 300), (400, 210), (120, 500)]
    seen = eye.look([np.full((*size, 3), 255, np.uint8) for size in sizes])
    assert [each.picture.shape[:2] for each in seen] == sizes
    assert all(each.sighting.lines == () for each in seen)


def test_a_tilted_photo_is_levelled_with_its_boxes(eye: Eye, sample: Sample) -> None:
    (seen,) = eye.look([tilted(picture(sample, 150))])
    number = next(line for line in seen.sighting.lines if sample.truth["number"] in line.text)
    height, width = seen.picture.shape[:2]
    box = number.box
    crop = seen.picture[
        round(box.y0 * height) : round(box.y1 * height),
        round(box.x0 * width) : round(box.x1 * width),
    ]
    (alone,) = eye.look([np.pad(crop, ((20, 20), (20, 20), (0, 0)), constant_values=255)])
    assert sample.truth["number"] in "".join(line.text for line in alone.sighting.lines)


def tilted(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import cv2

    height, width = page.shape[:2]
    by = cv2.getRotationMatrix2D((width / 2, height / 2), 4, 0.92)
    return np.asarray(cv2.warpAffine(page, by, (width, height), borderValue=(255,) * 3), np.uint8)
