"""Claims found by what people remember of them: id, number, amount, note, seller.

Who may see a claim stands in every query, before anything is counted or cut off: how much is out
of reach can be told neither from what comes back nor from what is missing. The order is that of
the moment it was handed in, which no decision changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select

from yuepi.access.principal import Reach
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.approvals.store.claims import within
from yuepi.approvals.store.history_tables import INVOICES
from yuepi.kit.database import Transaction

FEW_MAX: Final = 300
"""Up to so many invoices are gone to directly."""
_NEWEST: Final = (CLAIMS.c.created_at.desc(), CLAIMS.c.id.desc())


@dataclass(frozen=True, slots=True)
class Like:
    """What to look for: a claim is found by any of these.

    ids: first and last id of a range. numbers: an invoice's number, or its first digits and the
    text after the last one that begins so. code: an invoice's code, or its first digits. text: in
    the note. seller: in the seller's name, as `buyer.plain_name` writes it. totals: the amount.
    """

    ids: tuple[str, str] | None = None
    number: str | None = None
    numbers: tuple[str, str] | None = None
    code: str | None = None
    text: str | None = None
    seller: str | None = None
    total: Decimal | None = None


async def claims_like(
    transaction: Transaction, reach: Reach, like: Like, rows_max: int
) -> list[ClaimRow]:
    """The newest claims within reach that are like it."""
    of_claims = _of_claims(like)
    found = [] if of_claims is None else await _run(transaction, reach, of_claims, rows_max)
    for condition in _of_invoices(like):
        held = await _holding(transaction, condition)
        found += await _run(transaction, reach, held, rows_max)
    rows = {row.id: row for row in found}.values()
    return sorted(rows, key=lambda row: (row.created_at, row.id), reverse=True)[:rows_max]


def _of_claims(like: Like) -> ColumnElement[bool] | None:
    any_of: list[ColumnElement[bool]] = []
    if like.ids is not None:
        any_of.append(CLAIMS.c.id.between(*like.ids))
    if like.text is not None:
        any_of.append(CLAIMS.c.note.icontains(like.text, autoescape=True))
    if like.total is not None:
        any_of.append(CLAIMS.c.total == literal(like.total, CLAIMS.c.total.type))
    return or_(*any_of) if any_of else None


def _of_invoices(like: Like) -> Sequence[ColumnElement[bool]]:
    """Each is answered on its own: by the index of numbers, or by one look through all."""
    conditions: list[ColumnElement[bool]] = []
    number = INVOICES.c.number
    if like.number is not None:
        conditions.append(number == like.number)
    if like.numbers is not None:
        first, after = like.numbers
        # The range is for the index, in any order of letters; the prefix is what counts.
        begins = number.startswith(first, autoescape=True)
        conditions.append(and_(number >= first, number < after, begins))
    named: list[ColumnElement[bool]] = []
    if like.code is not None:
        named.append(INVOICES.c.code.startswith(like.code, autoescape=True))
    if like.seller is not None:
        named.append(INVOICES.c.seller_name.contains(like.seller, autoescape=True))
    if named:
        conditions.append(or_(*named))
    return conditions


async def _holding(transaction: Transaction, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition on claims that hold such an invoice; the way to the same answer is another
    one where there are many: then the newest claims are looked through, and soon enough is found.
    """
    some = select(INVOICES.c.claim_id).where(condition).limit(FEW_MAX + 1)
    held = list((await transaction.execute(some)).scalars())
    if len(held) <= FEW_MAX:
        return CLAIMS.c.id.in_(sorted(set(held)))
    return exists().where(INVOICES.c.claim_id == CLAIMS.c.id, condition)


async def _run(
    transaction: Transaction, reach: Reach, condition: ColumnElement[bool], rows_max: int
) -> list[ClaimRow]:
    query = select(CLAIMS).where(within(reach), condition).order_by(*_NEWEST).limit(rows_max)
    return [ClaimRow.of(row) for row in (await transaction.execute(query)).mappings()]
