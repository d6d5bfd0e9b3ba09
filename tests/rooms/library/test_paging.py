"""Pages found by their looks: a model at the wire, LanceDB, both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from tests.faults.page_server import DIMENSIONS, PageServer, page_server
from tests.faults.ranking_server import held, status
from tests.resources.made_shelf import NOW
from tests.resources.search_shelf import (
    ANN,
    BOB,
    TODAY,
    Paper,
    SearchDesk,
    SearchStory,
    postgres,
    search_story,
)
from yuepi.documents.kept_pages import KeptPage, PagePicture, keep_pages
from yuepi.engines.contract import ModelEntry, PageEmbedder, Picture
from yuepi.gateway.registry import build_page_embedder
from yuepi.kit.blobs import open_blobs
from yuepi.library.chunk import Chunk
from yuepi.library.document import Document
from yuepi.library.hit import Hit
from yuepi.library.index.contract import Within
from yuepi.library.index.page_table import PageTable
from yuepi.library.index.pages import PageRow, PageVectors, Vectors
from yuepi.library.paging import Pages, forget_unused
from yuepi.library.scope import EVERYTHING, Scope
from yuepi.library.searching import Searcher
from yuepi.library.store.tables import DOCUMENTS, PARTS

__all__ = ["postgres", "search_story"]


@dataclass
class PageDesk:
    """A shelf whose pages have pictures, and a model that looks at them."""

    desk: SearchDesk
    place: Path
    server: PageServer
    embedder: PageEmbedder
    pages: Pages

    def another(self) -> Pages:
        """Of another process."""
        return pages_at(self.desk, self.place, self.embedder)

    async def put(
        self, name: str, *looks: str, lines: tuple[str, ...] = (), **more: Any
    ) -> Document:
        """A document; looks: what is seen on each page."""
        document = await self.desk.put(Paper(lines, more={"name": name, **more}))
        await self.show(document, *looks)
        return document

    async def show(self, document: Document, *looks: str, at: int = 0) -> None:
        """Its pictures were kept."""
        pictures = [PagePicture(0, page, 8, 8, look.encode()) for page, look in enumerate(looks, 1)]
        row = {"id": f"{document.version_id}.{at}", "version_id": document.version_id, "at": at}
        row |= {"document_id": document.id, "state": "done", "attempts": 1, "queued_at": NOW}
        row["pages"] = await keep_pages(open_blobs(self.place / "blobs"), pictures)
        async with self.desk.database.writing() as transaction:
            await transaction.execute(insert(PARTS).values(row))

    async def change(self, document: Document, **values: Any) -> None:
        async with self.desk.database.writing() as transaction:
            query = update(DOCUMENTS).where(DOCUMENTS.c.id == document.id)
            await transaction.execute(query.values(**values))

    async def hits(self, question: str, scope: Scope = EVERYTHING) -> list[Hit]:
        searcher = Searcher(self.desk.database, self.desk.index, pages=self.pages)
        return [*(await searcher.search(scope, question, today=TODAY)).hits]

    async def files(self, question: str, scope: Scope = EVERYTHING) -> list[str]:
        return list(dict.fromkeys(hit.file for hit in await self.hits(question, scope)))

    async def rows(self) -> list[PageRow]:
        """All that the table has; each page once."""
        table = PageTable(self.place / "index", "made", DIMENSIONS)
        rows = await table.rows(await table.documents())
        await table.close()
        assert len({row.id for row in rows}) == len(rows)
        return rows


def pages_at(desk: SearchDesk, place: Path, embedder: PageEmbedder) -> Pages:
    async def page(kept: KeptPage, data: bytes) -> Vectors:
        return await embedder.page(Picture(data, "image/jpeg", kept.sha256, 8, 8))

    vectors = PageVectors("made", DIMENSIONS, page, embedder.question)
    return Pages(desk.database, open_blobs(place / "blobs"), place / "index", vectors)


PageStory = Callable[[Callable[[PageDesk], Awaitable[None]]], None]


@pytest.fixture
def page_story(search_story: SearchStory, tmp_path: Path) -> PageStory:
    def run(story: Callable[[PageDesk], Awaitable[None]]) -> None:
        async def whole(desk: SearchDesk) -> None:
            async with page_server() as server:
                given = {"url": server.url, "model": "col", "dimensions": DIMENSIONS}
                embedder = build_page_embedder(ModelEntry("looks", "http", given, tmp_path))
                pages = pages_at(desk, tmp_path, embedder)
                await story(PageDesk(desk, tmp_path, server, embedder, pages))
                await pages.close()
                await embedder.close()

        search_story(whole)

    return run


def test_a_photo_without_a_word_is_found_by_its_looks(page_story: PageStory) -> None:
    async def story(desk: PageDesk) -> None:
        await desk.put("photo.jpg", "cat sofa", "red bridge river")
        text = ("租金",) * 5 + ("违约金",) * 5
        await desk.put("lease.pdf", "letter head", "bridge stamp", lines=text)
        assert await desk.pages.follow() is True
        first, second, *_ = await desk.hits("bridge river")
        assert (first.file, first.page, first.chunk) == ("photo.jpg", 2, "")
        assert first.ways == ("meaning",)
        # Where something was read on the page, its piece is told.
        assert (second.file, second.page) == ("lease.pdf", 2)
        assert "违约金" in second.text
        assert await desk.files("letter head") == ["lease.pdf", "photo.jpg"]

    page_story(story)


def test_nothing_out_of_reach_is_told(page_story: PageStory) -> None:
    async def story(desk: PageDesk) -> None:
        mine = await desk.put("mine.jpg", "bridge", department_id="legal")
        theirs = await desk.put("theirs.jpg", "bridge", department_id="sales")
        await desk.pages.follow()
        assert await desk.files("bridge", BOB) == ["mine.jpg"]
        # The table still says what was so when the pages were looked at.
        await desk.change(mine, department_id="sales")
        await desk.change(theirs, trashed_at=NOW)
        assert await desk.files("bridge", BOB) == []
        assert await desk.files("bridge") == ["mine.jpg"]
        assert await desk.pages.follow() is False
        assert await desk.files("bridge", ANN) == ["mine.jpg"]
        assert [row.document for row in await desk.rows()] == [mine.id]

    page_story(story)


def test_done_again_by_whoever_it_comes_to_the_same(page_story: PageStory) -> None:
    async def story(desk: PageDesk) -> None:
        for at in range(6):
            await desk.put(f"{at}.jpg", f"look{at} a", f"look{at} b", f"look{at} c")
        go = asyncio.Event()
        desk.server.script = [desk.server.otherwise] * 4 + [held(go)]
        dying = asyncio.create_task(desk.pages.follow())
        while len(desk.server.requests) < 5:
            await asyncio.sleep(0.01)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        both = desk.another(), desk.another()
        await asyncio.gather(*(each.follow() for each in both))
        assert len(await desk.rows()) == 18
        asked = len(desk.server.requests)
        assert await desk.pages.follow() is False
        assert len(desk.server.requests) == asked
        await asyncio.gather(*(each.close() for each in both))

    page_story(story)


def test_another_version_has_other_pages(page_story: PageStory) -> None:
    async def story(desk: PageDesk) -> None:
        document = await desk.put("a.jpg", "bridge", "river")
        await desk.pages.follow()
        await desk.change(document, version_id="ver_new")
        assert await desk.files("bridge") == []
        moved = Document(
            **{name: getattr(document, name) for name in Document.__slots__}
            | {"version_id": "ver_new"}
        )
        await desk.show(moved, "mountain", at=1)
        assert await desk.pages.follow() is True
        assert [row.version for row in await desk.rows()] == ["ver_new"]
        assert await desk.files("mountain") == ["a.jpg"]

    page_story(story)


def test_a_rebuild_makes_them_anew(page_story: PageStory) -> None:
    async def story(desk: PageDesk) -> None:
        await desk.put("a.jpg", "bridge", "river")
        await desk.pages.follow()
        other = desk.another()
        assert len(await other.find("bridge", _everywhere())) == 2
        await desk.pages.rebuild()
        assert await desk.rows() == []
        assert await other.find("bridge", _everywhere()) == []
        assert await desk.pages.follow() is True
        assert len(await other.find("bridge", _everywhere())) == 2
        await other.close()

    page_story(story)


def test_what_fails_is_tried_again_and_search_goes_on(page_story: PageStory) -> None:
    async def story(desk: PageDesk) -> None:
        await desk.put("lease.pdf", "bridge", lines=("租金",))
        desk.server.script = [status(503)]
        assert await desk.pages.follow() is False
        desk.server.script = [status(500)]
        assert await desk.files("租金") == ["lease.pdf"]
        assert await desk.pages.follow() is True
        # A picture that is refused keeps no other waiting, and is not asked about for ever.
        await desk.put("odd.jpg", "odd", "tower")
        desk.server.script = [status(400)]
        assert await desk.pages.follow() is True
        assert await desk.pages.follow() is False
        assert sorted(row.page for row in await desk.rows()) == [1, 2]

    page_story(story)


def test_what_was_left_out_is_tried_again_later(
    page_story: PageStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(desk: PageDesk) -> None:
        await desk.put("a.jpg", "bridge")
        desk.server.script = [status(500)] * 3
        for _ in range(4):
            assert await desk.pages.follow() is False
        assert len(desk.server.requests) == 3, "left out"
        # The model was ill, and the page is no worse than others.
        monkeypatch.setattr("yuepi.library.paging.LEFT_OUT_S", 0.0)
        assert await desk.pages.follow() is True
        assert [row.page for row in await desk.rows()] == [1]

    page_story(story)


def test_vectors_of_a_model_that_is_not_used_any_more_are_forgotten(
    page_story: PageStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(desk: PageDesk) -> None:
        await desk.put("a.jpg", "bridge")
        await desk.pages.follow()
        place, vectors = desk.place / "index", replace(desk.pages.vectors, label="newer")
        newer = Pages(desk.desk.database, open_blobs(desk.place / "blobs"), place, vectors)
        assert await newer.find("bridge", _everywhere()) == [], "vectors of two are not compared"
        await newer.follow()
        # Another process may still work with the old settings.
        await forget_unused(place, newer, 3600.0)
        assert len(await desk.rows()) == 1
        await forget_unused(place, newer, 0.0)
        assert _tables(place) == [await newer.table_name()]
        assert len(await newer.find("bridge", _everywhere())) == 1
        # Switched off.
        await forget_unused(place, None, 0.0)
        assert _tables(place) == []
        await newer.close()

    page_story(story)


def test_of_a_long_document_the_pieces_of_the_page_alone_are_loaded(
    page_story: PageStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(desk: PageDesk) -> None:
        lines = tuple(f"条款 {at}" for at in range(40))
        await desk.put("long.pdf", "bridge", *["river"] * 3, lines=lines)
        await desk.pages.follow()
        index = desk.desk.index
        asked: list[set[int]] = []
        of_document = index.of_document

        async def noted(document_id: str, pages: Collection[int] | None = None) -> list[Chunk]:
            assert pages is not None
            asked.append({*pages})
            found = await of_document(document_id, pages)
            assert {chunk.page for chunk in found} <= {*pages}
            return found

        monkeypatch.setattr(index, "of_document", noted)
        assert await desk.files("bridge") == ["long.pdf"]
        assert len(asked) == 1

    page_story(story)


def _tables(place: Path) -> list[str]:
    return sorted(each.stem for each in place.glob("pages_*"))


def _everywhere() -> Within:
    return Within(EVERYTHING)
