"""Pictures of screens, and the invoices that are shown on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from tests.resources.views import native, placed
from yuepi.documents.classify import classify
from yuepi.documents.kinds.screenshot import KIND
from yuepi.documents.layout.screen_marks import screen_on
from yuepi.documents.layout.view import View
from yuepi.documents.page_reading import PageEvidence, read_page
from yuepi.kit.boxes import Box
from yuepi.lab.samples import make
from yuepi.sight.sighting import Line, Sighting

ON = date(2026, 11, 21)
WINDOW = (
    (0.01, 0.005, "Postman"),
    (0.01, 0.03, "File"),
    (0.06, 0.03, "Edit"),
    (0.11, 0.03, "View"),
    (0.16, 0.03, "Help"),
    (0.05, 0.10, "照片 - 票据.png"),
)
ANSWER = (
    (0.75, 0.40, '"发票代码": "099001800311"'),
    (0.75, 0.45, '"发票号码": "99999999"'),
    (0.75, 0.50, '"金额": "12.00"'),
)


def fields(view: View) -> dict[str, str]:
    return {each.name: each.value for each in KIND.read(view).candidates}


def small(text: Sequence[tuple[float, float, str]]) -> list[Line]:
    return [Line(t, Box(x, y, x + 0.006 * len(t), y + 0.014)) for x, y, t in text]


def shown(kind: str, seed: int, chrome: Sequence[tuple[float, float, str]]) -> PageEvidence:
    """An invoice in the left part of a screen, with what stands around it."""
    place = Box(0.05, 0.16, 0.68, 0.95)
    invoice = [line.on(place) for line in native(make(kind, seed, ON)).lines]
    lines = (*small(chrome), *invoice)
    sighting = Sighting(width_px=1900, height_px=1000, lines=lines)
    return PageEvidence(number=1, native=(), sighting=sighting, original=False)


def test_the_program_and_what_it_shows() -> None:
    view = placed(*WINDOW)
    assert classify(view)[0] is KIND
    assert fields(view) == {"application": "Postman", "title": "票据.png"}


def test_an_error_dialog() -> None:
    view = placed(
        (0.01, 0.01, "文件"), (0.06, 0.01, "编辑"), (0.11, 0.01, "查看"), (0.16, 0.01, "帮助"),
        (0.3, 0.4, "保存失败：磁盘空间不足"), (0.5, 0.5, "确定"),
    )  # fmt: skip
    assert classify(view)[0] is KIND
    assert fields(view) == {"application": "error dialog", "error_text": "保存失败：磁盘空间不足"}


def test_a_phone() -> None:
    lines = (
        Line("09:41", Box(0.06, 0.02, 0.16, 0.04)),
        Line("5G 87%", Box(0.8, 0.02, 0.95, 0.04)),
        Line("项目群(12)", Box(0.38, 0.08, 0.62, 0.1)),
        Line("按住 说话", Box(0.35, 0.95, 0.65, 0.97)),
    )
    view = View(1, "layout", lines, 0.46)
    assert classify(view)[0] is KIND
    assert fields(view) == {"application": "chat", "title": "项目群(12)", "time": "09:41"}


def test_a_clock_at_the_top_of_a_wide_picture_is_no_phone() -> None:
    assert screen_on(placed((0.06, 0.01, "09:41"), (0.8, 0.01, "87%"))).likeness == 0.0


@pytest.mark.parametrize("kind", ["vat_e_invoice", "digital_invoice", "vat_special_invoice"])
def test_an_invoice_on_a_screen_is_read_as_such_and_is_no_original(kind: str) -> None:
    for seed in range(3):
        sample = make(kind, seed, ON)
        readings = read_page(shown(kind, seed, (*WINDOW, *ANSWER)))
        assert [each.kind for each in readings] == [kind, "screenshot"]
        invoice = readings[0]
        assert "invoice_in_screenshot" in {each.code for each in invoice.findings}
        # What a program says beside it is no evidence about the invoice.
        assert invoice.value("number") == sample.truth["number"]
        assert invoice.fields["number"].status != "conflict"
        assert invoice.value("total") == sample.truth["total"]
        assert 0.6 < invoice.box.x1 < 0.75
        assert readings[1].value("application") == "Postman"


def test_two_invoices_on_a_screen_are_both_read() -> None:
    halves = (Box(0.02, 0.16, 0.48, 0.95), Box(0.52, 0.16, 0.98, 0.95))
    samples = [make("vat_e_invoice", seed, ON) for seed in (1, 2)]
    invoices = [
        line.on(place)
        for sample, place in zip(samples, halves, strict=True)
        for line in native(sample).lines
    ]
    sighting = Sighting(width_px=1900, height_px=1000, lines=(*small(WINDOW), *invoices))
    page = PageEvidence(number=1, native=(), sighting=sighting, original=False)
    readings = [each for each in read_page(page) if each.kind == "vat_e_invoice"]
    assert {each.value("number") for each in readings} == {
        sample.truth["number"] for sample in samples
    }
    for each in readings:
        assert "invoice_in_screenshot" in {found.code for found in each.findings}


def test_the_same_invoice_without_a_screen_says_nothing_of_one() -> None:
    for kind in ("vat_e_invoice", "taxi_invoice", "invoice", "rail_e_ticket"):
        page = shown(kind, 1, ())
        codes = {each.code for reading in read_page(page) for each in reading.findings}
        assert "invoice_in_screenshot" not in codes


def test_a_file_with_text_of_its_own_is_no_screenshot() -> None:
    page = shown("vat_e_invoice", 1, WINDOW)
    assert page.sighting is not None
    own = replace(page, native=page.sighting.lines, sighting=None, original=True)
    (reading,) = read_page(own)
    assert "invoice_in_screenshot" not in {each.code for each in reading.findings}


@pytest.mark.parametrize(
    "kind",
    ["vat_e_invoice", "digital_invoice", "taxi_invoice", "receipt", "invoice", "rail_e_ticket",
     "payment_screenshot", "notice", "menu", "business_card", "machine_invoice"],
)  # fmt: skip
def test_other_papers_show_no_screen(kind: str) -> None:
    for seed in range(3):
        view = native(make(kind, seed, ON))
        assert classify(view)[0] is not KIND
        if kind != "payment_screenshot":
            assert screen_on(view).likeness == 0.0


def test_samples_are_read() -> None:
    for seed in range(8):
        sample = make("screenshot", seed, ON)
        view = native(sample)
        assert classify(view)[0] is KIND
        assert fields(view) == sample.truth
