"""How connections to the database are kept quick: fewer waits for the server, or for the thread.

- A connection to a server is asked whether it still works only after it lay idle for a while:
  asking before each use costs a round trip each.
- SQLite works in a thread of its own for each connection (aiosqlite). There a statement is run,
  its rows are fetched and its cursor is closed in one go instead of four.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import aiosqlite
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

IDLE_TRUSTED_S: Final = 1.0
"""A connection that lay idle for longer is asked before it is used."""
ROWS_AT_ONCE: Final = 1_000
"""So many rows are fetched in one go, so that a long answer is never held as a whole."""


def ping_idle(engine: Engine) -> None:
    """Ask idle connections of this engine before they are used, and replace those that are dead.

    One that breaks within `IDLE_TRUSTED_S` fails as one does that breaks while it is used.
    """

    @event.listens_for(engine, "checkin")
    def given_back(_connection: object, record: Any) -> None:
        record.info["yuepi_idle_since_s"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def taken(connection: Any, record: Any, _proxy: object) -> None:
        since_s = record.info.get("yuepi_idle_since_s")
        if since_s is None or time.monotonic() - since_s < IDLE_TRUSTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool opens new ones, in place of all that are as old.
            raise InvalidatePoolError from error


def connect_sqlite(database: str, **arguments: Any) -> SqliteConnection:
    """A connection as SQLAlchemy's dialect for aiosqlite takes it (`async_creator_fn`)."""
    return SqliteConnection(lambda: sqlite3.connect(Path(database), **arguments), ROWS_AT_ONCE)


class SqliteConnection(aiosqlite.Connection):
    """A connection with cursors that go to its thread once for each statement."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], rows_at_once: int) -> None:
        super().__init__(connector, rows_at_once)
        # It must not keep a process alive that ends without closing it.
        self._thread.daemon = True
        self._unsure = False
        self._ended = False

    def stop(self) -> asyncio.Future[Any] | None:
        """End the thread; once. Two may close a connection whose work was given up, and who comes
        second would wait for a thread that is gone."""
        ended, self._ended = self._ended, True
        return None if ended else super().stop()

    def cursor(self) -> SqliteCursor:  # type: ignore[override]
        """A new cursor; nothing happens before it is used."""
        return SqliteCursor(self)

    async def in_thread(self, run: Callable[[sqlite3.Connection], Any]) -> Any:
        """What `run` returns for the connection, in its thread and in its turn."""
        before, self._unsure = self._unsure, True
        result = await self._execute(run, self._conn)  # type: ignore[no-untyped-call]
        self._unsure = before
        return result

    async def rollback(self) -> None:
        """End a transaction that is open, or may be: what failed or was given up may still run."""
        if self._unsure or self.in_transaction:
            await super().rollback()
            self._unsure = False


class SqliteCursor:
    """What SQLAlchemy asks of an asynchronous cursor; rows beyond the first ones are fetched when
    they are asked for."""

    arraysize = 1

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> SqliteCursor:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> SqliteCursor:
        """Run one statement."""
        return await self._run(lambda cursor: cursor.execute(statement, parameters))

    async def executemany(
        self, statement: str, parameters: Sequence[Sequence[Any]]
    ) -> SqliteCursor:
        """Run one statement for each of these."""
        return await self._run(lambda cursor: cursor.executemany(statement, parameters))

    async def _run(self, run: Callable[[sqlite3.Cursor], object]) -> SqliteCursor:
        await self.close()

        def at_once(connection: sqlite3.Connection) -> tuple[sqlite3.Cursor, list[Any], bool]:
            cursor = connection.cursor()
            run(cursor)
            rows = [] if cursor.description is None else cursor.fetchmany(ROWS_AT_ONCE)
            more = len(rows) == ROWS_AT_ONCE
            if not more:
                cursor.close()
            return cursor, rows, more

        cursor, rows, more = await self._connection.in_thread(at_once)
        self._open = cursor if more else None
        self._rows = deque(rows)
        self.description, self.rowcount = cursor.description, cursor.rowcount
        self.lastrowid = cursor.lastrowid
        return self

    async def fetchone(self) -> Any:
        """The next row, or None."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows, as many as there are."""
        wanted = self.arraysize if size is None else size
        while self._open is not None and len(self._rows) < wanted:
            await self._fetch()
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        while self._open is not None:
            await self._fetch()
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def _fetch(self) -> None:
        cursor = self._open
        if cursor is None:
            return
        rows = await self._connection.in_thread(lambda _: cursor.fetchmany(ROWS_AT_ONCE))
        self._rows.extend(rows)
        if len(rows) < ROWS_AT_ONCE:
            await self.close()

    async def close(self) -> None:
        """End the statement, where it has rows left; those that were fetched stay."""
        cursor, self._open = self._open, None
        if cursor is not None:
            await self._connection.in_thread(lambda _: cursor.close())
