"""The library's documents read by the desk: long ones in slices, small pictures together."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

import pytest
from PIL import Image, ImageDraw
from reportlab.lib import pdfencrypt
from reportlab.pdfgen import canvas

from yuepi.app import parts_reader
from yuepi.app.parts_reader import DeskParts
from yuepi.app.worker_reader import DeskReader
from yuepi.documents.kept_reading import ReadFile
from yuepi.documents.turns import ClaimsFirst
from yuepi.kit.errors import UnreadableFile
from yuepi.library.reading import PartToRead


@pytest.fixture(scope="module")
def desk() -> DeskReader:
    return DeskReader()


def book(pages: int, password: str | None = None) -> bytes:
    out = io.BytesIO()
    locked = pdfencrypt.StandardEncryption(password) if password else None
    sheet = canvas.Canvas(out, pagesize=(300, 400), encrypt=locked)
    for number in range(1, pages + 1):
        sheet.drawString(40, 300, f"This is page number {number} of the book")
        sheet.showPage()
    sheet.save()
    return out.getvalue()


def photo(text: str) -> bytes:
    image = Image.new("RGB", (400, 120), "white")
    ImageDraw.Draw(image).text((20, 40), text, fill="black", font_size=32)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def read(
    parts: DeskParts, *files: tuple[str, bytes], pages: tuple[int, int] | None = None
) -> Sequence[ReadFile | UnreadableFile]:
    asked = [PartToRead(name, "0" * 64, data, pages) for name, data in files]
    return asyncio.run(parts.read_parts(asked))


def test_a_long_document_is_looked_at_in_slices(
    desk: DeskReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_reader, "PAGES_AT_ONCE", 2)
    idle: list[None] = []

    class Counting(DeskParts):
        async def idle(self) -> None:
            idle.append(None)

    parts = Counting(desk, ClaimsFirst(desk))
    (some,) = read(parts, ("book.pdf", book(7)), pages=(3, 7))
    assert isinstance(some, ReadFile)
    assert [page.page for page in some.texts] == [3, 4, 5, 6, 7]
    assert [page.page for page in some.pages] == [3, 4, 5, 6, 7]
    assert len(some.pictures) == 5
    (file,) = some.files
    assert (file.pages, file.original, file.error) == (5, True, None)
    assert "page number 4" in some.texts[1].text
    assert len(idle) == 4
    (whole,) = read(parts, ("book.pdf", book(3)))
    assert isinstance(whole, ReadFile)
    assert [page.page for page in whole.texts] == [1, 2, 3]


def test_slices_say_what_one_reading_says(
    desk: DeskReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_reader, "PAGES_AT_ONCE", 1)
    data = book(3)
    (slices,) = read(DeskParts(desk), ("book.pdf", data))
    at_once = asyncio.run(desk.read("book.pdf", data))
    assert isinstance(slices, ReadFile)
    assert slices.files[0].readings == at_once.files[0].readings
    assert slices.texts == at_once.texts
    assert slices.pages == at_once.pages
    assert slices.pictures == at_once.pictures


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("locked.pdf", book(2, "secret"), "encrypted"),
        ("broken.pdf", b"%PDF-1.7\nnothing of a PDF", "damaged"),
        ("some.zip", b"PK\5\6" + bytes(18), "unsupported_type"),
    ],
)
def test_a_fault_of_the_file_is_given_back(
    desk: DeskReader, name: str, data: bytes, code: str
) -> None:
    (told,) = read(DeskParts(desk), (name, data))
    assert isinstance(told, UnreadableFile)
    assert told.code == code


def test_a_slice_that_fails_leaves_the_others(
    desk: DeskReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_reader, "PAGES_AT_ONCE", 1)
    look_at = desk.look_at

    async def fails_on_two(original: object, pages: tuple[int, int]) -> object:
        if pages[0] == 2:
            raise UnreadableFile("book.pdf: page 2", remedy="get it again", code="damaged")
        return await look_at(original, pages)  # type: ignore[arg-type]

    monkeypatch.setattr(desk, "look_at", fails_on_two)
    (told,) = read(DeskParts(desk), ("book.pdf", book(3)))
    assert isinstance(told, ReadFile)
    assert [page.page for page in told.texts] == [1, 3]
    assert told.files[0].error is not None
    assert told.files[0].error.code == "damaged"


def test_small_pictures_are_read_together_and_a_broken_one_alone_fails(desk: DeskReader) -> None:
    files = [("a.png", photo("ALPHA 1234")), ("b.png", photo("x")[:90]), ("c.png", photo("GAMMA"))]
    one, broken, other = read(DeskParts(desk), *files)
    assert isinstance(one, ReadFile)
    assert isinstance(other, ReadFile)
    assert "1234" in one.texts[0].text
    assert "GAMMA" in other.texts[0].text
    failed = broken.files[0].error if isinstance(broken, ReadFile) else broken
    assert failed is not None
    assert failed.code == "damaged"
