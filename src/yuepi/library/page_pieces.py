"""Pages that were found by their looks, as pieces among all others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import chain

from yuepi.library.chunk import Chunk
from yuepi.library.index.pages import RankedPage
from yuepi.library.looking import Looking
from yuepi.library.showing import Piece
from yuepi.library.store.fitting import Spine


async def pieces_on(
    looking: Looking,
    pages: Sequence[RankedPage],
    documents: Mapping[str, Spine],
    found: Sequence[Piece],
) -> list[Piece]:
    """Of each page the piece that was found best otherwise (`found`), else its first; the page as
    it is where nothing was read on it. documents: those that were looked up on the shelf."""
    there = [
        page
        for page in pages
        if page.document_id in documents
        and documents[page.document_id].version_id == page.version_id
    ]
    numbers: dict[str, set[int]] = {}
    for page in there:
        numbers.setdefault(page.document_id, set()).add(page.page)
    asked = (looking.of_document(id_, on_them) for id_, on_them in numbers.items())
    chunks = chain(*await asyncio.gather(*asked))
    place = {piece.chunk_id: at for at, piece in enumerate(found)}
    best: dict[tuple[str, int], Chunk] = {}
    for chunk in chunks:
        on = (chunk.version_id, chunk.page)
        first = best.setdefault(on, chunk)
        if _rank(chunk, place) < _rank(first, place):
            best[on] = chunk
    return list(
        dict.fromkeys(_piece(page, best.get((page.version_id, page.page))) for page in there)
    )


def _rank(chunk: Chunk, place: Mapping[str, int]) -> tuple[int, bool, int]:
    return place.get(chunk.id, len(place)), chunk.sort == "title", chunk.at


def _piece(page: RankedPage, chunk: Chunk | None) -> Piece:
    if chunk is None:
        return Piece(page.document_id, page.version_id, page=page.page)
    return Piece(page.document_id, page.version_id, chunk.id)
