"""Rows of executors, the processes that work on claims, and the pulse that each shows.

An id is made anew for each process and never used again, so that what a dead process left behind
can be told from what a living one does. A row that is no longer `alive` tells its process to end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import create_engine, delete, event, select, text, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from yuepi.approvals.store.stage_tables import EXECUTORS
from yuepi.kit.database import Database, Transaction

LEADER_LOCK: Final = 0x79706C64  # "ypld": the advisory lock's number on PostgreSQL
LEAD_IDLE_S_MAX: Final = 2
ALIVE_MAX: Final = 1_000
"""How many executors are looked at; far more than one database could serve."""

_PULSE_WAIT_S_MAX: Final = 5
_BEAT: Final = text(
    "UPDATE executors SET pulse = pulse + 1 WHERE id = :id AND state = 'alive'"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExecutorRow:
    """A process that works on claims. host: which machine, boot and process space its pid is of.
    started: when that process began, as its system counts; two processes never share all three."""

    id: str
    host: str
    pid: int
    started: str
    pulse: int


async def add_executor(
    transaction: Transaction, row: ExecutorRow, *, version: str, at: datetime
) -> None:
    """Write a new, living executor."""
    values = {"id": row.id, "host": row.host, "pid": row.pid, "started": row.started}
    values |= {"pulse": row.pulse, "state": "alive", "version": version, "created_at": at}
    await transaction.execute(EXECUTORS.insert().values(**values))


async def alive_executors(transaction: Transaction) -> list[ExecutorRow]:
    """All that count as alive, at most `ALIVE_MAX`."""
    columns = [EXECUTORS.c[name] for name in ExecutorRow.__slots__]
    query = select(*columns).where(EXECUTORS.c.state == "alive").order_by(EXECUTORS.c.id)
    rows = await transaction.execute(query.limit(ALIVE_MAX))
    return [ExecutorRow(*row) for row in rows]


async def bury(transaction: Transaction, seen: ExecutorRow) -> bool:
    """Mark it dead unless its pulse moved since it was seen; whether this call did."""
    change = (
        update(EXECUTORS)
        .where(
            EXECUTORS.c.id == seen.id,
            EXECUTORS.c.state == "alive",
            EXECUTORS.c.pulse == seen.pulse,
        )
        .values(state="dead")
    )
    return (await transaction.execute(change)).rowcount == 1


async def leave(transaction: Transaction, executor_id: str) -> None:
    """It ended in order."""
    change = update(EXECUTORS).where(EXECUTORS.c.id == executor_id, EXECUTORS.c.state == "alive")
    await transaction.execute(change.values(state="left"))


async def forget_executors(transaction: Transaction, before: datetime) -> int:
    """Delete rows of executors that are gone and began before that; how many."""
    gone = delete(EXECUTORS).where(EXECUTORS.c.state != "alive", EXECUTORS.c.created_at < before)
    return (await transaction.execute(gone)).rowcount


async def try_lead(transaction: Transaction) -> bool:
    """Whether this writing transaction leads until it ends.

    Never beyond: a frozen leader's transaction is ended by the server after `LEAD_IDLE_S_MAX`,
    sooner than others are, for no work of the dead is put back until then. On SQLite a writing
    transaction is the only one anyway.
    """
    if transaction.dialect.name != "postgresql":
        return True
    await transaction.execute(
        text(f"SET LOCAL idle_in_transaction_session_timeout = '{LEAD_IDLE_S_MAX}s'")
    )
    asked = await transaction.execute(select(text(f"pg_try_advisory_xact_lock({LEADER_LOCK})")))
    return bool(asked.scalar_one())


class PulseLine:
    """One executor's own connection, for its pulse only. Blocking: it belongs to one thread."""

    def __init__(self, database: Database, executor_id: str) -> None:
        self._id = executor_id
        self._engine = _pulse_engine(database)
        self._connection: Connection | None = None

    def beat(self) -> bool | None:
        """Whether the executor is still alive; None when the database could not tell."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                return self._connection.execute(_BEAT, {"id": self._id}).rowcount == 1
        except SQLAlchemyError:
            self.close()
            return None

    def close(self) -> None:
        """Give the connection back; the next beat opens another."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.close()
        except SQLAlchemyError:
            # It was broken already, which is why it is closed.
            connection.invalidate()


def _pulse_engine(database: Database) -> Engine:
    url = database.engine.url
    if database.dialect == "sqlite":
        engine = create_engine(
            url.set(drivername="sqlite+pysqlite"),
            connect_args={"timeout": _PULSE_WAIT_S_MAX, "check_same_thread": False},
            poolclass=NullPool,
        )
        _prepare_pulse(engine)
        return engine
    options = " ".join(
        f"-c {name}"
        for name in (
            f"lock_timeout={_PULSE_WAIT_S_MAX}s",
            f"statement_timeout={_PULSE_WAIT_S_MAX}s",
            f"idle_in_transaction_session_timeout={_PULSE_WAIT_S_MAX}s",
            # A pulse that a crash of the server loses is a pulse of a server that crashed.
            "synchronous_commit=off",
        )
    )
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={
            "connect_timeout": _PULSE_WAIT_S_MAX,
            "application_name": "yuepi-pulse",
            "tcp_user_timeout": _PULSE_WAIT_S_MAX * 1_000,
            "options": options,
        },
        poolclass=NullPool,
    )


def _prepare_pulse(engine: Engine) -> None:
    """Without waiting for the disk: a pulse need not survive a power cut, and costs no fsync."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def known_ids(rows: Sequence[ExecutorRow]) -> frozenset[str]:
    """Their ids."""
    return frozenset(row.id for row in rows)
