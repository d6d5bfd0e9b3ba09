"""Invoices handed in, their identities and pictures in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    union_all,
    update,
)

from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.approvals.store.history_tables import IDENTITIES, INVOICES, PICTURES
from yuepi.approvals.store.review_tables import REVIEWS
from yuepi.kit.database import Database, Transaction

EARLIER_MAX: Final = 5
"""How many of the claims that brought the same invoice before are looked at, the first ones."""
NUMBERED_MAX: Final = 50
"""How many invoices with one number are looked at, the latest ones."""
LOCKS: Final = 64
"""Identities share so many locks on PostgreSQL: one claim takes no more of them, however many
invoices it has."""
LOCK_SPACE: Final = 0x69647479  # "idty"
_ASKED_MAX: Final = 500
"""How many values one query is asked for."""
_QUERIES_MAX: Final = 50
"""How many look-ups one statement makes."""
_FREED: Final = ("rejected", "cancelled")
_APPROVED: Final = ("approved", "appealed")
"""Appealed claims that still hold their invoices were approved before."""

_SHOWN: Final = (
    INVOICES.c.id,
    INVOICES.c.claim_id,
    INVOICES.c.number,
    INVOICES.c.code,
    INVOICES.c.day,
    INVOICES.c.moment,
    INVOICES.c.total,
    INVOICES.c.seller_tax_id,
    INVOICES.c.seller_name,
    INVOICES.c.sha256,
    INVOICES.c.employee_id,
)

# Made once: they are run for every claim, and making them takes longer than running them.
_THE_CLAIM: Final[BindParameter[str]] = bindparam("the_claim")
_THERE: Final = (
    select(CLAIMS.c.round, CLAIMS.c.version, CLAIMS.c.status)
    .where(CLAIMS.c.id == _THE_CLAIM)
    .with_for_update(key_share=True)
)
_HELD: Final = union_all(
    select(
        literal("key"),
        IDENTITIES.c.key.label("id"),
        IDENTITIES.c.invoice_id.label("of"),
        literal(0),
    ).where(IDENTITIES.c.claim_id == _THE_CLAIM),
    select(literal("invoice"), INVOICES.c.id, literal(""), literal(0)).where(
        INVOICES.c.claim_id == _THE_CLAIM
    ),
    select(literal("picture"), PICTURES.c.attachment_id, PICTURES.c.hash, PICTURES.c.page_at).where(
        PICTURES.c.claim_id == _THE_CLAIM
    ),
)
_LOCK: Final = text("SELECT pg_advisory_xact_lock(:space, n) FROM unnest(CAST(:locks AS int[])) n")
_LINE_UP: Final = insert(IDENTITIES).values(
    place=select(func.coalesce(func.max(IDENTITIES.c.place), 0) + 1)
    .where(IDENTITIES.c.key == bindparam("of_key"))
    .scalar_subquery()
)
_OTHER: Final = IDENTITIES.alias("other")
_SHARED: Final = select(IDENTITIES.c.key, IDENTITIES.c.place).where(
    IDENTITIES.c.claim_id == _THE_CLAIM,
    exists().where(_OTHER.c.key == IDENTITIES.c.key, _OTHER.c.place != IDENTITIES.c.place),
)
_REVIEWED: Final = exists().where(REVIEWS.c.claim_id == INVOICES.c.claim_id)
_PICTURES: Final = (
    select(PICTURES.c.hash, PICTURES.c.band)
    .where(PICTURES.c.claim_id == _THE_CLAIM)
    .order_by(PICTURES.c.attachment_id, PICTURES.c.page_at)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Held:
    """What a claim is known to show: identities (key → invoice's id), ids of its invoices, and
    (attachment, page, hash) of its pictures."""

    keys: dict[str, str] = field(default_factory=dict)
    invoices: set[str] = field(default_factory=set)
    pictures: set[tuple[str, int, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Asked:
    """A number to look for: in live invoices, of this code or none (None: of any), or in those
    that were turned down."""

    number: str
    code: str | None = None
    live: bool = True


class HistoryTable:
    """The queries of `History`. All raise `Unavailable` when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        put = database.insert(INVOICES)
        kept = ("id", "claim_id", "attachment_id", "file_at", "reading_at", "created_at")
        changed = {
            column.name: put.excluded[column.name]
            for column in INVOICES.c
            if column.name not in kept
        }
        self._put = put.on_conflict_do_update(index_elements=[INVOICES.c.id], set_=changed)

    async def still_there(self, transaction: Transaction, claim: ClaimRow) -> bool:
        """Whether the claim is as it was looked at, and not rejected or withdrawn; it stays so
        until the transaction ends."""
        row = (await transaction.execute(_THERE, {"the_claim": claim.id})).one_or_none()
        if row is None or row.status in _FREED:
            return False
        return (row.round, row.version) == (claim.round, claim.version)

    async def held(self, transaction: Transaction, claim_id: str) -> Held:
        """What the claim shows until now; it stays so while `still_there` holds the claim."""
        held = Held()
        for what, first, second, at in await transaction.execute(_HELD, {"the_claim": claim_id}):
            if what == "key":
                held.keys[first] = second
            elif what == "invoice":
                held.invoices.add(first)
            else:
                held.pictures.add((first, at, second))
        return held

    async def replace(
        self,
        transaction: Transaction,
        claim_id: str,
        held: Held,
        invoices: Sequence[Mapping[str, Any]],
        keys: Mapping[str, str],
    ) -> None:
        """Make these the claim's live invoices, and `keys` (key → invoice's id) its identities.

        Identities that it holds already keep their place.
        """
        if invoices:
            await transaction.execute(self._put, [dict(row) for row in invoices])
        gone = [key for key in held.keys if key not in keys]
        mine = IDENTITIES.c.claim_id == claim_id
        for part in _parts(gone):
            await transaction.execute(delete(IDENTITIES).where(mine, IDENTITIES.c.key.in_(part)))
        moved = [key for key in keys if held.keys.get(key, keys[key]) != keys[key]]
        if moved:
            change = (
                update(IDENTITIES)
                .where(mine, IDENTITIES.c.key == bindparam("moved"))
                .values(invoice_id=bindparam("to"))
            )
            rows = [{"moved": key, "to": keys[key]} for key in moved]
            await transaction.execute(change, rows)
        # What the claim no longer shows: its other rows have new identities by now.
        for part in _parts(sorted(held.invoices - {row["id"] for row in invoices})):
            await transaction.execute(delete(INVOICES).where(INVOICES.c.id.in_(part)))
        added = {key: invoice for key, invoice in keys.items() if key not in held.keys}
        await self.line_up(transaction, claim_id, added)

    async def line_up(
        self, transaction: Transaction, claim_id: str, keys: Mapping[str, str]
    ) -> None:
        """Put the claim last in the row of those that brought the same, for each key.

        Who does so at the same moment waits: SQLite has one writer, PostgreSQL takes the keys'
        locks. Were that ever to fail, the primary key refuses a place that is taken.
        """
        if not keys:
            return
        if self._database.dialect == "postgresql":
            locks = sorted({_lock(key) for key in keys})
            await transaction.execute(_LOCK, {"space": LOCK_SPACE, "locks": locks})
        # A statement of its own, after the locks: it sees what those before committed.
        rows = [
            {"key": key, "of_key": key, "claim_id": claim_id, "invoice_id": invoice}
            for key, invoice in keys.items()
        ]
        await transaction.execute(_LINE_UP, rows)

    async def earlier(self, transaction: Transaction, claim_id: str) -> list[dict[str, Any]]:
        """Invoices that share an identity with one of the claim's, of claims that came before, or
        came later and were approved already: the first one may have been stuck.

        Of each identity the `EARLIER_MAX` first ones.
        """
        mine = await transaction.execute(_SHARED, {"the_claim": claim_id})

        def counting(key: str, place: int) -> Select[Any]:
            return (
                select(*_SHOWN)
                .join(IDENTITIES, INVOICES.c.id == IDENTITIES.c.invoice_id)
                .join(CLAIMS, CLAIMS.c.id == IDENTITIES.c.claim_id)
                .where(
                    IDENTITIES.c.key == key,
                    IDENTITIES.c.place != place,
                    or_(IDENTITIES.c.place < place, CLAIMS.c.status.in_(_APPROVED)),
                )
                .order_by(IDENTITIES.c.place)
                .limit(EARLIER_MAX)
            )

        return await _all(transaction, [counting(row.key, row.place) for row in mine])

    async def numbered(
        self, transaction: Transaction, claim_id: str, asked: Sequence[Asked]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Invoices of other claims with these numbers: the live ones, and those that were turned
        down (a person rejected their claim, or it was withdrawn when a person was to look at it);
        of each number the `NUMBERED_MAX` latest."""
        live: list[dict[str, Any]] = []
        turned_down: list[dict[str, Any]] = []
        for first in range(0, len(asked), _QUERIES_MAX):
            part = asked[first : first + _QUERIES_MAX]
            values = {"the_claim": claim_id}
            for at, each in enumerate(part):
                values[f"number_{at}"] = each.number
                if each.code is not None:
                    values[f"code_{at}"] = each.code
            query = _numbered(tuple((each.live, each.code is not None) for each in part))
            for row in await transaction.execute(query, values):
                (live if row.live else turned_down).append(row._asdict())
        return live, turned_down

    async def of_claim(self, transaction: Transaction, claim_id: str) -> list[dict[str, Any]]:
        """The claim's own invoices, live or not."""
        query = select(*_SHOWN).where(INVOICES.c.claim_id == claim_id).order_by(INVOICES.c.id)
        return [row._asdict() for row in await transaction.execute(query)]

    async def set_live(self, transaction: Transaction, claim_id: str, *, live: bool) -> None:
        """Whether the claim's invoices count; those that do not give up their identities."""
        if not live:
            await transaction.execute(delete(IDENTITIES).where(IDENTITIES.c.claim_id == claim_id))
        change = update(INVOICES).where(INVOICES.c.claim_id == claim_id).values(live=live)
        await transaction.execute(change)

    # --- pictures ------------------------------------------------------------------------------

    async def replace_pictures(
        self,
        transaction: Transaction,
        claim_id: str,
        held: Held,
        rows: Sequence[Mapping[str, Any]],
    ) -> None:
        """Make these the claim's pictures."""
        shown = {(row["attachment_id"], row["page_at"], row["hash"]) for row in rows}
        if held.pictures == shown:
            return
        await transaction.execute(delete(PICTURES).where(PICTURES.c.claim_id == claim_id))
        if rows:
            await transaction.execute(insert(PICTURES), [dict(row) for row in rows])

    async def pictures(
        self, transaction: Transaction, claim_id: str, most: int
    ) -> list[tuple[str, int]]:
        """(hash, band) of the claim's pictures."""
        found = await transaction.execute(_PICTURES, {"the_claim": claim_id, "most": most})
        return [(row.hash, row.band) for row in found]

    async def like(
        self, transaction: Transaction, claim_id: str, bands: Sequence[int], most: int
    ) -> list[tuple[str, str]]:
        """(claim, hash) of other claims' pictures in these bands, the `most` latest of each."""

        def newest(band: int) -> Select[Any]:
            return (
                select(PICTURES.c.claim_id, PICTURES.c.hash)
                .where(PICTURES.c.band == band, PICTURES.c.claim_id != claim_id)
                .order_by(PICTURES.c.created_at.desc())
                .limit(most)
            )

        rows = await _all(transaction, [newest(band) for band in bands])
        return [(row["claim_id"], row["hash"]) for row in rows]


@lru_cache(maxsize=_QUERIES_MAX)
def _numbered(asked: tuple[tuple[bool, bool], ...]) -> CompoundSelect[Any]:
    """The statement of `numbered`; asked: of each number whether live invoices are looked for, and
    whether a code is known."""

    def latest(at: int, live: bool, coded: bool) -> Select[Any]:
        query = select(*_SHOWN, INVOICES.c.live).where(
            INVOICES.c.number == bindparam(f"number_{at}"),
            INVOICES.c.claim_id != _THE_CLAIM,
            INVOICES.c.live.is_(live),
        )
        if not live:
            query = query.join(CLAIMS, CLAIMS.c.id == INVOICES.c.claim_id).where(
                or_(CLAIMS.c.status != "cancelled", _REVIEWED)
            )
        if coded:
            code = INVOICES.c.code == bindparam(f"code_{at}")
            query = query.where(or_(code, INVOICES.c.code.is_(None)))
        return query.order_by(INVOICES.c.created_at.desc()).limit(NUMBERED_MAX)

    return _union([latest(at, live, coded) for at, (live, coded) in enumerate(asked)])


async def _all(transaction: Transaction, queries: Sequence[Select[Any]]) -> list[dict[str, Any]]:
    """The rows of several queries with a limit each, many of them in one statement."""
    found: list[dict[str, Any]] = []
    for at in range(0, len(queries), _QUERIES_MAX):
        query = _union(queries[at : at + _QUERIES_MAX])
        found += [row._asdict() for row in await transaction.execute(query)]
    return found


def _union(queries: Sequence[Select[Any]]) -> CompoundSelect[Any]:
    """Queries with a limit each in one statement.

    A look-up that stops at its limit costs the same however many rows there are; one statement
    for all of them at once would leave it to the planner to see that.
    """
    # SQLite takes a limit inside a compound query only in a subquery.
    return union_all(*(select(query.subquery()) for query in queries))


def invoice_id(attachment_id: str, file_at: int, reading_at: int) -> str:
    """One id for one place on one attachment, however often it is registered."""
    place = f"{attachment_id}/{file_at}/{reading_at}"
    return f"inv_{sha256(place.encode()).hexdigest()[:20]}"


def picture_rows(
    claim_id: str, attachment_id: str, page_at: int, picture: str, moment: datetime
) -> list[dict[str, Any]]:
    """The rows of one picture, one for each quarter of its hash."""
    return [
        {
            "attachment_id": attachment_id,
            "page_at": page_at,
            "band": band,
            "claim_id": claim_id,
            "hash": picture,
            "created_at": moment,
        }
        for band in bands(picture)
    ]


def bands(picture: str) -> tuple[int, ...]:
    """The four bands of a hash of 16 hexadecimal digits."""
    return tuple(
        quarter << 16 | int(picture[4 * quarter : 4 * quarter + 4], 16) for quarter in range(4)
    )


def _lock(key: str) -> int:
    return int.from_bytes(sha256(key.encode()).digest()[:2], "big") % LOCKS


def _parts(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[at : at + _ASKED_MAX] for at in range(0, len(values), _ASKED_MAX)]
