"""The index on LanceDB, in a folder or a bucket; many processes read and write it together.

Each call uses the generation that holds now. A reader that finds it gone or broken looks once more;
a writer looks before and after each write, so that nothing goes into one that was replaced.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final, TypeVar

from yuepi.kit.errors import BadUsage
from yuepi.library.chunk import Chunk
from yuepi.library.document import Document
from yuepi.library.index.contract import IndexSize, Ranked, Within
from yuepi.library.index.faults import ERRORS, errors_told, first_line, in_peace
from yuepi.library.index.filters import condition_of, one_of, quoted
from yuepi.library.index.generation import Generation, Put, Standing
from yuepi.library.index.generations import Generations
from yuepi.library.index.words import question_words

LOG = logging.getLogger(__name__)
DoneT = TypeVar("DoneT")

LOOK_S: Final = 2.0
"""How often a reader looks whether there is a newer generation."""
COUNT_S: Final = 60.0
"""How often the bytes of its files are counted."""
CHANGES_MAX: Final = 8
"""How often a write follows to a new generation."""


class LanceIndex:
    """An `Index`, with what its upkeep needs (`upkeep.KeptIndex`)."""

    def __init__(
        self, place: str | Path, options: Mapping[str, str], embedder: str, dimensions: int
    ) -> None:
        self.place: Final = str(place)
        self._generations = Generations(self.place, options, embedder, dimensions)
        self._dimensions = dimensions
        self._generation: Generation | None = None
        self._looked_s = -LOOK_S
        self._bytes: int | None = None
        self._counted_s = -COUNT_S
        self._opening = asyncio.Lock()

    # --- the contract ----------------------------------------------------------------------------

    async def put(self, document: Document, chunks: Sequence[Chunk]) -> None:
        """Make these the pieces of the document."""
        await self.put_many([(document, chunks)])

    async def put_many(self, put: Put) -> None:
        """Make these the pieces of these documents, in one go."""
        if put:
            await self._write(lambda generation: generation.put(put))

    async def put_vectors(self, document: Document, vectors: Mapping[str, Sequence[float]]) -> None:
        """Add the vectors of pieces that are in the index."""
        found = await self.chunks(list(vectors))
        rows = [
            (document, chunk, vectors[chunk.id])
            for chunk in found.values()
            if chunk.document_id == document.id
        ]
        await self.put_vectors_many(rows)

    async def put_vectors_many(
        self, rows: Sequence[tuple[Document, Chunk, Sequence[float]]]
    ) -> None:
        """Add the vectors of pieces as they were when they were embedded."""
        if rows:
            await self._write(lambda generation: generation.put_vectors(rows))

    async def remove(self, document_ids: Sequence[str]) -> None:
        """Take documents out."""
        if document_ids:
            await self._write(lambda generation: generation.remove(document_ids))

    async def by_words(self, text: str, within: Within, rows_max: int) -> list[Ranked]:
        """The pieces whose words fit best."""
        condition = condition_of(within)
        words = await asyncio.to_thread(question_words, text)
        if not words or rows_max < 1:
            return []
        return await self._read(lambda found: found.by_words(words, condition, rows_max), [])

    async def by_meaning(
        self, vector: Sequence[float], within: Within, rows_max: int
    ) -> list[Ranked]:
        """The pieces whose vectors are nearest."""
        if len(vector) != self._dimensions:
            raise BadUsage(
                f"a vector of {len(vector)} numbers, the index has {self._dimensions}",
                remedy="search with the embedder that the index is made with",
            )
        condition = condition_of(within)
        if rows_max < 1:
            return []
        return await self._read(lambda found: found.by_meaning(vector, condition, rows_max), [])

    async def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """These pieces, those that are there."""
        if not chunk_ids:
            return {}
        condition = one_of("id", set(chunk_ids))
        return {chunk.id: chunk for chunk in await self._pieces(condition)}

    async def of_document(
        self, document_id: str, pages: Collection[int] | None = None
    ) -> list[Chunk]:
        """All pieces of a document, in order; those of some pages alone."""
        condition = f"document = {quoted(document_id)}"
        if pages is not None:
            condition += f" AND page IN ({', '.join(str(int(each)) for each in sorted(pages))})"
        return sorted(await self._pieces(condition), key=_place)

    async def vectors_of(self, document_id: str) -> dict[str, list[float]]:
        """The vectors of a document's pieces."""
        return await self._read(lambda found: found.vectors_of(document_id), {})

    async def size(self) -> IndexSize:
        """How much is in it."""
        chunks, vectors = await self._read(lambda found: found.counts(), (0, 0))
        now_s = monotonic()
        if "://" not in self.place and now_s - self._counted_s >= COUNT_S:
            self._bytes = await asyncio.to_thread(_bytes_in, Path(self.place))
            self._counted_s = now_s
        return IndexSize(chunks, vectors, self._bytes)

    # --- upkeep ----------------------------------------------------------------------------------

    async def without_vectors(self, document: Document) -> list[Chunk]:
        """The pieces of a document that have no vector of their text."""
        none: list[Chunk] = []
        # What is found missing must be missing where it is written to: looked up now.
        return await self._read(lambda found: found.without_vectors(document), none, fresh=True)

    async def standing(self) -> Mapping[str, Standing]:
        """What there is of each document."""
        return await self._read(lambda found: found.standing(), {}, fresh=True)

    async def unindexed(self) -> int:
        """How many pieces came after the last `tidy`."""
        return await self._read(lambda found: found.unindexed(), 0)

    async def tidy(self) -> None:
        """Put together what has become small and many; readers and writers go on meanwhile."""
        async with errors_told(self.place):
            generation = await self._current(fresh=True)
            if generation is None:
                return
            await in_peace(generation.tidy)
            await self._generations.drop_old(generation.number)

    async def close(self) -> None:
        """Let go of it; opened again by the next call."""
        self._generation = None
        self._looked_s = -LOOK_S
        self._generations.close()

    # --- a new generation ------------------------------------------------------------------------

    async def begin(self) -> Generation:
        """A new, empty generation, which nobody uses before `switch`."""
        async with errors_told(self.place):
            return await self._generations.begin()

    async def fill(self, generation: Generation, put: Put) -> None:
        """Put pieces into a generation that is not used yet, with the vectors that the one in use
        has of them; where that one is broken, without."""
        async with errors_told(self.place):
            await in_peace(lambda: generation.put(put))
            try:
                old = await self._current(fresh=False)
                if old is not None and old.number < generation.number:
                    await generation.copy_vectors(old, put)
            except ERRORS as error:
                LOG.warning(
                    "vectors cannot be taken over, they are made anew: %s", first_line(error)
                )

    async def switch(self, generation: Generation) -> None:
        """From here on this generation is used, by everybody."""
        async with errors_told(self.place):
            await in_peace(generation.tidy)
            await self._generations.announce(generation.number)
            await self._current(fresh=True)

    async def _pieces(self, condition: str) -> list[Chunk]:
        none: list[Chunk] = []
        return await self._read(lambda found: found.pieces(condition), none)

    # --- inside ----------------------------------------------------------------------------------

    async def _read(
        self,
        work: Callable[[Generation], Awaitable[DoneT]],
        nothing: DoneT,
        *,
        fresh: bool = False,
    ) -> DoneT:
        async with errors_told(self.place):
            generation = await self._current(fresh=fresh)
            if generation is None:
                return nothing
            try:
                return await work(generation)
            except ERRORS as error:
                # It may have been replaced, or taken away, this moment: look once more.
                LOG.info("the index is opened again: %s", first_line(error))
                await self.close()
                generation = await self._current(fresh=True)
                return nothing if generation is None else await work(generation)

    async def _write(self, work: Callable[[Generation], Awaitable[None]]) -> None:
        """Write into the generation in use, and again where that was replaced meanwhile."""
        async with errors_told(self.place):
            written, opened_again = 0, False
            for _ in range(CHANGES_MAX):
                generation = await self._current(fresh=True)
                if generation is None:
                    generation = self._generation = await self._generations.first()
                if generation.number == written:
                    return
                try:
                    await in_peace(partial(work, generation))
                    written = generation.number
                except ERRORS as error:
                    if opened_again:
                        raise
                    LOG.info("the index is opened again: %s", first_line(error))
                    opened_again = True
                    await self.close()

    async def _current(self, *, fresh: bool) -> Generation | None:
        """The generation in use. fresh: looked up now, else at most `LOOK_S` ago."""
        now_s = monotonic()
        if not fresh and now_s - self._looked_s < LOOK_S:
            return self._generation
        async with self._opening:
            number = await self._generations.newest()
            have = self._generation
            if not number:
                self._generation = None
            elif have is None or have.number != number:
                self._generation = await self._generations.make(number)
            self._looked_s = now_s
            return self._generation


def _place(chunk: Chunk) -> tuple[int, str]:
    return chunk.at, chunk.id


def _bytes_in(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_size if file.is_file() else 0
        except FileNotFoundError:
            continue  # tidied away this moment
    return total
