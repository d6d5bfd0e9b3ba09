"""Claims on their way between the table and the queue: which wait, which were handed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, text, tuple_, update

from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.kit.database import Transaction

# As the partial index has it, word by word, so that the database sees that it may use it.
_WAITS: Final = text("status = 'received' AND queued_at IS NULL")


@dataclass(frozen=True, slots=True)
class Handed:
    """A claim's round. queued_at: when it was handed to the queue, None while it waits."""

    claim_id: str
    round: int
    created_at: datetime
    queued_at: datetime | None


CLAIMS_WAIT: Final = select(CLAIMS.c.id).where(_WAITS)
"""Whether there is one that was not handed over yet."""
_COLUMNS: Final = (CLAIMS.c.id, CLAIMS.c.round, CLAIMS.c.created_at, CLAIMS.c.queued_at)


async def waiting(transaction: Transaction, rows_max: int) -> list[Handed]:
    """Received claims that were not handed over yet, the oldest first."""
    # All wait since never: named for PostgreSQL, which then reads the order off the index.
    order = (CLAIMS.c.queued_at, CLAIMS.c.created_at)
    query = select(*_COLUMNS).where(_WAITS).order_by(*order).limit(rows_max)
    return [Handed(*row) for row in await transaction.execute(query)]


async def mark_queued(transaction: Transaction, handed: Sequence[Handed], at: datetime) -> None:
    """Note that these were handed over; what went on meanwhile is left alone."""
    if not handed:
        return
    pairs = [(each.claim_id, each.round) for each in handed]
    change = (
        update(CLAIMS)
        .where(
            CLAIMS.c.id.in_([claim_id for claim_id, _ in pairs]),
            tuple_(CLAIMS.c.id, CLAIMS.c.round).in_(pairs),
            CLAIMS.c.status == "received",
            CLAIMS.c.queued_at.is_(None),
        )
        .values(queued_at=at)
    )
    await transaction.execute(change)


async def handed_over(
    transaction: Transaction, after: tuple[datetime, str] | None, rows_max: int
) -> list[Handed]:
    """Claims that still count as received though they were handed over, in order of their age."""
    query = select(*_COLUMNS).where(CLAIMS.c.status == "received", CLAIMS.c.queued_at.is_not(None))
    if after is not None:
        query = query.where(tuple_(CLAIMS.c.created_at, CLAIMS.c.id) > after)
    query = query.order_by(CLAIMS.c.created_at, CLAIMS.c.id).limit(rows_max)
    return [Handed(*row) for row in await transaction.execute(query)]


async def take_back(transaction: Transaction, handed: Handed) -> bool:
    """Let it wait again, as one that was never handed over; whether it still stood as seen."""
    change = (
        update(CLAIMS)
        .where(
            CLAIMS.c.id == handed.claim_id,
            CLAIMS.c.round == handed.round,
            CLAIMS.c.status == "received",
            CLAIMS.c.queued_at == handed.queued_at,
        )
        .values(queued_at=None)
    )
    return (await transaction.execute(change)).rowcount == 1
