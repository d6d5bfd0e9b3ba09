"""The audit record in the database: entries, the chain's end, signed roots, tiles of the tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from yuepi.kit.database import METADATA, Database, Transaction, UtcDateTime
from yuepi.kit.errors import Unavailable

# On SQLite only INTEGER is the row's own key, without an index beside it.
NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")

ENTRIES: Final = Table(
    "audit_entries",
    METADATA,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("action", String(64), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("subject", String(128), nullable=False),
    # Canonical JSON (RFC 8785).
    Column("detail", Text, nullable=False),
    Column("leaf", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Index("ix_audit_entries_subject_seq", "subject", "seq"),
    Index("ix_audit_entries_action_seq", "action", "seq"),
    Index("ix_audit_entries_actor_seq", "actor", "seq"),
)

END: Final = Table(
    "audit_end",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", NUMBER, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
"""One row, made by the migration: the last entry's number and link. Who holds it writes."""

ROOTS: Final = Table(
    "audit_roots",
    METADATA,
    Column("size", NUMBER, primary_key=True, autoincrement=False),
    # Of the root before, 0 for the first. Unique: of two that go on from one root, one wins.
    Column("previous_size", NUMBER, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    # The public key, in hexadecimal digits.
    Column("key_id", String(64), nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    # The tree's right edge at this size.
    Column("frontier", LargeBinary, nullable=False),
    UniqueConstraint("previous_size"),
)

TILES: Final = Table(
    "audit_tiles",
    METADATA,
    # The root over 1,024 leaves, the first of which has the index number * 1024.
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)

_TAKE: Final = select(END.c.seq, END.c.hash).where(END.c.id == 1).with_for_update()
_MOVE: Final = (
    update(END).where(END.c.id == 1).values(seq=bindparam("last_seq"), hash=bindparam("last_hash"))
)
_ADD: Final = insert(ENTRIES)
_MOVED: Final = (
    update(END)
    .where(END.c.id == 1)
    .values(
        seq=END.c.seq + 1,
        # `tree.chain_hash`, as the database computes it.
        hash=func.sha256(
            literal(b"\x02", LargeBinary)
            .op("||")(END.c.hash)
            .op("||")(bindparam("new_leaf", type_=LargeBinary))
        ),
    )
    .returning(END.c.seq, END.c.hash)
    .cte("moved")
)
_GIVEN: Final = [column for column in ENTRIES.c if column.name not in ("seq", "hash")]
_FOLLOW: Final = (
    insert(ENTRIES)
    .from_select(
        ["seq", "hash", *(column.name for column in _GIVEN)],
        select(
            _MOVED.c.seq,
            _MOVED.c.hash,
            *(bindparam(f"new_{column.name}", type_=column.type) for column in _GIVEN),
        ),
    )
    .returning(ENTRIES.c.seq)
)
"""One entry in one statement, as PostgreSQL can: nobody waits for two more round trips."""
_NO_TEXT: Final = "Could not decode to UTF-8"
"""What SQLite's driver says of bytes that were written as text."""


class End(NamedTuple):
    """The chain's last number and link."""

    seq: int
    hash: bytes


class Unreadable(NamedTuple):
    """A row that is there, with values that no program of ours wrote."""

    seq: int


class Extent(NamedTuple):
    """How far all parts of the record reach, at one moment. None: there is none."""

    end: End | None
    first_seq: int | None
    last_seq: int | None
    root_size: int | None


# --- writing, in the caller's transaction --------------------------------------------------------


async def take(transaction: Transaction) -> End | None:
    """Hold the chain's end until the transaction ends (a SQLite write holds everything anyway).

    None where the end's row is missing.
    """
    row = (await transaction.execute(_TAKE)).one_or_none()
    return None if row is None else End(row.seq, bytes(row.hash))


async def follow(transaction: Transaction, row: Mapping[str, Any]) -> bool:
    """On PostgreSQL: write one entry after the end, whatever it is by then, and make it the end,
    which is held until the transaction ends. row: without number and link. False where the end's
    row is missing."""
    added = await transaction.execute(_FOLLOW, {f"new_{name}": row[name] for name in row})
    return added.first() is not None


async def write(transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the entries that follow the end that was taken, and make the last one the end."""
    last = {"last_seq": rows[-1]["seq"], "last_hash": rows[-1]["hash"]}
    await transaction.execute(_ADD, rows)
    await transaction.execute(_MOVE, last)


# --- reading, and roots --------------------------------------------------------------------------


class Record:
    """The queries of the trail, the roots and the verification.

    All raise `Unavailable` when the database fails. Every call is a transaction of its own.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def extent(self) -> Extent:
        """How far everything reaches; one statement, so that it is one moment."""
        ends = select(END.c.seq, END.c.hash).where(END.c.id == 1).subquery()
        query = select(
            select(func.min(ENTRIES.c.seq)).scalar_subquery().label("first"),
            select(func.max(ENTRIES.c.seq)).scalar_subquery().label("last"),
            select(func.max(ROOTS.c.size)).scalar_subquery().label("size"),
            select(ends.c.seq).scalar_subquery().label("seq"),
            select(ends.c.hash).scalar_subquery().label("hash"),
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one()
        end = None if row.seq is None else End(row.seq, bytes(row.hash))
        return Extent(end, row.first, row.last, row.size)

    async def entries(
        self,
        *,
        subject: str | None = None,
        action: str | None = None,
        actor: str | None = None,
        about: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int = 0,
        before: int | None = None,
        newest_first: bool = False,
        rows_max: int,
    ) -> list[Any]:
        """Rows of entries with numbers between `after` and `before`, both excluded. about: the
        subject or the actor. since ≤ the moment < until."""
        query = select(ENTRIES).where(ENTRIES.c.seq > after).limit(rows_max)
        query = query.order_by(ENTRIES.c.seq.desc() if newest_first else ENTRIES.c.seq)
        if before is not None:
            query = query.where(ENTRIES.c.seq < before)
        for column, wanted in (
            (ENTRIES.c.subject, subject),
            (ENTRIES.c.action, action),
            (ENTRIES.c.actor, actor),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        if about is not None:
            query = query.where(or_(ENTRIES.c.subject == about, ENTRIES.c.actor == about))
        if since is not None:
            query = query.where(ENTRIES.c.at >= since)
        if until is not None:
            query = query.where(ENTRIES.c.at < until)
        async with self._database.reading() as connection:
            return list(await connection.execute(query))

    async def moment_from(self, seq: int) -> tuple[int, datetime] | None:
        """Number and moment of the first entry from that number on."""
        query = select(ENTRIES.c.seq, ENTRIES.c.at).where(ENTRIES.c.seq >= seq)
        async with self._database.reading() as connection:
            row = (await connection.execute(query.order_by(ENTRIES.c.seq).limit(1))).first()
        return None if row is None else (row.seq, row.at)

    async def all_entries(self, *, after: int, rows_max: int) -> list[Any]:
        """Rows of entries in their order; an `Unreadable` for each that cannot be read."""
        query = select(ENTRIES).where(ENTRIES.c.seq > after).order_by(ENTRIES.c.seq)
        return await self._rows(query, ENTRIES.c.seq, rows_max)

    async def all_roots(self, *, after: int, upto: int, rows_max: int) -> list[Any]:
        """Rows of roots by size; an `Unreadable` for each that cannot be read."""
        query = select(ROOTS).where(ROOTS.c.size > after, ROOTS.c.size <= upto)
        return await self._rows(query.order_by(ROOTS.c.size), ROOTS.c.size, rows_max)

    async def _rows(self, query: Select[Any], number: Column[int], rows_max: int) -> list[Any]:
        rows = await self._readable(query.limit(rows_max))
        if rows is not None:
            return rows
        numbers = query.with_only_columns(number).limit(rows_max)
        async with self._database.reading() as connection:
            found = list((await connection.execute(numbers)).scalars())
        all_rows: list[Any] = []
        for one in found:
            rows = await self._readable(query.where(number == one))
            all_rows += [Unreadable(one)] if rows is None else rows
        return all_rows

    async def _readable(self, query: Select[Any]) -> list[Any] | None:
        """The rows; None where one of them is of other types than its columns."""
        try:
            async with self._database.reading() as connection:
                return list(await connection.execute(query))
        except (ValueError, TypeError):
            return None
        except Unavailable as error:
            if _NO_TEXT in error.message:
                return None
            raise

    async def leaves(self, low: int, high: int) -> list[bytes]:
        """The leaves with the indexes [low, high), as far as they are there."""
        query = (
            select(ENTRIES.c.leaf)
            .where(ENTRIES.c.seq > low, ENTRIES.c.seq <= high)
            .order_by(ENTRIES.c.seq)
        )
        async with self._database.reading() as connection:
            return [bytes(leaf) for leaf in (await connection.execute(query)).scalars()]

    async def tiles(self, numbers_max: int) -> dict[int, bytes]:
        """The tiles with numbers below `numbers_max`."""
        query = select(TILES).where(TILES.c.number < numbers_max)
        async with self._database.reading() as connection:
            return {row.number: bytes(row.hash) for row in await connection.execute(query)}

    async def roots(
        self, *, after: int, upto: int | None = None, newest_first: bool = False, rows_max: int
    ) -> list[Any]:
        """Rows of roots larger than `after` and at most `upto`, the smallest first, or last."""
        order = ROOTS.c.size.desc() if newest_first else ROOTS.c.size
        query = select(ROOTS).where(ROOTS.c.size > after).order_by(order).limit(rows_max)
        if upto is not None:
            query = query.where(ROOTS.c.size <= upto)
        async with self._database.reading() as connection:
            return list(await connection.execute(query))

    async def root_over(self, seq: int) -> Any:
        """The row of the smallest root that covers the entry of that number; None: none yet."""
        query = select(ROOTS).where(ROOTS.c.size >= seq).order_by(ROOTS.c.size).limit(1)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).one_or_none()

    async def root(self, size: int | None = None) -> Any:
        """The row of the root of that size, or of the last; None where there is none."""
        query = select(ROOTS).order_by(ROOTS.c.size.desc()).limit(1)
        if size is not None:
            query = query.where(ROOTS.c.size == size)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).one_or_none()

    async def add_root(self, row: Mapping[str, Any], tiles: Mapping[int, bytes]) -> bool:
        """Write a root and the tiles that came full; False where another went on from that root."""
        add = self._database.insert(ROOTS).on_conflict_do_nothing().returning(ROOTS.c.size)
        add_tile = self._database.insert(TILES).on_conflict_do_nothing()
        async with self._database.writing() as connection:
            if (await connection.execute(add, dict(row))).one_or_none() is None:
                return False
            if tiles:
                rows = [{"number": number, "hash": tile} for number, tile in tiles.items()]
                await connection.execute(add_tile, rows)
            return True
