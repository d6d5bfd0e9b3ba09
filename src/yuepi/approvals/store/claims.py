"""Claims in the database: found within a reach, changed under conditions.

A change is one conditional UPDATE that gives back the new row: of several at once the database
lets one through, and the others get nothing. In a transaction that touches a claim and what hangs
on it, the claim comes first: everybody takes the locks in one order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    bindparam,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from yuepi.access.principal import Reach
from yuepi.approvals.claim_rows import ClaimRow, ClaimStatus
from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.kit.database import Transaction

_BY_ID: Final = select(CLAIMS).where(CLAIMS.c.id == bindparam("claim_id"))
_BY_ID_LOCKED: Final = _BY_ID.with_for_update()
_TRIED: Final = (
    update(CLAIMS)
    .where(
        CLAIMS.c.id == bindparam("claim_id"),
        CLAIMS.c.round == bindparam("in_round"),
        CLAIMS.c.status == "received",
    )
    .values(attempts=CLAIMS.c.attempts + 1)
    .returning(CLAIMS)
)
_FAILED: Final = (
    update(CLAIMS)
    .where(
        CLAIMS.c.id == bindparam("claim_id"),
        CLAIMS.c.round == bindparam("in_round"),
        CLAIMS.c.status == "received",
    )
    .values(question=bindparam("error"), queued_at=None)
    .returning(CLAIMS)
)
_SET_BY_DECISION: Final = (
    "status",
    "origin",
    "decided_by",
    "suggestion",
    "refer_to",
    "stage",
    "kind",
    "tier",
    "risk",
    "total",
    "question",
    "updated_at",
    "decided_at",
)
# Made once: it is run for every claim, and making it takes longer than running it.
_DECIDED: Final = (
    update(CLAIMS)
    .where(
        CLAIMS.c.id == bindparam("claim_id"),
        CLAIMS.c.round == bindparam("in_round"),
        CLAIMS.c.status == "received",
    )
    .values(
        {CLAIMS.c[name]: bindparam(f"new_{name}") for name in _SET_BY_DECISION}
        | {CLAIMS.c.version: CLAIMS.c.version + 1}
    )
    .returning(CLAIMS)
)


def within(reach: Reach | None) -> ColumnElement[bool]:
    """The condition that a claim lies in somebody's reach; None: the program's own, everything."""
    if reach is None or reach.departments is None:
        return true()
    own = or_(CLAIMS.c.submitter_id == reach.user_id, CLAIMS.c.handed_in_by == reach.user_id)
    if not reach.departments:
        return own
    return or_(own, CLAIMS.c.department_id.in_(sorted(reach.departments)))


async def add_claim(transaction: Transaction, values: Mapping[str, Any]) -> None:
    """Write a new claim."""
    await transaction.execute(insert(CLAIMS), dict(values))


async def find_claim(
    transaction: Transaction, claim_id: str, reach: Reach | None = None, *, lock: bool = False
) -> ClaimRow | None:
    """The claim, if it lies within reach. lock: until the end of the transaction nobody else
    changes it (a SQLite write holds everything anyway)."""
    query = _BY_ID_LOCKED if lock else _BY_ID
    if reach is not None and reach.departments is not None:
        query = query.where(within(reach))
    row = (await transaction.execute(query, {"claim_id": claim_id})).mappings().one_or_none()
    return None if row is None else ClaimRow.of(row)


async def find_claims(transaction: Transaction, claim_ids: Sequence[str]) -> dict[str, ClaimRow]:
    """Claims by their ids, those that are there."""
    found = await transaction.execute(select(CLAIMS).where(CLAIMS.c.id.in_(list(claim_ids))))
    return {row["id"]: ClaimRow.of(row) for row in found.mappings()}


async def change_claim(
    transaction: Transaction,
    claim_id: str,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    status: ClaimStatus | None = None,
    in_round: int | None = None,
) -> ClaimRow | None:
    """Set these columns, one version up; None, and nothing changed, where a condition fails.

    version, status, in_round: what the claim must have; None: whatever it has. `updated_at` is for
    the caller to set.
    """
    conditions = [CLAIMS.c.id == claim_id]
    if version is not None:
        conditions.append(CLAIMS.c.version == version)
    if status is not None:
        conditions.append(CLAIMS.c.status == status)
    if in_round is not None:
        conditions.append(CLAIMS.c.round == in_round)
    change = (
        update(CLAIMS)
        .where(*conditions)
        .values(**values, version=CLAIMS.c.version + 1)
        .returning(CLAIMS)
    )
    row = (await transaction.execute(change)).mappings().one_or_none()
    return None if row is None else ClaimRow.of(row)


async def decide_claim(
    transaction: Transaction, claim_id: str, in_round: int, values: Mapping[str, Any]
) -> ClaimRow | None:
    """What the machine decided becomes the claim's, one version up; None, and nothing changed,
    where it is not `received` in that round. values: all of `_SET_BY_DECISION`."""
    given = {f"new_{name}": values[name] for name in _SET_BY_DECISION}
    given |= {"claim_id": claim_id, "in_round": in_round}
    row = (await transaction.execute(_DECIDED, given)).mappings().one_or_none()
    return None if row is None else ClaimRow.of(row)


async def count_attempt(transaction: Transaction, claim_id: str, in_round: int) -> ClaimRow | None:
    """One attempt more on a claim that is `received` in that round; None where it is not.

    The version stays: nothing changed that anybody outside is shown.
    """
    found = await transaction.execute(_TRIED, {"claim_id": claim_id, "in_round": in_round})
    row = found.mappings().one_or_none()
    return None if row is None else ClaimRow.of(row)


async def note_failure(
    transaction: Transaction, claim_id: str, in_round: int, error: str
) -> ClaimRow | None:
    """Keep what went wrong last, and let the claim be handed over again; None where the machine
    has no part in it any more."""
    values = {"claim_id": claim_id, "in_round": in_round, "error": error}
    row = (await transaction.execute(_FAILED, values)).mappings().one_or_none()
    return None if row is None else ClaimRow.of(row)


async def counts_by_status(transaction: Transaction, reach: Reach) -> dict[str, int]:
    """How many claims within reach are in which state."""
    query = select(CLAIMS.c.status, func.count()).where(within(reach)).group_by(CLAIMS.c.status)
    return {row[0]: row[1] for row in await transaction.execute(query)}
