"""Files that somebody uploaded and not handed in yet, and what was read on them meanwhile.

An upload is held by the worker that reads it, until a second of the steady clock: what a dead
worker held is taken again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Double,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from yuepi.approvals.store.claim_tables import ATTACHMENTS, CLAIMS, READINGS
from yuepi.kit.blob_sweep import NAMES_BLOBS
from yuepi.kit.database import METADATA, Transaction, UtcDateTime
from yuepi.kit.steady import STEADY_NOW

UploadState = Literal["waiting", "done", "failed"]
OWNER_LOCK: Final = 0x79707570  # "ypup": the first half of the advisory lock on PostgreSQL
GONE: Final = ("cancelled", "rejected")
"""Claims in these states hold none of their files any more."""

UPLOADS: Final = Table(
    "uploads",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner_id", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("sha256", String(64), nullable=False, info=NAMES_BLOBS),
    Column("bytes", BigInteger, nullable=False),
    Column("media", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    # Of its reading: waiting | done | failed.
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    # The worker that reads it, until this second of the steady clock.
    Column("held_by", String(64)),
    Column("held_until_s", Double),
    # What was read, as in `readings`; null before that.
    Column("reader", String(128)),
    Column("files", Text),
    Column("pictures", Text),
    Column("pages", Text, info=NAMES_BLOBS),
    Column("took_ms", Integer),
    CheckConstraint("state IN ('waiting', 'done', 'failed')", name="state"),
    Index("ix_uploads_owner_id_created_at", "owner_id", "created_at"),
    Index("ix_uploads_expires_at", "expires_at"),
    Index(
        "ix_uploads_to_read",
        "created_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One upload, column by column; who holds it is left out."""

    id: str
    owner_id: str
    name: str
    sha256: str
    bytes: int
    media: str
    created_at: datetime
    expires_at: datetime
    state: UploadState
    attempts: int
    reader: str | None
    files: str | None
    pictures: str | None
    pages: str | None
    took_ms: int | None

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> UploadRow:
        """The upload in a row of the table (a `RowMapping`)."""
        return cls(**{name: row[name] for name in cls.__slots__})


_COLUMNS: Final = tuple(UPLOADS.c[name] for name in UploadRow.__slots__)
# As the partial index has it, so that the database sees that it may use it.
_WAITS: Final = text("state = 'waiting'")


async def lock_owner(transaction: Transaction, owner_id: str) -> None:
    """Until this transaction ends nobody else adds uploads of that person."""
    if transaction.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock(OWNER_LOCK, func.hashtext(owner_id))
        await transaction.execute(select(lock))


async def add_upload(transaction: Transaction, values: Mapping[str, Any]) -> None:
    """Write a new upload."""
    await transaction.execute(insert(UPLOADS), dict(values))


async def open_uploads(
    transaction: Transaction, owner_id: str, now: datetime, ids: Collection[str] | None = None
) -> list[UploadRow]:
    """Somebody's uploads that are not over, in the order they came; ids: only these."""
    query = select(*_COLUMNS).where(UPLOADS.c.owner_id == owner_id, UPLOADS.c.expires_at > now)
    if ids is not None:
        query = query.where(UPLOADS.c.id.in_(sorted(ids)))
    query = query.order_by(UPLOADS.c.created_at, UPLOADS.c.id)
    return [UploadRow.of(row) for row in (await transaction.execute(query)).mappings()]


async def remove_uploads(
    transaction: Transaction, owner_id: str, ids: Collection[str]
) -> list[UploadRow]:
    """Delete these uploads of that person; those that were there, as they were."""
    gone = delete(UPLOADS).where(UPLOADS.c.owner_id == owner_id, UPLOADS.c.id.in_(sorted(ids)))
    found = await transaction.execute(gone.returning(*_COLUMNS))
    return [UploadRow.of(row) for row in found.mappings()]


async def remove_expired(transaction: Transaction, now: datetime, rows_max: int) -> int:
    """Delete uploads that are over, so many at most; how many there were."""
    old = select(UPLOADS.c.id).where(UPLOADS.c.expires_at <= now).limit(rows_max)
    gone = delete(UPLOADS).where(UPLOADS.c.id.in_(old.scalar_subquery()))
    return (await transaction.execute(gone)).rowcount


async def claims_with(
    transaction: Transaction, hashes: Collection[str]
) -> list[tuple[str, str, str, str | None]]:
    """(sha256, claim, submitter, who handed it in) of living claims with a file of these hashes,
    the newest last."""
    query = (
        select(ATTACHMENTS.c.sha256, CLAIMS.c.id, CLAIMS.c.submitter_id, CLAIMS.c.handed_in_by)
        .join(CLAIMS, CLAIMS.c.id == ATTACHMENTS.c.claim_id)
        .where(ATTACHMENTS.c.sha256.in_(sorted(hashes)), CLAIMS.c.status.not_in(GONE))
        .order_by(CLAIMS.c.created_at)
    )
    return [(row[0], row[1], row[2], row[3]) for row in await transaction.execute(query)]


# --- reading -------------------------------------------------------------------------------------


async def next_to_read(transaction: Transaction, now: datetime, now_s: float) -> UploadRow | None:
    """The upload that waits longest and that nobody holds."""
    query = (
        select(*_COLUMNS)
        .where(_WAITS, UPLOADS.c.expires_at > now, _free(now_s))
        .order_by(UPLOADS.c.created_at)
        .limit(1)
    )
    row = (await transaction.execute(query)).mappings().one_or_none()
    return None if row is None else UploadRow.of(row)


async def hold(
    transaction: Transaction, upload: UploadRow, by: str, now_s: float, until_s: float
) -> bool:
    """Take it for one attempt more; False where another did meanwhile."""
    change = (
        update(UPLOADS)
        .where(
            UPLOADS.c.id == upload.id,
            UPLOADS.c.state == "waiting",
            UPLOADS.c.attempts == upload.attempts,
            _free(now_s),
        )
        .values(attempts=upload.attempts + 1, held_by=by, held_until_s=until_s)
    )
    return (await transaction.execute(change)).rowcount == 1


async def change_held(
    transaction: Transaction, upload_id: str, by: str, values: Mapping[str, Any]
) -> bool:
    """Set these columns of an upload that this worker holds; False where it does no more."""
    change = update(UPLOADS).where(
        UPLOADS.c.id == upload_id, UPLOADS.c.state == "waiting", UPLOADS.c.held_by == by
    )
    return (await transaction.execute(change.values(**values))).rowcount == 1


async def give_up(transaction: Transaction, upload: UploadRow) -> None:
    """It was tried too often."""
    change = update(UPLOADS).where(UPLOADS.c.id == upload.id, UPLOADS.c.state == "waiting")
    await transaction.execute(change.values(state="failed", held_by=None, held_until_s=None))


async def read_before(
    transaction: Transaction, sha256: str, reader: str
) -> tuple[str, str, str] | None:
    """(files, pictures, pages) as this reader saw the same bytes in a claim."""
    query = (
        select(READINGS.c.files, READINGS.c.pictures, READINGS.c.pages)
        .join(ATTACHMENTS, ATTACHMENTS.c.id == READINGS.c.attachment_id)
        .where(ATTACHMENTS.c.sha256 == sha256, READINGS.c.reader == reader)
        .limit(1)
    )
    row = (await transaction.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def _free(now_s: float | ColumnElement[Any]) -> Any:
    return or_(UPLOADS.c.held_until_s.is_(None), UPLOADS.c.held_until_s < now_s)


UPLOADS_WAIT: Final = select(UPLOADS.c.id).where(_WAITS, _free(STEADY_NOW))
"""Whether there is one that nobody holds."""


def ids_of(rows: Sequence[UploadRow]) -> frozenset[str]:
    """Their ids."""
    return frozenset(row.id for row in rows)
