"""The originals of claims, and what was read on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, bindparam, func, insert, select, true

from yuepi.access.principal import Reach
from yuepi.approvals.claim_rows import AttachmentRow, ClaimRow
from yuepi.approvals.store.claim_tables import ATTACHMENTS, CLAIMS, READINGS
from yuepi.approvals.store.claims import within
from yuepi.approvals.store.history_tables import INVOICES
from yuepi.kit.database import Database, Transaction


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """What one reader saw on one attachment. files, pictures, pages: JSON, as in `readings`."""

    attachment_id: str
    reader: str
    files: str
    pictures: str
    took_ms: int
    pages: str = "[]"


_OF_CLAIM: Final = (
    select(ATTACHMENTS)
    .where(ATTACHMENTS.c.claim_id == bindparam("claim_id"))
    .order_by(ATTACHMENTS.c.position)
)
_READINGS: Final = (
    select(
        READINGS.c.attachment_id,
        READINGS.c.reader,
        READINGS.c.files,
        READINGS.c.pictures,
        READINGS.c.took_ms,
        READINGS.c.pages,
    )
    .join(ATTACHMENTS, ATTACHMENTS.c.id == READINGS.c.attachment_id)
    .where(ATTACHMENTS.c.claim_id == bindparam("claim_id"))
    .order_by(ATTACHMENTS.c.position, READINGS.c.created_at)
)
_TO_READ: Final = (
    select(ATTACHMENTS)
    .outerjoin(
        READINGS,
        and_(
            READINGS.c.attachment_id == ATTACHMENTS.c.id,
            READINGS.c.reader == bindparam("the_reader"),
        ),
    )
    .where(ATTACHMENTS.c.claim_id == bindparam("claim_id"), READINGS.c.attachment_id.is_(None))
    .order_by(ATTACHMENTS.c.position)
)
_READ_BY: Final = (
    select(
        CLAIMS,
        ATTACHMENTS.c.id.label("attachment_id"),
        READINGS.c.files,
        READINGS.c.pictures,
    )
    .select_from(CLAIMS)
    .join(ATTACHMENTS, ATTACHMENTS.c.claim_id == CLAIMS.c.id)
    .outerjoin(
        READINGS,
        and_(
            READINGS.c.attachment_id == ATTACHMENTS.c.id,
            READINGS.c.reader == bindparam("the_reader"),
        ),
    )
    .where(
        CLAIMS.c.id == bindparam("the_claim"),
        CLAIMS.c.status == "received",
        CLAIMS.c.round == bindparam("in_round"),
    )
    .order_by(ATTACHMENTS.c.position)
    .with_for_update(of=CLAIMS, key_share=True)
)
_SAME_BYTES: Final = (
    # By the invoices found in them, since that is where bytes can be looked up quickly.
    select(READINGS.c.files, READINGS.c.pictures, READINGS.c.pages)
    .select_from(INVOICES)
    .join(ATTACHMENTS, ATTACHMENTS.c.id == INVOICES.c.attachment_id)
    .join(READINGS, READINGS.c.attachment_id == ATTACHMENTS.c.id)
    .where(
        INVOICES.c.sha256 == bindparam("sha256"),
        ATTACHMENTS.c.sha256 == INVOICES.c.sha256,
        READINGS.c.reader == bindparam("the_reader"),
    )
    .limit(1)
    .subquery()
)
_TO_BE_READ: Final = (
    select(_SAME_BYTES.c.files, _SAME_BYTES.c.pictures, _SAME_BYTES.c.pages)
    .select_from(CLAIMS.outerjoin(_SAME_BYTES, true()))
    .where(CLAIMS.c.id == bindparam("claim_id"), CLAIMS.c.status == "received")
)


async def add_attachments(transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new attachments."""
    if rows:
        await transaction.execute(insert(ATTACHMENTS), [dict(row) for row in rows])


async def attachments_of(transaction: Transaction, claim_id: str) -> tuple[AttachmentRow, ...]:
    """The claim's originals, in the order they came."""
    found = await transaction.execute(_OF_CLAIM, {"claim_id": claim_id})
    return tuple(AttachmentRow.of(row) for row in found.mappings())


async def count_attachments(transaction: Transaction, claim_id: str) -> tuple[int, int]:
    """How many originals a claim has, and their bytes together."""
    query = select(func.count(), func.coalesce(func.sum(ATTACHMENTS.c.bytes), 0))
    found = await transaction.execute(query.where(ATTACHMENTS.c.claim_id == claim_id))
    count, size = found.one()
    return int(count), int(size)


async def find_attachment(
    transaction: Transaction, claim_id: str, attachment_id: str, reach: Reach
) -> AttachmentRow | None:
    """One original, if its claim lies within reach."""
    query = (
        select(ATTACHMENTS)
        .join(CLAIMS, CLAIMS.c.id == ATTACHMENTS.c.claim_id)
        .where(
            ATTACHMENTS.c.id == attachment_id,
            ATTACHMENTS.c.claim_id == claim_id,
            within(reach),
        )
    )
    row = (await transaction.execute(query)).mappings().one_or_none()
    return None if row is None else AttachmentRow.of(row)


async def pages_of_attachment(
    transaction: Transaction, claim_id: str, attachment_id: str, reach: Reach
) -> list[str]:
    """The pictures of its pages as each reader kept them (`readings.pages`), the latest first;
    nothing where its claim is out of reach."""
    query = (
        select(READINGS.c.pages)
        .join(ATTACHMENTS, ATTACHMENTS.c.id == READINGS.c.attachment_id)
        .join(CLAIMS, CLAIMS.c.id == ATTACHMENTS.c.claim_id)
        .where(
            ATTACHMENTS.c.id == attachment_id,
            ATTACHMENTS.c.claim_id == claim_id,
            within(reach),
        )
        .order_by(READINGS.c.created_at.desc())
    )
    return list((await transaction.execute(query)).scalars())


async def unread(transaction: Transaction, claim_id: str, reader: str) -> tuple[AttachmentRow, ...]:
    """The claim's attachments that this reader has not read, in their order."""
    found = await transaction.execute(_TO_READ, {"claim_id": claim_id, "the_reader": reader})
    return tuple(AttachmentRow.of(row) for row in found.mappings())


async def readings_of(transaction: Transaction, claim_id: str) -> list[ReadingRow]:
    """All readings of the claim's attachments, by all readers, in the attachments' order."""
    found = await transaction.execute(_READINGS, {"claim_id": claim_id})
    return [ReadingRow(*row) for row in found]


async def read_by(
    transaction: Transaction, claim_id: str, in_round: int, reader: str
) -> tuple[ClaimRow, list[tuple[str, str | None, str | None]]] | None:
    """A claim that is `received` in that round, and (attachment, files, pictures) for all of its
    attachments in order; the last two are None where this reader has not read it.

    None where the claim is not so. It stays as it is until the transaction ends.
    """
    values = {"the_claim": claim_id, "in_round": in_round, "the_reader": reader}
    rows = (await transaction.execute(_READ_BY, values)).mappings().all()
    if not rows:
        return None
    found = [(row["attachment_id"], row["files"], row["pictures"]) for row in rows]
    return ClaimRow.of(rows[0]), found


async def to_be_read(
    transaction: Transaction, attachment: AttachmentRow, reader: str
) -> tuple[bool, tuple[str, str, str] | None]:
    """Whether the claim is still `received`; and (files, pictures, pages) as this reader saw them
    in another attachment with the same bytes, if it did and the bytes are one file's."""
    values = {
        "claim_id": attachment.claim_id,
        "sha256": "" if attachment.media == "zip" else attachment.sha256,
        "the_reader": reader,
    }
    row = (await transaction.execute(_TO_BE_READ, values)).one_or_none()
    if row is None:
        return False, None
    return True, None if row.files is None else (row.files, row.pictures, row.pages)


class ReadingTable:
    """Writes readings: the first one written stays."""

    def __init__(self, database: Database) -> None:
        self._add = (
            database.insert(READINGS).on_conflict_do_nothing().returning(READINGS.c.attachment_id)
        )

    async def add(self, transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        """Write readings; the attachments whose reading is new."""
        added: set[str] = set()
        for row in rows:
            found = await transaction.execute(self._add, dict(row))
            added.update(found.scalars())
        return added
