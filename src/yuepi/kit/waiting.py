"""Waiting until there is work in the database, without each who waits asking for it all the time.

All who wait in one process are asked for together, in one statement. On SQLite even that is asked
only after something was written to the file, by whomever: `PRAGMA data_version` tells for some
microseconds (https://www.sqlite.org/pragma.html#pragma_data_version). What becomes due by the
steady clock comes with a write, too: the clock is a row.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from time import monotonic
from typing import Any, Final

from sqlalchemy import URL, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from yuepi.kit.errors import Unavailable

TICK_S: Final = 0.2
"""So long at most what was just written waits to be seen."""
LATEST_S: Final = 5.0

Question = Select[Any]
"""Finds a row where there is work. One for each kind of work, kept: the same object each time."""


class Waiting:
    """Of one database (`Database.waiting`). reading, url: its own."""

    def __init__(
        self,
        reading: Callable[[], AbstractAsyncContextManager[AsyncConnection]],
        url: URL,
    ) -> None:
        self._reading = reading
        sqlite = url.get_backend_name() == "sqlite"
        self._writes = Writes(Path(str(url.database))) if sqlite else None
        self._answers: dict[Question, bool] = {}
        self._seen: int | None = None
        self._looked_s = -TICK_S
        self._asking = asyncio.Lock()

    async def until(self, question: Question, soonest_s: float, latest_s: float = LATEST_S) -> None:
        """Come back once `question` finds something: `soonest_s` seconds from now at the earliest,
        at `latest_s` in any case. A database that fails is left to whoever looks next."""
        ends_s = monotonic() + latest_s
        await asyncio.sleep(soonest_s)
        while monotonic() < ends_s and not await self._finds(question):
            await asyncio.sleep(TICK_S)

    def close(self) -> None:
        """Give the file back; opened again by the next call."""
        if self._writes is not None:
            self._writes.close()

    async def _finds(self, question: Question) -> bool:
        if question in self._answers and monotonic() - self._looked_s < TICK_S / 2:
            return self._answers[question]
        async with self._asking:
            known = question in self._answers
            self._looked_s = monotonic()
            seen = None if self._writes is None else self._writes.seen()
            if known and seen is not None and seen == self._seen:
                return self._answers[question]
            # Kept with its answer: who leaves meanwhile leaves none that nobody gave.
            questions = [*self._answers] if known else [*self._answers, question]
            try:
                async with self._reading() as transaction:
                    asked = select(*(each.exists() for each in questions))
                    row = (await transaction.execute(asked)).one()
            except Unavailable:
                self._seen = None
                return True
            self._answers = dict(zip(questions, map(bool, row), strict=True))
            # As it was before it was asked: what came since is seen by the next look.
            self._seen = seen
            return self._answers[question]


class Writes:
    """Tells whether anybody wrote to a SQLite file, for the price of a look into memory."""

    def __init__(self, file: Path) -> None:
        self._address: Final = f"{file.absolute().as_uri()}?mode=rw"
        self._connection: sqlite3.Connection | None = None

    def seen(self) -> int | None:
        """A number that is another after each write; None where that cannot be told now."""
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(
                    self._address, timeout=0, uri=True, check_same_thread=False
                )
            # Whole: a statement that has rows left keeps its view of the file.
            ((number,),) = self._connection.execute("PRAGMA data_version").fetchall()
        except sqlite3.Error:
            self.close()
            return None
        return int(number)

    def close(self) -> None:
        """Give the file back; opened again by the next look."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
