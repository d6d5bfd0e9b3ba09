"""What a worker does for the library beside its claims: endless tasks, by name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

from yuepi.app.kept_going import Task
from yuepi.app.library import Library
from yuepi.app.parts_reader import DeskParts
from yuepi.app.worker_reader import DeskReader
from yuepi.audit.record import append
from yuepi.documents.kept_reading import Reader
from yuepi.documents.turns import ClaimsFirst
from yuepi.kit.clock import utc_now
from yuepi.library.paging import tidy_unused
from yuepi.library.reading import ShelfReader

FORGET_EVERY_S: Final = 3_600.0


def library_tasks(library: Library, reader: Reader, turns: ClaimsFirst) -> Mapping[str, Task]:
    """Reading, indexing, and emptying the trash.

    reader: what claims are read by; only a desk's own reads documents too, without any model.
    turns: who else waits for it: claims come first, then uploads.
    """
    tasks: dict[str, Task] = {
        "the library's index": library.indexer.run,
        "the library's trash": partial(_forget, library),
        "vectors of pages that nobody uses": partial(
            tidy_unused, library.settings.index_place, library.pages
        ),
    }
    if library.pages is not None:
        tasks["the library's pages"] = library.pages.run
    if isinstance(reader, DeskReader):
        tasks["the library's documents"] = ShelfReader(
            library.database,
            library.blobs,
            DeskParts(reader, turns),
            utc_now,
            retention_years=library.settings.library.retention_years,
            record=append,
        ).run
    return tasks


async def _forget(library: Library) -> None:
    while True:
        while await library.shelf.forget(utc_now()):
            pass
        await asyncio.sleep(FORGET_EVERY_S)
