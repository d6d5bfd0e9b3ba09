"""Documents, as queries see them: always through somebody's scope."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from yuepi.kit.database import Transaction
from yuepi.library.document import Document, State
from yuepi.library.scope import Scope
from yuepi.library.store.tables import ALERTS, DOCUMENTS, FOLDERS, PARTS, TAGS, VALUES, VERSIONS

COLUMNS: Final = tuple(DOCUMENTS.c[name] for name in Document.__slots__)
ROWS_MAX: Final = 500
"""Ids that one query names."""
Order = Literal["newest", "oldest", "name"]


def seen_by(scope: Scope) -> ColumnElement[bool]:
    """The condition on `library_documents` that belongs into every query for somebody."""
    if scope.departments is None:
        return true()
    return or_(
        DOCUMENTS.c.owner_id == scope.user_id,
        DOCUMENTS.c.department_id.in_(sorted(scope.departments)),
    )


def below(folder_ids: Collection[str]) -> CTE:
    """The ids of these folders and of all below them, for queries (`id`)."""
    start = select(FOLDERS.c.id).where(FOLDERS.c.id.in_(sorted(folder_ids)))
    tree = start.cte("below", recursive=True)
    return tree.union(select(FOLDERS.c.id).join(tree, FOLDERS.c.parent_id == tree.c.id))


async def find_document(
    transaction: Transaction,
    scope: Scope,
    document_id: str,
    *,
    trashed: bool | None = False,
    hold: bool = False,
) -> Document | None:
    """A document within reach. trashed: only what is in the trash, or not; None: either. hold:
    nobody else changes it until the transaction ends."""
    query = select(*COLUMNS).where(DOCUMENTS.c.id == document_id, seen_by(scope))
    if trashed is not None:
        gone = DOCUMENTS.c.trashed_at
        query = query.where(gone.is_not(None) if trashed else gone.is_(None))
    if hold:
        query = query.with_for_update()
    row = (await transaction.execute(query)).mappings().one_or_none()
    return None if row is None else Document.of(row)


async def named(
    transaction: Transaction, folder_id: str, name_key: str, *, hold: bool = False
) -> Document | None:
    """The document of that name in a folder; whoever asks has seen that the folder is within
    reach, and with it all that is in it."""
    query = select(*COLUMNS).where(
        DOCUMENTS.c.folder_id == folder_id,
        DOCUMENTS.c.name_key == name_key,
        DOCUMENTS.c.trashed_at.is_(None),
    )
    row = (await transaction.execute(query.with_for_update() if hold else query)).mappings().first()
    return None if row is None else Document.of(row)


async def twins(
    transaction: Transaction, scope: Scope, sha256: str, but: str, rows_max: int
) -> tuple[str, ...]:
    """The ids of other documents within reach that have the same bytes now, the oldest first."""
    query = (
        select(DOCUMENTS.c.id)
        .where(
            seen_by(scope),
            DOCUMENTS.c.sha256 == sha256,
            DOCUMENTS.c.id != but,
            DOCUMENTS.c.trashed_at.is_(None),
        )
        .order_by(DOCUMENTS.c.added_at, DOCUMENTS.c.id)
        .limit(rows_max)
    )
    return tuple((await transaction.execute(query)).scalars())


async def add_document(transaction: Transaction, row: Mapping[str, Any]) -> bool:
    """Write a document; False where its folder has one of that name, committed by another."""
    dialect = sqlite if transaction.dialect.name == "sqlite" else postgresql
    add = dialect.insert(DOCUMENTS).values(dict(row)).on_conflict_do_nothing()
    return (await transaction.execute(add.returning(DOCUMENTS.c.id))).first() is not None


async def write_document(
    transaction: Transaction, document_id: str, values: Mapping[str, Any]
) -> None:
    """Change a document's row; its version grows."""
    change = update(DOCUMENTS).where(DOCUMENTS.c.id == document_id)
    await transaction.execute(change.values({**values, "version": DOCUMENTS.c.version + 1}))


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list is narrowed to. folder_id: one that was seen to be within reach; deep: with all
    below it. after: the sort value and id of the last one before."""

    folder_id: str | None = None
    deep: bool = False
    tag: str | None = None
    kind: str | None = None
    state: State | None = None
    trashed: bool = False
    added_by: str | None = None
    order: Order = "newest"
    after: tuple[Any, str] | None = None


async def list_documents(
    transaction: Transaction, scope: Scope, listed: Listed, rows_max: int
) -> list[Document]:
    """Documents within reach, in order."""
    gone = DOCUMENTS.c.trashed_at
    query = select(*COLUMNS).where(
        seen_by(scope), gone.is_not(None) if listed.trashed else gone.is_(None)
    )
    if listed.folder_id is not None and listed.deep:
        query = query.where(DOCUMENTS.c.folder_id.in_(select(below([listed.folder_id]).c.id)))
    elif listed.folder_id is not None:
        query = query.where(DOCUMENTS.c.folder_id == listed.folder_id)
    for column, value in (
        (DOCUMENTS.c.kind, listed.kind),
        (DOCUMENTS.c.state, listed.state),
        (DOCUMENTS.c.added_by, listed.added_by),
    ):
        if value is not None:
            query = query.where(column == value)
    if listed.tag is not None:
        tagged = select(TAGS.c.document_id).where(TAGS.c.tag == listed.tag)
        query = query.where(DOCUMENTS.c.id.in_(tagged))
    rows = await transaction.execute(_ordered(query, listed).limit(rows_max))
    return [Document.of(row) for row in rows.mappings()]


def _ordered(query: Select[Any], listed: Listed) -> Select[Any]:
    column: Any = DOCUMENTS.c.name_key if listed.order == "name" else DOCUMENTS.c.added_at
    newest = listed.order == "newest"
    if listed.after is not None:
        value, last = listed.after
        further = (column < value) if newest else (column > value)
        beside = DOCUMENTS.c.id < last if newest else DOCUMENTS.c.id > last
        query = query.where(or_(further, and_(column == value, beside)))
    if newest:
        return query.order_by(column.desc(), DOCUMENTS.c.id.desc())
    return query.order_by(column, DOCUMENTS.c.id)


async def states(
    transaction: Transaction, scope: Scope, added_by: str, since: datetime
) -> dict[State, int]:
    """How many documents within reach that somebody added since a moment stand in each state."""
    query = (
        select(DOCUMENTS.c.state, func.count())
        .where(
            seen_by(scope),
            DOCUMENTS.c.added_by == added_by,
            or_(DOCUMENTS.c.added_at >= since, DOCUMENTS.c.state.in_(("waiting", "reading"))),
            DOCUMENTS.c.trashed_at.is_(None),
        )
        .group_by(DOCUMENTS.c.state)
    )
    return {row[0]: row[1] for row in await transaction.execute(query)}


async def shown_beside(
    transaction: Transaction, ids: Collection[str]
) -> dict[str, tuple[int | None, str | None, str | None]]:
    """Total in hundredths, its currency, and the document's own day, of documents that whoever
    asks was shown."""
    query = select(
        DOCUMENTS.c.id, DOCUMENTS.c.amount_hundredths, DOCUMENTS.c.currency, DOCUMENTS.c.day
    ).where(DOCUMENTS.c.id.in_(sorted(set(ids))))
    return {row[0]: (row[1], row[2], row[3]) for row in await transaction.execute(query)}


async def forgettable(
    transaction: Transaction, before: datetime, today: str, rows_max: int
) -> list[Document]:
    """What has been in the trash since before that moment, was read, and is not locked on that
    day; nobody else changes them until the transaction ends."""
    query = (
        select(*COLUMNS)
        .where(
            DOCUMENTS.c.trashed_at < before,
            DOCUMENTS.c.state.not_in(("waiting", "reading")),
            ~_has_unread(),
            or_(DOCUMENTS.c.locked_until.is_(None), DOCUMENTS.c.locked_until <= today),
        )
        .order_by(DOCUMENTS.c.trashed_at, DOCUMENTS.c.id)
        .limit(rows_max)
        .with_for_update(skip_locked=True)
    )
    return [Document.of(row) for row in (await transaction.execute(query)).mappings()]


def _has_unread() -> ColumnElement[bool]:
    """Whether any version of a document waits to be read: also one that was replaced before."""
    return exists().where(PARTS.c.document_id == DOCUMENTS.c.id, PARTS.c.state == "waiting")


async def has_unread(transaction: Transaction, document_id: str) -> bool:
    """Whether any version of a document waits to be read, which whoever asks was shown."""
    query = select(DOCUMENTS.c.id).where(DOCUMENTS.c.id == document_id, _has_unread())
    return (await transaction.execute(query)).first() is not None


async def remove_documents(transaction: Transaction, ids: Sequence[str]) -> None:
    """Delete documents with all that was read in them; the bytes of originals and pictures stay
    where all of them are."""
    for start in range(0, len(ids), ROWS_MAX):
        some = ids[start : start + ROWS_MAX]
        for table in (PARTS, VALUES, TAGS, ALERTS, VERSIONS):
            await transaction.execute(delete(table).where(table.c.document_id.in_(some)))
        await transaction.execute(delete(DOCUMENTS).where(DOCUMENTS.c.id.in_(some)))
