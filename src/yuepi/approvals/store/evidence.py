"""Evidence for stages beyond single answers: approvals taken back, re-checks without an answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, select, update

from yuepi.approvals.stages import StageKey
from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.approvals.store.review_tables import REVIEWS
from yuepi.approvals.store.stage_tables import STAGE_EVIDENCE
from yuepi.kit.database import Transaction


async def turn_against(transaction: Transaction, review_ids: list[str], now: datetime) -> bool:
    """What was answered in these reviews counts against the machine from now on; whether there was
    any."""
    if not review_ids:
        return False
    turned = await transaction.execute(
        update(STAGE_EVIDENCE)
        .where(STAGE_EVIDENCE.c.review_id.in_(review_ids))
        .values(agreed=False, blind=True, at=now)
    )
    return turned.rowcount > 0


async def unanswered(transaction: Transaction, since: datetime) -> list[tuple[StageKey, int]]:
    """How many re-checks ended without an answer since then, by the papers' keys."""
    told = exists().where(STAGE_EVIDENCE.c.review_id == REVIEWS.c.id)
    keys = (CLAIMS.c.kind, CLAIMS.c.tier, CLAIMS.c.category)
    query = (
        select(*keys, func.count())
        .join(CLAIMS, CLAIMS.c.id == REVIEWS.c.claim_id)
        .where(
            REVIEWS.c.purpose == "recheck",
            REVIEWS.c.status == "void",
            REVIEWS.c.decided_at >= since,
            CLAIMS.c.kind.is_not(None),
            CLAIMS.c.tier.is_not(None),
            ~told,
        )
        .group_by(*keys)
    )
    return [(StageKey(*row[:3]), int(row[3])) for row in await transaction.execute(query)]
