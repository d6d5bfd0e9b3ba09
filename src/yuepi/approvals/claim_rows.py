"""A claim as it is kept: its row, its files, pages of rows, and the errors about them.

Shared by all parts of this room that handle stored claims. The rows mirror the columns of
`store.claim_tables`; none of them is ever changed in memory: what changes a claim writes it and
reads it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Generic, Literal, TypeVar

from yuepi.kit.errors import YuepiError

ClaimStatus = Literal[
    "received",
    "waiting",
    "asked",
    "approved",
    "rejected",
    "appealed",
    "cancelled",
    "quarantined",
]
Origin = Literal["automatic", "person"]
StageName = Literal["assist", "partial", "full"]

MACHINE: Final = "system"
"""The actor of what no person did."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim, column by column.

    handed_in_by: the program's account that handed it in for its submitter, None: they themselves.
    on_day: the business day it is judged for, `YYYY-MM-DD`. origin: whom the present outcome is
    from, None before there is one. kind, tier: the stage's key, None before it was judged. round:
    how often the machine was set to work on it, from 1. attempts: how often it tried in this round.
    question: what the submitter is asked, or why it stands in quarantine. said: what the submitter
    says of doubtful fields, as `approvals.said` writes it.
    """

    id: str
    submitter_id: str
    handed_in_by: str | None
    department_id: str
    category: str
    note: str
    on_day: str
    status: ClaimStatus
    origin: Origin | None
    decided_by: str | None
    suggestion: str | None
    refer_to: str | None
    stage: StageName | None
    kind: str | None
    tier: str | None
    risk: int
    total: Decimal | None
    version: int
    round: int
    attempts: int
    queued_at: datetime | None
    question: str | None
    created_at: datetime
    updated_at: datetime
    decided_at: datetime | None
    said: str | None = None

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> ClaimRow:
        """The claim in a row of the table (a `RowMapping`)."""
        return cls(**{name: row[name] for name in cls.__slots__})

    def belongs_to(self, user_id: str) -> bool:
        """Whether they submitted it, or handed it in for its submitter: then they may look at it,
        and never decide on it. What is the submitter's alone asks for `submitter_id`."""
        return user_id in (self.submitter_id, self.handed_in_by)

    @property
    def on(self) -> date:
        """The business day it is judged for."""
        return date.fromisoformat(self.on_day)


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """One original of a claim. position: from 0, in the order handed in. round: with which answer
    it came. sha256: the name of its blob. media: what its bytes are (`documents.accept.Media`)."""

    id: str
    claim_id: str
    round: int
    position: int
    name: str
    sha256: str
    bytes: int
    media: str

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> AttachmentRow:
        """The attachment in a row of the table (a `RowMapping`)."""
        return cls(**{name: row[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list; `next`: the cursor of the page after it, None at the end."""

    rows: tuple[Row, ...]
    next: str | None = None


# --- errors --------------------------------------------------------------------------------------


class NotFound(YuepiError):
    """What is asked for does not exist, or not for whoever asks: the two look the same."""

    code = "not_found"
    http_status = 404

    def __init__(
        self, what: str, *, remedy: str = "check the id, and that you are signed in"
    ) -> None:
        super().__init__(f"there is no {what}", remedy=remedy)


class Conflict(YuepiError):
    """What is asked for does not fit what is there now."""

    code = "conflict"
    http_status = 409


class WrongState(Conflict):
    """The thing is in a state in which this cannot be done."""

    code = "wrong_state"


class Stale(Conflict):
    """Another change came first. `current`: the fields as they are now, for showing what differs;
    plain JSON values, `version` among them."""

    code = "stale"

    def __init__(self, what: str, current: Mapping[str, Any]) -> None:
        super().__init__(
            f"{what} was changed meanwhile",
            remedy="look at what changed, then try again with its present version",
        )
        self.current: Final = dict(current)


class BadClaim(YuepiError):
    """What was handed in cannot become a claim, or be added to one. The code is the first
    problem's. `problems`: all of them, each with the `name` of the file or field, `code`,
    `message` and `remedy`."""

    code = "bad_claim"
    http_status = 422

    def __init__(
        self,
        message: str,
        *,
        remedy: str,
        code: str | None = None,
        problems: tuple[Mapping[str, str], ...] = (),
    ) -> None:
        super().__init__(message, remedy=remedy, code=code)
        self.problems: Final = problems
