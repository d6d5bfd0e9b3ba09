"""The JSON that goes in and out of this room's routes, and how rows become it.

Bodies know all their fields: one that is not known is refused. Amounts are decimal strings, moments
ISO in UTC, days `YYYY-MM-DD`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from fastapi import Query
from pydantic import Field, StringConstraints

from yuepi.access.api.requests import TEXT
from yuepi.access.api.shapes import Body, Id, Shown
from yuepi.access.principal import Principal, may
from yuepi.approvals.claim_changes import possible_events
from yuepi.approvals.claim_events import ClaimEvent
from yuepi.approvals.claim_rows import AttachmentRow, ClaimRow, ClaimStatus, Origin, StageName
from yuepi.approvals.corrections import CORRECTIONS_MAX, VALUE_CHARS_MAX, CorrectionRow
from yuepi.approvals.decision import Decision
from yuepi.approvals.life import Event
from yuepi.approvals.review_rows import REASON_CHARS_MAX
from yuepi.documents.api.files import PageShown, pages_shown
from yuepi.documents.kept_pages import KeptPage
from yuepi.documents.reading import FileReading
from yuepi.kit.money import money_text

Money = Annotated[str, Field(description="A decimal string.", examples=["6280.00"])]
Reason = Annotated[str, StringConstraints(max_length=REASON_CHARS_MAX)]
Category = Annotated[str | None, Query(max_length=64, pattern=TEXT)]


# --- claims --------------------------------------------------------------------------------------


class ClaimShown(Shown):
    """A claim. `possible`: what whoever asks may do with it now. `risk` and `decided_by` are null
    for those who see only their own claims."""

    id: str
    status: ClaimStatus
    origin: Origin | None
    submitter: str
    department: str
    category: str
    note: str
    on: str
    suggestion: str | None
    refer_to: str | None
    stage: StageName | None
    kind: str | None
    tier: str | None
    risk: int | None
    total: Money | None
    question: str | None
    round: int
    version: int
    decided_by: str | None
    possible: list[Event]
    created_at: datetime
    updated_at: datetime
    decided_at: datetime | None


class ClaimsShown(Shown):
    """One page of claims; `next`: the cursor of the page after it, null at the end."""

    claims: list[ClaimShown]
    next: str | None


class AttachmentShown(Shown):
    """An original; `href` gives its bytes. `pages`: empty until it was read, and for files
    without a picture."""

    id: str
    name: str
    media: str
    bytes: int
    sha256: str
    round: int
    href: str
    pages: list[PageShown]


class AttachmentReading(Shown):
    """What one reader saw in one attachment; an archive's files are several."""

    attachment: str
    reader: str
    took_ms: int
    files: list[FileReading]


class MachineDecision(Shown):
    """What the machine said in a round, and what became of it."""

    round: int
    applied: Literal["approved", "waiting"]
    stage: str
    reader: str
    decision: Decision
    at: datetime


class CorrectionShown(Shown):
    """What a person found on a paper, in the place of what was read."""

    id: str
    review: str
    attachment: str
    file_at: int
    reading_at: int
    field: str
    was: str | None
    value: str | None
    confirmed: bool
    by: str | None
    at: datetime


class PastReview(Shown):
    """One review of a claim, as its readers may know of it."""

    id: str
    purpose: Literal["decide", "appeal"]
    status: Literal["open", "done", "void"]
    verdict: Literal["approve", "reject"] | None
    reason: str
    decided_by: str | None
    created_at: datetime
    due_at: datetime | None
    decided_at: datetime | None


class SaidShown(Shown):
    """What the submitter says of one field of one paper: no evidence, but for whoever reviews."""

    attachment: str
    file_at: int
    reading_at: int
    field: str
    value: str


class WholeClaim(Shown):
    """A claim with all that belongs to it. `decision` is the latest round's."""

    claim: ClaimShown
    attachments: list[AttachmentShown]
    readings: list[AttachmentReading]
    decision: MachineDecision | None
    corrections: list[CorrectionShown]
    reviews: list[PastReview]
    said: list[SaidShown]


class EventShown(Shown):
    """One thing that happened to a claim; `id` is its place in the record."""

    id: int
    at: datetime
    action: str
    by: Literal["machine", "submitter", "person", "service"]
    detail: dict[str, Any]


class EventsShown(Shown):
    """Events after the one asked for; `ended`: nothing more is expected as the claim stands."""

    events: list[EventShown]
    ended: bool


class AnswerBody(Body):
    """An answer to a reviewer's question."""

    text: Annotated[str, StringConstraints(max_length=4_000)]


class AppealBody(Body):
    """Why another person should look."""

    reason: Reason = ""


class ReleaseBody(Body):
    """Out of quarantine: to the machine once more, or to a person."""

    to: Literal["machine", "person"]
    reason: Reason


class OverrideBody(Body):
    """A supervisor's turn. `despite_held`: though other claims hold the same invoices by now."""

    verdict: Literal["approve", "reject"]
    reason: Reason
    despite_held: bool = False


# --- reviews -------------------------------------------------------------------------------------


class DecisionBody(Body):
    """A reviewer's verdict. `despite_held`: though other claims hold the same invoices by now."""

    verdict: Literal["approve", "reject"]
    reason: Reason = ""
    despite_held: bool = False


class AskBody(Body):
    """A question to the submitter."""

    question: Reason


class CorrectionBody(Body):
    """One field of one paper. With `confirmed` the value stands as it was read; else `value` is
    the truth, null where the paper shows nothing."""

    attachment: Id
    file_at: Annotated[int, Field(ge=0, le=10_000)] = 0
    reading_at: Annotated[int, Field(ge=0, le=10_000)] = 0
    field: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    value: Annotated[str, StringConstraints(max_length=VALUE_CHARS_MAX)] | None = None
    confirmed: bool = False


class CorrectionsBody(Body):
    """Corrections of one claim's papers."""

    corrections: Annotated[list[CorrectionBody], Field(min_length=1, max_length=CORRECTIONS_MAX)]


# --- rows as JSON --------------------------------------------------------------------------------

SEES_MORE: Final = ("reviews:decide", "audit:read", "stages:read")


def sees_more(who: Principal, claim: ClaimRow) -> bool:
    """Whether they are told what is the desk's own affair: who decided, how risky it looked."""
    own = claim.belongs_to(who.id)
    return not own and any(may(who, right) for right in SEES_MORE)


def money(amount: Decimal | None) -> str | None:
    """An amount as it is told."""
    return None if amount is None else money_text(amount)


def claim_shown(claim: ClaimRow, who: Principal) -> ClaimShown:
    """A claim for this reader."""
    more = sees_more(who, claim)
    return ClaimShown(
        id=claim.id,
        status=claim.status,
        origin=claim.origin,
        submitter=claim.submitter_id,
        department=claim.department_id,
        category=claim.category,
        note=claim.note,
        on=claim.on_day,
        suggestion=claim.suggestion,
        refer_to=claim.refer_to,
        stage=claim.stage,
        kind=claim.kind,
        tier=claim.tier,
        risk=claim.risk if more else None,
        total=money(claim.total),
        question=claim.question,
        round=claim.round,
        version=claim.version,
        decided_by=claim.decided_by if more else None,
        possible=possible(claim, who),
        created_at=claim.created_at,
        updated_at=claim.updated_at,
        decided_at=claim.decided_at,
    )


def possible(claim: ClaimRow, who: Principal) -> list[Event]:
    """What this person may do with the claim now; what a reviewer may is told by the review."""
    if claim.submitter_id == who.id:
        return possible_events(claim, "submitter") if may(who, "claims:submit") else []
    if claim.belongs_to(who.id):
        return []
    events: list[Event] = possible_events(claim, "supervisor")
    needed = {"try_again": "claims:release", "hand_over": "claims:release"}
    return [event for event in events if needed.get(event, "reviews:override") in who.permissions]


def attachment_shown(row: AttachmentRow, pages: Sequence[KeptPage] = ()) -> AttachmentShown:
    """An original, with the pictures of its pages."""
    place = f"/api/claims/{row.claim_id}/files/{row.id}"
    return AttachmentShown(
        id=row.id,
        name=row.name,
        media=row.media,
        bytes=row.bytes,
        sha256=row.sha256,
        round=row.round,
        href=place,
        pages=pages_shown(place, pages),
    )


def correction_shown(row: CorrectionRow, *, named: bool) -> CorrectionShown:
    """A correction; `named`: with the person who made it."""
    return CorrectionShown(
        id=row.id,
        review=row.review_id,
        attachment=row.attachment_id,
        file_at=row.file_at,
        reading_at=row.reading_at,
        field=row.field,
        was=row.was,
        value=row.value,
        confirmed=row.confirmed,
        by=row.by if named else None,
        at=row.at,
    )


def event_shown(event: ClaimEvent) -> EventShown:
    """One event."""
    return EventShown(
        id=event.seq,
        at=event.at,
        action=event.action,
        by=event.by,
        detail=dict(event.detail),
    )
