"""PDFs that can be searched: the words are there again, at their places, and the pages the same."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from yuepi.documents.page_text import PageText, TextRun
from yuepi.kit.boxes import Box
from yuepi.library.exporting.searchable import NotExported, searchable_pdf
from yuepi.library.exporting.turned import Turn, place_on_page, turn_between

ROWS = (
    ("采购合同 编号 HT-2026-0117", Box(0.1, 0.10, 0.62, 0.13)),
    ("Total amount: 12,345.67 CNY", Box(0.1, 0.30, 0.55, 0.33)),
    ("繁體字、①②③、é ß €", Box(0.3, 0.55, 0.9, 0.58)),
)
WIDTH, HEIGHT = 600, 850


def runs(rows: Any = ROWS) -> tuple[TextRun, ...]:
    return tuple(TextRun(text=text, box=box, row=at) for at, (text, box) in enumerate(rows))


def page(*, native: bool = False, number: int = 1, rows: Any = ROWS, aspect: float = 0) -> PageText:
    aspect = aspect or WIDTH / HEIGHT
    return PageText(
        file_at=0, page=number, native=native, aspect=aspect, runs=runs(rows), seals=None
    )


def scan() -> Image.Image:
    """A page with bars where its words are, and a blot that tells up from down."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    for _, box in ROWS:
        draw.rectangle(
            [box.x0 * WIDTH, box.y0 * HEIGHT, box.x1 * WIDTH, box.y1 * HEIGHT], fill=(70, 70, 70)
        )
    draw.ellipse([20, 20, 160, 120], fill=(0, 0, 0))
    draw.rectangle([0, 700, 80, 850], fill=(120, 40, 40))
    return image


def jpeg(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=90)
    return data.getvalue()


def pdf_of(image: Image.Image, rotate: int = 0) -> bytes:
    """A PDF whose only page is a picture, shown turned by `rotate` degrees to the right."""
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=(300, 300 * image.height / image.width), invariant=1)
    canvas.drawInlineImage(image, 0, 0, 300, 300 * image.height / image.width)
    canvas.save()
    document = pdfium.PdfDocument(data.getvalue())
    document[0].set_rotation(rotate)
    turned = io.BytesIO()
    document.save(turned)
    return turned.getvalue()


def made(*given: Any) -> pdfium.PdfDocument:
    return pdfium.PdfDocument(b"".join(searchable_pdf(*given)))


def found(document: pdfium.PdfDocument, at: int, text: str, turn: int = 0) -> Box:
    """Where words stand on a page that was turned `turn` quarters to be upright."""
    sheet = document[at]
    words = sheet.get_textpage()
    search = words.search(text, match_case=True)
    index, count = search.get_next()
    boxes = [words.get_charbox(each, loose=True) for each in range(index, index + count)]
    left, bottom, right, top = sheet.get_cropbox()
    x0, x1 = min(box[0] for box in boxes), max(box[2] for box in boxes)
    y0, y1 = min(box[1] for box in boxes), max(box[3] for box in boxes)
    box = Box(
        (x0 - left) / (right - left),
        (top - y1) / (top - bottom),
        (x1 - left) / (right - left),
        (top - y0) / (top - bottom),
    )
    for _ in range((turn + sheet.get_rotation() // 90) % 4):
        box = Box(1 - box.y1, box.x0, 1 - box.y0, box.x1)
    return box


def near(box: Box, wanted: Box) -> bool:
    """Within 1 % at each edge."""
    return all(abs(one - other) < 0.01 for one, other in zip(box, wanted, strict=True))


def test_a_picture_becomes_a_page_with_its_words_under_it() -> None:
    document = made([page()], [jpeg(scan())], None)
    assert len(document) == 1
    text = document[0].get_textpage().get_text_range()
    assert text.split("\r\n") == [words for words, _ in ROWS]
    for words, box in ROWS:
        assert near(found(document, 0, words), box)


def test_the_words_are_not_seen() -> None:
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    drawn = made([page()], [jpeg(image)], None)[0].render(scale=1).to_numpy()
    assert drawn.min() > 250


def test_a_page_without_a_picture_shows_its_words() -> None:
    document = made([page(native=True)], [None], None)
    assert document[0].render(scale=1).to_numpy().min() < 100
    assert "采购合同" in document[0].get_textpage().get_text_range()


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_scan_in_a_pdf_stays_and_gets_its_words_however_it_lies(turn: Turn, rotate: int) -> None:
    upright = scan()
    # What a viewer shows is the picture turned by `rotate`; that is `turn` quarters from upright.
    stored = upright.rotate(90 * turn + rotate, expand=True)
    original = pdf_of(stored, rotate)
    document = made([page()], [jpeg(upright)], original)
    before = pdfium.PdfDocument(original)[0]
    assert document[0].get_size() == before.get_size()
    same = document[0].render(scale=1).to_numpy().astype(int)
    assert np.abs(same - before.render(scale=1).to_numpy()).max() <= 2
    for words, box in ROWS:
        assert near(found(document, 0, words, turn), box), words


def test_pages_with_text_of_their_own_stay_as_they_are() -> None:
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=(300, 400))
    canvas.drawString(50, 300, "printed by a program")
    canvas.showPage()
    canvas.drawInlineImage(scan(), 0, 0, 300, 400)
    canvas.save()
    texts = [page(native=True, rows=(("printed by a program", ROWS[0][1]),)), page(number=2)]
    document = made(texts, [None, jpeg(scan())], data.getvalue())
    assert len(document) == 2
    assert document[0].get_textpage().get_text_range() == "printed by a program"
    assert "HT-2026-0117" in document[1].get_textpage().get_text_range()


def test_a_page_that_was_lifted_out_of_a_photo_is_shown_as_it_was_read() -> None:
    photo = Image.new("RGB", (800, 800), (40, 90, 60))
    photo.paste(
        scan().resize((300, 425)).rotate(23, expand=True, fillcolor=(200, 180, 90)), (90, 60)
    )
    document = made([page()], [jpeg(scan())], pdf_of(photo))
    assert abs(document[0].get_width() / document[0].get_height() - WIDTH / HEIGHT) < 0.01
    assert near(found(document, 0, ROWS[0][0]), ROWS[0][1])


def test_text_that_nobody_could_read_is_not_doubled() -> None:
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=(300, 425))
    canvas.drawInlineImage(scan(), 0, 0, 300, 425)
    canvas.drawString(20, 20, "xqzv jkwq mrtp zzzz qqqq wwww")
    canvas.save()
    document = made([page()], [jpeg(scan())], data.getvalue())
    text = document[0].get_textpage().get_text_range()
    assert "xqzv" not in text
    assert ROWS[1][0] in text


def test_broken_and_locked_originals_are_told() -> None:
    with pytest.raises(NotExported) as caught:
        searchable_pdf([page()], [jpeg(scan())], b"%PDF-1.7 nothing")
    assert caught.value.code == "not_exported"


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(NotExported) as caught:
        searchable_pdf([page()] * 1_001, [None] * 1_001, None)
    assert caught.value.code == "too_large"


def test_what_is_written_down_is_turned() -> None:
    rows = (("竖排文字一二三四", Box(0.5, 0.1, 0.53, 0.6)),)
    document = made([page(rows=rows)], [jpeg(scan())], None)
    box = found(document, 0, "竖排文字一二三四")
    assert abs(box.y0 - 0.1) < 0.01
    assert abs(box.y1 - 0.6) < 0.01
    assert abs(box.centre[0] - 0.515) < 0.01


def test_blank_pages_are_turned_by_nothing() -> None:
    blank = np.full((96, 96), 255, np.uint8)
    assert turn_between(blank, blank) is None


def test_an_unturned_sheet_is_put_as_it_is() -> None:
    assert place_on_page(0, 0, (0, 0, 300, 400), (300, 400)) == (1, 0, 0, 1, 0, 0)
    assert place_on_page(0, 0, (10, 20, 310, 420), (300, 400)) == (1, 0, 0, 1, 10, 20)
