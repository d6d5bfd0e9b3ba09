"""A desk for the fault tests: its database, logs that the database itself keeps of every effect,
a receiver of webhooks, and a crew of worker processes to be killed and frozen."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Any

from aiohttp import web
from sqlalchemy import text

from tests.faults import claim_worker
from tests.faults.claim_worker import WorkerDesk
from yuepi.kit.database import Database

READY_S_MAX = 60.0

_LOG = "CREATE TABLE fault_log (what VARCHAR(16) NOT NULL, subject VARCHAR(255) NOT NULL)"
_DECIDED = "NEW.status IN ('approved', 'waiting', 'rejected')"
_SQLITE = (
    f"""CREATE TRIGGER fault_decided AFTER UPDATE OF status ON claims WHEN {_DECIDED}
        BEGIN INSERT INTO fault_log VALUES ('decided', NEW.id); END""",
    """CREATE TRIGGER fault_told AFTER INSERT ON notices WHEN NEW.user_id IS NOT NULL
        BEGIN INSERT INTO fault_log VALUES ('told',
            NEW.subject || ' ' || NEW.kind || ' ' || NEW.user_id); END""",
)
_POSTGRES = (
    """CREATE FUNCTION fault_decided() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO fault_log VALUES ('decided', NEW.id); RETURN NEW; END $$""",
    f"""CREATE TRIGGER fault_decided AFTER UPDATE OF status ON claims FOR EACH ROW
        WHEN ({_DECIDED}) EXECUTE FUNCTION fault_decided()""",
    """CREATE FUNCTION fault_told() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO fault_log VALUES ('told',
            NEW.subject || ' ' || NEW.kind || ' ' || NEW.user_id); RETURN NEW; END $$""",
    """CREATE TRIGGER fault_told AFTER INSERT ON notices FOR EACH ROW
        WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION fault_told()""",
)


async def keep_logs(database: Database) -> None:
    """Let the database write down each decision and each notice, whatever our guards think."""
    async with database.writing() as transaction:
        for statement in (_LOG, *(_SQLITE if database.dialect == "sqlite" else _POSTGRES)):
            await transaction.execute(text(statement))


async def effects(database: Database) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """How often each claim was decided by the log and by the audit record, and each notice told."""
    async with database.reading() as transaction:
        log = list(await transaction.execute(text("SELECT what, subject FROM fault_log")))
        audit = await transaction.execute(
            text("SELECT subject FROM audit_entries WHERE action = 'claim.decided'")
        )
        decided = Counter(row.subject for row in log if row.what == "decided")
        told = Counter(row.subject for row in log if row.what == "told")
        return decided, Counter(row.subject for row in audit), told


# --- whoever is called ---------------------------------------------------------------------------


@dataclass
class Receiver:
    """Counts calls by webhook-id; it refuses every seventh first call, which must come again."""

    ids: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    url: str = ""

    async def _called(self, request: web.Request) -> web.Response:
        said: dict[str, Any] = await request.json()
        id_ = request.headers["webhook-id"]
        self.calls[id_] += 1
        self.ids.setdefault((said["type"], said["data"]["id"]), set()).add(id_)
        return web.Response(
            status=500 if len(self.calls) % 7 == 0 and self.calls[id_] == 1 else 204
        )

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None, None]:
        app = web.Application()
        app.router.add_post("/", self._called)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        try:
            yield
        finally:
            await runner.cleanup()

    @property
    def told_twice(self) -> int:
        return sum(len(ids) - 1 for ids in self.ids.values())

    @property
    def repeats(self) -> int:
        return sum(count - 1 for count in self.calls.values())


# --- the workers ---------------------------------------------------------------------------------


@dataclass
class Member:
    """One worker process, ready."""

    process: BaseProcess
    executor_id: str

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def send(self, number: int) -> None:
        if self.process.is_alive():
            os.kill(self.pid, number)


class Crew:
    """Starts workers quickly, out of a process that has loaded everything already."""

    def __init__(self, desk: WorkerDesk) -> None:
        self.desk = desk
        self.members: list[Member] = []
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.faults.claim_worker"])

    async def add(self) -> Member:
        """One more worker, under a fresh id."""
        return await asyncio.to_thread(self._add)

    def _add(self) -> Member:
        mine, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=claim_worker.main, args=(self.desk, theirs), daemon=True
        )
        process.start()
        theirs.close()
        try:
            if not mine.poll(READY_S_MAX):
                raise AssertionError("a worker did not get ready")
            member = Member(process, str(mine.recv()))
        finally:
            mine.close()
        self.members.append(member)
        return member

    async def kill(self, member: Member) -> None:
        """kill -9, and wait until it is gone."""
        member.send(signal.SIGKILL)
        await self.gone(member)

    async def gone(self, member: Member, wait_s_max: float = 40) -> int:
        """Wait for its end; the exit code, negative for a signal's number."""
        await asyncio.to_thread(member.process.join, wait_s_max)
        if member in self.members:
            self.members.remove(member)
        code = member.process.exitcode
        assert code is not None, "a worker did not end"
        return code

    async def end(self) -> None:
        """kill -9 for all that are left."""
        for member in list(self.members):
            await self.kill(member)


def begun_by(desk: WorkerDesk, executor_id: str) -> list[str]:
    """The claims that a process has begun, as the queue's own table says."""
    query = "SELECT workflow_uuid FROM {} WHERE status = 'PENDING' AND executor_id = {}"
    if desk.url.startswith("sqlite"):
        with closing(sqlite3.connect(desk.folder / "dbos.db", timeout=10)) as connection:
            rows = connection.execute(query.format("workflow_status", "?"), (executor_id,))
            return [row[0].partition(".")[0] for row in rows.fetchall()]
    import psycopg

    with psycopg.connect(desk.url) as connection:
        found = connection.execute(
            query.format("dbos.workflow_status", "%s").encode(), (executor_id,)
        )
        return [row[0].partition(".")[0] for row in found.fetchall()]
