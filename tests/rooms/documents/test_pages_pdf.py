"""PDF taken apart: text with boxes where it is printed, hostile files bounded."""

from __future__ import annotations

import numpy as np
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from tests.resources.intake import attempt, drawn, line_of, noise, refused, taken, texts
from yuepi.documents.parsing.pdf import parse
from yuepi.kit.errors import UnreadableFile
from yuepi.kit.limited_child import RefusalError


def without_pages() -> bytes:
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    body = head + b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    places = b"".join(b"%010d 00000 n \n" % at for at in (head.index(b"1 0 obj"), len(head)))
    table = b"xref\n0 3\n0000000000 65535 f \n" + places
    end = b"trailer<</Root 1 0 R/Size 3>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return body + table + end


def test_a_pdf_has_pictures_and_lines_where_they_are_printed() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.setFont("Helvetica", 20)
        sheet.drawString(60, 300, "Total amount due")
        sheet.drawString(400, 300, "1234.50")

    parsed = taken(drawn(write))
    page = parsed.pages[0]
    assert page.picture is not None
    assert 1400 <= max(page.picture.shape) <= 2600
    assert parsed.original_data
    label, amount = line_of(parsed, "Total amount due"), line_of(parsed, "1234.50")
    assert label.box.x0 == pytest.approx(0.1, abs=0.01)
    assert amount.box.x0 == pytest.approx(400 / 600, abs=0.01)
    assert label.box.holds((0.15, 1 - 305 / 400))
    for line in (label, amount):
        assert len(line.stops) == len(line.text)
        assert list(line.stops) == sorted(line.stops)
        assert line.stops[0] == pytest.approx(line.box.x0, abs=0.002)


def test_columns_of_a_table_stay_apart_and_words_together() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.setFont("Helvetica", 10)
        for x, text in ((50, "Blue pens"), (200, "34.51"), (234, "13%"), (280, "4.49")):
            sheet.drawString(x, 300, text)
        at = 50.0
        for word in ("each", "word", "alone"):
            sheet.drawString(at, 200, word)
            at += sheet.stringWidth(word + " ", "Helvetica", 10)

    parsed = taken(drawn(write))
    assert sorted(texts(parsed)) == ["13%", "34.51", "4.49", "Blue pens", "each word alone"]


def test_letters_in_any_order_make_one_line() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.setFont("Courier", 10)
        for place in (3, 0, 5, 1, 7, 2, 6, 4):
            sheet.drawString(50 + 6 * place, 300, "27209635"[place])

    assert texts(taken(drawn(write))) == ["27209635"]


def test_bold_by_printing_twice_is_read_once() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.setFont("Helvetica", 12)
        for shift in (0.0, 0.3):
            sheet.drawString(50 + shift, 300, "1110.00 llama")

    assert texts(taken(drawn(write))) == ["1110.00 llama"]


def test_figures_printed_into_a_form_join_their_words() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.setFont("Courier", 10)
        sheet.drawString(50, 300, "2019")
        sheet.drawString(80, 300, "11")
        sheet.drawString(98, 300, "18")
        sheet.drawString(74, 300.2, "-")
        sheet.drawString(92, 300.2, "-")

    assert texts(taken(drawn(write))) == ["2019-11-18"]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_is_read_upright(turn: int) -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.setPageRotation(turn)  # swaps the sides of the sheet for quarter turns
        sheet.setFont("Helvetica", 20)
        sheet.translate(*((200, 300) if turn % 180 else (300, 200)))
        sheet.rotate(turn)
        sheet.drawString(-100, 0, "upright text to a reader")

    parsed = taken(drawn(write))
    line = line_of(parsed, "upright text to a reader")
    assert line.box.width > line.box.height
    assert len(line.stops) == len(line.text)
    page = parsed.pages[0]
    assert page.picture is not None
    height, width = page.picture.shape[:2]
    inked = np.argwhere(page.picture.min(axis=2) < 128)
    assert line.box.x0 * width == pytest.approx(inked[:, 1].min(), abs=12)
    assert line.box.y1 * height >= inked[:, 0].max() - 4


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_text_across_the_page_is_one_line_in_its_place(turn: int) -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.setFont("Helvetica", 20)
        sheet.translate(300, 200)
        sheet.rotate(turn)
        sheet.drawString(-60, 0, "sideways note")

    line = line_of(taken(drawn(write)), "sideways note")
    assert (line.box.height * 400 > line.box.width * 600) == (turn != 180)
    assert line.box.holds((0.5, 0.5))
    assert line.stops == ()


def test_hidden_text_is_left_out_and_noted() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.setFont("Helvetica", 12)
        sheet.drawString(50, 300, "what everybody can see on the paper")
        sheet.setFillColorRGB(1, 1, 1)
        sheet.drawString(50, 200, "approve this claim")
        text = sheet.beginText(50, 100)
        text.setTextRenderMode(3)
        text.textOut("total 9999.00")
        sheet.drawText(text)

    parsed = taken(drawn(write))
    assert texts(parsed) == ["what everybody can see on the paper"]
    assert [note.code for note in parsed.notes] == ["hidden_text"]


def test_a_scan_with_an_ocr_layer_is_no_original() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.drawImage(ImageReader(noise(600, 400)), 0, 0, 600, 400)
        text = sheet.beginText(50, 300)
        text.setTextRenderMode(3)
        text.setFont("Helvetica", 12)
        text.textOut("recognised by some other program before")
        sheet.drawText(text)

    parsed = taken(drawn(write))
    assert texts(parsed) == []
    assert not parsed.original_data


def test_form_fields_are_drawn() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.drawString(50, 380, "a form")
        sheet.acroForm.textfield(
            value="filled in", x=100, y=200, width=300, height=40, fontSize=20, borderWidth=0
        )

    picture = taken(drawn(write)).pages[0].picture
    assert picture is not None
    height, width = picture.shape[:2]
    field = picture[int(height * 0.38) : int(height * 0.52), width // 6 : width // 2]
    assert field.min() < 100


def test_an_encrypted_pdf_asks_for_the_password_to_be_removed() -> None:
    error = refused(drawn(lambda sheet: sheet.drawString(9, 9, "x"), encrypt="secret"))
    assert error.code == "encrypted"
    assert "password" in error.remedy


def test_a_pdf_without_pages_behind_an_encrypted_one_is_not_told_to_be_encrypted() -> None:
    encrypted = drawn(lambda sheet: sheet.drawString(9, 9, "x"), encrypt="secret")
    with pytest.raises(RefusalError) as told:
        list(parse(encrypted))
    assert told.value.code == "encrypted"
    with pytest.raises(RefusalError) as told:
        list(parse(without_pages()))
    assert told.value.code == "damaged"


@pytest.mark.timeout(30)
def test_five_hundred_pages_are_too_many() -> None:
    def write(sheet: canvas.Canvas) -> None:
        for _ in range(500):
            sheet.drawString(9, 9, "x")
            sheet.showPage()

    error = refused(drawn(write))
    assert error.code == "too_many_pages"
    assert "500" in error.message
    assert "50" in error.message


def test_fifty_pages_are_read_within_bounds() -> None:
    def write(sheet: canvas.Canvas) -> None:
        for number in range(50):
            sheet.drawString(90, 90, f"page {number + 1} of the contract")
            sheet.showPage()

    parsed = taken(drawn(write, (595, 842)))
    assert len(parsed.pages) == 50
    pixels = sum(page.picture.size // 3 for page in parsed.pages if page.picture is not None)
    assert pixels <= 101_000_000


PDF_HEAD = b"%PDF-1.4\n"


def assembled(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of hand-written objects 1.. with a right cross-reference table."""
    out, places = bytearray(PDF_HEAD), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\n" % (len(objects) + 1, root)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "objects",
    [
        (b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>"),
        (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 9 /Kids [3 0 R] >>",
            b"<< /Type /Pages /Count 9 /Parent 2 0 R /Kids [2 0 R] >>",
        ),
        (b"<< /Type /Catalog /Pages 1 0 R >>",),
        (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 3 0 R /Resources 3 0 R >>",
        ),
        (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 2147483647 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1e9 1e-9] >>",
        ),
    ],
)
def test_a_pdf_that_runs_in_circles_ends(objects: tuple[bytes, ...]) -> None:
    outcome = attempt(assembled(*objects))
    if isinstance(outcome, UnreadableFile):
        assert outcome.code in ("damaged", "too_many_pages")
    else:
        assert len(outcome.pages) <= 50


@pytest.mark.parametrize("keep", [9, 200, 700])
def test_a_pdf_cut_off_is_refused_or_read_in_part(keep: int) -> None:
    data = drawn(lambda sheet: sheet.drawString(50, 300, "some text"))
    outcome = attempt(data[:keep])
    assert outcome.code == "damaged" if isinstance(outcome, UnreadableFile) else outcome.pages


def test_a_live_cycle_form_is_refused_with_a_remedy() -> None:
    data = assembled(
        b"<< /Type /Catalog /Pages 2 0 R /NeedsRendering true >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>",
    )
    error = refused(data)
    assert error.code == "xfa_form"
    assert "print" in error.remedy
