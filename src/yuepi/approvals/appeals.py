"""Appeals: the submitter asks that another person looks again, at what was rejected or what only a
machine decided.

One click each, once for each outcome, within the days that the terms give. An outcome that an
appeal upheld is the same outcome still. Who decided before cannot answer; the rest is a review
like any other (`verdicts.decide`), with its own deadline.
"""

from __future__ import annotations

from datetime import timedelta

from yuepi.access.principal import Principal, require
from yuepi.approvals.claim_changes import NotYours, changed, fresh
from yuepi.approvals.claim_rows import ClaimRow, Conflict, NotFound
from yuepi.approvals.life import moved
from yuepi.approvals.notices import Notice, tell
from yuepi.approvals.review_pool import Pool, open_review, review_due, void_reviews
from yuepi.approvals.review_rows import ReviewRow, reason_of
from yuepi.approvals.store import reviews as rows
from yuepi.approvals.store.claims import find_claim
from yuepi.kit.database import Transaction
from yuepi.kit.idempotency import Idempotency, checked_key, fingerprint
from yuepi.kit.record import Entry


class NoAppeal(Conflict):
    """There is no appeal any more: too late (`appeal_too_late`), or there was one
    (`already_appealed`)."""

    code = "already_appealed"


async def appeal(
    pool: Pool,
    principal: Principal,
    claim_id: str,
    reason: str = "",
    *,
    version: int | None = None,
    key: str | None = None,
) -> ClaimRow:
    """Ask for another person's decision. A reason helps, and is not asked for: it is one click.

    version: the claim's as it was seen; None: whatever it is now. key: of an Idempotency-Key; the
    same request with it gives the claim as it is by then. Raises `MissingRight`, `NotFound`,
    `NotYours`, `Stale`, `WrongState` for an outcome that cannot be appealed, `NoAppeal`,
    `IdempotencyMismatch`.
    """
    require(principal, "claims:submit")
    key = checked_key(key)
    reason = reason_of(reason, needed_for=None)
    now = pool.clock()
    async with pool.database.writing() as transaction:
        claim = await find_claim(transaction, claim_id, principal.reach, lock=True)
        if claim is None:
            raise NotFound("claim")
        if claim.submitter_id != principal.id:
            raise NotYours
        if key is not None:
            asked = fingerprint({"appeal": claim_id, "reason": reason, "version": version})
            known = await Idempotency(pool.database).first(
                transaction, principal.id, key, asked, claim_id, now
            )
            if known is not None:
                return claim
        if version is not None:
            fresh(claim, version)
        moved("appeal", claim.status, claim.origin)
        await _check_first_and_in_time(transaction, pool, claim)
        await void_reviews(transaction, claim_id, now)
        after = await changed(transaction, claim, "appeal", now)
        due = review_due(pool.terms, "appeal", now)
        review_id = await open_review(
            transaction, after, "appeal", not_by=claim.decided_by, due_at=due
        )
        await tell(
            transaction,
            [
                Notice(
                    "appeal.opened",
                    claim_id,
                    after.version,
                    role="reviewer",
                    department_id=claim.department_id,
                )
            ],
            clock=pool.clock,
        )
        detail = {
            "review": review_id,
            "from": claim.status,
            "origin": claim.origin,
            "reason": reason,
            "due_at": due.isoformat(),
        }
        await pool.record(
            transaction, [Entry("claim.appealed", principal.id, claim_id, now, detail)]
        )
    return after


async def _check_first_and_in_time(transaction: Transaction, pool: Pool, claim: ClaimRow) -> None:
    decided_at = claim.decided_at or claim.updated_at
    if pool.clock() > decided_at + timedelta(days=pool.terms.appeal_days):
        raise NoAppeal(
            f"an appeal may be made within {pool.terms.appeal_days} days",
            remedy="ask a supervisor, who can override the decision",
            code="appeal_too_late",
        )
    if any(_upheld(review, claim) for review in await rows.of_claim(transaction, claim.id)):
        raise NoAppeal(
            "another person has looked at this decision already, and upheld it",
            remedy="ask a supervisor, who can override the decision",
        )


def _upheld(review: ReviewRow, claim: ClaimRow) -> bool:
    """Whether this review is the appeal that the claim's rejection is the answer to, and that was
    about a person's rejection: of what a machine approved, the first rejection is a new outcome."""
    return (
        review.purpose == "appeal"
        and review.status == "done"
        and review.decided_at == claim.decided_at
        and review.not_by is not None
        and claim.status == "rejected"
    )
