"""The index as one search asks it: what it does not answer is noticed, and the search goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Collection, Sequence
from typing import Final, TypeVar

from yuepi.kit.errors import Unavailable, YuepiError
from yuepi.library.chunk import Chunk
from yuepi.library.index.contract import RANKED_MAX, Embed, Index, Ranked, Within
from yuepi.library.index.pages import RankedPage
from yuepi.library.paging import Pages

LOG = logging.getLogger(__name__)

WORDS_ROWS: Final = 200
MEANING_ROWS: Final = 80
COMMON_LESS: Final = 0.15
"""So much of how common a piece is among what was found is taken off its likeness."""
AnsweredT = TypeVar("AnsweredT")


class Looking:
    """One search's questions to the index. broken: whether one of them was not answered."""

    def __init__(
        self,
        index: Index,
        embed: Embed | None,
        *,
        broken: bool = False,
        pages: Pages | None = None,
    ) -> None:
        self._index = index
        self._embed = embed
        self._pages = pages
        self.broken = broken

    async def pages(self, text: str, within: Within) -> list[RankedPage]:
        """The pages that look like it; none where nothing turns pages into vectors."""
        return [] if self._pages is None else await self._pages.find(text, within)

    async def both(
        self, words: str, meaning: str, within: Within, *, many: bool
    ) -> tuple[list[Ranked], list[Ranked]]:
        """By words and by meaning at once. many: what comes will be narrowed down afterwards."""
        by_words = self.words(words, within, RANKED_MAX if many else WORDS_ROWS)
        rows_max = RANKED_MAX if many else MEANING_ROWS
        first, second = await asyncio.gather(by_words, self.meaning(meaning, within, rows_max))
        return first, second

    async def words(self, text: str, within: Within, rows_max: int) -> list[Ranked]:
        """The pieces whose words fit best; none where nothing is looked for."""
        if not text.strip():
            return []
        return await self._answer(self._index.by_words(text, within, rows_max), [])

    async def meaning(self, text: str, within: Within, rows_max: int) -> list[Ranked]:
        """The pieces that mean the like; none where there are no vectors."""
        if self._embed is None or not text.strip() or self.broken:
            return []
        try:
            vectors = await self._embed([text], True)
        except YuepiError as error:
            # Without vectors the words still answer.
            LOG.warning("a question could not be turned into a vector: %s", error)
            return []
        found = await self.near(vectors[0], within, rows_max) if vectors else []
        return sorted(found, key=lambda each: COMMON_LESS * each.common - each.score)

    async def near(self, vector: Sequence[float], within: Within, rows_max: int) -> list[Ranked]:
        """The pieces whose vectors are nearest."""
        return await self._answer(self._index.by_meaning(vector, within, rows_max), [])

    async def chunks(self, ids: Sequence[str]) -> dict[str, Chunk]:
        """These pieces, those that are there."""
        if not ids:
            return {}
        return await self._answer(self._index.chunks(list(dict.fromkeys(ids))), {})

    async def vectors_of(self, document_id: str) -> dict[str, list[float]]:
        """The vectors of a document's pieces."""
        return await self._answer(self._index.vectors_of(document_id), {})

    async def of_document(
        self, document_id: str, pages: Collection[int] | None = None
    ) -> list[Chunk]:
        """All pieces of a document, in order; those of some pages alone."""
        return await self._answer(self._index.of_document(document_id, pages), [])

    async def _answer(self, asked: Awaitable[AnsweredT], nothing: AnsweredT) -> AnsweredT:
        try:
            return await asked
        except Unavailable as error:
            if not self.broken:
                LOG.warning("the index does not answer: %s", error)
            self.broken = True
            return nothing
