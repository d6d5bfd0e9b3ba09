"""Pages found by their looks: pictures of pages become vectors, and a question finds pages.

There is no queue for it: the table of pages is compared with the shelf again and again, and made
as the shelf is. So it may be done by several processes, twice, or late, and comes to the same;
what dies in the middle is found missing by the next comparison.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yuepi.documents.kept_pages import KeptPage
from yuepi.kit.blobs import Blobs
from yuepi.kit.database import Database
from yuepi.kit.errors import YuepiError
from yuepi.library.document import Document
from yuepi.library.index.contract import Within
from yuepi.library.index.pages import PageRow, PageVectors, RankedPage, page_id
from yuepi.library.store.indexing import all_on_shelf
from yuepi.library.store.pictures import pictures_of

if TYPE_CHECKING:
    from yuepi.library.index.page_table import PageTable

LOG = logging.getLogger(__name__)

LOOK_S: Final = 20.0
"""Between two comparisons, or ten times as long as one takes; one that put pages in is followed by
the next at once."""
PUT_PAGES: Final = 8
"""So many pages are written in one go."""
DOCUMENTS_MAX: Final = 200
FOUND_MAX: Final = 20
"""Pages that one question finds."""
ATTEMPTS_MAX: Final = 3
LEFT_OUT_S: Final = 24 * 3600.0
"""A page that failed is tried again after so long at most: its model may have been ill."""
FAILED_MAX: Final = 10_000
UNUSED_S: Final = 24 * 3600.0
"""Vectors of another model that nobody wrote for so long are forgotten."""
UNUSED_LOOK_S: Final = 3600.0
_TABLE: Final = "yuepi.library.index.page_table"
_UNUSED: Final = "yuepi.library.index.unused_pages"


class Pages:
    """`run` it in each worker. place: where the index lies."""

    def __init__(
        self, database: Database, blobs: Blobs, place: str | Path, vectors: PageVectors
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._place = place
        self.vectors: Final = vectors
        self._opened: PageTable | None = None
        self._failed: dict[str, int] = {}
        self._forgot_s = time.monotonic()
        self._failing = False

    async def run(self) -> None:
        """Follow the shelf until cancelled. What is away is waited for."""
        while True:
            began_s = time.monotonic()
            did = await self.follow()
            took_s = time.monotonic() - began_s
            await asyncio.sleep(0 if did else max(LOOK_S, 10 * took_s))

    async def follow(self) -> bool:
        """One comparison, and what follows from it; whether pages were put in. What fails is told
        in the log, and done by the next."""
        put = 0
        if time.monotonic() - self._forgot_s >= LEFT_OUT_S:
            self._failed.clear()
            self._forgot_s = time.monotonic()
        try:
            table = await self._table()
            gone = await table.documents()
            # Each process begins somewhere else: two do not look at the same page together.
            start = f"doc_{secrets.token_hex(8)}"
            for after, until in ((start, ""), ("", start)):
                put += await self._follow_from(table, gone, after, until)
            if gone:
                await table.remove(gone)
            if put:
                await table.tidy()
            self._failing = False
        except YuepiError as error:
            level = logging.INFO if self._failing else logging.WARNING
            LOG.log(level, "pages are not embedded now (%s): %s", error.code, error.remedy)
            self._failing = True
        return put > 0

    async def find(self, question: str, within: Within) -> list[RankedPage]:
        """The pages nearest to a question, best first; none where that cannot be told. Whoever
        asks looks at the shelf before anything of them is told."""
        if not question.strip():
            return []
        try:
            vectors = await self.vectors.question(question)
            return await (await self._table()).nearest(vectors, within, FOUND_MAX)
        except YuepiError as error:
            LOG.warning("pages cannot be searched (%s): %s", error.code, error.remedy)
            return []

    async def rebuild(self) -> None:
        """Forget all vectors of pages: they are made anew in the background. Raises
        `Unavailable`."""
        await (await self._table()).drop()

    async def table_name(self) -> str:
        """What the table of its vectors is called."""
        return (await self._table()).name

    async def close(self) -> None:
        """Let go of the table."""
        if self._opened is not None:
            await self._opened.close()

    # --- following -------------------------------------------------------------------------------

    async def _follow_from(self, table: PageTable, gone: set[str], after: str, until: str) -> int:
        """Follow the documents behind `after`, up to `until`; takes them out of `gone`."""
        put = 0
        while True:
            async with self._database.reading() as transaction:
                documents = await all_on_shelf(transaction, after, DOCUMENTS_MAX)
                pictures = await pictures_of(transaction, documents)
            ids = [each.id for each in documents if not until or each.id <= until]
            gone.difference_update(ids)
            rows: dict[str, list[PageRow]] = {id_: [] for id_ in ids}
            for row in await table.rows(ids) if ids else ():
                rows[row.document].append(row)
            for document in documents[: len(ids)]:
                pages = pictures.get(document.id, [])
                put += await self._fit(table, document, rows[document.id], pages)
            if len(ids) < DOCUMENTS_MAX:
                return put
            after = ids[-1]

    async def _fit(
        self,
        table: PageTable,
        document: Document,
        rows: Sequence[PageRow],
        pictures: Sequence[KeptPage],
    ) -> int:
        """Make the pages of one document as the shelf has them; how many were put in."""
        wanted = {page_id(document, page): page for page in pictures}
        old = [row.id for row in rows if not _is(row, wanted)]
        if old:
            await table.remove_pages(old)
        mine = (document.owner_id, document.department_id)
        if any((row.owner, row.department) != mine for row in rows):
            await table.fit_audience(document)
        has = {row.id for row in rows} - set(old)
        tried = self._failed
        missing = [id_ for id_ in wanted if id_ not in has and tried.get(id_, 0) < ATTEMPTS_MAX]
        put = 0
        for start in range(0, len(missing), PUT_PAGES):
            some = missing[start : start + PUT_PAGES]
            put += await self._put(table, document, {id_: wanted[id_] for id_ in some})
        return put

    async def _put(
        self, table: PageTable, document: Document, pages: Mapping[str, KeptPage]
    ) -> int:
        # Another process may have been here meanwhile.
        done = {row.id for row in await table.rows([document.id])}
        seen = []
        for id_, page in pages.items():
            if id_ in done:
                continue
            try:
                vectors = await self.vectors.page(page, await self._blobs.get(page.sha256))
            except YuepiError as error:
                if not self._is_of_page(error, id_):
                    raise
                LOG.info("a page of %s has no vectors (%s)", document.id, error.code)
                continue
            seen.append((document, page, vectors))
        await table.put(seen)
        return len(seen)

    def _is_of_page(self, error: YuepiError, id_: str) -> bool:
        """Whether this page alone is at fault: it is refused, or breaks the model again and again.
        Then it is left out for `LEFT_OUT_S` at most."""
        status = error.http_status
        if status in (429, 503) or len(self._failed) >= FAILED_MAX:
            return False
        attempts = ATTEMPTS_MAX if status < 500 else self._failed.get(id_, 0) + 1
        self._failed[id_] = attempts
        return attempts >= ATTEMPTS_MAX

    async def _table(self) -> PageTable:
        if self._opened is None:
            # Its library takes seconds and 100 MB to load.
            module = await asyncio.to_thread(importlib.import_module, _TABLE)
            if self._opened is None:
                given = self.vectors
                self._opened = module.PageTable(self._place, given.label, given.dimensions)
        return self._opened


async def tidy_unused(place: str | Path, pages: Pages | None) -> None:
    """Until cancelled, forget the vectors of page models that nobody uses any more. pages: those of
    the model that is used; None: none is."""
    while True:
        await asyncio.sleep(UNUSED_LOOK_S)
        await forget_unused(place, pages, UNUSED_S)


async def forget_unused(place: str | Path, pages: Pages | None, still_s_min: float) -> None:
    """Forget the vectors of other page models that nobody wrote for so many seconds. What fails is
    told in the log, and done by the next."""
    # Its library takes seconds and 100 MB to load.
    module = await asyncio.to_thread(importlib.import_module, _UNUSED)
    try:
        dropped = await module.drop_unused(place, pages and await pages.table_name(), still_s_min)
    except YuepiError as error:
        LOG.warning("unused vectors of pages stay for now (%s): %s", error.code, error.remedy)
        return
    if dropped:
        LOG.info("the vectors of %d page models that nobody uses are forgotten", dropped)


def _is(row: PageRow, wanted: Mapping[str, KeptPage]) -> bool:
    page = wanted.get(row.id)
    return page is not None and page.sha256 == row.picture
