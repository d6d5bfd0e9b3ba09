"""What people decide: approve, reject, ask the submitter, override. One transaction each.

The claim, its review, the evidence for stages, the history of invoices, notices and the audit
entries change together or not at all. The claim's row is locked first, so that of two who decide
at once one is refused (`Stale`), and sees what the other one did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from yuepi.access.principal import Principal, require
from yuepi.approvals import rechecks
from yuepi.approvals.blind import shown_to
from yuepi.approvals.claim_changes import changed
from yuepi.approvals.claim_rows import ClaimRow, NotFound, WrongState
from yuepi.approvals.correction_effects import replaces_identity
from yuepi.approvals.life import Event, moved
from yuepi.approvals.notices import Notice, tell
from yuepi.approvals.review_pool import (
    Pool,
    check_version,
    close,
    held,
    open_review,
    review_due,
    void_reviews,
)
from yuepi.approvals.review_rows import LeaseLost, NotForYou, ReviewRow, Verdict, reason_of
from yuepi.approvals.review_work import register_read
from yuepi.approvals.store import corrections as correction_rows
from yuepi.approvals.store import reviews as rows
from yuepi.approvals.store.claims import find_claim
from yuepi.approvals.store.decisions import find_decision
from yuepi.kit.database import Transaction
from yuepi.kit.record import Entry

_ACTIONS: Final[Mapping[Verdict, Literal["claim.approved", "claim.rejected"]]] = {
    "approve": "claim.approved",
    "reject": "claim.rejected",
}


FREE: Final[Mapping[str, None]] = {"holder_id": None, "held_until_s": None}
"""What ends a lease."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a verdict. final: whether the review is closed; else a second person must
    approve, too. version: the claim's, afterwards."""

    review_id: str
    claim_id: str
    verdict: Verdict
    final: bool
    version: int


async def decide(
    pool: Pool,
    principal: Principal,
    review_id: str,
    verdict: Verdict,
    reason: str,
    version: int,
    *,
    despite_held: bool = False,
) -> Answered:
    """Answer a review. version: the claim's, as the person saw it.

    despite_held: approve although other claims hold the same invoices by now (`InvoicesHeld` names
    them); that needs a reason. Raises what `held` does, `ReasonNeeded`, `InvoicesHeld`.
    """
    async with pool.database.writing() as transaction:
        claim, review = await held(transaction, principal, review_id, version)
        reason = reason_of(reason, needed_for=_why_reason(review, claim, verdict, despite_held))
        now = pool.clock()
        if review.purpose == "recheck":
            after, entries = await rechecks.answer(
                transaction, pool, principal, claim, review, verdict, reason, now
            )
            final = True
        elif (
            verdict == "approve"
            and review.first_by is None
            and await _needs_two(transaction, pool, principal, claim)
        ):
            # Of what others hold the first one is told, too.
            await pool.history.held(transaction, claim.id, despite=despite_held)
            after = claim
            entries = await _approve_first(transaction, principal, claim, review, reason, now)
            final = False
        else:
            after, entries = await _settle(
                transaction, pool, principal, claim, review, verdict, reason, now, despite_held
            )
            final = True
        await pool.record(transaction, entries)
    return Answered(review.id, claim.id, verdict, final, after.version)


def _why_reason(
    review: ReviewRow, claim: ClaimRow, verdict: Verdict, despite_held: bool
) -> str | None:
    if verdict == "reject":
        return "a rejection"
    if despite_held:
        return "approving what another claim holds, too,"
    if review.purpose != "recheck" and claim.suggestion == "suggest_reject":
        return "approving against the machine's suggestion"
    return None


async def _needs_two(
    transaction: Transaction, pool: Pool, principal: Principal, claim: ClaimRow
) -> bool:
    """Whether this person's approval alone is not enough.

    It is not where they put another invoice in the place of one that was read. Nor where the
    amount is too high: as it is now, or as it was when a review of the claim began, so that no
    correction talks it past the second pair of eyes; one that is not known counts as much.
    """
    corrections = await correction_rows.of_claim(transaction, claim.id)
    if any(row.by == principal.id and replaces_identity(row) for row in corrections):
        return True
    above = pool.terms.second_eyes_above
    if above is None:
        return False
    reviews = await rows.of_claim(transaction, claim.id)
    totals = [claim.total, *(review.total for review in reviews)]
    return any(total is None or total > above for total in totals)


async def _approve_first(
    transaction: Transaction,
    principal: Principal,
    claim: ClaimRow,
    review: ReviewRow,
    reason: str,
    now: datetime,
) -> list[Entry]:
    """The review goes back into the queue for another person. The claim is as it was."""
    done = await rows.change(
        transaction,
        review,
        first_by=principal.id,
        reason=reason,
        advised_at=None,
        **FREE,
    )
    if not done:
        raise LeaseLost(review.id)
    detail = {"review": review.id, "purpose": review.purpose, "reason": reason}
    return [Entry("review.first_approval", principal.id, claim.id, now, detail)]


async def _settle(
    transaction: Transaction,
    pool: Pool,
    principal: Principal,
    claim: ClaimRow,
    review: ReviewRow,
    verdict: Verdict,
    reason: str,
    now: datetime,
    despite_held: bool,
) -> tuple[ClaimRow, list[Entry]]:
    """The claim gets its outcome from this person."""
    after = await _outcome(transaction, pool, principal, claim, verdict, verdict, now, despite_held)
    await close(transaction, review, principal, verdict, reason, now)
    notices = [_told(after, verdict)]
    if review.purpose == "appeal":
        notices = [Notice("appeal.answered", claim.id, after.version, claim.submitter_id)]
    await tell(transaction, notices, clock=pool.clock)
    # An appeal is no sample, since it was chosen by who is unhappy; neither is what a re-check
    # sent on, of which there is evidence already.
    sampled = review.purpose == "decide" and review.not_by is None
    if verdict == "reject" and claim.origin == "automatic":
        await pool.stages.refute(transaction, claim)
    elif sampled and claim.suggestion == "approve":
        await pool.stages.learn(
            transaction,
            claim,
            review_id=review.id,
            blind=review.advised_at is None,
            agreed=verdict == "approve",
        )
    detail = {
        "review": review.id,
        "purpose": review.purpose,
        "reason": reason,
        "suggestion": claim.suggestion,
        "advised": review.advised_at is not None,
        "first_by": review.first_by,
        "version": after.version,
    }
    return after, [Entry(_ACTIONS[verdict], principal.id, claim.id, now, detail)]


async def _outcome(
    transaction: Transaction,
    pool: Pool,
    principal: Principal,
    claim: ClaimRow,
    event: Event,
    verdict: Verdict,
    now: datetime,
    despite_held: bool,
) -> ClaimRow:
    """The claim with its outcome by a person, and its invoices free or counting accordingly."""
    after = await changed(
        transaction, claim, event, now, decided_by=principal.id, decided_at=now, question=None
    )
    was_rejected = claim.status == "rejected" or (
        claim.status == "appealed" and claim.origin == "person"
    )
    if verdict == "reject":
        await pool.history.let_go(transaction, claim.id)
        return after
    if await find_decision(transaction, claim.id, claim.round) is None:
        # The machine gave up before it wrote down what the claim shows.
        await register_read(pool, transaction, after)
    if was_rejected:
        # Its invoices were free meanwhile: others may have handed them in.
        await pool.history.revive(transaction, claim.id, despite=despite_held)
    else:
        # A correction, or another's approval, may have come after all that this person was shown.
        await pool.history.held(transaction, claim.id, despite=despite_held)
    return after


def _told(claim: ClaimRow, verdict: Verdict) -> Notice:
    return Notice(_ACTIONS[verdict], claim.id, claim.version, claim.submitter_id)


# --- asking --------------------------------------------------------------------------------------


async def ask(
    pool: Pool, principal: Principal, review_id: str, question: str, version: int
) -> ClaimRow:
    """Ask the submitter; the review ends, and the answer starts a new round of the machine's.

    Raises what `held` does; `ReasonNeeded` for an empty question; `WrongState` for an appeal,
    which a person must answer.
    """
    async with pool.database.writing() as transaction:
        claim, review = await held(transaction, principal, review_id, version)
        question = reason_of(question, needed_for="asking the submitter")
        if review.purpose == "appeal":
            raise WrongState(
                "an appeal is answered, not asked about",
                remedy="approve the claim, or reject it and say why",
            )
        now = pool.clock()
        if review.purpose == "recheck":
            # A question is no agreement: what is not certain is not approved.
            claim = await changed(
                transaction, claim, "reopen", now, decided_by=None, decided_at=None
            )
        after = await changed(transaction, claim, "ask", now, question=question)
        # Who asked is told of the answer.
        asked = await rows.change(
            transaction, review, status="void", decided_by=principal.id, decided_at=now, **FREE
        )
        if not asked:
            raise LeaseLost(review.id)
        await void_reviews(transaction, claim.id, now)
        await tell(
            transaction,
            [Notice("claim.asked", claim.id, after.version, claim.submitter_id)],
            clock=pool.clock,
        )
        detail = {"review": review.id, "purpose": review.purpose, "question": question}
        await pool.record(transaction, [Entry("claim.asked", principal.id, claim.id, now, detail)])
    return after


# --- overriding ----------------------------------------------------------------------------------


async def override(
    pool: Pool,
    principal: Principal,
    claim_id: str,
    verdict: Verdict,
    reason: str,
    version: int,
    *,
    despite_held: bool = False,
) -> ClaimRow:
    """A supervisor turns an outcome round; open reviews of the claim are no longer needed.

    Where approving it takes two persons, the claim waits for the second one afterwards: in the
    review pool, not for who rejected it. Raises `MissingRight`, `NotFound`, `NotForYou` for their
    own claim and for an outcome that they had a part in, `ReasonNeeded`, `Stale`, `WrongState`
    where the claim, as they may see it, is neither approved nor rejected, or is so already;
    `InvoicesHeld`.
    """
    require(principal, "reviews:override")
    async with pool.database.writing() as transaction:
        claim = await find_claim(transaction, claim_id, principal.reach, lock=True)
        if claim is None:
            raise NotFound("claim")
        if claim.belongs_to(principal.id):
            raise NotForYou.own()
        reviews = await rows.of_claim(transaction, claim_id)
        open_reviews = [review for review in reviews if review.status == "open"]
        check_version(claim, open_reviews[0] if open_reviews else None, version)
        reason = reason_of(reason, needed_for="an override")
        (shown,) = await shown_to(transaction, principal, [claim])
        event: Event = "override_approve" if verdict == "approve" else "override_reject"
        moved(event, shown.status, shown.origin)
        if principal.id in _deciders(claim, reviews):
            # Whoever decided would be alone with the matter from beginning to end.
            raise NotForYou.decided_before()
        now = pool.clock()
        if verdict == "approve" and await _needs_two(transaction, pool, principal, claim):
            after, entry = await _override_first(
                transaction, pool, principal, claim, reason, now, despite_held
            )
        else:
            after = await _outcome(
                transaction, pool, principal, claim, event, verdict, now, despite_held
            )
            await void_reviews(transaction, claim_id, now)
            await tell(transaction, [_told(after, verdict)], clock=pool.clock)
            if verdict == "reject" and claim.origin == "automatic":
                await pool.stages.refute(transaction, claim)
            detail = _overridden(claim, after, reason)
            entry = Entry("claim.overridden", principal.id, claim_id, now, detail)
        await pool.record(transaction, [entry])
    return after


def _deciders(claim: ClaimRow, reviews: Sequence[ReviewRow]) -> set[str | None]:
    """Who gave the present outcome: both of them, where it took two."""
    answered = (
        each for each in reviews if each.status == "done" and each.decided_at == claim.decided_at
    )
    return {claim.decided_by, *(review.first_by for review in answered)} - {None}


async def _override_first(
    transaction: Transaction,
    pool: Pool,
    principal: Principal,
    claim: ClaimRow,
    reason: str,
    now: datetime,
    despite_held: bool,
) -> tuple[ClaimRow, Entry]:
    """The first of two approvals of a rejected claim, which waits for another person from now on;
    its invoices count again meanwhile."""
    after = await changed(
        transaction, claim, "reopen", now, decided_by=None, decided_at=None, question=None
    )
    await pool.history.revive(transaction, claim.id, despite=despite_held)
    review_id = await open_review(
        transaction,
        after,
        "decide",
        not_by=claim.decided_by,
        due_at=review_due(pool.terms, "decide", now),
    )
    review = await rows.by_id(transaction, review_id)
    if review is None or not await rows.change(
        transaction, review, first_by=principal.id, reason=reason
    ):
        raise LeaseLost(review_id)
    about = Notice(
        "claim.referred",
        claim.id,
        after.version,
        role="reviewer",
        department_id=claim.department_id,
    )
    await tell(transaction, [about], clock=pool.clock)
    detail = _overridden(claim, after, reason) | {"review": review_id, "first_by": principal.id}
    return after, Entry("claim.reopened", principal.id, claim.id, now, detail)


def _overridden(claim: ClaimRow, after: ClaimRow, reason: str) -> dict[str, Any]:
    return {
        "from": claim.status,
        "to": after.status,
        "origin": claim.origin,
        "before": claim.decided_by,
        "reason": reason,
        "version": after.version,
    }
