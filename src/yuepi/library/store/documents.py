"""Documents, as queries see them: always through somebody's scope."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, or_, select, true

from yuepi.kit.database import Transaction
from yuepi.library.document import Document
from yuepi.library.scope import Scope
from yuepi.library.store.tables import DOCUMENTS

COLUMNS: Final = tuple(DOCUMENTS.c[name] for name in Document.__slots__)


def seen_by(scope: Scope) -> ColumnElement[bool]:
    """The condition on `library_documents` that belongs into every query for somebody."""
    if scope.departments is None:
        return true()
    return or_(
        DOCUMENTS.c.owner_id == scope.user_id,
        DOCUMENTS.c.department_id.in_(sorted(scope.departments)),
    )


async def find_document(
    transaction: Transaction, scope: Scope, document_id: str, *, trashed: bool | None = False
) -> Document | None:
    """A document within reach. trashed: only what is in the trash, or not; None: either."""
    query = select(*COLUMNS).where(DOCUMENTS.c.id == document_id, seen_by(scope))
    if trashed is not None:
        gone = DOCUMENTS.c.trashed_at
        query = query.where(gone.is_not(None) if trashed else gone.is_(None))
    row = (await transaction.execute(query)).mappings().one_or_none()
    return None if row is None else Document.of(row)
