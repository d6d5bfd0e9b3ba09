"""The queue of claims, which DBOS keeps: hand over, run, put back, forget.

The only module that calls DBOS. There is one `Queue` in a process, for DBOS is global to it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, WorkflowSerializationFormat

from yuepi.approvals.store.durable import durable_engine, queue_errors
from yuepi.kit.database import Database

LOG = logging.getLogger(__name__)

APPLICATION: Final = "yuepi"
VERSION: Final = "claims-1"
"""Pinned: work of another version is never picked up. The story has no steps of DBOS's, so that
new code can always go on with old work, and this need never change."""
QUEUE_NAME: Final = "claims"
STORY_NAME: Final = "run_claim"

POLL_S: Final = 0.1
STOP_S_MAX: Final = 3
PENDING_MAX: Final = 1_000
"""How much running work is looked at in one pass; all workers together run less."""
FINISHED: Final = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

_ROUND: Final = re.compile(r"\.r(\d+)$")
T = TypeVar("T")

Run = Callable[[str, int], Awaitable[str]]
"""The story: claim id and round in, one word about the end out. It never raises."""


def work_id(claim_id: str, round_: int) -> str:
    """The id of one claim's round as work: `CLAIM`, or `CLAIM.rN` from the second round on."""
    return claim_id if round_ == 1 else f"{claim_id}.r{round_}"


@dataclass(frozen=True, slots=True)
class Work:
    """What some process has begun, or had begun when it died."""

    id: str
    executor_id: str


class Queue:
    """`open` it before anything else; `drain` and `close` it at the end.

    executor_id: of this process, never used before. at_once: how many claims run here together.
    Everything that asks the database raises `Unavailable` when it is away.
    """

    def __init__(self, database: Database, file: Path, executor_id: str, *, at_once: int) -> None:
        self.executor_id: Final = executor_id
        self._file = file if database.dialect == "sqlite" else None
        if self._file is not None:
            os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600))
        self._engine = durable_engine(database, file)
        self._at_once = at_once
        self._inode = self._seen_inode()
        self._client: DBOSClient | None = None

    async def open(self, run: Run) -> None:
        """Make or bring up the queue's tables, and begin to run what is in it on this event loop.

        Blocks the loop for some tenths of a second, for DBOS must be launched on it.
        """
        _quiet_logging()
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_engine": self._engine,
            "dbos_system_schema": "dbos",
            "application_version": VERSION,
            "executor_id": self.executor_id,
            "log_level": "WARNING",
            "enable_otlp": False,
            # No work here waits for messages or events: nothing to listen for.
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": 0.25,
            "scheduler_polling_interval_sec": 3_600.0,
        }
        DBOS(config=config)

        @DBOS.workflow(
            name=STORY_NAME,
            max_recovery_attempts=None,  # attempts are counted in our own table
            serialization_type=WorkflowSerializationFormat.PORTABLE,
        )
        async def run_claim(claim_id: str, round_: int) -> str:
            return await run(claim_id, round_)

        try:
            with queue_errors():
                await self._launch()
        except BaseException:
            await self.drain(0)
            raise
        self._client = DBOSClient(
            system_database_engine=self._engine,
            application_name=APPLICATION,
            lazy=True,
            retry_connection_errors=False,
        )

    async def _launch(self) -> None:
        DBOS.launch()
        _fail_rather_than_wait()
        await DBOS.register_queue_async(
            QUEUE_NAME,
            worker_concurrency=self._at_once,
            polling_interval_sec=POLL_S,
            on_conflict="always_update",
        )

    async def drain(self, wait_s_max: int) -> None:
        """Take nothing more, let what runs here end, at most so long; then stop."""
        loop = asyncio.get_running_loop()
        apart = ThreadPoolExecutor(1, "drain")
        ended = loop.run_in_executor(
            apart,
            lambda: DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=wait_s_max),
        )
        # DBOS counts by the wall clock, which may jump; and some of its threads may be stuck.
        await asyncio.wait({ended}, timeout=wait_s_max + STOP_S_MAX)
        apart.shutdown(wait=False)
        # DBOS had put its own threads under the whole loop, and has shut them down.
        loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="asyncio"))

    async def close(self) -> None:
        """Give the connections back. What still runs is left as it is."""
        self._client = None
        await asyncio.to_thread(self._engine.dispose)

    # --- asking --------------------------------------------------------------------------------

    async def hand_over(self, works: Sequence[tuple[str, int]]) -> None:
        """Put these rounds of claims (id, round) into the queue, in one transaction.

        What is in it already stays as it is; what ended there begins anew.
        """
        ids = [work_id(*work) for work in works]

        def hand(client: DBOSClient) -> None:
            ended = client.list_workflows(
                workflow_ids=ids, status=list(FINISHED), load_input=False, load_output=False
            )
            if ended:
                client.delete_workflows([each.workflow_id for each in ended])
            with self._engine.begin() as connection:
                for id_, (claim_id, round_) in zip(ids, works, strict=True):
                    client.enqueue_in_transaction(connection, _options(id_), claim_id, round_)

        if works:
            await self._ask(hand)

    async def unfinished(self, ids: Sequence[str]) -> frozenset[str]:
        """Which of these the queue still has before it or is at."""

        def find(client: DBOSClient) -> frozenset[str]:
            found = client.list_workflows(
                workflow_ids=list(ids), load_input=False, load_output=False
            )
            return frozenset(each.workflow_id for each in found if each.status not in FINISHED)

        return await self._ask(find) if ids else frozenset()

    async def begun(self) -> list[Work]:
        """All work that some process is at, or was when it died."""

        def find(client: DBOSClient) -> list[Work]:
            found = client.list_workflows(
                status="PENDING", load_input=False, load_output=False, limit=PENDING_MAX
            )
            return [Work(each.workflow_id, each.executor_id or "") for each in found]

        return await self._ask(find)

    async def put_back(self, ids: Sequence[str]) -> None:
        """Let another process begin these again; what has ended meanwhile stays ended."""
        if ids:
            await self._ask(lambda c: c.resume_workflows(list(ids), queue_name=QUEUE_NAME) and None)

    async def forget_ended(self, rows_max: int, older_s: float) -> int:
        """Delete rows of work that ended so long ago; how many. Our tables are the truth."""
        before = (datetime.now(UTC) - timedelta(seconds=older_s)).isoformat()

        def forget(client: DBOSClient) -> int:
            ended = client.list_workflows(
                status=list(FINISHED),
                completed_before=before,
                limit=rows_max,
                load_input=False,
                load_output=False,
            )
            # In one order everywhere, so that two processes never wait for each other.
            ids = sorted(each.workflow_id for each in ended)
            if ids:
                client.delete_workflows(ids)
            return len(ids)

        return await self._ask(forget)

    def is_ours(self) -> bool:
        """Whether the queue's file is still the one that was opened: not deleted or replaced."""
        return self._seen_inode() == self._inode

    def _seen_inode(self) -> int | None:
        if self._file is None:
            return None
        try:
            return self._file.stat().st_ino
        except FileNotFoundError:
            return 0

    async def _ask(self, call: Callable[[DBOSClient], T]) -> T:
        client = self._client
        if client is None:
            raise RuntimeError("the queue is not open")

        def asked() -> T:
            with queue_errors():
                return call(client)

        return await asyncio.to_thread(asked)


def _options(id_: str) -> EnqueueOptions:
    return {
        "workflow_name": STORY_NAME,
        "queue_name": QUEUE_NAME,
        "workflow_id": id_,
        "app_version": VERSION,
        "serialization_type": WorkflowSerializationFormat.PORTABLE,
    }


def _fail_rather_than_wait() -> None:
    """Let DBOS's calls fail when the database is away, instead of sleeping up to a minute more.

    Work whose end could not be written stays begun, and the watcher puts it back within seconds;
    a sleeping call would hold its place in this process long after the database is there again.
    `DBOSClient` has this as an option, DBOS itself has not (3.4.0).
    """
    from dbos._dbos import _get_dbos_instance

    system: Any = _get_dbos_instance()._sys_db
    if not hasattr(system, "_retry_connection_errors"):
        raise RuntimeError("this version of dbos is not the one that was tried: 3.4.0")
    system._retry_connection_errors = False


def _quiet_logging() -> None:
    """DBOS's log goes where ours goes, warnings and worse; it would print to the console itself."""
    logger = logging.getLogger("dbos")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.addHandler(logging.NullHandler())
    logger.propagate = True
    if not any(isinstance(each, _OnceInAWhile) for each in logger.filters):
        logger.addFilter(_OnceInAWhile())


class _OnceInAWhile(logging.Filter):
    """Lets each line through once in `AGAIN_S`, in one line: DBOS tells ten times a second that
    the database is away, with the driver's whole story."""

    AGAIN_S: Final = 30.0
    LINES_MAX: Final = 100

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        line = (record.getMessage().strip().splitlines() or [""])[0]
        now_s = time.monotonic()
        if now_s - self._said.get(line[:80], -self.AGAIN_S) < self.AGAIN_S:
            return False
        if len(self._said) >= self.LINES_MAX:
            self._said.clear()
        self._said[line[:80]] = now_s
        record.msg, record.args = line, ()
        record.exc_info = record.exc_text = None
        return True
