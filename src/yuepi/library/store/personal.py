"""What was read of documents that hold personal data, so that it is told in part."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

from sqlalchemy import or_, select

from yuepi.documents.kinds import known_kinds
from yuepi.kit.database import Transaction
from yuepi.library.store.fitting import IDS_MAX
from yuepi.library.store.tables import DOCUMENTS, PARTS, VALUES


async def personal_files(
    transaction: Transaction, document_ids: Collection[str]
) -> Mapping[str, list[str]]:
    """What was read (`Part.files`) of those of these documents, at most `IDS_MAX`, whose kind hides
    fields, or that have such a field. They were shown to be within reach before."""
    kinds, fields = _hidden()
    ids = sorted(document_ids)[:IDS_MAX]
    document, value = DOCUMENTS.c, VALUES.c
    having = select(value.document_id).where(
        value.document_id.in_(ids), value.field.concat("").in_(fields)
    )
    query = (
        select(document.id, PARTS.c.files)
        .join(PARTS, PARTS.c.version_id == document.version_id)
        .where(
            document.id.in_(ids),
            or_(document.kind.in_(kinds), document.id.in_(having)),
            PARTS.c.files.is_not(None),
        )
        .order_by(document.id, PARTS.c.at)
    )
    found: dict[str, list[str]] = {}
    for id_, files in await transaction.execute(query):
        found.setdefault(id_, []).append(files)
    return found


@cache
def _hidden() -> tuple[list[str], list[str]]:
    """The kinds that hide fields, and the names of fields that no kind shows."""
    kinds = known_kinds()
    shown = {name for kind in kinds for name in kind.fields if name not in kind.masked}
    hidden = {name for kind in kinds for name in kind.masked}
    return sorted(kind.name for kind in kinds if kind.masked), sorted(hidden - shown)
