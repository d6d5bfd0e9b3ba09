"""Files taken apart: pictures upright and in RGB, text with boxes, hostile files bounded."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from yuepi.documents import pages
from yuepi.documents.accept import accept
from yuepi.documents.pages import Parsed, render
from yuepi.kit.errors import UnreadableFile
from yuepi.sight.sighting import Line

RED, BLUE = (220, 20, 20), (20, 20, 220)


def taken(data: bytes, name: str = "file") -> Parsed:
    return render(accept(name, data))


def attempt(data: bytes) -> Parsed | UnreadableFile:
    try:
        return taken(data)
    except UnreadableFile as error:
        return error


def refused(data: bytes, name: str = "票据.bin") -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        taken(data, name)
    assert name in caught.value.message
    assert caught.value.remedy
    return caught.value


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def flag(width: int = 60, height: int = 40) -> Image.Image:
    """Red above, blue below."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (0, height // 2, width, height))
    return image


def noise(width: int, height: int) -> Image.Image:
    rng = np.random.default_rng(7)
    return Image.fromarray(rng.integers(0, 255, (height, width, 3), dtype=np.uint8))


def near(pixel: np.ndarray, colour: tuple[int, int, int], by: int = 40) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < by)


def is_flag(picture: np.ndarray | None) -> bool:
    assert picture is not None
    assert picture.dtype == np.uint8
    height, width = picture.shape[:2]
    top, bottom = picture[height // 5, width // 2], picture[-height // 5, width // 2]
    return picture.shape[2] == 3 and near(top, RED) and near(bottom, BLUE)


# Pictures


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_each_kind_of_picture_comes_out_as_rgb(kind: str) -> None:
    parsed = taken(saved(flag(), kind))
    (page,) = parsed.pages
    assert is_flag(page.picture)
    assert (page.width, page.height) == (60, 40)
    assert page.lines == ()
    assert not parsed.original_data
    assert parsed.notes == ()


def test_heic() -> None:
    out = io.BytesIO()
    pillow_heif.from_pillow(flag(128, 96)).save(out)
    assert is_flag(taken(out.getvalue()).pages[0].picture)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_the_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = flag()
    stored = image.transpose(undo[orientation]) if orientation in undo else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    page = taken(saved(stored, kind, exif=exif.tobytes())).pages[0]
    assert (page.width, page.height) == (60, 40)
    assert is_flag(page.picture)


def test_transparency_is_laid_on_white_and_white_writing_on_black() -> None:
    for ink, ground in (((0, 0, 0), 255), ((255, 255, 255), 0)):
        image = Image.new("RGBA", (60, 40), (*ink, 0))
        ImageDraw.Draw(image).rectangle((10, 10, 30, 30), fill=(*ink, 255))
        picture = taken(saved(image, "PNG")).pages[0].picture
        assert picture is not None
        assert picture[0, 0].tolist() == [ground] * 3
        assert picture[20, 20].tolist() == list(ink)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA", "I;16", "CMYK", "F"])
def test_depths_and_colour_spaces(mode: str) -> None:
    grey = Image.new("L", (60, 40), 250)
    grey.paste(10, (0, 20, 60, 40))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    elif mode == "PA":
        image = grey.convert("LA").convert("RGBA").quantize(16)
    else:
        image = grey.convert(mode, dither=Image.Dither.NONE)
    kind = "TIFF" if mode in ("CMYK", "F") else "PNG"
    picture = taken(saved(image, kind)).pages[0].picture
    assert picture is not None
    assert picture.shape == (40, 60, 3)
    assert picture[5].min() > 200
    assert picture[-5].max() < 60


def test_all_pages_of_a_tiff_in_order() -> None:
    frames = [Image.new("RGB", (30, 20), (50 * i, 0, 0)) for i in range(4)]
    parsed = taken(saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    assert [page.number for page in parsed.pages] == [1, 2, 3, 4]
    shades = [page.picture[0, 0, 0] for page in parsed.pages if page.picture is not None]
    assert shades == [0, 50, 100, 150]


def test_a_tiff_of_too_many_pages_is_refused() -> None:
    frames = [Image.new("1", (8, 8)) for _ in range(51)]
    error = refused(saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    assert error.code == "too_many_pages"
    assert "50" in error.message


def test_a_tiff_whose_directories_form_a_loop_ends() -> None:
    frames = [flag(), flag()]
    data = bytearray(saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    first = struct.unpack_from("<I", data, 4)[0]
    second_at = first + 2 + 12 * struct.unpack_from("<H", data, first)[0]
    second = struct.unpack_from("<I", data, second_at)[0]
    third_at = second + 2 + 12 * struct.unpack_from("<H", data, second)[0]
    struct.pack_into("<I", data, third_at, first)
    started = time.monotonic()
    outcome = attempt(bytes(data))
    if isinstance(outcome, UnreadableFile):
        assert outcome.code in ("damaged", "too_many_pages")
    else:
        assert 1 <= len(outcome.pages) <= 2
    assert time.monotonic() - started < 5


def test_the_first_frame_of_what_moves() -> None:
    frames = [Image.new("RGB", (30, 20), c) for c in (RED, BLUE)]
    for kind in ("GIF", "PNG", "WEBP"):
        parsed = taken(saved(frames[0], kind, save_all=True, append_images=frames[1:]))
        (page,) = parsed.pages
        assert page.picture is not None
        assert near(page.picture[0, 0], RED)


def test_a_large_photo_is_shrunk() -> None:
    started = time.monotonic()
    page = taken(saved(flag(9000, 6000), "JPEG")).pages[0]
    assert max(page.width, page.height) <= 4500
    assert min(page.width, page.height) >= 2000
    assert is_flag(page.picture)
    assert time.monotonic() - started < 8


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_cut_off_is_marked_and_a_rest_is_refused(kind: str) -> None:
    data = saved(noise(400, 300), kind)
    parsed = taken(data[: len(data) * 4 // 5])
    assert [note.code for note in parsed.notes] == ["partial_picture"]
    assert parsed.pages[0].picture is not None
    assert refused(data[: len(data) // 4]).code == "damaged"
    assert refused(data[:60]).code == "damaged"


def test_a_jpeg_that_ends_early_but_closes_properly_is_marked() -> None:
    data = saved(noise(400, 300), "JPEG")
    parsed = taken(data[: len(data) * 3 // 4] + b"\xff\xd9")
    assert [note.code for note in parsed.notes] == ["partial_picture"]


@pytest.mark.parametrize("kind", ["WEBP", "TIFF", "BMP", "GIF"])
def test_other_pictures_cut_off_are_refused(kind: str) -> None:
    data = saved(noise(200, 150), kind)
    assert refused(data[: len(data) // 2]).code == "damaged"


def test_a_png_bomb_is_refused_before_it_is_decoded() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    for side, code in ((50_000, "bomb"), (9_000, "too_large")):
        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
        data += chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")
        assert refused(data).code == code


def test_an_archive_behind_a_picture_is_ignored_and_noted() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("b.txt", b"x")
    parsed = taken(saved(flag(), "JPEG") + out.getvalue())
    assert is_flag(parsed.pages[0].picture)
    assert [note.code for note in parsed.notes] == ["extra_data"]


def test_a_photo_takes_its_decoding_and_little_more() -> None:
    image = Image.fromarray(np.kron(np.asarray(noise(100, 63)), np.ones((16, 16, 1), np.uint8)))
    data = saved(image, "JPEG", quality=85)
    pages.warm()
    taken(data)

    def fastest(job: object) -> float:
        times = []
        for _ in range(7):
            started = time.perf_counter()
            job()  # type: ignore[operator]
            times.append(time.perf_counter() - started)
        return min(times)

    decoding = fastest(lambda: np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    whole = fastest(lambda: taken(data))
    assert whole < decoding + 0.03


# PDF


def drawn(write: object, size: tuple[float, float] = (600, 400), **options: object) -> bytes:
    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=size, **options)
    write(sheet)  # type: ignore[operator]
    sheet.save()
    return out.getvalue()


def texts(parsed: Parsed) -> list[str]:
    return [line.text for page in parsed.pages for line in page.lines]


def line_of(parsed: Parsed, text: str) -> Line:
    return next(line for page in parsed.pages for line in page.lines if line.text == text)


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


def test_five_hundred_pages_are_too_many() -> None:
    def write(sheet: canvas.Canvas) -> None:
        for _ in range(500):
            sheet.drawString(9, 9, "x")
            sheet.showPage()

    started = time.monotonic()
    error = refused(drawn(write))
    assert error.code == "too_many_pages"
    assert "500" in error.message
    assert "50" in error.message
    assert time.monotonic() - started < 10


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
    started = time.monotonic()
    outcome = attempt(assembled(*objects))
    if isinstance(outcome, UnreadableFile):
        assert outcome.code in ("damaged", "too_many_pages")
    else:
        assert len(outcome.pages) <= 50
    assert time.monotonic() - started < 10


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


# XML and OFD

ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(
        b'<!ENTITY lol%d "%s">' % (n, b"&lol%d;" % (n - 1) * 10 if n > 1 else b"&lol;" * 10)
        for n in range(1, 10)
    )
    + b"]><EInvoice><InvoiceNumber>&lol9;</InvoiceNumber></EInvoice>"
)
EXTERNAL = (
    b'<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    b"<EInvoice><InvoiceNumber>&file;</InvoiceNumber></EInvoice>"
)
REMOTE = b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><EInvoice><EIid>1</EIid></EInvoice>'


@pytest.mark.parametrize("data", [ENTITIES, EXTERNAL, REMOTE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_in_xml_are_refused(data: bytes, encoding: str) -> None:
    started = time.monotonic()
    assert refused(data.decode().encode(encoding)).code == "unsafe_xml"
    assert time.monotonic() - started < 5


def test_damaged_xml_is_refused() -> None:
    assert refused(b"<EInvoice><InvoiceNumber>1</InvoiceNumber>").code == "damaged"


def test_deep_xml_ends() -> None:
    data = b"<EInvoice>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"<EIid>1</EIid></EInvoice>"
    outcome = attempt(data)
    if isinstance(outcome, UnreadableFile):
        assert outcome.code == "damaged"
    else:
        assert len(outcome.pages) == 1


def test_xml_with_undeclared_prefixes_is_mended() -> None:
    parsed = taken(b"<fp:eInvoice><fp:InvoiceNo>12345678</fp:InvoiceNo></fp:eInvoice>")
    assert parsed.data is not None
    assert parsed.data["sources"][0]["values"] == [["InvoiceNo", "12345678"]]
    assert parsed.original_data


NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
CONTENT = (
    f"<ofd:Page {NAMESPACE}><ofd:Content><ofd:Layer>"
    '<ofd:TextObject ID="7" Boundary="20 10 100 10" Size="5">'
    '<ofd:TextCode X="0" Y="5" DeltaX="g 7 2.5">12345678</ofd:TextCode></ofd:TextObject>'
    '<ofd:TextObject ID="8" Boundary="10 30 5 30" Size="5">'
    '<ofd:TextCode X="0" Y="5" DeltaY="6 6">购买方</ofd:TextCode></ofd:TextObject>'
    '<ofd:TextObject ID="9" Boundary="20 80 100 20" Size="5">'
    '<ofd:TextCode X="0" Y="5" DeltaX="2.5 -2.5 2.5" DeltaY="0 6 0">ABCD</ofd:TextCode>'
    "</ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>"
)


def ofd(extra: dict[str, str] | None = None) -> bytes:
    parts = {
        "OFD.xml": f"<ofd:OFD {NAMESPACE}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml"
        "</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {NAMESPACE}><ofd:CommonData><ofd:PageArea>"
        "<ofd:PhysicalBox>0 0 200 100</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData>"
        '<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>'
        "<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags></ofd:Document>",
        "Doc_0/Pages/Page_0/Content.xml": CONTENT,
        "Doc_0/Tags/CustomTags.xml": f"<ofd:CustomTags {NAMESPACE}><ofd:CustomTag>"
        "<ofd:FileLoc>Tag.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>",
        "Doc_0/Tags/Tag.xml": f"<root {NAMESPACE}><InvoiceNo>"
        '<ofd:ObjectRef PageRef="1">7</ofd:ObjectRef></InvoiceNo></root>',
    } | (extra or {})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def test_an_ofd_gives_lines_with_boxes_and_its_tags() -> None:
    parsed = taken(ofd())
    (page,) = parsed.pages
    assert (page.width, page.height) == (200, 100)
    number = line_of(parsed, "12345678")
    assert number.box.x0 == pytest.approx(0.1)
    assert number.box.x1 == pytest.approx(0.2)
    assert number.stops[4] == pytest.approx(0.15)
    assert number.box.holds((0.12, 0.13))
    assert line_of(parsed, "购买方").box.height > 0.15
    assert {"AB", "CD"} <= set(texts(parsed))
    assert parsed.original_data
    assert parsed.data is not None
    assert parsed.data["sources"][0]["values"] == [["InvoiceNo", "12345678"]]


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ({"../../../etc/cron.d/x": "x"}, "unsafe_archive"),
        ({"Doc_0/Pages/Page_0/Content.xml": ENTITIES.decode()}, "unsafe_xml"),
        ({"Doc_0/Document.xml": EXTERNAL.decode()}, "unsafe_xml"),
        ({"OFD.xml": "<ofd:OFD"}, "damaged"),
        ({"OFD.xml": "<OFD/>"}, "damaged"),
        ({"Doc_0/Pages/Page_0/Content.xml": "<a>" + " " * 40 * 2**20}, "too_large"),
    ],
)
def test_a_hostile_ofd_is_refused(extra: dict[str, str], code: str) -> None:
    assert refused(ofd(extra)).code == code


def test_an_ofd_may_be_its_own_template_without_end() -> None:
    composite = (
        f"<ofd:Res {NAMESPACE}><CompositeGraphicUnits><CompositeGraphicUnit ID='5'><Content>"
        "<CompositeObject ResourceID='5'/><CompositeObject ResourceID='5'/></Content>"
        "</CompositeGraphicUnit></CompositeGraphicUnits></ofd:Res>"
    )
    document = (
        "<Document><CommonData><PublicRes>Res.xml</PublicRes></CommonData><Pages>"
        "<Page ID='1' BaseLoc='Pages/Page_0/Content.xml'/></Pages></Document>"
    )
    page = "<Page><Content><Layer><CompositeObject ResourceID='5'/></Layer></Content></Page>"
    parts = {"Doc_0/Document.xml": document, "Doc_0/Res.xml": composite}
    started = time.monotonic()
    parsed = taken(ofd(parts | {"Doc_0/Pages/Page_0/Content.xml": page}))
    assert len(parsed.pages) == 1
    assert time.monotonic() - started < 5


def test_a_page_that_is_missing_is_noted() -> None:
    document = (
        "<Document><Pages><Page ID='1' BaseLoc='Pages/Page_0/Content.xml'/>"
        "<Page ID='2' BaseLoc='nowhere.xml'/></Pages></Document>"
    )
    parsed = taken(ofd({"Doc_0/Document.xml": document}))
    assert len(parsed.pages) == 1
    assert [(note.code, note.page) for note in parsed.notes] == [("page_damaged", 2)]
