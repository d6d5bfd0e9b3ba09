"""A worker that does nothing, for the benchmark's baseline: a plain DBOS workflow of no-op steps,
with the same engine, concurrency and polling as a real worker has."""

from __future__ import annotations

import asyncio
import os
from multiprocessing.connection import Connection
from pathlib import Path

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions

from yuepi.approvals.store.durable import durable_engine
from yuepi.approvals.workflow.queue import POLL_S
from yuepi.kit.database import open_database

QUEUE = "noop"
NAME = "noop-claims"
OPTIONS: EnqueueOptions = {"workflow_name": QUEUE, "queue_name": QUEUE, "app_version": "1"}


async def no_op(number: int) -> int:
    return number


def hand_in(url: str, file: Path, count: int) -> None:
    """Put that many into the queue; a worker must have made its tables before."""
    engine = durable_engine(open_database(url), file)
    client = DBOSClient(system_database_engine=engine, application_name=NAME, lazy=True)
    with engine.begin() as connection:
        for number in range(count):
            client.enqueue_in_transaction(
                connection,
                {"workflow_name": QUEUE, "queue_name": QUEUE, "app_version": "1"},
                number,
            )
    engine.dispose()


def main(url: str, file: Path, steps: int, at_once: int, told: Connection) -> None:
    """Run what is in the queue until killed."""

    async def run() -> None:
        engine = durable_engine(open_database(url), file)
        config: DBOSConfig = {
            "name": NAME,
            "system_database_engine": engine,
            "application_version": "1",
            "executor_id": f"noop-{os.getpid()}",
            "log_level": "ERROR",
            "use_listen_notify": False,
        }
        DBOS(config=config)

        @DBOS.workflow(name=QUEUE, max_recovery_attempts=None)
        async def noop(number: int) -> int:
            for at in range(steps):
                await DBOS.run_step_async({"name": f"step {at}"}, no_op, number)
            return number

        DBOS.launch()
        await DBOS.register_queue_async(
            QUEUE,
            worker_concurrency=at_once,
            polling_interval_sec=POLL_S,
            on_conflict="always_update",
        )
        told.send("ready")
        await asyncio.Event().wait()

    asyncio.run(run())
