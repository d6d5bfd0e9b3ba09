"""The real indexer on a made shelf, in a process of its own: what the crash tests kill.

`python -m tests.faults.library_worker DESK` with a `WorkerDesk` as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field

from tests.resources.made_shelf import DIMENSIONS, MadePapers, made_embed, made_pieces
from yuepi.kit.database import open_database
from yuepi.kit.steady import Ticker
from yuepi.library import indexing
from yuepi.library.index.opening import open_index
from yuepi.library.indexing import Indexer
from yuepi.library.papers import ReadDocument
from yuepi.library.scope import Scope


@dataclass(frozen=True)
class WorkerDesk:
    """Where it works, and how. Times are seconds; read_s, embed_s: the longest pauses."""

    url: str
    place: str
    options: dict[str, str] = field(default_factory=dict)
    lease_s: float = 2.0
    read_s: float = 0.02
    embed_s: float = 0.05

    def text(self) -> str:
        """As the process takes it."""
        return json.dumps(asdict(self))


def name_of(process: int) -> str:
    """What the worker of this process calls itself, so that it can be killed while it works."""
    return f"worker {process}"


class SlowPapers(MadePapers):
    """Takes a random time for each document."""

    def __init__(self, desk: WorkerDesk, made: MadePapers) -> None:
        super().__init__(made._database)
        self._desk = desk

    async def of(self, scope: Scope, document_id: str) -> ReadDocument:
        read = await super().of(scope, document_id)
        await asyncio.sleep(random.uniform(0, self._desk.read_s))
        return read


async def work(desk: WorkerDesk) -> None:
    """Index until killed."""
    indexing.LEASE_S = desk.lease_s  # type: ignore[misc]
    indexing.RENEW_S = desk.lease_s / 4  # type: ignore[misc]
    indexing.LOOK_S = 0.05  # type: ignore[misc]
    indexing.AWAY_S = 0.2  # type: ignore[misc]
    indexing.DOCUMENTS_MAX = 8  # type: ignore[misc]
    indexing.TIDY_LOOK_S = 0.3  # type: ignore[misc]
    indexing.TIDY_WRITES = 8  # type: ignore[misc]

    async def embed(texts: Sequence[str], query: bool) -> list[list[float]]:
        await asyncio.sleep(random.uniform(0, desk.embed_s))
        return await made_embed(texts, query)

    async with AsyncExitStack() as stack:
        database = open_database(desk.url)
        stack.push_async_callback(database.close)
        index = open_index(desk.place, desk.options, embedder="made", dimensions=DIMENSIONS)
        stack.push_async_callback(index.close)
        papers = SlowPapers(desk, MadePapers(database))
        indexer = Indexer(database, papers, index, embed, pieces_of=made_pieces)
        indexer._name = name_of(os.getpid())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Ticker(database, interval_s=0.25).run())
            tasks.create_task(indexer.run())


if __name__ == "__main__":
    asyncio.run(work(WorkerDesk(**json.loads(sys.argv[1]))))
