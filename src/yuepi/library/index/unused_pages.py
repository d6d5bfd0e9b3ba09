"""Tables of page vectors that nobody uses: of a model that was replaced or switched off."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from yuepi.library.index.faults import errors_told
from yuepi.library.index.page_table import PREFIX, connect


async def drop_unused(place: str | Path, used: str | None, still_s_min: float) -> int:
    """Drop the tables of page vectors but `used` that nobody wrote to for so many seconds by the
    wall clock: another process may still work with other settings. How many were dropped.

    Raises `IndexBroken`, `Unavailable`. They are derived: what is dropped too early is made anew.
    """
    remote = "://" in str(place)
    if not remote and not any(Path(place).glob(f"{PREFIX}*")):
        return 0
    dropped = 0
    async with errors_told(str(place)):
        connection = await connect(str(place))
        try:
            for name in (await connection.list_tables()).tables:
                if name.startswith(PREFIX) and name != used:
                    table = await connection.open_table(name)
                    if time.time() - await _written_at(table) >= still_s_min:
                        await connection.drop_table(name, ignore_missing=True)
                        dropped += 1
        finally:
            connection.close()
    return dropped


async def _written_at(table: Any) -> float:
    """When it was written to last, in seconds of the wall clock."""
    return max(float(each["timestamp"].timestamp()) for each in await table.list_versions())
