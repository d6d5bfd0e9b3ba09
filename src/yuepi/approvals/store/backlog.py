"""How many claims stand where, and since when the oldest waits for the machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.kit.database import Transaction


async def counts(transaction: Transaction, statuses: Sequence[str]) -> dict[str, int]:
    """How many claims have each of these statuses; from the index alone."""
    query = (
        select(CLAIMS.c.status, func.count())
        .where(CLAIMS.c.status.in_(statuses))
        .group_by(CLAIMS.c.status)
    )
    found = {status: int(number) for status, number in await transaction.execute(query)}
    return {status: found.get(status, 0) for status in statuses}


async def oldest_received(transaction: Transaction) -> datetime | None:
    """Since when the claim that is received for longest is so; None where there is none."""
    query = select(func.min(CLAIMS.c.updated_at)).where(CLAIMS.c.status == "received")
    found: datetime | None = (await transaction.execute(query)).scalar_one()
    return found
