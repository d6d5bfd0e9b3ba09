"""What comes with a file unseen is taken for screening, within limits, and is no evidence."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from reportlab.pdfgen import canvas

from tests.resources.intake import drawn, taken, texts
from yuepi.documents.accept import accept
from yuepi.documents.pages import Parsed, render
from yuepi.documents.parsing.asides import ASIDE_CHARACTERS_MAX, CHARACTERS_MAX, Asides

WORDS = "words that nobody sees here"
SEEN = "what everybody can see on the paper of this page, in a line that is long enough"


def asides(parsed: Parsed) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in parsed.asides:
        found.setdefault(each.where, []).append(each.text)
    return found


def hidden_by(draw: Callable[[canvas.Canvas], None]) -> Parsed:
    def write(sheet: canvas.Canvas) -> None:
        sheet.setFont("Helvetica", 12)
        sheet.drawString(50, 300, SEEN)
        draw(sheet)

    return taken(drawn(write))


def white(sheet: canvas.Canvas) -> None:
    sheet.setFillColorRGB(1, 1, 1)
    sheet.drawString(50, 200, WORDS)


def invisible(sheet: canvas.Canvas) -> None:
    text = sheet.beginText(50, 200)
    text.setTextRenderMode(3)
    text.textOut(WORDS)
    sheet.drawText(text)


def off_page(sheet: canvas.Canvas) -> None:
    sheet.drawString(5000, 200, WORDS)


def covered(sheet: canvas.Canvas) -> None:
    sheet.drawString(50, 200, WORDS)
    sheet.setFillColorRGB(1, 1, 1)
    sheet.rect(40, 190, 400, 40, stroke=0, fill=1)


def minute(sheet: canvas.Canvas) -> None:
    sheet.setFont("Helvetica", 0.3)
    sheet.drawString(50, 200, WORDS)


@pytest.mark.parametrize("draw", [white, invisible, off_page, covered, minute])
def test_hidden_words_are_kept_apart(draw: Callable[[canvas.Canvas], None]) -> None:
    parsed = hidden_by(draw)
    assert texts(parsed) == [SEEN]
    assert WORDS in " ".join(asides(parsed)["hidden"])


def test_notes_descriptions_bookmarks_and_form_values_are_taken() -> None:
    def write(sheet: canvas.Canvas) -> None:
        sheet.setTitle("title words")
        sheet.setSubject("题目文字")
        sheet.bookmarkPage("x")
        sheet.addOutlineEntry("bookmark words", "x")
        sheet.textAnnotation("note words", Rect=(5, 5, 15, 15))
        sheet.acroForm.textfield(value="form words", x=300, y=100, width=90, height=20)

    found = asides(hidden_by(write))
    assert {"title words", "题目文字", "bookmark words"} <= set(found["metadata"])
    assert {"note words", "form words"} <= set(found["annotation"])
    assert found["file_name"]


def picture(**more: Any) -> bytes:
    kept = io.BytesIO()
    Image.effect_noise((200, 100), 90).convert("RGB").save(kept, "JPEG", **more)
    return kept.getvalue()


def test_exif_comments_and_packets_of_pictures_are_taken() -> None:
    exif = Image.Exif()
    exif[0x010E] = "described words 描述".encode()
    exif[0x9C9C] = "备注文字".encode("utf-16-le")
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "用户文字".encode("utf-16-be")
    xmp = b'<x:xmpmeta><rdf about="packet attribute">packet words</rdf></x:xmpmeta>'
    data = picture(exif=exif.tobytes(), comment=b"comment words", xmp=xmp)
    said = "\n".join(asides(render(accept("a.jpg", data)))["metadata"])
    for words in (
        "described words 描述", "备注文字", "用户文字", "comment words", "packet words",
        "packet attribute",
    ):  # fmt: skip
        assert words in said


def test_texts_in_a_png_are_taken_packed_or_not() -> None:
    said = PngInfo()
    said.add_text("Description", "plain words")
    said.add_itxt("Comment", "压缩文字", zip=True)
    kept = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(kept, "PNG", pnginfo=said)
    found = asides(render(accept("a.png", kept.getvalue())))["metadata"]
    assert {"plain words", "压缩文字"} <= set(found)


def test_there_is_never_too_much_of_it() -> None:
    kept = Asides()
    for at in range(2000):
        kept.add("hidden", f"{at} " + "x" * 20_000)
    assert sum(len(each["text"]) for each in kept.taken) <= CHARACTERS_MAX
    assert max(len(each["text"]) for each in kept.taken) <= ASIDE_CHARACTERS_MAX
