"""The pictures of pages that the shelf has."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from yuepi.documents.kept_pages import KeptPage, pages_of
from yuepi.kit.database import Transaction
from yuepi.library.document import Document
from yuepi.library.store.tables import PARTS


async def pictures_of(
    transaction: Transaction, documents: Sequence[Document]
) -> dict[str, list[KeptPage]]:
    """The pictures of the versions that hold now, by document, in order; 500 documents at most."""
    query = (
        select(PARTS.c.document_id, PARTS.c.pages)
        .where(
            PARTS.c.version_id.in_([each.version_id for each in documents]),
            PARTS.c.pages.is_not(None),
        )
        .order_by(PARTS.c.version_id, PARTS.c.at)
    )
    found: dict[str, list[KeptPage]] = {}
    for document_id, pages in await transaction.execute(query):
        found.setdefault(document_id, []).extend(pages_of(pages))
    return found
