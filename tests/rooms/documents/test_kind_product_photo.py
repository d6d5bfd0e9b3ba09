"""Product sheets and labels, and the check digit of their bar codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.views import native, placed, values
from yuepi.documents.agreement import agree
from yuepi.documents.barcodes import ean_valid
from yuepi.documents.classify import classify
from yuepi.documents.kinds.product_photo import KIND
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.lab.samples import make
from yuepi.sight.sighting import Code

ON = date(2026, 11, 21)
EAN = "2001234567893"
SHEET = (
    (0.05, 0.05, "商品名称"),
    (0.30, 0.05, "云帆 连帽夹克"),
    (0.05, 0.11, "品牌"),
    (0.30, 0.11, "云帆"),
    (0.05, 0.17, "面料"),
    (0.30, 0.17, "聚酯纤维"),
    (0.05, 0.26, "尺码"),
    (0.30, 0.26, "S"),
    (0.50, 0.26, "M"),
    (0.05, 0.32, "衣长"),
    (0.30, 0.32, "66"),
    (0.50, 0.32, "68"),
    (0.05, 0.38, "适合身高"),
    (0.30, 0.38, "160-165"),
)


def test_a_sheet_with_sizes() -> None:
    view = placed(*SHEET)
    assert classify(view)[0] is KIND
    draft = KIND.read(view)
    assert values(draft) == {
        "name": "云帆 连帽夹克",
        "brand": "云帆",
        "material": "聚酯纤维",
        "sizes": "S: 衣长 66; M: 衣长 68",
    }
    assert draft.tables[0].rows == (("尺码 / Size", "衣长"), ("S", "66"), ("M", "68"))


def labelled_code(printed: str, code: str | None) -> View:
    view = placed(*SHEET, (0.05, 0.5, "条形码"), (0.3, 0.5, printed))
    seen = (Code(code, "EAN13", Box(0.3, 0.55, 0.6, 0.7)),) if code else ()
    return replace(view, codes=seen)


def barcode(view: View) -> tuple[str | None, str]:
    field = agree(("barcode",), KIND.read(view).candidates, quality="photo")["barcode"]
    return field.value, field.status


def test_a_code_and_its_print_support_each_other() -> None:
    assert barcode(labelled_code(EAN, EAN)) == (EAN, "confirmed")


def test_a_print_with_a_wrong_check_digit_is_no_value() -> None:
    assert barcode(labelled_code("2001234567898", None)) == (None, "missing")


def test_a_code_and_a_print_that_differ_are_a_conflict() -> None:
    other = next(n for n in ("2001234567886", "2001234567800") if ean_valid(n))
    assert barcode(labelled_code(other, EAN))[1] == "conflict"


@given(st.from_regex(r"[0-9]{12}", fullmatch=True), st.integers(0, 12), st.integers(1, 9))
def test_any_one_wrong_digit_breaks_the_check(body: str, place: int, shift: int) -> None:
    number = next(body + str(last) for last in range(10) if ean_valid(body + str(last)))
    wrong = str((int(number[place]) + shift) % 10)
    assert not ean_valid(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize("text", ["", "12", "２００１２３４５６７８９３", "20012345678a3"])
def test_what_is_no_number_is_not_valid(text: str) -> None:
    assert not ean_valid(text)


@pytest.mark.parametrize(
    "kind",
    ["receipt", "invoice", "vat_invoice", "delivery_note", "notice", "menu", "business_card"],
)
def test_nothing_else_is_taken_for_one(kind: str) -> None:
    for seed in range(3):
        assert KIND.likeness(native(make(kind, seed, ON))) == 0.0


def test_samples_are_read() -> None:
    for seed in range(8):
        sample = make("product_photo", seed, ON)
        view = native(sample)
        assert classify(view)[0] is KIND
        assert values(KIND.read(view)) == sample.truth
