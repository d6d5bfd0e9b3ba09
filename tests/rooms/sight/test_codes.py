"""Codes are found where they stand, in bounded time, and never made up."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from yuepi.sight import codes

Picture = NDArray[np.uint8]
INVOICE = "01,32,,25312000000012345678,1180.00,20250912,,A1B2"


def qr(text: str, module_px: float) -> Picture:
    matrix = np.array([list(row) for row in segno.make(text, error="m").matrix])
    big = np.kron(1 - np.pad(matrix, 3), np.ones((8, 8))) * 255
    side = round(len(matrix) * module_px + 6 * module_px)
    return np.asarray(
        cv2.resize(big.astype(np.uint8), (side, side), interpolation=cv2.INTER_AREA), np.uint8
    )


def page(height: int = 700, width: int = 1100, paper: int = 240) -> Picture:
    picture = np.full((height, width, 3), paper, np.uint8)
    for row in range(6):
        cv2.putText(picture, "1234567890 INVOICE TEXT", (400, 120 + 60 * row), 0, 1.0, (60,) * 3, 2)
    return picture


def laid(picture: Picture, code: Picture, x: int, y: int) -> Picture:
    picture[y : y + code.shape[0], x : x + code.shape[1]] = code[..., None]
    return picture


def noisy(picture: Picture, sigma: float) -> Picture:
    grain = np.random.default_rng(4).normal(0, sigma, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def texts(picture: Picture) -> list[str]:
    return [code.text for code in codes.read(picture)]


def test_a_code_is_read_with_its_format_and_place() -> None:
    (code,) = codes.read(laid(page(), qr(INVOICE, 4), 60, 50))
    assert (code.text, code.format) == (INVOICE, "QRCode")
    margin = 3 * 4
    assert code.box.x0 == pytest.approx((60 + margin) / 1100, abs=0.005)
    assert code.box.y0 == pytest.approx((50 + margin) / 700, abs=0.005)
    assert code.box.width * 1100 == pytest.approx(code.box.height * 700, abs=6)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pages(quarters: int) -> None:
    assert texts(np.rot90(laid(page(), qr(INVOICE, 4), 60, 50), quarters)) == [INVOICE]


def test_eight_tickets_on_one_photo_give_eight_codes_in_order() -> None:
    picture = np.full((900, 1600, 3), 230, np.uint8)
    wanted = []
    for index in range(8):
        text = f"https://example.invalid/?fpdm=1440319702{index}&fphm=0876040{index}"
        laid(picture, qr(text, 3.5), 60 + 380 * (index % 4), 60 + 420 * (index // 4))
        wanted.append(text)
    assert texts(picture) == wanted


def test_a_blurred_code_beside_a_sharp_one_is_tried_again() -> None:
    picture = laid(page(), qr("sharp and readable code", 4), 60, 50)
    soft = cv2.GaussianBlur(qr(INVOICE, 4), (0, 0), 2.1)
    laid(picture, np.asarray(soft, np.uint8), 60, 400)
    assert sorted(texts(picture)) == sorted([INVOICE, "sharp and readable code"])


def test_blur_that_defeats_the_plain_look() -> None:
    picture = laid(page(), qr(INVOICE, 3), 60, 50)
    picture = noisy(np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.6), np.uint8), 3)
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    assert not zxingcpp.read_barcodes(grey)
    assert texts(picture) == [INVOICE]


def test_grain_of_a_dark_photo() -> None:
    picture = laid(page(paper=150), np.asarray(qr(INVOICE, 4) // 2 + 30, np.uint8), 60, 50)
    assert texts(noisy(picture, 14)) == [INVOICE]


def test_a_red_seal_over_the_code_does_not_hide_it() -> None:
    picture = laid(page(), qr(INVOICE, 4), 60, 50)
    seal = np.full_like(picture, 255)
    cv2.ellipse(seal, (140, 130), (95, 60), 0, 0, 360, (225, 30, 30), 30)
    # Ink on print: what is black stays black.
    assert texts(np.minimum(picture, seal)) == [INVOICE]


@pytest.mark.parametrize(
    ("kind", "text"),
    [("Code128", "12312026000123"), ("EAN13", "4006381333931"), ("DataMatrix", "TICKET 42")],
)
def test_other_formats(kind: str, text: str) -> None:
    made = zxingcpp.create_barcode(text, zxingcpp.barcode_format_from_str(kind))
    image = np.array(zxingcpp.write_barcode_to_image(made, scale=3), np.uint8)
    picture = laid(page(), image, 300, 430)
    assert [(code.text, code.format) for code in codes.read(picture)] == [(text, kind)]


def test_rules_text_and_hatching_are_no_codes() -> None:
    picture = page()
    for x in range(50, 380, 7):
        cv2.line(picture, (x, 500), (x, 640), (0, 0, 0), 1 + x % 3)
    for y in range(20, 90, 6):
        cv2.line(picture, (20, y), (1000, y), (0, 0, 0), 1)
    assert codes.read(picture) == ()


def test_same_text_twice_is_two_codes() -> None:
    picture = laid(laid(page(), qr(INVOICE, 4), 60, 50), qr(INVOICE, 4), 60, 400)
    assert texts(picture) == [INVOICE, INVOICE]


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((1, 5000, 3), np.uint8),
        np.full((400, 600, 3), 255, np.uint8),
        np.zeros((400, 600, 3), np.uint8),
    ],
)
def test_nothing_to_read(picture: Picture) -> None:
    assert codes.read(picture) == ()


def test_grey_and_alpha_pictures() -> None:
    picture = laid(page(), qr(INVOICE, 4), 60, 50)
    assert texts(picture[..., 0]) == [INVOICE]
    assert texts(picture[..., :1]) == [INVOICE]
    assert texts(np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])) == [INVOICE]


def test_huge_picture_is_shrunk_first() -> None:
    picture = np.full((7000, 9000, 3), 240, np.uint8)
    laid(picture, qr(INVOICE, 20), 500, 500)
    (code,) = codes.read(picture)
    assert code.text == INVOICE
    assert code.box.x0 == pytest.approx((500 + 60) / 9000, abs=0.002)


def test_no_new_look_starts_after_the_budget() -> None:
    ticks = iter(range(10_000))
    asked: list[int] = []

    def clock() -> float:
        asked.append(next(ticks))
        return float(asked[-1])

    picture = noisy(np.full((600, 900, 3), 128, np.uint8), 40)
    assert codes.read(picture, budget_seconds=2.5, clock=clock) == ()
    assert len(asked) < 10
    # The first look is always made: a budget of nothing still reads what is plain to see.
    assert codes.read(laid(page(), qr(INVOICE, 4), 60, 50), budget_seconds=0.0)


@settings(max_examples=25, deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 70), st.integers(1, 70), st.just(3))))
def test_any_small_picture_gives_codes_inside_it(picture: Picture) -> None:
    for code in codes.read(picture):
        assert 0 <= code.box.x0 <= code.box.x1 <= 1
        assert 0 <= code.box.y0 <= code.box.y1 <= 1
