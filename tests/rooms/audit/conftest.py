"""Every story of the audit record is told on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import psycopg
import pytest

from tests.resources.databases import story_at
from tests.resources.postgres import fresh_database, postgres  # noqa: F401
from tests.rooms.audit.record_desk import TABLES, RecordDesk, Story
from yuepi.kit.database import migrate, sqlite_url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file: a copy of it is much faster had than another one."""
    file = tmp_path_factory.mktemp("audit") / "template.db"
    asyncio.run(migrate(sqlite_url(file)))
    return file


@pytest.fixture(scope="module")
def postgres_record(postgres: str) -> str:  # noqa: F811
    """The url of a migrated database, for one test after the other."""
    url = fresh_database(postgres)
    asyncio.run(migrate(url))
    return url


def emptied(url: str) -> str:
    """As the migration left it, triggers included: much faster than another database."""
    with psycopg.connect(url) as connection:
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
            connection.execute(f"TRUNCATE {table}".encode())
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())
        connection.execute("DELETE FROM audit_end")
        connection.execute("INSERT INTO audit_end VALUES (1, 0, decode(repeat('00', 32), 'hex'))")
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def record_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database without data, of each kind."""
    if request.param == "postgresql":
        return emptied(str(request.getfixturevalue("postgres_record")))
    file = tmp_path / "yuepi.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
    return sqlite_url(file)


@pytest.fixture
def story(record_url: str) -> Story:
    return story_at(record_url, RecordDesk)
