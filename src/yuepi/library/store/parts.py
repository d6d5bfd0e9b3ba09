"""Parts of documents: which one is read next, who holds it, and what was read.

A part is held by the worker that reads it, until a second of the steady clock: what a dead worker
held is taken again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, and_, or_, select, text, update

from yuepi.documents.kept_pages import pages_of
from yuepi.kit.database import Transaction
from yuepi.kit.steady import STEADY_NOW
from yuepi.library.document import Document, Part, Version
from yuepi.library.store.documents import COLUMNS
from yuepi.library.store.tables import DOCUMENTS, PARTS, VERSIONS

_COLUMNS: Final = tuple(PARTS.c[name] for name in Part.__slots__)
# As the partial index has it, so that the database sees that it may use it.
_WAITS: Final = text("library_parts.state = 'waiting'")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A part to read, with the file that it is of. current: whether its version holds now."""

    part: Part
    name: str
    sha256: str
    bytes: int
    media: str
    current: bool


@dataclass(frozen=True, slots=True)
class Same:
    """What was read of the same bytes and the same pages before; as in `Part`."""

    files: str
    pages: str
    texts: str | None

    @property
    def blobs(self) -> list[str]:
        """The originals that it names."""
        names = [each.sha256 for each in pages_of(self.pages)]
        return names if self.texts is None else [*names, self.texts]


async def next_to_read(transaction: Transaction, now_s: float, rows_max: int) -> list[Waiting]:
    """The parts that wait longest and that nobody holds: first of the versions that hold now, then
    of those in the trash, which nobody can delete before it is known whether they must be kept,
    then of older versions."""
    query = (
        select(
            *_COLUMNS,
            VERSIONS.c.name,
            VERSIONS.c.sha256,
            VERSIONS.c.bytes,
            VERSIONS.c.media,
            (DOCUMENTS.c.version_id == PARTS.c.version_id).label("current"),
        )
        .join(VERSIONS, VERSIONS.c.id == PARTS.c.version_id)
        .join(DOCUMENTS, DOCUMENTS.c.id == PARTS.c.document_id)
        .where(_WAITS, _free(now_s))
        .order_by(PARTS.c.queued_at, PARTS.c.version_id, PARTS.c.at)
        .limit(rows_max)
    )
    current, kept = DOCUMENTS.c.version_id == PARTS.c.version_id, DOCUMENTS.c.trashed_at.is_(None)
    rows: Sequence[RowMapping] = ()
    for wanted in (and_(current, kept), and_(current, ~kept), ~current):
        rows = rows or (await transaction.execute(query.where(wanted))).mappings().all()
    return [
        Waiting(
            Part.of(row),
            row["name"],
            row["sha256"],
            row["bytes"],
            row["media"],
            bool(row["current"]),
        )
        for row in rows
    ]


async def hold(transaction: Transaction, part: Part, by: str, now_s: float, until_s: float) -> bool:
    """Take it for one attempt more; False where another did meanwhile."""
    change = (
        update(PARTS)
        .where(
            PARTS.c.id == part.id,
            PARTS.c.state == "waiting",
            PARTS.c.attempts == part.attempts,
            _free(now_s),
        )
        .values(attempts=part.attempts + 1, held_by=by, held_until_s=until_s)
    )
    return (await transaction.execute(change)).rowcount == 1


async def change_held(
    transaction: Transaction, part_ids: Collection[str], by: str, values: Mapping[str, Any]
) -> int:
    """Set these columns of the parts that this worker holds; how many they were."""
    change = update(PARTS).where(
        PARTS.c.id.in_(sorted(part_ids)), PARTS.c.state == "waiting", PARTS.c.held_by == by
    )
    return (await transaction.execute(change.values(**values))).rowcount


async def read_before(transaction: Transaction, waiting: Waiting, reader: str) -> Same | None:
    """What this reader read of the same bytes and pages before, in whichever document."""
    part = waiting.part
    query = (
        select(PARTS.c.files, PARTS.c.pages, PARTS.c.texts)
        .join(VERSIONS, VERSIONS.c.id == PARTS.c.version_id)
        .where(
            VERSIONS.c.sha256 == waiting.sha256,
            PARTS.c.state == "done",
            PARTS.c.reader == reader,
            PARTS.c.at == part.at,
            PARTS.c.first_page.is_not_distinct_from(part.first_page),
            PARTS.c.last_page.is_not_distinct_from(part.last_page),
            PARTS.c.files.is_not(None),
        )
        .limit(1)
    )
    row = (await transaction.execute(query)).one_or_none()
    return None if row is None else Same(row.files, row.pages or "[]", row.texts)


async def parts_of(transaction: Transaction, version_id: str) -> list[Part]:
    """The parts of a version in their order; only for who may see its document."""
    query = select(*_COLUMNS).where(PARTS.c.version_id == version_id).order_by(PARTS.c.at)
    return [Part.of(row) for row in (await transaction.execute(query)).mappings()]


async def states_of(transaction: Transaction, version_id: str) -> dict[str, str]:
    """The state of each part of a version, by its id."""
    query = select(PARTS.c.id, PARTS.c.state).where(PARTS.c.version_id == version_id)
    return {row.id: row.state for row in await transaction.execute(query)}


async def document_of(transaction: Transaction, document_id: str) -> Document | None:
    """The document as it is, in the trash too."""
    query = select(*COLUMNS).where(DOCUMENTS.c.id == document_id)
    row = (await transaction.execute(query)).mappings().one_or_none()
    return None if row is None else Document.of(row)


async def version_of(transaction: Transaction, version_id: str) -> Version | None:
    """A version by its id; only for who may see its document."""
    columns = (VERSIONS.c[name] for name in Version.__slots__)
    query = select(*columns).where(VERSIONS.c.id == version_id)
    row = (await transaction.execute(query)).mappings().one_or_none()
    return None if row is None else Version.of(row)


async def lock_document(transaction: Transaction, document_id: str) -> Document | None:
    """The document as it is, in the trash too; until this transaction ends nobody changes it."""
    query = select(*COLUMNS).where(DOCUMENTS.c.id == document_id).with_for_update()
    row = (await transaction.execute(query)).mappings().one_or_none()
    return None if row is None else Document.of(row)


async def begin_documents(transaction: Transaction, version_ids: Sequence[str]) -> None:
    """Say that these versions are being read. It is no change that anybody's edit could miss."""
    change = update(DOCUMENTS).where(
        DOCUMENTS.c.version_id.in_(sorted(set(version_ids))), DOCUMENTS.c.state == "waiting"
    )
    await transaction.execute(change.values(state="reading"))


async def settle_document(
    transaction: Transaction, document: Document, values: Mapping[str, Any]
) -> None:
    """Write what was read of a document that `lock_document` gave."""
    change = update(DOCUMENTS).where(DOCUMENTS.c.id == document.id)
    await transaction.execute(change.values(**values, version=document.version + 1))


async def settle_version(transaction: Transaction, version_id: str, pages: int) -> None:
    """Write how many pages a version has."""
    change = update(VERSIONS).where(VERSIONS.c.id == version_id)
    await transaction.execute(change.values(pages=pages))


def _free(now_s: float | ColumnElement[Any]) -> Any:
    return or_(PARTS.c.held_until_s.is_(None), PARTS.c.held_until_s < now_s)


PARTS_WAIT: Final = select(PARTS.c.id).where(_WAITS, _free(STEADY_NOW))
"""Whether there is one that nobody holds."""
