"""Stories about people, told on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.resources.databases import migrated_postgres, migrated_sqlite
from tests.resources.postgres import postgres
from tests.rooms.access.people_desk import PeopleDesk
from yuepi.kit.database import open_database

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


@pytest.fixture
def people_sqlite(tmp_path: Path) -> PeopleStory:
    """For what the database has no say in."""
    return told(migrated_sqlite(tmp_path / "yuepi.db"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def people(request: pytest.FixtureRequest) -> PeopleStory:
    if request.param == "sqlite":
        return request.getfixturevalue("people_sqlite")
    return told(migrated_postgres(request.getfixturevalue("postgres")))
