"""Text that something else on the PDF page hides, and scans with a line of text at their foot."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.colors import Color
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from tests.resources.intake import drawn, noise, taken, texts
from yuepi.documents.pages import NATIVE_CHARACTERS_MIN, Parsed
from yuepi.lab import samples

ROOT = Path(__file__).resolve().parents[3]
REAL_DOCS = Path(os.environ.get("YUEPI_REAL_DOCS", ROOT.parent / "shared" / "data"))
REAL_PDFS = sorted((REAL_DOCS / "cn_invoice_pdf").glob("*.pdf"))
SEEN = "what everybody can see on the paper of this page, in a line that is long enough"


def codes(parsed: Parsed) -> list[str]:
    return [note.code for note in parsed.notes]


def invoice(sheet: canvas.Canvas) -> None:
    sheet.setFont("Helvetica", 12)
    sheet.drawString(50, 300, SEEN)
    sheet.drawString(50, 200, "total amount")
    sheet.drawString(300, 200, "1968.00")


def test_a_scan_over_the_text_of_another_invoice_hides_it() -> None:
    def write(sheet: canvas.Canvas) -> None:
        invoice(sheet)
        sheet.drawImage(ImageReader(noise(600, 400)), 0, 0, 600, 400)

    parsed = taken(drawn(write))
    assert texts(parsed) == []
    assert codes(parsed) == ["hidden_text"]
    assert not parsed.original_data


def test_a_patched_total_is_hidden_and_the_rest_stays() -> None:
    def write(sheet: canvas.Canvas) -> None:
        invoice(sheet)
        sheet.drawImage(ImageReader(noise(60, 20)), 295, 195, 60, 20)

    parsed = taken(drawn(write))
    assert texts(parsed) == [SEEN, "total amount"]
    assert codes(parsed) == ["hidden_text"]
    assert parsed.original_data


def test_a_filled_area_with_another_amount_hides_what_is_below_it_only() -> None:
    def write(sheet: canvas.Canvas) -> None:
        invoice(sheet)
        sheet.setFillColorRGB(1, 1, 1)
        sheet.rect(295, 195, 80, 20, stroke=0, fill=1)
        sheet.setFillColorRGB(0, 0, 0)
        sheet.drawString(300, 200, "9680.00")

    parsed = taken(drawn(write))
    assert texts(parsed) == [SEEN, "total amount", "9680.00"]
    assert codes(parsed) == ["hidden_text"]


def test_one_covered_figure_of_an_amount_is_left_out() -> None:
    def write(sheet: canvas.Canvas) -> None:
        invoice(sheet)
        sheet.drawImage(ImageReader(noise(20, 20)), 299.5, 195, 7, 20)

    assert texts(taken(drawn(write)))[2:] == ["968.00"]


def test_a_thick_line_hides_and_a_thin_one_does_not() -> None:
    def write(sheet: canvas.Canvas) -> None:
        invoice(sheet)
        sheet.setLineWidth(1)
        sheet.line(40, 304, 590, 304)
        sheet.setLineWidth(20)
        sheet.line(290, 204, 380, 204)

    assert texts(taken(drawn(write))) == [SEEN, "total amount"]


def test_a_cover_inside_a_form_hides_what_comes_before_the_form() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.beginForm("patch")
        sheet.drawImage(ImageReader(noise(60, 20)), 0, 0, 60, 20)
        sheet.setFont("Helvetica", 12)
        sheet.drawString(2, 5, "42.00")
        sheet.endForm()
        invoice(sheet)
        sheet.translate(295, 195)
        sheet.doForm("patch")

    parsed = taken(drawn(write))
    assert texts(parsed) == [SEEN, "total amount", "42.00"]
    assert codes(parsed) == ["hidden_text"]


def test_a_note_laid_over_the_text_hides_it() -> None:
    def write(sheet: canvas.Canvas) -> None:
        invoice(sheet)
        sheet.acroForm.textfield(
            value="9", x=290, y=190, width=90, height=30, fillColor=Color(1, 1, 0.5), borderWidth=0
        )

    parsed = taken(drawn(write))
    assert "1968.00" not in texts(parsed)
    assert texts(parsed)[:2] == [SEEN, "total amount"]


def test_a_seal_that_can_be_seen_through_hides_nothing() -> None:
    seal = Image.new("RGBA", (200, 200), (220, 20, 20, 0))
    seal.paste((220, 20, 20, 150), (20, 20, 180, 180))

    def write(sheet: canvas.Canvas) -> None:
        invoice(sheet)
        sheet.drawImage(ImageReader(seal), 250, 150, 120, 120, mask="auto")

    parsed = taken(drawn(write))
    assert texts(parsed) == [SEEN, "total amount", "1968.00"]
    assert codes(parsed) == []


def test_backgrounds_below_the_text_hide_nothing_however_many() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.setFont("Helvetica", 8)
        sheet.drawImage(ImageReader(Image.new("RGB", (60, 40), (255, 250, 240))), 0, 0, 600, 400)
        for row in range(30):
            for column in range(5):
                x, y = 10 + 110 * column, 380 - 12 * row
                sheet.setFillColorRGB(0.9, 0.9, 1)
                sheet.rect(x, y, 110, 12, stroke=1, fill=1)
                sheet.setFillColorRGB(0, 0, 0)
                sheet.drawString(x + 4, y + 3, f"cell {row} {column}")

    parsed = taken(drawn(write))
    assert len(texts(parsed)) == 150
    assert codes(parsed) == []


def test_covers_are_found_on_a_turned_page() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.setPageRotation(90)
        invoice(sheet)
        sheet.drawImage(ImageReader(noise(60, 20)), 295, 195, 60, 20)

    kept = texts(taken(drawn(write)))
    assert "total amount" in kept
    assert "1968.00" not in kept


@pytest.mark.timeout(60)
def test_dozens_of_covers_hide_all_the_same() -> None:
    def write(sheet: canvas.Canvas) -> None:
        for _ in range(60):
            invoice(sheet)
            sheet.setFillColorRGB(0.2, 0.4, 0.9)
            sheet.rect(0, 0, 600, 400, stroke=0, fill=1)
            sheet.setFillColorRGB(0, 0, 0)

    assert texts(taken(drawn(write))) == []


@pytest.mark.parametrize(("width", "scan"), [(30, False), (90, True), (600, True)])
def test_the_footer_of_a_scanning_program_makes_no_original(width: float, scan: bool) -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.drawImage(ImageReader(noise(600, 400)), 0, 30, width, 370)
        sheet.setFont("Helvetica", 9)
        sheet.drawString(20, 12, "Scanned with CamScanner")

    parsed = taken(drawn(write))
    assert texts(parsed) == ([] if scan else ["Scanned with CamScanner"])
    assert parsed.original_data == (not scan)


def test_a_picture_on_a_page_that_says_more_leaves_the_text() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.drawImage(ImageReader(Image.new("RGB", (60, 40), (240, 250, 240))), 0, 0, 600, 400)
        invoice(sheet)

    parsed = taken(drawn(write))
    assert len("".join(texts(parsed))) > NATIVE_CHARACTERS_MIN
    assert parsed.original_data


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", ["digital_invoice", "vat_e_invoice", "rail_e_ticket"])
def test_signed_e_invoices_keep_all_their_text(kind: str, seed: int) -> None:
    parsed = taken(samples.make(kind, seed, datetime.date(2026, 3, 18)).pdf)
    assert parsed.original_data
    assert codes(parsed) == []
    assert len("".join(texts(parsed))) > 100


@pytest.mark.skipif(not REAL_PDFS, reason="YUEPI_REAL_DOCS is absent")
@pytest.mark.parametrize("path", REAL_PDFS, ids=lambda path: path.stem)
def test_genuine_e_invoices_keep_all_their_text(path: Path) -> None:
    parsed = taken(path.read_bytes(), path.name)
    assert parsed.original_data
    assert "hidden_text" not in codes(parsed)
