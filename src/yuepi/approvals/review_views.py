"""Reviews as people see them: a line of the queue, a lease, all of one review, the advice.

What tells a re-check from a referral is left out of every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from yuepi.approvals.claim_rows import AttachmentRow, ClaimRow
from yuepi.approvals.corrections import CorrectionRow
from yuepi.approvals.review_rows import ReviewRow, ReviewStatus, ShownPurpose, Verdict
from yuepi.documents.kept_pages import KeptPage
from yuepi.documents.reading import FileReading


@dataclass(frozen=True, slots=True)
class Queued:
    """A line of the queue.

    waits_s: since when it waits. overdue: whether it should have been answered. holder_id: who
    works on it now; None: it is free. held_left_s: for how long still. second: whether one person
    approved already and another must.
    """

    id: str
    claim_id: str
    purpose: ShownPurpose
    status: ReviewStatus
    submitter_id: str
    department_id: str
    category: str
    risk: int
    total: Decimal | None
    created_at: datetime
    due_at: datetime | None
    waits_s: float
    overdue: bool
    holder_id: str | None
    held_left_s: float
    second: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """That a review is held. lasts_s: for so long. version: of its claim, for the answer."""

    review_id: str
    lasts_s: float
    version: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """What another person said on this claim before."""

    purpose: ShownPurpose
    verdict: Verdict
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewView:
    """All that whoever works on a review is shown.

    claim: its version is what answers are held to; while the review is open its status and outcome
    are not the real ones (`review_pool.blinded`). may_decide: whether this person may answer; where
    not, they decided before. files: as read, with people's corrections in them, by attachment.
    facts: as the machine's decision had them, None before there was one. earlier: other people's
    answers. answer: the one to this review, once it is done. pages: the pictures that the files'
    boxes belong to, by attachment.
    """

    queued: Queued
    claim: ClaimRow
    may_decide: bool
    attachments: tuple[AttachmentRow, ...]
    files: Mapping[str, tuple[FileReading, ...]]
    corrections: tuple[CorrectionRow, ...]
    facts: Mapping[str, Any] | None
    earlier: tuple[Earlier, ...]
    answer: Earlier | None
    pages: Mapping[str, tuple[KeptPage, ...]]


@dataclass(frozen=True, slots=True)
class Corrected:
    """What became of corrections: the claim, one version on, with what is paid now; what was kept
    (personal data in part); and the other claims that hold an invoice of this one, by what was read
    or what was put in its place."""

    claim: ClaimRow
    corrections: list[CorrectionRow]
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What the machine made of a claim: `approve`, `refer` or `suggest_reject`, to whom, under
    which stage and policy, and the whole decision as plain JSON values (its `reasons` with it)."""

    outcome: str
    refer_to: str | None
    stage: str
    policy: str
    decision: Mapping[str, Any]


def queued(review: ReviewRow, now: datetime, now_s: float) -> Queued:
    """The line of a review, at this moment and this second of the steady clock."""
    left_s = max(0.0, (review.held_until_s or 0.0) - now_s) if review.holder_id else 0.0
    return Queued(
        id=review.id,
        claim_id=review.claim_id,
        purpose=review.shown_purpose,
        status=review.status,
        submitter_id=review.submitter_id,
        department_id=review.department_id,
        category=review.category,
        risk=review.risk,
        total=review.total,
        created_at=review.created_at,
        due_at=review.due_at,
        waits_s=max(0.0, (now - review.created_at).total_seconds()),
        overdue=review.due_at is not None and review.due_at < now,
        holder_id=review.holder_id if left_s > 0 else None,
        held_left_s=left_s,
        second=review.first_by is not None,
    )


def earlier(review: ReviewRow) -> Earlier | None:
    """The answer to a review, None where there is none."""
    if review.verdict is None or review.decided_by is None or review.decided_at is None:
        return None
    return Earlier(
        review.shown_purpose, review.verdict, review.reason, review.decided_by, review.decided_at
    )
