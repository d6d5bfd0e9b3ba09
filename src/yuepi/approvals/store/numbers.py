"""What the desk's numbers are counted from: claims, decisions, reviews and answers of a period.

Each query counts the claims of some departments and, for who may review, leaves out what is kept
from them (`approvals.blind`): automatic approvals that are being checked again, and what the
machine made of claims that wait for an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    and_,
    case,
    column,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    type_coerce,
    values,
)

from yuepi.approvals.store.claim_tables import CLAIMS, DECISIONS
from yuepi.approvals.store.review_tables import REVIEWS
from yuepi.approvals.store.stage_tables import STAGE_EVIDENCE
from yuepi.kit.database import Transaction, UtcDateTime

OPEN_STATES: Final = ("received", "waiting", "asked", "appealed", "quarantined")
# Most claims are decided: to read the table along the index of states takes twice as long.
_DECIDED: Final = CLAIMS.c.status.not_in((*OPEN_STATES, "cancelled"))
_HOUR_CHARACTERS: Final = len("2026-11-21 14")
# SQLite uses a partial index only where the query holds its condition literally.
_OPEN: Final = REVIEWS.c.status == literal_column("'open'")
_CHECKED_AGAIN: Final = exists().where(
    REVIEWS.c.claim_id == CLAIMS.c.id,
    _OPEN,
    REVIEWS.c.purpose == literal_column("'recheck'"),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Whose numbers: the claims of these departments (None: of all). blind: without what is kept
    from `user_id`, who may review."""

    user_id: str
    departments: frozenset[str] | None
    blind: bool

    @property
    def claims(self) -> ColumnElement[bool]:
        """The condition on claims."""
        return self._of(CLAIMS.c.department_id)

    @property
    def reviews(self) -> ColumnElement[bool]:
        """The same on reviews, which hold their claim's department."""
        return self._of(REVIEWS.c.department_id)

    def _of(self, department: Any) -> ColumnElement[bool]:
        return true() if self.departments is None else department.in_(sorted(self.departments))

    @property
    def hidden(self) -> ColumnElement[bool]:
        """That a claim's approval is kept from whoever asks."""
        user = self.user_id
        handed_in = CLAIMS.c.handed_in_by
        own = or_(CLAIMS.c.submitter_id == user, and_(handed_in.is_not(None), handed_in == user))
        return and_(
            CLAIMS.c.status == "approved", CLAIMS.c.origin == "automatic", not_(own), _CHECKED_AGAIN
        )

    @property
    def told(self) -> ColumnElement[bool]:
        """That whoever asks may know what became of a claim."""
        return not_(self.hidden) if self.blind else true()


async def received(
    transaction: Transaction, of: Counted, days: Sequence[tuple[datetime, datetime]]
) -> list[int]:
    """Claims handed in on each day, given as its beginning and end; from an index alone."""
    moment = UtcDateTime()
    spans = (
        values(column("at", Integer), column("first", moment), column("last", moment))
        .data([(at, *span) for at, span in enumerate(days)])
        .cte("spans")
    )
    count = (
        select(func.count())
        .where(CLAIMS.c.created_at >= spans.c.first, CLAIMS.c.created_at < spans.c.last, of.claims)
        .correlate(spans)
        .scalar_subquery()
    )
    query = select(spans.c.at, count).order_by(spans.c.at)
    return [int(row[1]) for row in await transaction.execute(query)]


async def decided(
    transaction: Transaction, of: Counted, since: datetime
) -> list[tuple[datetime, int, int, int]]:
    """Claims decided, by the hour: (hour, in all, by the machine alone, rejected)."""
    hour = _hour(transaction, CLAIMS.c.decided_at)
    query = (
        select(
            hour,
            func.count(),
            func.sum(case((CLAIMS.c.origin == "automatic", 1), else_=0)),
            func.sum(case((CLAIMS.c.status == "rejected", 1), else_=0)),
        )
        .where(CLAIMS.c.decided_at >= since, _DECIDED, of.claims, of.told)
        .group_by(hour)
    )
    return [
        (_moment(row[0]), int(row[1]), int(row[2]), int(row[3]))
        for row in await transaction.execute(query)
    ]


async def durations(
    transaction: Transaction, of: Counted, since: datetime, origin: str, rows_max: int
) -> list[float]:
    """Seconds from handing in to the decision, of the `rows_max` newest claims of the period."""
    query = (
        select(CLAIMS.c.created_at, CLAIMS.c.decided_at)
        .where(
            CLAIMS.c.created_at >= since,
            CLAIMS.c.decided_at.is_not(None),
            _DECIDED,
            CLAIMS.c.origin == origin,
            of.claims,
            of.told,
        )
        .order_by(CLAIMS.c.created_at.desc(), CLAIMS.c.id.desc())
        .limit(rows_max)
    )
    found = await transaction.execute(query)
    return [(decided_at - created_at).total_seconds() for created_at, decided_at in found]


async def open_claims(transaction: Transaction, of: Counted) -> dict[str, int]:
    """How many claims stand where somebody has something to do."""
    query = (
        select(CLAIMS.c.status, func.count())
        .where(CLAIMS.c.status.in_(OPEN_STATES), of.claims)
        .group_by(CLAIMS.c.status)
    )
    found = {status: int(count) for status, count in await transaction.execute(query)}
    if of.blind:
        found["waiting"] = found.get("waiting", 0) + await _seem_to_wait(transaction, of)
    return {status: found.get(status, 0) for status in OPEN_STATES}


async def _seem_to_wait(transaction: Transaction, of: Counted) -> int:
    """Approvals that are kept from whoever asks: beside the queue, which counts their re-checks as
    reviews like others, their absence would tell of them."""
    # Few are checked again at once: from there, not from all that was ever approved.
    recheck = REVIEWS.c.purpose == literal_column("'recheck'")
    again = select(REVIEWS.c.claim_id).where(_OPEN, recheck)
    query = select(func.count()).where(CLAIMS.c.id.in_(again), of.claims, of.hidden)
    return int((await transaction.execute(query)).scalar_one())


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open reviews: how many of each purpose, how many too late, since when the oldest waits."""

    by_purpose: dict[str, int]
    overdue: int
    oldest: datetime | None


async def waiting(transaction: Transaction, of: Counted, now: datetime) -> Waiting:
    """What waits for a person; to who may review, a re-check is one like the others."""
    late = func.sum(case((REVIEWS.c.due_at < now, 1), else_=0))
    query = (
        select(REVIEWS.c.purpose, func.count(), late, func.min(REVIEWS.c.created_at))
        .where(_OPEN, of.reviews)
        .group_by(REVIEWS.c.purpose)
    )
    by_purpose = dict.fromkeys(("decide", "appeal") if of.blind else _PURPOSES, 0)
    overdue, oldest = 0, []
    for purpose, count, too_late, first in await transaction.execute(query):
        shown = "decide" if of.blind and purpose == "recheck" else purpose
        by_purpose[shown] += int(count)
        overdue += int(too_late or 0)
        oldest.append(first)
    return Waiting(by_purpose, overdue, min(oldest, default=None))


_PURPOSES: Final = ("decide", "appeal", "recheck")


async def middle_waiting(transaction: Transaction, of: Counted, count: int) -> datetime | None:
    """Since when the one in the middle of `count` open reviews waits."""
    query = (
        select(REVIEWS.c.created_at)
        .where(_OPEN, of.reviews)
        .order_by(REVIEWS.c.created_at)
        .offset(max(0, (count - 1) // 2))
        .limit(1)
    )
    found: datetime | None = (await transaction.execute(query)).scalar()
    return found


async def appeals(transaction: Transaction, of: Counted, since: datetime) -> dict[str, int]:
    """Appeals made in the period by what became of them: open, approve, reject, void."""
    outcome = case((REVIEWS.c.status == "done", REVIEWS.c.verdict), else_=REVIEWS.c.status)
    query = (
        select(outcome, func.count())
        .where(REVIEWS.c.purpose == "appeal", REVIEWS.c.created_at >= since, of.reviews)
        .group_by(outcome)
    )
    return {str(row[0]): int(row[1]) for row in await transaction.execute(query)}


async def answers(
    transaction: Transaction, of: Counted, since: datetime, rows_max: int
) -> tuple[int, int]:
    """(agreed, in all) of people's blind answers to automatic approvals, and of approvals that
    people took back; the latest `rows_max`."""
    approved = exists().where(
        DECISIONS.c.claim_id == STAGE_EVIDENCE.c.claim_id, DECISIONS.c.applied == "approved"
    )
    latest = select(STAGE_EVIDENCE.c.agreed).where(
        STAGE_EVIDENCE.c.at >= since, STAGE_EVIDENCE.c.blind.is_(True), approved
    )
    if of.departments is not None:
        latest = latest.join(CLAIMS, CLAIMS.c.id == STAGE_EVIDENCE.c.claim_id).where(of.claims)
    rows = latest.order_by(STAGE_EVIDENCE.c.at.desc()).limit(rows_max).subquery()
    query = select(rows.c.agreed, func.count()).group_by(rows.c.agreed)
    found = {bool(row[0]): int(row[1]) for row in await transaction.execute(query)}
    return found.get(True, 0), sum(found.values())


async def rechecked(transaction: Transaction, of: Counted, since: datetime) -> int:
    """How many automatic approvals people looked at again."""
    query = select(func.count()).where(
        REVIEWS.c.purpose == "recheck",
        REVIEWS.c.status == "done",
        REVIEWS.c.decided_at >= since,
        of.reviews,
    )
    return int((await transaction.execute(query)).scalar_one())


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim and what the machine said of it. alone: its approval stands by itself."""

    kind: str | None
    alone: bool
    decision: str


async def decisions(
    transaction: Transaction, of: Counted, since: datetime, rows_max: int
) -> list[Judged]:
    """What the machine said of the `rows_max` newest claims of the period."""
    conditions = [CLAIMS.c.created_at >= since, of.claims, of.told]
    if of.blind:
        conditions.append(CLAIMS.c.status.not_in(("waiting", "appealed", "received")))
    newest = (
        select(CLAIMS.c.id, CLAIMS.c.kind, CLAIMS.c.round, CLAIMS.c.origin)
        .where(*conditions)
        .order_by(CLAIMS.c.created_at.desc(), CLAIMS.c.id.desc())
        .limit(rows_max)
        .subquery()
    )
    query = select(newest.c.kind, newest.c.origin, DECISIONS.c.decision).join(
        DECISIONS,
        and_(DECISIONS.c.claim_id == newest.c.id, DECISIONS.c.round == newest.c.round),
    )
    found = await transaction.execute(query)
    return [Judged(kind, origin == "automatic", decision) for kind, origin, decision in found]


def _hour(transaction: Transaction, column: Any) -> ColumnElement[str]:
    """The hour in UTC as text: what both databases can group by at little cost."""
    if transaction.dialect.name == "sqlite":
        return func.substr(type_coerce(column, String), 1, _HOUR_CHARACTERS)
    return func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24")


def _moment(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC)
