"""Indexing under kill -9 and frozen workers: nothing lost, nothing doubled, nothing left over.

`python -m tests.faults.library_crash` runs it at full size. Several worker processes index a shelf
that goes on changing (new documents, new versions, other owners, the trash and back) while they
are killed and stopped at random; at the end the index is compared with the shelf, piece by piece.
The comparison that the workers make by themselves, at their start and each hour, is part of what
mends; without kills it must find nothing to do.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from tests.faults.library_worker import WorkerDesk, name_of
from tests.resources.databases import migrated_sqlite
from tests.resources.made_shelf import (
    DIMENSIONS,
    NOW,
    all_made,
    change,
    made_document,
    made_pieces_of,
    put_on_shelf,
)
from yuepi.kit.database import Database, open_database
from yuepi.library.chunk import Chunk
from yuepi.library.index.opening import open_index
from yuepi.library.store.tables import INDEXING

SETTLE_S_MAX = 180.0


@dataclass(frozen=True)
class Asked:
    """One run. kills, stops: how often; a stopped worker stands still for longer than its lease."""

    documents: int = 200
    workers: int = 3
    kills: int = 10
    stops: int = 2
    lease_s: float = 2.0
    seed: int = 0


@dataclass
class Outcome:
    """What was wrong at the end, by document; waiting: rows that nobody took any more."""

    pieces: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)
    without_vector: list[str] = field(default_factory=list)
    waiting: int = 0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the index is as the shelf is."""
        wrong = self.lost or self.doubled or self.stray or self.without_vector
        return not wrong and not self.waiting and self.pieces > 0


async def crash(asked: Asked, url: str, place: str, options: dict[str, str]) -> Outcome:
    """One run on a migrated database and an empty place."""
    began_s = time.monotonic()
    desk = WorkerDesk(url, place, options, asked.lease_s)
    dice = random.Random(asked.seed)
    database = open_database(url)
    workers = [_start(desk) for _ in range(asked.workers)]
    try:
        harm = asyncio.create_task(_harm(asked, desk, workers, database, dice))
        await _live(asked, database, dice)
        await harm
        waiting = await _settle(database, workers)
        outcome = await _compared(database, desk)
        outcome.waiting = waiting
        outcome.seconds = time.monotonic() - began_s
        return outcome
    finally:
        for worker in workers:
            with suppress(ProcessLookupError):
                worker.send_signal(signal.SIGCONT)
            worker.kill()
            worker.wait(30)
        await database.close()


async def _live(asked: Asked, database: Database, dice: random.Random) -> None:
    """Documents come, change, go and come back."""
    there: list[int] = []
    for start in range(0, asked.documents, 5):
        new = list(range(start, min(start + 5, asked.documents)))
        await put_on_shelf(database, [made_document(number) for number in new])
        there += new
        for _ in range(2):
            await _change_one(database, dice.choice(there), dice)
        await asyncio.sleep(dice.uniform(0, 0.15))


async def _change_one(database: Database, number: int, dice: random.Random) -> None:
    id_ = f"doc_{number:06d}"
    match dice.randrange(5):
        case 0 | 1:
            version = dice.randrange(2, 10_000)
            await change(database, id_, number=version, version_id=f"ver_{number:06d}_{version}")
        case 2:
            await change(database, id_, owner_id=f"user_{dice.randrange(5)}", department_id=None)
        case 3:
            await change(database, id_, stage="gone", trashed_at=NOW)
        case _:
            await change(database, id_, trashed_at=None)


async def _harm(
    asked: Asked,
    desk: WorkerDesk,
    workers: list[subprocess.Popen[bytes]],
    database: Database,
    dice: random.Random,
) -> None:
    deeds = ["kill"] * asked.kills + ["stop"] * asked.stops
    dice.shuffle(deeds)
    frozen: list[asyncio.Task[None]] = []
    more = itertools.count(asked.documents)
    for deed in deeds:
        at = await _at_work(database, workers, more)
        if deed == "stop":
            workers[at].send_signal(signal.SIGSTOP)
            frozen.append(asyncio.create_task(_thaw(workers[at], asked.lease_s * 2.5)))
            workers.append(_start(desk))
        else:
            workers[at].kill()
            workers[at].wait(30)
            workers[at] = _start(desk)
        await asyncio.sleep(dice.uniform(0.1, 1.2))
    await asyncio.gather(*frozen)


async def _at_work(
    database: Database, workers: list[subprocess.Popen[bytes]], more: Iterator[int]
) -> int:
    """Which worker is in the midst of indexing, waited for: one that still starts harms nothing.
    Where nothing is left to do, a document more comes."""
    deadline = time.monotonic() + SETTLE_S_MAX
    holders = select(INDEXING.c.held_by).where(INDEXING.c.held_by.is_not(None))
    while True:
        assert time.monotonic() < deadline, "no worker indexes"
        async with database.reading() as transaction:
            held = set((await transaction.execute(holders)).scalars())
            left = (await transaction.execute(select(INDEXING.c.document_id).limit(1))).first()
        for at, worker in enumerate(workers):
            if name_of(worker.pid) in held:
                return at
        if left is None:
            await put_on_shelf(database, [made_document(next(more))])
        await asyncio.sleep(0.01)


async def _thaw(worker: subprocess.Popen[bytes], after_s: float) -> None:
    await asyncio.sleep(after_s)
    with suppress(ProcessLookupError):
        worker.send_signal(signal.SIGCONT)


def _start(desk: WorkerDesk) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.faults.library_worker", desk.text()]
    return subprocess.Popen(command)


async def _settle(database: Database, workers: list[subprocess.Popen[bytes]]) -> int:
    """Wait until nothing waits for some seconds; how much still does."""
    deadline = time.monotonic() + SETTLE_S_MAX
    quiet_since: float | None = None
    while True:
        now_s = time.monotonic()
        async with database.reading() as transaction:
            query = select(func.count()).select_from(INDEXING)
            count = int((await transaction.execute(query)).scalar_one())
        quiet_since = None if count else quiet_since or now_s
        if now_s > deadline or (quiet_since is not None and now_s - quiet_since > 3.0):
            return count
        assert any(worker.poll() is None for worker in workers), "no worker is alive"
        await asyncio.sleep(0.2)


async def _compared(database: Database, desk: WorkerDesk) -> Outcome:
    index = open_index(desk.place, desk.options, embedder="made", dimensions=DIMENSIONS)
    outcome = Outcome()
    try:
        shelf = await all_made(database)
        standing = await index.standing()
        outcome.stray = sorted(set(standing) - set(shelf))
        for document in shelf.values():
            wanted = made_pieces_of(document)
            has: list[Chunk] = await index.of_document(document.id)
            counted = Counter(chunk.id for chunk in has)
            outcome.pieces += len(has)
            if any(count > 1 for count in counted.values()):
                outcome.doubled.append(document.id)
            elif has != wanted:
                outcome.lost.append(document.id)
            missing = await index.without_vectors(document)
            found = standing.get(document.id)
            if missing or found is None or found.vectors != len(wanted):
                outcome.without_vector.append(document.id)
        return outcome
    finally:
        await index.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.faults.library_crash", description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--stops", type=int, default=10)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given: dict[str, Any] = vars(parser.parse_args())
    with tempfile.TemporaryDirectory(prefix="yuepi-index-") as folder:
        url = migrated_sqlite(Path(folder) / "yuepi.db")
        outcome = asyncio.run(crash(Asked(**given), url, str(Path(folder) / "index"), {}))
    print(given, outcome, sep="\n")
    return 0 if outcome.ok else 1


if __name__ == "__main__":
    sys.exit(main())
