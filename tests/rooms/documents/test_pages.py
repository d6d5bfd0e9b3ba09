"""Pictures taken apart: upright and in RGB, hostile files bounded."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageDraw

from tests.resources.intake import (
    BLUE,
    RED,
    attempt,
    flag,
    is_flag,
    near,
    noise,
    refused,
    saved,
    taken,
)
from yuepi.kit.errors import UnreadableFile


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


@pytest.mark.timeout(30)
def test_a_tiff_whose_directories_form_a_loop_ends() -> None:
    frames = [flag(), flag()]
    data = bytearray(saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    first = struct.unpack_from("<I", data, 4)[0]
    second_at = first + 2 + 12 * struct.unpack_from("<H", data, first)[0]
    second = struct.unpack_from("<I", data, second_at)[0]
    third_at = second + 2 + 12 * struct.unpack_from("<H", data, second)[0]
    struct.pack_into("<I", data, third_at, first)
    outcome = attempt(bytes(data))
    if isinstance(outcome, UnreadableFile):
        assert outcome.code in ("damaged", "too_many_pages")
    else:
        assert 1 <= len(outcome.pages) <= 2


def test_the_first_frame_of_what_moves() -> None:
    frames = [Image.new("RGB", (30, 20), c) for c in (RED, BLUE)]
    for kind in ("GIF", "PNG", "WEBP"):
        parsed = taken(saved(frames[0], kind, save_all=True, append_images=frames[1:]))
        (page,) = parsed.pages
        assert page.picture is not None
        assert near(page.picture[0, 0], RED)


@pytest.mark.timeout(30)
def test_a_large_photo_is_shrunk() -> None:
    page = taken(saved(flag(9000, 6000), "JPEG")).pages[0]
    assert max(page.width, page.height) <= 4500
    assert min(page.width, page.height) >= 2000
    assert is_flag(page.picture)


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
