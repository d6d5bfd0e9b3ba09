"""What all work on reviews stands on: opened and closed, found within reach, held, answered.

`open_review` and `void_reviews` are for who settles a claim, withdraws it, or sends it back. They
run in the caller's transaction, after the claim's own change, so that the claim and what waits for
a person never disagree.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from yuepi.access.principal import Principal, require
from yuepi.approvals.blind import blinded
from yuepi.approvals.claim_rows import ClaimRow, NotFound, Stale, WrongState
from yuepi.approvals.history import History
from yuepi.approvals.review_rows import (
    LeaseLost,
    NotForYou,
    Purpose,
    ReviewRow,
    ReviewTerms,
    Verdict,
)
from yuepi.approvals.store import reviews as rows
from yuepi.approvals.store.claims import find_claim
from yuepi.kit.database import Database, Transaction
from yuepi.kit.record import Recorder
from yuepi.kit.steady import steady_now


async def open_review(
    transaction: Transaction,
    claim: ClaimRow,
    purpose: Purpose,
    *,
    not_by: str | None = None,
    due_at: datetime | None = None,
    at: datetime | None = None,
) -> str:
    """The id of the claim's open review of that purpose, which is made if there is none.

    claim: the row as it is after the change that asks for the review. not_by: who must not answer.
    due_at: see `review_due`; a re-check is given the same as a referral, or it could be told from
    one. at: since when it waits, by default since the claim's last change.
    """
    row = _row(claim, purpose, not_by, due_at, at or claim.updated_at)
    if await rows.add(transaction, row):
        return str(row["id"])
    there = await rows.of_claim(transaction, claim.id, only_open=True)
    return next(review.id for review in there if review.purpose == purpose)


async def open_many(
    transaction: Transaction,
    claims: Sequence[ClaimRow],
    purpose: Purpose = "decide",
    *,
    due_at: datetime | None = None,
) -> None:
    """Open a review for each of many claims that have none, in one go: for measurements."""
    opened = [_row(claim, purpose, None, due_at, claim.updated_at) for claim in claims]
    await rows.add_many(transaction, opened)


def _row(
    claim: ClaimRow,
    purpose: Purpose,
    not_by: str | None,
    due_at: datetime | None,
    at: datetime,
) -> dict[str, Any]:
    return {
        "id": f"rev_{secrets.token_hex(10)}",
        "claim_id": claim.id,
        "purpose": purpose,
        "status": "open",
        "submitter_id": claim.submitter_id,
        "handed_in_by": claim.handed_in_by,
        "department_id": claim.department_id,
        "category": claim.category,
        "risk": claim.risk,
        "total": claim.total,
        "not_by": not_by,
        "reason": "",
        "version": 1,
        "created_at": at,
        "due_at": due_at,
    }


async def void_reviews(transaction: Transaction, claim_id: str, at: datetime) -> list[str]:
    """Close the claim's open reviews without an answer, and end their leases; the ids of those.

    Whoever works on one of them is told with their next step (`WrongState`).
    """
    return await rows.void_open(transaction, claim_id, at)


def review_due(terms: ReviewTerms, purpose: Purpose, now: datetime) -> datetime:
    """Until when a review that is opened now should be answered; alike for what looks alike."""
    days = terms.appeal_answer_days if purpose == "appeal" else terms.review_days
    return now + timedelta(days=days)


# --- working on one review -----------------------------------------------------------------------


class Learning(Protocol):
    """Where people's answers to the machine's approvals are kept as evidence."""

    async def learn(
        self,
        transaction: Transaction,
        claim: ClaimRow,
        *,
        review_id: str,
        blind: bool,
        agreed: bool,
    ) -> None:
        """Keep one answer. blind: whether the machine's opinion was unknown to the person."""

    async def refute(self, transaction: Transaction, claim: ClaimRow) -> None:
        """People took back what the machine had approved: it counts once, against it."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What everything that people do here works with; one for each process."""

    database: Database
    record: Recorder
    clock: Callable[[], datetime]
    terms: ReviewTerms
    history: History
    stages: Learning


async def seen(
    transaction: Transaction,
    principal: Principal,
    review_id: str,
    *,
    lock: bool = False,
    acting: bool = True,
) -> tuple[ClaimRow, ReviewRow]:
    """A review that this person may work on, with its claim; whatever state it is in.

    lock: both rows, the claim's first. acting: whether they are about to do something with it;
    who decided before may still look. Raises `MissingRight` for who does not review, `NotFound`
    for what is not there or out of reach, `NotForYou` for their own claim and where another
    person is needed.
    """
    require(principal, "reviews:decide")
    review = await rows.by_id(transaction, review_id)
    if review is None:
        raise NotFound("review")
    claim = await find_claim(transaction, review.claim_id, principal.reach, lock=lock)
    if claim is None:
        raise NotFound("review")
    if lock:
        review = await rows.by_id(transaction, review_id, lock=True) or review
    if claim.belongs_to(principal.id) or review.submitter_id == principal.id:
        raise NotForYou.own()
    if acting and principal.id in (review.not_by, review.first_by):
        raise NotForYou.decided_before()
    return claim, review


async def held(
    transaction: Transaction,
    principal: Principal,
    review_id: str,
    version: int,
    *,
    lock: bool = True,
) -> tuple[ClaimRow, ReviewRow]:
    """A review whose lease this person holds now, with its claim as they saw it; both locked.

    version: the claim's, as it was shown. lock: False only for a first look, which another one
    with the lock follows. Raises as `seen` does; `Stale` with the claim as it is
    now, `WrongState` where the review is closed, `LeaseLost`.
    """
    claim, review = await seen(transaction, principal, review_id, lock=lock)
    check_version(claim, review, version)
    if review.status != "open":
        raise closed(review)
    if not review.held_by(principal.id, await steady_now(transaction)):
        raise LeaseLost(review.id)
    return claim, review


def check_version(claim: ClaimRow, review: ReviewRow | None, version: int) -> None:
    """Raises `Stale`, with the claim as whoever asks may see it, where the version is another."""
    if claim.version != version:
        raise Stale("the claim", difference(claim, review))


def difference(claim: ClaimRow, review: ReviewRow | None) -> dict[str, str | int | None]:
    """The claim as it is now, in plain values, for showing what changed."""
    shown = claim if review is None or review.status != "open" else blinded(claim)
    return {
        "id": shown.id,
        "version": shown.version,
        "status": shown.status,
        "origin": shown.origin,
        "decided_by": shown.decided_by,
        "decided_at": None if shown.decided_at is None else shown.decided_at.isoformat(),
        "round": shown.round,
        "review": None if review is None else review.status,
        "verdict": None if review is None else review.verdict,
    }


def closed(review: ReviewRow) -> WrongState:
    """The error for a review that needs no answer any more."""
    why = "was answered" if review.status == "done" else "is no longer needed"
    return WrongState(f"the review {review.id} {why}", remedy="take another one from the queue")


async def close(
    transaction: Transaction,
    review: ReviewRow,
    principal: Principal,
    verdict: Verdict,
    reason: str,
    now: datetime,
) -> None:
    """Note the answer; raises `LeaseLost` where the review changed meanwhile."""
    answered = await rows.change(
        transaction,
        review,
        status="done",
        verdict=verdict,
        reason=reason,
        decided_by=principal.id,
        decided_at=now,
        holder_id=None,
        held_until_s=None,
    )
    if not answered:
        raise LeaseLost(review.id)
