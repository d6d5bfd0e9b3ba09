"""Re-checks: a blind, random share of automatic approvals that a person looks at again.

Whether a claim is drawn is settled with its decision. Whoever answers sees a claim that waits,
like any other: not that the machine approved it, and not that this is a re-check. Agreement changes
nothing anyone is told of; disagreement sends the claim to another person, who sees what was found.

While a re-check waits, whoever might be its reviewer must not learn of the approval elsewhere: see
`blind`.
"""

from __future__ import annotations

from datetime import datetime

from yuepi.access.principal import Principal
from yuepi.approvals.claim_changes import changed
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.correction_effects import MATERIAL_FIELDS, changes
from yuepi.approvals.notices import Notice, tell
from yuepi.approvals.review_pool import Pool, close, open_review, review_due
from yuepi.approvals.review_rows import ReviewRow, Verdict
from yuepi.approvals.store import corrections as correction_rows
from yuepi.kit.database import Transaction
from yuepi.kit.record import Entry


async def answer(
    transaction: Transaction,
    pool: Pool,
    principal: Principal,
    claim: ClaimRow,
    review: ReviewRow,
    verdict: Verdict,
    reason: str,
    now: datetime,
) -> tuple[ClaimRow, list[Entry]]:
    """Note what the person found; the claim afterwards, and what the record must hold.

    The claim is locked, and approved by the machine: whatever changes that voids the re-check. Who
    approves, but found another amount or another invoice than the machine did, does not agree.
    """
    agreed = verdict == "approve" and not await _corrected(transaction, review)
    await close(transaction, review, principal, verdict, reason, now)
    detail = {
        "review": review.id,
        "agreed": agreed,
        "blind": review.advised_at is None,
        "reason": reason,
    }
    entries = [Entry("review.rechecked", principal.id, claim.id, now, detail)]
    if agreed:
        await _learn(transaction, pool, claim, review, agreed)
        return claim, entries
    after = await changed(transaction, claim, "reopen", now, decided_by=None, decided_at=None)
    again = await open_review(
        transaction,
        after,
        "decide",
        not_by=principal.id,
        due_at=review_due(pool.terms, "decide", now),
    )
    await tell(
        transaction,
        [
            Notice(
                "recheck.disagreed",
                claim.id,
                after.version,
                role="supervisor",
                department_id=claim.department_id,
            )
        ],
        clock=pool.clock,
    )
    await _learn(transaction, pool, claim, review, agreed)
    entries.append(Entry("claim.reopened", principal.id, claim.id, now, {"review": again}))
    return after, entries


async def _corrected(transaction: Transaction, review: ReviewRow) -> bool:
    """Whether what counts was corrected in this review."""
    return any(
        row.review_id == review.id and row.field in MATERIAL_FIELDS and changes(row)
        for row in await correction_rows.of_claim(transaction, review.claim_id)
    )


async def _learn(
    transaction: Transaction, pool: Pool, claim: ClaimRow, review: ReviewRow, agreed: bool
) -> None:
    """Keep the answer as evidence; late, since a demotion writes to the record."""
    await pool.stages.learn(
        transaction, claim, review_id=review.id, blind=review.advised_at is None, agreed=agreed
    )
