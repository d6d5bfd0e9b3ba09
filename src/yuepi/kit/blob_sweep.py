"""Removes originals that no row names any more, long after the last one did.

A column whose values name originals says so: `Column(…, info=NAMES_BLOBS)`. What none of them
names is marked; what was marked a day ago, was put by nobody since and is still named by none, is
removed. Whoever is about to name an original has put it (`Blobs.put`) or kept it (`Blobs.keep`)
within the last day, which is what keeps it until his row is there.

In a bucket nothing is removed: there is no way to look whether an object was put again and to
delete it in one go.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy import Column

from yuepi.kit.blobs import Blobs
from yuepi.kit.database import METADATA, Database
from yuepi.kit.dump import snapshot
from yuepi.kit.steady import steady_now

LOG = logging.getLogger(__name__)

NAMES_BLOBS: Final = {"names_blobs": True}
"""Of a column: every SHA-256 in hex that stands in its values, plain or within JSON, is the name of
an original."""
AGE_S_MIN: Final = 24 * 3600.0
"""How long an original is marked, and not put, before it is removed; by the steady clock."""
EVERY_S: Final = 6 * 3600.0

_NAME: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def naming_columns() -> list[Column[str]]:
    """The columns that name originals, of all tables that are imported."""
    return [
        column
        for table in METADATA.sorted_tables
        for column in table.columns
        if "names_blobs" in column.info
    ]


async def blobs_named(database: Database) -> set[bytes]:
    """The originals (their SHA-256) that rows name at one moment; about 100 bytes each.

    Every room's store must have been imported. Raises `Unavailable`; `BadUsage` for a database
    with tables unknown here, which may name others.
    """
    named: set[bytes] = set()
    async with snapshot(database) as shot:
        for column in naming_columns():
            async for value in shot.values(column):
                named.update(map(bytes.fromhex, _NAME.findall(value)))
    return named


class BlobSweep:
    """`run` it in each worker: one of them sweeps at a time. whose: a name that the database keeps,
    also where it is restored elsewhere; None while it has none."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        whose: Callable[[], Awaitable[str | None]],
        *,
        age_s_min: float = AGE_S_MIN,
        every_s: float = EVERY_S,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._whose = whose
        self._age_s_min = age_s_min
        self._every_s = every_s

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(self._every_s)

    async def sweep(self) -> int:
        """Mark what no row names, remove what was marked long ago; how many were removed.

        Nothing is done while another sweeps or makes a backup, nor where no row names anything or
        the originals belong to another database: that is a mistake, or is being restored.
        Raises `Unavailable`, and as `blobs_named`.
        """
        async with self._blobs.staying() as alone:
            if not alone:
                return 0
            # Before: whoever put one a day before that has named it by the time we look.
            async with self._database.reading() as transaction:
                now_s = await steady_now(transaction)
            named = await blobs_named(self._database)
            whose = await self._whose()
            if not named or whose is None:
                return 0
            if not await self._blobs.belongs_to(whose):
                LOG.warning(
                    "the originals belong to another database: nothing is removed. Look at"
                    " [database] and [blobs] in the settings; if this one is meant, delete the"
                    " file `whose` in the folder of originals"
                )
                return 0
            removed = await self._blobs.remove_unnamed(named, now_s, self._age_s_min)
        if removed:
            LOG.info("%d originals that nothing names any more were removed", removed)
        return removed
