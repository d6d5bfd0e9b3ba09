"""The real worker on a desk of a test's own: quick eyes, random pauses, and nothing else changed.

`main` is what a worker process of the fault tests runs. With `broken_guard` it takes a copy of the
steps whose guards were taken out: the negative control, which the tests must catch.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import secrets
import signal
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from tests.resources.claims import COMPANY, FixedRules, QuickReader, default_policy
from yuepi.app.worker import WorkerOptions, WorkerParts, hold_process
from yuepi.approvals.claim_rows import MACHINE, AttachmentRow, ClaimRow
from yuepi.approvals.history import History
from yuepi.approvals.notices import WEBHOOK, Notice, Spread, tell
from yuepi.approvals.review_rows import ReviewTerms
from yuepi.approvals.steps import Begun, Settled, Steps, StepTerms
from yuepi.approvals.store.claim_tables import ATTACHMENTS, CLAIMS
from yuepi.approvals.webhook_call import CallRules
from yuepi.approvals.webhooks import Webhooks
from yuepi.audit.record import append
from yuepi.kit.blobs import open_blobs
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, open_database
from yuepi.kit.outbox import Outbox
from yuepi.kit.record import Entry
from yuepi.kit.sealing import open_sealer
from yuepi.kit.steady import Ticker


@dataclass(frozen=True)
class WorkerDesk:
    """Where a worker of the fault tests works, and how. Times are seconds.

    read_s, pause_s: the longest pause in a reading, and after a settled claim (the moment in which
    a death would show a missing guard). clock_off_s: how wrong the wall clock of the process is.
    """

    url: str
    folder: Path
    lease_s: float = 2.0
    pulse_s: float = 0.25
    at_once: int = 4
    read_s: float = 0.02
    pause_s: float = 0.02
    attempts_max: int = 50
    broken_guard: bool = False
    clock_off_s: float = 0.0
    beside: bool = True
    log: Path | None = None


class SlowReader(QuickReader):
    """Takes a random time for each file."""

    def __init__(self, read_s: float) -> None:
        super().__init__()
        self._read_s = read_s
        self.before = self._wait

    async def _wait(self, name: str) -> None:
        await asyncio.sleep(random.uniform(0, self._read_s))


class PausingSteps(Steps):
    """The real steps, with a random pause between the last effect and the end of the story."""

    pause_s = 0.0

    async def settle(self, claim_id: str, in_round: int, *, executor: str) -> Settled | None:
        settled = await super().settle(claim_id, in_round, executor=executor)
        await asyncio.sleep(random.uniform(0, self.pause_s))
        return settled


class UnguardedSteps(PausingSteps):
    """What settling would be without its guards: no state asked for, no key that is taken once."""

    async def begin(self, claim_id: str, in_round: int) -> Begun | None:
        mine = ATTACHMENTS.c.claim_id == claim_id
        async with self._database.reading() as transaction:
            claim = await transaction.execute(select(CLAIMS).where(CLAIMS.c.id == claim_id))
            files = await transaction.execute(select(ATTACHMENTS).where(mine))
            row = ClaimRow.of(claim.mappings().one())
            return Begun(row, tuple(AttachmentRow.of(each) for each in files.mappings()))

    async def settle(self, claim_id: str, in_round: int, *, executor: str) -> Settled | None:
        now = self._clock()
        values = {"status": "approved", "origin": "automatic", "decided_at": now}
        about = Notice("claim.approved", claim_id, secrets.randbelow(2**30), user_id="usr_ann")
        entry = Entry("claim.decided", MACHINE, claim_id, now, {"executor": executor})
        async with self._database.writing() as transaction:
            change = update(CLAIMS).where(CLAIMS.c.id == claim_id)
            await transaction.execute(change.values(**values))
            await tell(transaction, [about], clock=self._clock)
            await self._record(transaction, [entry])
        await asyncio.sleep(random.uniform(0, self.pause_s))
        return None


def steps_of(desk: WorkerDesk, database: Database) -> Steps:
    """The steps of a worker there."""
    sort = UnguardedSteps if desk.broken_guard else PausingSteps
    steps = sort(
        database,
        open_blobs(desk.folder / "blobs"),
        append,
        utc_now,
        reader=SlowReader(desk.read_s),
        history=History(database, utc_now),
        rules=FixedRules(),
        terms=StepTerms(default_policy(), COMPANY, desk.attempts_max),
        review_terms=ReviewTerms(),
    )
    steps.pause_s = desk.pause_s
    return steps


def webhooks_of(desk: WorkerDesk, database: Database) -> Webhooks:
    """The webhooks of that desk; its receiver stands on this machine."""
    sealer = open_sealer(desk.folder, {})
    return Webhooks(database, sealer, append, rules=CallRules(allow_loopback=True))


async def _reviewers(role: str, department_id: str | None) -> Sequence[str]:
    return ["usr_rui"] if role == "reviewer" else []


@asynccontextmanager
async def opened(desk: WorkerDesk) -> AsyncGenerator[WorkerParts, None]:
    """The parts of a worker there."""
    database = open_database(desk.url)
    webhooks = webhooks_of(desk, database)
    outbox = Outbox(
        database,
        {WEBHOOK: webhooks.deliver},
        feeds=[Spread(database, people_with=_reviewers, mail=False)],
        deliver_s_max=2.0,
    )
    beside: dict[str, Any] = {"the steady clock": Ticker(database).run, "the outbox": outbox.run}
    try:
        yield WorkerParts(
            database=database,
            steps=steps_of(desk, database),
            queue_file=desk.folder / "dbos.db",
            beside=beside if desk.beside else {},
        )
    finally:
        await database.close()


def main(desk: WorkerDesk, told: Connection | None = None) -> None:
    """Be a worker there until told to stop; says its executor's id through `told` when ready."""
    os.setpgid(0, 0)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    logging.basicConfig(
        filename=desk.log,
        level=logging.WARNING,
        format=f"%(asctime)s {os.getpid()} %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    if desk.clock_off_s:
        turn_wall_clock(desk.clock_off_s)

    def ready(executor_id: str) -> None:
        if told is not None:
            told.send(executor_id)

    hold_process(
        lambda: opened(desk),
        WorkerOptions(claims_at_once=desk.at_once, lease_s=desk.lease_s, pulse_s=desk.pulse_s),
        ready=ready,
    )


def turn_wall_clock(off_s: float) -> None:
    """Put this process's wall clock wrong from now on: Python's, and with it everything's here."""
    import datetime as module

    real_time = time.time
    time.time = lambda: real_time() + off_s
    real = module.datetime

    class Turned(real):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return real.now(tz) + module.timedelta(seconds=off_s)

    import yuepi.kit.clock

    yuepi.kit.clock.datetime = Turned  # type: ignore[attr-defined]


if __name__ == "__main__":
    said = json.loads(sys.argv[1])
    main(WorkerDesk(**{**said, "folder": Path(said["folder"])}))
