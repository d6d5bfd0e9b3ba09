"""Deadlines of reviews: what nobody answered in time is brought to the top, never decided.

A worker calls `sweep` again and again. It marks what is overdue by the risk it then has, so that
nothing is escalated twice, however many workers sweep, and a re-check is treated as a referral is.
"""

from __future__ import annotations

from typing import Final

from yuepi.approvals.claim_rows import MACHINE
from yuepi.approvals.notices import Notice, tell
from yuepi.approvals.review_pool import Pool
from yuepi.approvals.review_rows import RISK_OVERDUE, ReviewRow
from yuepi.approvals.store import reviews as rows
from yuepi.kit.record import Entry

SWEPT_MAX: Final = 100
"""So many at once, the longest overdue first; the next call takes the next ones."""


async def sweep(pool: Pool, rows_max: int = SWEPT_MAX) -> int:
    """Escalate overdue reviews: the top of the queue, a notice to supervisors, an audit entry.

    How many there were, `rows_max` at most. Raises `Unavailable` when the database fails: nothing
    was done then.
    """
    now = pool.clock()
    async with pool.database.reading() as transaction:
        # Mostly there is none, and nobody needs to wait for a write.
        if not await rows.any_overdue(transaction, now, RISK_OVERDUE):
            return 0
    async with pool.database.writing() as transaction:
        overdue = await rows.raise_overdue(
            transaction, now, RISK_OVERDUE, max(1, min(rows_max, SWEPT_MAX))
        )
        if not overdue:
            return 0
        await tell(transaction, [_notice(review) for review in overdue], clock=pool.clock)
        await pool.record(
            transaction,
            [
                Entry(
                    "review.overdue",
                    MACHINE,
                    review.claim_id,
                    now,
                    {
                        "review": review.id,
                        "purpose": review.purpose,
                        "due_at": None if review.due_at is None else review.due_at.isoformat(),
                    },
                )
                for review in overdue
            ],
        )
    return len(overdue)


def _notice(review: ReviewRow) -> Notice:
    return Notice(
        "review.overdue",
        review.claim_id,
        review.version,
        role="supervisor",
        department_id=review.department_id,
    )
