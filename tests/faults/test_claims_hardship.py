"""Claims when the disk is full, the database is away, and the wall clock is wrong."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.faults.claim_worker import WorkerDesk
from tests.faults.claims_crash import Asked, Crash
from tests.resources import postgres as servers
from tests.resources.claims import ANN, submission
from yuepi.kit.database import migrate, open_database, sqlite_url
from yuepi.kit.errors import Unavailable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

DONE_S_MAX = 60.0


def told(desk: WorkerDesk, tell: Callable[[Crash], Awaitable[None]]) -> None:
    """Runs `tell` on an empty desk there, and ends the workers that it started."""

    async def run() -> None:
        await migrate(desk.url)
        database = open_database(desk.url)
        trial = Crash(Asked("", claims=0, kills=0, stops=0), desk, database)
        try:
            await tell(trial)
        finally:
            await trial.crew.end()
            await database.close()

    asyncio.run(run())


async def settled(trial: Crash, count: int) -> None:
    deadline_s = time.monotonic() + DONE_S_MAX
    while time.monotonic() < deadline_s:
        found = await trial.statuses()
        if len(found) == count and "received" not in found.values():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"not settled: {found}")


async def hand_in(trial: Crash, count: int) -> None:
    for _ in range(count):
        await trial.submit(f"key-{len(trial.ids)}")


# --- a full disk ---------------------------------------------------------------------------------


@contextmanager
def full_disk(*pids: int) -> Iterator[None]:
    """No file of these processes can be written beyond its first byte."""
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_refuses_cleanly_and_all_goes_on_when_there_is_room(tmp_path: Path) -> None:
    async def tell(trial: Crash) -> None:
        worker = await trial.crew.add()
        await hand_in(trial, 2)
        await settled(trial, 2)
        refused = submission()
        await trial.submit("key-before")
        with full_disk(0, worker.pid):
            with pytest.raises(Unavailable) as error:
                await trial.claims.submit(ANN, refused, "key-full")
            assert error.value.remedy
            assert len(await trial.statuses()) == 3  # still readable
            await asyncio.sleep(2)
        claim, new = await trial.claims.submit(ANN, refused, "key-full")
        assert new
        await settled(trial, 4)
        assert (await trial.statuses())[claim.id] == "approved"
        assert worker.process.is_alive()

    desk = WorkerDesk(sqlite_url(tmp_path / "yuepi.db"), tmp_path, beside=False)
    told(desk, tell)


# --- a database that is away ---------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[servers.Server]:
    if servers.binaries() is None:
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    with servers.restartable() as server:
        yield server


@pytest.mark.real
def test_a_database_that_was_away_loses_nothing_and_needs_no_restart(
    tmp_path: Path, server: servers.Server
) -> None:
    async def tell(trial: Crash) -> None:
        workers = [await trial.crew.add(), await trial.crew.add()]
        await hand_in(trial, 12)
        await asyncio.to_thread(server.cut)  # in the middle of it
        with pytest.raises(Unavailable):
            await trial.claims.submit(ANN, submission(), "key-away")
        await asyncio.sleep(5)
        await asyncio.to_thread(server.start_again)
        await hand_in(trial, 3)
        await settled(trial, 15)
        assert all(worker.process.is_alive() for worker in workers)
        async with trial.database.reading() as transaction:
            counted = await transaction.execute(
                text(
                    "SELECT count(*), count(DISTINCT subject) FROM audit_entries WHERE action = :a"
                ),
                {"a": "claim.decided"},
            )
            assert tuple(counted.one()) == (15, 15)

    told(WorkerDesk(server.url, tmp_path, read_s=0.5, beside=False), tell)


# --- a wall clock that is wrong ------------------------------------------------------------------


def test_wall_clocks_that_are_an_hour_wrong_steal_nothing(tmp_path: Path) -> None:
    """Two workers, two hours apart, on claims that take longer than the lease."""

    async def tell(trial: Crash) -> None:
        for off_s in (3_600.0, -3_600.0):
            trial.crew.desk = replace(trial.desk, clock_off_s=off_s)
            await trial.crew.add()
        await hand_in(trial, 8)
        await settled(trial, 8)
        async with trial.database.reading() as transaction:
            rows = list(await transaction.execute(text("SELECT attempts FROM claims")))
            alive = await transaction.execute(text("SELECT state FROM executors"))
            assert {row.state for row in alive} == {"alive"}
        assert [row.attempts for row in rows] == [1] * 8

    desk = WorkerDesk(sqlite_url(tmp_path / "yuepi.db"), tmp_path, lease_s=2.0, read_s=6.0)
    told(desk, tell)
