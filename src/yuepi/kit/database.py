"""One SQL database: SQLite in the data folder, or PostgreSQL, with the same tables and meaning.

Rooms declare their tables on `METADATA` in their own `store` modules and write them through
`Database.reading()` and `Database.writing()`. The tables themselves are made by `migrate`, never
by the program at run time.

What differs between the two is settled here, once:

- Moments are aware UTC in Python (`UtcDateTime`), money is an exact `Decimal` (`Money`).
- A SQLite write begins with BEGIN IMMEDIATE, so that two writers queue instead of failing half
  way (https://www.sqlite.org/lang_transaction.html). `synchronous=FULL` makes a commit mean that
  the data lies on the disk, also in WAL mode (https://www.sqlite.org/pragma.html#pragma_synchronous).
- Failures come out as `Unavailable` (ask again later) or `RowRefused` (this row will never do).
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Context, Decimal, Inexact, InvalidOperation
from pathlib import Path
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, MetaData, Numeric, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.types import TypeDecorator, TypeEngine

from yuepi.kit.connections import connect_sqlite, ping_idle
from yuepi.kit.errors import BadUsage, Unavailable, YuepiError
from yuepi.kit.waiting import Waiting

LOG = logging.getLogger(__name__)

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Where every room's store declares its tables. Fixed names, so that migrations can name them."""

Transaction = AsyncConnection
"""An open transaction, as one room's store hands it to another room's verb."""

CONNECTIONS_MAX: Final = 5
CONNECTION_WAIT_S_MAX: Final = 10
LOCK_WAIT_S_MAX: Final = 10
"""How long a write waits for another process's write before it fails."""
IDLE_S_MAX: Final = 5
"""PostgreSQL ends a transaction whose process says nothing for so long: one that was frozen must
not keep its locks."""
MIGRATION_WAIT_S_MAX: Final = 60
MIGRATION_LOCK: Final = 0x59756570  # "Yuep": the advisory lock's number on PostgreSQL

MONEY_PLACES: Final = 9
MONEY_STEP: Final = Decimal(1).scaleb(-MONEY_PLACES)
MONEY_MAX: Final = Decimal(9_000_000_000)
"""What fits: in billionths, a signed 64-bit number holds 9.2 thousand million."""
_EXACT: Final = Context(prec=28, traps=[Inexact, InvalidOperation])


class RowRefused(YuepiError):
    """The database will never take this row: a rule of the table or a type stands against it."""

    code = "row_refused"
    http_status = 500


# --- types -------------------------------------------------------------------------------------


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in, aware UTC out; microseconds are kept. Naive ones raise ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        moment = value.astimezone(UTC)
        # SQLite has no zones: text of one width, so that order of text is order of time.
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An exact amount with up to nine decimals, within ±`MONEY_MAX`; anything else: ValueError.

    NUMERIC on PostgreSQL, whole billionths on SQLite (which would keep a float); sums and
    additions in SQL are exact on both.
    """

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(Numeric(19, MONEY_PLACES))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        if value is None:
            return None
        if not value.is_finite() or abs(value) > MONEY_MAX:
            raise ValueError(f"not an amount that can be stored: {value}")
        try:
            exact = value.quantize(MONEY_STEP, context=_EXACT)
        except Inexact:
            raise ValueError(f"more than {MONEY_PLACES} decimals: {value}") from None
        return int(exact.scaleb(MONEY_PLACES)) if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Decimal | int | None, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        # A sum comes back as a plain NUMERIC on PostgreSQL, as whole billionths on SQLite.
        return Decimal(value).scaleb(-MONEY_PLACES) if dialect.name == "sqlite" else Decimal(value)


def storable(amount: Decimal) -> Decimal:
    """The amount as `Money` keeps it: rounded up to nine decimals, at most `MONEY_MAX`.

    Up, so that what is written down never falls short of what was spent. Raises ValueError for
    what is no amount (NaN) and for negative ones.
    """
    if amount.is_nan() or amount < 0:
        raise ValueError(f"not an amount: {amount}")
    if amount >= MONEY_MAX:
        return MONEY_MAX
    return amount.quantize(MONEY_STEP, rounding=ROUND_CEILING)


# --- the open database -------------------------------------------------------------------------


class Database:
    """Connections to one database; `open_database` makes it, `close` gives everything back."""

    def __init__(self, url: URL) -> None:
        self.dialect: Final = url.get_backend_name()
        self.name: Final = url.render_as_string(hide_password=True)
        arguments = _connect_args(url)
        if self.dialect == "sqlite":
            arguments["async_creator_fn"] = connect_sqlite
        self.engine: Final = create_async_engine(
            url,
            pool_size=CONNECTIONS_MAX,
            max_overflow=0,
            pool_timeout=CONNECTION_WAIT_S_MAX,
            connect_args=arguments,
        )
        _prepare(self.engine.sync_engine)
        self._writing = self.engine.execution_options(yuepi_writes=True)
        self._looking = self.engine
        if self.dialect == "postgresql":
            # There each statement sees what is committed by then: BEGIN and COMMIT need not travel.
            self._looking = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.waiting: Final = Waiting(self.reading, url)

    @asynccontextmanager
    async def reading(self, *, together: bool = False) -> AsyncGenerator[AsyncConnection, None]:
        """For what only reads. Raises `Unavailable` when the database fails.

        together: in one transaction, for who sets its isolation or streams from it.
        """
        with _clear_errors(self.name):
            async with (self.engine if together else self._looking).begin() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection, None]:
        """One transaction that writes, committed at the end of the block or not at all.

        Raises `Unavailable` when the database fails (whether the commit counted is then unknown:
        what is written must bear being written again), `RowRefused` when it refuses the row.
        """
        with _clear_errors(self.name):
            async with self._writing.begin() as connection:
                yield connection

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT, in this database's dialect."""
        return sqlite.insert(table) if self.dialect == "sqlite" else postgresql.insert(table)

    async def close(self) -> None:
        """Give the connections back. Calling it twice does no harm."""
        self.waiting.close()
        await self.engine.dispose()


def open_database(url: str) -> Database:
    """The database at `url`: `sqlite:///FILE` or `postgresql://…`; connects when first used.

    `migrate` must have run. Raises `BadUsage` for another kind of database.
    """
    return Database(_checked(url))


def sqlite_url(file: Path) -> str:
    """The address of a SQLite file."""
    return URL.create("sqlite", database=str(file.absolute())).render_as_string()


def _checked(url: str) -> URL:
    """The address with the driver we use; nothing is taken over from its query but for libpq."""
    remedy = "give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME as the database's url"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # The text may hold a password: it is not repeated.
        raise BadUsage("the database's url cannot be read", remedy=remedy) from error
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        if parsed.database in (None, "", ":memory:") or parsed.query:
            raise BadUsage("a SQLite database needs a file", remedy=remedy)
        return parsed.set(drivername="sqlite+aiosqlite")
    if kind in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise BadUsage(f"databases of the kind {kind!r} are not known", remedy=remedy)


def _connect_args(url: URL, lock_wait_s_max: int = LOCK_WAIT_S_MAX) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"timeout": lock_wait_s_max}
    return {
        "connect_timeout": CONNECTION_WAIT_S_MAX,
        "application_name": "yuepi",
        # A server that vanished is noticed, instead of waited for.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "options": f"-c lock_timeout={lock_wait_s_max}s -c timezone=UTC "
        f"-c idle_in_transaction_session_timeout={IDLE_S_MAX}s",
    }


def _prepare(engine: Engine) -> None:
    """Set up each SQLite connection, and begin transactions ourselves: its driver does it late."""
    if engine.dialect.name != "sqlite":
        ping_idle(engine)
        return

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("yuepi_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_AWAY: Final = (PoolTimeout, DisconnectionError, sqlite3.Error, OSError)
"""The database is away. What SQLAlchemy refuses to run at all is a fault of the program and passes
as it is: whoever waits for it to end would wait for ever."""


@contextmanager
def _clear_errors(name: str) -> Generator[None, None, None]:
    """SQLAlchemy's and the driver's errors as ours; the cause stays attached for the log."""
    try:
        yield
    except StatementError as error:
        # A value that a type refused comes as a plain StatementError, the driver's as a DBAPIError.
        driver = isinstance(error, DBAPIError)
        if driver and not isinstance(error, IntegrityError | DataError):
            raise _failed(name, error) from error
        raise RowRefused(
            f"the database refused a row: {_first_line(error)}",
            remedy="this is a fault of the program; please report it with the log",
        ) from error
    except _AWAY as error:
        raise _failed(name, error) from error


def _failed(name: str, error: BaseException) -> Unavailable:
    return Unavailable(
        f"the database does not work: {_first_line(error)}",
        remedy=f"check that {name} can be reached and written, and that its disk has room",
        code="database_unavailable",
    )


def _first_line(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]


# --- migrations --------------------------------------------------------------------------------


async def migrate(url: str, *, to: str = "head") -> None:
    """Bring the tables to this program's version; a fresh SQLite file is made, for its owner only.

    Two processes may start at once: one works, the other waits and finds nothing left to do. All
    steps are one transaction: a failed one leaves the database as it was. Raises `Unavailable`
    for a database of a newer program (code `database_newer`) and when it cannot be reached.
    `to`: another version of the tables, newer or older (`base`: no tables), for tests and rescue.
    """
    checked = _checked(url)
    if checked.get_backend_name() == "sqlite":
        checked = checked.set(drivername="sqlite+pysqlite")
    await asyncio.to_thread(_migrate, checked, to)


def _migrate(url: URL, to: str) -> None:
    with _clear_errors(url.render_as_string(hide_password=True)):
        if url.get_backend_name() == "sqlite":
            _make_file(Path(str(url.database)))
        engine = create_engine(url, connect_args=_connect_args(url, MIGRATION_WAIT_S_MAX))
        _prepare(engine)
        try:
            with engine.execution_options(yuepi_writes=True).begin() as connection:
                if connection.dialect.name == "postgresql":
                    # Between its statements scripts are loaded, which takes a busy machine long.
                    idle = f"idle_in_transaction_session_timeout = '{MIGRATION_WAIT_S_MAX}s'"
                    connection.exec_driver_sql(f"SET LOCAL {idle}")
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
                _run_scripts(connection, to)
        finally:
            engine.dispose()


def _make_file(file: Path) -> None:
    """The SQLite file in WAL mode, which it keeps; only its owner may read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    deadline = time.monotonic() + MIGRATION_WAIT_S_MAX
    connection = sqlite3.connect(file, timeout=LOCK_WAIT_S_MAX)
    try:
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                break
            except sqlite3.OperationalError as error:
                # Two processes changing the mode at once do not wait for each other by themselves.
                busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
                if not busy or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
    finally:
        connection.close()


def _run_scripts(connection: Connection, to: str) -> None:
    # Alembic is needed once per start, and only here.
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    newest_first = ScriptDirectory.from_config(config).walk_revisions()
    order = ["base", *reversed([script.revision for script in newest_first])]
    present = MigrationContext.configure(connection).get_current_revision() or "base"
    target = order[-1] if to == "head" else to
    if present not in order:
        raise Unavailable(
            f"the database was last used by a newer Yuepi (its tables have version {present})",
            remedy="start that newer version, or restore a backup made by this one",
            code="database_newer",
        )
    if target != present:
        LOG.info("database: tables from version %s to %s", present, target)
        older = order.index(target) < order.index(present)
        (command.downgrade if older else command.upgrade)(config, target)
