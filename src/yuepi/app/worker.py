"""A worker: one process that takes claims from the queue and tells their story to the end.

Beside the claims it runs what keeps the desk going: the sweeper and the watcher of
`approvals.workflow`, and whatever endless tasks it is given (deliveries, deadlines, the steady
clock, roots of the record). Any number of workers may share one database.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from yuepi import __version__
from yuepi.app.kept_going import Task, kept_going
from yuepi.approvals.workflow.executors import EXIT_TAKEN_OVER, Executor
from yuepi.approvals.workflow.queue import Queue
from yuepi.approvals.workflow.story import Steps, Story
from yuepi.approvals.workflow.sweeper import Sweeper
from yuepi.approvals.workflow.takeover import LOOK_S, Watcher
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database
from yuepi.kit.errors import Unavailable

LOG = logging.getLogger(__name__)

QUEUE_FILE: Final = "dbos.db"
"""In the data folder: the queue of a SQLite desk."""
AWAY_S: Final = 0.5
AWAY_S_MAX: Final = 5.0
LEAVE_S_MAX: Final = 6
"""What of the time to drain is kept for the rest."""
QUEUE_LOOK_S: Final = 1.0
LOOKS_IN_LEASE: Final = 10


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What a worker works with. queue_file: where a SQLite desk keeps its queue (on PostgreSQL it
    is not made). beside: endless tasks by name, begun again when they fail."""

    database: Database
    steps: Steps
    queue_file: Path
    beside: Mapping[str, Task] = field(default_factory=dict)
    clock: Callable[[], datetime] = utc_now


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """claims_at_once: how many stories are told together; files are read one by one all the same.
    lease_s: how long a worker may show no sign of life before its work is taken over. pulse_s: how
    often it shows one, some times within the lease. drain_s_max: how long what was begun may take
    to end when the worker is told to stop."""

    claims_at_once: int = 4
    lease_s: float = 15.0
    pulse_s: float = 1.0
    drain_s_max: int = 30


async def run_worker(
    parts: WorkerParts,
    options: WorkerOptions,
    stop: asyncio.Event,
    *,
    ready: Callable[[str], None] = lambda executor_id: None,
) -> int:
    """Work until `stop` is set, then let what was begun end; the process's exit code.

    A database that is away is waited for, at the start and at any time after it. 0: it was told
    to stop. `EXIT_TAKEN_OVER`: the queue's file is another one, and a new process must open it.
    ready: called with this executor's id when work can come.
    """
    executor, story, queue = await _opened(parts, options, stop)
    if executor is None or story is None or queue is None:
        return 0
    watcher = Watcher(
        parts.database,
        queue,
        executor,
        story.running,
        lease_s=options.lease_s,
        look_s=min(LOOK_S, options.lease_s / LOOKS_IN_LEASE),
    )
    sweeper = Sweeper(parts.database, queue, clock=parts.clock)
    taking = [
        asyncio.create_task(kept_going("the sweeper", sweeper.run)),
        asyncio.create_task(kept_going("the watcher", watcher.run)),
    ]
    beside = [asyncio.create_task(kept_going(name, task)) for name, task in parts.beside.items()]
    LOG.info("worker %s is ready", executor.id)
    ready(executor.id)
    replaced = await _until_stopped(stop, queue)
    LOG.info("worker %s takes no more claims", executor.id)
    await _ended(taking)
    await queue.drain(max(1, options.drain_s_max - LEAVE_S_MAX))
    await _ended(beside)
    await queue.close()
    left = story.running()
    if left:
        LOG.warning("%d claims were not done in time; others go on with them", len(left))
    try:
        await executor.leave()
    except Unavailable as error:
        # Its pulse stands still now, so that it is found all the same.
        LOG.warning("worker %s could not say that it ends: %s", executor.id, error)
    return EXIT_TAKEN_OVER if replaced else 0


async def _opened(
    parts: WorkerParts, options: WorkerOptions, stop: asyncio.Event
) -> tuple[Executor, Story, Queue] | tuple[None, None, None]:
    """The executor in its place and the queue open; Nones where it was stopped before that."""
    wait_s = AWAY_S
    while not stop.is_set():
        executor = Executor(
            parts.database, version=__version__, clock=parts.clock, pulse_s=options.pulse_s
        )
        story = Story(parts.steps, executor.id)
        queue: Queue | None = None
        try:
            await executor.join()
            queue = Queue(
                parts.database, parts.queue_file, executor.id, at_once=options.claims_at_once
            )
            await queue.open(story.run_claim)
            return executor, story, queue
        except Unavailable as error:
            LOG.warning("the worker waits: %s (%s)", error, error.remedy)
            executor.hush()
            if queue is not None:
                await queue.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait_s)
        wait_s = min(wait_s * 2, AWAY_S_MAX)
    return None, None, None


async def _until_stopped(stop: asyncio.Event, queue: Queue) -> bool:
    """Wait to be told to stop; True where the queue's file was taken away instead."""
    while not stop.is_set():
        if not queue.is_ours():
            LOG.error("the queue's file was deleted or replaced: this worker begins anew")
            return True
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), QUEUE_LOOK_S)
    return False


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


# --- the process ---------------------------------------------------------------------------------


def hold_process(
    opened: Callable[[], AbstractAsyncContextManager[WorkerParts]],
    options: WorkerOptions,
    *,
    ready: Callable[[str], None] = lambda executor_id: None,
    parent_pipe: int | None = None,
) -> NoReturn:
    """Be a worker until SIGTERM or SIGINT, then end the process.

    A database that is away when it starts is waited for. Raises whatever else `opened` raises.

    parent_pipe: a file descriptor that its parent keeps open; when it closes, however the parent
    ended, the worker is told to stop, and is gone in its time whatever it is doing.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        code = runner.run(_held(opened, options, ready, parent_pipe))
        _end(code)


def _loop_factory() -> Callable[[], Any] | None:
    """uvloop where there is one: a claim is many small waits, and costs a fifth less there."""
    if sys.platform == "win32":
        return None
    import uvloop

    factory: Callable[[], Any] = uvloop.new_event_loop
    return factory


def _end(code: int) -> NoReturn:
    # All is written and closed. What is left are threads in the middle of reading a file, which
    # nothing can stop: the file is read again by whoever goes on with its claim.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


async def _held(
    opened: Callable[[], AbstractAsyncContextManager[WorkerParts]],
    options: WorkerOptions,
    ready: Callable[[str], None],
    parent_pipe: int | None,
) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if parent_pipe is not None:
        end_s = options.drain_s_max + LEAVE_S_MAX
        threading.Thread(
            target=_outlive, args=(parent_pipe, loop, stop, end_s), name="parent", daemon=True
        ).start()
    wait_s = AWAY_S
    while not stop.is_set():
        async with AsyncExitStack() as stack:
            try:
                parts = await stack.enter_async_context(opened())
            except Unavailable as error:
                LOG.warning("the worker waits: %s (%s)", error, error.remedy)
            else:
                return await run_worker(parts, options, stop, ready=ready)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait_s)
        wait_s = min(wait_s * 2, AWAY_S_MAX)
    return 0


def _outlive(pipe: int, loop: asyncio.AbstractEventLoop, stop: asyncio.Event, end_s: int) -> None:
    """Wait for the parent's end of the pipe to close, then stop: in order, or hard in the end."""
    with suppress(OSError):
        while os.read(pipe, 1):
            pass
    with suppress(RuntimeError):  # the loop is closed: it has stopped already
        loop.call_soon_threadsafe(stop.set)
    time.sleep(end_s)
    os._exit(EXIT_TAKEN_OVER)
