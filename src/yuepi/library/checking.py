"""Compares the index with the shelf: what was lost, damaged or written late is found by that."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from yuepi.kit.database import Database
from yuepi.library.index.passage import stand_of
from yuepi.library.index.upkeep import KeptIndex
from yuepi.library.store import indexing as rows
from yuepi.library.store.indexing import Stage

LOG = logging.getLogger(__name__)

UNREAD: Final = ("waiting", "reading")


async def check(database: Database, index: KeptIndex, with_vectors: bool, now: datetime) -> int:
    """Want each document whose pieces are not as the shelf has it, or lack vectors, and have taken
    out what the shelf does not know; how many they are."""
    standing = dict(await index.standing())
    differing, after = 0, ""
    while True:
        async with database.reading() as transaction:
            page = await rows.all_on_shelf(transaction, after)
        if not page:
            break
        after = page[-1].id
        wanted: dict[Stage, list[str]] = {"words": [], "meaning": []}
        for document in page:
            has = standing.pop(document.id, None)
            if has is None and document.state in UNREAD:
                continue
            if has is None or has.stand != stand_of(document):
                wanted["words"].append(document.id)
            elif with_vectors and has.chunks != has.vectors:
                wanted["meaning"].append(document.id)
        differing += await _want(database, wanted, now)
    differing += await _want(database, {"gone": list(standing)}, now)
    if differing:
        LOG.info("%d documents are not in the index as they are: they are indexed", differing)
    return differing


async def has_read(database: Database) -> bool:
    """Whether there is a document that the index should have."""
    async with database.reading() as transaction:
        return await rows.any_read(transaction)


async def _want(database: Database, wanted: dict[Stage, list[str]], now: datetime) -> int:
    if any(wanted.values()):
        async with database.writing() as transaction:
            for stage, ids in wanted.items():
                await rows.want(transaction, ids, stage, now)
    return sum(map(len, wanted.values()))
