"""Corrections in the database: added, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import bindparam, func, insert, select

from yuepi.approvals.corrections import CorrectionRow
from yuepi.approvals.store.review_tables import CORRECTIONS
from yuepi.kit.database import Transaction

_OF_CLAIM: Final = (
    select(CORRECTIONS)
    .where(CORRECTIONS.c.claim_id == bindparam("of_claim"))
    .order_by(CORRECTIONS.c.at, CORRECTIONS.c.id)
)


async def add(transaction: Transaction, rows: Sequence[CorrectionRow]) -> None:
    """Write corrections."""
    if rows:
        await transaction.execute(insert(CORRECTIONS), [asdict(row) for row in rows])


async def of_claim(transaction: Transaction, claim_id: str) -> list[CorrectionRow]:
    """The claim's corrections, the oldest first."""
    found = await transaction.execute(_OF_CLAIM, {"of_claim": claim_id})
    return [CorrectionRow.of(row) for row in found.mappings()]


async def count(transaction: Transaction, claim_id: str) -> int:
    """How many corrections the claim has."""
    query = select(func.count()).where(CORRECTIONS.c.claim_id == claim_id)
    return int((await transaction.execute(query)).scalar_one())
