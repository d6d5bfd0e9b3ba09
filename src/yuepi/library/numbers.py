"""The library in numbers, for whoever watches the machine: nothing of what stands in documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yuepi.kit.database import Database
from yuepi.kit.steady import steady_now
from yuepi.library.store.backlog import Backlog, backlog, documents_by_state

__all__ = ["LibraryNumbers", "library_numbers"]


@dataclass(frozen=True, slots=True)
class LibraryNumbers:
    """documents: how many stand in each state of reading, the trash left out. waiting: pieces of
    work in the queues."""

    documents: Mapping[str, int]
    waiting: Backlog


async def library_numbers(database: Database) -> LibraryNumbers:
    """The numbers now. Raises `Unavailable`."""
    async with database.reading() as transaction:
        documents = await documents_by_state(transaction)
        waiting = await backlog(transaction, await steady_now(transaction))
    return LibraryNumbers(documents, waiting)
