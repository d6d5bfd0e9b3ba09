"""Claims through the real queue: handed over, told once, brought back whatever the queue lost."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text, update

from tests.faults.plain_steps import PlainSteps, hand_in, statuses
from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from yuepi.app import worker as working
from yuepi.app.worker import WorkerOptions, WorkerParts, run_worker
from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.approvals.workflow import sweeper as sweeping
from yuepi.approvals.workflow.executors import EXIT_TAKEN_OVER
from yuepi.approvals.workflow.queue import Queue
from yuepi.kit.database import Database

pytestmark = pytest.mark.slow

DONE_S_MAX = 30.0


class Desk:
    """A database, plain steps, and a real worker in this very process."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.steps = PlainSteps(database)
        self.exit: int | None = None
        self.task: asyncio.Task[int] | None = None

    @asynccontextmanager
    async def worker(self, **options: Any) -> AsyncGenerator[str, None]:
        stop = asyncio.Event()
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        parts = WorkerParts(self.database, self.steps, self.folder / "dbos.db")
        told = WorkerOptions(**{"drain_s_max": 6, **options})
        task = asyncio.create_task(run_worker(parts, told, stop, ready=ready.set_result))
        self.task = task
        try:
            await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
            yield await ready
        finally:
            stop.set()
            self.exit = await task

    async def until(self, done: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """The claims' statuses when they are as asked for."""
        found: dict[str, str] = {}
        for _ in range(round(DONE_S_MAX / 0.05)):
            found = await statuses(self.database)
            if done(found):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"it did not come to that: {found}")

    async def settled(self) -> None:
        await self.until(lambda found: set(found.values()) == {"waiting"})

    async def spoil(self, statement: str) -> None:
        """Do that to the queue's own tables."""
        if self.database.dialect == "sqlite":
            with sqlite3.connect(self.folder / "dbos.db", timeout=10) as connection:
                connection.execute(statement.format(prefix=""))
            connection.close()
            return
        async with self.database.writing() as transaction:
            await transaction.execute(text(statement.format(prefix="dbos.")))

    async def received_again(self) -> None:
        """Claims that count as handed over, as if their work had been lost."""
        change = update(CLAIMS).values(status="received", queued_at=datetime.now(UTC))
        async with self.database.writing() as transaction:
            await transaction.execute(change)


Story = Callable[[Callable[[Desk], Awaitable[None]]], None]


@pytest.fixture(autouse=True)
def short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """DBOS sleeps a second before it looks whether all has ended: here a twentieth of that."""
    shorter = {**vars(time), "sleep": lambda wait_s: time.sleep(wait_s / 20)}
    monkeypatch.setattr("dbos._dbos.time", SimpleNamespace(**shorter))
    monkeypatch.setattr(working, "QUEUE_LOOK_S", 0.1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def story(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    monkeypatch.setattr(sweeping, "RECONCILE_S", 0.2)
    if request.param == "sqlite":
        url = migrated_sqlite(tmp_path / "yuepi.db")
    else:
        url = migrated_postgres(request.getfixturevalue("postgres"))
    return story_at(url, lambda database: Desk(database, tmp_path))


def test_claims_are_told_once_each_and_soon(story: Story) -> None:
    async def told(desk: Desk) -> None:
        ids = [f"clm_{n}" for n in range(20)]
        async with desk.worker():
            await hand_in(desk.database, ids)
            await desk.settled()
        assert sorted(desk.steps.told) == sorted(ids)
        assert desk.exit == 0

    story(told)


def test_a_stopped_worker_lets_what_it_began_end_and_leaves_the_rest(story: Story) -> None:
    async def told(desk: Desk) -> None:
        began = asyncio.Event()

        async def trouble(claim_id: str) -> None:
            began.set()
            await asyncio.sleep(0.5)

        desk.steps.trouble = trouble  # type: ignore[method-assign]
        async with desk.worker(claims_at_once=2) as executor:
            await hand_in(desk.database, [f"clm_{n}" for n in range(6)])
            await began.wait()
        found = await statuses(desk.database)
        assert 1 <= sum(status == "waiting" for status in found.values()) < 6
        async with desk.database.reading() as transaction:
            query = text("SELECT id, state FROM executors")
            rows = {row.id: row.state for row in await transaction.execute(query)}
        assert rows[executor] == "left"

    story(told)


def test_work_that_outlasts_the_drain_goes_to_the_next_worker(story: Story) -> None:
    async def told(desk: Desk) -> None:
        began = asyncio.Event()

        async def stuck(claim_id: str) -> None:
            began.set()
            await asyncio.sleep(3_600)

        desk.steps.trouble = stuck  # type: ignore[method-assign]
        async with desk.worker(drain_s_max=1):
            await hand_in(desk.database, ["clm_1"])
            await began.wait()
        desk.steps = PlainSteps(desk.database)
        async with desk.worker():
            await desk.settled()

    story(told)


LOSSES = {
    "clm_deleted": "DELETE FROM {prefix}workflow_status",
    "clm_error": "UPDATE {prefix}workflow_status SET status = 'ERROR'",
    "clm_cancelled": "UPDATE {prefix}workflow_status SET status = 'CANCELLED'",
    "clm_dead": "UPDATE {prefix}workflow_status SET status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'",
    "clm_orphan": "UPDATE {prefix}workflow_status SET status = 'PENDING', executor_id = 'exe_0'",
}


def test_whatever_the_queue_lost_is_brought_back(story: Story) -> None:
    async def told(desk: Desk) -> None:
        async with desk.worker():
            await hand_in(desk.database, list(LOSSES))
            await desk.settled()
        for claim_id, loss in LOSSES.items():
            await desk.spoil(f"{loss} WHERE workflow_uuid = '{claim_id}'")
        await desk.received_again()
        async with desk.worker():
            await desk.settled()
        assert sorted(desk.steps.told) == sorted([*LOSSES, *LOSSES])

    story(told)


def test_a_later_round_is_work_of_its_own(story: Story) -> None:
    async def told(desk: Desk) -> None:
        async with desk.worker():
            await hand_in(desk.database, ["clm_1"])
            await desk.settled()
            change = update(CLAIMS).values(status="received", round=2, queued_at=None)
            async with desk.database.writing() as transaction:
                await transaction.execute(change)
            await desk.settled()
        assert desk.steps.told == ["clm_1", "clm_1"]

    story(told)


def test_a_claim_that_always_fails_is_set_aside_and_holds_up_no_other(story: Story) -> None:
    async def told(desk: Desk) -> None:
        async def trouble(claim_id: str) -> None:
            if claim_id == "clm_bad":
                raise ValueError("this one is poison")

        desk.steps.trouble = trouble  # type: ignore[method-assign]
        async with desk.worker(claims_at_once=1):
            await hand_in(desk.database, ["clm_bad", "clm_1", "clm_2"])
            found = await desk.until(lambda all_: "received" not in all_.values())
        assert found == {"clm_bad": "quarantined", "clm_1": "waiting", "clm_2": "waiting"}
        assert desk.steps.failed == ["clm_bad"] * 3

    story(told)


def test_ended_work_is_forgotten(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "FORGET_S", 0.1)
    monkeypatch.setattr(sweeping, "KEEP_ENDED_S", 0.0)

    async def told(desk: Desk) -> None:
        async with desk.worker():
            await hand_in(desk.database, ["clm_1", "clm_2"])
            await desk.settled()
            queue = Queue(desk.database, desk.folder / "dbos.db", "exe_look", at_once=1)
            prefix = "" if desk.database.dialect == "sqlite" else "dbos."
            query = text(f"SELECT count(*) FROM {prefix}workflow_status")
            left = 2
            for _ in range(round(DONE_S_MAX / 0.05)):
                with queue._engine.connect() as connection:
                    left = connection.execute(query).scalar_one()
                if not left:
                    break
                await asyncio.sleep(0.05)
            await queue.close()
        assert left == 0

    story(told)


def test_a_deleted_queue_is_made_anew_and_claims_go_on(tmp_path: Path) -> None:
    """On SQLite the queue is a file. Deleted under a worker: it ends, to be started again."""

    async def told(desk: Desk) -> None:
        async with desk.worker():
            await hand_in(desk.database, ["clm_1"])
            await desk.settled()
            for file in tmp_path.glob("dbos.db*"):
                file.unlink()
            assert desk.task is not None
            await asyncio.wait({desk.task}, timeout=DONE_S_MAX)
        assert desk.exit == EXIT_TAKEN_OVER
        await desk.received_again()
        async with desk.worker():
            await desk.settled()
        assert desk.steps.told == ["clm_1", "clm_1"]

    story_at(migrated_sqlite(tmp_path / "yuepi.db"), lambda database: Desk(database, tmp_path))(
        told
    )
