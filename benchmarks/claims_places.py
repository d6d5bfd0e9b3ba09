"""Databases for the benchmark of claims: fresh ones with full sync, and full ones."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, text

from tests.resources import postgres
from tests.resources.claims import NOW
from yuepi.approvals.store.claim_tables import ATTACHMENTS, CLAIMS, DECISIONS, READINGS
from yuepi.approvals.store.history_tables import IDENTITIES, INVOICES
from yuepi.approvals.store.notices import NOTICES
from yuepi.approvals.store.review_tables import REVIEWS
from yuepi.audit.record import append
from yuepi.kit.database import Database, sqlite_url
from yuepi.kit.record import Entry

AT_ONCE = 500
DEPARTMENTS = 20


@contextmanager
def place(kind: str) -> Iterator[tuple[str, Path]]:
    """The url of an empty database, and a folder; PostgreSQL by itself, with fsync."""
    folder = Path(tempfile.mkdtemp(prefix="yuepi-bench-"))
    server_folder = Path(tempfile.mkdtemp(prefix="yuepi-pg-", dir="/tmp"))
    server: subprocess.Popen[bytes] | None = None
    try:
        if kind == "sqlite":
            yield sqlite_url(folder / "yuepi.db"), folder
            return
        server, url = _synced(*postgres.start(server_folder, folder / "server.log"))
        yield postgres.fresh_database(url), folder
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            server.wait(postgres.STOP_S_MAX)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(server_folder, ignore_errors=True)


def _synced(server: subprocess.Popen[bytes], url: str) -> tuple[subprocess.Popen[bytes], str]:
    """The tests' server, started again as one in use would be: what is committed is on disk."""
    import psycopg

    server.send_signal(signal.SIGINT)
    server.wait(postgres.STOP_S_MAX)
    other = {"fsync=off": "fsync=on", "shared_buffers=16MB": "shared_buffers=256MB"}
    assert isinstance(server.args, list)
    arguments = [other.get(str(each), str(each)) for each in server.args]
    arguments = ["max_connections=100" if "max_conn" in each else each for each in arguments]
    user = postgres.other_user()
    run_as: dict[str, Any] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid}
    again = subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp", **run_as
    )
    deadline_s = time.monotonic() + postgres.START_S_MAX
    while True:
        try:
            psycopg.connect(url).close()
            return again, url
        except psycopg.OperationalError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.1)


# --- a full database -----------------------------------------------------------------------------


async def fill(database: Database, first: int, last: int) -> None:
    """Settled claims number `first` up to `last`, with all that the machine wrote about them."""
    for start in range(first, last, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, last))
        rows = [_claim(number) for number in numbers]
        async with database.writing() as transaction:
            for table in (CLAIMS, ATTACHMENTS, READINGS, DECISIONS, INVOICES, IDENTITIES, NOTICES):
                await transaction.execute(table.insert(), [row[table] for row in rows])
            entries = [
                Entry(action, "system", row[CLAIMS]["id"], NOW, {"round": 1, "detail": "x" * 300})
                for row in rows
                for action in ("claim.read", "claim.decided")
            ]
            await append(transaction, entries)
    await refresh(database)


async def fill_reviews(database: Database, count: int) -> None:
    """Open reviews of that many claims which are there already."""
    for start in range(0, count, AT_ONCE):
        rows = [_review(number) for number in range(start, min(start + AT_ONCE, count))]
        async with database.writing() as transaction:
            await transaction.execute(REVIEWS.insert(), rows)
    await refresh(database)


async def refresh(database: Database) -> None:
    """Let the database know how full it is, as its own housekeeping would."""
    async with database.writing() as transaction:
        await transaction.execute(text("ANALYZE"))


def _claim(number: int) -> dict[Table, dict[str, Any]]:
    claim_id, at = f"clm_{number:020x}", NOW - timedelta(seconds=number)
    attachment_id, sha256 = f"att_{number:020x}", secrets.token_hex(32)
    invoice = f"{24_400_000_000_000_000_000 + number * 7}"
    employee = f"usr_{number % 500}"
    return {
        CLAIMS: {
            "id": claim_id, "submitter_id": employee, "department_id": _department(number),
            "category": "office", "note": "", "on_day": "2026-11-20", "status": "approved",
            "origin": "automatic", "suggestion": "approve", "stage": "full", "risk": 10,
            "kind": "digital_invoice", "tier": "clean", "version": 2, "round": 1, "attempts": 1,
            "queued_at": at, "created_at": at, "updated_at": at, "decided_at": at,
        },
        ATTACHMENTS: {
            "id": attachment_id, "claim_id": claim_id, "round": 1, "position": 0, "name": "a.png",
            "sha256": sha256, "bytes": 100_000, "media": "png",
        },
        READINGS: {
            "attachment_id": attachment_id, "reader": "quick-1", "files": "x" * 3_000,
            "pictures": "[]", "took_ms": 1_000, "created_at": at,
        },
        DECISIONS: {
            "claim_id": claim_id, "round": 1, "outcome": "approve", "applied": "approved",
            "stage": "full", "policy": "sha256:0", "reader": "quick-1", "inputs_sha256": "0" * 64,
            "inputs": "x" * 500, "facts": "x" * 2_000, "decision": "x" * 1_000,
            "executor": "exe_0", "created_at": at,
        },
        INVOICES: {
            "id": f"inv_{number:020x}", "claim_id": claim_id, "attachment_id": attachment_id,
            "file_at": 0, "reading_at": 0, "kind": "digital_invoice", "number": invoice,
            "day": "2026-11-18", "sha256": sha256, "employee_id": employee, "live": True,
            "seller_tax_id": f"91330106MA2{number % 3_000:05d}", "created_at": at,
        },
        IDENTITIES: {
            "key": f"number:{invoice}", "place": 0, "claim_id": claim_id,
            "invoice_id": f"inv_{number:020x}",
        },
        NOTICES: {
            "id": f"ntc_{number:020x}", "key": f"{claim_id}:told", "user_id": employee,
            "kind": "claim.approved", "subject": claim_id, "turn": 1, "detail": "{}",
            "created_at": at, "spread_at": at,
        },
    }  # fmt: skip


def _review(number: int) -> dict[str, Any]:
    at = NOW - timedelta(seconds=number)
    return {
        "id": f"rev_{number:020x}", "claim_id": f"clm_{number:020x}", "purpose": "decide",
        "status": "open", "submitter_id": f"usr_{number % 500}", "risk": number % 100,
        "department_id": _department(number), "category": "office", "reason": "", "version": 1,
        "created_at": at, "due_at": at + timedelta(days=3),
    }  # fmt: skip


def _department(number: int) -> str:
    return f"dep_{number % DEPARTMENTS}"
