"""The database: exact types, clear errors, migrations that equal what the stores declare."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import CompileError, SAWarning

from tests.resources.postgres import fresh_database, postgres
from yuepi.app.tables import load_tables
from yuepi.kit.database import (
    METADATA,
    MONEY_MAX,
    MONEY_STEP,
    Database,
    Money,
    RowRefused,
    UtcDateTime,
    migrate,
    open_database,
    sqlite_url,
    storable,
)
from yuepi.kit.errors import BadUsage, Unavailable

__all__ = ["postgres"]

T = TypeVar("T")
AMOUNTS = st.decimals(-MONEY_MAX, MONEY_MAX, places=9)

SLIPS = Table(
    "slips",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("amount", Money),
    Column("moment", UtcDateTime),
)


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "data" / "yuepi.db")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_database"))
    return fresh_database(request.getfixturevalue("postgres"))


@pytest.fixture
def migrated(url: str) -> str:
    asyncio.run(migrate(url))
    return url


async def within(url: str, work: Callable[[Connection], T]) -> T:
    database = open_database(url)
    try:
        async with database.writing() as connection:
            return await connection.run_sync(work)
    finally:
        await database.close()


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


# --- migrations --------------------------------------------------------------------------------


def by_expression(name: str | None) -> bool:
    """Whether an index orders by an expression, which alembic cannot compare."""
    indexes = [index for table in METADATA.tables.values() for index in table.indexes]
    return any(
        index.name == name and any(not isinstance(each, Column) for each in index.expressions)
        for index in indexes
    )


def test_migrated_tables_are_those_that_the_stores_declare(url: str) -> None:
    load_tables()

    def differences(connection: Connection) -> list[object]:
        options = {
            "compare_type": True,
            "compare_server_default": True,
            "include_object": lambda _, name, kind, *__: kind != "index" or not by_expression(name),
        }
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
        )

    def indexes(connection: Connection) -> set[str | None]:
        inspector = inspect(connection)
        return {
            each["name"] for table in tables(connection) for each in inspector.get_indexes(table)
        }

    asyncio.run(migrate(url))
    with warnings.catch_warnings(action="ignore", category=SAWarning):
        assert asyncio.run(within(url, differences)) == []
        declared = {index.name for table in METADATA.tables.values() for index in table.indexes}
        assert {name for name in declared if by_expression(str(name))} - asyncio.run(
            within(url, indexes)
        ) <= {"uq_keys_live_name", "uq_users_login"}


def test_up_down_up(url: str) -> None:
    async def story() -> None:
        await migrate(url)
        await migrate(url)
        assert {"keys", "calls", "call_contents", "spending"} <= await within(url, tables)
        await migrate(url, to="base")
        assert await within(url, tables) == {"alembic_version"}
        await migrate(url)
        assert {"keys", "calls", "call_contents", "spending"} <= await within(url, tables)

    asyncio.run(story())


def test_two_processes_migrate_at_once(url: str) -> None:
    program = (
        "import asyncio, sys; import alembic.command; from yuepi.kit.database import migrate; "
        "print(flush=True); sys.stdin.readline(); asyncio.run(migrate(sys.argv[1]))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
    for process in processes:
        process.communicate(b"\n", timeout=60)
    assert [process.returncode for process in processes] == [0, 0]
    assert {"keys", "calls"} <= asyncio.run(within(url, tables))


def test_a_newer_database_is_left_alone(url: str) -> None:
    async def story() -> None:
        await migrate(url)
        await within(
            url, lambda c: c.execute(text("UPDATE alembic_version SET version_num='9999'"))
        )
        with pytest.raises(Unavailable, match=r"newer Yuepi .*9999") as caught:
            await migrate(url)
        assert caught.value.code == "database_newer"
        assert "keys" in await within(url, tables)

    asyncio.run(story())


def test_a_failed_migration_changes_nothing(sqlite_database: str) -> None:
    async def story() -> None:
        await migrate(sqlite_database, to="base")
        await within(sqlite_database, lambda c: c.execute(text("CREATE TABLE spending (x)")))
        with pytest.raises(Unavailable, match="spending already exists"):
            await migrate(sqlite_database)
        assert await within(sqlite_database, tables) == {"spending"}

    asyncio.run(story())


def test_the_sqlite_file_is_private_and_durable(sqlite_database: str, tmp_path: Path) -> None:
    async def settings() -> dict[str, object]:
        await migrate(sqlite_database)
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        database = open_database(sqlite_database)
        async with database.reading() as connection:
            found = {
                name: (await connection.execute(text(f"PRAGMA {name}"))).scalar() for name in names
            }
        await database.close()
        return found

    assert asyncio.run(settings()) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }
    assert stat.S_IMODE((tmp_path / "data" / "yuepi.db").stat().st_mode) == 0o600


# --- types -------------------------------------------------------------------------------------


def test_amounts_and_moments_come_back_exactly(migrated: str) -> None:
    moment = datetime(2026, 1, 31, 23, 59, 59, 999_999, timezone(timedelta(hours=8)))
    amounts = [Decimal("0.000000001"), Decimal("-12.3"), MONEY_MAX, -MONEY_MAX, Decimal(0), None]

    def story(connection: Connection) -> None:
        SLIPS.create(connection)
        rows = [{"id": at, "amount": each, "moment": moment} for at, each in enumerate(amounts)]
        connection.execute(insert(SLIPS), rows)
        found = connection.execute(select(SLIPS).order_by(SLIPS.c.id)).all()
        assert [row.amount for row in found] == amounts
        assert found[0].moment == moment
        assert found[0].moment.tzinfo is UTC
        total = connection.execute(select(func.sum(SLIPS.c.amount))).scalar()
        assert total == Decimal("-12.299999999")

    asyncio.run(within(migrated, story))


@given(AMOUNTS)
def test_an_amount_survives_sqlite(amount: Decimal) -> None:
    dialect = sqlite.dialect()
    stored = Money().process_bind_param(amount, dialect)
    assert isinstance(stored, int)
    assert abs(stored) < 2**63
    assert Money().process_result_value(stored, dialect) == amount


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
@pytest.mark.parametrize(
    "amount", ["1E-10", "NaN", "Infinity", "9000000001", "1.0000000000000000000000000000000001"]
)
def test_no_amount_is_rounded_silently(amount: str, dialect: object) -> None:
    with pytest.raises(ValueError, match=r"decimals|stored"):
        Money().process_bind_param(Decimal(amount), dialect)  # type: ignore[arg-type]


@given(st.decimals(0, 10**12, allow_nan=False))
def test_storable_amounts_are_never_less(amount: Decimal) -> None:
    kept = storable(amount)
    assert kept == MONEY_MAX or amount <= kept < amount + MONEY_STEP
    Money().process_bind_param(kept, sqlite.dialect())


def test_a_moment_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())  # noqa: DTZ001


# --- transactions and errors -------------------------------------------------------------------


def test_a_failed_block_writes_nothing(migrated: str) -> None:
    async def add(
        database: Database, rows: list[dict[str, object]], then: Callable[[], object] = list
    ) -> None:
        async with database.writing() as connection:
            await connection.execute(insert(SLIPS), rows)
            then()

    async def story() -> None:
        await within(migrated, SLIPS.create)
        database = open_database(migrated)
        with pytest.raises(ZeroDivisionError):
            await add(database, [{"id": 1}], then=lambda: 1 // 0)
        with pytest.raises(RowRefused):
            await add(database, [{"id": 2}, {"id": 2}])
        naive = datetime(2026, 1, 1)  # noqa: DTZ001
        with pytest.raises(RowRefused, match="zone"):
            await add(database, [{"id": 3, "moment": naive}])
        async with database.reading() as connection:
            assert (await connection.execute(select(SLIPS))).all() == []
        await database.close()

    asyncio.run(story())


def test_writers_wait_for_each_other(migrated: str) -> None:
    """Read, then write, eight at a time: without BEGIN IMMEDIATE SQLite refuses some at once."""

    async def add(database: Database) -> None:
        async with database.writing() as connection:
            lock = select(SLIPS.c.id).where(SLIPS.c.id == 1)
            if database.dialect == "postgresql":
                lock = lock.with_for_update()
            await connection.execute(lock)
            amount = (await connection.execute(select(SLIPS.c.amount))).scalar()
            await connection.execute(SLIPS.update().values(amount=amount + 1))

    async def story() -> Decimal | None:
        await within(migrated, SLIPS.create)
        await within(
            migrated, lambda c: c.execute(insert(SLIPS), [{"id": 1, "amount": Decimal(0)}])
        )
        databases = [open_database(migrated) for _ in range(2)]
        await asyncio.gather(*(add(databases[at % 2]) for at in range(8)))
        for database in databases:
            await database.close()
        return await within(migrated, lambda c: c.execute(select(SLIPS.c.amount)).scalar())

    assert asyncio.run(story()) == 8


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "sqlite:///x?mode=memory", "nonsense"]
)
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(BadUsage, match="database"):
        open_database(url)


def test_a_password_is_not_shown() -> None:
    database = open_database("postgresql://yuepi:secret@127.0.0.1:1/x")

    async def story() -> None:
        async with database.reading():
            pass

    with pytest.raises(Unavailable) as caught:
        asyncio.run(story())
    assert "secret" not in caught.value.message + caught.value.remedy
    assert caught.value.code == "database_unavailable"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "yuepi.db"
    file.write_bytes(b"these bytes are no database" * 100)
    with pytest.raises(Unavailable, match="not a database"):
        asyncio.run(migrate(sqlite_url(file)))
    assert file.read_bytes().startswith(b"these bytes")
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(file).execute("SELECT 1 FROM sqlite_master")


def test_a_fault_of_the_program_is_not_the_database(url: str) -> None:
    """Nobody may wait for a database that is there: what cannot be run at all fails as it is."""

    async def tell() -> None:
        database = open_database(url)
        try:
            async with database.reading() as transaction:
                await transaction.execute(insert(SLIPS).values(no_such_column=1))
        finally:
            await database.close()

    asyncio.run(migrate(url))
    with pytest.raises(CompileError):
        asyncio.run(tell())
