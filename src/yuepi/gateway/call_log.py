"""The record of every call: taken at once, written in batches, never dropped silently.

`CallLog.record` puts a record in a queue; one task writes the queue, and the spending of
`Budgets`, in transactions of up to `BATCH_ROWS` records, at most `BATCH_WAIT_S` later. A failed
write is tried again while the queue holds; before it is full, `ready` raises `Unavailable` and
the gateway takes no new calls, so that the calls still running find room. What a crash can lose is
what `flush` has not confirmed: the last `BATCH_WAIT_S`.

Contents (questions and answers) are written only where the policy says so, sealed.
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final, Literal

from yuepi.gateway.budget import Budgets, Spending
from yuepi.gateway.call_record import CallRecord, cursor_at, fitting, place_of, record_of, row_of
from yuepi.gateway.store import CallTable
from yuepi.kit.database import Database, RowRefused
from yuepi.kit.errors import Unavailable
from yuepi.kit.sealing import Sealer

__all__ = ["CallLog", "CallPage", "CallRecord", "ContentPolicy", "keeps_contents"]

LOG = logging.getLogger(__name__)

BATCH_ROWS: Final = 200
BATCH_WAIT_S: Final = 0.2
QUEUE_ROWS_MAX: Final = 10_000
QUEUE_BYTES_MAX: Final = 64 * 1024 * 1024
RUNNING_MAX: Final = 1_000
"""From this many free places down no new calls are taken: those running still need them."""
RETRY_S_MIN: Final = 0.1
RETRY_S_MAX: Final = 5.0
FLUSH_WAIT_S_MAX: Final = 30.0
REFUSALS_S: Final = 1.0
REFUSALS_MAX: Final = 10_000
CLOSE_WAIT_S_MAX: Final = 10.0
PAGE_ROWS_MAX: Final = 1_000

ContentPolicy = Literal["never", "always"]


@dataclass(frozen=True, slots=True)
class CallPage:
    """Some calls, the newest first; `cursor` asks for those behind them, None: there are none."""

    records: list[CallRecord]
    cursor: str | None


async def keeps_contents(database: Database) -> bool:
    """Whether there are sealed contents of calls: only the key of then opens them."""
    return await CallTable(database).has_contents()


class CallLog:
    """Takes and writes the records of all calls. Belongs to one event loop; `close` it."""

    def __init__(
        self,
        database: Database,
        *,
        budgets: Budgets | None = None,
        content: ContentPolicy = "never",
        sealer: Sealer | None = None,
        queue_rows_max: int = QUEUE_ROWS_MAX,
        running_max: int = RUNNING_MAX,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        if content == "always" and sealer is None:
            raise ValueError("contents are kept sealed or not at all: a sealer is needed")
        self._table = CallTable(database)
        self._budgets = budgets
        self._sealer = sealer
        self._keeps_content = content == "always"
        self._rows_max = queue_rows_max
        self._rows_ready = max(1, queue_rows_max - running_max)
        self._queue: deque[CallRecord] = deque()
        self._queue_bytes = 0
        self._work = asyncio.Event()
        self._hurry = asyncio.Event()
        self._flushes: list[asyncio.Future[None]] = []
        self._taken: list[asyncio.Future[None]] = []
        self._refusals: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self.written = 0
        self.left_out = 0
        """Refused calls that have no row of their own: see `record`."""
        self.dropped = 0
        """Records that were lost: refused by `record`, or not written before `close` gave up."""
        if budgets is not None:
            budgets.charged = self._wake

    @property
    def waiting(self) -> int:
        """Records that are not written yet."""
        return len(self._queue)

    def ready(self) -> None:
        """Raises `Unavailable` when no new call should be taken, for want of room to record it."""
        full = len(self._queue) >= self._rows_ready or self._queue_bytes >= QUEUE_BYTES_MAX // 2
        if full or self._closing:
            raise _full()

    def record(self, record: CallRecord) -> None:
        """Take a record; it is written soon. Raises `Unavailable` when there is no more room.

        Of calls refused before any backend was asked, one for each key and code is written every
        `REFUSALS_S`, the others are counted: who asks on and on beyond a limit fills no disk.
        """
        if self._is_repeated_refusal(record):
            self.left_out += 1
            return
        size = 0
        if record.content is not None:
            if self._keeps_content:
                size = len(record.content)
            else:
                record.content = None
        no_room = len(self._queue) >= self._rows_max or self._queue_bytes + size > QUEUE_BYTES_MAX
        if no_room or self._closing:
            self.dropped += 1
            LOG.error("the record of call %s is lost: the call log is full or closed", record.id)
            raise _full()
        if not record.id:
            # The id decides whether a call is written already: two must never share one.
            record.id = f"call_{secrets.token_hex(12)}"
        self._queue.append(record)
        self._queue_bytes += size
        self._wake()

    def _is_repeated_refusal(self, record: CallRecord) -> bool:
        answered = record.attempts > 0 or record.cache in ("hit", "joined")
        if answered or record.outcome in ("done", "cancelled"):
            return False
        kind = (record.key_id, record.outcome)
        now_s = self._monotonic()
        last_s = self._refusals.get(kind)
        if last_s is not None and now_s - last_s < REFUSALS_S:
            return True
        self._refusals[kind] = now_s
        self._refusals.move_to_end(kind)
        if len(self._refusals) > REFUSALS_MAX:
            self._refusals.popitem(last=False)
        return False

    async def flush(self) -> None:
        """Wait until all that was recorded and charged before is written to the disk.

        Raises `Unavailable` when that does not succeed within `FLUSH_WAIT_S_MAX`.
        """
        done = asyncio.get_running_loop().create_future()
        self._flushes.append(done)
        self._wake()
        self._hurry.set()
        try:
            await asyncio.wait_for(done, FLUSH_WAIT_S_MAX)
        except TimeoutError:
            raise _unwritten() from None

    async def close(self) -> None:
        """Write what is left, then stop; what cannot be written in time is counted and logged."""
        self._closing = True
        if self._task is None:
            return
        self._wake()
        self._hurry.set()
        await asyncio.wait([self._task], timeout=CLOSE_WAIT_S_MAX)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])
            self.dropped += len(self._queue)
            LOG.error("%d calls could not be written before the end", len(self._queue))
        self._task = None

    # --- reading -------------------------------------------------------------------------------

    async def page(
        self,
        *,
        tenant: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        outcome: str | None = None,
        rows_max: int = 100,
        cursor: str | None = None,
    ) -> CallPage:
        """Calls that came from `since` on and before `until`, the newest first.

        tenant: None only for who may see all. Raises `BadUsage` for a cursor that is none.
        """
        rows_max = min(max(1, rows_max), PAGE_ROWS_MAX)
        rows = await self._table.page(
            tenant=tenant,
            since=since,
            until=until,
            outcome=outcome,
            after=None if cursor is None else place_of(cursor),
            rows_max=rows_max + 1,
        )
        records = [record_of(row) for row in rows[:rows_max]]
        more = len(rows) > rows_max
        return CallPage(records, cursor_at(records[-1]) if more else None)

    async def find(self, call_id: str) -> CallRecord | None:
        """One call, without its content; only for who may see all. None: there is none."""
        row = await self._table.row(call_id)
        return None if row is None else record_of(row)

    async def content(self, call_id: str, *, tenant: str | None = None) -> bytes | None:
        """What a call asked and answered; None where it was not kept. Raises `SealBroken`."""
        sealed = await self._table.content(call_id, tenant)
        if sealed is None:
            return None
        if self._sealer is None:
            raise Unavailable(
                "contents of calls are sealed and no content key is set",
                remedy="set the content key that was in use then",
                code="content_key_unavailable",
            )
        return await asyncio.to_thread(self._sealer.unseal, sealed, associated=_owner(call_id))

    async def purge(self, before: datetime) -> int:
        """Delete calls that came before a moment, with their contents; how many there were."""
        return await self._table.purge(before)

    # --- writing -------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._work.set()
        if len(self._queue) >= BATCH_ROWS:
            self._hurry.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
            self._task.add_done_callback(_ended)

    async def _run(self) -> None:
        """Write, until closed and nothing is left."""
        try:
            await self._write_on()
        finally:
            # Where it broke off nobody tells those who wait any more.
            flushes, self._flushes = self._flushes, []
            _fail(self._taken + flushes)
            self._taken = []

    async def _write_on(self) -> None:
        while True:
            if not self._work.is_set() and self._closing:
                return
            await self._work.wait()
            if not (self._hurry.is_set() or self._closing):
                await _either(self._hurry, BATCH_WAIT_S)
            self._work.clear()
            self._hurry.clear()
            self._taken, self._flushes = self._flushes, []
            # Those that stand here now; what comes meanwhile is the next round's.
            for _ in range(max(1, math.ceil(len(self._queue) / BATCH_ROWS))):
                await self._write_batch()
            taken, self._taken = self._taken, []
            for done in taken:
                if not done.done():
                    done.set_result(None)

    async def _write_batch(self) -> None:
        """Write the oldest records and all spending; returns when they are written."""
        batch = list(islice(self._queue, BATCH_ROWS))
        calls, contents = await self._rows(batch)
        pause_s = RETRY_S_MIN
        while True:
            spending = [] if self._budgets is None else self._budgets.unsaved()
            if not (calls or spending):
                break
            try:
                await self._write(calls, contents, spending)
                break
            except Unavailable as error:
                LOG.warning("%d calls wait to be written: %s", len(self._queue), error)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, RETRY_S_MAX)
        # Only now: until it is written, a record takes its place in the queue.
        for record in batch:
            self._queue.popleft()
            self._queue_bytes -= len(record.content or b"")

    async def _write(
        self, calls: list[dict[str, Any]], contents: list[dict[str, Any]], spending: list[Spending]
    ) -> None:
        rows = [asdict(each) for each in spending]
        try:
            await self._table.write(calls, contents, rows)
            self.written += len(calls)
        except RowRefused:
            # One bad record must not stop all: alone, each shows whether it is the one.
            await self._write_singly(calls, contents, rows)
        if self._budgets is not None:
            self._budgets.saved(spending)

    async def _write_singly(
        self, calls: list[dict[str, Any]], contents: list[dict[str, Any]], spending: Sequence[Any]
    ) -> None:
        await self._table.write([], [], spending)
        for call in calls:
            own = [each for each in contents if each["call_id"] == call["id"]]
            try:
                await self._table.write([call], own, [])
                self.written += 1
            except RowRefused:
                self.dropped += 1
                LOG.exception("the record of call %s cannot be written: %r", call["id"], call)

    async def _rows(
        self, batch: list[CallRecord]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        calls = []
        for record in batch:
            try:
                calls.append(row_of(record))
            except (ValueError, TypeError, ArithmeticError, AttributeError):
                self.dropped += 1
                LOG.exception("the record of a call makes no sense: %r", record)
        known = {call["id"] for call in calls}
        kept = [each for each in batch if each.content is not None and each.id in known]
        return calls, await asyncio.to_thread(self._sealed, kept) if kept else []

    def _sealed(self, records: list[CallRecord]) -> list[dict[str, Any]]:
        assert self._sealer is not None  # noqa: S101 - `__init__` made sure, for the type checker
        return [
            {
                "call_id": (call_id := fitting("id", record.id)),
                "sealed": self._sealer.seal(record.content or b"", associated=_owner(call_id)),
            }
            for record in records
        ]


def _full() -> Unavailable:
    return Unavailable(
        "calls cannot be recorded at the moment, so none are taken",
        remedy="see that the database works and its disk has room, then try again",
        code="call_log_unavailable",
    )


def _unwritten() -> Unavailable:
    return Unavailable(
        "calls could not be written in time",
        remedy="see that the database works and its disk has room",
        code="call_log_unavailable",
    )


def _fail(flushes: Sequence[asyncio.Future[None]]) -> None:
    for done in flushes:
        if not done.done():
            done.set_exception(_unwritten())


def _owner(call_id: str) -> bytes:
    return b"call " + call_id.encode()


def _ended(task: asyncio.Task[None]) -> None:
    """Tells why the writer broke off; the next record starts it anew."""
    if not task.cancelled() and (error := task.exception()) is not None:
        LOG.error("writing calls broke off", exc_info=error)


async def _either(event: asyncio.Event, wait_s: float) -> None:
    """Until the event, or so long."""
    try:
        await asyncio.wait_for(event.wait(), wait_s)
    except TimeoutError:
        return
