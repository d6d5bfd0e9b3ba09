"""The life of claims, at random: everybody acts, everything is delivered once to five times.

What the machine, the submitters and the reviewers do is drawn by Hypothesis and done on the true
classes and a true database, with a clock that only the test turns. After each act every claim must
stand where `life.MOVES` says, with no more decisions, reviews and approvals than there may be.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select, text

from tests.resources.claim_stories import recorded_desk
from tests.resources.claims import (
    ANN,
    BOB,
    REVIEWER,
    SUPERVISOR,
    ClaimDesk,
    default_policy,
    paper,
    principal,
    submission,
)
from tests.resources.databases import migrated_sqlite
from tests.resources.size import tries
from yuepi.access.principal import Principal
from yuepi.approvals.claim_rows import ClaimRow, WrongState
from yuepi.approvals.life import Event, moved, moves_from, origin_after
from yuepi.approvals.replay import Replays
from yuepi.approvals.reviews import Reviews
from yuepi.approvals.stage_shelf import StageShelf
from yuepi.approvals.stages import StageRule
from yuepi.approvals.store.claim_tables import CLAIMS, DECISIONS
from yuepi.approvals.store.reviews import of_claim
from yuepi.audit.record import append
from yuepi.audit.verify import verify
from yuepi.kit.database import open_database
from yuepi.kit.errors import YuepiError

T = TypeVar("T")

SECOND = principal("usr_sec", "reviewer")
BY_NAME = {each.id: each for each in (ANN, BOB)}
NUMBERS = tuple(str(91_000_000_000_000_000_000 + n * 10) for n in range(4))
TIMES = st.integers(1, 5)
APPROVED_TWICE = text(
    "SELECT number FROM invoices JOIN claims ON claims.id = invoices.claim_id "
    "WHERE status = 'approved' AND origin = 'automatic' GROUP BY number HAVING count(*) > 1"
)


class ClaimsMachine(RuleBasedStateMachine):
    """One desk, two submitters, two reviewers, a supervisor, and workers that never coordinate."""

    claims = Bundle("claims")

    @initialize(stage=st.sampled_from(["assist", "full"]), sampled=st.booleans())
    def open_desk(self, stage: Any, sampled: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="yuepi-claims-"))
        self.loop = asyncio.new_event_loop()
        self.database = open_database(migrated_sqlite(self.folder / "yuepi.db"))
        self.desk: ClaimDesk = recorded_desk(self.database, self.folder / "originals")
        self.desk.rules.rule = StageRule(stage=stage, sample_share=1.0 if sampled else 0.0)
        self.reviews = Reviews(
            self.database,
            append,
            self.desk.clock,
            self.desk.terms,
            history=self.desk.history,
            stages=StageShelf(self.database, append),
        )
        self.known: dict[str, ClaimRow] = {}
        self.keys = 0

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        try:
            self.do(self._proves())
        finally:
            self.do(self.database.close())
            self.loop.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    async def _proves(self) -> None:
        """The record is whole, and each decision comes out again."""
        assert (await verify(self.database)).whole
        replays = Replays(self.database, self.desk.blobs, present=default_policy())
        async with self.database.reading() as transaction:
            rows = (
                await transaction.execute(select(DECISIONS.c.claim_id, DECISIONS.c.round))
            ).all()
        for claim_id, in_round in rows:
            assert (await replays.replay(claim_id, in_round)).same

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def repeated(self, times: int, ask: Callable[[], Awaitable[T]]) -> list[T]:
        """What came of several deliveries at once; expected errors are left out, others raised."""

        async def all_at_once() -> list[Any]:
            return await asyncio.gather(*(ask() for _ in range(times)), return_exceptions=True)

        given = self.do(all_at_once())
        for each in given:
            if isinstance(each, BaseException) and not isinstance(each, YuepiError):
                raise each
        return [each for each in given if not isinstance(each, BaseException)]

    def act(
        self, claim_id: str, event: Event, times: int, ask: Callable[[ClaimRow], Awaitable[Any]]
    ) -> bool:
        """One act, delivered several times: it counts once, and only where the table allows it.

        Whether it counted: people's acts may be refused for other reasons, too.
        """
        before = self.known[claim_id]
        done = self.repeated(times, lambda: ask(before))
        after = self.do(self.row(claim_id))
        self.known[claim_id] = after
        if not done:
            assert after == before
            return False
        assert len(done) == 1
        move = moved(event, before.status, before.origin)
        assert (after.status, after.origin) == (move.to, origin_after(move, before.origin))
        assert after.version > before.version
        assert after.round == before.round + move.new_round
        return True

    async def row(self, claim_id: str) -> ClaimRow:
        async with self.database.reading() as transaction:
            found = await transaction.execute(select(CLAIMS).where(CLAIMS.c.id == claim_id))
            return ClaimRow.of(found.mappings().one())

    # --- submitters ------------------------------------------------------------------------------

    @rule(
        target=claims,
        who=st.sampled_from([ANN, BOB]),
        number=st.sampled_from(NUMBERS),
        sort=st.sampled_from(["clean", "clean", "conflict", "fault", "crash"]),
        times=TIMES,
    )
    def submit(self, who: Principal, number: str, sort: str, times: int) -> str:
        self.keys += 1
        values: dict[str, Any] = {"number": number, "junk": self.keys}
        values |= {"conflict": ["total"]} if sort == "conflict" else {}
        values |= {sort: True} if sort in ("fault", "crash") else {}
        asked, key = submission(paper(**values)), f"key-{self.keys}"
        given = self.repeated(times, lambda: self.desk.claims.submit(who, asked, key))
        assert len(given) == times
        assert len({claim.id for claim, _ in given}) == 1
        assert sum(new for _, new in given) == 1
        self.known[given[0][0].id] = given[0][0]
        return given[0][0].id

    @rule(claim_id=claims, times=TIMES)
    def cancel(self, claim_id: str, times: int) -> None:
        who = BY_NAME[self.known[claim_id].submitter_id]
        possible = self.is_possible(claim_id, "cancel")
        counted = self.act(
            claim_id,
            "cancel",
            times,
            lambda claim: self.desk.claims.cancel(who, claim_id, claim.version),
        )
        assert counted == possible

    @rule(claim_id=claims, times=TIMES)
    def answer(self, claim_id: str, times: int) -> None:
        who = BY_NAME[self.known[claim_id].submitter_id]
        possible = self.is_possible(claim_id, "answer")
        counted = self.act(
            claim_id,
            "answer",
            times,
            lambda claim: self.desk.claims.answer(who, claim_id, claim.version, "好的"),
        )
        assert counted == possible

    @rule(claim_id=claims, times=TIMES)
    def appeal(self, claim_id: str, times: int) -> None:
        who = BY_NAME[self.known[claim_id].submitter_id]
        self.act(
            claim_id,
            "appeal",
            times,
            lambda claim: self.reviews.appeal(who, claim_id, "请再看", version=claim.version),
        )

    # --- the machine -----------------------------------------------------------------------------

    @rule(
        claim_id=claims,
        deliveries=st.lists(
            st.sampled_from(["begin", "read", "settle", "fail"]), min_size=1, max_size=5
        ),
        back=st.sampled_from([0, 0, 1]),
    )
    def stray(self, claim_id: str, deliveries: list[str], back: int) -> None:
        """Steps in any order and number, of this round or an earlier one."""
        in_round = max(1, self.known[claim_id].round - back)
        self.do(self._deliver(claim_id, in_round, deliveries))
        self._check_machine(claim_id)

    @rule(claim_id=claims, times=TIMES)
    def work(self, claim_id: str, times: int) -> None:
        """The story in its order, told by several workers at once."""
        in_round = self.known[claim_id].round

        async def at_once() -> None:
            story = ["begin", "read", "settle"]
            await asyncio.gather(*(self._deliver(claim_id, in_round, story) for _ in range(times)))

        self.do(at_once())
        self._check_machine(claim_id)

    async def _deliver(self, claim_id: str, in_round: int, deliveries: list[str]) -> None:
        steps = self.desk.new_steps()
        papers = await self.desk.claims.papers(SUPERVISOR, claim_id)
        for step in deliveries:
            try:
                if step == "begin":
                    await steps.begin(claim_id, in_round)
                elif step == "fail":
                    await steps.fail(claim_id, in_round, RuntimeError("killed"))
                elif step == "settle":
                    await steps.settle(claim_id, in_round, executor="exe")
                else:
                    for attachment in papers.attachments:
                        await steps.read(attachment)
            except (WrongState, RuntimeError):
                continue  # not read yet, or a paper that breaks the reader

    def _check_machine(self, claim_id: str) -> None:
        before, after = self.known[claim_id], self.do(self.row(claim_id))
        self.known[claim_id] = after
        if after.status == before.status:
            assert after.version == before.version
            return
        reached = {move.to: move for move in moves_from(before.status, before.origin, "machine")}
        assert after.status in reached
        assert after.origin == origin_after(reached[after.status], before.origin)
        assert (after.version, after.round) == (before.version + 1, before.round)
        if after.status == "approved":
            assert before.suggestion is None  # nobody had asked about it

    # --- reviewers -------------------------------------------------------------------------------

    @rule(
        claim_id=claims,
        who=st.sampled_from([REVIEWER, SECOND]),
        verdict=st.sampled_from(["approve", "reject"]),
        despite=st.booleans(),
        times=TIMES,
    )
    def decide(
        self, claim_id: str, who: Principal, verdict: Any, despite: bool, times: int
    ) -> None:
        review = self.held_review(claim_id, who)
        if review is None:
            return
        review_id, purpose = review
        before = self.known[claim_id]

        async def ask(claim: ClaimRow) -> Any:
            return await self.reviews.decide(
                who, review_id, verdict, "看过了", claim.version, despite_held=despite
            )

        if purpose != "recheck":
            self.act(claim_id, verdict, times, ask)
            return
        assert len(self.repeated(times, lambda: ask(before))) <= 1
        after = self.do(self.row(claim_id))
        assert after.status in ({"approved"} if verdict == "approve" else {"approved", "waiting"})
        self.known[claim_id] = after

    @rule(claim_id=claims, who=st.sampled_from([REVIEWER, SECOND]), times=TIMES)
    def ask(self, claim_id: str, who: Principal, times: int) -> None:
        review = self.held_review(claim_id, who)
        if review is None or review[1] == "recheck":
            return
        self.act(
            claim_id,
            "ask",
            times,
            lambda claim: self.reviews.ask(who, review[0], "哪位客户？", claim.version),
        )

    @rule(claim_id=claims, verdict=st.sampled_from(["approve", "reject"]), times=TIMES)
    def override(self, claim_id: str, verdict: Any, times: int) -> None:
        event: Event = "override_approve" if verdict == "approve" else "override_reject"
        self.act(
            claim_id,
            event,
            times,
            lambda claim: self.reviews.override(
                SUPERVISOR, claim_id, verdict, "改判", claim.version, despite_held=True
            ),
        )

    @rule(claim_id=claims, to_person=st.booleans(), times=TIMES)
    def release(self, claim_id: str, to_person: bool, times: int) -> None:
        event: Event = "hand_over" if to_person else "try_again"
        possible = self.is_possible(claim_id, event)
        counted = self.act(
            claim_id,
            event,
            times,
            lambda claim: self.desk.claims.release(
                SUPERVISOR, claim_id, claim.version, to_person=to_person, reason="放出"
            ),
        )
        assert counted == possible

    def held_review(self, claim_id: str, who: Principal) -> tuple[str, str] | None:
        """An open review of the claim, taken by this person; None where they may not."""

        async def take() -> tuple[str, str] | None:
            async with self.database.reading() as transaction:
                found = await of_claim(transaction, claim_id, only_open=True)
            for each in found:
                try:
                    await self.reviews.take(who, each.id)
                except YuepiError:
                    continue
                return each.id, each.purpose
            return None

        return self.do(take())

    # --- time ------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([-1, 1, 24, 24 * 31]))
    def turn_the_clock(self, hours: int) -> None:
        self.desk.now += timedelta(hours=hours)

    # --- always ----------------------------------------------------------------------------------

    def is_possible(self, claim_id: str, event: Event) -> bool:
        claim = self.known[claim_id]
        return any(move.event == event for move in moves_from(claim.status, claim.origin))

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        if hasattr(self, "loop"):
            self.do(self._check())

    async def _check(self) -> None:
        async with self.database.reading() as transaction:
            rows = (await transaction.execute(select(CLAIMS))).mappings().all()
            assert {row["id"]: ClaimRow.of(row) for row in rows} == self.known
            decided = {
                row[0]: row[1]
                for row in await transaction.execute(
                    select(DECISIONS.c.claim_id, func.count()).group_by(DECISIONS.c.claim_id)
                )
            }
            told = await transaction.execute(
                text("SELECT key FROM notices GROUP BY key HAVING count(*) > 1")
            )
            assert told.all() == []
            for claim in self.known.values():
                assert decided.get(claim.id, 0) <= claim.round
                assert claim.decided_by != claim.submitter_id
                found = await of_claim(transaction, claim.id, only_open=True)
                purposes = [each.purpose for each in found]
                if claim.status == "waiting":
                    assert purposes == ["decide"]
                elif claim.status == "appealed":
                    assert purposes == ["appeal"]
                elif claim.status == "approved" and claim.origin == "automatic":
                    assert purposes in ([], ["recheck"])
                else:
                    assert purposes == []
            # No invoice was approved twice by the machine alone.
            assert (await transaction.execute(APPROVED_TWICE)).all() == []


ClaimsMachine.TestCase.settings = settings(
    max_examples=tries(24, usual=8), stateful_step_count=16, deadline=None
)
TestClaimsMachine = ClaimsMachine.TestCase
