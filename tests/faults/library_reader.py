"""The real reader of the shelf in a process of its own: what the crash test kills.

It reads text layers alone, which takes milliseconds a page; everything else is as in a worker.
`python -m tests.faults.library_reader DATABASE ORIGINALS LOG`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import pypdfium2 as pdfium

from yuepi.documents.kept_pages import PagePicture
from yuepi.documents.kept_reading import ReadFile
from yuepi.documents.page_text import PageText, TextRun
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.blobs import open_blobs
from yuepi.kit.boxes import Box
from yuepi.kit.clock import utc_now
from yuepi.kit.database import open_database
from yuepi.kit.errors import UnreadableFile
from yuepi.kit.steady import Ticker
from yuepi.library import reading
from yuepi.library.reading import PartToRead, ShelfReader

LEASE_S = 1.5


class TextAlone:
    """Reads what a PDF says, page by page, and writes into a log what it began to read."""

    version = "text-1"

    def __init__(self, log: Path) -> None:
        self._log = log

    async def idle(self) -> None:
        """Nobody else waits."""

    async def read_parts(self, parts: Sequence[PartToRead]) -> list[ReadFile | UnreadableFile]:
        return [await asyncio.to_thread(self._read, part) for part in parts]

    def _read(self, part: PartToRead) -> ReadFile:
        document = pdfium.PdfDocument(part.data)
        first, last = part.pages or (1, len(document))
        with self._log.open("a") as log:
            log.write(f"{first}\n")
        pages = range(first, last + 1)
        texts = tuple(
            _page(number, document[number - 1].get_textpage().get_text_range()) for number in pages
        )
        whole = Reading(kind="other", kind_confidence=1, page=first, quality="clean", fields={})
        file = FileReading(
            file=part.name,
            sha256=part.sha256,
            pages=len(pages),
            original=True,
            readings=(whole,),
        )
        pictures = tuple(PagePicture(0, number, 1, 1, b"%d" % number) for number in pages)
        return ReadFile((file,), ("",) * len(pages), pictures, texts)


def _page(number: int, text: str) -> PageText:
    rows = [line for line in text.splitlines() if line.strip()]
    runs = tuple(
        TextRun(text=line, box=Box(0.1, 0.02 * at, 0.9, 0.02 * at + 0.01), row=at)
        for at, line in enumerate(rows)
    )
    return PageText(file_at=0, page=number, native=True, aspect=0.7, runs=runs)


async def work(url: str, originals: str, log: str) -> None:
    """Read until killed."""
    reading.LEASE_S = LEASE_S  # type: ignore[misc]
    reading.RENEW_S = LEASE_S / 4  # type: ignore[misc]
    reading.LOOK_S = 0.05  # type: ignore[misc]
    database = open_database(url)
    reader = ShelfReader(database, open_blobs(originals), TextAlone(Path(log)), utc_now)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Ticker(database, interval_s=0.25).run())
        tasks.create_task(reader.run())


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
