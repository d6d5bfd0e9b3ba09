"""What the library's search asks of models: vectors of texts, ranks, vectors of pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from yuepi.engines.contract import Picture


class Embedder(Protocol):
    """Turns texts into vectors of unit length for search: ranks mean something, distances do not.

    `name` is the deployment's; `dimensions` the length of every vector, known before loading.
    """

    @property
    def name(self) -> str: ...
    @property
    def dimensions(self) -> int: ...

    async def embed(self, texts: Sequence[str], *, query: bool = False) -> list[list[float]]:
        """One vector for each text, in order; `query` for what is searched with, not searched in.

        Raises `ChatRefused` for texts that cannot be embedded (empty, too many, too long) and
        `EngineFailure`.
        """
        ...

    async def warm(self) -> None:
        """Load or reach what the first text would wait for; raises `EngineFailure`."""
        ...

    async def close(self) -> None:
        """Let go of the model or the connections. Calling it twice does no harm."""
        ...


class Reranker(Protocol):
    """Says how well texts answer a question: what it scores higher answers it better.

    Scores of two questions cannot be compared. `name` is the entry's.
    """

    @property
    def name(self) -> str: ...

    async def rank(self, question: str, texts: Sequence[str]) -> list[float]:
        """One finite score for each text, in the order of the texts.

        Raises `ChatRefused` for what cannot be ranked (nothing, too many texts) and
        `EngineFailure`.
        """
        ...

    async def close(self) -> None:
        """Let go of the model or the connections. Calling it twice does no harm."""
        ...


class PageEmbedder(Protocol):
    """Turns pictures of pages and questions into vectors of unit length, one or many of each.

    A page is as near to a question as the sum, over the question's vectors, of how near the
    nearest of the page's is to each (late interaction: ColPali, arXiv 2407.01449). `name` is the
    entry's, `model` tells its vectors from those of other models, `dimensions` is the length of
    each.
    """

    @property
    def name(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def dimensions(self) -> int: ...

    async def page(self, picture: Picture) -> list[list[float]]:
        """The vectors of a page. Raises `ChatRefused` for a picture that cannot be looked at, and
        `EngineFailure`."""
        ...

    async def question(self, text: str) -> list[list[float]]:
        """The vectors of what pages are searched with; raises as `page` does."""
        ...

    async def close(self) -> None:
        """Let go of the model or the connections. Calling it twice does no harm."""
        ...
