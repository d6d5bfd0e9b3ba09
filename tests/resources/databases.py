"""Tests that are told with a database of their own: migrated before, closed after.

Each process migrates one SQLite file and one PostgreSQL database, and copies them: to migrate
takes longer than most tests.
"""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TypeVar

from tests.resources.postgres import fresh_database, keep
from yuepi.kit.database import Database, migrate, open_database, sqlite_url

DeskT = TypeVar("DeskT")


def migrated_sqlite(file: Path) -> str:
    """The url of a new SQLite file with all tables and no data."""
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_sqlite_template(), file)
    return sqlite_url(file)


def migrated_postgres(server: str) -> str:
    """The url of a new database with all tables and no data, on the server of the tests."""
    return fresh_database(server, template=_postgres_template(server).rsplit("/", 1)[1])


@cache
def _sqlite_template() -> Path:
    folder = tempfile.mkdtemp(prefix="yuepi-template-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = Path(folder) / "yuepi.db"
    _migrated(sqlite_url(file))
    return file


@cache
def _postgres_template(server: str) -> str:
    url = keep(fresh_database(server))
    _migrated(url)
    return url


def _migrated(url: str) -> None:
    """In a thread, since whoever asks may be a coroutine already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(migrate(url))).result()


def story_at(
    url: str, desk_of: Callable[[Database], DeskT]
) -> Callable[[Callable[[DeskT], Awaitable[None]]], None]:
    """What runs a test's coroutine, given the desk made of the migrated database at `url`."""

    def run(tell: Callable[[DeskT], Awaitable[None]]) -> None:
        async def told() -> None:
            database = open_database(url)
            try:
                await tell(desk_of(database))
            finally:
                await database.close()

        asyncio.run(told())

    return run
