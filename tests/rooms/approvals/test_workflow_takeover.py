"""Who is taken for dead, by whom, and what becomes of what they had begun."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from yuepi.approvals.store.executors import (
    ExecutorRow,
    PulseLine,
    add_executor,
    alive_executors,
    bury,
    leave,
)
from yuepi.approvals.store.stage_tables import EXECUTORS
from yuepi.approvals.workflow import executors
from yuepi.approvals.workflow.executors import EXIT_TAKEN_OVER, Executor, Sort
from yuepi.approvals.workflow.queue import Work
from yuepi.approvals.workflow.takeover import STRAY_S, Watcher
from yuepi.kit.database import Database

LEASE_S = 15.0
NOW = datetime(2026, 11, 20, tzinfo=UTC)


class Desk:
    """A watcher whose time, processes and queue are the test's; others are rows only."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.seconds = 1_000.0
        self.flows = True
        self.sorts: dict[str, Sort] = {}
        self.killed: list[int] = []
        self.work: list[Work] = []
        self.back: list[str] = []
        self.running: frozenset[str] = frozenset()
        self.me = Executor(database, version="1", clock=lambda: NOW)
        self.watcher = Watcher(
            database,
            self,
            self,  # type: ignore[arg-type]  # it asks only who this is and whether its pulse flows
            lambda: self.running,
            lease_s=LEASE_S,
            monotonic=lambda: self.seconds,
            sort=lambda row: self.sorts.get(row.id, "running"),
            kill=lambda pid, _number: self.killed.append(pid),
        )

    id = property(lambda self: self.me.id)
    row = property(lambda self: self.me.row)

    async def begun(self) -> list[Work]:
        return list(self.work)

    async def put_back(self, ids: Sequence[str]) -> None:
        self.back += ids
        self.work = [each for each in self.work if each.id not in ids]

    async def joins(self, name: str, *, elsewhere: bool = False) -> ExecutorRow:
        row = replace(self.me.row, id=name, pid=4_000_000 + len(name))
        row = replace(row, host="elsewhere") if elsewhere else row
        async with self.database.writing() as transaction:
            await add_executor(transaction, row, version="1", at=NOW)
        return row

    async def beats(self, name: str) -> None:
        change = update(EXECUTORS).where(EXECUTORS.c.id == name)
        async with self.database.writing() as transaction:
            await transaction.execute(change.values(pulse=EXECUTORS.c.pulse + 1))

    async def state(self, name: str) -> str:
        query = select(EXECUTORS.c.state).where(EXECUTORS.c.id == name)
        async with self.database.reading() as transaction:
            return str((await transaction.execute(query)).scalar_one())

    async def look(self, *, after_s: float = 0.0) -> None:
        self.seconds += after_s
        await self.watcher.look()
        await self.watcher.put_back()

    async def looks(self, seconds: float, *, step_s: float = 1.0) -> None:
        for _ in range(round(seconds / step_s)):
            await self.look(after_s=step_s)


Story = Callable[[Callable[[Desk], Awaitable[None]]], None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Story:
    if request.param == "sqlite":
        run = story_at(migrated_sqlite(tmp_path / "a.db"), Desk)
    else:
        run = story_at(migrated_postgres(request.getfixturevalue("postgres")), Desk)

    def told(tell: Callable[[Desk], Awaitable[None]]) -> None:
        async def joined(desk: Desk) -> None:
            await desk.joins(desk.me.id)
            try:
                await tell(desk)
            finally:
                await desk.watcher._database.close()

        run(joined)

    return told


def test_a_pulse_that_stands_still_for_the_lease_is_death(story: Story) -> None:
    async def told(desk: Desk) -> None:
        await desk.joins("exe_a", elsewhere=True)
        desk.work = [Work("clm_1", "exe_a"), Work("clm_2", desk.me.id)]
        desk.running = frozenset({"clm_2"})
        await desk.look()
        await desk.looks(LEASE_S - 1)
        assert await desk.state("exe_a") == "alive"
        assert not desk.back
        await desk.looks(1)
        assert await desk.state("exe_a") == "dead"
        assert desk.back == ["clm_1"]
        assert await desk.state(desk.me.id) == "alive"

    story(told)


def test_a_pulse_that_moves_once_in_a_lease_is_life(story: Story) -> None:
    async def told(desk: Desk) -> None:
        await desk.joins("exe_a", elsewhere=True)
        for _ in range(3):
            await desk.looks(LEASE_S - 2)
            await desk.beats("exe_a")
        assert await desk.state("exe_a") == "alive"

    story(told)


def test_a_watcher_that_was_frozen_has_seen_nothing(story: Story) -> None:
    async def told(desk: Desk) -> None:
        await desk.joins("exe_a", elsewhere=True)
        await desk.looks(5)
        await desk.look(after_s=3_600)
        await desk.looks(LEASE_S - 1)
        assert await desk.state("exe_a") == "alive"
        await desk.looks(1)
        assert await desk.state("exe_a") == "dead"

    story(told)


def test_a_process_that_is_gone_from_this_host_is_dead_at_once(story: Story) -> None:
    async def told(desk: Desk) -> None:
        await desk.joins("exe_a")
        desk.sorts["exe_a"] = "gone"
        await desk.look()
        assert await desk.state("exe_a") == "dead"
        assert not desk.killed

    story(told)


def test_no_one_is_judged_while_no_pulse_gets_through(story: Story) -> None:
    """The way to the database is blocked for all: who is still is not dead. But who is stopped
    may be what blocks it."""

    async def told(desk: Desk) -> None:
        await desk.joins("exe_a")
        await desk.joins("exe_bb")
        desk.flows = False
        desk.sorts["exe_bb"] = "stopped"
        await desk.looks(LEASE_S * 2)
        assert await desk.state("exe_a") == "alive"
        assert await desk.state("exe_bb") == "dead"
        desk.flows = True
        await desk.looks(2)
        assert await desk.state("exe_a") == "alive"

    story(told)


def test_a_frozen_process_is_ended_first_where_it_may_hold_the_lock(story: Story) -> None:
    async def told(desk: Desk) -> None:
        frozen = await desk.joins("exe_a")
        desk.sorts["exe_a"] = "stopped"
        await desk.looks(LEASE_S + 1)
        assert await desk.state("exe_a") == "dead"
        sqlite = desk.database.dialect == "sqlite"
        assert set(desk.killed) == ({frozen.pid} if sqlite else set())

    story(told)


def test_a_stopped_process_that_holds_up_all_writes_is_ended_before_the_lease(
    story: Story,
) -> None:
    async def told(desk: Desk) -> None:
        frozen = await desk.joins("exe_a")
        away = await desk.joins("exe_b", elsewhere=True)
        desk.sorts = {"exe_a": "stopped", "exe_b": "stopped"}
        await desk.looks(2)
        assert not desk.killed  # others can write
        desk.flows = False
        desk.sorts["exe_a"] = "running"
        await desk.looks(1)
        desk.sorts["exe_a"] = "stopped"
        await desk.looks(1)
        assert not desk.killed  # stopped for a moment only
        await desk.looks(1)
        sqlite = desk.database.dialect == "sqlite"
        assert set(desk.killed) == ({frozen.pid} if sqlite else set())
        assert await desk.state("exe_a") == ("dead" if sqlite else "alive")
        assert await desk.state(away.id) == "alive"

    story(told)


def test_one_on_another_host_is_never_ended_by_its_number(story: Story) -> None:
    async def told(desk: Desk) -> None:
        await desk.joins("exe_a", elsewhere=True)
        desk.sorts["exe_a"] = "stopped"
        await desk.looks(LEASE_S + 1)
        assert await desk.state("exe_a") == "dead"
        assert not desk.killed

    story(told)


def test_what_the_dead_left_is_put_back_whoever_marked_them(story: Story) -> None:
    async def told(desk: Desk) -> None:
        row = await desk.joins("exe_a", elsewhere=True)
        await desk.joins("exe_b", elsewhere=True)
        async with desk.database.writing() as transaction:
            assert await bury(transaction, row)
            await leave(transaction, "exe_b")
        desk.work = [Work("clm_1", "exe_a"), Work("clm_2", "exe_b"), Work("clm_3", "exe_unheard")]
        await desk.look()
        assert sorted(desk.back) == ["clm_1", "clm_2", "clm_3"]

    story(told)


def test_work_that_went_astray_in_this_process_is_put_back(story: Story) -> None:
    async def told(desk: Desk) -> None:
        desk.work = [Work("clm_1", desk.me.id), Work("clm_2", desk.me.id)]
        desk.running = frozenset({"clm_2"})
        await desk.looks(STRAY_S)
        assert not desk.back
        await desk.looks(1)
        assert desk.back == ["clm_1"]

    story(told)


def test_one_whose_pulse_moved_after_the_look_stays_alive(story: Story) -> None:
    async def told(desk: Desk) -> None:
        row = await desk.joins("exe_a", elsewhere=True)
        await desk.beats("exe_a")
        async with desk.database.writing() as transaction:
            assert not await bury(transaction, row)
        assert await desk.state("exe_a") == "alive"

    story(told)


# --- the own pulse -------------------------------------------------------------------------------


def test_a_process_that_is_taken_over_ends_itself(story: Story) -> None:
    async def told(desk: Desk) -> None:
        ends: list[int] = []
        me = Executor(desk.database, version="1", clock=lambda: NOW, pulse_s=0.02, end=ends.append)
        await me.join()
        for _ in range(500):
            async with desk.database.reading() as transaction:
                rows = {row.id: row for row in await alive_executors(transaction)}
            if rows[me.id].pulse > 1:
                break
            await asyncio.sleep(0.01)
        assert not ends
        assert me.flows
        async with desk.database.writing() as transaction:
            change = update(EXECUTORS).where(EXECUTORS.c.id == me.id)
            await transaction.execute(change.values(state="dead"))
        for _ in range(500):
            if ends:
                break
            await asyncio.sleep(0.01)
        assert ends == [EXIT_TAKEN_OVER]
        me.hush()

    story(told)


def test_leaving_in_order_ends_nothing(story: Story) -> None:
    async def told(desk: Desk) -> None:
        ends: list[int] = []
        me = Executor(desk.database, version="1", clock=lambda: NOW, pulse_s=0.02, end=ends.append)
        await me.join()
        await me.leave()
        await asyncio.sleep(0.05)
        assert await desk.state(me.id) == "left"
        assert not ends

    story(told)


def test_a_pulse_without_a_database_is_neither_life_nor_death(tmp_path: Path) -> None:
    async def told(desk: Desk) -> None:
        line = PulseLine(desk.database, desk.me.id)
        assert line.beat() is False  # never joined: it is not alive
        file = tmp_path / "a.db"
        file.rename(tmp_path / "b.db")
        file.mkdir()
        line.close()
        assert line.beat() is None

    story_at(migrated_sqlite(tmp_path / "a.db"), Desk)(told)


def test_processes_are_told_apart_by_when_they_began() -> None:
    pid = os.getpid()
    row = ExecutorRow("exe_1", executors.this_host(), pid, executors.started(pid), 0)
    assert executors.sort_of(row) == "running"
    assert executors.sort_of(replace(row, started="1")) == "gone"
    assert executors.sort_of(replace(row, pid=2**22 + 1)) == "gone"
    assert executors.started(2**22 + 1) == ""
