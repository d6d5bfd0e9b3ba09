"""Claims as people and programs meet them: handed in, found, followed, answered, withdrawn.

Nothing here knows how a claim is worked on: `submit` writes a row that says `received`, and the
workers find it. What is acknowledged lies on the disk; what fails is a typed error and left
nothing but, at most, bytes that nobody refers to.

Who may see a claim stands in each query. What is out of reach is not found (404); what is in
reach but another's (a reviewer who would withdraw a claim) is refused (403).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from yuepi.access.principal import MissingRight, Principal, require
from yuepi.approvals.blind import may_review, shown_to
from yuepi.approvals.claim_changes import (
    EMPTY_ANSWER,
    NotYours,
    attachment_values,
    changed,
    fresh,
    new_claim,
    with_answer,
)
from yuepi.approvals.claim_events import ClaimEvent, Trail, public_events
from yuepi.approvals.claim_notices import answered, withdrawn
from yuepi.approvals.claim_parts import LettingGo, Papers, SubmitterOf
from yuepi.approvals.claim_rows import AttachmentRow, ClaimRow, ClaimStatus, NotFound, Page
from yuepi.approvals.life import Event, moved
from yuepi.approvals.notices import tell
from yuepi.approvals.review_pool import open_review, review_due, void_reviews
from yuepi.approvals.review_rows import NotForYou, ReviewTerms, reason_of
from yuepi.approvals.said import said_detail, said_text
from yuepi.approvals.store import attachments as attachment_rows
from yuepi.approvals.store import claims as claim_rows
from yuepi.approvals.store import decisions as decision_rows
from yuepi.approvals.store.claim_pages import page_of_claims
from yuepi.approvals.submission import (
    ClaimLimits,
    File,
    Submission,
    accepted,
    accepted_files,
    note_problems,
    plain_text,
    refuse_if,
)
from yuepi.approvals.uploads import UploadShelf, taken_uploads
from yuepi.documents.accept import Original
from yuepi.kit.blobs import Blobs
from yuepi.kit.clock import business_day
from yuepi.kit.cursors import moment_in, read_cursor, write_cursor
from yuepi.kit.database import Database, Transaction
from yuepi.kit.idempotency import Idempotency, checked_key
from yuepi.kit.record import Entry, Recorder

ROWS_MAX: Final = 200
EVENTS_MAX: Final = 500


class Claims:
    """The claims of one database. All verbs raise `Unavailable` where it fails.

    submitter_of: without it, programs cannot hand in for people. trail: the audit record, for
    `events`.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        record: Recorder,
        clock: Callable[[], datetime],
        limits: ClaimLimits,
        *,
        history: LettingGo,
        terms: ReviewTerms,
        trail: Trail | None = None,
        submitter_of: SubmitterOf | None = None,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._record = record
        self._clock = clock
        self._limits = limits
        self._history = history
        self._terms = terms
        self._trail = trail
        self._submitter_of = submitter_of
        self._keys = Idempotency(database)
        self.uploads: Final = UploadShelf(database, blobs, clock, limits)

    # --- handing in ------------------------------------------------------------------------------

    async def submit(
        self, principal: Principal, submission: Submission, key: str | None = None
    ) -> tuple[ClaimRow, bool]:
        """The claim, and whether it is new. With a key, the same request again gives the same.

        Raises `BadClaim` (422) naming every file or field that is wrong, `IdempotencyMismatch`
        (409) for a key that was used for another content, `MissingRight`, `DiskFull`,
        `Unavailable`: then nothing was taken in, and the request may be repeated.
        """
        require(principal, "claims:submit")
        key = checked_key(key)
        submitter, department = await self._whose(principal, submission)
        asked = await asyncio.to_thread(lambda: submission.fingerprint) if key else ""
        if key is not None:
            async with self._database.reading() as transaction:
                known = await self._keys.known(transaction, principal.id, key, asked)
                if known is not None:
                    return await self._told(transaction, known), False
        now = self._clock()
        today = business_day(now)
        whole = await self.uploads.brought(principal, submission)
        originals = await asyncio.to_thread(
            accepted, whole, self._limits, today, any_day="service" in principal.roles
        )
        await self._keep(originals)
        values = new_claim(submission, submitter, department, principal.id, now)
        rows = attachment_values(values["id"], originals, 1, 0)
        taken = taken_uploads(submission, rows)
        values["said"] = said_text(
            submission.said, {each: row["id"] for each, row in taken.items()}
        )
        return await self._write(principal, values, rows, taken, key, asked)

    async def _write(
        self,
        principal: Principal,
        values: dict[str, Any],
        rows: Sequence[Mapping[str, Any]],
        taken: Mapping[str, Mapping[str, Any]],
        key: str | None,
        asked: str,
    ) -> tuple[ClaimRow, bool]:
        """Everything of a new claim in one transaction, or the claim that was there first."""
        claim_id = values["id"]
        async with self._database.writing() as transaction:
            if key is not None:
                result = json.dumps({"claim": claim_id})
                known = await self._keys.first(
                    transaction, principal.id, key, asked, result, values["created_at"]
                )
                if known is not None:
                    return await self._told(transaction, known), False
            await claim_rows.add_claim(transaction, values)
            await attachment_rows.add_attachments(transaction, rows)
            at = values["created_at"]
            read = await self.uploads.consume(transaction, principal, taken, at)
            detail = {
                "submitter": values["submitter_id"],
                "category": values["category"],
                "files": [row["sha256"] for row in rows],
                **({"said": said_detail(values["said"])} if values["said"] else {}),
            }
            entry = Entry("claim.submitted", principal.id, claim_id, at, detail)
            await self._record(transaction, [entry, *read])
        return ClaimRow(**values), True

    async def _whose(self, principal: Principal, submission: Submission) -> tuple[str, str]:
        """(submitter, department) of a submission."""
        wanted = submission.for_user
        if wanted is None or wanted == principal.id:
            return principal.id, principal.department
        if "service" not in principal.roles or self._submitter_of is None:
            raise MissingRight(
                "only a program's account hands in claims for others",
                remedy="leave for_user out, or use the key of an account with the role service",
            )
        found = await self._submitter_of(wanted)
        if found is None:
            raise NotFound(f"user {wanted[:80]!r}", remedy="name a user who may hand in claims")
        return found

    async def _told(self, transaction: Transaction, result: str) -> ClaimRow:
        claim = await claim_rows.find_claim(transaction, json.loads(result)["claim"])
        if claim is None:
            raise NotFound("claim of that key")
        return claim

    async def _keep(self, originals: Sequence[Original]) -> None:
        """The bytes, before any row names them."""
        for data in {original.sha256: original.data for original in originals}.values():
            await self._blobs.put(data)

    # --- finding ---------------------------------------------------------------------------------

    async def find(self, principal: Principal, claim_id: str) -> ClaimRow:
        """The claim; raises `NotFound` where it is not there or out of reach."""
        require(principal, "claims:read")
        async with self._database.reading() as transaction:
            claim = await _found(transaction, claim_id, principal)
            return (await shown_to(transaction, principal, [claim]))[0]

    async def papers(self, principal: Principal, claim_id: str) -> Papers:
        """The claim with its files, readings and decision; raises `NotFound`.

        While a person's answer is waited for, whoever might give it is not given the decision.
        """
        require(principal, "claims:read")
        async with self._database.reading() as transaction:
            claim = await _found(transaction, claim_id, principal)
            (shown,) = await shown_to(transaction, principal, [claim])
            decision = await decision_rows.find_decision(transaction, claim_id)
            return Papers(
                claim=shown,
                attachments=await attachment_rows.attachments_of(transaction, claim_id),
                readings=tuple(await attachment_rows.readings_of(transaction, claim_id)),
                decision=decision if shown is claim else None,
            )

    async def page(
        self,
        principal: Principal,
        *,
        status: ClaimStatus | None = None,
        category: str | None = None,
        mine: bool = False,
        cursor: str | None = None,
        rows_max: int = 50,
    ) -> Page[ClaimRow]:
        """Claims within reach, the newest first; `ROWS_MAX` at most. mine: only what one handed in,
        for oneself or for others. status: as one is shown it.

        Raises `BadUsage` for a cursor that was not given by this list.
        """
        require(principal, "claims:read")
        after = None
        if cursor is not None:
            at, last_id = read_cursor(cursor, str, str)
            after = (moment_in(at), str(last_id))
        size = max(1, min(rows_max, ROWS_MAX))
        async with self._database.reading() as transaction:
            rows = await page_of_claims(
                transaction,
                principal.reach,
                blind=may_review(principal),
                status=status,
                category=category,
                mine=mine,
                after=after,
                rows_max=size + 1,
            )
            shown = await shown_to(transaction, principal, rows[:size])
        last = rows[size - 1] if len(rows) > size else None
        after_it = None if last is None else write_cursor(last.created_at.isoformat(), last.id)
        return Page(tuple(shown), after_it)

    async def file(
        self, principal: Principal, claim_id: str, attachment_id: str
    ) -> tuple[AttachmentRow, bytes]:
        """An original, byte for byte as it was handed in; raises `NotFound`, `Unavailable`."""
        require(principal, "claims:read")
        async with self._database.reading() as transaction:
            row = await attachment_rows.find_attachment(
                transaction, claim_id, attachment_id, principal.reach
            )
        if row is None:
            raise NotFound(f"file {attachment_id[:80]!r} in this claim")
        return row, await self._blobs.get(row.sha256)

    async def events(
        self, principal: Principal, claim_id: str, *, after: int = 0, rows_max: int = EVENTS_MAX
    ) -> list[ClaimEvent]:
        """What happened to the claim, in order, beginning after that `seq`; raises `NotFound`."""
        require(principal, "claims:read")
        async with self._database.reading() as transaction:
            claim = await _found(transaction, claim_id, principal)
            (shown,) = await shown_to(transaction, principal, [claim])
        if self._trail is None:
            return []
        size = max(1, min(rows_max, EVENTS_MAX))
        entries = await self._trail.entries(subject=claim_id, after=after, rows_max=size)
        return public_events(entries, claim, blind=shown is not claim)

    # --- the submitter's part --------------------------------------------------------------------

    async def cancel(self, principal: Principal, claim_id: str, version: int) -> ClaimRow:
        """Withdraw a claim that is not decided yet; its invoices are then free, unless the machine
        had approved it: they may be paid. Raises `NotFound`, `NotYours`, `Stale`, `WrongState`.
        """
        require(principal, "claims:submit")
        now = self._clock()
        async with self._database.writing() as transaction:
            claim = await self._own(transaction, principal, claim_id, version)
            after = await changed(transaction, claim, "cancel", now, question=None)
            told = await withdrawn(transaction, after)
            await void_reviews(transaction, claim_id, now)
            await tell(transaction, told, clock=self._clock)
            if not await decision_rows.ever_approved(transaction, claim_id):
                await self._history.let_go(transaction, claim_id)
            entry = Entry("claim.cancelled", principal.id, claim_id, now, {"from": claim.status})
            await self._record(transaction, [entry])
        return after

    async def answer(
        self,
        principal: Principal,
        claim_id: str,
        version: int,
        text: str,
        files: Sequence[File] = (),
    ) -> ClaimRow:
        """Answer the question, with files if need be; the machine then reads the claim again.

        The question and the answer are added to the note. Raises `BadClaim` for files that cannot
        be read or an answer without content, `NotFound`, `NotYours`, `Stale`, `WrongState`.
        """
        require(principal, "claims:submit")
        text = plain_text(text)
        now = self._clock()
        async with self._database.reading() as transaction:
            claim = await self._own(transaction, principal, claim_id, version, lock=False)
            there = await attachment_rows.count_attachments(transaction, claim_id)
        moved("answer", claim.status, claim.origin)
        originals, problems = await asyncio.to_thread(accepted_files, files, self._limits, there)
        problems += note_problems(text, self._limits)
        if not text and not files:
            problems.append(EMPTY_ANSWER)
        refuse_if(problems)
        await self._keep(originals)
        async with self._database.writing() as transaction:
            claim = await self._own(transaction, principal, claim_id, version)
            count, _ = await attachment_rows.count_attachments(transaction, claim_id)
            after = await changed(
                transaction, claim, "answer", now, note=with_answer(claim, text), question=None
            )
            rows = attachment_values(claim_id, originals, after.round, count)
            await attachment_rows.add_attachments(transaction, rows)
            await tell(transaction, await answered(transaction, after), clock=self._clock)
            detail = {"round": after.round, "files": [original.sha256 for original in originals]}
            entry = Entry("claim.answered", principal.id, claim_id, now, detail)
            await self._record(transaction, [entry])
        return after

    # --- out of quarantine -----------------------------------------------------------------------

    async def release(
        self, principal: Principal, claim_id: str, version: int, *, to_person: bool, reason: str
    ) -> ClaimRow:
        """Let a claim out of quarantine: to a person, or once more to the machine.

        Raises `NotFound`, `MissingRight`, `NotForYou` for one's own, `ReasonNeeded`, `Stale`,
        `WrongState`.
        """
        require(principal, "claims:release")
        reason = reason_of(reason, needed_for="releasing a claim")
        now = self._clock()
        async with self._database.writing() as transaction:
            claim = await _found(transaction, claim_id, principal, lock=True)
            if claim.belongs_to(principal.id):
                raise NotForYou.own()
            # What is kept from them is kept from them here, too.
            (shown,) = await shown_to(transaction, principal, [claim])
            fresh(shown, version)
            event: Event = "hand_over" if to_person else "try_again"
            moved(event, shown.status, shown.origin)
            after = await changed(transaction, claim, event, now, question=None)
            if to_person:
                due = review_due(self._terms, "decide", now)
                await open_review(transaction, after, "decide", due_at=due)
            detail = {"to": "person" if to_person else "machine", "reason": reason}
            await self._record(
                transaction, [Entry("claim.released", principal.id, claim_id, now, detail)]
            )
        return after

    async def _own(
        self,
        transaction: Transaction,
        principal: Principal,
        claim_id: str,
        version: int,
        *,
        lock: bool = True,
    ) -> ClaimRow:
        """The submitter's own claim, at the version they know."""
        claim = await _found(transaction, claim_id, principal, lock=lock)
        if claim.submitter_id != principal.id:
            raise NotYours
        fresh(claim, version)
        return claim


async def _found(
    transaction: Transaction, claim_id: str, principal: Principal, *, lock: bool = False
) -> ClaimRow:
    claim = await claim_rows.find_claim(transaction, claim_id, principal.reach, lock=lock)
    if claim is None:
        raise NotFound(f"claim {claim_id[:80]!r}")
    return claim
