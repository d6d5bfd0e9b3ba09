"""A file as pages: pictures in RGB, the native text layer, structured data, and notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yuepi.documents.accept import Original, refusal
from yuepi.documents.instructions import Aside
from yuepi.documents.parsing.asides import CHARACTERS_MAX
from yuepi.documents.parsing.room import ask, warm
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

__all__ = ["Note", "Page", "Parsed", "count_pages", "render", "warm"]

# Fewer visible characters on a page (a stray number, a stamp) are no text layer to go by.
NATIVE_CHARACTERS_MIN = 20
# A page with a large picture that itself says less than this ("Scanned with ...") is a scan. The
# picture of a narrow slip takes up a tenth of its sheet, a QR code or a logo less.
SCAN_IMAGE_SHARE_MIN = 0.1
SCAN_CHARACTERS_MAX = 60


@dataclass(frozen=True, slots=True)
class Note:
    """Something noticed while parsing.

    code: `partial_picture` (cut off; part of it is missing), `page_damaged` (a page is missing),
    `hidden_text` (text that cannot be seen, left out), `unmapped_text` (a text layer without
    meaning, left out), `font_missing` (text that the picture does not show, kept), `text_cut`,
    `xfa_form`, `extra_data`. `page` is None for the whole file.
    """

    code: str
    message: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    picture: (height, width, 3) uint8 RGB with the EXIF orientation applied but not yet turned
    upright by sight; None where a format has only text (OFD) or data (XML). lines: the native
    text layer in fractions of this page; empty for pictures, for a scan whose only text is a
    footer. width, height: pixels of the
    picture, else the page's own units (millimetres).
    """

    number: int
    picture: NDArray[np.uint8] | None = field(repr=False)
    lines: tuple[Line, ...] = field(repr=False)
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file taken apart.

    data: `{"sources": [{"origin", "root", "values": [[path, text], ...]}, ...]}` of XML, OFD or
    PDF, for `readers.native_data`; None where the file holds none. original_data: whether the
    bytes are an electronic original (XML, OFD, a PDF with its own visible text). asides: text that
    no page shows, for `instructions` only: it is no evidence.
    """

    pages: tuple[Page, ...]
    data: dict[str, Any] | None
    original_data: bool
    notes: tuple[Note, ...]
    asides: tuple[Aside, ...] = ()


def count_pages(original: Original) -> int:
    """How many pages a PDF has, counted in the limited process; 1 for anything else, which is
    read in one go. Raises `UnreadableFile`: encrypted, damaged, took_too_long, out_of_memory."""
    if original.media != "pdf":
        return 1
    return int(ask(original, "count")[0].header["count"])


def render(original: Original, pages: tuple[int, int] | None = None) -> Parsed:
    """Take a file apart in the limited process. Raises `UnreadableFile` with a stable code.

    pages: of a PDF only those from the first to the last, from 1; at most as many as a whole file
    may have (`parsing.pdf.PAGES_MAX`). What belongs to the whole file comes with page 1. Codes:
    damaged, encrypted, too_large, bomb, unsafe_archive, unsafe_xml, too_many_pages, took_too_long,
    out_of_memory, xfa_form. A zip must be unpacked first (`accept.unpack`).
    """
    if original.media == "zip":
        raise refusal(original.name, "unsupported_type", "an archive has no pages; unpack it first")
    found: list[Page] = []
    footers: list[Aside] = []
    document: dict[str, Any] = {}
    for header, payload in ask(original, "pages", pages=pages):
        if "page" in header:
            found.append(page := _page(header, payload))
            if not page.lines:
                texts = (str(line["text"]) for line in header.get("lines", []))
                footers += (Aside("print", text, page.number) for text in texts)
        else:
            document = header.get("document", {})
    has_text = original.media == "pdf" and any(
        sum(len(line.text) for line in page.lines) >= NATIVE_CHARACTERS_MIN for page in found
    )
    return Parsed(
        pages=tuple(found),
        data=document.get("data"),
        original_data=original.media in ("invoice_xml", "ofd") or has_text,
        notes=tuple(
            Note(str(n["code"]), str(n["message"]), n.get("page"))
            for n in document.get("notes", [])
        ),
        asides=(*footers, *_asides(document), Aside("file_name", original.name)),
    )


def _asides(document: dict[str, Any]) -> Iterator[Aside]:
    for aside in document.get("asides", []):
        yield Aside(aside["where"], str(aside["text"]), aside.get("page"))
    for source in (document.get("data") or {}).get("sources", []):
        text = "\n".join(str(value) for _, value in source["values"])
        yield Aside("data", text[:CHARACTERS_MAX])


def _page(header: dict[str, Any], payload: bytes | bytearray | memoryview) -> Page:
    """The frame of a page as a page; a picture whose bytes do not fit its size is not believed."""
    width, height = header["width"], header["height"]
    picture: NDArray[np.uint8] | None = None
    if len(payload):
        picture = np.frombuffer(payload, dtype=np.uint8).reshape(int(height), int(width), 3)
    lines = tuple(
        Line(
            text=str(line["text"]),
            box=Box(*(float(v) for v in line["box"])),
            score=1.0,
            stops=tuple(float(v) for v in line["stops"]),
        )
        for line in header.get("lines", [])
    )
    if picture is not None and _is_scan(lines, float(header.get("image_share", 0.0))):
        lines = ()
    return Page(int(header["page"]), picture, lines, float(width), float(height))


def _is_scan(lines: tuple[Line, ...], image_share: float) -> bool:
    """Whether the picture of a page says more than its own text, so that it must be looked at."""
    characters = sum(len(line.text) for line in lines)
    return image_share > SCAN_IMAGE_SHARE_MIN and characters < SCAN_CHARACTERS_MAX
