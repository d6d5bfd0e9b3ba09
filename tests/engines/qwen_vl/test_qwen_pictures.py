"""Pictures upright, on white, without their margins; positions of their tokens."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from yuepi.engines.contract import ChatRefused, Picture
from yuepi.engines.qwen_vl.pictures import content_box, upright
from yuepi.engines.qwen_vl.prompt import expand, picture_number


def sent(image: Image.Image, kind: str = "PNG", **more: Any) -> Picture:
    stream = io.BytesIO()
    image.save(stream, kind, **more)
    return Picture(stream.getvalue(), f"image/{kind.lower()}", "0" * 64, *image.size)


def test_exif_orientation() -> None:
    image = Image.new("RGB", (40, 20), "white")
    exif = Image.Exif()
    exif[0x0112] = 6
    assert upright(sent(image, "JPEG", exif=exif)).size == (20, 40)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "L", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    image = Image.new("L", (8, 8), 255).convert(mode.replace("I;16", "I"))
    if mode == "I;16":
        image = Image.fromarray(np.full((8, 8), 0xFFFF, dtype=np.uint16))
    turned = upright(sent(image, "TIFF" if mode == "CMYK" else "PNG"))
    assert turned.mode == "RGB"
    assert np.asarray(turned).min() > 250


def test_nothing_is_white_paper() -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert np.asarray(upright(sent(clear))).min() == 255


SHORT_HEADER = b"\x89PNG\r\n\x1a\n\0\0\0\5IHDR\0\0\0\5\0" + zlib.crc32(b"IHDR\0\0\0\5\0").to_bytes(
    4
)
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n%%EOF\n"


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"not a picture", SHORT_HEADER, POSTSCRIPT]
)
def test_unreadable(data: bytes) -> None:
    with pytest.raises(ChatRefused) as refused:
        upright(Picture(data, "image/png", "0" * 64, 1, 1))
    assert refused.value.code == "invalid_image"


def test_cut_off() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    whole = sent(Image.fromarray(noise))
    with pytest.raises(ChatRefused):
        upright(Picture(whole.data[:2000], "image/png", "0" * 64, 64, 64))


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(12_000, 9_000), (5_000, 10)])
def test_absurd_sizes_are_refused_before_decoding(size: tuple[int, int]) -> None:
    with pytest.raises(ChatRefused, match="too large or too long"):
        upright(sent(Image.new("1", size)))


def page(colour: str = "white") -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (1000, 800), colour)
    return image, ImageDraw.Draw(image)


def test_margins_go_and_a_border_stays() -> None:
    image, pen = page("#f0f0e8")
    pen.rectangle((400, 300, 599, 449), fill="#c04040")
    left, top, right, bottom = content_box(image)
    assert 375 <= left < 400
    assert 275 <= top < 300
    assert 600 < right <= 625
    assert 450 < bottom <= 475


def test_a_faint_line_at_the_edge_is_content() -> None:
    image, pen = page()
    pen.rectangle((400, 300, 599, 449), fill="black")
    pen.text((5, 780), "1/2", fill="#808080")
    left, _, _, bottom = content_box(image)
    assert left == 0
    assert bottom == 800


def test_what_stays_whole() -> None:
    blank, _ = page()
    assert content_box(blank) == (0, 0, 1000, 800)
    noise = np.random.default_rng(0).integers(0, 255, (80, 100, 3), dtype=np.uint8)
    assert content_box(Image.fromarray(noise)) == (0, 0, 100, 80)
    full, pen = page()
    pen.rectangle((30, 30, 970, 770), outline="black")
    assert content_box(full) == (0, 0, 1000, 800)


# --- tokens ------------------------------------------------------------------------------------


def test_positions_of_a_picture() -> None:
    prompt = expand([1, 9, 2, 3], [(-5, (4, 6))], image_token_id=9, merge=2)
    assert prompt.ids.tolist() == [1, 9, 9, 9, 9, 9, 9, 2, 3]
    assert prompt.identity.tolist() == [1, -5, -5, -5, -5, -5, -5, 2, 3]
    assert prompt.positions.tolist() == [
        [0, 1, 1, 1, 1, 1, 1, 4, 5],
        [0, 1, 1, 1, 2, 2, 2, 4, 5],
        [0, 1, 2, 3, 1, 2, 3, 4, 5],
    ]
    assert prompt.position_next == 6
    assert (prompt.spans[0].start, prompt.spans[0].end) == (1, 7)


def test_a_template_that_loses_a_picture_is_noticed() -> None:
    with pytest.raises(ValueError, match="image token"):
        expand([1, 2], [(-5, (2, 2))], image_token_id=9, merge=2)


def test_pictures_go_by_numbers_of_their_own() -> None:
    numbers = {
        picture_number(sha, grid, how)
        for sha in ("a", "b")
        for grid in ((2, 4), (4, 2))
        for how in ("512", "1280")
    }
    assert len(numbers) == 8
    assert all(-(1 << 63) <= number < 0 for number in numbers)
