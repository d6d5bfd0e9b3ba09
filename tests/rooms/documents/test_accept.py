"""What comes in is told by its bytes; what cannot be read is refused with a code and a remedy."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from yuepi.documents import accept as intake
from yuepi.documents.accept import Original, Refused, accept, unpack
from yuepi.kit.errors import UnreadableFile

XML = (
    "<?xml version='1.0' encoding='UTF-8'?><EInvoice><TaxSupervisionInfo><InvoiceNumber>"
    "26110000000000000001</InvoiceNumber></TaxSupervisionInfo></EInvoice>"
)


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, kind)
    return out.getvalue()


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def refused(name: str, data: bytes) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        accept(name, data)
    return caught.value


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (picture("JPEG"), "jpeg"),
        (picture("PNG"), "png"),
        (picture("WEBP"), "webp"),
        (picture("TIFF"), "tiff"),
        (picture("BMP"), "bmp"),
        (picture("GIF"), "gif"),
        (b"\0\0\0\x1cftypheic\0\0\0\0mif1heic" + bytes(20), "heic"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\xef\xbb\xbfjunk\n%PDF-1.4\n", "pdf"),
        (packed({"OFD.xml": b"<x/>"}), "ofd"),
        (packed({"a.jpg": b"x"}), "zip"),
        (XML.encode(), "invoice_xml"),
        (XML.replace("UTF-8", "GBK").encode("gbk"), "invoice_xml"),
        (XML.replace("'UTF-8'", "'UTF-16'").encode("utf-16"), "invoice_xml"),
    ],
)
def test_content_tells_the_type_whatever_the_name(data: bytes, media: str) -> None:
    for name in ("invoice", "invoice.exe", "invoice.pdf", "票据.jpg"):
        original = accept(name, data)
        assert original.media == media
        assert original.data is data
        assert len(original.sha256) == 64


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\0\0\1\0\1\0", "unsupported_type"),
        (b"P6\n10 10\n255\n", "unsupported_type"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "unsupported_type"),
        (b"\xff\x4f\xff\x51", "unsupported_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported_type"),
        (b"<!doctype html><html><body>InvoiceNumber</body></html>", "unsupported_type"),
        (b"<note>hello</note>", "unsupported_type"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2mp41", "unsupported_type"),
        (b"\0\0\0\x20ftypavif\0\0\0\0avifmif1", "unsupported_type"),
        (b"just a letter, nothing else", "too_short"),
        (b"Rar!\x1a\x07\0", "unsupported_type"),
        (packed({"[Content_Types].xml": b"", "word/document.xml": b""}), "unsupported_type"),
        (b"\x91\x92\x00\x01\x02\x03" * 20, "unknown_type"),
        (b"PK\3\4 and then nothing of an archive", "damaged"),
        (
            XML.replace("<EInvoice>", "<!DOCTYPE x [<!ENTITY a 'b'>]><EInvoice>").encode(),
            "unsafe_xml",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(data: bytes, code: str) -> None:
    error = refused("claim/票.bin", data)
    assert error.code == code
    assert "票.bin" in error.message
    assert error.remedy


def test_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "FILE_BYTES_MAX", 1000)
    assert refused("a.jpg", picture("JPEG")[:3] + bytes(1000)).code == "too_large"


def test_names_are_shown_safely() -> None:
    error = refused("a\n\x1b[31mb" + "c" * 999, b"")
    assert "\x1b" not in error.message
    assert "\n" not in error.message
    assert len(error.message) < 400


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"PK\3\4", b"PK\5\6", b"<", b"\0\0\0\x20ftyp"])
)
def test_any_bytes_are_told_or_refused(data: bytes, start: bytes) -> None:
    with contextlib.suppress(UnreadableFile):
        assert accept("x", start + data).media


def test_a_zip_gives_its_members_and_one_bad_member_spoils_none() -> None:
    whole = {
        "a.jpg": picture("JPEG"),
        "folder/b.png": picture("PNG"),
        "empty.pdf": b"",
        "letter.docx": packed({"[Content_Types].xml": b"x"}),
        "inner.zip": packed({"c.jpg": picture("JPEG")}),
        "__MACOSX/._a.jpg": b"junk",
        "d.xml": XML.encode(),
    }
    found = unpack(accept("claim.zip", packed(whole)))
    read = {m.name: m.media for m in found if isinstance(m, Original)}
    assert read == {
        "claim.zip/a.jpg": "jpeg",
        "claim.zip/folder/b.png": "png",
        "claim.zip/d.xml": "invoice_xml",
    }
    bad = {m.name: m.error.code for m in found if isinstance(m, Refused)}
    assert bad == {
        "claim.zip/empty.pdf": "empty_file",
        "claim.zip/letter.docx": "unsupported_type",
        "claim.zip/inner.zip": "unsafe_archive",
    }


def test_names_written_in_gbk_are_read() -> None:
    data = packed({"xx.jpg": picture("JPEG")})
    gbk = "发".encode("gbk")
    (member,) = unpack(accept("a.zip", data.replace(b"xx.jpg", gbk + b".jpg")))
    assert member.name == "a.zip/发.jpg"


def slip() -> bytes:
    return packed({"../../etc/passwd": b"x"})


def rooted() -> bytes:
    return packed({"/etc/passwd": b"x"})


def drive() -> bytes:
    return packed({"C:\\windows\\x.jpg": b"x"})


def linked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link.jpg")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def crowded() -> bytes:
    return packed({f"{i}.txt": b"" for i in range(201)})


def huge() -> bytes:
    """Many members that together state more than the limit, each within its own."""
    data = bytearray(packed({f"{i}.bmp": b"BM" for i in range(20)}))
    at = 0
    while (at := data.find(b"PK\1\2", at)) >= 0:
        struct.pack_into("<I", data, at + 24, 49 * 2**20)
        at += 4
    return bytes(data)


def overlapping() -> bytes:
    """Fifield's idea: many names for the same compressed bytes."""
    kernel = packed({"a": b"0" * 100_000, "b": b"1"})
    start = kernel.index(b"PK\1\2")
    entry_bytes = 46 + 1 + struct.unpack_from("<H", kernel, start + 30)[0]
    entry = kernel[start : start + entry_bytes]
    directory = entry * 150
    tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 150, 150, len(directory), start, 0)
    return kernel[:start] + directory + tail


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (slip, "unsafe_archive"),
        (rooted, "unsafe_archive"),
        (drive, "unsafe_archive"),
        (linked, "unsafe_archive"),
        (crowded, "unsafe_archive"),
        (huge, "bomb"),
        (overlapping, "bomb"),
    ],
)
def test_an_unsafe_archive_is_refused_as_a_whole(build: Callable[[], bytes], code: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        unpack(accept("claim.zip", build()))
    assert caught.value.code == code
    assert "claim.zip" in caught.value.message


def test_a_bomb_in_an_archive_is_refused_and_its_neighbours_are_read() -> None:
    data = packed({"good.png": picture("PNG"), "bomb.bmp": b"BM" + bytes(30 * 2**20)})
    good, bomb = unpack(accept("claim.zip", data))
    assert isinstance(good, Original)
    assert isinstance(bomb, Refused)
    assert bomb.error.code == "bomb"


def test_a_lying_size_is_caught_by_counting() -> None:
    data = bytearray(packed({"bomb.bmp": b"BM" + bytes(30 * 2**20)}))
    struct.pack_into("<I", data, data.index(b"PK\1\2") + 24, 1000)
    (member,) = unpack(accept("claim.zip", bytes(data)))
    assert isinstance(member, Refused) or len(member.data) <= 1000


def test_an_encrypted_member_is_refused_by_itself() -> None:
    data = bytearray(packed({"a.jpg": picture("JPEG"), "b.jpg": picture("JPEG")}))
    first = data.index(b"PK\1\2")
    data[first + 8] |= 1
    data[6] |= 1
    a, b = unpack(accept("claim.zip", bytes(data)))
    assert isinstance(a, Refused)
    assert a.error.code == "encrypted"
    assert isinstance(b, Original)


def test_a_damaged_member_is_refused_by_itself() -> None:
    data = bytearray(packed({"a.jpg": picture("JPEG"), "b.jpg": picture("JPEG")}))
    data[60:90] = bytes(30)
    a, b = unpack(accept("claim.zip", bytes(data)))
    assert isinstance(a, Refused)
    assert a.error.code == "damaged"
    assert isinstance(b, Original)


def test_an_empty_archive_says_so() -> None:
    with pytest.raises(UnreadableFile) as caught:
        unpack(accept("claim.zip", packed({})))
    assert caught.value.code == "empty_file"


def test_a_polyglot_is_what_it_begins_with() -> None:
    original = accept("a.zip", picture("JPEG") + packed({"b.jpg": picture("JPEG")}))
    assert original.media == "jpeg"
    assert unpack(original) == [original]


def test_a_short_text_is_told_to_be_short() -> None:
    with pytest.raises(UnreadableFile, match=r"9 characters, a plain text needs 40") as caught:
        accept("note.txt", b"a b c d e f g h i")
    assert caught.value.code == "too_short"
    assert "PDF" in caught.value.remedy
    assert accept("receipt.txt", "数量".encode() * 20).media == "text"
