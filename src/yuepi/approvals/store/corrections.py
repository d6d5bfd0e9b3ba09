"""Corrections in the database: added, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import bindparam, func, insert, select

from yuepi.approvals.corrections import CorrectionRow
from yuepi.approvals.store.claim_tables import READINGS
from yuepi.approvals.store.review_tables import CORRECTIONS
from yuepi.kit.database import Transaction

_OF_CLAIM: Final = (
    select(CORRECTIONS)
    .where(CORRECTIONS.c.claim_id == bindparam("of_claim"))
    .order_by(CORRECTIONS.c.at, CORRECTIONS.c.id)
)
_NEWEST: Final = (
    select(CORRECTIONS)
    .order_by(CORRECTIONS.c.at.desc(), CORRECTIONS.c.id.desc())
    .limit(bindparam("at_most"))
)
_READ_LAST: Final = (
    select(READINGS.c.files)
    .where(READINGS.c.attachment_id == bindparam("of_attachment"))
    .order_by(READINGS.c.created_at.desc(), READINGS.c.reader.desc())
    .limit(1)
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


async def newest(transaction: Transaction, at_most: int) -> list[CorrectionRow]:
    """The last corrections of all claims, the newest first."""
    found = await transaction.execute(_NEWEST, {"at_most": at_most})
    return [CorrectionRow.of(row) for row in found.mappings()]


async def read_last(transaction: Transaction, attachment_id: str) -> str | None:
    """What was read in an attachment, by whichever reader read it last; None where none did."""
    found = await transaction.execute(_READ_LAST, {"of_attachment": attachment_id})
    text: str | None = found.scalar_one_or_none()
    return text
