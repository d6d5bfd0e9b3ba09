"""Which documents are asked, and what of them: found by the search, read from the shelf.

The search only says where to look. What is told comes from the papers themselves, as they are for
whoever asks, now.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Protocol

from yuepi.documents.kinds import kind_named
from yuepi.documents.page_text import PageText
from yuepi.kit.boxes import Box
from yuepi.kit.errors import Unavailable
from yuepi.library.asking.asked import Language
from yuepi.library.asking.candidates import Candidate, candidates_of
from yuepi.library.asking.question import Question
from yuepi.library.asking.terms import Folded, fold
from yuepi.library.asking.weighing import Header
from yuepi.library.chunking.flow import length_of
from yuepi.library.document import Document, NotOnShelf
from yuepi.library.hit import Found, Health, Hit
from yuepi.library.papers import ReadDocument
from yuepi.library.query import Query
from yuepi.library.scope import Scope

LOG = logging.getLogger(__name__)

PAPERS_MAX: Final = 8
"""Documents that are read for one question."""
HITS_MAX: Final = 40
NAMED_AT_ONCE_MAX: Final = 32
"""Documents that one query may be narrowed to."""
ALL_PAGES_MAX: Final = 40
FIRST_PAGES: Final = 3
HEAD_LINES: Final = 12
FOOT_LINES: Final = 8
HEAD_LENGTH_MAX: Final = 60
"""Of a line of the head, in half-widths."""
ROW_FIGURES_MIN: Final = 3
"""A line with so many figures is a row of a table, not of the head."""
ROWS_MIN: Final = 3
COLUMNS_MIN: Final = 3
"""A smaller table is a form, whose entries tell what the paper is."""
_SENTENCE: Final = re.compile(r"[。；;]|(?<!\bLtd)(?<!\bInc)(?<!\bCo)(?<=[a-z]{2})\.\s*$")
_FIGURE: Final = re.compile(r"(?<![\w.,-])\d[\d,.]*(?![\w-])")
_NAMED: Final = (
    "seller_name", "buyer_name", "party_a", "party_b", "party_c", "party_d", "name", "number",
    "date", "issuer", "sender", "receiver", "title",
)  # fmt: skip


class Searches(Protocol):
    """`library.searching.Searcher` is one."""

    async def search(
        self,
        scope: Scope,
        question: str | Query,
        *,
        hits_max: int = 20,
        today: date,
        language: Language = "zh",
    ) -> Found: ...


class Shelves(Protocol):
    """`library.shelf.Shelf` is one."""

    async def find(self, scope: Scope, document_id: str) -> Document: ...


class Reads(Protocol):
    """`library.papers.Papers` is one."""

    async def of(
        self, scope: Scope, document_id: str, number: int | None = None
    ) -> ReadDocument: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where is looked: in these documents, else in a folder, else everywhere within reach."""

    documents: tuple[str, ...] = ()
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What there is to answer from. papers: the documents, those that the search found first
    before, each as often as it has parts that are papers of their own; found: by the candidates'
    place, see `choosing.choose`. unread: how many of the documents asked about are not read yet."""

    papers: tuple[ReadDocument, ...] = ()
    headers: tuple[Header, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    found: Mapping[int, float] = field(default_factory=dict)
    index: Health = "fresh"
    waiting: int = 0
    unread: int = 0


class Looker:
    """Finds what a question can be answered from."""

    def __init__(
        self,
        searcher: Searches,
        papers: Reads,
        today: Callable[[], date],
    ) -> None:
        self._searcher = searcher
        self._papers = papers
        self._today = today

    async def look(
        self, scope: Scope, question: Question, place: Place, language: Language
    ) -> Looked:
        """What there is in a place. Raises what the search raises, unless the documents are few
        enough to be read without it."""
        found = await self._search(scope, question, place, language)
        hits = [hit for one in found for hit in one.hits]
        wanted = list(dict.fromkeys(hit.document for hit in hits))
        if len(place.documents) <= PAPERS_MAX:
            wanted += [each for each in place.documents if each not in wanted]
        papers = await self._read(scope, question, wanted[:PAPERS_MAX])
        looked = await asyncio.to_thread(_looked, papers, hits, language)
        health: list[Health] = [one.index for one in found]
        return Looked(
            papers=looked.papers,
            headers=looked.headers,
            candidates=looked.candidates,
            found=looked.found,
            index="broken" if "broken" in health else "behind" if "behind" in health else "fresh",
            waiting=max((one.waiting for one in found), default=0),
            unread=sum(each.document.state in ("waiting", "reading") for each in papers),
        )

    async def _search(
        self, scope: Scope, question: Question, place: Place, language: Language
    ) -> list[Found]:
        queries = list(_queries(question, place))
        found: list[Found] = []
        try:
            for query in queries:
                found.append(
                    await self._searcher.search(
                        scope, query, hits_max=HITS_MAX, today=self._today(), language=language
                    )
                )
        except Unavailable as error:
            if not 0 < len(place.documents) <= PAPERS_MAX:
                raise
            LOG.warning("documents are read without the search: %s", error.code)
        return found

    async def _read(
        self, scope: Scope, question: Question, wanted: Sequence[str]
    ) -> list[ReadDocument]:
        """The documents that are there still; of copies the one whose name says most of the
        question, or the shortest (the others are called after it), or each would answer."""
        papers: dict[str, ReadDocument] = {}
        for document_id in wanted:
            try:
                paper = await self._papers.of(scope, document_id)
            except NotOnShelf:
                # Gone since it was found; nobody is told.
                continue
            same = papers.get(paper.version.sha256)
            if same is None or _named_for(question, paper) > _named_for(question, same):
                papers[paper.version.sha256] = paper
        return [*papers.values()]


def _named_for(question: Question, paper: ReadDocument) -> tuple[int, int]:
    name = paper.document.name
    return sum(term.text in fold(name) for term in question.terms), -len(name)


def _queries(question: Question, place: Place) -> list[str | Query]:
    text = question.text
    if place.documents:
        steps = range(0, len(place.documents), NAMED_AT_ONCE_MAX)
        parts = [place.documents[at : at + NAMED_AT_ONCE_MAX] for at in steps]
        return [Query(text=text, documents=part) for part in parts]
    if place.folder is not None:
        return [Query(text=text, folders=(place.folder,))]
    # As a search it may be narrowed by what was no filter ("the rent of 2024"): both ways count.
    return [text, Query(text=text)]


# --- what the documents offer ---------------------------------------------------------------------


def _looked(papers: Sequence[ReadDocument], hits: Sequence[Hit], language: Language) -> Looked:
    candidates: list[Candidate] = []
    headers: list[Header] = []
    parts = [(paper, part) for paper in papers for part in parts_of(paper)]
    papers = [paper for paper, _ in parts]
    for at, (_, paper) in enumerate(parts):
        mine = [hit for hit in hits if hit.document == paper.document.id]
        pages = _pages(paper, mine)
        candidates += candidates_of(at, paper, pages, language)
        words = header_words(paper)
        whole = "\n".join((words, *(text.text for text in paper.texts if text.page in pages)))
        head = "\n".join((words, *head_lines(paper)))
        says = "\n".join((head, *foot_lines(paper)))
        headers.append(Header(Folded(words), Folded(head), Folded(says), Folded(whole), at))
    strengths = _strengths(papers, hits)
    found = {
        at: strength
        for at, each in enumerate(candidates)
        if (strength := _strength(each, strengths[each.paper])) > 0
    }
    return Looked(tuple(papers), tuple(headers), tuple(candidates), found)


def parts_of(paper: ReadDocument) -> list[ReadDocument]:
    """A document as it is, or in parts where it holds several papers with numbers of their own, as
    a scan of many invoices does: else the total of one would be told of another. A part has its
    pages up to the next one's; of several on one page nobody knows whose line is whose, and only
    their fields are left."""
    readings = [reading for file in paper.files for reading in file.readings]
    firsts = [reading for reading in readings if reading.value("number")]
    if len({reading.value("number") for reading in firsts}) < 2:
        return [paper]
    starts = [0, *(reading.page for reading in firsts[1:]), math.inf]
    crowded = [page for page, count in Counter(r.page for r in firsts).items() if count > 1]
    found: list[ReadDocument] = []
    for at, first in enumerate(firsts):
        pages = [
            text.page
            for text in paper.texts
            if starts[at] <= text.page < starts[at + 1] and text.page not in crowded
        ]
        mine = [r for r in readings if r is first or (r.page in pages and r not in firsts)]
        files = tuple(
            file.model_copy(update={"readings": tuple(r for r in file.readings if r in mine)})
            for file in paper.files
        )
        texts = tuple(text for text in paper.texts if text.page in pages)
        found.append(replace(paper, files=files, texts=texts))
    return found


def _pages(paper: ReadDocument, hits: Sequence[Hit]) -> frozenset[int]:
    """The pages that are looked at: of a long document those that were found, the ones beside
    them, and the first."""
    every = [text.page for text in paper.texts]
    if len(every) <= ALL_PAGES_MAX:
        return frozenset(every)
    found = [hit.page + step for hit in hits for step in (0, -1, 1)]
    return frozenset((*every[:FIRST_PAGES], *found[:ALL_PAGES_MAX]))


def header_words(paper: ReadDocument) -> str:
    """What a document is called and who is in it: words that only say which one is meant."""
    readings = [reading for file in paper.files for reading in file.readings]
    kinds = [kind_named(reading.kind) for reading in readings]
    values = [
        field.value
        for reading in readings
        for name, field in reading.fields.items()
        if name in _NAMED
        and field.value
        and not field.only_said
        and name not in kind_named(reading.kind).masked
    ]
    vouchers = ["发票 票据 invoice fapiao" for kind in kinds if kind.is_invoice]
    return "\n".join(
        (
            paper.document.name,
            paper.document.title,
            *paper.document.tags,
            *(f"{kind.title_zh} {kind.title_en}" for kind in kinds if kind.name != "other"),
            *vouchers,
            *values,
        )
    )


def head_lines(paper: ReadDocument) -> list[str]:
    """The first short lines of a paper, where it says what it is, of whom and when."""
    return _own_lines(paper, paper.texts[:1], slice(HEAD_LINES))


def foot_lines(paper: ReadDocument) -> list[str]:
    """The last short lines of a paper, where it is signed and dated."""
    return _own_lines(paper, paper.texts[-1:], slice(-FOOT_LINES, None))


def _own_lines(paper: ReadDocument, texts: Sequence[PageText], part: slice) -> list[str]:
    """Short lines that are neither sentences nor rows of a table: those tell of other things."""
    tables = [t for file in paper.files for reading in file.readings for t in reading.tables]
    wide = [t.rows for t in tables if len(t.rows) >= ROWS_MIN and len(t.rows[0]) >= COLUMNS_MIN]
    rows = {_solid("".join(row)) for each in wide for row in each}
    return [
        line
        for text in texts
        for line in text.text.splitlines()[part]
        if length_of(line) <= HEAD_LENGTH_MAX
        and not _SENTENCE.search(line)
        and len(_FIGURE.findall(line)) < ROW_FIGURES_MIN
        and _solid(line) not in rows
    ]


def _solid(text: str) -> str:
    return "".join(text.split())


def _strengths(
    papers: Sequence[ReadDocument], hits: Sequence[Hit]
) -> list[list[tuple[int, Box, float]]]:
    """For each paper where the search hit it, and how high: 1.0 for the first hit of all."""
    order = {hit.chunk or (hit.document, hit.page, hit.box): 0 for hit in hits}
    strong = {key: 1.0 - at / max(len(order), 1) for at, key in enumerate(order)}
    return [
        [
            (hit.page, hit.box, strong[hit.chunk or (hit.document, hit.page, hit.box)])
            for hit in hits
            if hit.document == paper.document.id
        ]
        for paper in papers
    ]


def _strength(candidate: Candidate, places: Sequence[tuple[int, Box, float]]) -> float:
    return max(
        (
            strength
            for page, box, strength in places
            if page == candidate.page and _grown(box).holds(candidate.box.centre)
        ),
        default=0.0,
    )


def _grown(box: Box) -> Box:
    return Box(box.x0 - 0.01, box.y0 - 0.01, box.x1 + 0.01, box.y1 + 0.01)
