"""The index whose library is loaded by who uses it first: that takes seconds and 100 MB."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from yuepi.library.chunk import Chunk
from yuepi.library.document import Document
from yuepi.library.index.contract import IndexSize, Ranked, Within

if TYPE_CHECKING:
    from yuepi.library.index.generation import Generation, Put, Standing
    from yuepi.library.index.lance import LanceIndex

_MODULE = "yuepi.library.index.lance"


class LaterIndex:
    """A `KeptIndex`. open_: makes the real one, after its module was imported in a thread."""

    def __init__(self, open_: Callable[[], LanceIndex]) -> None:
        self._open = open_
        self._opened: LanceIndex | None = None
        self._opening = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether somebody used it."""
        return self._opened is not None

    async def _index(self) -> LanceIndex:
        async with self._opening:
            if self._opened is None:
                await asyncio.to_thread(importlib.import_module, _MODULE)
                self._opened = self._open()
            return self._opened

    async def put(self, document: Document, chunks: Sequence[Chunk]) -> None:
        """As `Index`."""
        await (await self._index()).put(document, chunks)

    async def put_many(self, put: Put) -> None:
        """As `KeptIndex`."""
        await (await self._index()).put_many(put)

    async def put_vectors(self, document: Document, vectors: Mapping[str, Sequence[float]]) -> None:
        """As `Index`."""
        await (await self._index()).put_vectors(document, vectors)

    async def put_vectors_many(
        self, rows: Sequence[tuple[Document, Chunk, Sequence[float]]]
    ) -> None:
        """As `KeptIndex`."""
        await (await self._index()).put_vectors_many(rows)

    async def remove(self, document_ids: Sequence[str]) -> None:
        """As `Index`."""
        await (await self._index()).remove(document_ids)

    async def by_words(self, text: str, within: Within, rows_max: int) -> list[Ranked]:
        """As `Index`."""
        return await (await self._index()).by_words(text, within, rows_max)

    async def by_meaning(
        self, vector: Sequence[float], within: Within, rows_max: int
    ) -> list[Ranked]:
        """As `Index`."""
        return await (await self._index()).by_meaning(vector, within, rows_max)

    async def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """As `Index`."""
        return await (await self._index()).chunks(chunk_ids)

    async def of_document(
        self, document_id: str, pages: Collection[int] | None = None
    ) -> list[Chunk]:
        """As `Index`."""
        return await (await self._index()).of_document(document_id, pages)

    async def vectors_of(self, document_id: str) -> dict[str, list[float]]:
        """As `Index`."""
        return await (await self._index()).vectors_of(document_id)

    async def size(self) -> IndexSize:
        """As `Index`."""
        return await (await self._index()).size()

    async def without_vectors(self, document: Document) -> list[Chunk]:
        """As `KeptIndex`."""
        return await (await self._index()).without_vectors(document)

    async def standing(self) -> Mapping[str, Standing]:
        """As `KeptIndex`."""
        return await (await self._index()).standing()

    async def unindexed(self) -> int:
        """As `KeptIndex`."""
        return await (await self._index()).unindexed()

    async def tidy(self) -> None:
        """As `KeptIndex`."""
        await (await self._index()).tidy()

    async def begin(self) -> Generation:
        """As `KeptIndex`."""
        return await (await self._index()).begin()

    async def fill(self, generation: Generation, put: Put) -> None:
        """As `KeptIndex`."""
        await (await self._index()).fill(generation, put)

    async def switch(self, generation: Generation) -> None:
        """As `KeptIndex`."""
        await (await self._index()).switch(generation)

    async def close(self) -> None:
        """Give back what was opened."""
        if self._opened is not None:
            await self._opened.close()
