"""The call log's writer: told when it breaks off, and not to be flooded with refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.resources.databases import migrated_sqlite, story_at
from yuepi.gateway.call_log import CallLog, CallRecord
from yuepi.kit.database import Database
from yuepi.kit.errors import Unavailable

_RECORD = CallRecord(
    id="call_full",
    at=datetime(2026, 3, 1, 8, tzinfo=UTC),
    key_id="key_1",
    attempts=1,
)
Story = Callable[[Callable[[Database], Awaitable[None]]], None]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return story_at(migrated_sqlite(tmp_path / "yuepi.db"), lambda database: database)


def test_who_waits_is_told_at_once_when_the_writer_breaks_off(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell(database: Database) -> None:
        log = CallLog(database)

        async def broken(*_: Any) -> None:
            raise RuntimeError("a fault of ours")

        with monkeypatch.context() as patch:
            patch.setattr(log._table, "write", broken)
            log.record(replace(_RECORD, id="call_1"))
            with pytest.raises(Unavailable):
                await asyncio.wait_for(log.flush(), 5)
        await log.flush()
        assert (log.written, log.waiting) == (1, 0)
        await log.close()

    story(tell)


def test_refusals_of_one_kind_take_one_row_a_second(story: Story) -> None:
    async def tell(database: Database) -> None:
        now = [0.0]
        log = CallLog(database, monotonic=lambda: now[0])
        refused = replace(_RECORD, id="", attempts=0, cache="off", outcome="rate_limit_exceeded")
        for _ in range(500):
            log.record(replace(refused))
        log.record(replace(refused, outcome="insufficient_quota"))
        log.record(replace(refused, key_id="key_2"))
        now[0] += 1.0
        log.record(replace(refused))
        # What was done or tried is always there.
        for _ in range(3):
            log.record(replace(refused, cache="hit", outcome="done"))
            log.record(replace(refused, attempts=1, outcome="engine_broke"))
        await log.flush()
        assert (log.written, log.left_out, log.dropped) == (4 + 6, 499, 0)
        await log.close()

    story(tell)
