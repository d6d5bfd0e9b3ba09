"""Connections: one visit to SQLite's thread for a statement, dead ones to a server replaced."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.resources.postgres import fresh_database, postgres
from yuepi.kit import connections
from yuepi.kit.connections import ROWS_AT_ONCE, SqliteConnection, connect_sqlite
from yuepi.kit.database import migrate, open_database, sqlite_url
from yuepi.kit.errors import Unavailable

__all__ = ["postgres"]

_COUNT = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i FROM n"
)


async def opened(file: str, **arguments: Any) -> SqliteConnection:
    connection = connect_sqlite(file, **arguments)
    await connection
    return connection


async def close(*opened: SqliteConnection) -> None:
    for connection in opened:
        await connection.close()


@pytest.mark.parametrize("rows", [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, 2 * ROWS_AT_ONCE + 1])
def test_all_rows_come_in_order(tmp_path: Path, rows: int) -> None:
    async def story() -> None:
        connection = await opened(str(tmp_path / "x.db"), isolation_level=None)
        statement = _COUNT.format(max(rows, 1)) + (" LIMIT 0" if rows == 0 else "")
        whole = await connection.cursor().execute(statement)
        assert [row[0] for row in await whole.fetchall()] == list(range(1, rows + 1))
        cursor = await connection.cursor().execute(statement)
        found = [row[0] for row in await cursor.fetchmany(7)]
        one = await cursor.fetchone()
        found += [] if one is None else [one[0]]
        found += [row[0] for row in await cursor.fetchmany(ROWS_AT_ONCE)]
        found += [row[0] for row in await cursor.fetchall()]
        assert found == list(range(1, rows + 1))
        assert await cursor.fetchone() is None
        await connection.close()

    asyncio.run(story())


def test_a_long_answer_streams(tmp_path: Path) -> None:
    async def story() -> None:
        url = sqlite_url(tmp_path / "data" / "x.db")
        await migrate(url)
        database = open_database(url)
        async with database.reading() as connection:
            found = await connection.stream(text(_COUNT.format(2_500)))
            assert sum([row[0] async for row in found]) == 2_500 * 2_501 // 2
        await database.close()

    asyncio.run(story())


def test_a_statement_that_was_given_up_is_rolled_back(tmp_path: Path) -> None:
    """Nobody waits for it any more, and it begins a transaction all the same."""

    async def story() -> None:
        file = str(tmp_path / "x.db")
        first = await opened(file, isolation_level=None)
        second = await opened(file, isolation_level=None, timeout=5)
        await first.cursor().execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(second.cursor().execute("BEGIN IMMEDIATE"))
        while second._tx.qsize():
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        await first.rollback()
        await second.rollback()
        assert not second.in_transaction
        await first.cursor().execute("BEGIN IMMEDIATE")
        await close(first, second)

    asyncio.run(story())


def test_a_failed_statement_is_rolled_back(tmp_path: Path) -> None:
    async def story() -> None:
        connection = await opened(str(tmp_path / "x.db"), isolation_level=None)
        await connection.cursor().execute("BEGIN")
        with pytest.raises(Exception, match="no such table"):
            await connection.cursor().execute("SELECT * FROM nowhere")
        await connection.rollback()
        assert not connection.in_transaction
        await connection.rollback()
        await close(connection)

    asyncio.run(story())


def test_a_connection_that_two_close_at_once_is_closed(tmp_path: Path) -> None:
    """As when work is given up and the loop ends meanwhile; who comes second must not wait."""

    async def story() -> None:
        connection = await opened(str(tmp_path / "x.db"))
        closing = asyncio.ensure_future(connection.close())
        await asyncio.sleep(0)
        connection.stop()
        await asyncio.wait_for(closing, 10)

    asyncio.run(story())


@pytest.mark.real
@pytest.mark.parametrize("trusted", [False, True])
def test_a_dead_connection_is_replaced(
    postgres: str, trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that lay idle for long is asked before it is used; another one fails once."""
    monkeypatch.setattr(connections, "IDLE_TRUSTED_S", 60.0 if trusted else 0.0)
    url = fresh_database(postgres)

    async def story() -> None:
        database, other = open_database(url), open_database(url)
        async with database.writing() as connection:
            pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        async with other.writing() as connection:
            kill = text("SELECT pg_terminate_backend(:pid, 5000)")
            assert (await connection.execute(kill, {"pid": pid})).scalar_one()
        if trusted:
            with pytest.raises(Unavailable):
                async with database.writing() as connection:
                    await connection.execute(text("SELECT 1"))
        for work in (database.reading, database.writing):
            async with work() as connection:
                assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
        await database.close()
        await other.close()

    asyncio.run(story())
