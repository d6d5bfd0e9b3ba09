"""Pictures of requests: known by their bytes, limited, hashed, and refused with a reason."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import time
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from yuepi.engines.contract import ChatRefused
from yuepi.gateway.picture_header import UnfitPicture, read_header
from yuepi.gateway.picture_intake import PictureAsked, PictureLimits, take_data_uri

KINDS = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
}


def drawn(kind: str, size: tuple[int, int] = (37, 23), **options: Any) -> bytes:
    out = io.BytesIO()
    picture = Image.radial_gradient("L").resize(size).convert("RGB")
    picture.save(out, kind, **options)
    return out.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A PNG whose header promises that many pixels; its few bytes hold none of them."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def asked(url: str, **named: Any) -> PictureAsked:
    return PictureAsked(0, 1, json.dumps(url).encode(), "auto", **named)


def uri(data: bytes, media: str = "image/png") -> str:
    return f"data:{media};base64,{base64.b64encode(data).decode()}"


def refusal(url: str, limits: PictureLimits | None = None) -> ChatRefused:
    with pytest.raises(ChatRefused) as caught:
        take_data_uri(asked(url), limits or PictureLimits())
    error = caught.value
    assert error.param == "messages[0].content[1].image_url.url"
    assert error.http_status == 400
    assert error.remedy
    return error


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_known_by_its_bytes(kind: str) -> None:
    data = drawn(kind)
    taken = take_data_uri(asked(uri(data, "image/x-wrong")), PictureLimits())
    assert taken.as_sent
    picture = taken.picture
    assert (picture.width_px, picture.height_px) == (37, 23)
    assert picture.media_type == KINDS[kind]
    assert picture.data == data
    assert picture.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"progressive": True}),
        ("JPEG", {"exif": Image.Exif()}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0"}),
        ("PNG", {"bits": 4, "compress_level": 0}),
        ("GIF", {"comment": b"c" * 700}),
    ],
)
def test_sizes_agree_with_a_decoder(kind: str, options: dict[str, Any]) -> None:
    for size in ((1, 1), (640, 3), (259, 777)):
        header = read_header(drawn(kind, size, **options))
        assert (header.width_px, header.height_px) == size


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_off_picture_is_seen(kind: str) -> None:
    data = drawn(kind, (200, 100))
    for share in (0.02, 0.1, 0.5, 0.9):
        cut = data[: max(2, int(len(data) * share))]
        assert refusal(uri(cut)).code == "invalid_image"


def test_a_thumbnails_end_is_not_the_pictures_end() -> None:
    thumbnail = drawn("JPEG", (16, 16))
    exif = b"Exif\0\0" + thumbnail
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    data = drawn("JPEG", (300, 200))
    whole = data[:2] + segment + data[2:]
    assert read_header(whole).width_px == 300
    with pytest.raises(UnfitPicture, match="cut off"):
        read_header(whole[:-200])


def test_a_hundred_megapixels_are_refused_before_decoding() -> None:
    error = refusal(uri(huge_png(10_000, 10_000)))
    assert error.code == "image_too_large"
    assert "10000 x 10000" in error.message
    assert "40 megapixels" in error.message


def test_too_many_bytes_are_refused() -> None:
    limits = PictureLimits(image_bytes_max=500)
    assert refusal(uri(drawn("BMP")), limits).code == "image_too_large"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "picture.png",
        "file:///etc/passwd",
        "data:image/png,abc",
        "data:image/png;base64",
        "data:image/png;base64,",
        "data:image/png;base64,@@@@",
        "data:image/png;base64,iVBORw0KGgo",
        "data:image/png;base64,iVBO\u00e4w0K",
        "data:text/plain;base64,aGVsbG8gd29ybGQ=",
    ],
)
def test_what_is_no_picture_is_refused(url: str) -> None:
    assert refusal(url).code == "invalid_image"


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (drawn("TIFF"), "TIFF"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<!DOCTYPE html>", "web page"),
        (b"PK\3\4abcdef", "zip"),
    ],
)
def test_other_files_are_called_by_their_name(data: bytes, named: str) -> None:
    assert named in refusal(uri(data)).message


def test_escaped_slashes_are_as_good_as_plain_ones() -> None:
    """PHP writes JSON like that, and every JSON parser reads it back."""
    data = drawn("JPEG")
    escaped = json.dumps(uri(data, "image/jpeg")).replace("/", "\\/").encode()
    taken = take_data_uri(PictureAsked(0, 0, escaped, "auto"), PictureLimits())
    assert taken.picture.data == data


def test_untidy_base64_is_read_but_not_passed_on() -> None:
    data = drawn("JPEG")
    text = base64.encodebytes(data).decode()
    escaped = json.dumps(f"data:image/jpeg;base64,{text}").replace("/", "\\/").encode()
    taken = take_data_uri(PictureAsked(0, 0, escaped, "low"), PictureLimits())
    assert not taken.as_sent
    assert taken.picture.data == data
    assert taken.picture.detail == "low"


def test_a_png_with_a_damaged_header_is_refused() -> None:
    data = bytearray(drawn("PNG"))
    data[18] ^= 1
    assert "damaged" in refusal(uri(bytes(data))).message


def test_a_gif_frame_larger_than_its_screen_counts() -> None:
    data = bytearray(drawn("GIF", (50, 40)))
    data[6:10] = struct.pack("<HH", 1, 1)
    header = read_header(bytes(data))
    assert (header.width_px, header.height_px) == (50, 40)


@given(st.binary(max_size=200), st.sampled_from([drawn(kind) for kind in KINDS]), st.data())
def test_no_bytes_break_the_header_reader(noise: bytes, data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, min(64, len(data))))
    for sample in (noise, data[:at] + noise, data[:at] + noise + data[at + len(noise) :]):
        try:
            header = read_header(sample)
        except UnfitPicture:
            continue
        assert header.width_px > 0
        assert header.height_px > 0


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8" + b"\xff" * (20 * 2**20),
        b"GIF89a\x02\0\x03\0\0\0\0!\xfe" + b"\x01a" * (10 * 2**20) + b";",
    ],
)
def test_headers_without_end_are_left_early(data: bytes) -> None:
    began = time.process_time()
    with pytest.raises(UnfitPicture):
        read_header(data)
    # A walk over all of it takes a second and more.
    assert time.process_time() - began < 0.2


def test_a_few_fill_bytes_do_no_harm() -> None:
    frame = b"\xff\xc0\x00\x0b\x08\x00\x05\x00\x07\x01\x11\x11\x00"
    scan = b"\xff\xda\x00\x02\xff\xd9"
    header = read_header(b"\xff\xd8" + b"\xff" * 3000 + frame + b"\xff" * 3 + scan)
    assert (header.width_px, header.height_px) == (7, 5)
