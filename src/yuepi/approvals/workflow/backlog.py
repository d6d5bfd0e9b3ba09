"""What waits and who works on it, for those who watch a desk from outside. Writes nothing.

A row of an executor that was killed says `alive` until another worker buries it; with none left
nobody does. So this looks at the pulses itself, as the watcher in each worker does: an executor is
alive until it is gone from this very host, or its pulse stood still for the lease between looks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from yuepi.approvals.store import backlog as rows
from yuepi.approvals.store.executors import ExecutorRow, alive_executors
from yuepi.approvals.workflow.executors import Sort, sort_of, this_host
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database

OPEN: Final = ("received", "waiting", "asked", "appealed", "quarantined")
"""The statuses in which somebody still has something to do."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """claims: how many have each status of `OPEN`. oldest_received_s: for how many seconds the
    machine has had the oldest claim that it is not done with; 0 where there is none."""

    claims: Mapping[str, int]
    oldest_received_s: float
    workers: int

    @property
    def stuck(self) -> bool:
        """Whether claims wait for a worker that is not there."""
        return not self.workers and self.claims["received"] > 0


class Backlog:
    """Keep it for as long as you look: it remembers the pulses that it saw."""

    def __init__(
        self,
        database: Database,
        *,
        lease_s: float,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sort: Callable[[ExecutorRow], Sort] = sort_of,
    ) -> None:
        self._database = database
        self._lease_s = lease_s
        self._clock = clock
        self._monotonic = monotonic
        self._sort = sort
        self._host: Final = this_host()
        self._pulses: dict[str, tuple[int, float]] = {}

    async def look(self) -> Waiting:
        """How it stands now. Raises `Unavailable`."""
        async with self._database.reading() as transaction:
            claims = await rows.counts(transaction, OPEN)
            since = await rows.oldest_received(transaction) if claims["received"] else None
            executors = await alive_executors(transaction)
        # Another clock may have written it, a little ahead of ours.
        waited_s = 0.0 if since is None else (self._clock() - since).total_seconds()
        return Waiting(claims, max(waited_s, 0.0), self._living(executors))

    def _living(self, executors: Sequence[ExecutorRow]) -> int:
        now_s = self._monotonic()
        seen: dict[str, tuple[int, float]] = {}
        for row in executors:
            pulse, since_s = self._pulses.get(row.id, (row.pulse, now_s))
            seen[row.id] = (row.pulse, since_s if pulse == row.pulse else now_s)
        self._pulses = seen
        return sum(
            now_s - seen[row.id][1] < self._lease_s
            and not (row.host == self._host and self._sort(row) == "gone")
            for row in executors
        )
