"""Tests of claims told on SQLite and on PostgreSQL: import `story` and `postgres` as fixtures.

The tables are made once for each kind of database and then copied: making them takes longer than
most tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.resources.claims import ClaimDesk
from tests.resources.databases import migrated_postgres, migrated_sqlite
from tests.resources.postgres import postgres
from yuepi.audit.record import append
from yuepi.kit.database import Database, Transaction, open_database
from yuepi.kit.record import Entry

__all__ = ["Story", "postgres", "recorded_desk", "story"]

Story = Callable[[Callable[[ClaimDesk], Awaitable[None]]], None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Story:
    """Runs a test's coroutine with a desk on a fresh database, and with the true audit record."""
    if request.param == "sqlite":
        url = migrated_sqlite(tmp_path / "yuepi.db")
    else:
        url = migrated_postgres(request.getfixturevalue("postgres"))

    def run(tell: Callable[[ClaimDesk], Awaitable[None]]) -> None:
        async def told() -> None:
            database = open_database(url)
            try:
                await tell(recorded_desk(database, tmp_path / "originals"))
            finally:
                await database.close()

        asyncio.run(told())

    return run


def recorded_desk(database: Database, folder: Path) -> ClaimDesk:
    """A desk whose `told` hears what the audit record takes."""
    desk = ClaimDesk(database, folder)
    remember = desk.told.record

    async def record(transaction: Transaction, entries: list[Entry]) -> None:
        await append(transaction, entries)
        await remember(transaction, entries)

    return ClaimDesk(database, folder, record=record, told=desk.told)  # type: ignore[arg-type]
