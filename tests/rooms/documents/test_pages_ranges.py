"""Long PDFs, some pages at a time: numbers of the whole file, and only those pages drawn."""

from __future__ import annotations

import io

import pytest
from reportlab.pdfgen import canvas

from tests.resources.intake import refused
from yuepi.documents.accept import accept
from yuepi.documents.pages import count_pages, render
from yuepi.documents.parsing.pdf import PAGES_MAX
from yuepi.kit.errors import UnreadableFile


def book(pages: int) -> bytes:
    """A PDF that says on each page which it is."""
    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=(300, 400))
    sheet.setTitle("A book")
    for number in range(1, pages + 1):
        sheet.drawString(40, 300, f"This is page number {number} of a long book")
        sheet.showPage()
    sheet.save()
    return out.getvalue()


BOOK = book(PAGES_MAX + 10)


def test_pages_are_counted() -> None:
    assert count_pages(accept("book.pdf", BOOK)) == PAGES_MAX + 10
    assert count_pages(accept("long.txt", "一段很长的文字。".encode() * 40)) == 1
    with pytest.raises(UnreadableFile) as told:
        count_pages(accept("bad.pdf", b"%PDF-1.7\nnothing"))
    assert told.value.code == "damaged"


def test_a_range_has_the_numbers_of_the_whole() -> None:
    original = accept("book.pdf", BOOK)
    parsed = render(original, (41, 44))
    assert [page.number for page in parsed.pages] == [41, 42, 43, 44]
    assert [page.lines[0].text.split()[4] for page in parsed.pages] == ["41", "42", "43", "44"]
    assert all(page.picture is not None for page in parsed.pages)
    assert not any(aside.where == "metadata" for aside in parsed.asides)
    first = render(original, (1, 2))
    assert any(aside.where == "metadata" for aside in first.asides)
    end = render(original, (PAGES_MAX + 9, PAGES_MAX + 40))
    assert [page.number for page in end.pages] == [PAGES_MAX + 9, PAGES_MAX + 10]


@pytest.mark.parametrize("pages", [(0, 2), (5, 4), (1, PAGES_MAX + 1), (900, 901)])
def test_a_range_that_cannot_be_is_refused(pages: tuple[int, int]) -> None:
    with pytest.raises(UnreadableFile):
        render(accept("book.pdf", BOOK), pages)


def test_all_at_once_it_is_too_long_for_a_claim() -> None:
    assert refused(BOOK, "book.pdf").code == "too_many_pages"
