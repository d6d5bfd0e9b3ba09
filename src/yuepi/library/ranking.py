"""Pieces in order: where exact things stand among them, and what a ranking model says."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.kit.errors import YuepiError
from yuepi.library.chunk import Chunk, chunk_id
from yuepi.library.document import Document
from yuepi.library.fusion import Fused, Ranking, fused
from yuepi.library.index.contract import Ranked, Rerank
from yuepi.library.showing import Piece
from yuepi.library.store.exact import Stands

LOG = logging.getLogger(__name__)

RERANKED_MAX: Final = 30
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
        self, chunks: Mapping[str, Chunk]
    ) -> tuple[list[Fused[Piece]], dict[Piece, list[Stands]]]:
        """All pieces, best first, and the exact things that stand in them."""
        found = [Ranking("words", self.words), Ranking("meaning", self.meaning)]
        order = {each.key.document_id: at for at, each in reversed([*enumerate(fused(found))])}
        stands = placed([one for one in self.exact.stands if self._is_current(one)], chunks, order)
        found.append(Ranking("exact", list(stands)))
        found.append(Ranking("exact", self._best_of_called(found), CALLED_WEIGHT))
        fits = [each.key for each in fused(found) if each.key.document_id in self.hinted]
        return fused([*found, Ranking("fields", fits)]), stands

    def _best_of_called(self, found: Sequence[Ranking[Piece]]) -> list[Piece]:
        """Of each document that is called so the best piece there is, else how it begins."""
        best: dict[str, Piece] = {}
        for each in fused(found):
            best.setdefault(each.key.document_id, each.key)
        return [best.get(piece.document_id, piece) for piece in self._called()]

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
