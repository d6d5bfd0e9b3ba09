"""Pieces in order: where exact things stand among them, and what a ranking model says."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.kit.errors import YuepiError
from yuepi.library.chunk import Chunk, chunk_id
from yuepi.library.document import Document
from yuepi.library.fusion import Fused, Ranking, fused
from yuepi.library.index.contract import Ranked, Rerank
from yuepi.library.index.words import words_of
from yuepi.library.showing import Piece
from yuepi.library.store.exact import Stands

LOG = logging.getLogger(__name__)

RERANKED_MAX: Final = 30
STEM_MIN: Final = 4
_HEAD: Final = chunk_id("", 0)
HELD_WEIGHT: Final = 2.0
"""Of exact things within their document: the answer may stand in another piece."""
CALLED_WEIGHT: Final = 1.0
"""Of documents that are called as the question says, beside what stands in them."""


@dataclass(frozen=True, slots=True)
class Exact:
    """What SQL found beside the index. called: documents whose name or title says so."""

    stands: Sequence[Stands]
    called: Sequence[str]


@dataclass(frozen=True, slots=True)
class Lists:
    """All that was found for a question, of documents that were looked up on the shelf.

    hinted: documents that fit what the question says beside its words.
    """

    words: Sequence[Piece]
    meaning: Sequence[Piece]
    hinted: frozenset[str]
    exact: Exact
    documents: Mapping[str, Document]

    def first(self, pieces_max: int) -> list[str]:
        """The ids of the first pieces of each list, to look into."""
        pieces = (
            *self.words[:pieces_max],
            *self.meaning[:pieces_max],
            *self._called()[:pieces_max],
        )
        return list(dict.fromkeys(piece.chunk_id for piece in pieces))

    def fused(
        self, chunks: Mapping[str, Chunk], terms: Sequence[str]
    ) -> tuple[list[Fused[Piece]], dict[Piece, list[Stands]]]:
        """All pieces, best first, and the exact things that stand in them. terms: the words that
        were looked for. A document comes where the best of its lists puts it; which of its pieces
        is told first is said by words and meaning, and by what exactly stands in it."""
        best = chunks.get(self.words[0].chunk_id) if self.words else None
        worth = 0.0 if best is None else covered(terms, best)
        found = [Ranking("words", self.words, worth), Ranking("meaning", self.meaning)]
        current = [one for one in self.exact.stands if self._is_current(one)]
        first = fused(found) if current else []
        order = {each.key.document_id: at for at, each in reversed([*enumerate(first)])}
        stands = placed(current, chunks, order) if current else {}
        held = Ranking("exact", list(stands), HELD_WEIGHT)
        inside = {each.key: each.score for each in fused([*found, held])}
        found.append(Ranking("exact", list(stands)))
        found.append(Ranking("exact", self._best_of_called(found), CALLED_WEIGHT))
        first = fused(found) if self.hinted else []
        fits = [each.key for each in first if each.key.document_id in self.hinted]
        return placed_inside(fused([*found, Ranking("fields", fits)]), inside), stands

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


def there(ranked: Sequence[Ranked], documents: Mapping[str, Document]) -> list[Piece]:
    """The pieces of documents that were looked up, of the versions that hold now."""
    return [
        Piece(each.document_id, each.version_id, each.chunk_id)
        for each in ranked
        if each.document_id in documents
        and documents[each.document_id].version_id == each.version_id
    ]


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
    """The same order of documents, the pieces of each by `inside`; how it begins comes last."""
    by_document: dict[str, list[Fused[Piece]]] = {}
    for each in order:
        by_document.setdefault(each.key.document_id, []).append(each)
    told = {
        id_: iter(
            sorted(
                pieces,
                key=lambda each: (_is_head(each.key), -inside.get(each.key, 0.0)),
            )
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
    there is none or it fails."""
    first = [each for each in pieces if each.key.chunk_id in chunks][:RERANKED_MAX]
    if rerank is None or len(first) < 2 or not question.strip():
        return list(pieces)
    texts = [_passage(chunks[each.key.chunk_id]) for each in first]
    try:
        scores = await rerank(question, texts)
    except YuepiError as error:
        LOG.warning("the ranking model does not answer: %s", error)
        return list(pieces)
    if len(scores) != len(first):
        LOG.warning("the ranking model gave %d scores for %d texts", len(scores), len(first))
        return list(pieces)
    better = sorted(zip(scores, first, strict=True), key=lambda each: -each[0])
    # Their scores are handed on in the new order, so that higher stays better.
    worth = sorted((each.score for each in first), reverse=True)
    moved = [
        Fused(each.key, score, each.ways) for (_, each), score in zip(better, worth, strict=True)
    ]
    known = {each.key for each in first}
    rest = [each for each in pieces if each.key not in known]
    return sorted((*moved, *rest), key=lambda each: -each.score)


def _passage(chunk: Chunk) -> str:
    return f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text
