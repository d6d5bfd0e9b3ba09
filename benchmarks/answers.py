"""Answers of quotes alone, on drawn papers: how many are right, not found, and wrong.

The papers and questions are those of `yuepi.lab.library_corpus`, those that are scans left out, so
that nothing is recognised and only the answering is measured. Each question is asked twice: of all
papers, and of all but those that answer it, where "not found" alone is right. The search is a plain
one by words, in memory: what the library's own search adds is measured by `library --asker`.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final

from yuepi.documents.accept import accept
from yuepi.documents.page_reading import PageEvidence, read_pages
from yuepi.documents.page_text import page_text
from yuepi.documents.pages import render
from yuepi.documents.reading import FileReading
from yuepi.lab.library_corpus.corpus import make_corpus
from yuepi.lab.library_corpus.question import Question
from yuepi.library.asking.asked import Asked, Done
from yuepi.library.asking.asker import Asker
from yuepi.library.chunk import Chunk
from yuepi.library.chunking import chunks_of
from yuepi.library.document import Document, NotOnShelf, Version
from yuepi.library.hit import Found, Hit
from yuepi.library.index.words import question_words, words_of
from yuepi.library.papers import ReadDocument
from yuepi.library.query import Query
from yuepi.library.scope import EVERYTHING, Scope

_NOW: Final = datetime(2026, 6, 30, tzinfo=UTC)
PAPERS: Final = 150
QUESTIONS: Final = 120


class _Shelf:
    """Papers in memory: shelf, papers and search in one."""

    def __init__(self, papers: Iterable[ReadDocument]) -> None:
        self._papers = {each.document.id: each for each in papers}
        self._chunks: list[tuple[Chunk, Counter[str]]] = [
            (chunk, Counter(words_of(f"{chunk.context} {chunk.text}").lower().split()))
            for paper in self._papers.values()
            for chunk in chunks_of(paper)
        ]
        self._known: Counter[str] = Counter()
        for _, words in self._chunks:
            self._known.update(words.keys())
        self.hidden: frozenset[str] = frozenset()

    async def of(self, scope: Scope, document_id: str, number: int | None = None) -> ReadDocument:
        if document_id in self.hidden or document_id not in self._papers:
            raise NotOnShelf("document")
        return self._papers[document_id]

    async def find(self, scope: Scope, document_id: str) -> Document:
        return (await self.of(scope, document_id)).document

    async def search(
        self,
        scope: Scope,
        question: str | Query,
        *,
        hits_max: int = 20,
        today: date,
        language: str = "zh",
    ) -> Found:
        query = Query(text=question) if isinstance(question, str) else question
        asked = question_words(query.text).lower().split()
        scored = [
            (self._score(asked, words), at)
            for at, (chunk, words) in enumerate(self._chunks)
            if chunk.document_id not in self.hidden
        ]
        best = [each for each in sorted(scored, reverse=True)[:hits_max] if each[0] > 0]
        hits = tuple(self._hit(self._chunks[at][0], score) for score, at in best)
        return Found(query=query, hits=hits, documents=len({hit.document for hit in hits}))

    def _score(self, asked: Sequence[str], words: Counter[str]) -> float:
        return sum(
            math.log(1 + len(self._chunks) / self._known[each]) * words[each] / (words[each] + 1.2)
            for each in asked
            if each in words
        )

    def _hit(self, chunk: Chunk, score: float) -> Hit:
        return Hit(
            file="",
            document=chunk.document_id,
            version=chunk.version_id,
            page=chunk.page,
            box=chunk.box,
            score=score,
            text=chunk.text,
            chunk=chunk.id,
        )


def measure(papers: int, questions: int, seed: int, *, tuning: bool) -> None:
    """Print one table: right, not found and wrong, by the sort of the question."""
    corpus = make_corpus(seed, papers or PAPERS, questions or QUESTIONS, tuning=tuning)
    ids: dict[str, str] = {}
    read: list[ReadDocument] = []
    for at, (paper, drawn) in enumerate(corpus.drawn()):
        if not paper.scan:
            ids[paper.name] = f"d{at}"
            read.append(_read(f"d{at}", drawn.name, drawn.data))
    shelf = _Shelf(read)
    asked = [q for q in corpus.questions if all(each.paper in ids for each in q.answers)]
    began = time.monotonic()
    tally = asyncio.run(_tally(shelf, asked, ids))
    seconds = (time.monotonic() - began) / max(2 * len(asked), 1)
    print(f"{len(read)} papers, {len(asked)} questions, {seconds:.2f} s a question\n")
    print("| question | right | not found | wrong |\n|---|---|---|---|")
    for sort in sorted({sort for sort, _ in tally}):
        row = [tally[sort, each] for each in ("right", "not found", "wrong")]
        print(f"| {sort} | {row[0]} | {row[1]} | {row[2]} |")


async def _tally(
    shelf: _Shelf, asked: Sequence[Question], ids: dict[str, str]
) -> Counter[tuple[str, str]]:
    tally: Counter[tuple[str, str]] = Counter()
    asker = Asker(shelf, shelf, shelf)
    for question in asked:
        answering = frozenset(ids[each.paper] for each in question.answers)
        shelf.hidden = frozenset()
        done = await _ask(asker, question.text)
        tally[question.sort, _outcome(done, question, ids)] += 1
        # Without its papers nothing answers it.
        shelf.hidden = answering
        done = await _ask(asker, question.text)
        alone = "not found" if done.status == "not_found" else "wrong"
        tally["unanswerable: not found is right", alone] += 1
    return tally


async def _ask(asker: Asker, question: str) -> Done:
    events = [event async for event in asker.ask(EVERYTHING, Asked(question=question))]
    done = events[-1]
    if not isinstance(done, Done):
        raise TypeError("an answer has an end")
    return done


def _outcome(done: Done, question: Question, ids: dict[str, str]) -> str:
    if done.status == "not_found":
        return "not found"
    # What a cell is called names its row.
    told = [
        (quote.document, _solid(text))
        for quote in done.quotes
        for text in (quote.text, *([f"{quote.label} {quote.text}"] if quote.sort == "cell" else ()))
    ]
    right = any(
        document == ids[answer.paper] and (_solid(answer.text) in text or text in answer.text)
        for answer in question.answers
        for document, text in told
    )
    return "right" if right else "wrong"


def _solid(text: str) -> str:
    return "".join(text.lower().replace(",", "").split())


def _read(document_id: str, name: str, data: bytes) -> ReadDocument:
    """The paper by its own text layer."""
    pages = [PageEvidence(p.number, p.lines, None, True) for p in render(accept(name, data)).pages]
    readings = read_pages(pages)
    # Copies of one file answer once: each has its own bytes.
    sha256 = hashlib.sha256(data).hexdigest()
    version = Version(
        f"v{document_id}", document_id, 1, name, sha256, len(data), "pdf", len(pages), "", _NOW
    )
    document = Document(
        id=document_id, folder_id="", owner_id="", department_id=None, name=name, title="",
        kind=readings[0].kind if readings else None, tags=(), version_id=version.id, number=1,
        sha256=sha256, bytes=len(data), media="pdf", pages=len(pages), state="done", problem=None,
        added_by="", added_at=_NOW, read_at=_NOW, trashed_at=None, trashed_by=None,
        locked_until=None, version=1,
    )  # fmt: skip
    file = FileReading(file=name, sha256=sha256, pages=len(pages), original=True, readings=readings)
    texts = tuple(page_text(0, page) for page in pages)
    return ReadDocument(document, version, (file,), (), texts)
