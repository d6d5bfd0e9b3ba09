"""Documents that are like one: near it in meaning, or, without vectors, in words.

How like two documents are is said by the middles of their pieces, not by the piece of one that is
nearest to the other: a clause on penalties stands in the lease and in the manual. On a made shelf
of 80 papers in 21 forms, tuning half (e5 and USE beside each other), the likeness of middles was

    papers of one form, one language       .41 to .96, half of them over .81
    of one form, in two languages          .33 to .68, half over .46
    of forms that are akin (two contracts) -.03 to .78, half over .29
    of forms that have nothing in common   -.23 to .54, half over .04, 99 of 100 under .35

With the floor `MEANING_MIN` all of the first are told, 96 of 100 of the second, 32 of 100 of the
third, and 0.9 of 100 strangers (99, 90, 32 and 1.8 on a second shelf of 80, looked at afterwards);
the first told is of the same form and language 97 times of 100 (87 by the nearest piece). With e5
alone: all, 45, 24 and 0.9 of 100. What another embedder gives is
not centred and lies higher: the order is right then, the floor hides less.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

import numpy as np

from yuepi.kit.database import Database
from yuepi.library.document import Document, NotOnShelf
from yuepi.library.fusion import Fused
from yuepi.library.hit import Found, Way
from yuepi.library.index.contract import RANKED_MAX, Ranked, Within
from yuepi.library.index.words import words_of
from yuepi.library.looking import Looking
from yuepi.library.personal import personal_in
from yuepi.library.query import Query
from yuepi.library.scope import Scope
from yuepi.library.showing import Piece, Shown, hit_of
from yuepi.library.store.documents import find_document
from yuepi.library.store.fitting import Narrow, Spine, fitting
from yuepi.library.store.folders import paths_of

CANCELLED_MAX: Final = 1e-9
"""A shorter sum has no direction."""
MEANING_MIN: Final = 0.35
"""Likeness of the middles of two documents that are told as alike."""
WORDS_MIN: Final = 0.15
"""The same without vectors: the share of their words that both have. On the made shelf all papers
of one form and language have .22 and more, and no strangers have so much (.14 at most)."""
SIMILAR_MAX: Final = 50
LOOKED_AT_MAX: Final = 60
"""Documents that are compared as a whole, of those whose pieces are nearest."""
WORDS_OF_IT_MAX: Final = 600
"""Characters of the document that are looked for where it has no vectors."""
CHARACTERS_MAX: Final = 20_000
"""Of a document whose words are compared."""


async def similar_to(
    database: Database, looking: Looking, scope: Scope, document_id: str, hits_max: int
) -> Found:
    """One piece of each document like it, the likest first; the score is how like it is. Copies of
    the same bytes are left out, they are no other documents, and of several that are copies of each
    other one is told. Raises `NotOnShelf`."""
    async with database.reading() as transaction:
        document = await find_document(transaction, scope, document_id)
    if document is None:
        raise NotOnShelf(f"document {document_id[:80]!r}")
    vectors = await looking.vectors_of(document.id)
    ranked = await _near(looking, scope, document, vectors)
    best: dict[str, Ranked] = {}
    for each in ranked:
        if each.document_id != document.id:
            best.setdefault(each.document_id, each)
    async with database.reading() as transaction:
        known = await fitting(transaction, scope, Narrow(Query()), best)
        folders = await paths_of(transaction, {other.folder_id for other in known.values()})
    others = _others(document, best, known)
    kept = dict(islice(others.items(), LOOKED_AT_MAX))
    if vectors:
        way: Way = "meaning"
        likeness = await _by_meaning(looking, vectors, kept)
    else:
        way = "words"
        likeness = await _by_words(looking, document, kept)
    order = sorted(likeness, key=lambda id_: -likeness[id_])
    pieces = [
        Fused(Piece(id_, best[id_].version_id, best[id_].chunk_id), likeness[id_], (way,))
        for id_ in order[: min(hits_max, SIMILAR_MAX)]
    ]
    chunks = await looking.chunks([each.key.chunk_id for each in pieces])
    personal = await personal_in(database, {each.key.document_id for each in pieces})
    shown = Shown(kept, chunks, {}, folders, personal)
    return Found(
        query=Query(),
        hits=tuple(hit_of(each.key, each.score, each.ways, shown) for each in pieces),
        documents=len(order),
        at_least=len(others) > len(kept),
        index="broken" if looking.broken else "fresh",
    )


async def _near(
    looking: Looking, scope: Scope, document: Document, vectors: Mapping[str, Sequence[float]]
) -> list[Ranked]:
    if vectors:
        return await looking.near(middle_of(vectors.values()), Within(scope), RANKED_MAX)
    pieces = await looking.of_document(document.id)
    text = " ".join(piece.text for piece in pieces)[:WORDS_OF_IT_MAX]
    return await looking.words(text or document.title, Within(scope), RANKED_MAX)


def _others(
    document: Document, best: Mapping[str, Ranked], known: Mapping[str, Spine]
) -> dict[str, Spine]:
    """Other documents, in the order they were found, of the versions that hold now; of copies the
    one that lies in the same folder, else that with the shortest name: the others are called
    after it (`offer (2).pdf`)."""
    there: dict[str, list[Spine]] = {}
    for id_, ranked in best.items():
        other = known.get(id_)
        if other is None or other.version_id != ranked.version_id:
            continue
        if other.sha256 != document.sha256:
            there.setdefault(other.sha256, []).append(other)

    def first(other: Spine) -> tuple[bool, int, str]:
        return other.folder_id != document.folder_id, len(other.name), other.id

    return {(one := min(copies, key=first)).id: one for copies in there.values()}


async def _by_meaning(
    looking: Looking, vectors: Mapping[str, Sequence[float]], others: Iterable[str]
) -> dict[str, float]:
    """How like each of them is, those alone that are."""
    mine = middle_of(vectors.values())
    found: dict[str, float] = {}
    for id_ in others:
        # In a thread: a long document has some thousand vectors.
        theirs = await asyncio.to_thread(middle_of, (await looking.vectors_of(id_)).values())
        # A piece that was put meanwhile may be of another embedder, whose vectors are longer.
        if len(theirs) == len(mine):
            found[id_] = sum(a * b for a, b in zip(mine, theirs, strict=True))
    return {id_: like for id_, like in found.items() if like >= MEANING_MIN}


async def _by_words(
    looking: Looking, document: Document, others: Iterable[str]
) -> dict[str, float]:
    """The same by the words that both have (Jaccard's index)."""
    mine = await _words(looking, document.id)
    found: dict[str, float] = {}
    for id_ in others:
        theirs = await _words(looking, id_)
        found[id_] = len(mine & theirs) / max(1, len(mine | theirs))
    return {id_: like for id_, like in found.items() if like >= WORDS_MIN}


async def _words(looking: Looking, document_id: str) -> frozenset[str]:
    pieces = await looking.of_document(document_id)
    text = "\n".join(piece.text for piece in pieces)[:CHARACTERS_MAX]
    # In a thread: cutting the words of many pages takes a while.
    words = (await asyncio.to_thread(words_of, text)).split()
    return frozenset(word for word in words if not word.isdigit())


def middle_of(vectors: Iterable[Sequence[float]]) -> list[float]:
    """The mean of vectors, of length one; as it is where they cancel out."""
    rows = np.array([*vectors], np.float64)
    middle = rows.sum(axis=0) if len(rows) else rows
    length = float(np.linalg.norm(middle))
    found: list[float] = (middle / length if length > CANCELLED_MAX else middle).tolist()
    return found
