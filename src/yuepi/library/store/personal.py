"""What was read of documents that hold personal data, so that it is told in part."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Final

from sqlalchemy import and_, func, or_, select

from yuepi.documents.kinds import known_kinds
from yuepi.kit.database import Transaction
from yuepi.library.store.fitting import IDS_MAX
from yuepi.library.store.tables import DOCUMENTS, PARTS, VALUES

PASSPORT_CHARACTERS_MAX: Final = 9
"""Of the number of a passport (ICAO 9303)."""


async def personal_files(
    transaction: Transaction, document_ids: Collection[str]
) -> Mapping[str, list[str]]:
    """What was read (`Part.files`) of those of these documents, at most `IDS_MAX`, whose kind hides
    fields, or that have such a field: also of a paper of another kind, such as a passport in a
    file of several. They were shown to be within reach before."""
    kinds, fields, sometimes = _hidden()
    ids = sorted(document_ids)[:IDS_MAX]
    document, value = DOCUMENTS.c, VALUES.c
    having = select(value.document_id).where(
        value.document_id.in_(ids), value.field.concat("").in_(fields)
    )
    # `number` is a passport's or an invoice's: what was read tells, and few have one so short.
    maybe = select(value.document_id).where(
        value.document_id.in_(ids),
        value.field.concat("").in_(list(sometimes)),
        or_(value.field != "number", func.length(value.key) <= PASSPORT_CHARACTERS_MAX),
    )
    hiding = {kind for each in sometimes.values() for kind in each}
    holds = (PARTS.c.files.contains(f'"kind":"{kind}"', autoescape=True) for kind in hiding)
    query = (
        select(document.id, PARTS.c.files)
        .join(PARTS, PARTS.c.version_id == document.version_id)
        .where(
            document.id.in_(ids),
            or_(
                document.kind.in_(kinds),
                document.id.in_(having),
                and_(document.id.in_(maybe), or_(*holds)),
            ),
            PARTS.c.files.is_not(None),
        )
        .order_by(document.id, PARTS.c.at)
    )
    found: dict[str, list[str]] = {}
    for id_, files in await transaction.execute(query):
        found.setdefault(id_, []).append(files)
    return found


@cache
def _hidden() -> tuple[list[str], list[str], Mapping[str, list[str]]]:
    """The kinds that hide fields, the names of fields that no kind shows, and those that some show,
    each with the kinds that hide it."""
    kinds = known_kinds()
    shown = {name for kind in kinds for name in kind.fields if name not in kind.masked}
    hidden = {name for kind in kinds for name in kind.masked}
    sometimes = {
        name: sorted(kind.name for kind in kinds if name in kind.masked)
        for name in sorted(hidden & shown)
    }
    names = sorted(kind.name for kind in kinds if kind.masked)
    return names, sorted(hidden - shown), sometimes
