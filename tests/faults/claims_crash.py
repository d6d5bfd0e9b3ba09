"""Claims under kill -9 and SIGSTOP: `python -m tests.faults.claims_crash --database sqlite …`.

Two workers work on claims that keep coming in. At random moments one of them is killed, or frozen
for longer than the lease and then thawed, and replaced by another under a fresh id. In the end
every claim must have been decided, none twice, and whoever is told must have been told once; what
happened is counted by logs that the database and the receiver of webhooks keep, not by our guards.

Prints one closing line of a table; the exit code is 1 where anything was lost, doubled or late.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from tests.faults.claim_worker import WorkerDesk, webhooks_of
from tests.faults.claims_desk import Crew, Member, Receiver, begun_by, effects, keep_logs
from tests.resources import postgres
from tests.resources.claims import ANN, submission
from yuepi.approvals.claims import Claims
from yuepi.approvals.history import History
from yuepi.approvals.review_rows import ReviewTerms
from yuepi.approvals.store.executors import alive_executors
from yuepi.approvals.submission import ClaimLimits
from yuepi.audit.record import append
from yuepi.audit.verify import verify
from yuepi.kit.blobs import open_blobs
from yuepi.kit.clock import utc_now
from yuepi.kit.database import IDLE_S_MAX, Database, migrate, open_database, sqlite_url
from yuepi.kit.errors import Unavailable

WORKERS = 2
BACKLOG_MAX = 24
"""So many claims wait at most: that kills meet work, and the first do not wait for the last."""
SETTLE_S_MAX = 90.0
NOTICE_S_MAX = 30.0
"""How long a frozen worker may go unnoticed before the run gives up on it."""
RECOVERY_MARGIN_S = 5.0
SLOW_MAX = 20
"""The stories of so many claims that took long to recover are told."""
HEAD = (
    "| database | claims | kills | stops | lost | decided twice | notified twice "
    "| calls repeated | slowest recovery s | wall s |"
)


@dataclass(frozen=True)
class Asked:
    database: str
    claims: int
    kills: int
    stops: int
    broken_guard: bool = False
    lease_s: float = 2.0
    pause_s: float = 0.02
    seed: int = 0


@dataclass
class Outcome:
    asked: Asked
    lost: int = 0
    decided_twice: int = 0
    notified_twice: int = 0
    repeats: int = 0
    slowest_s: float = 0.0
    wall_s: float = 0.0
    record_whole: bool = True
    notes: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        # What a frozen process has locked on PostgreSQL is free after IDLE_S_MAX, not before.
        late = self.slowest_s > max(self.asked.lease_s, IDLE_S_MAX) + RECOVERY_MARGIN_S
        wrong = self.lost or self.decided_twice or self.notified_twice
        return not (wrong or late) and self.record_whole

    def line(self) -> str:
        asked = self.asked
        name = f"{asked.database}, broken guard" if asked.broken_guard else asked.database
        cells = [name, asked.claims, asked.kills, asked.stops, self.lost, self.decided_twice]
        cells += [self.notified_twice, self.repeats]
        cells += [f"{self.slowest_s:.1f}", f"{self.wall_s:.0f}"]
        return "| " + " | ".join(map(str, cells)) + " |"


class Crash:
    """One run of the whole thing."""

    def __init__(self, asked: Asked, desk: WorkerDesk, database: Database) -> None:
        self.asked = asked
        self.desk = desk
        self.database = database
        self.receiver = Receiver()
        self.crew = Crew(desk)
        self.random = random.Random(asked.seed)
        self.ids: list[str] = []
        self.faults = 0
        self.hit: dict[str, float] = {}
        self.accidents: deque[tuple[float, str]] = deque(maxlen=12)
        self.slow: list[str] = []
        self.slowest_s = 0.0
        self.claims = Claims(
            database,
            open_blobs(desk.folder / "blobs"),
            append,
            utc_now,
            ClaimLimits(),
            history=History(database, utc_now),
            terms=ReviewTerms(),
        )

    async def run(self) -> Outcome:
        began_s = time.monotonic()
        await keep_logs(self.database)
        async with self.receiver.open():
            webhooks = webhooks_of(self.desk, self.database)
            await webhooks.create(self.receiver.url, ["*"], by="usr_admin")
            watching = asyncio.create_task(self._watch())
            try:
                await asyncio.gather(*(self.crew.add() for _ in range(WORKERS)))
                await asyncio.gather(self._hand_in(), self._break_things())
                await self._settled()
                return await self._counted(began_s)
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
                await self.crew.end()

    # --- what comes in ---------------------------------------------------------------------------

    async def _hand_in(self) -> None:
        """All claims, spread over all faults."""
        asked = self.asked
        faults = asked.kills + asked.stops
        while len(self.ids) < asked.claims:
            share = 1.0 if faults == 0 else (self.faults + 1) / faults
            waiting = await self.unsettled()
            room = min(BACKLOG_MAX - waiting, asked.claims - len(self.ids))
            room = min(room, round(asked.claims * share) - len(self.ids))
            for _ in range(max(0, room)):
                await self.submit(f"key-{len(self.ids)}")
            await asyncio.sleep(0.05)

    async def submit(self, key: str) -> None:
        handed = submission()
        while True:
            try:
                claim, _ = await self.claims.submit(ANN, handed, key)
                self.ids.append(claim.id)
                return
            except Unavailable:
                await asyncio.sleep(0.2)  # a frozen worker has the lock; the key makes it one claim

    async def unsettled(self) -> int:
        return sum(status == "received" for status in (await self.statuses()).values())

    async def statuses(self) -> dict[str, str]:
        async with self.database.reading() as transaction:
            rows = await transaction.execute(text("SELECT id, status FROM claims"))
            return {row.id: row.status for row in rows}

    # --- what goes wrong -------------------------------------------------------------------------

    async def _break_things(self) -> None:
        deeds = [self._kill] * self.asked.kills + [self._freeze] * self.asked.stops
        self.random.shuffle(deeds)
        for deed in deeds:
            await asyncio.sleep(self.random.uniform(0.02, 0.4))
            await deed(self.random.choice(self.crew.members))
            self.faults += 1

    async def _kill(self, member: Member) -> None:
        await self.crew.kill(member)
        self._hit(await asyncio.to_thread(begun_by, self.desk, member.executor_id))
        await self.crew.add()

    async def _freeze(self, member: Member) -> None:
        """Frozen for longer than the lease, another in its place, then thawed: it must end."""
        member.send(signal.SIGSTOP)
        self._note(f"{member.executor_id} ({member.pid}) frozen")
        self.crew.members.remove(member)
        self._hit(await asyncio.to_thread(begun_by, self.desk, member.executor_id))
        began_s = time.monotonic()
        await self.crew.add()
        await asyncio.sleep(max(0.0, self.asked.lease_s - (time.monotonic() - began_s)))
        while await self._is_alive(member) and time.monotonic() - began_s < NOTICE_S_MAX:
            await asyncio.sleep(0.05)
        self._note(f"{member.executor_id} noticed")
        await asyncio.sleep(self.random.uniform(0, 0.5))
        member.send(signal.SIGCONT)
        await self.crew.gone(member)

    async def _is_alive(self, member: Member) -> bool:
        """Whether it still counts as alive for the others."""
        with suppress(Unavailable):
            async with self.database.reading() as transaction:
                alive = await alive_executors(transaction)
            return member.executor_id in {row.id for row in alive}
        return True

    def _hit(self, ids: list[str]) -> None:
        now_s = time.monotonic()
        for id_ in ids:
            self.hit[id_] = now_s

    async def _watch(self) -> None:
        """How long after its last accident each claim was settled."""
        while True:
            with suppress(Unavailable):
                statuses = await self.statuses()
                for id_ in [each for each in self.hit if statuses.get(each) != "received"]:
                    self._recovered(id_, self.hit.pop(id_))
            await asyncio.sleep(0.1)

    def _recovered(self, id_: str, hit_s: float) -> None:
        now_s = time.monotonic()
        self.slowest_s = max(self.slowest_s, now_s - hit_s)
        if now_s - hit_s > self.asked.lease_s + RECOVERY_MARGIN_S / 2 and len(self.slow) < SLOW_MAX:
            story = ", ".join(f"{at_s - hit_s:+.1f} {what}" for at_s, what in self.accidents)
            self.slow.append(f"{id_} settled {now_s - hit_s:.1f} s after its accident: {story}")

    def _note(self, what: str) -> None:
        self.accidents.append((time.monotonic(), what))

    # --- what came of it -------------------------------------------------------------------------

    async def _settled(self) -> None:
        """Until all are decided and all webhooks were called, or it takes too long."""
        deadline_s = time.monotonic() + SETTLE_S_MAX
        while time.monotonic() < deadline_s:
            told = {id_ for _, id_ in self.receiver.ids}
            if not await self.unsettled() and not self.hit and told.issuperset(self.ids):
                await asyncio.sleep(1.0)  # a second effect would come now
                return
            await asyncio.sleep(0.1)

    async def _counted(self, began_s: float) -> Outcome:
        decided, audited, told = await effects(self.database)
        called = {id_ for _, id_ in self.receiver.ids}
        verdict = await verify(self.database)
        outcome = Outcome(
            self.asked,
            lost=sum(not decided[i] or not audited[i] or i not in called for i in self.ids),
            decided_twice=sum(decided[i] > 1 or audited[i] > 1 for i in self.ids),
            notified_twice=sum(n > 1 for n in told.values()) + self.receiver.told_twice,
            repeats=self.receiver.repeats,
            slowest_s=self.slowest_s,
            wall_s=time.monotonic() - began_s,
            record_whole=verdict.whole,
            slow=self.slow,
        )
        if not verdict.whole:
            outcome.notes.append(f"the audit record is broken: {verdict.findings[:5]}")
        return outcome


def crash(asked: Asked, url: str, folder: Path) -> Outcome:
    """Run it on an empty database at `url`, with files under `folder`."""

    async def told() -> Outcome:
        await migrate(url)
        database = open_database(url)
        desk = WorkerDesk(
            url,
            folder,
            lease_s=asked.lease_s,
            pause_s=asked.pause_s,
            broken_guard=asked.broken_guard,
            log=folder / "workers.log",
        )
        try:
            return await Crash(asked, desk, database).run()
        finally:
            await database.close()

    return asyncio.run(told())


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """The url of an empty database of that kind; a PostgreSQL server of its own for the time."""
    if kind == "sqlite":
        yield sqlite_url(folder / "yuepi.db")
        return
    place = Path(tempfile.mkdtemp(prefix="yuepi-pg-", dir="/tmp"))
    try:
        server, url = postgres.start(place, folder / "server.log")
        try:
            yield postgres.fresh_database(url)
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(postgres.STOP_S_MAX)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.faults.claims_crash", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), required=True)
    parser.add_argument("--claims", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--stops", type=int, default=0)
    parser.add_argument("--lease", type=float, default=5.0, help="seconds")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--broken-guard", action="store_true", help="the negative control")
    parser.add_argument("--keep", type=Path, help="a folder to leave everything in")
    options = parser.parse_args()
    asked = Asked(
        options.database,
        options.claims,
        options.kills,
        options.stops,
        options.broken_guard,
        options.lease,
        pause_s=0.1 if options.broken_guard else 0.02,
        seed=options.seed,
    )
    folder = options.keep or Path(tempfile.mkdtemp(prefix="yuepi-crash-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with empty_database(options.database, folder) as url:
            outcome = crash(asked, url, folder)
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"seed {asked.seed}", *outcome.slow, *outcome.notes, HEAD, outcome.line(), sep="\n")
    return 0 if outcome.ok else 1


if __name__ == "__main__":
    sys.exit(main())
