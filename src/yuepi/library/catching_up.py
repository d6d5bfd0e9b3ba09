"""Reading and indexing what waits, here and now: for commands, which need no server or worker.

Workers that run at the same time take their share; what one of them holds is waited for.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from yuepi.kit.database import Database
from yuepi.kit.steady import steady_now
from yuepi.library.index.contract import IndexBroken
from yuepi.library.store.backlog import Backlog, backlog

__all__ = ["Backlog", "CatchingUp", "Next"]

LOG = logging.getLogger(__name__)

Next = Callable[[], Awaitable[bool]]
"""Does the next piece of work; False where there is none."""
LOOK_S: Final = 0.1
LOOK_S_MAX: Final = 1.0
PUT_OFF_LOOKS: Final = 10
"""So often it is looked whether what was put off after a failure comes back before it is left."""


class CatchingUp:
    """read_next and index_next: of the reader of the shelf and of the indexer."""

    def __init__(self, database: Database, read_next: Next, index_next: Next) -> None:
        self._database = database
        self._read_next = read_next
        self._index_next = index_next
        self._broken = False

    async def look(self) -> Backlog:
        """What waits now."""
        async with self._database.reading() as transaction:
            return await backlog(transaction, await steady_now(transaction))

    async def run(
        self, wait_s_max: float, tell: Callable[[Backlog], None] | None = None
    ) -> Backlog:
        """Work until nothing waits, or until `wait_s_max` seconds are over; what waits then.

        What fails is put off by whoever tried it, and left where nothing else is to be done; so is
        an index that is broken. tell: called with what waits, from time to time.
        """
        ends_s = time.monotonic() + wait_s_max
        # Even where nothing waits: it finds out whether the index was lost (a restored backup).
        await self._indexed()
        before = await self.look()
        if not before.waiting:
            return before
        working = [
            asyncio.create_task(self._work(self._read_next)),
            asyncio.create_task(self._work(self._indexed)),
        ]
        try:
            return await self._watch(working, ends_s, tell)
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)

    async def _watch(
        self,
        working: list[asyncio.Task[None]],
        ends_s: float,
        tell: Callable[[Backlog], None] | None,
    ) -> Backlog:
        wait_s, idle = LOOK_S, 0
        while True:
            now = await self.look()
            if tell is not None:
                tell(now)
            left_s = ends_s - time.monotonic()
            under_way = now.parts if self._broken else now.free + now.held
            idle = 0 if under_way else idle + 1
            if not now.waiting or left_s <= 0 or idle > PUT_OFF_LOOKS:
                return now
            done, _ = await asyncio.wait(
                working, timeout=min(wait_s, left_s), return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                # They never end by themselves: what one raised is ours to raise.
                task.result()
            wait_s = min(wait_s * 1.5, LOOK_S_MAX)

    async def _indexed(self) -> bool:
        """One turn of the indexer; none with an index that nobody can use."""
        if self._broken:
            return False
        try:
            return await self._index_next()
        except IndexBroken as error:
            # Search tells so, and still answers what needs no index.
            LOG.warning("%s (%s)", error.message, error.remedy)
            self._broken = True
            return False

    async def _work(self, next_: Next) -> None:
        wait_s = LOOK_S
        while True:
            if await next_():
                wait_s = LOOK_S
            else:
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 1.5, LOOK_S_MAX)
