"""The table of webhook endpoints, and its queries."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from yuepi.kit.database import METADATA, Transaction, UtcDateTime

WEBHOOKS: Final = Table(
    "webhooks",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("url", String(2048), nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    # The secret before it, which still signs until then.
    Column("old_sealed_secret", LargeBinary),
    Column("old_secret_until", UtcDateTime),
    # JSON list of kinds of notices; `*` stands for all.
    Column("events", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    # Failures since the last success, and when they began: long failure turns it off.
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("off_because", Text),
    Column("created_by", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)


async def listeners(transaction: Transaction) -> list[tuple[str, frozenset[str]]]:
    """The endpoints that are on, and the kinds each wants to hear of."""
    query = select(WEBHOOKS.c.id, WEBHOOKS.c.events).where(WEBHOOKS.c.active)
    found = await transaction.execute(query.order_by(WEBHOOKS.c.id))
    return [(row.id, frozenset(json.loads(row.events))) for row in found]


async def add(transaction: Transaction, row: Mapping[str, Any], most: int) -> bool:
    """Add an endpoint, unless there are `most` already; whether it was added."""
    count = await transaction.execute(select(func.count()).select_from(WEBHOOKS))
    if count.scalar_one() >= most:
        return False
    await transaction.execute(insert(WEBHOOKS).values(**row))
    return True


async def all_of(transaction: Transaction) -> Sequence[Row[Any]]:
    """All endpoints, the oldest first."""
    query = select(WEBHOOKS).order_by(WEBHOOKS.c.created_at, WEBHOOKS.c.id)
    return (await transaction.execute(query)).all()


async def one(transaction: Transaction, webhook_id: str) -> Row[Any] | None:
    """The endpoint of that id."""
    return (
        await transaction.execute(select(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id))
    ).one_or_none()


async def change(
    transaction: Transaction, webhook_id: str, version: int, values: Mapping[str, Any]
) -> bool:
    """Change it if it still has that version; whether it had."""
    found = await transaction.execute(
        update(WEBHOOKS)
        .where(WEBHOOKS.c.id == webhook_id, WEBHOOKS.c.version == version)
        .values(version=version + 1, **values)
    )
    return found.rowcount == 1


async def rotate(
    transaction: Transaction,
    webhook_id: str,
    sealed_secret: bytes,
    now: datetime,
    old_until: datetime,
) -> bool:
    """Put another secret in the place of the present one, which signs until then, too; whether the
    endpoint was there."""
    changed = await transaction.execute(
        update(WEBHOOKS)
        .where(WEBHOOKS.c.id == webhook_id)
        .values(
            # The right sides are the values before the change.
            old_sealed_secret=WEBHOOKS.c.sealed_secret,
            old_secret_until=old_until,
            sealed_secret=sealed_secret,
            changed_at=now,
            version=WEBHOOKS.c.version + 1,
        )
    )
    return changed.rowcount == 1


async def remove(transaction: Transaction, webhook_id: str) -> bool:
    """Remove it; whether it was there."""
    found = await transaction.execute(delete(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id))
    return found.rowcount == 1


async def worked(transaction: Transaction, webhook_id: str) -> None:
    """A delivery arrived: no failures stand against it any more."""
    await transaction.execute(
        update(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id).values(failures=0, failing_since=None)
    )


async def failed(transaction: Transaction, webhook_id: str, moment: datetime) -> Row[Any] | None:
    """A delivery failed; the endpoint as it stands now, None if it is gone."""
    change = (
        update(WEBHOOKS)
        .where(WEBHOOKS.c.id == webhook_id)
        .values(
            failures=WEBHOOKS.c.failures + 1,
            failing_since=func.coalesce(WEBHOOKS.c.failing_since, moment),
        )
        .returning(*WEBHOOKS.c)
    )
    row: Row[Any] | None = (await transaction.execute(change)).one_or_none()
    return row


async def switch_off(
    transaction: Transaction, webhook_id: str, reason: str, moment: datetime
) -> bool:
    """Turn it off; whether it was on."""
    found = await transaction.execute(
        update(WEBHOOKS)
        .where(WEBHOOKS.c.id == webhook_id, WEBHOOKS.c.active)
        .values(
            active=False,
            off_because=reason,
            changed_at=moment,
            version=WEBHOOKS.c.version + 1,
        )
    )
    return found.rowcount == 1
