"""Exports of documents: whatever somebody may see, as a file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from yuepi.documents.kept_pages import KeptPage, picked
from yuepi.documents.masking import masked_file
from yuepi.documents.page_text import PageText
from yuepi.kit.blobs import Blobs
from yuepi.kit.errors import Unavailable
from yuepi.library.exporting.readings import reading_csv, reading_json
from yuepi.library.exporting.searchable import NotExported, searchable_pdf
from yuepi.library.exporting.tables import tables_csv, tables_xlsx
from yuepi.library.papers import Papers, ReadDocument
from yuepi.library.scope import Scope

ExportForm = Literal["tables.csv", "tables.xlsx", "reading.json", "reading.csv", "searchable.pdf"]
FORMS: Final[tuple[ExportForm, ...]] = get_args(ExportForm)
MEDIA_TYPES: Final[dict[ExportForm, str]] = {
    "tables.csv": "text/csv; charset=utf-8",
    "tables.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "reading.json": "application/json",
    "reading.csv": "text/csv; charset=utf-8",
    "searchable.pdf": "application/pdf",
}
AT_ONCE: Final = 8
"""Pictures that are fetched together."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: what it is to be called, and what it is."""

    name: str
    media_type: str
    bytes: int


class Exporter:
    """Writes documents as files for other programs."""

    def __init__(self, papers: Papers, blobs: Blobs) -> None:
        self._papers = papers
        self._blobs = blobs
        # PDFs of scans are large: one is made at a time.
        self._one = asyncio.Semaphore(1)

    async def export(
        self,
        scope: Scope,
        document_id: str,
        form: ExportForm,
        into: Path,
        *,
        reveal: bool = False,
        number: int | None = None,
    ) -> Exported:
        """Write a document into a file. number: of a version; None: the one that holds now.
        reveal: personal data whole; else in part, as wherever it is shown. A PDF shows what the
        original shows.

        Raises `NotOnShelf`, also for what is out of reach, `NotExported`, `Unavailable`.
        """
        read = await self._papers.of(scope, document_id, number)
        if not read.files and read.document.state in ("waiting", "reading"):
            raise NotExported(
                f"{read.version.name} has not been read yet",
                remedy="try again when it has been read",
                code="not_read",
            )
        if form == "searchable.pdf":
            async with self._one:
                pieces = await self._searchable(read)
        else:
            pieces = [await asyncio.to_thread(_told, read, form, reveal)]
        size = await asyncio.to_thread(_write, into, pieces)
        return Exported(_called(read.version.name, form), MEDIA_TYPES[form], size)

    async def _searchable(self, read: ReadDocument) -> list[bytes]:
        texts = sorted(read.texts, key=lambda each: (each.file_at, each.page))
        if not texts:
            raise NotExported(
                f"nothing was read in {read.version.name}", remedy="take its original instead"
            )
        original = None
        if read.version.media == "pdf":
            original = await self._blobs.get(read.version.sha256)
        pictures = await self._pictures(read, texts, has_original=original is not None)
        return await asyncio.to_thread(searchable_pdf, texts, pictures, original)

    async def _pictures(
        self, read: ReadDocument, texts: Sequence[PageText], *, has_original: bool
    ) -> list[bytes | None]:
        """The pictures of pages that need one: those with text of their own in a PDF do not."""
        kept = [
            None
            if has_original and (each.native or not each.runs)
            else picked(read.pages, each.file_at, each.page)
            for each in texts
        ]
        found: list[bytes | None] = []
        for start in range(0, len(kept), AT_ONCE):
            found += await asyncio.gather(
                *(self._picture(each) for each in kept[start : start + AT_ONCE])
            )
        return found

    async def _picture(self, kept: KeptPage | None) -> bytes | None:
        return None if kept is None else await self._blobs.get(kept.sha256)


def _told(read: ReadDocument, form: ExportForm, reveal: bool) -> bytes:
    files = read.files if reveal else tuple(masked_file(file) for file in read.files)
    if form == "tables.csv":
        return tables_csv(files)
    if form == "tables.xlsx":
        return tables_xlsx(files)
    if form == "reading.csv":
        return reading_csv(files)
    return reading_json(read.document, files)


def _write(into: Path, pieces: Sequence[bytes]) -> int:
    try:
        with into.open("wb") as file:
            file.writelines(pieces)
    except OSError as error:
        raise Unavailable(
            f"the file cannot be written: {error.strerror}",
            remedy="check the right to write there and that the disk has room",
            code="export_failed",
        ) from error
    return sum(map(len, pieces))


def _called(name: str, form: ExportForm) -> str:
    """`contract.pdf` as tables in CSV is `contract.tables.csv`."""
    stem = re.sub(r"\.[0-9A-Za-z]{1,8}$", "", name) or "document"
    return f"{stem}.{form}"
