"""Claims that wait to be handed over are found by their own index, however many others are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect, select, text, update

from tests.faults.plain_steps import hand_in
from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.approvals.store.handover import CLAIMS_WAIT, waiting
from yuepi.kit.database import Database, Transaction, migrate, open_database

NOW = datetime(2026, 11, 20, tzinfo=UTC)

Story = Callable[[Callable[[Database], Awaitable[None]]], None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a migrated database."""
    if request.param == "sqlite":
        return migrated_sqlite(tmp_path / "yuepi.db")
    return migrated_postgres(request.getfixturevalue("postgres"))


@pytest.fixture
def story(url: str) -> Story:
    return story_at(url, lambda database: database)


async def plans_of(
    database: Database, ask: Callable[[Transaction], Awaitable[object]]
) -> list[str]:
    """How the database would find what `ask` asks for."""
    plans: list[str] = []
    sqlite = database.dialect == "sqlite"

    def explained(connection: Any, _: Any, statement: str, values: Any, *__: Any) -> None:
        if statement.startswith("SELECT"):
            how = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
            found = connection.exec_driver_sql(how + statement, values).all()
            plans.append("\n".join(map(str, found)))

    engine = database.engine.sync_engine
    async with database.reading(together=True) as transaction:
        if not sqlite:
            # Which it would do with the few rows of a test.
            for other in ("seqscan", "bitmapscan", "sort"):
                await transaction.execute(text(f"SET LOCAL enable_{other} = off"))
        event.listen(engine, "before_cursor_execute", explained)
        try:
            await ask(transaction)
        finally:
            event.remove(engine, "before_cursor_execute", explained)
    return plans


def test_what_waits_is_found_by_its_own_index(story: Story) -> None:
    """With the status alone it walks through all that was handed over and not begun."""

    async def tell(database: Database) -> None:
        await hand_in(database, ["clm_1"])
        for ask in (
            lambda transaction: transaction.execute(select(CLAIMS_WAIT.exists())),
            lambda transaction: waiting(transaction, 100),
        ):
            (plan,) = await plans_of(database, ask)
            assert "ix_claims_to_queue" in plan
            assert "ix_claims_status_created_at" not in plan
            assert "TEMP B-TREE" not in plan
            assert "Sort" not in plan

    story(tell)


def test_the_oldest_that_wait_come_first(story: Story) -> None:
    async def tell(database: Database) -> None:
        ids = [f"clm_{number}" for number in range(6)]
        await hand_in(database, ids)
        async with database.writing() as transaction:
            for age, id_ in enumerate(ids):
                at = {"created_at": NOW - timedelta(seconds=age)}
                if id_ == "clm_4":
                    at["queued_at"] = NOW
                await transaction.execute(update(CLAIMS).where(CLAIMS.c.id == id_).values(at))
        async with database.reading() as transaction:
            found = [each.claim_id for each in await waiting(transaction, 3)]
        assert found == ["clm_5", "clm_3", "clm_2"]

    story(tell)


async def columns_of_its_index(database: Database) -> list[str | None]:
    async with database.engine.connect() as connection:
        found = await connection.run_sync(lambda sync: inspect(sync).get_indexes("claims"))
    (columns,) = [each["column_names"] for each in found if each["name"] == "ix_claims_to_queue"]
    return columns


def test_a_desk_of_the_version_before_keeps_its_claims(url: str) -> None:
    async def tell() -> None:
        await migrate(url, to="0008")
        database = open_database(url)
        try:
            assert await columns_of_its_index(database) == ["created_at"]
            await hand_in(database, ["clm_1"])
            await migrate(url)
            expected = ["status", "queued_at", "created_at"]
            assert await columns_of_its_index(database) == expected
            async with database.reading() as transaction:
                assert [each.claim_id for each in await waiting(transaction, 3)] == ["clm_1"]
        finally:
            await database.close()

    asyncio.run(tell())
