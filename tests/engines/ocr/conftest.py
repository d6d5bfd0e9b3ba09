"""Few pictures, looked at once for all tests of this folder, with the one eye of the test run."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.resources.desk import ON, the_desk
from yuepi.engines.contract import Chat, JsonShape, Message, Part, Picture, picture_sha256
from yuepi.engines.ocr import OcrEngine
from yuepi.engines.ocr.id_card import check_character
from yuepi.lab.samples import make, picture
from yuepi.sight.look import Seen

Ask = Callable[..., str]


def as_picture(pixels: NDArray[np.uint8]) -> Picture:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    height, width = pixels.shape[:2]
    return Picture(data.getvalue(), "image/png", picture_sha256(data.getvalue()), width, height)


def id_card(number: str = "11010519900307" + "201") -> NDArray[np.uint8]:
    """The front of a card of nobody, laid out as GA 448 says; `number` without its check."""
    spec = find_spec("pylopdf_fonts_zh_cn")
    assert spec is not None
    assert spec.origin is not None
    face = str(Path(spec.origin).with_name("NotoSansSC-Regular.otf"))
    label, value = ImageFont.truetype(face, 30), ImageFont.truetype(face, 34)
    card = Image.new("RGB", (1010, 640), (243, 247, 250))
    draw = ImageDraw.Draw(card)
    blue, black = (60, 110, 170), (25, 25, 30)
    whole = number + check_character(number) if len(number) == 17 else number
    for x, y, text, font, ink in (
        (70, 75, "姓  名", label, blue), (190, 72, "林晓东", value, black),
        (70, 155, "性  别", label, blue), (190, 152, "男", value, black),
        (300, 155, "民  族", label, blue), (410, 152, "汉", value, black),
        (70, 235, "出  生", label, blue), (190, 232, "1990", value, black),
        (285, 235, "年", label, blue), (345, 232, "3", value, black),
        (385, 235, "月", label, blue), (440, 232, "7", value, black),
        (480, 235, "日", label, blue),
        (70, 315, "住  址", label, blue), (190, 312, "北京市朝阳区人民大道", value, black),
        (190, 362, "146号3栋1742室", value, black),
        (70, 540, "公民身份号码", label, blue), (340, 537, whole, value, black),
    ):  # fmt: skip
        draw.text((x, y), text, font=font, fill=ink)
    draw.ellipse((740, 120, 900, 320), fill=(200, 190, 180))
    draw.rectangle((710, 320, 930, 470), fill=(90, 100, 120))
    return np.asarray(card, np.uint8)


class CountingEye:
    """The test run's eye, counting what it looks at."""

    def __init__(self) -> None:
        self.looks = 0

    def look(self, pictures: list[NDArray[np.uint8]], *, text: bool = True) -> list[Seen]:
        self.looks += len(pictures)
        return the_desk().eye.look(pictures, text=text)

    def warm(self) -> None:
        the_desk().eye.warm()


@pytest.fixture(scope="session")
def ocr_eye() -> CountingEye:
    return CountingEye()


@pytest.fixture(scope="session")
def ocr_engine(ocr_eye: CountingEye) -> OcrEngine:
    return OcrEngine("ocr", eye=lambda: ocr_eye, today=lambda: ON)


@pytest.fixture(scope="session")
def shelf() -> dict[str, Picture]:
    """The pictures that questions are asked about."""
    day = date(2026, 10, 8)
    vat = make("vat_e_invoice", 3, ON, total=Decimal("6280"), date=day)
    found = {"vat": picture(vat, 150)}
    # As small as their print allows: each line costs a reading.
    for name, kind, dpi, wishes in (
        ("digital", "digital_invoice", 150, {}),
        ("receipt", "receipt", 150, {"english": True}),
        ("bill", "invoice", 90, {}),
        ("taxi", "taxi_invoice", 150, {}),
        ("menu", "menu", 90, {}),
        ("paid", "payment_screenshot", 90, {}),
    ):
        found[name] = picture(make(kind, 3, ON, **wishes), dpi)
    # The cold and the hot dishes; the rest of the menu asks for nothing more.
    found["menu"] = found["menu"][: len(found["menu"]) // 2]
    found["card"] = id_card()
    return {name: as_picture(pixels) for name, pixels in found.items()}


async def whole(engine: OcrEngine, chat: Chat) -> str:
    """The text of an answer that ended well."""
    text, finish = "", None
    async for delta in engine.stream(chat):
        text += delta.text
        finish = delta.finish or finish
    assert finish == "stop"
    return text


@pytest.fixture(scope="session")
def ask(ocr_engine: OcrEngine, shelf: dict[str, Picture]) -> Ask:
    """`ask(question, *pictures, shape=None)`: the whole answer."""

    def asked(question: str, *names: str, shape: JsonShape | None = None) -> str:
        parts: tuple[Part, ...] = (*(shelf[name] for name in names), question)
        return asyncio.run(whole(ocr_engine, Chat((Message("user", parts),), shape=shape)))

    return asked
