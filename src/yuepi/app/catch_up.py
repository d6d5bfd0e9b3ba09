"""Reading and indexing what waits, in the process of a command."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from yuepi.app.kept_going import kept_going
from yuepi.app.speaking import Speaker
from yuepi.app.wiring import Wiring
from yuepi.app.words import Words
from yuepi.audit.record import append
from yuepi.kit.clock import utc_now
from yuepi.kit.steady import Ticker
from yuepi.library.catching_up import Backlog, CatchingUp
from yuepi.library.reading import ShelfReader

if TYPE_CHECKING:
    from yuepi.app.library import Library


async def catch_up(
    library: Library, wait_s_max: float, speaker: Speaker, wiring: Wiring
) -> Backlog:
    """Read and index until nothing waits or the time is over; what waits then.

    Workers that run do their share. The models that read are loaded where something waits.
    """
    ends_s = time.monotonic() + wait_s_max
    reader = wiring.shelf_reader(library.settings.folder)
    shelf_reader = ShelfReader(
        library.database,
        library.blobs,
        reader,
        utc_now,
        retention_years=library.settings.library.retention_years,
        record=append,
    )
    catching_up = CatchingUp(library.database, shelf_reader.read_next, library.indexer.index_next)
    # Leases of workers that died run out by it; where a server runs, its own goes on.
    ticking = asyncio.create_task(kept_going("the steady clock", Ticker(library.database).run))
    try:
        total = (await catching_up.look()).waiting
        with speaker.progress(total, Words("读取和索引", "Reading and indexing")) as progress:

            def tell(now: Backlog) -> None:
                nonlocal total
                total = max(total, now.waiting)
                if progress is not None:
                    progress(total - now.waiting, total, "")

            left = await catching_up.run(wait_s_max, tell)
        if library.pages is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, ends_s - time.monotonic())):
                    await library.pages.follow()
        return left
    finally:
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking
