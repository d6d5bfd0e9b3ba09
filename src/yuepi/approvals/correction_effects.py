"""What corrections change beyond the paper itself: what is paid, which invoices are claimed, and
whose eyes are needed. Pure.

A person may err, or help another along. So what was read stays claimed beside what they put in its
place, who changed what makes an invoice the same one is not the only one to approve it, and the
record holds hashes of both values: the values themselves may be personal.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Final

from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.corrections import KIND_FIELD, CorrectionRow, Files, corrected
from yuepi.approvals.facts import facts
from yuepi.approvals.judge import payable
from yuepi.documents.reading import FileReading, Reading

IDENTITY_FIELDS: Final = frozenset({"number", "code", "date", "total", "seller_tax_id"})
"""What makes an invoice the same one, and what it costs."""
MATERIAL_FIELDS: Final = IDENTITY_FIELDS | {KIND_FIELD, "currency"}
"""With another value here a claim is not the one that was approved."""
_REGISTERED: Final = (*sorted(IDENTITY_FIELDS), "time", "seller_name")
"""What history tells papers apart by (`identity.identity_keys`)."""


def changes(row: CorrectionRow) -> bool:
    """Whether a correction says anything new."""
    return not row.confirmed and row.value != row.was


def replaces_identity(row: CorrectionRow) -> bool:
    """Whether a correction puts something else in the place of what tells the invoice from others.

    To fill in what was not read is none: nothing is taken away by it, and what was read without it
    stays claimed.
    """
    return row.field in IDENTITY_FIELDS and row.was is not None and changes(row)


def claimed(
    files: Files, corrections: Sequence[CorrectionRow]
) -> dict[str, tuple[FileReading, ...]]:
    """The files as history is told of them: corrected, and after a file's papers those of them as
    they were read whose identity is another now. The places of the papers stay."""
    return {
        attachment: tuple(
            now.model_copy(update={"readings": (*now.readings, *_replaced(was, now))})
            for was, now in zip(files[attachment], after, strict=True)
        )
        for attachment, after in corrected(files, corrections).items()
    }


def _replaced(was: FileReading, now: FileReading) -> list[Reading]:
    return [
        before
        for before, after in zip(was.readings, now.readings, strict=True)
        if before.kind != after.kind
        or any(before.value(name) != after.value(name) for name in _REGISTERED)
    ]


def corrected_total(
    files: Files, corrections: Sequence[CorrectionRow], claim: ClaimRow
) -> Decimal | None:
    """What is to be paid, by the machine's own rule (`judge.payable`), corrections in it.

    files: of all attachments, in the claim's order. None where it is not known.
    """
    shown = [file for each in corrected(files, corrections).values() for file in each]
    # Neither the company nor other claims have a part in what this one's papers add up to.
    return payable(facts(shown, None, (), claim.on, claim.category))


def value_hash(row: CorrectionRow, value: str | None) -> str:
    """The SHA-256 of a value in its place, in canonical JSON: what the record holds instead."""
    place = [row.id, row.attachment_id, row.file_at, row.reading_at, row.field, value]
    text = json.dumps(place, ensure_ascii=True, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()


def hashes(row: CorrectionRow) -> dict[str, str]:
    """A correction as the record holds it."""
    return {
        "id": row.id,
        "was_sha256": value_hash(row, row.was),
        "value_sha256": value_hash(row, row.value),
    }
