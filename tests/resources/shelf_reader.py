"""A reader of the library's documents that takes a plain text as one page, without models."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from yuepi.documents.kept_pages import PagePicture
from yuepi.documents.kept_reading import ReadFile
from yuepi.documents.page_text import PageText, TextRun
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.boxes import Box
from yuepi.kit.errors import UnreadableFile
from yuepi.library.reading import PartToRead

ROWS = 40
"""Lines of a page."""


class PlainReader:
    """Each line is a run with its box; a text that begins with UNREADABLE is not read. read: the
    names of what was read, in order. pictures: whether a page gets a white picture."""

    version = "plain:1"

    def __init__(self, *, pictures: bool = False) -> None:
        self.read: list[str] = []
        self._pictures = pictures

    async def idle(self) -> None:
        """Nothing is more urgent."""

    async def read_parts(self, parts: Sequence[PartToRead]) -> list[ReadFile | UnreadableFile]:
        """What stands in each."""
        self.read += [part.name for part in parts]
        return [_read(part, pictures=self._pictures) for part in parts]


def line_box(at: int) -> Box:
    """Where the line of a page is, from 0."""
    return Box(0.1, 0.02 + at / ROWS, 0.9, 0.04 + at / ROWS)


def _read(part: PartToRead, *, pictures: bool) -> ReadFile | UnreadableFile:
    text = part.data.decode()
    if text.startswith("UNREADABLE"):
        return UnreadableFile(f"{part.name}: is damaged", remedy="get it again", code="damaged")
    lines = [line for line in text.splitlines() if line][:ROWS]
    runs = tuple(TextRun(text=line, box=line_box(at), row=at) for at, line in enumerate(lines))
    page = PageText(file_at=0, page=1, native=True, aspect=0.7, runs=runs)
    reading = Reading(
        kind="other", kind_confidence=1.0, page=1, quality="clean", fields={}, text=text
    )
    file = FileReading(
        file=part.name, sha256=part.sha256, pages=1, original=False, readings=(reading,)
    )
    pages = (_white(),) if pictures else ()
    return ReadFile((file,), ("",), pages, (page,))


def _white() -> PagePicture:
    data = io.BytesIO()
    Image.new("RGB", (70, 100), "white").save(data, "JPEG")
    return PagePicture(0, 1, 70, 100, data.getvalue())
