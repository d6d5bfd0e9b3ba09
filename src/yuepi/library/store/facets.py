"""Counts over documents within reach, and how many of them the index does not have yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, func, or_, select

from yuepi.kit.database import Transaction
from yuepi.library.scope import Scope
from yuepi.library.store.fitting import UNSURE, Narrow, Spine, fitting, of_narrow, on_shelf
from yuepi.library.store.tables import DOCUMENTS, INDEXING, PARTS, TAGS


@dataclass(frozen=True, slots=True)
class Counts:
    """How many documents there are, and how many have each value of each facet."""

    documents: int
    by_field: Mapping[str, Mapping[str, int]]


async def counted(
    transaction: Transaction, scope: Scope, narrow: Narrow, ids: Collection[str] | None = None
) -> Counts:
    """Over the documents that fit; ids: those of these."""
    conditions = of_narrow(scope, narrow)
    if ids is not None:
        conditions.append(DOCUMENTS.c.id.in_(sorted(ids)))
    columns = (
        DOCUMENTS.c.kind,
        func.substr(DOCUMENTS.c.day, 1, 4),
        DOCUMENTS.c.folder_id,
        DOCUMENTS.c.media,
    )
    query = select(*columns, func.count()).where(*conditions).group_by(*columns)
    found: dict[str, Counter[str]] = {
        name: Counter() for name in ("kind", "year", "folder", "media")
    }
    documents = 0
    for *values, count in await transaction.execute(query):
        documents += count
        for name, value in zip(found, values, strict=True):
            if value:
                found[name][str(value)] += count
    found["tag"] = Counter(await _tags(transaction, conditions))
    return Counts(documents, found)


async def fitting_counted(
    transaction: Transaction, scope: Scope, narrow: Narrow, ids: Collection[str]
) -> tuple[dict[str, Spine], Counts]:
    """Those of these documents that are on the shelf for somebody and fit, and what `counted` says
    of them: they are read once, and counted here."""
    found = await fitting(transaction, scope, narrow, ids)
    documents = found.values()
    by_field = {
        "kind": Counter(each.kind for each in documents if each.kind),
        "year": Counter(each.day[:4] for each in documents if each.day),
        "folder": Counter(each.folder_id for each in documents),
        "media": Counter(each.media for each in documents if each.media),
        "tag": Counter(tag for each in documents for tag in each.tags.split("\n") if tag),
    }
    return found, Counts(len(found), by_field)


async def of_no_known_kind(transaction: Transaction, scope: Scope, narrow: Narrow) -> int:
    """How many documents fit but for their kind, and nobody knows which that is."""
    kind = DOCUMENTS.c.kind
    others = replace(narrow, query=narrow.query.model_copy(update={"kinds": ()}))
    unknown = or_(kind.is_(None), and_(kind.in_(UNSURE), kind.not_in(narrow.kinds)))
    query = select(func.count()).where(*of_narrow(scope, others), unknown)
    return int((await transaction.execute(query.select_from(DOCUMENTS))).scalar_one())


async def _tags(
    transaction: Transaction, conditions: Collection[ColumnElement[bool]]
) -> dict[str, int]:
    query = (
        select(TAGS.c.tag, func.count())
        .join(DOCUMENTS, DOCUMENTS.c.id == TAGS.c.document_id)
        .where(*conditions)
        .group_by(TAGS.c.tag)
    )
    return {row[0]: row[1] for row in await transaction.execute(query)}


async def not_indexed(transaction: Transaction, scope: Scope) -> int:
    """How many documents within reach cannot be found by their words yet."""
    to_read = select(PARTS.c.document_id).where(PARTS.c.state == "waiting")
    to_index = select(INDEXING.c.document_id).where(INDEXING.c.stage == "words")
    waiting = to_read.union(to_index).subquery()
    query = (
        select(func.count())
        .select_from(waiting.join(DOCUMENTS, DOCUMENTS.c.id == waiting.c.document_id))
        .where(on_shelf(scope))
    )
    return int((await transaction.execute(query)).scalar_one())
