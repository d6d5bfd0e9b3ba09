"""Pieces in order: where exact things stand among them, and what a ranking model says."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from yuepi.kit.errors import YuepiError
from yuepi.library.chunk import Chunk, chunk_id
from yuepi.library.fusion import Fused, Ranking, fused
from yuepi.library.index.contract import Ranked, Rerank
from yuepi.library.index.words import words_of
from yuepi.library.leading import wanted_by, weighed
from yuepi.library.showing import Piece
from yuepi.library.store.exact import Stands
from yuepi.library.store.fitting import Spine

LOG = logging.getLogger(__name__)

RERANKED_MAX: Final = 30
STEM_MIN: Final = 4
_HEAD: Final = chunk_id("", 0)
MEANING_LESS: Final = 0.7
"""By so much less the list by meaning counts where the best piece by words holds all words."""
NEAR_MIN: Final = 0.3
"""Likeness of centred vectors. Questions of what no document is about came to 0.21-0.31 with their
nearest piece, 23 of 25 below this; of right answers 18 of 100 lie below it too, so that it hides
nothing and only says how sure it is (two made shelves, tuning seeds)."""
LOOSE_SHARE_MAX: Final = 0.5
UNKNOWN: Final = -10.0
"""Of pieces that were not weighed."""
HELD_WORTH: Final = 0.2
"""Of exact things within their document: the answer may stand in another piece."""
TOTAL_WORTH: Final = 1.0
"""Of a total where documents were asked for by their amount."""
LED_DOCUMENTS_MAX: Final = 10
LED_PIECES_MAX: Final = 12
"""So many documents, and pieces of each, are weighed by what they answer."""
CALLED_WEIGHT: Final = 1.0
"""Of documents that are called as the question says, beside what stands in them."""


@dataclass(frozen=True, slots=True)
class Exact:
    """What SQL found beside the index. called: documents whose name or title says so. totals:
    where the totals of documents stand that were asked for by their amount."""

    stands: Sequence[Stands]
    called: Sequence[str]
    totals: Sequence[Stands] = ()


@dataclass(frozen=True, slots=True)
class Lists:
    """All that was found for a question, of documents that were looked up on the shelf.

    hinted: documents that fit what the question says beside its words. question: all of it. looks:
    where pages look like it, best first.
    """

    question: str
    words: Mapping[Piece, float]
    meaning: Mapping[Piece, float]
    hinted: frozenset[str]
    exact: Exact
    documents: Mapping[str, Spine]
    looks: Sequence[Piece] = ()

    def first(self, pieces_max: int) -> list[str]:
        """The ids of the first pieces of each list, to look into."""
        pieces = (
            *islice(self.words, pieces_max),
            *islice(self.meaning, pieces_max),
            *self._called()[:pieces_max],
            *self.looks,
        )
        return list(dict.fromkeys(piece.chunk_id for piece in pieces if piece.chunk_id))

    def fused(
        self, chunks: Mapping[str, Chunk], terms: Sequence[str]
    ) -> tuple[list[Fused[Piece]], dict[Piece, list[Stands]]]:
        """All pieces, best first, and the exact things that stand in them. terms: the words that
        were looked for. A document comes where the best of its lists puts it; which of its pieces
        is told first is said by what they answer (`leading`)."""
        share = self._share(chunks, terms)
        found = [
            Ranking("words", [*self.words], share**2),
            Ranking("meaning", [*self.meaning], 1.0 - MEANING_LESS * share),
        ]
        if self.looks:
            found.append(Ranking("meaning", self.looks))
        current = [one for one in self.exact.stands if self._is_current(one)]
        first = fused(found) if current else []
        order = {each.key.document_id: at for at, each in reversed([*enumerate(first)])}
        stands = placed(current, chunks, order) if current else {}
        found.append(Ranking("exact", list(stands)))
        found.append(Ranking("exact", self._best_of_called(found), CALLED_WEIGHT))
        first = fused(found) if self.hinted else []
        fits = [each.key for each in first if each.key.document_id in self.hinted]
        every = fused([*found, Ranking("fields", fits)])
        sums = placed([one for one in self.exact.totals if self._is_current(one)], chunks, {})
        held = dict.fromkeys(stands, HELD_WORTH) | dict.fromkeys(sums, TOTAL_WORTH)
        told = placed_inside(every, self._answering(every, chunks, held))
        return told, {**sums, **stands}

    def loose(self, chunks: Mapping[str, Chunk], terms: Sequence[str]) -> bool:
        """Whether what was found is only loosely alike: nothing exact, little of the words in the
        best piece by words, and the nearest in meaning is as far as what has nothing to do with
        it."""
        nearest = next(iter(self.meaning.values()), NEAR_MIN)
        exact = self.exact.stands or self.exact.called or self.hinted
        return not exact and nearest < NEAR_MIN and self._share(chunks, terms) < LOOSE_SHARE_MAX

    def _share(self, chunks: Mapping[str, Chunk], terms: Sequence[str]) -> float:
        """How much of what was looked for the best piece by words holds."""
        best = next((chunks.get(piece.chunk_id) for piece in self.words), None)
        return 0.0 if best is None else covered(terms, best)

    def _answering(
        self,
        order: Sequence[Fused[Piece]],
        chunks: Mapping[str, Chunk],
        held: Mapping[Piece, float],
    ) -> dict[Piece, float]:
        """How far pieces of the first documents answer, those that were looked into. held: what
        the exact things in them are worth."""
        wanted = wanted_by(self.question)
        of_one: dict[str, dict[Piece, Chunk]] = {}
        for piece in (each.key for each in order):
            if piece.document_id not in of_one and len(of_one) == LED_DOCUMENTS_MAX:
                continue
            mine = of_one.setdefault(piece.document_id, {})
            if piece.chunk_id in chunks and len(mine) < LED_PIECES_MAX:
                mine[piece] = chunks[piece.chunk_id]
        near = {piece.chunk_id: score for piece, score in self.meaning.items()}
        words = {piece.chunk_id: score for piece, score in self.words.items()}
        found = dict(held)
        for id_, mine in of_one.items():
            if len(mine) < 2:
                continue
            document = self.documents[id_]
            name = f"{document.title} {document.name}"
            weights = weighed(wanted, name, [*mine.values()], near, words)
            for piece in mine:
                found[piece] = found.get(piece, 0.0) + weights[piece.chunk_id]
        return found

    def _best_of_called(self, found: Sequence[Ranking[Piece]]) -> list[Piece]:
        """Of each document that is called so the best piece there is, else how it begins."""
        called = self._called()
        best: dict[str, Piece] = {}
        for each in fused(found) if called else ():
            best.setdefault(each.key.document_id, each.key)
        return [best.get(piece.document_id, piece) for piece in called]

    def _called(self) -> list[Piece]:
        called = [self.documents[id_] for id_ in self.exact.called if id_ in self.documents]
        return [Piece(each.id, each.version_id, chunk_id(each.version_id, 0)) for each in called]

    def _is_current(self, one: Stands) -> bool:
        document = self.documents.get(one.document_id)
        return document is not None and document.version_id == one.version_id


def there(ranked: Sequence[Ranked], documents: Mapping[str, Spine]) -> dict[Piece, float]:
    """The pieces of documents that were looked up, of the versions that hold now, and their
    scores; best first."""
    return {
        Piece(each.document_id, each.version_id, each.chunk_id): each.score
        for each in ranked
        if each.document_id in documents
        and documents[each.document_id].version_id == each.version_id
    }


def covered(terms: Sequence[str], chunk: Chunk) -> float:
    """How much of what was looked for a piece and what it stands under hold, 0 to 1, by letters:
    where the best piece by words holds little of a question, its words are no guide."""
    words = set(words_of(_passage(chunk)).split())
    held = sum(_letters(term) for term in terms if term in words or _has_stem(term, words))
    return held / max(1, sum(map(_letters, terms)))


def _letters(term: str) -> int:
    return len(term) if term.isascii() else 2 * len(term)


def _has_stem(term: str, words: Collection[str]) -> bool:
    """An English word counts in its other forms too."""
    if len(term) < STEM_MIN or not (term.isascii() and term.isalpha()):
        return False
    stem = term[: max(STEM_MIN - 1, len(term) - 2)]
    return any(word.startswith(stem) for word in words)


def placed_inside(
    order: Sequence[Fused[Piece]], inside: Mapping[Piece, float]
) -> list[Fused[Piece]]:
    """The same order of documents, the pieces of each by `inside`, others in their order behind
    them; how it begins comes last."""
    by_document: dict[str, list[Fused[Piece]]] = {}
    for each in order:
        by_document.setdefault(each.key.document_id, []).append(each)
    told = {
        id_: iter(
            sorted(pieces, key=lambda each: (_is_head(each.key), -inside.get(each.key, UNKNOWN)))
            if len(pieces) > 1
            else pieces
        )
        for id_, pieces in by_document.items()
    }
    moved = [next(told[each.key.document_id]) for each in order]
    return [
        Fused(piece.key, each.score, piece.ways) for piece, each in zip(moved, order, strict=True)
    ]


def _is_head(piece: Piece) -> bool:
    return piece.chunk_id.endswith(_HEAD)


def placed(
    stands: Sequence[Stands], chunks: Mapping[str, Chunk], order: Mapping[str, int]
) -> dict[Piece, list[Stands]]:
    """Exact things by the piece they stand in, those of fields and of the documents that come
    first in `order` first. What stands in no piece that is known is a piece of its own."""
    pages: dict[tuple[str, str, int], list[Chunk]] = {}
    for chunk in chunks.values():
        pages.setdefault((chunk.document_id, chunk.version_id, chunk.page), []).append(chunk)
    found: dict[Piece, list[Stands]] = {}
    last = len(order)
    for one in sorted(stands, key=lambda one: (one.field == "", order.get(one.document_id, last))):
        on_page = pages.get((one.document_id, one.version_id, one.page), [])
        around = [chunk for chunk in on_page if _lies_in(one, chunk)]
        # The smallest: a page's block of fields may lie around its table.
        smallest = min(around, key=_area).id if around else ""
        at = None if around else one.at
        piece = Piece(one.document_id, one.version_id, smallest, at)
        found.setdefault(piece, []).append(one)
    return found


def _lies_in(one: Stands, chunk: Chunk) -> bool:
    x, y = one.box.centre
    x0, y0, x1, y1 = chunk.box
    return x0 <= x <= x1 and y0 <= y <= y1


def _area(chunk: Chunk) -> float:
    x0, y0, x1, y1 = chunk.box
    return (x1 - x0) * (y1 - y0)


async def reranked(
    rerank: Rerank | None,
    question: str,
    pieces: Sequence[Fused[Piece]],
    chunks: Mapping[str, Chunk],
) -> list[Fused[Piece]]:
    """The first pieces in the order of a ranking model, the others behind them; as they are where
    there is none or it fails. What exactly stands there, or is called so, keeps its place: that is
    known, and a model only guesses. The question and these texts alone are shown to it."""
    first = [each for each in pieces if each.key.chunk_id in chunks][:RERANKED_MAX]
    free = [each for each in first if "exact" not in each.ways]
    if rerank is None or len(free) < 2 or not question.strip():
        return list(pieces)
    texts = [_passage(chunks[each.key.chunk_id]) for each in free]
    try:
        scores = await rerank(question, texts)
    except YuepiError as error:
        # Not its message: servers repeat what they were sent.
        LOG.warning("the ranking model does not answer (%s): %s", error.code, error.remedy)
        return list(pieces)
    if len(scores) != len(free):
        LOG.warning("the ranking model gave %d scores for %d texts", len(scores), len(free))
        return list(pieces)
    better = iter(sorted(zip(scores, free, strict=True), key=lambda each: -each[0]))
    known = {each.key for each in free}
    # Who comes to a place has its score, so that higher stays better.
    return [
        Fused((moved := next(better)[1]).key, each.score, moved.ways) if each.key in known else each
        for each in pieces
    ]


def _passage(chunk: Chunk) -> str:
    return f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text
