"""How many workers are alive, when nobody is left to bury the dead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.faults.plain_steps import hand_in
from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.approvals.store.executors import ExecutorRow, add_executor
from yuepi.approvals.store.stage_tables import EXECUTORS
from yuepi.approvals.workflow.backlog import OPEN, Backlog
from yuepi.approvals.workflow.executors import Executor, Sort
from yuepi.kit.database import Database

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LEASE_S = 15.0


class Desk:
    """A backlog whose time and processes are the test's."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.seconds = 0.0
        self.sorts: dict[str, Sort] = {}
        self.me = Executor(database, version="1", clock=lambda: NOW).row
        self.backlog = Backlog(
            database,
            lease_s=LEASE_S,
            clock=lambda: NOW,
            monotonic=lambda: self.seconds,
            sort=lambda row: self.sorts.get(row.id, "running"),
        )

    async def joins(self, row: ExecutorRow) -> None:
        async with self.database.writing() as transaction:
            await add_executor(transaction, row, version="1", at=NOW)

    async def beats(self, name: str) -> None:
        change = update(EXECUTORS).where(EXECUTORS.c.id == name)
        async with self.database.writing() as transaction:
            await transaction.execute(change.values(pulse=EXECUTORS.c.pulse + 1))

    async def workers(self, after_s: float = 0.0) -> int:
        self.seconds += after_s
        return (await self.backlog.look()).workers


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return migrated_sqlite(tmp_path / "yuepi.db")
    return migrated_postgres(request.getfixturevalue("postgres"))


def test_a_pulse_that_stands_still_or_a_process_that_is_gone_is_no_worker(url: str) -> None:
    async def tell(desk: Desk) -> None:
        assert await desk.workers() == 0
        await desk.joins(replace(desk.me, id="exe_here", pid=1))
        await desk.joins(replace(desk.me, id="exe_there", pid=2, host="elsewhere"))
        assert await desk.workers() == 2
        assert await desk.workers(LEASE_S - 1) == 2
        await desk.beats("exe_there")
        assert await desk.workers(1) == 1
        await desk.beats("exe_here")
        assert await desk.workers(LEASE_S - 1) == 2  # it was only slow
        # Killed: seen at once where it ran, by nothing but its pulse elsewhere.
        desk.sorts = {"exe_here": "gone", "exe_there": "gone"}
        await desk.beats("exe_there")
        assert await desk.workers() == 1
        assert await desk.workers(LEASE_S) == 0

    story_at(url, Desk)(tell)


def test_open_claims_are_counted_and_the_oldest_timed(url: str) -> None:
    async def tell(desk: Desk) -> None:
        empty = await desk.backlog.look()
        assert (dict(empty.claims), empty.oldest_received_s) == (dict.fromkeys(OPEN, 0), 0)
        assert not empty.stuck
        await hand_in(desk.database, ["clm_1", "clm_2", "clm_3"])
        async with desk.database.writing() as transaction:
            for claim_id, status, age_s in (
                ("clm_1", "received", 90), ("clm_2", "received", -5), ("clm_3", "waiting", 900),
            ):  # fmt: skip
                values = {"status": status, "updated_at": NOW - timedelta(seconds=age_s)}
                change = update(CLAIMS).where(CLAIMS.c.id == claim_id)
                await transaction.execute(change.values(**values))
        found = await desk.backlog.look()
        assert dict(found.claims) == dict.fromkeys(OPEN, 0) | {"received": 2, "waiting": 1}
        assert found.oldest_received_s == 90
        assert found.stuck
        await desk.joins(desk.me)
        assert not (await desk.backlog.look()).stuck

    story_at(url, Desk)(tell)
