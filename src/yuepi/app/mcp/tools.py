"""What the tools do, for whoever asks: the library's own classes, within limits."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from yuepi.app.mcp.answers import (
    AddedTold,
    AnswerTold,
    DocumentTold,
    FoldersTold,
    FoundTold,
    Links,
    PageTold,
    ReadTold,
    TablesTold,
    answer_told,
    document_told,
    folders_told,
    found_told,
    page_told,
    table_told,
)
from yuepi.documents.masking import masked_file
from yuepi.documents.page_text import PageText
from yuepi.documents.reading import FileReading
from yuepi.kit.clock import business_day, utc_now
from yuepi.kit.errors import BadUsage
from yuepi.library.asking.asked import Asked, Done
from yuepi.library.asking.covering import without_personal
from yuepi.library.query import Query
from yuepi.library.shelf import DocumentChange
from yuepi.library.understanding import understand

if TYPE_CHECKING:
    from yuepi.app.library import Library
    from yuepi.library.actor import Actor

HITS_MAX: Final = 50
PAGES_MAX: Final = 20
CHARACTERS_MAX: Final = 60_000
"""Of all pages that one answer brings."""
FOLDERS_MAX: Final = 500
TABLES_MAX: Final = 30
ROWS_MAX: Final = 300
FILE_BYTES_MAX: Final = 2 * 2**20
"""Of a file that comes inside a message, as base64."""

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Tools:
    """today: the day that "last year" counts from."""

    library: Library
    links: Links
    today: Callable[[], date] = lambda: business_day(utc_now())

    async def search(
        self, who: Actor, question: str, limit: int, folder: str | None, language: Language
    ) -> FoundTold:
        """What fits a question best."""
        asked: str | Query = question
        if folder is not None:
            understood = await asyncio.to_thread(understand, question, self.today(), language)
            asked = understood.query.model_copy(update={"folders": (folder,)})
        found = await self.library.searcher.search(
            who.scope, asked, hits_max=limit, today=self.today(), language=language
        )
        return found_told(found, self.links)

    async def read(
        self, who: Actor, document: str, first_page: int, pages: int, *, boxes: bool
    ) -> ReadTold:
        """The text of some pages, personal data in part."""
        read = await self.library.papers.of(who.scope, document)
        room, following = CHARACTERS_MAX, None
        told: list[PageTold] = []
        for text in sorted(read.texts, key=lambda each: (each.file_at, each.page)):
            if text.page < first_page:
                continue
            room -= len(text.text)
            if len(told) == pages or (room < 0 and told):
                following = text.page
                break
            shown = await asyncio.to_thread(_without_personal, text, read.files)
            told.append(page_told(shown, document, self.links, boxes=boxes))
        of = document_told(read.document, self.links)
        return ReadTold(document=of, pages=tuple(told), next_page=following)

    async def whole_text(self, who: Actor, document: str) -> str:
        """A document as one text with marks where pages begin, cut at the limit."""
        read = await self.read(who, document, 1, PAGES_MAX * 50, boxes=False)
        parts = [f"# {read.document.file}"]
        parts += (f"[page {page.page}]\n{page.text}" for page in read.pages)
        if read.next_page is not None:
            parts.append(f"[cut: go on with read_document at page {read.next_page}]")
        return "\n\n".join(parts)

    async def ask(
        self,
        who: Actor,
        question: str,
        documents: tuple[str, ...],
        folder: str | None,
        language: Language,
    ) -> AnswerTold:
        """An answer that quotes."""
        asked = Asked(question=question, documents=documents, folder=folder, language=language)
        async for event in self.library.asker.ask(who.scope, asked):
            if isinstance(event, Done):
                return answer_told(event, self.links)
        raise RuntimeError("the asker ended without an answer")

    async def folders(self, who: Actor) -> FoldersTold:
        """All folders within reach."""
        return folders_told(await self.library.folders.list(who.scope), FOLDERS_MAX)

    async def tables(self, who: Actor, document: str, page: int | None) -> TablesTold:
        """The tables of a document, personal data in part."""
        read = await self.library.papers.of(who.scope, document)
        tables = [
            table_told(table, document, self.links, ROWS_MAX)
            for file in map(masked_file, read.files)
            for reading in file.readings
            for table in reading.tables
            if page is None or table.page == page
        ]
        shown = document_told(read.document, self.links)
        more = len(tables) > TABLES_MAX
        return TablesTold(document=shown, tables=tuple(tables[:TABLES_MAX]), more=more)

    async def add(
        self, who: Actor, name: str, content: str, folder: str, tags: tuple[str, ...]
    ) -> AddedTold:
        """Put a file on the shelf."""
        try:
            data = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise BadUsage(
                "the content is no base64", remedy="send the file's bytes as base64"
            ) from None
        if len(data) > FILE_BYTES_MAX:
            raise BadUsage(
                f"the file has more than {FILE_BYTES_MAX // 2**20} MB",
                remedy="add it with `yuepi add`, or on the web page",
                code="too_large",
            )
        added = await self.library.shelf.add(who, folder, name, data, tags=tags)
        return AddedTold(document=document_told(added.document, self.links), outcome=added.outcome)

    async def tag(self, who: Actor, document: str, tags: tuple[str, ...]) -> DocumentTold:
        """Give a document these tags instead of those it has."""
        before = await self.library.shelf.find(who.scope, document)
        change = DocumentChange(tags=tags)
        after = await self.library.shelf.change(who, document, change, before.version)
        return document_told(after, self.links)


def _without_personal(page: PageText, files: Sequence[FileReading]) -> PageText:
    """The page as people see it who did not ask with a reason; empty where what is personal cannot
    be told run by run. Takes milliseconds: call it off the event loop."""
    told = without_personal([run.text for run in page.runs], files)
    runs = [
        run.model_copy(update={"text": text})
        for run, text in zip(page.runs, told, strict=True)
        if text
    ]
    return page.model_copy(update={"runs": tuple(runs)})
