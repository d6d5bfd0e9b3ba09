"""The engine that DBOS keeps its own tables with, as they must be kept here.

On SQLite it is a file apart from ours, in WAL mode and with full sync (DBOS sets neither); on
PostgreSQL the same database, in a schema of its own. A connection that says nothing within a
transaction is ended: a frozen process must not keep its locks.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import SQLAlchemyError

from yuepi.kit.database import IDLE_S_MAX, Database
from yuepi.kit.errors import Unavailable

CONNECTIONS_MAX: Final = 5
CONNECTION_WAIT_S_MAX: Final = 10
LOCK_WAIT_S_MAX: Final = 10


def durable_engine(database: Database, file: Path) -> Engine:
    """Where the queue lies: `file` beside a SQLite database, else the same PostgreSQL."""
    pool = {
        "pool_size": CONNECTIONS_MAX,
        "max_overflow": 0,
        "pool_timeout": CONNECTION_WAIT_S_MAX,
    }
    if database.dialect == "sqlite":
        url = URL.create("sqlite+pysqlite", database=str(file.absolute()))
        engine = create_engine(url, **pool)
        _prepare(engine)
        return engine
    return create_engine(
        database.engine.url.set(drivername="postgresql+psycopg"),
        connect_args={
            "connect_timeout": CONNECTION_WAIT_S_MAX,
            "application_name": "yuepi-queue",
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
            "options": f"-c lock_timeout={LOCK_WAIT_S_MAX}s "
            f"-c idle_in_transaction_session_timeout={IDLE_S_MAX}s",
        },
        pool_pre_ping=True,
        **pool,
    )


def _prepare(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        # DBOS counts on writers that queue from their first statement on.
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            f"busy_timeout={LOCK_WAIT_S_MAX * 1_000}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")


@contextmanager
def queue_errors() -> Generator[None, None, None]:
    """What fails in the queue's database comes out as `Unavailable`; the cause stays attached."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        line = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
        raise Unavailable(
            f"the queue's database does not work: {line}",
            remedy="check that the database can be reached and written, and its disk has room",
            code="queue_unavailable",
        ) from error
