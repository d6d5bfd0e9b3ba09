"""The JSON of reviews, and how rows become it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from yuepi.access.api.shapes import Shown
from yuepi.approvals.api.models import (
    AttachmentShown,
    ClaimShown,
    CorrectionShown,
    Money,
    SaidShown,
    money,
)
from yuepi.approvals.review_views import Earlier, Lease, Queued
from yuepi.documents.reading import FileReading

Purpose = Literal["decide", "appeal"]
Verdict = Literal["approve", "reject"]


class QueuedShown(Shown):
    """A line of the queue. `holder`: who works on it now, and `held_left_s` for how long still.
    `second`: one person approved already, another must."""

    id: str
    claim: str
    purpose: Purpose
    status: Literal["open", "done", "void"]
    submitter: str
    department: str
    category: str
    risk: int
    total: Money | None
    created_at: datetime
    due_at: datetime | None
    waits_s: int
    overdue: bool
    holder: str | None
    held_left_s: int
    second: bool


class QueueShown(Shown):
    """One page of the queue; `counts`: of all open ones, by purpose, up to a thousand each."""

    reviews: list[QueuedShown]
    next: str | None
    counts: dict[Purpose, int]


class LeaseShown(Shown):
    """That a review is held, for so many seconds. `version`: of its claim, for the answer."""

    review: str
    lasts_s: int
    version: int

    @classmethod
    def of(cls, lease: Lease) -> LeaseShown:
        """The lease, told."""
        return cls(review=lease.review_id, lasts_s=int(lease.lasts_s), version=lease.version)


class EarlierShown(Shown):
    """What a person said."""

    purpose: Purpose
    verdict: Verdict
    reason: str
    decided_by: str
    decided_at: datetime


class ReviewReading(Shown):
    """What was read in an attachment, people's corrections in it."""

    attachment: str
    files: list[FileReading]


class ReviewShown(Shown):
    """All that whoever works on a review is shown; answers stand on `claim.version` (the ETag)."""

    review: QueuedShown
    claim: ClaimShown
    may_decide: bool
    attachments: list[AttachmentShown]
    readings: list[ReviewReading]
    corrections: list[CorrectionShown]
    facts: dict[str, Any] | None
    earlier: list[EarlierShown]
    answer: EarlierShown | None
    said: list[SaidShown]


class AdviceShown(Shown):
    """What the machine made of the claim."""

    outcome: str
    refer_to: str | None
    stage: str
    policy: str
    decision: dict[str, Any]


class AnsweredShown(Shown):
    """What became of a verdict; `final` false: a second person must approve, too."""

    review_id: str
    claim_id: str
    verdict: Verdict
    final: bool
    version: int


class CorrectedShown(Shown):
    """The corrections as they were kept, the claim's version after them, and what is paid now.
    `held`: other claims that hold an invoice of this one, as it was read or as it is corrected."""

    corrections: list[CorrectionShown]
    version: int
    total: Money | None
    held: list[str]


def queued_shown(row: Queued) -> QueuedShown:
    """A line of the queue, told."""
    return QueuedShown(
        id=row.id,
        claim=row.claim_id,
        purpose=row.purpose,
        status=row.status,
        submitter=row.submitter_id,
        department=row.department_id,
        category=row.category,
        risk=row.risk,
        total=money(row.total),
        created_at=row.created_at,
        due_at=row.due_at,
        waits_s=int(row.waits_s),
        overdue=row.overdue,
        holder=row.holder_id,
        held_left_s=int(row.held_left_s),
        second=row.second,
    )


def earlier_shown(earlier: Earlier) -> EarlierShown:
    """What a person said, told."""
    return EarlierShown(
        purpose=earlier.purpose,
        verdict=earlier.verdict,
        reason=earlier.reason,
        decided_by=earlier.decided_by,
        decided_at=earlier.decided_at,
    )
