"""Everything that leaves the house: written down with the change it tells of, delivered later.

`send` stands in the transaction that makes the change, so that both count or neither does. An
`Outbox` in some process takes what is due under a lease on the steady clock, hands it to the
topic's handler, and marks it done. A process that dies between the two leaves a message that is
delivered again, under the same id: who receives must know a message again by its id.

A failed delivery waits longer each time, and after `Retries.attempts_max` the message is dead: it
stays, is shown, and can be retried. A delivery that ended its process counts as an attempt, too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select, text, update

from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import BadUsage, Unavailable, YuepiError
from yuepi.kit.messages import (
    KEPT_DAYS,
    OUTBOX,
    WAITING,
    DeadMessage,
    Delivery,
    GiveUp,
    Handler,
    Message,
    Retries,
    TryLater,
    UnknownMessage,
    due,
    send,
    something_to_do,
)
from yuepi.kit.steady import steady_now
from yuepi.kit.waiting import Question

__all__ = [
    "DeadMessage",
    "Delivery",
    "GiveUp",
    "Handler",
    "Message",
    "Outbox",
    "Retries",
    "TryLater",
    "UnknownMessage",
    "send",
]

LOG = logging.getLogger(__name__)

POLL_S_MIN: Final = 0.05
POLL_S_MAX: Final = 0.5
REMOVED_AT_ONCE: Final = 500
REMOVE_EVERY_S: Final = 3600.0
WAIT_S_MAX: Final = 24 * 3600.0
ERROR_CHARACTERS_MAX: Final = 500
ROWS_MAX: Final = 1_000


class Outbox:
    """Delivers the topics it has handlers for. Any number of them may share one database.

    feeds: called before each pass; each may write messages, and gives how many things it did.
    One that fails is logged and called again at the next pass. feeds_wait: finds a row where one of
    them has something to do; without it they are called all the time.
    deliver_s_max: a handler that takes longer has failed. The lease is twice as long and more, so
    that no one else has the message while its handler runs. deliveries_max run at once.
    """

    def __init__(
        self,
        database: Database,
        deliver: Mapping[str, Handler],
        *,
        feeds: Sequence[Callable[[], Awaitable[int]]] = (),
        feeds_wait: Question | None = None,
        retries: Retries | None = None,
        deliver_s_max: float = 20.0,
        deliveries_max: int = 8,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name: Final = f"out_{secrets.token_hex(10)}"
        self.lease_s: Final = deliver_s_max * 2 + 5
        self._database = database
        self._deliver = dict(deliver)
        self._feeds = tuple(feeds)
        known = not feeds or feeds_wait is not None  # without calling a feed
        self._waits = something_to_do(self._deliver, feeds_wait) if known else None
        self._retries = retries or Retries()
        self._deliver_s_max = deliver_s_max
        self._deliveries_max = deliveries_max
        self._clock = clock
        self._monotonic = monotonic
        self._chance = chance
        self._news = asyncio.Event()
        self._stopping = False
        self._removed_s = monotonic()
        self._marking = asyncio.Lock()
        self._ended: list[tuple[Delivery, dict[str, Any]]] = []

    # --- the loop ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Deliver what is due until `stop`, then end what is under way (`deliver_s_max` at most).

        Cancelled, it leaves at once; what was under way is delivered again when its lease ends.
        A database that is away is waited for.
        """
        running: set[asyncio.Task[None]] = set()
        poll_s, failing = POLL_S_MIN, False
        try:
            while not self._stopping:
                self._news.clear()
                taken: list[Delivery] = []
                try:
                    fed = await self._feed()
                    taken = await self._take(self._deliveries_max - len(running))
                    await self._remove_in_time()
                    failing = False
                except Unavailable as error:
                    fed = 0
                    if not failing:
                        LOG.warning("nothing can be delivered: %s", error)
                    failing = True
                for delivery in taken:
                    running.add(asyncio.create_task(self._attempt(delivery)))
                poll_s = POLL_S_MIN if taken or fed else min(poll_s * 2, POLL_S_MAX)
                await self._pause(running, poll_s)
                running = {task for task in running if not _is_over(task)}
            if running:
                await asyncio.wait(running)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def stop(self) -> None:
        """Let `run` end in order: nothing new is taken."""
        self._stopping = True
        self._news.set()

    def wake(self) -> None:
        """Something was just sent in this process: look at once."""
        self._news.set()

    async def deliver_due(self, rows_max: int = 100) -> int:
        """One pass: feed, take up to `rows_max` due messages, deliver them, give their number.

        Raises `Unavailable` when the database fails.
        """
        await self._feed()
        done = 0
        while done < rows_max:
            taken = await self._take(min(self._deliveries_max, rows_max - done))
            if not taken:
                break
            await asyncio.gather(*(self._attempt(delivery) for delivery in taken))
            done += len(taken)
        return done

    async def _feed(self) -> int:
        done = 0
        for feed in self._feeds:
            try:
                done += await feed()
            except Unavailable:
                raise
            except Exception:
                # The edge to whatever feeds us: a fault in one must not stop what is under way.
                LOG.exception("a feed of the outbox failed")
        return done

    async def _pause(self, running: set[asyncio.Task[None]], poll_s: float) -> None:
        """Until some delivery has ended, there is news, or there is something to do."""
        news = asyncio.create_task(self._news.wait())
        work = asyncio.create_task(self._work(poll_s))
        try:
            await asyncio.wait({news, work, *running}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
            work.cancel()

    async def _work(self, poll_s: float) -> None:
        if self._waits is None:
            await asyncio.sleep(poll_s)
        else:
            await self._database.waiting.until(self._waits, poll_s)

    # --- one message ---------------------------------------------------------------------------

    async def _take(self, rows_max: int) -> list[Delivery]:
        """Take due messages under a lease; those that ended their process too often die here."""
        if rows_max < 1 or not self._deliver:
            return []
        began_s = self._monotonic()
        async with self._database.reading() as connection:
            # Most looks find nothing, and a SQLite write would keep the others waiting.
            if not (
                await connection.execute(due(self._deliver, await steady_now(connection), 1))
            ).first():
                return []
        async with self._database.writing() as connection:
            now_s = await steady_now(connection)
            query = due(self._deliver, now_s, rows_max).with_for_update(skip_locked=True)
            ids = [row.id for row in await connection.execute(query)]
            change = (
                update(OUTBOX)
                .where(OUTBOX.c.id.in_(ids))
                .values(
                    holder=self.name,
                    due_s=now_s + self.lease_s,
                    held_until_s=now_s + self.lease_s,
                    attempts=OUTBOX.c.attempts + 1,
                )
                .returning(OUTBOX)
            )
            rows = (await connection.execute(change)).all() if ids else []
        taken = [_delivery(row) for row in rows]
        if self._monotonic() - began_s > self._deliver_s_max:
            # We were frozen meanwhile: the lease may end while a handler runs. It comes again.
            LOG.warning("%d messages were taken too slowly, and are left", len(taken))
            return []
        return taken

    async def _attempt(self, delivery: Delivery) -> None:
        """Hand it over and write down how that went. Never raises but when cancelled."""
        try:
            if delivery.attempt > self._retries.attempts_max:
                raise GiveUp(f"{delivery.attempt - 1} attempts did not come to an end")
            async with asyncio.timeout(self._deliver_s_max):
                await self._deliver[delivery.topic](delivery)
        except GiveUp as error:
            await self._mark(delivery, self._died(delivery, str(error)))
        except TryLater as error:
            await self._mark(delivery, self._failed(delivery, str(error), error.after_s))
        except TimeoutError:
            reason = f"it took longer than {self._deliver_s_max:g} s"
            await self._mark(delivery, self._failed(delivery, reason))
        except YuepiError as error:
            await self._mark(delivery, self._failed(delivery, error.message))
        except Exception as error:
            # The edge to every kind of handler: a fault in one must not stop the others.
            LOG.exception("message %s (%s) failed", delivery.id, delivery.topic)
            await self._mark(delivery, self._failed(delivery, type(error).__name__))
        else:
            await self._mark(delivery, {"done_at": self._clock(), "error": None})

    def _failed(
        self, delivery: Delivery, reason: str, after_s: float | None = None
    ) -> dict[str, Any]:
        if delivery.attempt >= self._retries.attempts_max:
            return self._died(delivery, f"given up after {delivery.attempt} attempts: {reason}")
        wait_s = self._retries.wait_s(delivery.attempt, self._chance)
        wait_s = min(max(wait_s, after_s or 0.0), WAIT_S_MAX)
        LOG.info("message %s (%s): %s", delivery.id, delivery.topic, reason)
        return {"wait_s": wait_s, "error": _storable(reason)}

    def _died(self, delivery: Delivery, reason: str) -> dict[str, Any]:
        LOG.warning("message %s (%s) is dead: %s", delivery.id, delivery.topic, reason)
        return {"dead": True, "error": _storable(reason)}

    async def _mark(self, delivery: Delivery, change: dict[str, Any]) -> None:
        """Write down what became of it, if it is still ours; those that end at once, together."""
        self._ended.append((delivery, change))
        async with self._marking:
            ended, self._ended = self._ended, []
            if not ended:
                return  # whoever was before us here wrote ours
            try:
                async with self._database.writing() as connection:
                    now_s = await steady_now(connection)
                    for one, its_change in ended:
                        await self._mark_one(connection, one, its_change, now_s)
            except Unavailable as error:
                LOG.warning("%d messages come again: %s", len(ended), error)

    async def _mark_one(
        self, connection: Transaction, delivery: Delivery, change: dict[str, Any], now_s: float
    ) -> None:
        wait_s = change.pop("wait_s", None)
        if wait_s is not None:
            change["due_s"] = now_s + wait_s
        found = await connection.execute(
            update(OUTBOX)
            .where(
                OUTBOX.c.id == delivery.id,
                OUTBOX.c.holder == self.name,
                # The same holder may have it anew, after its lease ended.
                OUTBOX.c.attempts == delivery.attempt,
            )
            .values(holder=None, held_until_s=None, **change)
        )
        if found.rowcount != 1:
            LOG.warning("message %s was taken over by another meanwhile", delivery.id)

    # --- keeping house -------------------------------------------------------------------------

    async def counts(self) -> tuple[int, int]:
        """How many messages wait, and how many are dead."""
        async with self._database.reading() as connection:
            waiting = await connection.execute(
                select(func.count()).select_from(OUTBOX).where(text(WAITING))
            )
            dead = await connection.execute(
                select(func.count()).select_from(OUTBOX).where(text("dead"))
            )
            return int(waiting.scalar_one()), int(dead.scalar_one())

    async def dead(self, rows_max: int = 100) -> list[DeadMessage]:
        """Messages that were given up, the newest first."""
        if not 1 <= rows_max <= ROWS_MAX:
            raise BadUsage("so many cannot be listed", remedy=f"ask for 1 to {ROWS_MAX}")
        query = (
            select(OUTBOX)
            .where(text("dead"))
            .order_by(OUTBOX.c.created_at.desc(), OUTBOX.c.id.desc())
            .limit(rows_max)
        )
        async with self._database.reading() as connection:
            return [
                DeadMessage(
                    row.id, row.topic, row.key, row.attempts, row.error or "", row.created_at
                )
                for row in await connection.execute(query)
            ]

    async def retry(self, message_id: str) -> None:
        """Let a dead message be tried anew, from its first attempt. Raises `UnknownMessage`."""
        async with self._database.writing() as connection:
            found = await connection.execute(
                update(OUTBOX)
                .where(OUTBOX.c.id == message_id, OUTBOX.c.dead)
                .values(dead=False, attempts=0, due_s=await steady_now(connection))
            )
        if found.rowcount != 1:
            raise UnknownMessage(
                f"there is no dead message {message_id!r}",
                remedy="list the dead messages to see their ids",
            )
        self.wake()

    async def retry_all(self) -> int:
        """Let all dead messages be tried anew; how many."""
        async with self._database.writing() as connection:
            now_s = await steady_now(connection)
            change = update(OUTBOX).where(text("dead"))
            found = await connection.execute(change.values(dead=False, attempts=0, due_s=now_s))
        self.wake()
        return found.rowcount

    async def remove_old(self) -> int:
        """Remove messages delivered more than `KEPT_DAYS` ago, in small transactions."""
        before = self._clock() - timedelta(days=KEPT_DAYS)
        old = select(OUTBOX.c.id).where(OUTBOX.c.done_at < before).limit(REMOVED_AT_ONCE)
        removed = 0
        while True:
            async with self._database.writing() as connection:
                found = await connection.execute(delete_rows(OUTBOX).where(OUTBOX.c.id.in_(old)))
            removed += found.rowcount
            if found.rowcount < REMOVED_AT_ONCE:
                return removed

    async def _remove_in_time(self) -> None:
        if self._monotonic() - self._removed_s >= REMOVE_EVERY_S:
            self._removed_s = self._monotonic()
            await self.remove_old()


def _storable(reason: str) -> str:
    """Some of it may be another server's words: no NUL or lone surrogate reaches the database."""
    clean = "".join(letter if letter.isprintable() else " " for letter in reason)
    return clean[:ERROR_CHARACTERS_MAX]


def _delivery(row: Any) -> Delivery:
    return Delivery(
        row.id, row.topic, row.key, json.loads(row.payload), row.attempts, row.created_at
    )


def _is_over(task: asyncio.Task[None]) -> bool:
    """Whether it has; a failure of our own bookkeeping is raised here, not lost."""
    if task.done():
        task.result()
    return task.done()
