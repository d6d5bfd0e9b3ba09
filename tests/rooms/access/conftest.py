"""Stories about people, told on both databases."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.resources.postgres import fresh_database, postgres
from tests.rooms.access.people_desk import PeopleDesk
from yuepi.kit.database import migrate, open_database, sqlite_url

__all__ = ["postgres"]

PeopleStory = Callable[[Callable[[PeopleDesk], Awaitable[None]]], None]


def told(url: str) -> PeopleStory:
    """What tells a story on the database at `url`, which is migrated already."""

    def run(tell: Callable[[PeopleDesk], Awaitable[None]]) -> None:
        async def story() -> None:
            database = open_database(url)
            desk = PeopleDesk(database)
            try:
                await tell(desk)
            finally:
                await desk.accounts.close()
                await database.close()

        asyncio.run(story())

    return run


@pytest.fixture(scope="module")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy: migrating takes longer than most stories."""
    file = tmp_path_factory.mktemp("people") / "yuepi.db"
    asyncio.run(migrate(sqlite_url(file)))
    return file


@pytest.fixture(scope="module")
def postgres_template(postgres: str) -> str:
    """The same on PostgreSQL: the address of a migrated database that nobody is in."""
    url = fresh_database(postgres)
    asyncio.run(migrate(url))
    return url


def copy_of(template: str, server: str) -> str:
    import psycopg

    name = f"t{os.urandom(6).hex()}"
    of = template.rsplit("/", 1)[1]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {of}".encode())
    return server.rsplit("/", 1)[0] + f"/{name}"


@pytest.fixture
def people_sqlite(sqlite_file: Path, tmp_path: Path) -> PeopleStory:
    """For what the database has no say in."""
    return told(sqlite_url(Path(shutil.copy(sqlite_file, tmp_path / "yuepi.db"))))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def people(request: pytest.FixtureRequest) -> PeopleStory:
    if request.param == "sqlite":
        return request.getfixturevalue("people_sqlite")
    template = request.getfixturevalue("postgres_template")
    return told(copy_of(template, request.getfixturevalue("postgres")))
