"""A review as it is kept, the terms that all reviews are held to, and the errors about them.

A review is one thing that waits for a person: a claim that the machine referred (`decide`), a
submitter who asks again (`appeal`), or a blind sample of automatic approvals (`recheck`). Whoever
works on a re-check must not notice: outside this room it is called `decide` (`shown_purpose`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any, Final, Literal

from yuepi.approvals.claim_rows import Conflict
from yuepi.kit.errors import YuepiError

Purpose = Literal["decide", "appeal", "recheck"]
ShownPurpose = Literal["decide", "appeal"]
ReviewStatus = Literal["open", "done", "void"]
Verdict = Literal["approve", "reject"]

RISK_OVERDUE: Final = 1_000_000
"""The risk of what nobody answered in time: before everything else. Other risks are far lower."""
HELD_MAX: Final = 20
"""So many reviews may one person hold at once."""
REASON_CHARS_MAX: Final = 2_000
REASON_CHARS_MIN: Final = 2
QUEUE_ROWS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class ReviewTerms:
    """What reviews are held to.

    second_eyes_above: approvals of more than this (and of what is not known) need two persons;
    None: one is always enough. lease_s: how long one works on a review before others may take it
    over, in seconds of the steady clock. review_days: until a referred claim should be answered.
    appeal_days: how long after an outcome the submitter may ask again. appeal_answer_days: until
    that should be answered.
    """

    second_eyes_above: Decimal | None = None
    lease_s: float = 900.0
    review_days: int = 5
    appeal_days: int = 30
    appeal_answer_days: int = 5


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One review, column by column (`store.review_tables`).

    not_by: who decided before and must not again. first_by: who approved first where two must.
    holder_id, held_until_s: the lease, on the steady clock. advised_at: when whoever works on it
    asked for the machine's advice; what they say after that is not blind. version: of the row,
    for conditional writes; people's edits are held to the claim's version.
    """

    id: str
    claim_id: str
    purpose: Purpose
    status: ReviewStatus
    submitter_id: str
    handed_in_by: str | None
    department_id: str
    category: str
    risk: int
    total: Decimal | None
    not_by: str | None
    first_by: str | None
    holder_id: str | None
    held_until_s: float | None
    verdict: Verdict | None
    reason: str
    decided_by: str | None
    version: int
    created_at: datetime
    due_at: datetime | None
    decided_at: datetime | None
    advised_at: datetime | None

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> ReviewRow:
        """The review in a row of the table (a `RowMapping`)."""
        return cls(**{name: row[name] for name in cls.__slots__})

    @property
    def shown_purpose(self) -> ShownPurpose:
        """The purpose as reviewers are told it: a re-check looks like any other."""
        return "appeal" if self.purpose == "appeal" else "decide"

    def held_by(self, user_id: str, now_s: float) -> bool:
        """Whether this person holds the lease at this second of the steady clock."""
        return self.holder_id == user_id and (self.held_until_s or 0.0) > now_s


# --- errors --------------------------------------------------------------------------------------


class LeaseLost(Conflict):
    """Whoever acts does not hold the review: never taken, handed back, or held for too long."""

    code = "lease_lost"

    def __init__(self, review_id: str) -> None:
        super().__init__(
            f"you do not hold the review {review_id}",
            remedy="take it again (another person may have it), look at it, then repeat this",
        )


class Taken(Conflict):
    """Another person works on the review."""

    code = "review_taken"

    def __init__(self, review_id: str, left_s: float) -> None:
        super().__init__(
            f"another person works on the review {review_id}",
            remedy=f"choose another one, or try again in {max(1, ceil(left_s))} seconds",
        )


class TooManyHeld(Conflict):
    """This person holds as many reviews as one may."""

    code = "too_many_held"

    def __init__(self) -> None:
        super().__init__(
            f"you hold {HELD_MAX} reviews already",
            remedy="decide one of them or hand it back, then take another",
        )


class NotForYou(YuepiError):
    """A person who may review, but not this: their own claim (`own_claim`), or one that they
    decided on before, where another person is needed (`another_person`)."""

    code = "another_person"
    http_status = 403

    @classmethod
    def own(cls) -> NotForYou:
        """It is their own claim, or one that they handed in for its submitter."""
        return cls(
            "nobody decides on their own claim, or on one that they handed in",
            remedy="leave it to another reviewer",
            code="own_claim",
        )

    @classmethod
    def decided_before(cls) -> NotForYou:
        """They had their say."""
        return cls(
            "you decided on this before, so that another person must now",
            remedy="leave it to another reviewer",
        )


class ReasonNeeded(YuepiError):
    """This verdict needs a reason."""

    code = "reason_required"
    http_status = 422


def reason_of(text: str, *, needed_for: str | None) -> str:
    """The reason, stripped. `needed_for`: what cannot be done without one, in words; None: it may
    be empty. Raises `ReasonNeeded` where it is missing, or longer than `REASON_CHARS_MAX`."""
    reason = text.strip()
    if len(reason) > REASON_CHARS_MAX:
        raise ReasonNeeded(
            f"a reason has {REASON_CHARS_MAX} characters at most",
            remedy="shorten it",
            code="reason_too_long",
        )
    if needed_for is not None and len(reason) < REASON_CHARS_MIN:
        raise ReasonNeeded(f"{needed_for} needs a reason", remedy="say why in a few words")
    return reason
