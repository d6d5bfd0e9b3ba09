"""What the library asks of its index, and of who turns texts into vectors or ranks them.

The index may lag behind the shelf and may be wrong about who sees what: whoever uses it looks at
the shelf before anything is told. It never decides what exists.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from yuepi.kit.errors import Unavailable
from yuepi.library.chunk import Chunk
from yuepi.library.document import Document
from yuepi.library.scope import Scope

RANKED_MAX: Final = 400
WITHIN_MAX: Final = 5_000
"""Documents that a search may be narrowed to by their ids."""

Embed = Callable[[Sequence[str], bool], Awaitable[list[list[float]]]]
"""Texts to unit vectors, in order; the flag says that they are queries. Raises as engines do."""
Rerank = Callable[[str, Sequence[str]], Awaitable[list[float]]]
"""A question and texts to a score for each text, higher is better. Raises as engines do."""


class IndexBroken(Unavailable):
    """The index cannot be used; `yuepi index rebuild` makes it anew from the shelf."""

    code = "index_broken"


@dataclass(frozen=True, slots=True)
class Within:
    """What a search is narrowed to: somebody's reach and, where given, these documents."""

    scope: Scope
    documents: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A piece that was found. score: higher is better; of one list only. common: how near those
    of a list by meaning that are nearest to it are (`commonness`)."""

    chunk_id: str
    document_id: str
    version_id: str
    score: float
    common: float = 0.0


@dataclass(frozen=True, slots=True)
class IndexSize:
    """How much is in it: pieces, pieces with a vector, bytes where that is known."""

    chunks: int
    vectors: int
    bytes: int | None

    def lacks(self, *, vectors: bool) -> bool:
        """Whether there is nothing to search in; vectors: by meaning, too."""
        return not self.chunks or (vectors and not self.vectors)


class Index(Protocol):
    """Pieces with their words and vectors. All may raise `IndexBroken` and `Unavailable`.

    Each change may be made again by anybody at any time, also by several processes together, and
    comes to the same.
    """

    async def put(self, document: Document, chunks: Sequence[Chunk]) -> None:
        """Make these the pieces of the document, instead of all that it had; those of its vectors
        that belong to them stay."""

    async def put_vectors(self, document: Document, vectors: Mapping[str, Sequence[float]]) -> None:
        """Add the vectors of pieces, by their ids."""

    async def remove(self, document_ids: Sequence[str]) -> None:
        """Take documents out."""

    async def by_words(self, text: str, within: Within, rows_max: int) -> list[Ranked]:
        """The pieces whose words fit best."""

    async def by_meaning(
        self, vector: Sequence[float], within: Within, rows_max: int
    ) -> list[Ranked]:
        """The pieces whose vectors are nearest."""

    async def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """These pieces, those that are there."""

    async def of_document(
        self, document_id: str, pages: Collection[int] | None = None
    ) -> list[Chunk]:
        """All pieces of a document, in order; those of some pages alone."""

    async def vectors_of(self, document_id: str) -> dict[str, list[float]]:
        """The vectors of a document's pieces, by their ids."""

    async def size(self) -> IndexSize:
        """How much is in it."""
