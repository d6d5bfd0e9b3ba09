"""What is done with a review before it is answered: looked at, advised on, corrected."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from pydantic import TypeAdapter

from yuepi.access.principal import Principal
from yuepi.approvals.blind import blinded, shown_to
from yuepi.approvals.claim_rows import ClaimRow, NotFound, Stale
from yuepi.approvals.correction_effects import changes, claimed, corrected_total, hashes
from yuepi.approvals.corrections import (
    BadCorrection,
    Checked,
    Correction,
    CorrectionRow,
    checked,
    corrected,
)
from yuepi.approvals.history import ReadAttachment
from yuepi.approvals.pages import shown_pages
from yuepi.approvals.personal import shown_corrections
from yuepi.approvals.review_pool import Pool, difference, held, seen
from yuepi.approvals.review_rows import LeaseLost, ReviewRow
from yuepi.approvals.review_views import Advice, Corrected, ReviewView, earlier, queued
from yuepi.approvals.store import corrections as correction_rows
from yuepi.approvals.store import reviews as rows
from yuepi.approvals.store.attachments import ReadingRow, attachments_of, readings_of
from yuepi.approvals.store.claims import change_claim
from yuepi.approvals.store.decisions import DecisionRow, find_decision
from yuepi.documents.reading import FileReading
from yuepi.kit.database import Transaction
from yuepi.kit.money import money_text
from yuepi.kit.record import Entry
from yuepi.kit.steady import steady_now

CORRECTED_MAX: Final = 2_000
"""So many corrections one claim may have."""

_FILES: Final = TypeAdapter(tuple[FileReading, ...])


async def view(pool: Pool, principal: Principal, review_id: str) -> ReviewView:
    """One review with its claim, as whoever works on it sees it.

    Raises `MissingRight`, `NotFound`, `NotForYou` for their own claim.
    """
    async with pool.database.reading() as transaction:
        claim, review = await seen(transaction, principal, review_id, acting=False)
        now_s = await steady_now(transaction)
        shown = blinded(claim)
        if review.status != "open":
            (shown,) = await shown_to(transaction, principal, [claim])
        attachments = await attachments_of(transaction, claim.id)
        read, decision = await _read(transaction, claim.id)
        corrections = await correction_rows.of_claim(transaction, claim.id)
        others = [
            each for each in await rows.of_claim(transaction, claim.id) if each.id != review.id
        ]
    files = await asyncio.to_thread(_files, read, corrections)
    return ReviewView(
        queued=queued(review, pool.clock(), now_s),
        claim=shown,
        may_decide=review.status == "open" and principal.id not in (review.not_by, review.first_by),
        attachments=attachments,
        files=files,
        corrections=tuple(corrections),
        facts=None if decision is None else json.loads(decision.facts),
        earlier=tuple(said for each in others if (said := earlier(each)) is not None),
        answer=earlier(review),
        pages=shown_pages(read),
    )


async def advice(pool: Pool, principal: Principal, review_id: str) -> Advice:
    """What the machine made of the claim. Whoever asks holds the review, and it is noted.

    Raises what `seen` does; `LeaseLost`; `NotFound` where the machine came to no decision.
    """
    async with pool.database.writing() as transaction:
        claim, review = await seen(transaction, principal, review_id, lock=True)
        if not review.held_by(principal.id, await steady_now(transaction)):
            raise LeaseLost(review.id)
        decision = await find_decision(transaction, claim.id)
        if decision is None:
            raise NotFound("decision of the machine", remedy="decide on what the papers show")
        now = pool.clock()
        if review.advised_at is None and await rows.change(transaction, review, advised_at=now):
            entry = Entry("review.advised", principal.id, claim.id, now, {"review": review.id})
            await pool.record(transaction, [entry])
    told = json.loads(decision.decision)
    return Advice(decision.outcome, claim.refer_to, decision.stage, decision.policy, told)


async def correct(
    pool: Pool,
    principal: Principal,
    review_id: str,
    corrections: Sequence[Correction],
    version: int,
) -> Corrected:
    """Keep what the papers really show; what is paid follows, and history knows of it.

    The corrections are checked outside of the writing transaction; the claim's version, under
    which nothing of it changes, binds the two. Raises `BadCorrection`, and what `held` does.
    """
    async with pool.database.reading() as transaction:
        claim, _ = await held(transaction, principal, review_id, version, lock=False)
        read, _ = await _read(transaction, claim.id)
        before = await correction_rows.of_claim(transaction, claim.id)
        whole = len(read) == len(await attachments_of(transaction, claim.id))
    if len(before) + len(corrections) > CORRECTED_MAX:
        raise BadCorrection(
            0,
            f"the claim has {len(before)} corrections already",
            remedy="decide on the claim, or ask the submitter for better files",
            code="too_many_corrections",
        )
    files = await asyncio.to_thread(_as_read, read)
    standing = await asyncio.to_thread(corrected, files, before)
    found = await asyncio.to_thread(checked, standing, corrections)
    now = pool.clock()
    # The later of two corrections counts, whatever the clock does.
    at = max(now, before[-1].at + timedelta(microseconds=1)) if before else now
    kept = [_kept(each, claim.id, review_id, principal.id, at) for each in found]
    every = [*before, *kept]
    shown = _shown(read, await asyncio.to_thread(claimed, files, every))
    values: dict[str, Any] = {"updated_at": now}
    if any(changes(row) for row in every):
        # What was not read at all may be about any amount.
        total = await asyncio.to_thread(corrected_total, files, every, claim) if whole else None
        values["total"] = total
    async with pool.database.writing() as transaction:
        claim, review = await held(transaction, principal, review_id, version)
        after = await change_claim(
            transaction, claim.id, values, version=version, status=claim.status
        )
        if after is None:
            raise Stale("the claim", difference(claim, review))
        await correction_rows.add(transaction, kept)
        # Whoever approved first did not see this: another must approve what is to be approved now.
        new = review.first_by is not None and any(not row.confirmed for row in kept)
        if new and not await rows.change(transaction, review, first_by=None, reason=""):
            raise LeaseLost(review.id)
        await pool.history.register(after, claim.submitter_id, shown, transaction=transaction)
        others = await pool.history.held(transaction, claim.id, despite=True)
        others_held = tuple(sorted({past.claim or "" for past in others}))
        told = Corrected(blinded(after), shown_corrections(files, kept, every), others_held)
        detail = _corrected_detail(review, claim, told, kept, first_by_void=new)
        await pool.record(
            transaction, [Entry("review.corrected", principal.id, claim.id, now, detail)]
        )
    return told


def _corrected_detail(
    review: ReviewRow,
    claim: ClaimRow,
    told: Corrected,
    kept: Sequence[CorrectionRow],
    *,
    first_by_void: bool,
) -> dict[str, Any]:
    """What the record holds of corrections: no values, but their hashes."""
    after = told.claim
    return {
        "review": review.id,
        "fields": sorted({row.field for row in kept if not row.confirmed}),
        "confirmed": sorted({row.field for row in kept if row.confirmed}),
        "corrections": [row.id for row in kept],
        "values": [hashes(row) for row in kept],
        "total": {"from": _money(claim.total), "to": _money(after.total)},
        "held": list(told.held),
        "first_by_void": review.first_by if first_by_void else None,
        "version": after.version,
    }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else money_text(amount)


def _kept(found: Checked, claim_id: str, review_id: str, by: str, at: datetime) -> CorrectionRow:
    given = found.correction
    return CorrectionRow(
        id=f"cor_{secrets.token_hex(10)}",
        claim_id=claim_id,
        review_id=review_id,
        attachment_id=given.attachment,
        file_at=given.file_at,
        reading_at=given.reading_at,
        field=given.field,
        was=found.was,
        value=found.value,
        confirmed=given.confirmed,
        by=by,
        at=at,
    )


async def register_read(pool: Pool, transaction: Transaction, claim: ClaimRow) -> None:
    """Let history know what was read on a claim, corrections in it, where settling did not."""
    read, _ = await _read(transaction, claim.id)
    files = claimed(_as_read(read), await correction_rows.of_claim(transaction, claim.id))
    await pool.history.register(
        claim, claim.submitter_id, _shown(read, files), transaction=transaction
    )


def _shown(
    read: Sequence[ReadingRow], files: Mapping[str, tuple[FileReading, ...]]
) -> list[ReadAttachment]:
    return [
        ReadAttachment(row.attachment_id, files[row.attachment_id], json.loads(row.pictures))
        for row in read
    ]


async def _read(
    transaction: Transaction, claim_id: str
) -> tuple[list[ReadingRow], DecisionRow | None]:
    """What was read of each attachment, as the latest decision used it; and that decision."""
    decision = await find_decision(transaction, claim_id)
    chosen: dict[str, ReadingRow] = {}
    for row in await readings_of(transaction, claim_id):
        if row.attachment_id not in chosen or decision is None or row.reader == decision.reader:
            chosen[row.attachment_id] = row
    return list(chosen.values()), decision


def _as_read(read: Sequence[ReadingRow]) -> dict[str, tuple[FileReading, ...]]:
    return {row.attachment_id: _FILES.validate_json(row.files) for row in read}


def _files(
    read: Sequence[ReadingRow], corrections: Sequence[CorrectionRow]
) -> dict[str, tuple[FileReading, ...]]:
    return corrected(_as_read(read), corrections)
