"""A shelf to search: some invented documents in rows, and an index that knows no permissions.

The index (`CarelessIndex`) names pieces whoever asks, trashed and old ones too, so that nothing but
the look at the shelf keeps them from being told. It can be broken. Vectors know three meanings: a
few words each.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from tests.resources.made_shelf import NOW, made_document
from tests.resources.postgres import postgres
from yuepi.kit.boxes import Box
from yuepi.kit.database import Database
from yuepi.kit.money import money_text
from yuepi.library.chunk import Chunk, chunk_id
from yuepi.library.document import Document
from yuepi.library.hit import Found
from yuepi.library.index.contract import IndexBroken, IndexSize, Ranked, Within
from yuepi.library.index.words import question_words, words_of
from yuepi.library.keys import name_key, number_key
from yuepi.library.query import Query
from yuepi.library.scope import EVERYTHING, Scope
from yuepi.library.searching import Searcher
from yuepi.library.store.tables import DOCUMENTS, FOLDERS, TAGS, VALUES, VERSIONS

__all__ = ["CarelessIndex", "Paper", "SearchDesk", "SearchStory", "postgres", "search_story"]

TODAY = date(2026, 11, 21)
ANN = Scope("user_ann", frozenset({"sales"}))
BOB = Scope("user_bob", frozenset({"legal"}))
MEANINGS = (
    {"违约金", "逾期", "罚款", "penalty", "late", "fine"},
    {"房屋", "租赁", "租金", "rent", "lease", "landlord"},
    {"打印机", "墨盒", "printer", "paper", "toner"},
)


def mean(text: str) -> list[float]:
    """A unit vector of what a text is about; of something else where that is unknown."""
    words = set(words_of(text).split())
    raw = [*(float(len(words & meaning)) for meaning in MEANINGS), 0.3]
    length = math.sqrt(sum(each * each for each in raw))
    return [each / length for each in raw]


async def embed(texts: Sequence[str], query: bool) -> list[list[float]]:
    return [mean(text) for text in texts]


class CarelessIndex:
    """In memory; looks at documents named in `Within`, and never at the scope."""

    def __init__(self) -> None:
        self.pieces: dict[str, Chunk] = {}
        self.broken = False
        self.asked = 0

    def _check(self) -> None:
        self.asked += 1
        if self.broken:
            raise IndexBroken("the index is broken", remedy="rebuild it")

    async def put(self, document: Document, chunks: Sequence[Chunk]) -> None:
        self.pieces |= {chunk.id: chunk for chunk in chunks}

    async def put_vectors(self, document: Document, vectors: Mapping[str, Sequence[float]]) -> None:
        raise NotImplementedError

    async def remove(self, document_ids: Sequence[str]) -> None:
        raise NotImplementedError

    def _within(self, within: Within) -> list[Chunk]:
        self._check()
        documents = within.documents
        return [c for c in self.pieces.values() if documents is None or c.document_id in documents]

    async def by_words(self, text: str, within: Within, rows_max: int) -> list[Ranked]:
        sought = set(question_words(text).split())
        scores = {
            chunk.id: float(len(sought & set(words_of(f"{chunk.context} {chunk.text}").split())))
            for chunk in self._within(within)
        }
        return self._best({id_: score for id_, score in scores.items() if score}, rows_max)

    async def by_meaning(
        self, vector: Sequence[float], within: Within, rows_max: int
    ) -> list[Ranked]:
        scores = {
            chunk.id: sum(a * b for a, b in zip(vector, mean(chunk.text), strict=True))
            for chunk in self._within(within)
        }
        return self._best(scores, rows_max)

    def _best(self, scores: Mapping[str, float], rows_max: int) -> list[Ranked]:
        best = sorted(scores, key=lambda id_: (-scores[id_], id_))[:rows_max]
        found = [self.pieces[id_] for id_ in best]
        return [Ranked(c.id, c.document_id, c.version_id, scores[c.id]) for c in found]

    async def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        self._check()
        return {id_: self.pieces[id_] for id_ in chunk_ids if id_ in self.pieces}

    async def of_document(
        self, document_id: str, pages: Collection[int] | None = None
    ) -> list[Chunk]:
        self._check()
        return [
            chunk
            for chunk in self.pieces.values()
            if chunk.document_id == document_id and (pages is None or chunk.page in pages)
        ]

    async def vectors_of(self, document_id: str) -> dict[str, list[float]]:
        self._check()
        pieces = self.pieces.values()
        return {each.id: mean(each.text) for each in pieces if each.document_id == document_id}

    async def size(self) -> IndexSize:
        return IndexSize(len(self.pieces), len(self.pieces), None)


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as a test tells it. lines: its text, one piece each five lines."""

    lines: tuple[str, ...]
    kind: str | None = None
    amount: int | None = None
    day: str | None = None
    sealed: bool | None = None
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


class SearchDesk:
    """A shelf, its careless index, and who searches."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.index = CarelessIndex()
        self.searcher = Searcher(database, self.index, embed)
        self._count = 0

    async def folder(self, name: str, parent: str | None = None, **audience: Any) -> str:
        """A folder's id."""
        id_ = f"fol_{name}"
        row = {"owner_id": "user_ann", "department_id": "sales", **audience}
        row |= {"id": id_, "parent_id": parent, "top_id": parent or id_, "name": name}
        row |= {"place_key": id_, "created_at": NOW, "version": 1}
        async with self.database.writing() as transaction:
            await transaction.execute(insert(FOLDERS).values(row))
        return id_

    async def put(self, paper: Paper, *, indexed: bool = True) -> Document:
        """Put it on the shelf and into the index."""
        self._count += 1
        changes: dict[str, Any] = {"kind": paper.kind, "tags": paper.tags, "department_id": "sales"}
        changes |= {"owner_id": "", "sha256": f"{self._count:064d}", **paper.more}
        document = made_document(self._count, **changes)
        row = {name: getattr(document, name) for name in Document.__slots__}
        row |= {"name_key": document.name, "tags": "\n".join(document.tags), "day": paper.day}
        row |= {"amount_hundredths": paper.amount and paper.amount * 100, "sealed": paper.sealed}
        version = {"id": document.version_id, "document_id": document.id}
        shared = ("number", "name", "sha256", "bytes", "media", "pages", "added_by", "added_at")
        version |= {name: getattr(document, name) for name in shared}
        async with self.database.writing() as transaction:
            await transaction.execute(insert(DOCUMENTS).values(row))
            await transaction.execute(insert(VERSIONS).values(version))
            for tag in document.tags:
                await transaction.execute(insert(TAGS).values(document_id=document.id, tag=tag))
            for value in _values(document, paper):
                await transaction.execute(insert(VALUES).values(value))
        if indexed:
            await self.index.put(document, pieces_of(document, paper))
        return document

    async def find(
        self, question: str | Query, scope: Scope = EVERYTHING, **more: Any
    ) -> list[str]:
        """The names of the documents that hit, each once, in order."""
        found = await self.search(question, scope, **more)
        return list(dict.fromkeys(hit.file for hit in found.hits))

    async def search(self, question: str | Query, scope: Scope = EVERYTHING, **more: Any) -> Found:
        return await self.searcher.search(scope, question, today=TODAY, **more)


def _values(document: Document, paper: Paper) -> list[dict[str, Any]]:
    told = [("name", "seller_name", name, name_key(name), None) for name in paper.names]
    told += [("number", "number", number, number_key(number), None) for number in paper.numbers]
    told += [("date", "", day, day, None) for day in paper.dates]
    if paper.amount is not None:
        cents = paper.amount * 100
        told.append(("amount", "total", money_text_of(paper.amount), str(cents), cents))
    return [
        {
            "document_id": document.id, "at": at, "sort": sort, "field": name, "text": text,
            "key": key, "hundredths": cents, "file_at": 0, "page": 1, "x0": 0.6,
            "y0": 0.01 * at, "x1": 0.8, "y1": 0.01 * at + 0.01,
        }
        for at, (sort, name, text, key, cents) in enumerate(told)
    ]  # fmt: skip


def money_text_of(amount: int) -> str:
    return money_text(Decimal(amount))


def pieces_of(document: Document, paper: Paper) -> list[Chunk]:
    """Five lines each."""
    pieces: list[Chunk] = []
    for at in range(0, len(paper.lines), 5):
        lines = paper.lines[at : at + 5]
        starts = [sum(len(line) + 1 for line in lines[:n]) for n in range(len(lines))]
        boxes = [Box(0.1, 0.2 + 0.02 * n, 0.9, 0.2 + 0.02 * (n + 1)) for n in range(len(lines))]
        pieces.append(
            Chunk(
                id=chunk_id(document.version_id, at // 5),
                document_id=document.id,
                version_id=document.version_id,
                at=at // 5,
                sort="table",
                page=1 + at // 5,
                box=Box(0.1, 0.2, 0.9, 0.2 + 0.02 * len(lines)),
                text="\n".join(lines),
                context=document.title,
                boxes=tuple(boxes),
                starts=tuple(starts),
            )
        )
    return pieces


SearchStory = Callable[[Callable[[SearchDesk], Awaitable[None]]], None]


@pytest.fixture(params=["sqlite", "postgres"])
def search_story(request: pytest.FixtureRequest, tmp_path: Path) -> SearchStory:
    """Runs a test's coroutine, given a search desk, on either database."""
    if request.param == "sqlite":
        url = migrated_sqlite(tmp_path / "search.db")
    else:
        url = migrated_postgres(request.getfixturevalue("postgres"))
    return story_at(url, SearchDesk)
