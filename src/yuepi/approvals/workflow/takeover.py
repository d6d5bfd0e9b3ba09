"""The watcher in each worker: finds processes that died or froze, and puts their work back.

A process is taken for dead when it is gone from this very host, or when its pulse stood still for
the lease as this watcher itself saw it, look after look. No timestamps are compared: clocks jump
and differ. A watcher that did not look for a while (frozen itself, the database away) has seen
nothing and begins anew.

On SQLite a frozen process may hold the one write lock, and no one could write that it is dead: so
it is ended first. Where writes do stand still meanwhile, it is not given the whole lease: its own
system says that it was stopped, and everybody waits for it. On PostgreSQL the server ends its
transactions; its own pulse ends it when it thaws, and what it still does until then changes
nothing (`approvals.steps`).

Every pass puts back what is begun by no one alive, whoever marked them and whenever; a process
that died between marking and putting back loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Protocol

from yuepi.approvals.store.executors import ExecutorRow, alive_executors, bury, known_ids, try_lead
from yuepi.approvals.workflow.executors import Executor, Sort, sort_of
from yuepi.approvals.workflow.queue import Work
from yuepi.kit.database import Database
from yuepi.kit.errors import Unavailable

LOG = logging.getLogger(__name__)

LOOK_S: Final = 1.0
IN_THE_WAY_S: Final = 1.0
"""How long a process may be seen to be stopped while nobody can write."""
STRAY_S: Final = 5.0
"""How long work must count as begun here without running here, before it is put back."""


class Begun(Protocol):
    """What the watcher needs of the queue."""

    async def begun(self) -> list[Work]: ...
    async def put_back(self, ids: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Still:
    """A pulse as it was seen first, and when; since when its process was seen to be stopped."""

    pulse: int
    since_s: float
    stopped_s: float | None = None


class Watcher:
    """Looks once in `look_s`. running: the ids of work that this process is really at."""

    def __init__(
        self,
        database: Database,
        queue: Begun,
        me: Executor,
        running: Callable[[], frozenset[str]],
        *,
        lease_s: float,
        look_s: float = LOOK_S,
        monotonic: Callable[[], float] = time.monotonic,
        sort: Callable[[ExecutorRow], Sort] = sort_of,
        kill: Callable[[int, int], None] = os.kill,
    ) -> None:
        # Of its own: the others' may all be waiting for the write that a frozen process holds up.
        self._database = Database(database.engine.url)
        self._queue = queue
        self._me = me
        self._running = running
        self._lease_s = lease_s
        self._look_s = look_s
        self._monotonic = monotonic
        self._sort = sort
        self._kill = kill
        self._still: dict[str, _Still] = {}
        self._dead: dict[str, ExecutorRow] = {}
        self._found = asyncio.Event()
        self._looked_s = monotonic()
        self._strays: dict[str, float] = {}

    async def run(self) -> None:
        """Look and put back, again and again, until cancelled. Gives its connections back then.

        Two loops, for whoever looks must not wait for a write: a frozen process may hold it up.
        """
        try:
            await asyncio.gather(
                self._forever(self.look, self._pause), self._forever(self.put_back, self._news)
            )
        finally:
            await self._database.close()

    async def _pause(self) -> None:
        await asyncio.sleep(self._look_s)

    async def _news(self) -> None:
        """Until a look found someone dead, or it is time all the same."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._found.wait(), self._look_s)
        self._found.clear()

    async def _forever(
        self, pass_: Callable[[], Awaitable[None]], pause: Callable[[], Awaitable[None]]
    ) -> None:
        failing = False
        while True:
            try:
                await pass_()
                failing = False
            except Unavailable as error:
                if not failing:
                    LOG.warning("cannot look after the other workers: %s", error)
                failing = True
            await pause()

    async def look(self) -> None:
        """Who is dead; on SQLite, end those that are frozen. Writes nothing.

        Raises `Unavailable`; what was seen before counts no more then.
        """
        try:
            async with self._database.reading() as transaction:
                rows = await alive_executors(transaction)
        except Unavailable:
            self._still.clear()
            raise
        known = self._dead
        self._dead = {row.id: row for row in self._judged(rows)}
        for row in self._dead.values():
            self._fence(row)
        if self._dead.keys() - known.keys():
            self._found.set()

    async def put_back(self) -> None:
        """Mark the dead, and put back what no one alive is at. Raises `Unavailable`."""
        for row in list(self._dead.values()):
            async with self._database.writing() as transaction:
                done = await bury(transaction, row)
            if done:
                LOG.warning("worker %s is dead: its work is taken over", row.id)
        if not await self._left():
            return
        async with self._database.writing() as transaction:
            if not await try_lead(transaction):
                return
            left = await self._left()
            if left:
                LOG.warning("put back: %d claims that a worker had begun", len(left))
                await self._queue.put_back(left)

    # --- who is dead ---------------------------------------------------------------------------

    def _judged(self, rows: Sequence[ExecutorRow]) -> list[ExecutorRow]:
        now_s = self._monotonic()
        if now_s - self._looked_s > self._lease_s / 2 + self._look_s:
            self._still.clear()  # this process was frozen: it has seen nothing
        self._looked_s = now_s
        flows = self._me.flows
        seen: dict[str, _Still] = {}
        dead = []
        for row in rows:
            if row.id == self._me.id:
                continue
            sort = self._sort(row) if row.host == self._me.row.host else "running"
            before = self._still.get(row.id)
            stopped_s = None
            if sort == "stopped":
                known = None if before is None else before.stopped_s
                stopped_s = now_s if known is None else known
            if before is None or before.pulse != row.pulse or (not flows and sort == "running"):
                before = _Still(row.pulse, now_s)
            seen[row.id] = still = replace(before, stopped_s=stopped_s)
            if (
                sort == "gone"
                or now_s - still.since_s >= self._lease_s
                or (not flows and self._in_the_way(row, still, now_s))
            ):
                dead.append(row)
        self._still = seen
        return dead

    def _in_the_way(self, row: ExecutorRow, still: _Still, now_s: float) -> bool:
        """Whether it is stopped, and nobody can write until it is ended."""
        stopped = still.stopped_s is not None and now_s - still.stopped_s >= IN_THE_WAY_S
        return stopped and self._fences(row)

    def _fences(self, row: ExecutorRow) -> bool:
        """Whether it is ended here when it is frozen: it may hold the one write lock."""
        return row.host == self._me.row.host and self._database.dialect == "sqlite"

    def _fence(self, row: ExecutorRow) -> None:
        if not self._fences(row) or self._sort(row) == "gone":
            return
        LOG.warning("worker %s (process %d) is frozen: it is ended", row.id, row.pid)
        try:
            self._kill(row.pid, signal.SIGKILL)
        except OSError as error:
            # Another user's, or gone this moment. Its effects are guarded all the same.
            LOG.warning("process %d could not be ended: %s", row.pid, error)

    # --- what they left ------------------------------------------------------------------------

    async def _left(self) -> list[str]:
        """Ids of work that no one alive is at."""
        begun = await self._queue.begun()
        # After the queue: whoever began something had written its own row before.
        async with self._database.reading() as transaction:
            alive = known_ids(await alive_executors(transaction))
        mine = [work.id for work in begun if work.executor_id == self._me.id]
        orphans = [work.id for work in begun if work.executor_id not in alive]
        return orphans + self._astray(mine)

    def _astray(self, mine: Sequence[str]) -> list[str]:
        """Work that counts as begun here but does not run here, and has not for a while.

        It was taken just when the connection broke, or its end could not be written.
        """
        now_s = self._monotonic()
        running = self._running()
        missing = [id_ for id_ in mine if id_ not in running]
        self._strays = {id_: self._strays.get(id_, now_s) for id_ in missing}
        return [id_ for id_, since_s in self._strays.items() if now_s - since_s >= STRAY_S]
