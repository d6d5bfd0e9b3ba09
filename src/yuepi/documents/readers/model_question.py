"""What a model is shown of a document: its pictures, cut and scaled, and its text by lines.

Visual tokens are most of the time to the first word, so a picture is no larger than its small print
needs. The page's text stands between marks that no line can hold, each line under a number: it is
what is being read, and nothing in it is said to the model.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.view import View
from yuepi.documents.model_shape import meaning
from yuepi.documents.readers.model_answer import Stated
from yuepi.documents.said import Claim, Numbered
from yuepi.gateway.inquiry import BoxScale, Sheet
from yuepi.kit.boxes import Box
from yuepi.sight.look import Picture
from yuepi.sight.sighting import Line

LINES_MAX: Final = 400
TEXT_CHARACTERS_MAX: Final = 12_000
LINE_CHARACTERS_MAX: Final = 300
SMALL_PRINT_PX: Final = 16
"""A line so high is still read; higher ones cost tokens and tell no more."""
SMALL_SHARE: Final = 0.1
"""The line below which so many lie counts as small print: single specks do not."""
PATCH_PX: Final = 32
"""The side of one visual token of Qwen3-VL (patches of 16, two by two); Qwen2.5-VL: 28."""
MARGIN: Final = 0.01
JPEG_QUALITY: Final = 92


@dataclass(frozen=True, slots=True)
class AskedPage:
    """A page of a document as it is asked about: what stands on it, and its upright picture."""

    view: View
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class Posed:
    """A question as it is put. crops: what of its page each picture shows, page by page."""

    parts: tuple[str | Sheet, ...]
    lines: tuple[Numbered, ...]
    crops: tuple[tuple[int, Box, Sheet | None], ...]
    scale: BoxScale

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        return tuple(part for part in self.parts if isinstance(part, Sheet))

    @property
    def sha256(self) -> str:
        """Of all words and pictures in their order."""
        digest = hashlib.sha256()
        for part in self.parts:
            told = part if isinstance(part, str) else f"picture {part.sha256}"
            digest.update(f"{len(told)}:{told}".encode("utf-8", "replace"))
        return digest.hexdigest()


def pose(
    kind: Kind,
    names: Sequence[str],
    pages: Sequence[AskedPage],
    *,
    tokens_max: int,
    scale: BoxScale,
    show_text: bool,
) -> Posed:
    """The question for these pages. tokens_max: visual tokens of one picture. Takes some tens of
    milliseconds: call it off the event loop."""
    sheets: list[Sheet] = []
    crops: list[tuple[int, Box, Sheet | None]] = []
    for page in pages:
        crop = _crop_box(page.view.box)
        sheet = None if page.picture is None else cut(page.picture, crop, page.view, tokens_max)
        crops.append((page.view.page, crop, sheet))
        sheets += [] if sheet is None else [sheet]
    lines = tuple(_numbered(pages))
    text = "\n".join(_told(kind, names, crops, scale if sheets else "none"))
    if show_text:
        shown = "\n".join(_shown(lines, crops, scale if sheets else "none"))
        mark = hashlib.sha256(shown.encode("utf-8", "replace")).hexdigest()[:12]
        text += f"\n<page-text {mark}>\n{shown}\n</page-text {mark}>"
    return Posed((*sheets, text), lines, tuple(crops), scale if sheets else "none")


def cut(picture: Picture, crop: Box, view: View, tokens_max: int) -> Sheet | None:
    """That part of a picture as a JPEG, as large as its small print needs and no larger than
    `tokens_max` allows; None for one without a pixel."""
    height, width = picture.shape[:2]
    x0, y0 = math.floor(crop.x0 * width), math.floor(crop.y0 * height)
    part = picture[y0 : math.ceil(crop.y1 * height), x0 : math.ceil(crop.x1 * width)]
    high, wide = part.shape[:2]
    if not high or not wide:
        return None
    small_px = _small_print(view) * height
    legible = SMALL_PRINT_PX / small_px if small_px else 1.0
    allowed = math.sqrt(tokens_max * PATCH_PX**2 / (high * wide))
    share = min(1.0, legible, allowed)
    size = (_whole_patches(wide * share), _whole_patches(high * share))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(
        ".jpg",
        cv2.cvtColor(np.ascontiguousarray(small), cv2.COLOR_RGB2BGR),
        [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
    )
    return Sheet(data.tobytes(), *size) if done else None


def claims_of(given: Sequence[Stated], posed: Posed) -> tuple[Claim, ...]:
    """What was stated, its boxes as fractions of the page it must mean."""
    pages = {each.number: each.page for each in posed.lines}
    claims: list[Claim] = []
    for one in given:
        lines = tuple(number for number in one.lines if number in pages)
        cited = {pages[number] for number in lines}
        meant = [each for each in posed.crops if each[0] in cited] if cited else posed.crops
        page, crop, sheet = meant[0]
        sure = len(meant) == 1
        box = _on_page(one.box, crop, sheet, posed.scale) if sure else None
        claims.append(Claim(one.field, one.value, lines, page if sure else None, box))
    return tuple(claims)


def _crop_box(box: Box) -> Box:
    return Box(
        max(0.0, box.x0 - MARGIN),
        max(0.0, box.y0 - MARGIN),
        min(1.0, box.x1 + MARGIN),
        min(1.0, box.y1 + MARGIN),
    )


def _small_print(view: View) -> float:
    """The height of its small print as a fraction of the page; 0 where nothing is known."""
    heights = sorted(line.box.height for line in view.lines if len(line.text) > 1)
    return heights[int(len(heights) * SMALL_SHARE)] if heights else 0.0


def _whole_patches(side_px: float) -> int:
    return max(2, round(side_px / PATCH_PX)) * PATCH_PX


def _numbered(pages: Sequence[AskedPage]) -> Iterator[Numbered]:
    """The lines of all pages as people read them, within the limits, numbered from 1."""
    number, characters = 0, 0
    for page in pages:
        for line in (line for row in page.view.rows for line in row.lines):
            characters += min(len(line.text), LINE_CHARACTERS_MAX)
            if number >= LINES_MAX or characters > TEXT_CHARACTERS_MAX:
                return
            number += 1
            yield Numbered(number, page.view.page, line)


def _told(
    kind: Kind,
    names: Sequence[str],
    crops: Sequence[tuple[int, Box, Sheet | None]],
    scale: BoxScale,
) -> Iterator[str]:
    """Our own words: what it was taken for, which picture is which page, what is wanted."""
    yield f"Document: {kind.title_zh} / {kind.title_en}"
    shown = [page for page, _, sheet in crops if sheet is not None]
    if len(shown) > 1:
        yield "Pictures: " + ", ".join(f"{at + 1} = page {page}" for at, page in enumerate(shown))
    if scale != "none":
        where = "0-1000 of the picture" if scale == "0-1000" else "pixels of the picture"
        yield f"Boxes: [x0 y0 x1 y1] in {where}"
    yield "Fields:"
    for name in names:
        yield f"- {name}: {meaning(kind, name)}"


def _shown(
    lines: Sequence[Numbered], crops: Sequence[tuple[int, Box, Sheet | None]], scale: BoxScale
) -> Iterator[str]:
    places = {page: (crop, sheet) for page, crop, sheet in crops}
    page = None
    for each in lines:
        if each.page != page and len(crops) > 1:
            yield f"Page {each.page}"
        page = each.page
        box = _in_scale(each.line, *places[each.page], scale)
        yield f"L{each.number} {box}{_one_line(each.line.text)}"


def _one_line(text: str) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in text[:LINE_CHARACTERS_MAX])
    # Our marks are ours alone.
    return plain.replace("page-text", "page text")


def _in_scale(line: Line, crop: Box, sheet: Sheet | None, scale: BoxScale) -> str:
    if scale == "none" or sheet is None:
        return ""
    wide, high = (1000, 1000) if scale == "0-1000" else (sheet.width_px, sheet.height_px)
    box = line.box.relative_to(crop)
    edges = (box.x0 * wide, box.y0 * high, box.x1 * wide, box.y1 * high)
    return "[" + " ".join(str(max(0, round(edge))) for edge in edges) + "] "


def _on_page(
    box: tuple[float, float, float, float] | None,
    crop: Box,
    sheet: Sheet | None,
    scale: BoxScale,
) -> Box | None:
    if box is None or sheet is None or scale == "none":
        return None
    wide, high = (1000, 1000) if scale == "0-1000" else (sheet.width_px, sheet.height_px)
    inside = Box(box[0] / wide, box[1] / high, box[2] / wide, box[3] / high)
    if inside.x0 >= 1 or inside.y0 >= 1:
        return None
    return Box(inside.x0, inside.y0, min(1.0, inside.x1), min(1.0, inside.y1)).within(crop)
