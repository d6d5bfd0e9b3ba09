"""The call log: every acknowledged record is there once, whatever happens to process and disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from tests.resources.postgres import postgres
from yuepi.access.keys import Key
from yuepi.engines.contract import Usage
from yuepi.gateway import call_log
from yuepi.gateway.budget import Budgets
from yuepi.gateway.call_log import CallLog, CallRecord, keeps_contents
from yuepi.kit.database import Database
from yuepi.kit.errors import BadUsage, Unavailable
from yuepi.kit.sealing import SealBroken, Sealer

__all__ = ["postgres"]

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
KEY = Key(id="key_1", name="a")
SEALER = Sealer(bytes(range(32)))
FULL_RECORD = CallRecord(
    id="call_full",
    at=AT,
    tenant="acme",
    key_id="key_1",
    route="vision",
    deployment="qwen",
    model_version="v1",
    prompt_version="read@3",
    request_sha256="a" * 64,
    picture_sha256s=("b" * 64, "c" * 64),
    conversation="对话 1",
    queued_s=0.5,
    first_token_s=1.25,
    total_s=2.5,
    prompt_tokens=100,
    completion_tokens=20,
    cached_tokens=60,
    usage_estimated=True,
    cost=Decimal("0.000123456"),
    cache="miss",
    attempts=2,
    outcome="engine_broke",
)


class Desk:
    """A migrated database that can be broken: `errors` are raised by its next statements."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.errors: list[Exception] = []
        self.broken: Exception | None = None
        self.commits = 0
        event.listen(database.engine.sync_engine, "before_cursor_execute", self._before)
        event.listen(database.engine.sync_engine, "commit", self._committed)

    def _before(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT"):
            if self.broken is not None:
                raise self.broken
            if self.errors:
                raise self.errors.pop()

    def _committed(self, _connection: Any) -> None:
        self.commits += 1

    async def rows(self, query: str) -> list[Any]:
        async with self.database.reading() as connection:
            return list((await connection.execute(text(query))).all())


Story = Callable[[Callable[[Desk], Awaitable[None]]], None]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return migrated_sqlite(tmp_path / "yuepi.db")
    return migrated_postgres(request.getfixturevalue("postgres"))


@pytest.fixture
def story(url: str) -> Story:
    return story_at(url, Desk)


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("RETRY_S_MIN", 0.01), ("RETRY_S_MAX", 0.02), ("BATCH_WAIT_S", 0.02)):
        monkeypatch.setattr(call_log, name, seconds)


def record(at: int, **more: Any) -> CallRecord:
    return CallRecord(id=f"call_{at:05d}", at=AT + timedelta(seconds=at), **{"attempts": 1, **more})


# --- writing and reading -----------------------------------------------------------------------


def test_a_record_comes_back_whole(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        log = CallLog(desk.database)
        log.record(replace(FULL_RECORD))
        await log.flush()
        page = await log.page()
        assert page.records == [FULL_RECORD]
        assert page.cursor is None
        await log.close()

    story(tell)


def test_records_are_written_in_batches_without_flush(story: Story, short_waits: None) -> None:
    async def tell(desk: Desk) -> None:
        log = CallLog(desk.database)
        for at in range(450):
            log.record(record(at))
        assert log.written == 0
        while log.written < 450:
            await asyncio.sleep(0.005)
        assert desk.commits == 3
        log.record(record(450))
        while log.written < 451:
            await asyncio.sleep(0.005)
        await log.close()
        assert log.dropped == 0

    story(tell)


def test_calls_without_an_id_are_not_one_call(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        log = CallLog(desk.database)
        for _ in range(2):
            log.record(CallRecord(id="", at=AT))
        await log.close()
        assert await desk.rows("SELECT count(*) FROM calls") == [(2,)]

    story(tell)


def test_close_writes_what_is_left_and_takes_no_more(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        log = CallLog(desk.database)
        for at in range(500):
            log.record(record(at))
        await log.close()
        await log.close()
        assert await desk.rows("SELECT count(*) FROM calls") == [(500,)]
        with pytest.raises(Unavailable):
            log.ready()
        with pytest.raises(Unavailable):
            log.record(record(500))

    story(tell)


def test_pages_go_through_all_calls_once(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        log = CallLog(desk.database)
        for at in range(25):
            # Several in one moment: the id decides.
            log.record(record(at // 4, tenant="ab"[at % 2], outcome="done" if at % 3 else "x"))
            log._queue[-1].id = f"call_{at:05d}"
        await log.flush()
        seen, cursor = [], None
        while True:
            page = await log.page(rows_max=4, cursor=cursor)
            seen += page.records
            if (cursor := page.cursor) is None:
                break
        assert [each.id for each in seen] == [f"call_{at:05d}" for at in reversed(range(25))]
        mine = (await log.page(tenant="a", outcome="x")).records
        assert [each.id[-2:] for each in mine] == ["24", "18", "12", "06", "00"]
        some = await log.page(since=AT + timedelta(seconds=2), until=AT + timedelta(seconds=4))
        assert [each.id[-2:] for each in some.records] == [f"{at:02d}" for at in range(15, 7, -1)]
        for cursor in ("", "x", "eA==", "MjAyNi0wMS0wMSB4", "é"):
            with pytest.raises(BadUsage):
                await log.page(cursor=cursor)
        await log.close()

    story(tell)


def test_purge_takes_old_calls_with_their_contents(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yuepi.gateway.store.PURGE_ROWS_MAX", 7)

    async def tell(desk: Desk) -> None:
        log = CallLog(desk.database, content="always", sealer=SEALER)
        for at in range(20):
            log.record(record(at, content=b"x"))
        await log.flush()
        assert await log.purge(AT + timedelta(seconds=15)) == 15
        await log.close()
        assert len(await desk.rows("SELECT id FROM calls")) == 5
        assert len(await desk.rows("SELECT call_id FROM call_contents")) == 5

    story(tell)


# --- contents ----------------------------------------------------------------------------------


def test_contents_are_kept_sealed_or_not_at_all(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        with pytest.raises(ValueError, match="sealer"):
            CallLog(desk.database, content="always")
        never = CallLog(desk.database, sealer=SEALER)
        never.record(record(1, content=b"secret question"))
        await never.close()
        assert await desk.rows("SELECT * FROM call_contents") == []
        assert not await keeps_contents(desk.database)
        log = CallLog(desk.database, content="always", sealer=SEALER)
        log.record(record(2, tenant="acme", content=b"secret question"))
        log.record(record(3))
        await log.close()
        [(call_id, sealed)] = await desk.rows("SELECT call_id, sealed FROM call_contents")
        assert call_id == "call_00002"
        assert await keeps_contents(desk.database)
        assert b"secret" not in bytes(sealed)
        assert await log.content("call_00002", tenant="acme") == b"secret question"
        assert await log.content("call_00002", tenant="other") is None
        assert await log.content("call_00003") is None
        other = CallLog(desk.database, sealer=Sealer(bytes(32)))
        with pytest.raises(SealBroken, match="sealed with key"):
            await other.content("call_00002")
        with pytest.raises(Unavailable, match="content key"):
            await CallLog(desk.database).content("call_00002")

    story(tell)


# --- trouble -----------------------------------------------------------------------------------


def test_a_failed_write_is_tried_again_and_nothing_doubles(
    story: Story, short_waits: None, caplog: pytest.LogCaptureFixture
) -> None:
    async def tell(desk: Desk) -> None:
        budgets = Budgets(desk.database)
        log = CallLog(desk.database, budgets=budgets)
        desk.errors = [OSError("no space left on device"), OSError("read-only file system")]
        for at in range(30):
            log.record(record(at, cost=Decimal("0.1")))
            budgets.charge(KEY, Usage(1, 1), Decimal("0.1"))
        await log.flush()
        # Written again, as after a commit of which nobody knows whether it counted.
        for at in range(30):
            log.record(record(at, cost=Decimal("0.1")))
        budgets._unsaved[("key_1", budgets._account("key_1").month)] = budgets._account("key_1")
        await log.close()
        assert await desk.rows("SELECT count(*) FROM calls") == [(30,)]
        assert await Budgets(desk.database).spent(KEY) == 3
        assert (log.written, log.dropped, log.waiting) == (60, 0, 0)

    story(tell)
    assert "no space left" in caplog.text


def test_a_full_queue_closes_the_door_and_opens_it_again(story: Story, short_waits: None) -> None:
    async def tell(desk: Desk) -> None:
        log = CallLog(desk.database, queue_rows_max=20, running_max=5)
        desk.broken = OSError("no space left on device")
        for at in range(15):
            log.ready()
            log.record(record(at))
        with pytest.raises(Unavailable) as caught:
            log.ready()
        assert caught.value.http_status == 503
        await asyncio.sleep(0.1)
        # Calls that were running still find their place; then none.
        for at in range(15, 20):
            log.record(record(at))
        with pytest.raises(Unavailable):
            log.record(record(20))
        assert (log.waiting, log.written, log.dropped) == (20, 0, 1)
        desk.broken = None
        await log.flush()
        log.ready()
        await log.close()
        assert await desk.rows("SELECT count(*) FROM calls") == [(20,)]

    story(tell)


def test_waits_end_when_the_disk_stays_full(
    story: Story, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(call_log, "FLUSH_WAIT_S_MAX", 0.1)
    monkeypatch.setattr(call_log, "CLOSE_WAIT_S_MAX", 0.1)

    async def tell(desk: Desk) -> None:
        log = CallLog(desk.database)
        desk.broken = OSError("no space left on device")
        log.record(record(1))
        with pytest.raises(Unavailable, match="in time"):
            await log.flush()
        await log.close()
        assert log.dropped == 1

    story(tell)
    assert "1 calls could not be written" in caplog.text


def test_too_large_contents_fill_the_queue(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_log, "QUEUE_BYTES_MAX", 1000)

    async def tell(desk: Desk) -> None:
        log = CallLog(desk.database, content="always", sealer=SEALER)
        log.record(record(1, content=b"x" * 600))
        with pytest.raises(Unavailable):
            log.ready()
        with pytest.raises(Unavailable):
            log.record(record(2, content=b"x" * 600))
        await log.flush()
        log.ready()
        log.record(record(3, content=b"x" * 600))
        await log.close()

    story(tell)


def test_one_record_that_makes_no_sense_does_not_stop_the_others(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    async def tell(desk: Desk) -> None:
        log = CallLog(desk.database, content="always", sealer=SEALER)
        log.record(record(1, content=b"x"))
        log.record(record(2, cost=Decimal("NaN"), content=b"x"))
        log.record(replace(record(3, content=b"x"), at=datetime(2026, 1, 1)))  # noqa: DTZ001
        log.record(record(4))
        await log.close()
        assert (log.written, log.dropped) == (2, 2)
        assert await desk.rows("SELECT id FROM calls ORDER BY id") == [
            ("call_00001",),
            ("call_00004",),
        ]
        assert len(await desk.rows("SELECT call_id FROM call_contents")) == 1

    with caplog.at_level(logging.ERROR):
        story(tell)
    assert "call_00002" in caplog.text
    assert "call_00003" in caplog.text


def test_the_database_takes_what_clients_and_upstreams_write(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        log = CallLog(desk.database)
        for at, words in enumerate(("\0", "\ud800", "x" * 5000, "界" * 5000, "'; DROP TABLE x")):
            log.record(
                record(
                    at,
                    conversation=words,
                    route=words,
                    outcome=words,
                    tenant=words,
                    picture_sha256s=(words,),
                    prompt_tokens=10**30,
                    completion_tokens=-5,
                    attempts=10**30,
                    queued_s=float("nan"),
                    total_s=float("inf"),
                    first_token_s=float("nan"),
                    cost=Decimal("1E+30"),
                )
            )
        await log.close()
        assert (log.written, log.dropped) == (5, 0)

    story(tell)
