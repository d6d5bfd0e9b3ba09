"""A breaker around a reranker: searches go on at once while it fails, instead of waiting for it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from yuepi.engines.contract import Reranker
from yuepi.gateway.circuit import Circuit, Clock, State


class RerankerBreaker:
    """A `Reranker` that stops asking a failing one, as `gateway.circuit` tells."""

    def __init__(self, reranker: Reranker, *, clock: Clock = time.monotonic) -> None:
        self._reranker = reranker
        self._circuit = Circuit(reranker.name, clock=clock)

    @property
    def name(self) -> str:
        return self._reranker.name

    @property
    def state(self) -> State:
        """For those who watch over a server."""
        return self._circuit.state

    async def rank(self, question: str, texts: Sequence[str]) -> list[float]:
        """See `Reranker.rank`; raises `EngineUnavailable` while it is left alone."""
        return await self._circuit.through(lambda: self._reranker.rank(question, texts))

    async def close(self) -> None:
        """Let go of the reranker."""
        await self._reranker.close()
