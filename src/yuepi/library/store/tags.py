"""Tags of documents: a row for each, beside the line in the document's own row."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select

from yuepi.kit.database import Transaction
from yuepi.library.scope import Scope
from yuepi.library.store.documents import seen_by
from yuepi.library.store.tables import DOCUMENTS, TAGS


async def write_tags(transaction: Transaction, document_id: str, tags: Sequence[str]) -> None:
    """Make these the document's tags; its own row is written by the caller."""
    await transaction.execute(delete(TAGS).where(TAGS.c.document_id == document_id))
    if tags:
        rows = [{"document_id": document_id, "tag": tag} for tag in tags]
        await transaction.execute(insert(TAGS), rows)


async def tags_within(transaction: Transaction, scope: Scope, rows_max: int) -> dict[str, int]:
    """The tags of documents within reach, and how many have each; the most used first."""
    count = func.count()
    query = (
        select(TAGS.c.tag, count)
        .join(DOCUMENTS, DOCUMENTS.c.id == TAGS.c.document_id)
        .where(seen_by(scope), DOCUMENTS.c.trashed_at.is_(None))
        .group_by(TAGS.c.tag)
        .order_by(count.desc(), TAGS.c.tag)
        .limit(rows_max)
    )
    return {row[0]: row[1] for row in await transaction.execute(query)}
