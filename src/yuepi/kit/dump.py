"""All rows of the database as lines of JSON, and back: the same on SQLite and PostgreSQL.

So a backup of one can be restored into the other. One snapshot holds all tables: what is written
meanwhile is not in it, and nobody waits for it.

A table is a line that names its columns and how their values are written, then a line for each
row. Values: `plain` (text, whole numbers, truth, floats), `moment` (ISO 8601 in UTC), `money`
(a decimal string), `bytes` (base64).
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    Column,
    LargeBinary,
    MetaData,
    String,
    Table,
    func,
    inspect,
    select,
    text,
    type_coerce,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from yuepi.kit.database import METADATA, Database, Money, Transaction, UtcDateTime
from yuepi.kit.errors import BadUsage

ROWS_AT_ONCE: Final = 500
VERSION_TABLE: Final = "alembic_version"

_KINDS: Final[Mapping[str, TypeEngine[Any]]] = {
    "moment": UtcDateTime(),
    "money": Money(),
    "bytes": LargeBinary(),
    "plain": String(),
}


class Snapshot:
    """The tables as they stood when it was opened."""

    def __init__(self, transaction: Transaction, revision: str) -> None:
        self._transaction = transaction
        self.revision = revision
        self.tables: tuple[str, ...] = tuple(table.name for table in METADATA.sorted_tables)
        """Each table after those that its rows point to."""

    async def lines(self, name: str) -> AsyncIterator[str]:
        """The lines of one table, without line ends: its columns first."""
        table = METADATA.tables[name]
        kinds = [_kind(column) for column in table.columns]
        columns = [[column.name, kind] for column, kind in zip(table.columns, kinds, strict=True)]
        yield json.dumps({"table": name, "columns": columns})
        stored = [type_coerce(column, _stored(column.type)) for column in table.columns]
        found = await self._transaction.stream(select(*stored).order_by(*table.primary_key))
        async for row in found:
            values = [_written(kind, value) for kind, value in zip(kinds, row, strict=True)]
            yield json.dumps(values, ensure_ascii=False)

    async def values(self, column: Column[str]) -> AsyncIterator[str]:
        """All values of one column of text, those that are null left out."""
        found = await self._transaction.stream(select(column).where(column.is_not(None)))
        async for (value,) in found:
            yield value


@asynccontextmanager
async def snapshot(database: Database) -> AsyncGenerator[Snapshot, None]:
    """All tables at one moment. Every room's store must have been imported.

    Raises `Unavailable` when the database fails, `BadUsage` for one with tables unknown here.
    """
    async with database.reading(together=True) as transaction:
        if database.dialect == "postgresql":
            await transaction.execute(
                text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            )
        revision = await _revision(transaction)
        present = set(await transaction.run_sync(lambda sync: inspect(sync).get_table_names()))
        unknown = present - set(METADATA.tables) - {VERSION_TABLE}
        if revision is None or unknown:
            raise BadUsage(
                f"the database holds tables that are not Yuepi's: {', '.join(sorted(unknown))}"
                if unknown
                else "the database holds no tables of Yuepi",
                remedy="give Yuepi a database of its own",
                code="unknown_tables",
            )
        yield Snapshot(transaction, revision)


async def _revision(transaction: Transaction) -> str | None:
    names = await transaction.run_sync(lambda sync: inspect(sync).get_table_names())
    if VERSION_TABLE not in names:
        return None
    found = await transaction.execute(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608
    version: str | None = found.scalar_one_or_none()
    return version


async def is_empty(database: Database) -> bool:
    """Whether nobody has used it: no keys, people, claims or records."""
    async with database.reading() as transaction:
        present = await transaction.run_sync(lambda sync: inspect(sync).get_table_names())
        for name in {"keys", "users", "claims", "audit_entries"} & set(present):
            table = METADATA.tables[name]
            if await transaction.scalar(select(func.count()).select_from(table)):
                return False
    return True


async def load(transaction: Transaction, lines: AsyncIterable[str]) -> tuple[str, int]:
    """Write one table's lines; its name and how many rows. What a migration put there is replaced.

    Raises `BadUsage` for lines that are no table, `RowRefused` for rows that do not fit.
    """
    table: Table | None = None
    kinds: list[str] = []
    rows: list[dict[str, Any]] = []
    parent: tuple[str, str] | None = None
    count = 0
    async for line in lines:
        if table is None:
            table, kinds = _head(line)
            parent = _own_parent(table.name)
            # Some tables begin with a row; one that only grows refuses even an empty DELETE.
            if await transaction.scalar(select(func.count()).select_from(table)):
                await transaction.execute(table.delete())
            continue
        rows.append(_row(table, kinds, line))
        count += 1
        # A tree's rows are held together: its branches may come before what they hang on.
        if len(rows) >= ROWS_AT_ONCE and parent is None:
            await transaction.execute(table.insert(), rows)
            rows = []
    if table is None:
        raise _not_a_dump("it is empty")
    if rows:
        await transaction.execute(table.insert(), _parents_first(rows, parent))
    return table.name, count


def _own_parent(name: str) -> tuple[str, str] | None:
    """(column, what it points to) where a table's rows point to others of the same table; such
    tables are small. None for all the others."""
    table = METADATA.tables.get(name)
    if table is None:
        return None
    for column in table.columns:
        for key in column.foreign_keys:
            if key.column.table is table:
                return column.name, key.column.name
    return None


def _parents_first(
    rows: list[dict[str, Any]], parent: tuple[str, str] | None
) -> list[dict[str, Any]]:
    """The rows of a tree, each after the one that it hangs on; what hangs on nothing comes last,
    for the database to refuse."""
    if parent is None:
        return rows
    above, own = parent
    ordered: list[dict[str, Any]] = []
    there: set[Any] = {None}
    left = rows
    while ready := [row for row in left if row.get(above) in there]:
        left = [row for row in left if row.get(above) not in there]
        there |= {row.get(own) for row in ready}
        ordered += ready
    return [*ordered, *left]


def _head(line: str) -> tuple[Table, list[str]]:
    """The table by the dump's own words: it may be one of an older program."""
    try:
        told = json.loads(line)
        name, columns = told["table"], told["columns"]
        kinds = [kind for _, kind in columns]
        known = METADATA.tables.get(name)
        made = [Column(column, _type(known, column, kind)) for column, kind in columns]
        return Table(name, MetaData(), *made), kinds
    except (ValueError, KeyError, TypeError) as error:
        raise _not_a_dump("its first line names no table") from error


def _type(known: Table | None, column: str, kind: str) -> TypeEngine[Any]:
    """Truth and numbers need the column's own type; what it is not, the dump says."""
    if kind == "plain" and known is not None and column in known.columns:
        return _stored(known.columns[column].type)
    return _KINDS[kind]


def _row(table: Table, kinds: Sequence[str], line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
        return {
            column.name: _read(kind, value)
            for column, kind, value in zip(table.columns, kinds, values, strict=True)
        }
    except (ValueError, TypeError) as error:
        raise _not_a_dump(f"a row of {table.name} cannot be read") from error


def _not_a_dump(what: str) -> BadUsage:
    return BadUsage(
        f"this is no table of a backup: {what}",
        remedy="take another backup; this one is damaged",
        code="backup_damaged",
    )


def _stored(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """How a value lies in the database, where a room's own type makes something else of it."""
    if isinstance(type_, TypeDecorator) and not isinstance(type_, UtcDateTime | Money):
        return type_.impl_instance
    return type_


def _kind(column: Column[Any]) -> str:
    for kind, type_ in _KINDS.items():
        if kind != "plain" and isinstance(column.type, type(type_)):
            return kind
    return "plain"


def _written(kind: str, value: Any) -> Any:
    if value is None or kind == "plain":
        return value
    if kind == "moment":
        return value.isoformat()
    return str(value) if kind == "money" else base64.b64encode(bytes(value)).decode("ascii")


def _read(kind: str, value: Any) -> Any:
    if value is None or kind == "plain":
        return value
    if kind == "moment":
        return datetime.fromisoformat(value)
    return Decimal(value) if kind == "money" else base64.b64decode(value, validate=True)
