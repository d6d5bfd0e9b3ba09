"""Pieces of documents to vectors, each with a little of what stands around it.

What a piece is about often stands in another one: "he has two weeks" belongs to a lease whose
premises were named before. So a vector is the piece's own and a share of the direction that the
pieces around it have together. With the direction between the languages (`centring`), of vectors
alone: 254 questions to 70 papers written by hand, 0.689 to 0.717 right first (0.862 to 0.874 among
five); 120 to 400 made ones, whose questions ask for one odd clause each, 0.667 to 0.700 (0.850 to
0.833).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from yuepi.library.chunk import Chunk
from yuepi.library.document import Document
from yuepi.library.index.contract import Embed
from yuepi.library.index.passage import passage_of

TEXTS_MAX: Final = 32
"""Texts of one call to the embedder: a question that comes meanwhile waits for one of them."""
AROUND: Final = 8
"""Pieces before and behind that count."""
AROUND_SHARE: Final = 0.3
VERSION: Final = f"around {AROUND} {AROUND_SHARE}"
"""Part of an index's label."""


async def embedded(
    embed: Embed, pieces: Sequence[tuple[Document, Chunk]]
) -> list[tuple[Document, Chunk, list[float]]]:
    """The pieces with their vectors; what stands around one is looked for among them.

    Raises what the embedder raises.
    """
    # Texts of one length together: the embedder fills up shorter ones.
    ordered = sorted(pieces, key=lambda piece: len(passage_of(piece[1])))
    vectors: list[list[float]] = []
    for start in range(0, len(ordered), TEXTS_MAX):
        texts = [passage_of(chunk) or "." for _, chunk in ordered[start : start + TEXTS_MAX]]
        vectors += await embed(texts, False)
    found = sorted(zip(ordered, vectors, strict=True), key=lambda each: _place(each[0][1]))
    rows: list[tuple[Document, Chunk, list[float]]] = []
    for _, of_one in groupby(found, key=lambda each: each[0][1].document_id):
        mine = list(of_one)
        places = np.array([piece[1].at for piece, _ in mine])
        told = with_what_is_around(np.array([vector for _, vector in mine], np.float32), places)
        rows += [(*piece, vector) for (piece, _), vector in zip(mine, told.tolist(), strict=True)]
    return rows


def with_what_is_around(
    vectors: NDArray[np.float32], places: NDArray[np.int_]
) -> NDArray[np.float32]:
    """Vectors (pieces x numbers) with a share of what is around each; of unit length. places: where
    the pieces stand in their document, in order; some may be missing."""
    sums = np.concatenate([np.zeros_like(vectors[:1]), np.cumsum(vectors, axis=0)])
    first = np.searchsorted(places, places - AROUND, "left")
    last = np.searchsorted(places, places + AROUND, "right")
    return _unit(_unit(vectors) + AROUND_SHARE * _unit(sums[last] - sums[first]))


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    # What has no direction stays as it is.
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: NDArray[np.float32] = np.divide(vectors, lengths, out=vectors.copy(), where=lengths > 0)
    return found


def _place(chunk: Chunk) -> tuple[str, int, str]:
    return chunk.document_id, chunk.at, chunk.id
