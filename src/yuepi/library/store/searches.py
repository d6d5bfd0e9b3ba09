"""Saved searches and their alerts, as rows. Each person's own; alerts through what they see now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from yuepi.kit.database import Transaction
from yuepi.library.scope import Scope
from yuepi.library.store.fitting import on_shelf
from yuepi.library.store.tables import ALERTS, DOCUMENTS, SEARCHES, VERSIONS

WATCHING_ROWS: Final = 200
"""Searches that are read in one go."""


@dataclass(frozen=True, slots=True)
class SearchRow:
    """A saved search. query: as JSON. unread: alerts that were not looked at; 0 where not asked."""

    id: str
    owner_id: str
    name: str
    query: str
    alerts: bool
    created_at: datetime
    version: int
    unread: int = 0


@dataclass(frozen=True, slots=True)
class AlertRow:
    """A document that came later and fits somebody's search."""

    search_id: str
    search: str
    document_id: str
    document: str
    title: str
    kind: str | None
    at: datetime
    read_at: datetime | None


_COLUMNS: Final = tuple(SEARCHES.c[name] for name in SearchRow.__slots__ if name != "unread")


async def searches_of(transaction: Transaction, scope: Scope, owner_id: str) -> list[SearchRow]:
    """Somebody's saved searches, the oldest first, with what is unread and still within reach."""
    query = select(*_COLUMNS).where(SEARCHES.c.owner_id == owner_id)
    rows = (
        await transaction.execute(query.order_by(SEARCHES.c.created_at, SEARCHES.c.id))
    ).mappings()
    counts = (
        select(ALERTS.c.search_id, func.count())
        .join(DOCUMENTS, _of_document())
        .where(ALERTS.c.owner_id == owner_id, ALERTS.c.read_at.is_(None), on_shelf(scope))
        .group_by(ALERTS.c.search_id)
    )
    unread = {row[0]: row[1] for row in await transaction.execute(counts)}
    return [SearchRow(**row, unread=unread.get(row["id"], 0)) for row in rows]


def _of_document() -> Any:
    """Alerts of a version that holds no more are told no more: its successor has its own."""
    return and_(
        DOCUMENTS.c.id == ALERTS.c.document_id, DOCUMENTS.c.version_id == ALERTS.c.version_id
    )


async def find_search(transaction: Transaction, owner_id: str, search_id: str) -> SearchRow | None:
    """One of somebody's own."""
    query = select(*_COLUMNS).where(SEARCHES.c.id == search_id, SEARCHES.c.owner_id == owner_id)
    row = (await transaction.execute(query)).mappings().one_or_none()
    return None if row is None else SearchRow(**row)


async def count_searches(transaction: Transaction, owner_id: str) -> tuple[int, int]:
    """How many somebody has, and how many of them tell."""
    query = select(SEARCHES.c.alerts, func.count()).where(SEARCHES.c.owner_id == owner_id)
    counts = {
        row[0]: row[1] for row in await transaction.execute(query.group_by(SEARCHES.c.alerts))
    }
    return sum(counts.values()), counts.get(True, 0)


async def add_search(transaction: Transaction, row: Mapping[str, Any]) -> None:
    """Write a new one."""
    await transaction.execute(insert(SEARCHES).values(dict(row)))


async def write_search(
    transaction: Transaction, search_id: str, version: int, values: Mapping[str, Any]
) -> bool:
    """Change one that still has this version; False where it has another."""
    change = (
        update(SEARCHES)
        .where(SEARCHES.c.id == search_id, SEARCHES.c.version == version)
        .values(**values, version=version + 1)
    )
    return (await transaction.execute(change)).rowcount == 1


async def remove_search(transaction: Transaction, owner_id: str, search_id: str) -> bool:
    """Delete one of somebody's own with its alerts; False where there is none."""
    gone = delete(SEARCHES).where(SEARCHES.c.id == search_id, SEARCHES.c.owner_id == owner_id)
    if (await transaction.execute(gone)).rowcount != 1:
        return False
    await transaction.execute(delete(ALERTS).where(ALERTS.c.search_id == search_id))
    return True


# --- telling -----------------------------------------------------------------------------------


async def anybody_is_told(transaction: Transaction) -> bool:
    """Whether any saved search tells of what comes."""
    query = select(SEARCHES.c.id).where(SEARCHES.c.alerts.is_(True)).limit(1)
    return (await transaction.execute(query)).first() is not None


async def watching(transaction: Transaction, document_id: str, after: str) -> list[SearchRow]:
    """Searches that tell, were saved before this version of a document came, and have not told of
    it; by id, those behind `after`."""
    told = (
        select(ALERTS.c.search_id)
        .join(DOCUMENTS, _of_document())
        .where(ALERTS.c.document_id == document_id)
    )
    came = (
        select(VERSIONS.c.added_at)
        .join(DOCUMENTS, DOCUMENTS.c.version_id == VERSIONS.c.id)
        .where(DOCUMENTS.c.id == document_id)
        .scalar_subquery()
    )
    query = (
        select(*_COLUMNS)
        .where(
            SEARCHES.c.alerts.is_(True),
            SEARCHES.c.id > after,
            SEARCHES.c.created_at <= came,
            SEARCHES.c.id.not_in(told),
        )
        .order_by(SEARCHES.c.id)
        .limit(WATCHING_ROWS)
    )
    return [SearchRow(**row) for row in (await transaction.execute(query)).mappings()]


async def add_alerts(transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Tell of a document, once for each search and version."""
    if not rows:
        return
    dialect = sqlite if transaction.dialect.name == "sqlite" else postgresql
    add = dialect.insert(ALERTS).values([dict(row) for row in rows])
    await transaction.execute(add.on_conflict_do_nothing())


async def alerts_of(
    transaction: Transaction,
    scope: Scope,
    owner_id: str,
    *,
    unread: bool,
    after: tuple[datetime, str, str] | None,
    rows_max: int,
) -> list[AlertRow]:
    """Somebody's alerts, the newest first; only of documents that are within reach now."""
    query = (
        select(
            ALERTS.c.search_id,
            SEARCHES.c.name.label("search"),
            ALERTS.c.document_id,
            DOCUMENTS.c.name.label("document"),
            DOCUMENTS.c.title,
            DOCUMENTS.c.kind,
            ALERTS.c.at,
            ALERTS.c.read_at,
        )
        .join(DOCUMENTS, _of_document())
        .join(SEARCHES, SEARCHES.c.id == ALERTS.c.search_id)
        .where(ALERTS.c.owner_id == owner_id, SEARCHES.c.owner_id == owner_id, on_shelf(scope))
        .order_by(ALERTS.c.at.desc(), ALERTS.c.search_id, ALERTS.c.document_id)
        .limit(rows_max)
    )
    if unread:
        query = query.where(ALERTS.c.read_at.is_(None))
    if after is not None:
        at, search_id, document_id = after
        later = and_(ALERTS.c.search_id == search_id, ALERTS.c.document_id > document_id)
        beside = and_(ALERTS.c.at == at, or_(ALERTS.c.search_id > search_id, later))
        query = query.where(or_(ALERTS.c.at < at, beside))
    return [AlertRow(**row) for row in (await transaction.execute(query)).mappings()]


async def count_unread(transaction: Transaction, scope: Scope, owner_id: str) -> int:
    """How many alerts somebody has not looked at, of documents within reach now."""
    query = (
        select(func.count())
        .select_from(
            # Of a search that was deleted while it told, nobody could ever read them.
            ALERTS.join(DOCUMENTS, _of_document()).join(
                SEARCHES, SEARCHES.c.id == ALERTS.c.search_id
            )
        )
        .where(ALERTS.c.owner_id == owner_id, ALERTS.c.read_at.is_(None), on_shelf(scope))
    )
    return int((await transaction.execute(query)).scalar_one())


async def mark_read(
    transaction: Transaction,
    owner_id: str,
    at: datetime,
    document_ids: Collection[str] | None,
) -> None:
    """Somebody has looked at their alerts; document_ids: those of these documents."""
    change = update(ALERTS).where(ALERTS.c.owner_id == owner_id, ALERTS.c.read_at.is_(None))
    if document_ids is not None:
        change = change.where(ALERTS.c.document_id.in_(sorted(document_ids)))
    await transaction.execute(change.values(read_at=at))
