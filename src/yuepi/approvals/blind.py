"""What of a claim a person is shown, in one place: what keeps people's answers blind.

Who may review others' claims is not told what the machine made of one while a person's answer is
waited for. A claim that the machine approved and that waits for a blind re-check so looks like one
that waits, on every way to it: lists and their filters, the claim itself, its events, errors. What
the machine said is asked for at the review, where that is noted.

It goes by people's roles and not by a key's scopes: nobody makes themselves a key to look past it.
Administrators and auditors do not review, and see what is; so does whose claim it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from yuepi.access.principal import Principal, permissions_of
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.store import reviews as rows
from yuepi.kit.database import Transaction


def may_review(who: Principal) -> bool:
    """Whether this person may answer others' reviews, by whatever way they ask now."""
    return "reviews:decide" in permissions_of(who.roles)


async def hidden_from(
    transaction: Transaction, who: Principal, claims: Sequence[ClaimRow]
) -> frozenset[str]:
    """The ids of those claims whose approval this person must not learn of: while a blind
    re-check waits."""
    if not may_review(who):
        return frozenset()
    approved = [
        claim.id
        for claim in claims
        if claim.status == "approved"
        and claim.origin == "automatic"
        and not claim.belongs_to(who.id)
    ]
    return await rows.rechecked(transaction, approved)


async def shown_to(
    transaction: Transaction, who: Principal, claims: Sequence[ClaimRow]
) -> list[ClaimRow]:
    """The claims as this person may see them; the same object where nothing is kept back."""
    hidden = await hidden_from(transaction, who, claims)
    return [
        blinded(claim) if claim.id in hidden or awaits_answer(claim, who) else claim
        for claim in claims
    ]


def awaits_answer(claim: ClaimRow, who: Principal) -> bool:
    """Whether a person's answer is waited for that might be this person's."""
    open_ = claim.status in ("waiting", "appealed")
    return open_ and may_review(who) and not claim.belongs_to(who.id)


def blinded(claim: ClaimRow) -> ClaimRow:
    """The claim as whoever reviews it sees it: nothing tells what the machine made of it.

    A referred claim and one that is only checked again look alike.
    """
    return replace(
        claim,
        status="appealed" if claim.status == "appealed" else "waiting",
        origin=None,
        decided_by=None,
        suggestion=None,
        refer_to=None,
        stage=None,
        question=None,
        attempts=0,
        queued_at=None,
        decided_at=None,
        updated_at=claim.created_at,
    )
