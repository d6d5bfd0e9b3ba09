"""Builders of files for the tests of the intake: small, hostile, and made on the spot."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen import canvas

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
