"""Which documents fit a query's filters, for somebody. The words are looked for elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, func, or_, select

from yuepi.kit.clock import CHINA
from yuepi.kit.database import Transaction
from yuepi.library.keys import name_key, number_key
from yuepi.library.names import folded
from yuepi.library.query import UNKNOWN, Query
from yuepi.library.scope import Scope
from yuepi.library.store.documents import below, seen_by
from yuepi.library.store.tables import DOCUMENTS, TAGS, VALUES

PREFIX_MIN: Final = 6
"""So many letters and digits of a number find it by its beginning."""
_LAST: Final = "龥龥"
"""Sorts behind what a number may go on with, letters of plates included."""
UNSURE: Final = ("other", "form", "table")
"""Kinds that say how a document looks, and not what it is."""
IDS_MAX: Final = 500
"""Ids that one query names."""


class Spine(NamedTuple):
    """What of a document stands beside a hit, and what hits are counted by; as in `Document`. tags:
    lines. day: its own, ISO. A search reads some hundred of them."""

    id: str
    version_id: str
    folder_id: str
    name: str
    title: str
    kind: str | None
    media: str
    sha256: str
    tags: str
    day: str | None


@dataclass(frozen=True, slots=True)
class Narrow:
    """What documents are narrowed to. kinds: those that the query's kinds stand for. held: the
    documents in which its phrases and numbers stand; None: it has none."""

    query: Query
    kinds: tuple[str, ...] = ()
    held: frozenset[str] | None = None

    @property
    def filters(self) -> bool:
        """Whether it narrows down at all."""
        return self.held is not None or bool(_fits(self))


def on_shelf(scope: Scope) -> ColumnElement[bool]:
    """Within reach and not in the trash."""
    return and_(seen_by(scope), DOCUMENTS.c.trashed_at.is_(None))


def _fits(narrow: Narrow) -> list[ColumnElement[bool]]:
    query, documents = narrow.query, DOCUMENTS.c
    found: list[ColumnElement[bool]] = [*_amounts(query), *_dates(query), *_added(query)]
    if query.kinds:
        unknown = UNKNOWN in query.kinds
        of_kind = documents.kind.in_(sorted({*narrow.kinds, *(UNSURE if unknown else ())}))
        found.append(or_(of_kind, documents.kind.is_(None)) if unknown else of_kind)
    if query.parties:
        found.append(or_(*(_named(party) for party in query.parties)))
    if query.seal is not None:
        found.append(documents.sealed.is_(query.seal))
    if query.tags:
        tags = sorted({tag.lower() for tag in query.tags})
        tagged = select(TAGS.c.document_id).where(func.lower(TAGS.c.tag).in_(tags))
        found.append(documents.id.in_(tagged))
    if query.folders:
        found.append(documents.folder_id.in_(select(below(list(query.folders)).c.id)))
    if query.media:
        found.append(documents.media.in_(sorted(query.media)))
    if query.documents:
        found.append(documents.id.in_(sorted(query.documents)))
    if query.name is not None:
        found.append(documents.name.icontains(query.name, autoescape=True))
    if narrow.held is not None:
        found.append(documents.id.in_(sorted(narrow.held)))
    return found


def _named(party: str) -> ColumnElement[bool]:
    key = name_key(party)
    if not key:
        return false()
    named = _holding("name", VALUES.c.key.contains(key, autoescape=True))
    documents = DOCUMENTS.c
    return or_(
        documents.id.in_(named),
        documents.title.icontains(party, autoescape=True),
        documents.name.icontains(party, autoescape=True),
    )


def _amounts(query: Query) -> Iterable[ColumnElement[bool]]:
    """Of the document's total; where none is known, of any amount in it. One amount exactly may
    stand anywhere in it."""
    least, most = hundredths_within(query.amount_min, query.amount_max)
    if least is None and most is None:
        return
    total, value = DOCUMENTS.c.amount_hundredths, VALUES.c.hundredths
    if least is not None and least == most:
        yield or_(total == least, DOCUMENTS.c.id.in_(_holding("amount", value == least)))
        return
    own: list[ColumnElement[bool]] = [total.is_not(None)]
    stands: list[ColumnElement[bool]] = []
    if least is not None:
        own.append(total >= least)
        stands.append(value >= least)
    if most is not None:
        own.append(total <= most)
        stands.append(value <= most)
    yield or_(and_(*own), and_(total.is_(None), _has("amount", *stands)))


def _holding(sort: str, *stands: ColumnElement[bool]) -> Select[Any]:
    """The documents that hold such an exact thing: for what few of them do."""
    return select(VALUES.c.document_id).where(VALUES.c.sort == sort, *stands)


def _has(sort: str, *stands: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a document holds such an exact thing: for documents that are few already."""
    return exists().where(VALUES.c.document_id == DOCUMENTS.c.id, by_document(sort), *stands)


def by_document(sort: str) -> ColumnElement[bool]:
    """Exact things of a sort where their documents are known: written so that databases do not
    take the index of all things of that sort instead of the few of a document."""
    return VALUES.c.sort.concat("") == sort


def hundredths_within(least: Decimal | None, most: Decimal | None) -> tuple[int | None, int | None]:
    """Amounts as whole hundredths, the narrowest that hold all between."""
    up = None if least is None else int((least * 100).to_integral_value(ROUND_CEILING))
    down = None if most is None else int((most * 100).to_integral_value(ROUND_FLOOR))
    return up, down


def _dates(query: Query) -> Iterable[ColumnElement[bool]]:
    """Of the document's own day; where none is known, of any date in it."""
    first, last = query.date_from, query.date_to
    if first is None and last is None:
        return
    day, key = DOCUMENTS.c.day, VALUES.c.key
    if first is not None and first == last:
        yield or_(day == first, DOCUMENTS.c.id.in_(_holding("date", key == first)))
        return
    own: list[ColumnElement[bool]] = [day.is_not(None)]
    stands: list[ColumnElement[bool]] = []
    if first is not None:
        own.append(day >= first)
        stands.append(key >= first)
    if last is not None:
        own.append(day <= last)
        stands.append(key <= last)
    yield or_(and_(*own), and_(day.is_(None), _has("date", *stands)))


def _added(query: Query) -> Iterable[ColumnElement[bool]]:
    at = DOCUMENTS.c.added_at
    if query.added_from is not None:
        yield at >= _midnight(query.added_from)
    if query.added_to is not None:
        yield at < _midnight(query.added_to, days=1)


def _midnight(day: str, days: int = 0) -> datetime:
    """When a day begins where the company works; for an impossible day the world's end."""
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), CHINA)
    except (ValueError, OverflowError):
        return datetime(9999, 1, 1, tzinfo=CHINA)


def _number_stands(number: str) -> ColumnElement[bool]:
    key = number_key(number)
    documents = DOCUMENTS.c
    called = documents.name.icontains(number, autoescape=True)
    if not key:
        return called
    return or_(documents.id.in_(_holding("number", same_number(key))), called)


def same_number(key: str) -> ColumnElement[bool]:
    """A value that is this number or, from six letters and digits on, begins so."""
    value = VALUES.c.key
    if len(key) < PREFIX_MIN:
        return value == key
    # The range is for the index; the beginning is what counts.
    begins = value.startswith(key, autoescape=True)
    return and_(value >= key, value < key + _LAST, begins)


def _phrase_stands(phrase: str, *, in_values: bool) -> ColumnElement[bool]:
    documents = DOCUMENTS.c
    told = [
        documents.title.icontains(phrase, autoescape=True),
        documents.name.icontains(phrase, autoescape=True),
    ]
    if in_values:
        held = select(VALUES.c.document_id)
        told.append(documents.id.in_(held.where(VALUES.c.text.icontains(phrase, autoescape=True))))
    return or_(*told)


async def with_number(
    transaction: Transaction, scope: Scope, number: str, rows_max: int
) -> list[str]:
    """The documents in which a number stands (or begins so), or that are called so."""
    query = select(DOCUMENTS.c.id).where(on_shelf(scope), _number_stands(number))
    return [row[0] for row in await transaction.execute(_newest(query).limit(rows_max))]


async def with_phrases(
    transaction: Transaction,
    scope: Scope,
    phrases: Sequence[str],
    rows_max: int,
    *,
    in_values: bool = False,
) -> list[str]:
    """The documents whose name or title (or, `in_values`, exact things) have all these phrases."""
    stands = [_phrase_stands(phrase, in_values=in_values) for phrase in phrases]
    query = select(DOCUMENTS.c.id).where(on_shelf(scope), *stands)
    return [row[0] for row in await transaction.execute(_newest(query).limit(rows_max))]


async def called_so(transaction: Transaction, scope: Scope, name: str, rows_max: int) -> list[str]:
    """The documents in whose file's name this stands."""
    key = folded(name)
    query = select(DOCUMENTS.c.id).where(
        DOCUMENTS.c.name_key.contains(key, autoescape=True), on_shelf(scope)
    )
    return [row[0] for row in await transaction.execute(_newest(query).limit(rows_max))]


async def fitting_ids(
    transaction: Transaction, scope: Scope, narrow: Narrow, rows_max: int
) -> list[str]:
    """The documents on the shelf within reach that fit, the newest by their own day first."""
    query = select(DOCUMENTS.c.id).where(on_shelf(scope), *_fits(narrow))
    return [row[0] for row in await transaction.execute(_newest(query).limit(rows_max))]


def _newest(query: Select[Any]) -> Select[Any]:
    documents = DOCUMENTS.c
    day = func.coalesce(documents.day, "")
    return query.order_by(day.desc(), documents.added_at.desc(), documents.id)


async def fitting(
    transaction: Transaction, scope: Scope, narrow: Narrow, ids: Collection[str]
) -> dict[str, Spine]:
    """Those of these documents that are on the shelf for somebody and fit: what may be told."""
    columns = [DOCUMENTS.c[name] for name in Spine._fields]
    rows = await fitting_rows(transaction, scope, narrow, ids, columns)
    return {row[0]: Spine._make(row) for row in rows}


async def fitting_of(
    transaction: Transaction, scope: Scope, narrow: Narrow, ids: Collection[str]
) -> frozenset[str]:
    """The ids of those of these documents that are on the shelf for somebody and fit."""
    rows = await fitting_rows(transaction, scope, narrow, ids, (DOCUMENTS.c.id,))
    return frozenset(row[0] for row in rows)


async def fitting_rows(
    transaction: Transaction,
    scope: Scope,
    narrow: Narrow,
    ids: Collection[str],
    columns: Sequence[ColumnElement[Any]],
) -> list[Row[Any]]:
    """These columns of those of these documents that are on the shelf for somebody and fit."""
    found: list[Row[Any]] = []
    every = sorted(set(ids))
    conditions = [on_shelf(scope), *_fits(narrow)]
    for start in range(0, len(every), IDS_MAX):
        some = DOCUMENTS.c.id.in_(every[start : start + IDS_MAX])
        found += await transaction.execute(select(*columns).where(some, *conditions))
    return found


def of_narrow(scope: Scope, narrow: Narrow) -> list[ColumnElement[bool]]:
    """The conditions on `library_documents` as a whole, for counts."""
    return [on_shelf(scope), *_fits(narrow)]
