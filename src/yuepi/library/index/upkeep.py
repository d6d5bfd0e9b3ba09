"""What whoever keeps the index up to date asks of it beyond searching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from yuepi.library.chunk import Chunk
from yuepi.library.document import Document
from yuepi.library.index.contract import Index

if TYPE_CHECKING:
    from yuepi.library.index.generation import Generation, Put, Standing


class KeptIndex(Index, Protocol):
    """An `Index` that can be filled many documents at once, compared, tidied and made anew."""

    async def put_many(self, put: Put) -> None:
        """As `put`, of these documents in one go."""

    async def put_vectors_many(
        self, rows: Sequence[tuple[Document, Chunk, Sequence[float]]]
    ) -> None:
        """As `put_vectors`, of pieces as they were when they were embedded."""

    async def without_vectors(self, document: Document) -> list[Chunk]:
        """The pieces of a document that have no vector of their text."""

    async def standing(self) -> Mapping[str, Standing]:
        """What there is of each document, by its id."""

    async def unindexed(self) -> int:
        """How many pieces came after the last `tidy`."""

    async def tidy(self) -> None:
        """Put together what has become small and many; readers and writers go on meanwhile."""

    async def begin(self) -> Generation:
        """A new, empty generation, which nobody uses before `switch`."""

    async def fill(self, generation: Generation, put: Put) -> None:
        """Put pieces into it, with the vectors that the one in use has of them."""

    async def switch(self, generation: Generation) -> None:
        """From here on this generation is used, by everybody."""
