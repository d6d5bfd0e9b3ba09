"""Whom to tell of what a submitter did: who asked, who works on the claim, and webhooks."""

from __future__ import annotations

from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.notices import Notice
from yuepi.approvals.store import reviews as rows
from yuepi.kit.database import Transaction
from yuepi.kit.steady import steady_now


async def answered(transaction: Transaction, claim: ClaimRow) -> list[Notice]:
    """Of an answer: who asked. The claim is as it is after it."""
    reviews = await rows.of_claim(transaction, claim.id)
    # A review that ended without a verdict, by a person, ended with their question.
    asked = [each for each in reviews if each.status == "void" and each.decided_by is not None]
    last = max(asked, key=lambda each: (each.decided_at or each.created_at, each.id), default=None)
    asker = None if last is None else last.decided_by
    return [Notice("claim.answered", claim.id, claim.version, user_id=asker)]


async def withdrawn(transaction: Transaction, claim: ClaimRow) -> list[Notice]:
    """Of a withdrawal: who holds a review of it. Ask before the reviews are closed."""
    now_s = await steady_now(transaction)
    holders: set[str | None] = {
        each.holder_id
        for each in await rows.of_claim(transaction, claim.id, only_open=True)
        if each.holder_id is not None and each.held_by(each.holder_id, now_s)
    }
    # Without anybody at work only webhooks hear of it.
    told = holders or {None}
    return [Notice("claim.cancelled", claim.id, claim.version, user_id=each) for each in told]
