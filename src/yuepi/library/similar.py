"""Documents that are like one: near it in meaning, or, without vectors, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Final

from yuepi.kit.database import Database
from yuepi.library.document import Document, NotOnShelf
from yuepi.library.fusion import Fused
from yuepi.library.hit import Found
from yuepi.library.index.contract import RANKED_MAX, Ranked, Within
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
SIMILAR_MAX: Final = 50
WORDS_OF_IT_MAX: Final = 600
"""Characters of the document that are looked for where it has no vectors."""


async def similar_to(
    database: Database, looking: Looking, scope: Scope, document_id: str, hits_max: int
) -> Found:
    """One piece of each document like it, those of its kind first. Copies of the same bytes are
    left out: they are no other documents. Raises `NotOnShelf`."""
    async with database.reading() as transaction:
        document = await find_document(transaction, scope, document_id)
    if document is None:
        raise NotOnShelf(f"document {document_id[:80]!r}")
    ranked = await _near(looking, scope, document)
    best: dict[str, Ranked] = {}
    for each in ranked:
        if each.document_id != document.id:
            best.setdefault(each.document_id, each)
    async with database.reading() as transaction:
        known = await fitting(transaction, scope, Narrow(Query()), best)
        kept = {
            id_: other
            for id_, other in known.items()
            if other.version_id == best[id_].version_id and other.sha256 != document.sha256
        }
        folders = await paths_of(transaction, {other.folder_id for other in kept.values()})
    order = _order(document, [each for id_, each in best.items() if id_ in kept], kept)
    order = order[: min(hits_max, SIMILAR_MAX)]
    chunks = await looking.chunks([each.key.chunk_id for each in order])
    personal = await personal_in(database, {each.key.document_id for each in order})
    shown = Shown(kept, chunks, {}, folders, personal)
    hits = tuple(hit_of(each.key, each.score, each.ways, shown) for each in order)
    return Found(
        query=Query(),
        hits=hits,
        documents=len(kept),
        index="broken" if looking.broken else "fresh",
    )


async def _near(looking: Looking, scope: Scope, document: Document) -> list[Ranked]:
    vectors = await looking.vectors_of(document.id)
    if vectors:
        return await looking.near(middle_of(vectors.values()), Within(scope), RANKED_MAX)
    pieces = await looking.of_document(document.id)
    text = " ".join(piece.text for piece in pieces)[:WORDS_OF_IT_MAX]
    return await looking.words(text or document.title, Within(scope), RANKED_MAX)


def middle_of(vectors: Iterable[Sequence[float]]) -> list[float]:
    """The mean of vectors, of length one; as it is where they cancel out."""
    sums: list[float] = []
    for vector in vectors:
        sums = [a + b for a, b in zip(sums, vector, strict=True)] if sums else list(vector)
    length = sqrt(sum(each * each for each in sums))
    return [each / length for each in sums] if length > CANCELLED_MAX else sums


def _order(
    document: Document, ranked: Sequence[Ranked], known: dict[str, Spine]
) -> list[Fused[Piece]]:
    """Those of the same kind first, each group from the nearest."""
    same = [each for each in ranked if known[each.document_id].kind == document.kind]
    other = [each for each in ranked if known[each.document_id].kind != document.kind]
    every = [*same, *other] if document.kind is not None else list(ranked)
    return [
        Fused(
            Piece(each.document_id, each.version_id, each.chunk_id),
            # Of this list only: each kind's own scores would say the contrary of its order.
            1.0 / (place + 1),
            ("meaning",),
        )
        for place, each in enumerate(every)
    ]
