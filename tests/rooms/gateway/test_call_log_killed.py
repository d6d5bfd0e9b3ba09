"""What the call log has confirmed survives kill -9; and any record fits its row."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from tests.resources.databases import migrated_postgres, migrated_sqlite
from tests.resources.postgres import postgres
from yuepi.access.keys import Key
from yuepi.gateway.budget import Budgets
from yuepi.gateway.call_record import CallRecord, record_of, row_of
from yuepi.kit.database import open_database

__all__ = ["postgres"]

KILLED = """
import asyncio, sys
from datetime import UTC, datetime
from decimal import Decimal
from yuepi.access.keys import Key
from yuepi.engines.contract import Usage
from yuepi.gateway.budget import Budgets
from yuepi.gateway.call_log import CallLog, CallRecord
from yuepi.kit.database import open_database

async def main(url, run):
    database = open_database(url)
    budgets = Budgets(database)
    log = CallLog(database, budgets=budgets)
    key, at = Key(id="key_1", name="a"), 0
    while True:
        for _ in range(37):
            log.record(CallRecord(id=f"{run}-{at}", at=datetime.now(UTC), cost=Decimal("0.01")))
            budgets.charge(key, Usage(1, 1), Decimal("0.01"))
            at += 1
            if at % 5 == 0:
                await asyncio.sleep(0)
        await log.flush()
        print(at, flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return migrated_sqlite(tmp_path / "yuepi.db")
    return migrated_postgres(request.getfixturevalue("postgres"))


def test_what_was_flushed_survives_kill_9_once(url: str, tmp_path: Path) -> None:
    """Killed three times in full work: all acknowledged is there, and money fits the calls."""
    program = tmp_path / "killed.py"
    program.write_text(KILLED)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    acknowledged: dict[str, int] = {}
    for run, lines in (("one", 3), ("two", 11), ("three", 6)):
        process = subprocess.Popen(
            [sys.executable, program, url, run], stdout=subprocess.PIPE, env=environment
        )
        assert process.stdout is not None
        for _ in range(lines):
            acknowledged[run] = int(process.stdout.readline())
        process.kill()
        rest = process.stdout.read().split(b"\n")[:-1]
        acknowledged[run] = int(rest[-1]) if rest else acknowledged[run]
        process.wait()

    async def count() -> tuple[dict[str, set[int]], int, Decimal]:
        database = open_database(url)
        async with database.reading() as connection:
            ids = [row.id for row in await connection.execute(text("SELECT id FROM calls"))]
        found: dict[str, set[int]] = {run: set() for run in acknowledged}
        for each in ids:
            run, at = each.split("-")
            found[run].add(int(at))
        spent = await Budgets(database).spent(Key(id="key_1", name="a"))
        await database.close()
        return found, len(ids), spent

    found, rows, spent = asyncio.run(count())
    for run, many in acknowledged.items():
        assert many > 0
        assert set(range(many)) <= found[run]
    assert rows == sum(len(each) for each in found.values())
    # A charge and its record may fall into two batches, so money may be some calls ahead or behind.
    flushed = Decimal("0.01") * sum(acknowledged.values())
    assert flushed <= spent <= flushed + 3 * 37 * Decimal("0.01")


@given(st.text(max_size=300), st.integers(), st.floats(), st.decimals(0, 10**9, allow_nan=False))
def test_any_record_becomes_a_row(words: str, number: int, seconds: float, cost: Decimal) -> None:
    made = CallRecord(
        id=words,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        conversation=words,
        outcome=words,
        cached_tokens=number,
        total_s=seconds,
        cost=cost,
    )
    row = row_of(made)
    assert len(row["outcome"]) <= 64
    assert 0 <= row["cached_tokens"] < 2**63
    assert row["cost"] >= cost
    assert row_of(record_of(row)) == row
