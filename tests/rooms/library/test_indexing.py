"""The indexer: whatever happens meanwhile, in the end the index is as the shelf is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from tests.resources.made_shelf import (
    DIMENSIONS,
    NOW,
    MadePapers,
    all_made,
    change,
    made_document,
    made_embed,
    made_pieces,
    made_pieces_of,
    put_on_shelf,
    vector_of,
)
from tests.resources.postgres import postgres
from yuepi.kit.database import Database
from yuepi.kit.errors import Unavailable
from yuepi.kit.steady import STEADY_CLOCK
from yuepi.library import indexing as indexing_module
from yuepi.library.chunk import Chunk
from yuepi.library.index import embedding
from yuepi.library.index.contract import Within
from yuepi.library.index.lance import LanceIndex
from yuepi.library.index.opening import open_index
from yuepi.library.indexing import Indexer
from yuepi.library.papers import ReadDocument
from yuepi.library.scope import EVERYTHING, Scope
from yuepi.library.store import indexing as rows
from yuepi.library.store.tables import INDEXING

__all__ = ["postgres"]


@dataclass
class Desk:
    """A shelf without documents, its index, and who keeps the two together."""

    database: Database
    place: Path
    index: LanceIndex
    indexer: Indexer

    def another(self, **changes: Any) -> Indexer:
        """An indexer of another process."""
        given: dict[str, Any] = {"embed": made_embed, "pieces_of": made_pieces}
        given |= changes
        papers = given.pop("papers", MadePapers(self.database))
        index = open_index(self.place, embedder="made", dimensions=DIMENSIONS)
        return Indexer(self.database, papers, index, given.pop("embed"), **given)

    async def rows(self) -> dict[tuple[str, str], int]:
        """What waits: (document, stage) to the attempts."""
        async with self.database.reading() as transaction:
            query = select(INDEXING.c.document_id, INDEXING.c.stage, INDEXING.c.attempts)
            return {(row[0], row[1]): row[2] for row in await transaction.execute(query)}

    async def wait(self, seconds: float) -> None:
        """Let the steady clock go on."""
        async with self.database.writing() as transaction:
            later = update(STEADY_CLOCK).values(seconds=STEADY_CLOCK.c.seconds + seconds)
            await transaction.execute(later)

    async def as_on_shelf(self) -> None:
        """The index has each piece on the shelf once, with its vector, and nothing else."""
        shelf = await all_made(self.database)
        standing = await self.index.standing()
        assert set(standing) == set(shelf)
        for document in shelf.values():
            chunks = made_pieces_of(document)
            assert await self.index.of_document(document.id) == chunks
            has = standing[document.id]
            assert (has.chunks, has.vectors) == (len(chunks), len(chunks))
            assert set(await self.index.vectors_of(document.id)) == {c.id for c in chunks}


DeskStory = Callable[[Callable[[Desk], Awaitable[None]]], None]


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)],
)
def story(request: pytest.FixtureRequest, tmp_path: Path) -> DeskStory:
    """Runs a test's coroutine, given a desk on each database."""
    if request.param == "sqlite":
        url = migrated_sqlite(tmp_path / "yuepi.db")
    else:
        url = migrated_postgres(request.getfixturevalue("postgres"))
    return desk_story(url, tmp_path / "index")


def desk_story(url: str, place: Path) -> DeskStory:
    def desk_of(database: Database) -> Desk:
        index = open_index(place, embedder="made", dimensions=DIMENSIONS)
        papers = MadePapers(database)
        indexer = Indexer(database, papers, index, made_embed, pieces_of=made_pieces)
        return Desk(database, place, index, indexer)

    return story_at(url, desk_of)


async def to_the_end(indexer: Indexer, turns_max: int = 200) -> None:
    for _ in range(turns_max):
        if not await indexer.index_next():
            return
    raise AssertionError("it never ends")


async def found(desk: Desk, text: str) -> set[str]:
    ranked = await desk.index.by_words(text, Within(EVERYTHING), 100)
    return {each.document_id for each in ranked}


def test_words_come_before_vectors_and_both_come(story: DeskStory) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(number) for number in range(40)])
        assert (await desk.indexer.health()) == ("behind", 40)
        assert await desk.indexer.index_next()
        assert (await desk.index.size()).vectors == 0
        assert len(await found(desk, "付款期限")) == 20 or (await desk.index.size()).chunks > 0
        await to_the_end(desk.indexer)
        await desk.as_on_shelf()
        assert await desk.rows() == {}
        assert not await desk.indexer.index_next()
        assert await desk.another().health() == ("fresh", 0)

    story(tell)


def test_without_an_embedder_words_alone_are_found(story: DeskStory) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(1)])
        alone = desk.another(embed=None)
        await to_the_end(alone)
        assert await desk.rows() == {}
        assert await alone.health() == ("fresh", 0)
        assert await found(desk, "付款期限") == {"doc_000001"}
        # An embedder that is there later finds what is missing, a command's too.
        assert await desk.indexer.health() == ("behind", 0)
        await to_the_end(desk.indexer)
        await desk.as_on_shelf()

    story(tell)


def test_the_index_follows_what_changes(story: DeskStory) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(number) for number in range(4)])
        await to_the_end(desk.indexer)
        await change(desk.database, "doc_000000", number=2, version_id="ver_000000_2")
        await change(desk.database, "doc_000001", owner_id="user_ben", department_id=None)
        await change(desk.database, "doc_000002", stage="gone", trashed_at=NOW)
        await to_the_end(desk.indexer)
        await desk.as_on_shelf()
        ben = Within(Scope("user_ben", frozenset()))
        assert {r.document_id for r in await desk.index.by_words("付款", ben, 50)} == {"doc_000001"}
        assert {r.document_id for r in await desk.index.by_meaning(vector_of("x"), ben, 50)} == {
            "doc_000001"
        }
        await change(desk.database, "doc_000002", trashed_at=None)
        await to_the_end(desk.indexer)
        await desk.as_on_shelf()

    story(tell)


def test_wanting_words_takes_a_removal_back_and_the_other_way_round(story: DeskStory) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(1)])
        await change(desk.database, "doc_000001", stage="gone", trashed_at=NOW)
        assert set(await desk.rows()) == {("doc_000001", "gone")}
        await change(desk.database, "doc_000001", trashed_at=None)
        assert set(await desk.rows()) == {("doc_000001", "words")}

    story(tell)


class ChangesMeanwhile(MadePapers):
    """Somebody changes the document while it is indexed, once."""

    def __init__(self, desk: Desk, values: dict[str, Any], stage: rows.Stage = "words") -> None:
        super().__init__(desk.database)
        self._changing: tuple[rows.Stage, dict[str, Any]] | None = (stage, values)

    async def of(self, scope: Scope, document_id: str) -> ReadDocument:
        read = await super().of(scope, document_id)
        changing, self._changing = self._changing, None
        if changing is not None:
            await change(self._database, document_id, changing[0], **changing[1])
        return read


@pytest.mark.parametrize(
    ("stage", "values"),
    [
        ("words", {"number": 2, "version_id": "ver_000001_2"}),
        ("words", {"owner_id": "user_ben"}),
        ("gone", {"trashed_at": NOW}),
    ],
)
def test_what_changes_while_it_is_indexed_is_indexed_again(
    story: DeskStory, stage: rows.Stage, values: dict[str, Any]
) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(1)])
        busy = desk.another(papers=ChangesMeanwhile(desk, values, stage))
        await to_the_end(busy)
        await desk.as_on_shelf()
        assert await desk.rows() == {}

    story(tell)


class Frozen(MadePapers):
    """Reads, and stands still until it is let go."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.reading = asyncio.Event()
        self.go_on = asyncio.Event()

    async def of(self, scope: Scope, document_id: str) -> ReadDocument:
        read = await super().of(scope, document_id)
        self.reading.set()
        await self.go_on.wait()
        return read


def test_a_worker_that_thaws_late_does_not_bring_back_the_old(story: DeskStory) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(1), made_document(2)])
        papers = Frozen(desk.database)
        frozen = asyncio.create_task(desk.another(papers=papers).index_next())
        await papers.reading.wait()
        await change(desk.database, "doc_000001", number=2, version_id="ver_000001_2")
        assert not await desk.indexer.index_next()
        await desk.wait(indexing_module.LEASE_S + 1)
        await to_the_end(desk.indexer)
        await desk.as_on_shelf()
        papers.go_on.set()
        await frozen
        # It wrote version 1, noticed that it was too late, and had it done again.
        await to_the_end(desk.indexer)
        await desk.as_on_shelf()
        assert await desk.rows() == {}

    story(tell)


class SomeFail(MadePapers):
    """One document can never be read."""

    async def of(self, scope: Scope, document_id: str) -> ReadDocument:
        if document_id == "doc_000000":
            raise RuntimeError("nobody can read this")
        return await super().of(scope, document_id)


def test_one_that_fails_keeps_nobody_waiting_and_is_tried_again(story: DeskStory) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(number) for number in range(5)])
        failing = desk.another(papers=SomeFail(desk.database))
        await to_the_end(failing)
        assert set(await desk.index.standing()) == {f"doc_{n:06d}" for n in range(1, 5)}
        assert await desk.rows() == {("doc_000000", "words"): 1}
        assert await failing.health() == ("behind", 1)
        await to_the_end(failing)
        assert await desk.rows() == {("doc_000000", "words"): 1}
        await desk.wait(3)
        await to_the_end(failing)
        assert await desk.rows() == {("doc_000000", "words"): 2}
        await desk.wait(60)
        await to_the_end(desk.indexer)
        await desk.as_on_shelf()

    story(tell)


def test_a_text_that_cannot_be_embedded_keeps_no_other_waiting(story: DeskStory) -> None:
    async def embed(texts: Sequence[str], query: bool) -> list[list[float]]:
        if any("doc_000002" in text for text in texts):
            raise RuntimeError("not this one")
        return await made_embed(texts, query)

    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(number) for number in range(6)])
        failing = desk.another(embed=embed)
        for _ in range(8):
            await to_the_end(failing)
            await desk.wait(3)
        standing = await desk.index.standing()
        complete = {id_ for id_, has in standing.items() if has.vectors == has.chunks}
        assert complete == {f"doc_{n:06d}" for n in (0, 1, 3, 4, 5)}
        assert set(await desk.rows()) == {("doc_000002", "meaning")}

    story(tell)


def test_an_embedder_that_is_away_is_waited_for_and_words_go_on(story: DeskStory) -> None:
    async def embed(texts: Sequence[str], query: bool) -> list[list[float]]:
        raise Unavailable("the embedder is away", remedy="wait")

    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(1)])
        away = desk.another(embed=embed)
        with pytest.raises(Unavailable):
            await to_the_end(away)
        assert await found(desk, "付款期限") == {"doc_000001"}
        assert await away.health() == ("behind", 1)
        await desk.wait(60)
        await to_the_end(desk.indexer)
        await desk.as_on_shelf()

    story(tell)


def test_a_long_document_is_embedded_in_turns_between_others(
    story: DeskStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing_module, "EMBEDDED_MAX", 10)
    monkeypatch.setattr(embedding, "TEXTS_MAX", 4)
    turns: list[int] = []

    def long(read: ReadDocument) -> list[Chunk]:
        chunks = made_pieces(read)
        if read.document.id != "doc_000001":
            return chunks
        return [
            replace(chunks[0], id=f"ver_000001_1.{at:05d}", at=at, text=f"第{at}页")
            for at in range(35)
        ]

    async def embed(texts: Sequence[str], query: bool) -> list[list[float]]:
        turns.append(len(texts))
        return await made_embed(texts, query)

    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(1), made_document(2)])
        patient = desk.another(pieces_of=long, embed=embed)
        await to_the_end(patient)
        assert max(turns) == 4
        standing = await desk.index.standing()
        assert standing["doc_000001"].vectors == standing["doc_000001"].chunks == 35
        assert standing["doc_000002"].vectors == standing["doc_000002"].chunks
        # Nothing was embedded twice.
        assert sum(turns) == 35 + standing["doc_000002"].chunks
        assert await desk.rows() == {}

    story(tell)
