"""Tables of notices, and of who wants mail; and their queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    func,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from yuepi.kit.database import METADATA, Transaction, UtcDateTime

_UNSPREAD: Final = "spread_at IS NULL"

NOTICES: Final = Table(
    # What a person is told; or (no user) what everyone of a role is told, or only webhooks.
    "notices",
    METADATA,
    Column("id", String(40), primary_key=True),
    # Subject, kind, turn and whom: told once, whatever is repeated.
    Column("key", String(255), nullable=False, unique=True),
    Column("user_id", String(64)),
    Column("role", String(16)),
    Column("department_id", String(64)),
    Column("kind", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("turn", Integer, nullable=False),
    # JSON: what its text is filled with.
    Column("detail", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # When it was handed on to mail and webhooks; null: it waits to be.
    Column("spread_at", UtcDateTime),
    Column("read_at", UtcDateTime),
    Index("ix_notices_user_id", "user_id", "created_at", "id"),
    Index(
        "ix_notices_unread",
        "user_id",
        "created_at",
        "id",
        sqlite_where=text("read_at IS NULL"),
        postgresql_where=text("read_at IS NULL"),
    ),
    Index(
        "ix_notices_to_spread",
        "created_at",
        "id",
        sqlite_where=text(_UNSPREAD),
        postgresql_where=text(_UNSPREAD),
    ),
)

NOTICE_WISHES: Final = Table(
    # Who wants no mail; without a row: mail.
    "notice_wishes",
    METADATA,
    Column("user_id", String(64), primary_key=True),
    Column("mail", Boolean, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

UNSPREAD: Final = text(_UNSPREAD)
SPREAD_WAITS: Final = select(NOTICES.c.id).where(UNSPREAD)
"""Whether mail and webhooks have not heard of some notice."""
_ADD: Final = {
    "sqlite": sqlite.insert(NOTICES).on_conflict_do_nothing(index_elements=["key"]),
    "postgresql": postgresql.insert(NOTICES).on_conflict_do_nothing(index_elements=["key"]),
}


async def add_notices(
    transaction: Transaction, rows: Sequence[Mapping[str, Any]], at_once: int = 200
) -> None:
    """Add rows whose key is new; the others are there already."""
    # In one order everywhere: two that tell the same at once must not lock crosswise.
    rows = sorted(rows, key=lambda row: str(row["key"]))
    add = _ADD[transaction.dialect.name]
    for at in range(0, len(rows), at_once):
        await transaction.execute(add, [dict(row) for row in rows[at : at + at_once]])


async def to_spread(transaction: Transaction, rows_max: int) -> Sequence[Row[Any]]:
    """The oldest notices that mail and webhooks have not heard of."""
    query = (
        select(NOTICES).where(UNSPREAD).order_by(NOTICES.c.created_at, NOTICES.c.id).limit(rows_max)
    )
    return (await transaction.execute(query)).all()


async def take_to_spread(transaction: Transaction, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Those of them that still wait and that no one else has; locked until the end."""
    query = (
        select(NOTICES)
        .where(NOTICES.c.id.in_(ids), UNSPREAD)
        .order_by(NOTICES.c.created_at, NOTICES.c.id)
        .with_for_update(skip_locked=True)
    )
    return (await transaction.execute(query)).all()


async def mark_spread(transaction: Transaction, ids: Sequence[str], moment: datetime) -> None:
    """They have been handed on."""
    change = update(NOTICES).where(NOTICES.c.id.in_(ids)).values(spread_at=moment)
    await transaction.execute(change)


async def without_mail(transaction: Transaction, user_ids: Sequence[str]) -> frozenset[str]:
    """Who of them wants no mail."""
    query = select(NOTICE_WISHES.c.user_id).where(
        NOTICE_WISHES.c.user_id.in_(user_ids), NOTICE_WISHES.c.mail.is_(False)
    )
    return frozenset((await transaction.execute(query)).scalars())


async def set_mail(transaction: Transaction, user_id: str, mail: bool, moment: datetime) -> None:
    """Whether this person wants mail."""
    insert = sqlite.insert if transaction.dialect.name == "sqlite" else postgresql.insert
    values = {"mail": mail, "changed_at": moment}
    await transaction.execute(
        insert(NOTICE_WISHES)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )


async def page(
    transaction: Transaction, user_id: str, after: str | None, unread: bool, rows_max: int
) -> Sequence[Row[Any]]:
    """A person's notices, the newest first; `after`: those older than that one of theirs."""
    query = (
        select(NOTICES)
        .where(NOTICES.c.user_id == user_id)
        .order_by(NOTICES.c.created_at.desc(), NOTICES.c.id.desc())
        .limit(rows_max)
    )
    if unread:
        query = query.where(NOTICES.c.read_at.is_(None))
    if after is not None:
        place = select(NOTICES.c.created_at, NOTICES.c.id).where(
            NOTICES.c.id == after, NOTICES.c.user_id == user_id
        )
        query = query.where(tuple_(NOTICES.c.created_at, NOTICES.c.id) < place.scalar_subquery())
    return (await transaction.execute(query)).all()


async def unread(transaction: Transaction, user_id: str, most: int) -> int:
    """How many they have not read, counted up to `most`."""
    some = (
        select(NOTICES.c.id)
        .where(NOTICES.c.user_id == user_id, NOTICES.c.read_at.is_(None))
        .limit(most)
        .subquery()
    )
    return int((await transaction.execute(select(func.count()).select_from(some))).scalar_one())


async def mark_read(
    transaction: Transaction, user_id: str, ids: Sequence[str] | None, moment: datetime
) -> int:
    """Their notices of these ids (None: all) are read now; how many were not before."""
    change = (
        update(NOTICES)
        .where(NOTICES.c.user_id == user_id, NOTICES.c.read_at.is_(None))
        .values(read_at=moment)
    )
    if ids is not None:
        change = change.where(NOTICES.c.id.in_(ids))
    return (await transaction.execute(change)).rowcount
