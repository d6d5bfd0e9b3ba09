"""Deadlines: what nobody answers goes to the top and is told, once, and is never decided."""

from __future__ import annotations

import asyncio

from tests.resources.pool import AN, BO, CHEN, PoolDesk, Story, paper
from yuepi.approvals.review_rows import RISK_OVERDUE


def test_an_overdue_appeal_is_escalated_once_and_stays_open(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.decided(BO, await desk.claim(), "reject", "超标")
        await desk.reviews.appeal(AN, claim.id)
        risky = await desk.claim(risk=90, papers=[])
        assert await desk.reviews.sweep() == 0
        desk.later(days=desk.terms.appeal_answer_days - 1)
        assert await desk.reviews.sweep() == 0
        # The referral has the same time here, and is overdue as well.
        desk.later(days=1, seconds=1)
        swept = await asyncio.gather(*(desk.reviews.sweep() for _ in range(4)))
        assert sum(swept) == 2
        assert await desk.reviews.sweep() == 0
        review = await desk.open_one(claim.id)
        assert (review.status, review.verdict, review.risk) == ("open", None, RISK_OVERDUE)
        assert (await desk.found(claim.id)).status == "appealed"
        lines = (await desk.reviews.queue(CHEN)).rows
        assert {line.claim_id for line in lines} == {claim.id, risky.id}
        assert all(line.overdue for line in lines)
        told = [row for row in await desk.all_of("notices") if row["kind"] == "review.overdue"]
        assert {row["subject"] for row in told} == {claim.id, risky.id}
        assert {(row["role"], row["department_id"]) for row in told} == {
            ("supervisor", claim.department_id)
        }
        assert desk.actions.count("review.overdue") == 2
        # It can still be answered.
        assert (await desk.decided(CHEN, claim)).status == "approved"

    pool(tell)


def test_the_longest_overdue_comes_first_and_batches_are_limited(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claims = []
        for number in range(5):
            claims.append(await desk.claim(papers=[paper(number=f"2633200000000000000{number}")]))
            desk.later(minutes=1)
        desk.later(days=desk.terms.review_days)
        assert [await desk.reviews.sweep(2) for _ in range(4)] == [2, 2, 1, 0]
        escalated = [entry.subject for entry in desk.entries if entry.action == "review.overdue"]
        assert escalated == [claim.id for claim in claims]

    pool(tell)


def test_a_recheck_is_escalated_like_a_referral(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        decide, recheck = await desk.claim(), await desk.claim(purpose="recheck", papers=[])
        desk.later(days=desk.terms.review_days, seconds=1)
        await desk.reviews.sweep()
        lines = (await desk.reviews.queue(BO)).rows
        assert {line.claim_id for line in lines} == {decide.id, recheck.id}
        assert {(line.risk, line.due_at, line.overdue) for line in lines} == {
            (RISK_OVERDUE, lines[0].due_at, True)
        }

    pool(tell)
