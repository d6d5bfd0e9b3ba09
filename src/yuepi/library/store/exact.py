"""Exact things with their places, of documents that whoever asks was shown to have within reach."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, Select, and_, or_, select

from yuepi.kit.boxes import Box
from yuepi.kit.database import Transaction
from yuepi.library.keys import number_key
from yuepi.library.scope import Scope
from yuepi.library.store.fitting import IDS_MAX, by_document, on_shelf, same_number
from yuepi.library.store.tables import DOCUMENTS, VALUES

ROWS_MAX: Final = 400


@dataclass(frozen=True, slots=True)
class Sought:
    """Exact things that are looked for. hundredths: amounts; days: ISO; texts:
    parts of any exact thing, which has to be looked for in all of them."""

    numbers: tuple[str, ...] = ()
    hundredths: tuple[int, ...] = ()
    days: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.numbers or self.hundredths or self.days or self.texts)


@dataclass(frozen=True, slots=True)
class Stands:
    """One exact thing that stands in a document. field: of the reading, or ""."""

    document_id: str
    version_id: str
    at: int
    sort: str
    field: str
    text: str
    file_at: int
    page: int
    box: Box


async def standing(
    transaction: Transaction, scope: Scope, sought: Sought, within: Collection[str] | None = None
) -> list[Stands]:
    """Where these stand, within reach; those of fields first. within: only these documents."""
    conditions = _any_of(sought)
    if not conditions:
        return []
    found: list[Stands] = []
    every: Sequence[Sequence[str] | None] = [None]
    if within is not None:
        ids = sorted(within)
        every = [ids[at : at + IDS_MAX] for at in range(0, len(ids), IDS_MAX)]
    for some in every:
        query = (
            _places()
            .where(on_shelf(scope), or_(*conditions))
            .order_by((VALUES.c.field == "").asc(), VALUES.c.document_id, VALUES.c.at)
            .limit(ROWS_MAX)
        )
        if some is not None:
            query = query.where(VALUES.c.document_id.in_(some))
        found += [_stands(row) for row in (await transaction.execute(query)).mappings()]
    return found[:ROWS_MAX]


def _places() -> Select[Any]:
    value = VALUES.c
    columns = (value[name] for name in ("document_id", "at", "sort", "field", "text", "file_at"))
    places = (value[name] for name in ("page", "x0", "y0", "x1", "y1"))
    return select(*columns, *places, DOCUMENTS.c.version_id).join(
        DOCUMENTS, DOCUMENTS.c.id == value.document_id
    )


def _stands(row: RowMapping) -> Stands:
    told = {name: row[name] for name in Stands.__slots__ if name != "box"}
    return Stands(**told, box=Box(row["x0"], row["y0"], row["x1"], row["y1"]))


def _any_of(sought: Sought) -> list[ColumnElement[bool]]:
    value = VALUES.c
    found: list[ColumnElement[bool]] = []
    for number in sought.numbers:
        key = number_key(number)
        if not key:
            continue
        found.append(and_(value.sort == "number", same_number(key)))
    if sought.hundredths:
        found.append(and_(value.sort == "amount", value.hundredths.in_(sought.hundredths)))
    if sought.days:
        found.append(and_(value.sort == "date", value.key.in_(sought.days)))
    found += [value.text.icontains(text, autoescape=True) for text in sought.texts]
    return found


async def totals(transaction: Transaction, scope: Scope, ids: Collection[str]) -> dict[str, Stands]:
    """Where the totals of these documents stand, within reach."""
    query = (
        _places()
        .where(
            on_shelf(scope),
            VALUES.c.document_id.in_(sorted(set(ids))[:IDS_MAX]),
            by_document("amount"),
            VALUES.c.field != "",
            VALUES.c.hundredths == DOCUMENTS.c.amount_hundredths,
        )
        .order_by(VALUES.c.document_id, VALUES.c.at.desc())
    )
    rows = (await transaction.execute(query)).mappings()
    return {row["document_id"]: _stands(row) for row in rows}
