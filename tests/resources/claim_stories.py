"""Tests of claims told on SQLite and on PostgreSQL: import `story` and `postgres` as fixtures.

The tables are made once for each kind of database and then copied: making them takes longer than
most tests.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.resources.claims import ClaimDesk
from tests.resources.postgres import fresh_database, postgres
from yuepi.audit.record import append
from yuepi.kit.database import Database, Transaction, migrate, open_database, sqlite_url
from yuepi.kit.record import Entry

__all__ = ["Story", "postgres", "recorded_desk", "sqlite_copy", "story"]

Story = Callable[[Callable[[ClaimDesk], Awaitable[None]]], None]

_TEMPLATES: dict[str, str] = {}
"""Server or folder → an empty database there with all tables."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Story:
    """Runs a test's coroutine with a desk on a fresh database, and with the true audit record."""
    if request.param == "sqlite":
        url = sqlite_copy(tmp_path / "yuepi.db")
    else:
        url = _postgres_copy(request.getfixturevalue("postgres"))

    def run(tell: Callable[[ClaimDesk], Awaitable[None]]) -> None:
        async def told() -> None:
            database = open_database(url)
            try:
                await tell(recorded_desk(database, tmp_path / "originals"))
            finally:
                await database.close()

        asyncio.run(told())

    return run


def sqlite_copy(file: Path) -> str:
    """The url of a new, empty SQLite database with all tables."""
    if "sqlite" not in _TEMPLATES:
        folder = tempfile.mkdtemp(prefix="yuepi-template-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        template = Path(folder) / "yuepi.db"
        asyncio.run(migrate(sqlite_url(template)))
        _TEMPLATES["sqlite"] = str(template)
    shutil.copyfile(_TEMPLATES["sqlite"], file)
    return sqlite_url(file)


def _postgres_copy(server_url: str) -> str:
    import psycopg

    if server_url not in _TEMPLATES:
        url = fresh_database(server_url)
        asyncio.run(migrate(url))
        _TEMPLATES[server_url] = url.rpartition("/")[2]
    name = f"t{os.urandom(6).hex()}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        statement = f"CREATE DATABASE {name} TEMPLATE {_TEMPLATES[server_url]}"
        connection.execute(statement.encode())
    return server_url.rpartition("/")[0] + f"/{name}"


def recorded_desk(database: Database, folder: Path) -> ClaimDesk:
    """A desk whose `told` hears what the audit record takes."""
    desk = ClaimDesk(database, folder)
    remember = desk.told.record

    async def record(transaction: Transaction, entries: list[Entry]) -> None:
        await append(transaction, entries)
        await remember(transaction, entries)

    return ClaimDesk(database, folder, record=record, told=desk.told)  # type: ignore[arg-type]
