"""What a claim costs without its reading: throughput, growth, and the review queue's first page.

    python -m benchmarks claims [--claims N] [--databases sqlite,postgres]

Two workers each, on SQLite and PostgreSQL, both with full sync. Beside it, in the same run and the
same setting: plain DBOS workflows of three no-op steps and of none, so that ratios can be told. The
reader gives its answer at once; everything else is the real thing, the audit record, duplicates,
notices and their delivery included.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import statistics
import time
from argparse import Namespace
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy import text

from benchmarks import claims_child
from benchmarks.claims_places import fill, fill_reviews, place
from tests.faults.claim_worker import WorkerDesk
from tests.faults.claims_crash import Asked, Crash
from tests.resources.claims import ANN, ClaimDesk, principal, submission
from yuepi.approvals.history import History
from yuepi.approvals.review_rows import ReviewTerms
from yuepi.approvals.reviews import Reviews
from yuepi.approvals.stage_shelf import StageShelf
from yuepi.approvals.store.durable import durable_engine
from yuepi.audit.record import append
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, migrate, open_database

WORKERS = 2
AT_ONCE = 8
WARM_SHARE = 0.1
SIZES = (1_000, 100_000)
GROWTH_CLAIMS = 150
PAGE_LOOKS = 40
RUN_S_MAX = 300.0
TARGETS = {"sqlite": 25, "postgres": 80}


def measure(options: Namespace) -> None:
    """Print all tables."""
    kinds = options.databases.split(",")
    print(f"{os.cpu_count()} cores; load {os.getloadavg()[0]:.1f} at the start\n")
    print("| database | what | a second | wanted |\n|---|---|--:|--:|", flush=True)
    for kind in kinds:
        for steps in (3, 0):
            with place(kind) as (url, folder):
                rate = asyncio.run(_no_ops(url, folder, steps, options.claims))
            print(f"| {kind} | plain DBOS, {steps} no-op steps | {rate:.0f} | |", flush=True)
        with place(kind) as (url, folder):
            rate = asyncio.run(_claims(url, folder, options.claims))
        print(f"| {kind} | **claims** | **{rate:.0f}** | {TARGETS[kind]} |", flush=True)
    print("\n| database | claims there | submit ms | begin, read, settle ms | of the smaller |")
    print("|---|--:|--:|--:|--:|", flush=True)
    pages = []
    for kind in kinds:
        with place(kind) as (url, folder):
            pages.append((kind, asyncio.run(_growth(kind, url, folder))))
    print("\n| database | first page of 100,000 open reviews, ms | median | slowest |")
    print("|---|---|--:|--:|")
    for kind, found in pages:
        for who, times in found.items():
            cells = f"{statistics.median(times):.1f} | {max(times):.1f}"
            print(f"| {kind} | {who} | {cells} |", flush=True)


# --- throughput ----------------------------------------------------------------------------------


async def _rate(done: Callable[[], Awaitable[int]], count: int) -> float:
    """How many a second, from the first tenth to the last one."""
    began: tuple[float, int] | None = None
    deadline_s = time.monotonic() + RUN_S_MAX
    while time.monotonic() < deadline_s:
        now_s, found = time.monotonic(), await done()
        if began is None and found >= count * WARM_SHARE:
            began = now_s, found
        if found >= count and began is not None:
            return (found - began[1]) / max(now_s - began[0], 1e-3)
        await asyncio.sleep(0.1)
    raise TimeoutError(f"{found} of {count} in {RUN_S_MAX:.0f} s")


async def _claims(url: str, folder: Path, count: int) -> float:
    await migrate(url)
    database = open_database(url)
    desk = WorkerDesk(
        url, folder, lease_s=15, pulse_s=1, at_once=AT_ONCE, read_s=0, pause_s=0, attempts_max=5
    )
    trial = Crash(Asked("", claims=count, kills=0, stops=0), desk, database)
    try:
        for number in range(count):
            await trial.submit(f"key-{number}")

        async def done() -> int:
            return await _counted(database, "claims WHERE status <> 'received'")

        await asyncio.gather(*(trial.crew.add() for _ in range(WORKERS)))
        return await _rate(done, count)
    finally:
        await trial.crew.end()
        await database.close()


async def _no_ops(url: str, folder: Path, steps: int, count: int) -> float:
    await migrate(url)
    file = folder / "dbos.db"
    context = multiprocessing.get_context("spawn")
    workers = []
    database = open_database(url)
    engine = durable_engine(database, file)
    table = "workflow_status" if database.dialect == "sqlite" else "dbos.workflow_status"

    def counted() -> int:
        with engine.connect() as connection:
            query = text(f"SELECT count(*) FROM {table} WHERE status = 'SUCCESS'")
            return int(connection.execute(query).scalar_one())

    try:
        for _ in range(WORKERS):
            mine, theirs = context.Pipe(duplex=False)
            arguments = (url, file, steps, AT_ONCE, theirs)
            worker = context.Process(target=claims_child.main, args=arguments, daemon=True)
            worker.start()
            workers.append(worker)
            await asyncio.to_thread(mine.recv)
        await asyncio.to_thread(claims_child.hand_in, url, file, count)
        return await _rate(lambda: asyncio.to_thread(counted), count)
    finally:
        for worker in workers:
            worker.kill()
            worker.join(10)
        engine.dispose()
        await database.close()


async def _counted(database: Database, what: str) -> int:
    async with database.reading() as transaction:
        return int((await transaction.execute(text(f"SELECT count(*) FROM {what}"))).scalar_one())


# --- growth --------------------------------------------------------------------------------------


async def _growth(kind: str, url: str, folder: Path) -> dict[str, list[float]]:
    """Prints what a claim costs in a database of each size; gives the times of the queue's page."""
    await migrate(url)
    database = open_database(url)
    try:
        there, first = 0, None
        for size in SIZES:
            await fill(database, there, size)
            there = size
            desk = ClaimDesk(database, folder / "blobs", record=append)
            await _one_by_one(desk, 20)
            submit_ms, work_ms = await _one_by_one(desk, GROWTH_CLAIMS)
            first = first or work_ms
            cells = f"{size:,} | {submit_ms:.1f} | {work_ms:.1f} | {work_ms / first:.0%}"
            print(f"| {kind} | {cells} |", flush=True)
        await fill_reviews(database, SIZES[-1])
        return await _pages(database)
    finally:
        await database.close()


async def _one_by_one(desk: ClaimDesk, count: int) -> tuple[float, float]:
    """The median time of handing one in, and of the machine's steps, in milliseconds."""
    submits, works = [], []
    for _ in range(count):
        began_s = time.perf_counter()
        claim, _ = await desk.claims.submit(ANN, submission())
        handed_s = time.perf_counter()
        await desk.run(claim)
        submits.append((handed_s - began_s) * 1_000)
        works.append((time.perf_counter() - handed_s) * 1_000)
    return statistics.median(submits), statistics.median(works)


async def _pages(database: Database) -> dict[str, list[float]]:
    reviews = Reviews(
        database,
        append,
        utc_now,
        ReviewTerms(),
        history=History(database, utc_now),
        stages=StageShelf(database, append),
    )
    people = {
        "a reviewer of one department": principal("usr_r", "reviewer", department="dep_3"),
        "a supervisor of five": principal(
            "usr_s", "supervisor", department="dep_1", below=[f"dep_{n}" for n in range(2, 6)]
        ),
    }
    found: dict[str, list[float]] = {}
    for name, person in people.items():
        times = []
        for _ in range(PAGE_LOOKS):
            began_s = time.perf_counter()
            page = await reviews.queue(person, rows_max=50)
            times.append((time.perf_counter() - began_s) * 1_000)
            assert len(page.rows) == 50
        found[name] = times[2:]
    return found
