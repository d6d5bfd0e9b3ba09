"""Calls, their sealed contents, and spending, in the database.

Everything here bears being written again: after a lost connection nobody knows whether the last
commit counted. A call is inserted once by its id. Spending has one row for each key, month and
*writer* (one run of one process) that holds what that writer has charged altogether: writing it
again changes nothing, writers never touch each other's rows, and a key's spending is their sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    delete,
    func,
    select,
    tuple_,
)

from yuepi.kit.database import METADATA, Database, Money, UtcDateTime

CALLS: Final = Table(
    "calls",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("route", String(256), nullable=False),
    Column("deployment", String(256), nullable=False),
    Column("model_version", String(256), nullable=False),
    Column("prompt_version", String(256), nullable=False),
    Column("request_sha256", String(64), nullable=False),
    Column("picture_sha256s", Text, nullable=False),
    Column("conversation", String(256), nullable=False),
    Column("queued_s", Double, nullable=False),
    Column("first_token_s", Double),
    Column("total_s", Double, nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("completion_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("usage_estimated", Boolean, nullable=False),
    Column("cost", Money, nullable=False),
    Column("cache", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("outcome", String(64), nullable=False),
    Index(None, "at", "id"),
    Index(None, "tenant", "at", "id"),
)

CALL_CONTENTS: Final = Table(
    "call_contents",
    METADATA,
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

SPENDING: Final = Table(
    "spending",
    METADATA,
    Column("key_id", String(64), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("writer", String(32), primary_key=True),
    Column("spent", Money, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("calls", BigInteger, nullable=False),
)

TEXT_SIZES: Final[Mapping[str, int]] = {
    column.name: column.type.length
    for column in CALLS.c
    if isinstance(column.type, String) and column.type.length is not None
}
"""How many characters each text of a call may have."""

PURGE_ROWS_MAX: Final = 1_000

Row = Mapping[str, Any]


class CallTable:
    """The queries of the call log. All raise `Unavailable` when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._add_calls = database.insert(CALLS).on_conflict_do_nothing()
        self._add_contents = database.insert(CALL_CONTENTS).on_conflict_do_nothing()
        spending = database.insert(SPENDING)
        self._put_spending = spending.on_conflict_do_update(
            index_elements=[SPENDING.c.key_id, SPENDING.c.month, SPENDING.c.writer],
            set_={name: spending.excluded[name] for name in ("spent", "tokens", "calls")},
        )

    async def write(
        self, calls: Sequence[Row], contents: Sequence[Row], spending: Sequence[Row]
    ) -> None:
        """All of it in one transaction. Raises `RowRefused` too."""
        async with self._database.writing() as connection:
            if calls:
                await connection.execute(self._add_calls, calls)
            if contents:
                await connection.execute(self._add_contents, contents)
            if spending:
                await connection.execute(self._put_spending, spending)

    async def page(
        self,
        *,
        tenant: str | None,
        since: datetime | None,
        until: datetime | None,
        outcome: str | None,
        after: tuple[datetime, str] | None,
        rows_max: int,
    ) -> list[dict[str, Any]]:
        """Calls of `since` ≤ time < `until`, the newest first, from behind the place `after`."""
        query: Select[Any] = select(CALLS)
        if tenant is not None:
            query = query.where(CALLS.c.tenant == tenant)
        if since is not None:
            query = query.where(CALLS.c.at >= since)
        if until is not None:
            query = query.where(CALLS.c.at < until)
        if outcome is not None:
            query = query.where(CALLS.c.outcome == outcome)
        if after is not None:
            place = tuple_(CALLS.c.at, CALLS.c.id)
            query = query.where(place < tuple_(*after, types=[CALLS.c.at.type, CALLS.c.id.type]))
        query = query.order_by(CALLS.c.at.desc(), CALLS.c.id.desc()).limit(rows_max)
        async with self._database.reading() as connection:
            return [row._asdict() for row in await connection.execute(query)]

    async def row(self, call_id: str) -> dict[str, Any] | None:
        """One call, whoever's it is; None where there is none of that id."""
        query = select(CALLS).where(CALLS.c.id == call_id)
        async with self._database.reading() as connection:
            found = (await connection.execute(query)).first()
        return None if found is None else found._asdict()

    async def has_contents(self) -> bool:
        """Whether the content of any call is kept."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(CALL_CONTENTS.c.call_id).limit(1))
            return found.first() is not None

    async def content(self, call_id: str, tenant: str | None) -> bytes | None:
        """The sealed content of a call, if it is there and the tenant's."""
        query = (
            select(CALL_CONTENTS.c.sealed)
            .join(CALLS, CALLS.c.id == CALL_CONTENTS.c.call_id)
            .where(CALLS.c.id == call_id)
        )
        if tenant is not None:
            query = query.where(CALLS.c.tenant == tenant)
        async with self._database.reading() as connection:
            found: bytes | None = (await connection.execute(query)).scalar()
        return found

    async def purge(self, before: datetime) -> int:
        """Delete calls and contents older than `before`; how many calls there were.

        In steps, so that the call log's own writes wait only briefly.
        """
        old = select(CALLS.c.id).where(CALLS.c.at < before).limit(PURGE_ROWS_MAX)
        gone = 0
        while True:
            async with self._database.writing() as connection:
                # Contents go by the foreign key's cascade.
                result = await connection.execute(delete(CALLS).where(CALLS.c.id.in_(old)))
            gone += result.rowcount
            if result.rowcount < PURGE_ROWS_MAX:
                return gone


class SpendingTable:
    """The query of budgets; the call log writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spent_by_others(self, key_id: str, month: str, writer: str) -> Decimal:
        """What all other writers, earlier runs included, have charged to a key in a month."""
        query = select(func.sum(SPENDING.c.spent)).where(
            SPENDING.c.key_id == key_id, SPENDING.c.month == month, SPENDING.c.writer != writer
        )
        async with self._database.reading() as connection:
            found: Decimal | None = (await connection.execute(query)).scalar()
        return found or Decimal(0)
