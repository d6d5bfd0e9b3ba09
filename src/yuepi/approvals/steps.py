"""What the machine does with a claim, step by step: begin, read each original, settle.

A workflow calls these in order and may call each of them any number of times, at any time, from
any process, even one that was taken for dead long ago. That harms nothing, because each step's
effect and its checkpoint are one transaction of our own tables: the attempt (`claims.attempts`),
the reading (primary key: attachment and reader), the decision (primary key: claim and round, and
the claim must still be `received` in that round). What is stored counts, and is what is returned.

Call `begin` in every attempt and never from a memory of an earlier one: it is what counts them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from yuepi.approvals.claim import Company
from yuepi.approvals.claim_changes import changed
from yuepi.approvals.claim_rows import MACHINE, AttachmentRow, ClaimRow, WrongState
from yuepi.approvals.correction_effects import claimed, corrected_total
from yuepi.approvals.corrections import CorrectionRow
from yuepi.approvals.history import History, ReadAttachment, papers_of
from yuepi.approvals.judge import DRAWS, Given, Judged, digest, judge
from yuepi.approvals.notices import Notice, tell
from yuepi.approvals.policy import Policy
from yuepi.approvals.policy_shelf import FixedPolicy, Policies
from yuepi.approvals.review_pool import open_review, review_due
from yuepi.approvals.review_rows import Purpose, ReviewTerms
from yuepi.approvals.said import said_of
from yuepi.approvals.settlement import decision_entry, decision_row, outcome, reading_entry
from yuepi.approvals.stages import Ruled, StageKey, keys_of
from yuepi.approvals.store import attachments as attachment_rows
from yuepi.approvals.store import claims as claim_rows
from yuepi.approvals.store import corrections as correction_rows
from yuepi.approvals.store import reviews as review_rows
from yuepi.approvals.store.attachments import ReadingTable
from yuepi.approvals.store.decisions import Applied, DecisionTable, find_decision
from yuepi.documents.kept_reading import KeptReading, Reader, files_of, read_kept, renamed
from yuepi.documents.reading import FileReading
from yuepi.kit.blobs import Blobs
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import YuepiError
from yuepi.kit.record import Entry, Recorder

LOG = logging.getLogger(__name__)

ERROR_CHARACTERS_MAX: Final = 500
PAPERS_AT_ONCE_MAX: Final = 20
"""A claim with more papers is judged in a thread: it would hold up everybody else here."""
NEVER_ENDED: Final = "every attempt ended with the process that made it"


class Rules(Protocol):
    """The stages, as far as they are asked here."""

    async def rule_for(
        self, keys: Sequence[StageKey], *, transaction: Transaction | None = None
    ) -> Ruled:
        """The rule that a claim with papers of these keys stands under."""


@dataclass(frozen=True, slots=True)
class StepTerms:
    """By what the machine works. attempts_max: how often one round is tried before the claim is
    set aside. company: whom invoices must name; None: nobody is known, and a person decides."""

    policy: Policy
    company: Company | None
    attempts_max: int = 5


@dataclass(frozen=True, slots=True)
class Begun:
    """A round that was begun: the files that this reader has not read."""

    claim: ClaimRow
    attachments: tuple[AttachmentRow, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """The decision of a round as it is stored, whoever made it."""

    claim_id: str
    round: int
    outcome: str
    applied: Applied


@dataclass(frozen=True, slots=True)
class _Read:
    """A claim, what was read on it (texts as they are stored, and the files in them), and the
    rule that it stands under. reviewed: whether a person had it in hand in an earlier round.
    corrections: what they corrected then."""

    claim: ClaimRow
    ruled: Ruled
    texts: dict[str, str]
    attachments: tuple[ReadAttachment, ...]
    reviewed: bool
    corrections: list[CorrectionRow]

    @property
    def shown(self) -> tuple[ReadAttachment, ...]:
        """What the claim shows, people's corrections in it and what they were made to."""
        if not self.corrections:
            return self.attachments
        files = claimed(self.files, self.corrections)
        return tuple(replace(each, files=files[each.attachment_id]) for each in self.attachments)

    @property
    def files(self) -> dict[str, Sequence[FileReading]]:
        """The files as they were read, by attachment."""
        return {each.attachment_id: each.files for each in self.attachments}


class Steps:
    """The machine's part in claims. All verbs raise `Unavailable` where a part of ours is away.

    draw: a whole number below `judge.DRAWS`, by chance, for each decision. policies: asked once
    for each decision; None: the policy of the terms.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        record: Recorder,
        clock: Callable[[], datetime],
        *,
        reader: Reader,
        history: History,
        rules: Rules,
        terms: StepTerms,
        review_terms: ReviewTerms,
        policies: Policies | None = None,
        draw: Callable[[], int] = lambda: secrets.randbelow(DRAWS),
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._record = record
        self._clock = clock
        self._reader = reader
        self._history = history
        self._rules = rules
        self._terms = terms
        self._policies: Policies = policies or FixedPolicy(terms.policy)
        self._review_terms = review_terms
        self._draw = draw
        self._readings = ReadingTable(database)
        self._decisions = DecisionTable(database)

    # --- beginning -------------------------------------------------------------------------------

    async def begin(self, claim_id: str, in_round: int) -> Begun | None:
        """Count an attempt, and say what is left to read.

        None where the machine has no part in the claim: it was decided, withdrawn, went on to
        another round, or was set aside just now because it was tried too often.
        """
        async with self._database.writing() as transaction:
            claim = await claim_rows.count_attempt(transaction, claim_id, in_round)
            if claim is None:
                return None
            if claim.attempts > self._terms.attempts_max:
                await self._set_aside(transaction, claim, claim.question or NEVER_ENDED)
                return None
            left = await attachment_rows.unread(transaction, claim_id, self._reader.version)
        return Begun(claim, left)

    async def fail(self, claim_id: str, in_round: int, error: Exception) -> bool:
        """Keep what went wrong; whether the claim will be tried again.

        It is handed over again, or set aside after the last attempt. False, and nothing changed,
        where the machine has no part in it any more.
        """
        async with self._database.writing() as transaction:
            claim = await claim_rows.note_failure(transaction, claim_id, in_round, _said(error))
            if claim is None:
                return False
            if claim.attempts < self._terms.attempts_max:
                return True
            await self._set_aside(transaction, claim, _said(error))
        return False

    async def _set_aside(self, transaction: Transaction, claim: ClaimRow, error: str) -> None:
        now = self._clock()
        await changed(transaction, claim, "quarantine", now, question=error)
        about = Notice(
            "claim.quarantined",
            claim.id,
            claim.round,
            role="supervisor",
            department_id=claim.department_id,
        )
        await tell(transaction, [about], clock=self._clock)
        detail = {"round": claim.round, "attempts": claim.attempts, "error": error}
        await self._record(
            transaction, [Entry("claim.quarantined", MACHINE, claim.id, now, detail)]
        )
        LOG.error("claim %s was set aside after %d attempts: %s", claim.id, claim.attempts, error)

    # --- reading ---------------------------------------------------------------------------------

    async def read(self, attachment: AttachmentRow) -> bool:
        """Read one original and keep what was read; the first reading of a reader stays.

        False, and nothing read, where the machine has no part in the claim any more. A
        fault of the file is its reading; any other error is raised, for another attempt.
        """
        version = self._reader.version
        async with self._database.reading() as transaction:
            still, same = await attachment_rows.to_be_read(transaction, attachment, version)
        if not still:
            return False
        began = time.monotonic()
        if same is None:
            kept = await read_kept(self._reader, self._blobs, attachment.name, attachment.sha256)
        else:
            kept = KeptReading(renamed(same[0], attachment.name), same[1], same[2])
        took_ms = round((time.monotonic() - began) * 1000)
        now = self._clock()
        row = {
            "attachment_id": attachment.id,
            "reader": version,
            "files": kept.files,
            "pictures": kept.pictures,
            "pages": kept.pages,
            "took_ms": took_ms,
            "created_at": now,
        }
        async with self._database.writing() as transaction:
            if not await self._readings.add(transaction, [row]):
                return True
            entry = reading_entry(attachment, row, now, again=same is not None)
            await self._record(transaction, [entry])
        return True

    # --- settling --------------------------------------------------------------------------------

    async def settle(self, claim_id: str, in_round: int, *, executor: str) -> Settled | None:
        """Decide, once: the stored decision of the round, made now or before, by whomever.

        None where there is none and will be none: the claim was withdrawn or went on meanwhile.
        Raises `WrongState` where a file was not read; another attempt reads it.
        """
        # Committed before anybody looks back: of two claims with one invoice, one is first.
        async with self._database.writing() as transaction:
            read = await self._gathered(transaction, claim_id, in_round)
            if isinstance(read, _Read):
                claim = read.claim
                await self._history.register(
                    claim, claim.submitter_id, read.shown, transaction=transaction, locked=True
                )
        if not isinstance(read, _Read):
            return read
        given, policy = await self._given(read)
        if sum(len(file.readings) for file in given.files) > PAPERS_AT_ONCE_MAX:
            judged = await asyncio.to_thread(judge, given, policy)
        else:
            judged = judge(given, policy)
        await self._keep_policy(policy)
        return await self._write(read, given, judged, executor)

    async def _gathered(
        self, transaction: Transaction, claim_id: str, in_round: int
    ) -> _Read | Settled | None:
        """What was read on a claim that waits to be settled, or what it was settled to."""
        version = self._reader.version
        found = await attachment_rows.read_by(transaction, claim_id, in_round, version)
        if found is None:
            return await _stored(transaction, claim_id, in_round)
        claim, rows = found
        read = {each[0]: _read_attachment(*each) for each in rows}
        files = [file for each in read.values() for file in each.files]
        keys = keys_of(files, claim.category)
        ruled = await self._rules.rule_for(keys, transaction=transaction)
        again = claim.round > 1
        reviews = await review_rows.of_claim(transaction, claim_id) if again else []
        corrections = await correction_rows.of_claim(transaction, claim_id) if again else []
        texts = {attachment_id: text or "" for attachment_id, text, _ in rows}
        return _Read(claim, ruled, texts, tuple(read.values()), bool(reviews), corrections)

    async def _given(self, read: _Read) -> tuple[Given, Policy]:
        """What the decision rests on, and the policy in force now."""
        claim = read.claim
        readings = {each.attachment_id: tuple(each.files) for each in read.attachments}
        files = [file for files in readings.values() for file in files]
        photographed = any(picture for each in read.attachments for picture in each.pictures)
        papers = papers_of(files)
        async with self._database.reading() as looking:
            policy = await self._policies.current(transaction=looking)
            past, turned_down = await self._history.look(claim.id, papers, transaction=looking)
            similar = (
                await self._history.similar(claim.id, transaction=looking) if photographed else []
            )
        given = Given(
            readings=readings,
            company=self._terms.company,
            history=past,
            on=claim.on,
            category=claim.category,
            employee=claim.submitter_id,
            ruled=read.ruled,
            similar=len(similar),
            asked=read.reviewed,
            turned_down=turned_down,
            draw=self._draw(),
            said=said_of(claim.said),
        )
        return given, policy

    async def _keep_policy(self, policy: Policy) -> None:
        """Keep the policy's text where a replay finds it: its version is its hash. Before each
        decision: what no decision names yet does not stay for ever."""
        if not await self._blobs.keep([policy.version.removeprefix("sha256:")]):
            await self._blobs.put(policy.canonical.encode("utf-8", "surrogatepass"))

    async def _write(
        self, read: _Read, given: Given, judged: Judged, executor: str
    ) -> Settled | None:
        """The decision and all that follows from it, in one transaction, or nothing."""
        claim, now = read.claim, self._clock()
        policy = judged.decision.policy
        inputs = given.written(policy, {name: digest(text) for name, text in read.texts.items()})
        row = decision_row(claim, judged, inputs, policy, self._reader.version, executor, now)
        values = outcome(claim, judged, now)
        if read.corrections:
            # What people corrected in an earlier round is what is paid.
            values["total"] = corrected_total(read.files, read.corrections, claim)
        async with self._database.writing() as transaction:
            after = await claim_rows.decide_claim(transaction, claim.id, claim.round, values)
            if after is None:
                return await _stored(transaction, claim.id, claim.round)
            if not await self._decisions.add(transaction, row):
                raise WrongState(
                    f"round {claim.round} of {claim.id} was decided, and the claim not changed",
                    remedy="this is a fault of the database's contents; look at the audit record",
                )
            await self._hand_on(transaction, after, judged, now)
            await self._record(transaction, [decision_entry(after, judged, row, now)])
        return Settled(claim.id, claim.round, judged.decision.outcome, judged.applied)

    async def _hand_on(
        self, transaction: Transaction, claim: ClaimRow, judged: Judged, now: datetime
    ) -> None:
        """Whoever must act or know: a reviewer, a re-check, the submitter."""
        waiting = judged.applied == "waiting"
        notices = []
        if waiting or judged.sampled:
            purpose: Purpose = "decide" if waiting else "recheck"
            due = review_due(self._review_terms, purpose, now)
            await open_review(transaction, claim, purpose, due_at=due)
            # Reviewers are told of a re-check as of a referral, or they could tell the two apart.
            notices.append(
                Notice(
                    "claim.referred",
                    claim.id,
                    claim.round,
                    role="reviewer",
                    department_id=claim.department_id,
                )
            )
        if not waiting:
            notices.append(
                Notice("claim.approved", claim.id, claim.round, user_id=claim.submitter_id)
            )
        await tell(transaction, notices, clock=self._clock)


def _read_attachment(attachment_id: str, text: str | None, pictures: str | None) -> ReadAttachment:
    if text is None or pictures is None:
        raise WrongState(f"the file {attachment_id} was not read", remedy="begin the round again")
    return ReadAttachment(attachment_id, files_of(text), tuple(json.loads(pictures)))


async def _stored(transaction: Transaction, claim_id: str, in_round: int) -> Settled | None:
    found = await find_decision(transaction, claim_id, in_round)
    if found is None:
        return None
    return Settled(claim_id, in_round, found.outcome, found.applied)


def _said(error: Exception) -> str:
    """What went wrong, for whoever looks at the claim."""
    said = error.message if isinstance(error, YuepiError) else f"{type(error).__name__}: {error}"
    clean = "".join(c if c.isprintable() else " " for c in said)
    return clean[:ERROR_CHARACTERS_MAX]
