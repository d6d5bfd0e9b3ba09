"""The sweeper in each worker: brings claims to the queue, and back when the queue lost them.

The claim's row is the truth. What is received and not handed over is handed over; what was handed
over, is received still, and has no work in the queue (its row ended, was deleted, or the queue's
whole database was) waits to be handed over again. Two sweepers at once do no harm: the work's id
is the claim's.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

from yuepi.approvals.store.handover import (
    CLAIMS_WAIT,
    Handed,
    handed_over,
    mark_queued,
    take_back,
    waiting,
)
from yuepi.approvals.workflow.queue import work_id
from yuepi.kit.database import Database
from yuepi.kit.errors import Unavailable

LOG = logging.getLogger(__name__)

BATCH_MAX: Final = 100
LOOK_S: Final = 0.05
AWAY_S: Final = 0.5
AWAY_S_MAX: Final = 5.0
RECONCILE_S: Final = 5.0
RECONCILE_ROWS_MAX: Final = 200
FORGET_S: Final = 2.0
FORGET_ROWS_MAX: Final = 500
KEEP_ENDED_S: Final = 30.0
"""Ended work stays so long in the queue's tables, for a process that still looks for its end."""


class Takes(Protocol):
    """What the sweeper needs of the queue."""

    async def hand_over(self, works: Sequence[tuple[str, int]]) -> None: ...
    async def unfinished(self, ids: Sequence[str]) -> frozenset[str]: ...
    async def forget_ended(self, rows_max: int, older_s: float) -> int: ...


class Sweeper:
    """`run` it in each worker."""

    def __init__(
        self,
        database: Database,
        queue: Takes,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._queue = queue
        self._clock = clock
        self._monotonic = monotonic
        self._after: tuple[datetime, str] | None = None
        self._reconciled_s = monotonic() - RECONCILE_S
        self._forgot_s = monotonic()

    async def run(self) -> None:
        """Sweep until cancelled. A database that is away is waited for."""
        away_s = AWAY_S
        while True:
            try:
                await self.sweep()
                await self._look_further()
                away_s = AWAY_S
            except Unavailable as error:
                LOG.warning("claims cannot be handed over now: %s", error)
                away_s = min(away_s * 2, AWAY_S_MAX)
                await asyncio.sleep(away_s)
            # Not all workers at the same moment.
            soonest_s = LOOK_S * random.uniform(0.8, 1)  # noqa: S311
            await self._database.waiting.until(CLAIMS_WAIT, soonest_s, FORGET_S)

    async def sweep(self) -> int:
        """Hand over what waits, at most `BATCH_MAX`; how many."""
        async with self._database.reading() as transaction:
            found = await waiting(transaction, BATCH_MAX)
        if not found:
            return 0
        await self._queue.hand_over([(each.claim_id, each.round) for each in found])
        # In the queue first, marked then: a crash between the two hands them over once more.
        async with self._database.writing() as transaction:
            await mark_queued(transaction, found, self._clock())
        return len(found)

    async def reconcile(self) -> int:
        """Compare one page of what was handed over with the queue; how many were taken back.

        Each call goes on where the one before ended, and begins anew at the end.
        """
        async with self._database.reading() as transaction:
            found = await handed_over(transaction, self._after, RECONCILE_ROWS_MAX)
        last = found[-1] if len(found) == RECONCILE_ROWS_MAX else None
        self._after = None if last is None else (last.created_at, last.claim_id)
        # After our table: whatever was marked there had been in the queue before.
        there = await self._queue.unfinished([_id(each) for each in found])
        lost = [each for each in found if _id(each) not in there]
        if not lost:
            return 0
        back = 0
        async with self._database.writing() as transaction:
            for each in lost:
                back += await take_back(transaction, each)
        if back:
            LOG.warning("%d claims had no work in the queue any more: handed over again", back)
        return back

    async def _look_further(self) -> None:
        now_s = self._monotonic()
        if now_s - self._reconciled_s >= RECONCILE_S:
            self._reconciled_s = now_s
            await self.reconcile()
        if now_s - self._forgot_s >= FORGET_S:
            forgotten = await self._queue.forget_ended(FORGET_ROWS_MAX, KEEP_ENDED_S)
            if forgotten < FORGET_ROWS_MAX:
                self._forgot_s = now_s


def _id(handed: Handed) -> str:
    return work_id(handed.claim_id, handed.round)
