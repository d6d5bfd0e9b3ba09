"""What `/metrics` and `/readyz` tell of claims and workers, and that they stay silent in time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.faults.plain_steps import hand_in
from yuepi.app import desk_numbers
from yuepi.app.compose import Composition, compose
from yuepi.app.desk_numbers import DeskWatch
from yuepi.app.http import readiness
from yuepi.app.metrics import metrics_text
from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.approvals.workflow.backlog import Backlog, Waiting
from yuepi.approvals.workflow.executors import Executor
from yuepi.audit.record import append
from yuepi.kit.database import Database
from yuepi.kit.errors import Unavailable
from yuepi.kit.outbox import Message, send
from yuepi.kit.record import Entry
from yuepi.kit.settings import parse_settings


def story(folder: Path, tell: Callable[[Composition, Database], Awaitable[None]]) -> None:
    async def told() -> None:
        async with compose(parse_settings("", folder)) as composed:
            assert composed.records is not None
            await tell(composed, composed.records.database)

    asyncio.run(told())


def test_the_desk_is_in_the_metrics(tmp_path: Path) -> None:
    # Now, not when the tests were collected, which may be many minutes ago.
    now = datetime.now(UTC)

    async def tell(composed: Composition, database: Database) -> None:
        await hand_in(database, ["clm_1", "clm_2", "clm_3"])
        async with database.writing() as transaction:
            received = update(CLAIMS).where(CLAIMS.c.id != "clm_3")
            await transaction.execute(received.values(updated_at=now - timedelta(seconds=600)))
            asked = update(CLAIMS).where(CLAIMS.c.id == "clm_3")
            await transaction.execute(asked.values(status="asked"))
            await send(transaction, [Message("mail", "a", {})])
            await append(transaction, [Entry("claim.submitted", "u", "clm_1", now)])
        watch = DeskWatch(composed)
        lines = metrics_text(composed, await watch.numbers()).decode().splitlines()
        for line in (
            'yuepi_claims{status="received"} 2.0',
            'yuepi_claims{status="asked"} 1.0',
            'yuepi_claims{status="quarantined"} 0.0',
            "yuepi_workers_alive 0.0",
            "yuepi_outbox_waiting 1.0",
            "yuepi_outbox_dead 0.0",
            "yuepi_audit_entries 1.0",
        ):
            assert line in lines, line
        (age,) = [line for line in lines if line.startswith("yuepi_claims_oldest_received")]
        assert 600 <= float(age.split()[1]) < 700

        ready = await readiness(composed, watch)
        assert (ready["workers"], ready["claims"]) == (0, "waiting_for_a_worker")
        worker = Executor(database, version="1", clock=lambda: now)
        await worker.join()
        told = await readiness(composed, watch)
        assert told["workers"] == 1
        assert "claims" not in told
        assert told["ready"] == ready["ready"]
        await worker.leave()
        assert (await readiness(composed, watch))["workers"] == 0

    story(tmp_path, tell)


def test_a_database_that_is_away_leaves_the_numbers_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def never(_: Backlog) -> Waiting:
        await asyncio.sleep(3_600)
        raise AssertionError

    async def away(_: Backlog) -> Waiting:
        raise Unavailable("the database is away", remedy="wait")

    async def tell(composed: Composition, _: Database) -> None:
        monkeypatch.setattr(desk_numbers, "WAIT_S_MAX", 0.05)
        for way in (never, away):
            monkeypatch.setattr(Backlog, "look", way)
            caplog.clear()
            numbers = await DeskWatch(composed).numbers()
            assert numbers is None
            assert b"yuepi_workers_alive" not in metrics_text(composed, numbers)
            assert [each.levelno for each in caplog.records] == [logging.WARNING]
            assert "workers" not in await readiness(composed, DeskWatch(composed))

    story(tmp_path, tell)
