"""Time that leases are counted in: seconds in the database, moved on by one process at a time.

A wall clock may jump an hour (a wrong battery, summer time, a hand), and two machines' clocks
differ; a lease must not be lost by that. So one `Ticker` adds what its own monotonic clock
measured to one row, and every lease on any machine is compared with that row. It never goes back,
and never runs faster than real time:

- Only time that no one has counted is added. Each change counts one beat, and a change is made
  only where the beat is still the one that the time was measured from.
- Watchers take over when the beat stood still for `STILL_LOOKS_MAX` of their own looks; they add
  the time that they themselves saw it stand still.
- One look adds at most `STEP_S_MAX`: time during which everything here was frozen (a suspended
  machine) does not count, for no one could have renewed a lease in it.

What is read lags behind by up to one interval, and stands still while no ticker runs.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import CheckConstraint, Column, Double, Integer, String, Table, select, update

from yuepi.kit.database import METADATA, Database, Transaction
from yuepi.kit.errors import Unavailable

LOG = logging.getLogger(__name__)

INTERVAL_S: Final = {"postgresql": 1.0, "sqlite": 2.0}
"""How often it ticks. On SQLite each tick holds the one write lock for an fsync: half as often."""
STILL_LOOKS_MAX: Final = 5
STEP_S_MAX: Final = 5.0

STEADY_CLOCK: Final = Table(
    # One row, made by the migration. An empty ticker: no one yet.
    "steady_clock",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seconds", Double, nullable=False),
    Column("ticker", String(40), nullable=False),
    Column("beat", Integer, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)


STEADY_NOW: Final = select(STEADY_CLOCK.c.seconds).where(STEADY_CLOCK.c.id == 1).scalar_subquery()
"""The steady time within a question (`kit.waiting`)."""


async def steady_now(transaction: Transaction) -> float:
    """The steady time in seconds, as this transaction sees it; compare it with nothing else."""
    query = select(STEADY_CLOCK.c.seconds).where(STEADY_CLOCK.c.id == 1)
    return float((await transaction.execute(query)).scalar_one())


@dataclass(frozen=True, slots=True)
class _Seen:
    """A beat, and the monotonic moment up to which its seconds count, at the latest."""

    ticker: str
    beat: int
    at_s: float


class Ticker:
    """Moves the steady time on, or watches the process that does. One for each process.

    `monotonic` is this process's clock in seconds; tests turn their own.
    """

    def __init__(
        self,
        database: Database,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        interval_s: float | None = None,
    ) -> None:
        self.name: Final = f"tick_{secrets.token_hex(10)}"
        self.interval_s: Final = interval_s or INTERVAL_S[database.dialect]
        self._database = database
        self._monotonic = monotonic
        self._seen: _Seen | None = None
        self._still_looks = 0
        self._owed_s = 0.0

    async def run(self) -> None:
        """Look, and look again, until cancelled. A database that is away is waited for."""
        failing = False
        while True:
            try:
                await self.look()
                failing = False
            except Unavailable as error:
                if not failing:
                    LOG.warning("the steady clock stands still: %s", error)
                failing = True
            await asyncio.sleep(self.interval_s)

    async def look(self) -> None:
        """One look: tick, watch, or take over. Raises `Unavailable` when the database fails."""
        seen = self._seen
        if seen is not None:
            # Measured before the write: what passes while it waits is for the next look.
            now_s = self._monotonic()
            self._owed_s += min(max(now_s - seen.at_s, 0.0), STEP_S_MAX)
            self._seen = seen = _Seen(seen.ticker, seen.beat, now_s)
            mine = seen.ticker == self.name
            if (mine or self._still_looks >= STILL_LOOKS_MAX) and await self._add(seen):
                return
        await self._watch()

    async def _add(self, seen: _Seen) -> bool:
        """Add what is owed, unless the beat is another by now; whether it was added."""
        owed_s = min(self._owed_s, STEP_S_MAX * (self._still_looks + 1))
        change = (
            update(STEADY_CLOCK)
            .where(
                STEADY_CLOCK.c.id == 1,
                STEADY_CLOCK.c.ticker == seen.ticker,
                STEADY_CLOCK.c.beat == seen.beat,
            )
            .values(
                seconds=STEADY_CLOCK.c.seconds + owed_s,
                ticker=self.name,
                beat=seen.beat + 1,
            )
        )
        async with self._database.writing() as connection:
            if (await connection.execute(change)).rowcount != 1:
                return False
        if seen.ticker != self.name:
            LOG.info("this process moves the steady clock on now")
        self._remember(self.name, seen.beat + 1, seen.at_s)
        return True

    async def _watch(self) -> None:
        """See how far another has come; where there is none at all yet, begin at once."""
        query = select(STEADY_CLOCK.c.ticker, STEADY_CLOCK.c.beat).where(STEADY_CLOCK.c.id == 1)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one()
        seen = self._seen
        if seen is not None and (seen.ticker, seen.beat) == (row.ticker, row.beat):
            self._still_looks += 1
            return
        # After the read: whatever this beat counted lies before it.
        self._remember(row.ticker, row.beat, self._monotonic())
        if row.ticker == "" and self._seen is not None:
            await self._add(self._seen)

    def _remember(self, ticker: str, beat: int, at_s: float) -> None:
        self._seen = _Seen(ticker, beat, at_s)
        self._still_looks = 0
        self._owed_s = 0.0
