"""Queries on reviews.

Who may touch a review is part of the query: whoever handed the claim in, decided on it before
(`not_by`) or gave the first of two approvals (`first_by`) finds no row. Every write names the
status and version it expects; one that finds another changes nothing and says so.

Lock order on PostgreSQL: the claim's row first, then its reviews.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from yuepi.approvals.review_rows import Purpose, ReviewRow
from yuepi.approvals.store.review_tables import REVIEWS
from yuepi.kit.database import Transaction, UtcDateTime

DEPARTMENTS_APART_MAX: Final = 32
"""Up to so many departments each is read along its own index and the heads are merged; whoever
may see more sees a good part of the whole queue, which is then read along and filtered."""
SHAPES_MAX: Final = 64
# SQLite uses a partial index only where the query holds its condition literally.
_OPEN: Final = REVIEWS.c.status == literal_column("'open'")
_ORDER: Final = (REVIEWS.c.risk.desc(), REVIEWS.c.created_at, REVIEWS.c.id)
_ADD: Final = {
    "sqlite": sqlite.insert(REVIEWS).on_conflict_do_nothing().returning(REVIEWS.c.id),
    "postgresql": postgresql.insert(REVIEWS).on_conflict_do_nothing().returning(REVIEWS.c.id),
}


_Beyond = Literal["same risk", "lower risk"] | None
"""Which part of the queue behind a place."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which open reviews a person asks for. departments: those in reach; None: all.

    mine: only those whose lease this person holds, as of `now_s` on the steady clock.
    """

    user_id: str
    departments: frozenset[str] | None
    purposes: tuple[Purpose, ...] = ()
    category: str | None = None
    risk_min: int | None = None
    mine: bool = False
    now_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the queue ended."""

    risk: int
    created_at: datetime
    id: str


async def add(transaction: Transaction, row: Mapping[str, Any]) -> bool:
    """Write an open review; False where the claim has an open one of that purpose already."""
    added = await transaction.execute(_ADD[transaction.dialect.name], dict(row))
    return added.first() is not None


async def add_many(transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write many reviews at once, as measurements need them: nothing is checked but the table's
    own rules."""
    if rows:
        await transaction.execute(insert(REVIEWS), [dict(row) for row in rows])


async def by_id(
    transaction: Transaction, review_id: str, *, lock: bool = False
) -> ReviewRow | None:
    """The review, or None. lock: until the transaction ends nobody else changes it."""
    query = select(REVIEWS).where(REVIEWS.c.id == review_id)
    found = await transaction.execute(query.with_for_update() if lock else query)
    row = found.mappings().first()
    return None if row is None else ReviewRow.of(row)


async def of_claim(
    transaction: Transaction, claim_id: str, *, only_open: bool = False
) -> list[ReviewRow]:
    """All reviews of one claim, or those that are open, the oldest first."""
    query = select(REVIEWS).where(REVIEWS.c.claim_id == claim_id)
    if only_open:
        query = query.where(_OPEN)
    found = await transaction.execute(query.order_by(REVIEWS.c.created_at, REVIEWS.c.id))
    return [ReviewRow.of(row) for row in found.mappings()]


async def rechecked(transaction: Transaction, claim_ids: Sequence[str]) -> frozenset[str]:
    """Those of these claims that wait for a blind re-check."""
    if not claim_ids:
        return frozenset()
    found = await transaction.execute(
        select(REVIEWS.c.claim_id).where(
            REVIEWS.c.claim_id.in_(claim_ids),
            _OPEN,
            REVIEWS.c.purpose == "recheck",
        )
    )
    return frozenset(found.scalars())


# --- changes -------------------------------------------------------------------------------------


async def change(transaction: Transaction, review: ReviewRow, **values: Any) -> bool:
    """Change an open review that is still as `review` says; False where it is not."""
    changed = await transaction.execute(
        update(REVIEWS)
        .where(
            REVIEWS.c.id == review.id,
            _OPEN,
            REVIEWS.c.version == review.version,
        )
        .values(version=REVIEWS.c.version + 1, **values)
    )
    return changed.rowcount == 1


async def lease(
    transaction: Transaction, review_id: str, user_id: str, *, now_s: float, until_s: float
) -> bool:
    """Give the lease to this person: free, expired, or theirs already; False where it is not so,
    or where the review is not for them."""
    free = or_(
        REVIEWS.c.holder_id.is_(None),
        REVIEWS.c.holder_id == user_id,
        REVIEWS.c.held_until_s <= now_s,
    )
    # Advice that another person saw tells nothing about this one.
    changed = await transaction.execute(
        update(REVIEWS)
        .where(REVIEWS.c.id == review_id, _OPEN, free, _for(user_id))
        .values(
            advised_at=_kept_by(user_id),
            holder_id=user_id,
            held_until_s=until_s,
            version=REVIEWS.c.version + 1,
        )
    )
    return changed.rowcount == 1


async def give_up(transaction: Transaction, review_id: str, user_id: str) -> bool:
    """End this person's lease; False where they have none."""
    changed = await transaction.execute(
        update(REVIEWS)
        .where(
            REVIEWS.c.id == review_id,
            _OPEN,
            REVIEWS.c.holder_id == user_id,
        )
        .values(holder_id=None, held_until_s=None, advised_at=None, version=REVIEWS.c.version + 1)
    )
    return changed.rowcount == 1


async def void_open(transaction: Transaction, claim_id: str, at: datetime) -> list[str]:
    """Close all open reviews of a claim without an answer; the ids of those closed."""
    closed = await transaction.execute(
        update(REVIEWS)
        .where(REVIEWS.c.claim_id == claim_id, _OPEN)
        .values(
            status="void",
            holder_id=None,
            held_until_s=None,
            decided_at=at,
            version=REVIEWS.c.version + 1,
        )
        .returning(REVIEWS.c.id)
    )
    return sorted(closed.scalars())


async def any_overdue(transaction: Transaction, now: datetime, risk: int) -> bool:
    """Whether `raise_overdue` would find any."""
    query = select(REVIEWS.c.id).where(*_overdue(now, risk)).limit(1)
    return (await transaction.execute(query)).first() is not None


async def raise_overdue(
    transaction: Transaction, now: datetime, risk: int, rows_max: int
) -> list[ReviewRow]:
    """Raise the risk of open reviews whose time is over, the longest overdue first; the rows as
    they are then. One that was raised is not found again; two processes share them."""
    due = (
        select(REVIEWS.c.id)
        .where(*_overdue(now, risk))
        .order_by(REVIEWS.c.due_at)
        .limit(rows_max)
        .with_for_update(skip_locked=True)
    )
    ids = list((await transaction.execute(due)).scalars())
    if not ids:
        return []
    raised = await transaction.execute(
        update(REVIEWS)
        .where(REVIEWS.c.id.in_(ids), _OPEN, REVIEWS.c.risk < risk)
        .values(risk=risk, version=REVIEWS.c.version + 1)
        .returning(*REVIEWS.c)
    )
    rows = [ReviewRow.of(row) for row in raised.mappings()]
    return sorted(rows, key=lambda row: (row.due_at or now, row.id))


def _overdue(now: datetime, risk: int) -> tuple[ColumnElement[bool], ...]:
    # The sum keeps SQLite from the index of the queue, which would be read from end to end.
    return (_OPEN, REVIEWS.c.due_at < now, REVIEWS.c.risk + 0 < risk)


# --- the queue -----------------------------------------------------------------------------------


async def page(
    transaction: Transaction, sought: Sought, after: Place | None, rows_max: int
) -> list[ReviewRow]:
    """Open reviews in the order of the queue: the riskiest first, then the oldest."""
    if after is None:
        return await _run(transaction, sought, None, None, rows_max)
    # Two ranges of the index, instead of one condition that no index answers.
    rows = await _run(transaction, sought, after, "same risk", rows_max)
    if len(rows) < rows_max:
        rows += await _run(transaction, sought, after, "lower risk", rows_max - len(rows))
    return rows


async def count(transaction: Transaction, sought: Sought, count_max: int) -> int:
    """How many open reviews there are, none counted beyond `count_max`."""
    some = (
        select(REVIEWS.c.id)
        .where(*_conditions(_Shape.of(sought)), _in_reach(sought))
        # In the queue's order, so that SQLite reads along its index.
        .order_by(*_ORDER)
        .limit(count_max)
        .subquery()
    )
    query = select(func.count()).select_from(some)
    return int((await transaction.execute(query, _values(sought))).scalar_one())


async def held_count(transaction: Transaction, user_id: str, now_s: float) -> int:
    """How many reviews this person holds."""
    found = await transaction.execute(
        select(func.count())
        .select_from(REVIEWS)
        .where(
            _OPEN,
            REVIEWS.c.holder_id == user_id,
            REVIEWS.c.held_until_s > now_s,
        )
    )
    return int(found.scalar_one())


async def _run(
    transaction: Transaction, sought: Sought, after: Place | None, beyond: _Beyond, rows_max: int
) -> list[ReviewRow]:
    departments = sorted(sought.departments or ())
    if sought.departments is not None and not departments:
        return []
    shape = _Shape.of(sought, beyond)
    values = _values(sought, after) | {"rows_max": rows_max}
    few = sought.mine or sought.purposes == ("appeal",)
    if sought.departments is None or few or not 1 < len(departments) <= DEPARTMENTS_APART_MAX:
        query = select(REVIEWS).where(*_conditions(shape), _in_reach(sought))
        query = query.order_by(*_ORDER).limit(bindparam("rows_max"))
        found = await transaction.execute(query, values)
        return [ReviewRow.of(row) for row in found.mappings()]
    values |= {f"department_{at}": department for at, department in enumerate(departments)}
    first = await transaction.execute(_first_of(shape, len(departments)), values)
    ids = list(first.scalars())
    found = await transaction.execute(select(REVIEWS).where(REVIEWS.c.id.in_(ids)))
    there = {row["id"]: ReviewRow.of(row) for row in found.mappings()}
    return [there[review_id] for review_id in ids if review_id in there]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a query of the queue looks like, whatever the values in it."""

    purposes: tuple[Purpose, ...]
    category: bool
    risk_min: bool
    mine: bool
    beyond: _Beyond = None

    @classmethod
    def of(cls, sought: Sought, beyond: _Beyond = None) -> _Shape:
        category, risk_min = sought.category is not None, sought.risk_min is not None
        return cls(sought.purposes, category, risk_min, sought.mine, beyond)


@lru_cache(maxsize=SHAPES_MAX)
def _first_of(shape: _Shape, departments: int) -> Select[Any]:
    """The ids of the first reviews of so many departments; making it takes longer than running
    it."""
    heads = [
        # SQLite takes a limit inside a compound query only in a subquery.
        select(
            select(REVIEWS.c.id, REVIEWS.c.risk, REVIEWS.c.created_at)
            .where(REVIEWS.c.department_id == bindparam(f"department_{at}"), *_conditions(shape))
            .order_by(*_ORDER)
            .limit(bindparam("rows_max"))
            .subquery()
        )
        for at in range(departments)
    ]
    merged = union_all(*heads).subquery()
    return (
        select(merged.c.id)
        .order_by(merged.c.risk.desc(), merged.c.created_at, merged.c.id)
        .limit(bindparam("rows_max"))
    )


def _conditions(shape: _Shape) -> list[ColumnElement[bool]]:
    """Their values are those of `_values`."""
    conditions = [_OPEN, _for(bindparam("the_user"))]
    if shape.purposes == ("appeal",):
        conditions.append(REVIEWS.c.purpose == literal_column("'appeal'"))
    elif shape.purposes:
        conditions.append(REVIEWS.c.purpose.in_(shape.purposes))
    if shape.category:
        conditions.append(REVIEWS.c.category == bindparam("the_category"))
    if shape.risk_min:
        conditions.append(REVIEWS.c.risk >= bindparam("risk_min"))
    if shape.mine:
        conditions.append(REVIEWS.c.holder_id == bindparam("the_user"))
        conditions.append(REVIEWS.c.held_until_s > bindparam("now_s"))
    if shape.beyond == "same risk":
        last = tuple_(bindparam("after_at", type_=UtcDateTime()), bindparam("after_id"))
        conditions.append(REVIEWS.c.risk == bindparam("after_risk"))
        conditions.append(tuple_(REVIEWS.c.created_at, REVIEWS.c.id) > last)
    elif shape.beyond == "lower risk":
        conditions.append(REVIEWS.c.risk < bindparam("after_risk"))
    return conditions


def _values(sought: Sought, after: Place | None = None) -> dict[str, Any]:
    values: dict[str, Any] = {
        "the_user": sought.user_id,
        "the_category": sought.category,
        "risk_min": sought.risk_min,
        "now_s": sought.now_s,
    }
    if after is not None:
        values |= {"after_risk": after.risk, "after_at": after.created_at, "after_id": after.id}
    return values


def _in_reach(sought: Sought) -> ColumnElement[bool]:
    if sought.departments is None:
        return true()
    if len(sought.departments) == 1:
        return REVIEWS.c.department_id == next(iter(sought.departments))
    return REVIEWS.c.department_id.in_(sorted(sought.departments))


def _for(user_id: str | BindParameter[str]) -> ColumnElement[bool]:
    """Not their own claim, not one they handed in, and not one they had their say on."""
    return and_(
        REVIEWS.c.submitter_id != user_id,
        or_(REVIEWS.c.handed_in_by.is_(None), REVIEWS.c.handed_in_by != user_id),
        or_(REVIEWS.c.not_by.is_(None), REVIEWS.c.not_by != user_id),
        or_(REVIEWS.c.first_by.is_(None), REVIEWS.c.first_by != user_id),
    )


def _kept_by(user_id: str) -> ColumnElement[Any]:
    return case((REVIEWS.c.holder_id == user_id, REVIEWS.c.advised_at), else_=None)
