"""Every story of the audit record is told on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from tests.resources.postgres import postgres  # noqa: F401
from tests.rooms.audit.record_desk import TABLES, RecordDesk, Story


@pytest.fixture(scope="module")
def postgres_record(postgres: str) -> str:  # noqa: F811
    """The url of a migrated database, for one test after the other."""
    return migrated_postgres(postgres)


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
    return migrated_sqlite(tmp_path / "yuepi.db")


@pytest.fixture
def story(record_url: str) -> Story:
    return story_at(record_url, RecordDesk)
