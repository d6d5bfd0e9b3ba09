"""Personal data shown whole: to who may review the claim, for a reason, and it is recorded.

Source: 个人信息保护法 Art. 28 and 51 (sensitive data needs a purpose, and a record of who looked).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.access.principal import Principal, require
from yuepi.approvals.claim_rows import NotFound
from yuepi.approvals.corrections import CorrectionRow, corrected
from yuepi.approvals.personal import files_of
from yuepi.approvals.review_pool import Pool
from yuepi.approvals.review_rows import NotForYou, reason_of
from yuepi.approvals.store import corrections as correction_rows
from yuepi.approvals.store.attachments import attachments_of, readings_of
from yuepi.approvals.store.claims import find_claim
from yuepi.approvals.store.decisions import find_decision
from yuepi.documents.masking import masked_fields
from yuepi.documents.reading import FileReading
from yuepi.kit.record import Entry

ACTION: Final = "claim.revealed"


@dataclass(frozen=True, slots=True)
class Revealed:
    """One attachment whole: its files with people's corrections in them, and those."""

    attachment: str
    files: tuple[FileReading, ...]
    corrections: tuple[CorrectionRow, ...]


async def reveal(
    pool: Pool, principal: Principal, claim_id: str, attachment_id: str, reason: str
) -> Revealed:
    """What was read in an attachment, whole. Who asked, when and why is in the record before
    anything is shown; each time anew.

    Raises `MissingRight` for who does not review, `NotFound` for what is not there, out of reach
    or not read, `NotForYou` for one's own claim, `ReasonNeeded`, `Unavailable`.
    """
    require(principal, "reviews:decide")
    async with pool.database.writing() as transaction:
        claim = await find_claim(transaction, claim_id, principal.reach)
        if claim is None:
            raise NotFound(f"claim {claim_id[:80]!r}")
        if claim.belongs_to(principal.id):
            raise NotForYou.own()
        kept = await attachments_of(transaction, claim.id)
        if attachment_id not in {row.id for row in kept}:
            raise NotFound(f"attachment {attachment_id[:80]!r}")
        why = reason_of(reason, needed_for="showing personal data whole")
        decision = await find_decision(transaction, claim.id)
        rows = [
            row
            for row in await readings_of(transaction, claim.id)
            if row.attachment_id == attachment_id
        ]
        chosen = [row for row in rows if decision is not None and row.reader == decision.reader]
        if not rows:
            raise NotFound("reading of that attachment", remedy="wait until it was read")
        files = files_of((chosen or rows)[-1].files)
        every = await correction_rows.of_claim(transaction, claim.id)
        mine = tuple(row for row in every if row.attachment_id == attachment_id)
        whole = corrected({attachment_id: files}, mine)[attachment_id]
        detail = {
            "attachment": attachment_id,
            "reason": why,
            "fields": sorted(_personal(files) | _personal(whole)),
        }
        entry = Entry(ACTION, principal.id, claim.id, pool.clock(), detail)
        await pool.record(transaction, [entry])
    return Revealed(attachment_id, whole, mine)


def _personal(files: Sequence[FileReading]) -> set[str]:
    """The names of the fields that are else shown in part."""
    return {
        name
        for file in files
        for reading in file.readings
        for name in masked_fields(reading.kind, reading.fields)
    }
