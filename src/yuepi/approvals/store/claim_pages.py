"""Pages of claims as a person is shown them.

For who must not know that a claim is approved while it is blindly checked again (`blind`), it is
listed among those that wait and not among those that are approved, page by page: a filter, a
cursor or the length of a page must tell no more than the claim itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, literal, literal_column, not_, or_, select
from sqlalchemy import tuple_ as tuple_of

from yuepi.access.principal import Reach
from yuepi.approvals.claim_rows import ClaimRow, ClaimStatus
from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.approvals.store.claims import within
from yuepi.approvals.store.review_tables import REVIEWS
from yuepi.kit.database import Transaction, UtcDateTime

# SQLite uses a partial index only where the query holds its condition literally.
_OPEN_RECHECK: Final = and_(
    REVIEWS.c.status == literal_column("'open'"),
    REVIEWS.c.purpose == literal_column("'recheck'"),
)


async def page_of_claims(
    transaction: Transaction,
    reach: Reach,
    *,
    blind: bool,
    status: ClaimStatus | None,
    category: str | None,
    mine: bool,
    after: tuple[datetime, str] | None,
    rows_max: int,
) -> list[ClaimRow]:
    """Claims within reach, the newest first. blind: whether approvals that are checked again are
    kept from this person. mine: only what they handed in, for themselves or for others. after:
    (created_at, id) of the last one seen."""
    conditions = [within(reach)]
    if category is not None:
        conditions.append(CLAIMS.c.category == category)
    if mine:
        conditions.append(_own(reach))
    if after is not None:
        last = tuple_of(literal(after[0], UtcDateTime()), literal(after[1]))
        conditions.append(tuple_of(CLAIMS.c.created_at, CLAIMS.c.id) < last)
    if status is None:
        return await _rows(transaction, conditions, rows_max)
    asked = [*conditions, CLAIMS.c.status == status]
    if not blind or status not in ("approved", "waiting"):
        return await _rows(transaction, asked, rows_max)
    hidden = and_(
        CLAIMS.c.origin == "automatic",
        not_(_own(reach)),
        exists().where(REVIEWS.c.claim_id == CLAIMS.c.id, _OPEN_RECHECK),
    )
    if status == "approved":
        return await _rows(transaction, [*asked, not_(hidden)], rows_max)
    # Two short pages laid together: one condition for both would be answered by no index.
    found = await _rows(transaction, asked, rows_max)
    checked_again = select(REVIEWS.c.claim_id).where(_OPEN_RECHECK)
    found += await _rows(
        transaction,
        [
            *conditions,
            CLAIMS.c.status == "approved",
            CLAIMS.c.origin == "automatic",
            not_(_own(reach)),
            CLAIMS.c.id.in_(checked_again),
        ],
        rows_max,
    )
    return sorted(found, key=lambda row: (row.created_at, row.id), reverse=True)[:rows_max]


def _own(reach: Reach) -> ColumnElement[bool]:
    handed_in = CLAIMS.c.handed_in_by
    # Never NULL, so that it can be turned round.
    by_them = and_(handed_in.is_not(None), handed_in == reach.user_id)
    return or_(CLAIMS.c.submitter_id == reach.user_id, by_them)


async def _rows(
    transaction: Transaction, conditions: list[ColumnElement[bool]], rows_max: int
) -> list[ClaimRow]:
    query = (
        select(CLAIMS)
        .where(*conditions)
        .order_by(CLAIMS.c.created_at.desc(), CLAIMS.c.id.desc())
        .limit(rows_max)
    )
    return [ClaimRow.of(row) for row in (await transaction.execute(query)).mappings()]
