"""The review pool: what waits for people, who works on it, what they correct and decide.

The queue and a review's view tell the same of a referred claim and of a blind re-check: its files,
what was read on them and the facts, never what the machine made of it. Whoever wants to know asks
for its `advice`, which is noted: their answer is then no blind one.

A lease keeps two people from working on one review. It counts on the steady clock, so that no
clock's jump loses one, and is taken over only when it has run out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from yuepi.access.principal import Principal, require
from yuepi.approvals import appeals, deadlines, reveals, review_work, verdicts
from yuepi.approvals.claim_rows import ClaimRow, Page
from yuepi.approvals.corrections import Correction
from yuepi.approvals.history import History
from yuepi.approvals.reveals import Revealed
from yuepi.approvals.review_pool import (
    Learning,
    Pool,
    closed,
    seen,
)
from yuepi.approvals.review_rows import (
    HELD_MAX,
    QUEUE_ROWS_MAX,
    LeaseLost,
    Purpose,
    ReviewTerms,
    ShownPurpose,
    Taken,
    TooManyHeld,
    Verdict,
)
from yuepi.approvals.review_views import Advice, Corrected, Lease, Queued, ReviewView, queued
from yuepi.approvals.store import reviews as rows
from yuepi.approvals.store.reviews import Place, Sought
from yuepi.approvals.verdicts import Answered
from yuepi.kit.cursors import moment_in, read_cursor, write_cursor
from yuepi.kit.database import Database
from yuepi.kit.record import Entry, Recorder
from yuepi.kit.steady import steady_now

COUNTED_MAX: Final = 1_000
"""Open reviews are counted so far, per purpose."""

_PURPOSES: Final[dict[ShownPurpose | None, tuple[Purpose, ...]]] = {
    None: (),
    "decide": ("decide", "recheck"),
    "appeal": ("appeal",),
}


class Reviews:
    """The review pool of one database. All verbs raise `Unavailable` where it fails.

    record: the audit record. clock: this moment; leases do not depend on it. history: of invoices,
    for what is rejected or corrected. stages: where answers to the machine's approvals are kept.
    """

    def __init__(
        self,
        database: Database,
        record: Recorder,
        clock: Callable[[], datetime],
        terms: ReviewTerms,
        *,
        history: History,
        stages: Learning,
    ) -> None:
        self.pool: Final = Pool(database, record, clock, terms, history, stages)

    # --- the queue -------------------------------------------------------------------------------

    async def queue(
        self,
        principal: Principal,
        *,
        purpose: ShownPurpose | None = None,
        category: str | None = None,
        department: str | None = None,
        risk_min: int | None = None,
        mine: bool = False,
        after: str | None = None,
        rows_max: int = 50,
    ) -> Page[Queued]:
        """Open reviews that this person may work on, the riskiest first and then the oldest.

        department: only this one, if it is in reach. mine: only what they hold. after: the cursor
        of the page before. Raises `MissingRight`, `BadUsage` for a cursor that is none.
        """
        require(principal, "reviews:decide")
        place = None
        if after is not None:
            risk, at, last_id = read_cursor(after, int, str, str)
            place = Place(int(risk), moment_in(at), str(last_id))
        size = max(1, min(rows_max, QUEUE_ROWS_MAX))
        async with self.pool.database.reading() as transaction:
            now_s = await steady_now(transaction)
            sought = Sought(
                principal.id,
                _departments(principal, department),
                _PURPOSES[purpose],
                category,
                risk_min,
                mine,
                now_s,
            )
            found = await rows.page(transaction, sought, place, size + 1)
        now = self.pool.clock()
        shown = [queued(review, now, now_s) for review in found[:size]]
        if len(found) <= size:
            return Page(tuple(shown))
        last = found[size - 1]
        return Page(tuple(shown), write_cursor(last.risk, last.created_at.isoformat(), last.id))

    async def counts(
        self, principal: Principal, *, department: str | None = None
    ) -> dict[ShownPurpose, int]:
        """How many open reviews there are for this person, each counted up to `COUNTED_MAX`."""
        require(principal, "reviews:decide")
        departments = _departments(principal, department)
        counted: dict[ShownPurpose, int] = {}
        async with self.pool.database.reading() as transaction:
            for shown, purposes in _PURPOSES.items():
                if shown is not None:
                    sought = Sought(principal.id, departments, purposes)
                    counted[shown] = await rows.count(transaction, sought, COUNTED_MAX)
        return counted

    async def find(self, principal: Principal, review_id: str) -> ReviewView:
        """One review with its claim, as whoever works on it sees it.

        Raises `MissingRight`, `NotFound`, `NotForYou` for their own claim.
        """
        return await review_work.view(self.pool, principal, review_id)

    async def advice(self, principal: Principal, review_id: str) -> Advice:
        """What the machine made of the claim; for the holder, and noted.

        Raises as `take` does, `LeaseLost`, `NotFound` where the machine decided nothing.
        """
        return await review_work.advice(self.pool, principal, review_id)

    async def reveal(
        self, principal: Principal, claim_id: str, attachment_id: str, reason: str
    ) -> Revealed:
        """See `reveals.reveal`."""
        return await reveals.reveal(self.pool, principal, claim_id, attachment_id, reason)

    # --- leases ----------------------------------------------------------------------------------

    async def take(self, principal: Principal, review_id: str) -> Lease:
        """Hold a review: one that is free, whose lease has run out, or one's own, which is renewed.

        Raises `MissingRight`, `NotFound`, `NotForYou`, `WrongState` for a closed one, `Taken`,
        `TooManyHeld`.
        """
        async with self.pool.database.writing() as transaction:
            claim, review = await seen(transaction, principal, review_id)
            if review.status != "open":
                raise closed(review)
            now_s = await steady_now(transaction)
            renewed = review.held_by(principal.id, now_s)
            if not renewed:
                held = await rows.held_count(transaction, principal.id, now_s)
                if held >= HELD_MAX:
                    raise TooManyHeld
            until_s = now_s + self.pool.terms.lease_s
            if not await rows.lease(
                transaction, review_id, principal.id, now_s=now_s, until_s=until_s
            ):
                there = await rows.by_id(transaction, review_id) or review
                if there.status != "open":
                    raise closed(there)
                raise Taken(review_id, (there.held_until_s or now_s) - now_s)
            if not renewed:
                detail = {"review": review_id, "before": review.holder_id}
                entry = Entry("review.taken", principal.id, claim.id, self.pool.clock(), detail)
                await self.pool.record(transaction, [entry])
        return Lease(review_id, self.pool.terms.lease_s, claim.version)

    async def renew(self, principal: Principal, review_id: str) -> Lease:
        """Hold it for longer; raises `LeaseLost` where the lease has run out, even if nobody else
        took it: what was seen may be outdated. Else as `take`."""
        async with self.pool.database.writing() as transaction:
            claim, review = await seen(transaction, principal, review_id)
            if review.status != "open":
                raise closed(review)
            now_s = await steady_now(transaction)
            until_s = now_s + self.pool.terms.lease_s
            if not review.held_by(principal.id, now_s) or not await rows.lease(
                transaction, review_id, principal.id, now_s=now_s, until_s=until_s
            ):
                raise LeaseLost(review_id)
        return Lease(review_id, self.pool.terms.lease_s, claim.version)

    async def hand_back(self, principal: Principal, review_id: str) -> None:
        """Let go of a review; one that is not held is left as it is."""
        async with self.pool.database.writing() as transaction:
            _, review = await seen(transaction, principal, review_id)
            await rows.give_up(transaction, review.id, principal.id)

    # --- answers ---------------------------------------------------------------------------------

    async def correct(
        self,
        principal: Principal,
        review_id: str,
        corrections: Sequence[Correction],
        version: int,
    ) -> Corrected:
        """Keep what the papers really show; what is paid and which invoices are held follow.

        Raises `BadCorrection`, and what `decide` does for a review that is not held.
        """
        return await review_work.correct(self.pool, principal, review_id, corrections, version)

    async def decide(
        self,
        principal: Principal,
        review_id: str,
        verdict: Verdict,
        reason: str,
        version: int,
        *,
        despite_held: bool = False,
    ) -> Answered:
        """See `verdicts.decide`."""
        return await verdicts.decide(
            self.pool, principal, review_id, verdict, reason, version, despite_held=despite_held
        )

    async def ask(
        self, principal: Principal, review_id: str, question: str, version: int
    ) -> ClaimRow:
        """See `verdicts.ask`."""
        return await verdicts.ask(self.pool, principal, review_id, question, version)

    async def override(
        self,
        principal: Principal,
        claim_id: str,
        verdict: Verdict,
        reason: str,
        version: int,
        *,
        despite_held: bool = False,
    ) -> ClaimRow:
        """See `verdicts.override`."""
        return await verdicts.override(
            self.pool, principal, claim_id, verdict, reason, version, despite_held=despite_held
        )

    async def appeal(
        self,
        principal: Principal,
        claim_id: str,
        reason: str = "",
        *,
        version: int | None = None,
        key: str | None = None,
    ) -> ClaimRow:
        """See `appeals.appeal`."""
        return await appeals.appeal(
            self.pool, principal, claim_id, reason, version=version, key=key
        )

    async def sweep(self, rows_max: int = deadlines.SWEPT_MAX) -> int:
        """See `deadlines.sweep`; a worker calls it again and again."""
        return await deadlines.sweep(self.pool, rows_max)


def _departments(principal: Principal, department: str | None) -> frozenset[str] | None:
    """The departments looked at; one that is out of reach has no reviews."""
    reach = principal.reach.departments
    if department is None:
        return reach
    return frozenset({department}) if reach is None or department in reach else frozenset()
