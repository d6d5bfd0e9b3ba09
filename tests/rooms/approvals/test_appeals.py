"""Appeals: one click, by the submitter, in time, once; answered by another person."""

from __future__ import annotations

import asyncio

import pytest

from tests.resources.pool import AN, BO, CHEN, FAR, PoolDesk, Story, person
from yuepi.access.principal import MissingRight
from yuepi.approvals.appeals import NoAppeal
from yuepi.approvals.claim_changes import NotYours
from yuepi.approvals.claim_rows import NotFound, Stale, WrongState
from yuepi.approvals.review_rows import NotForYou
from yuepi.kit.idempotency import IdempotencyMismatch


def test_a_rejection_is_appealed_and_answered_by_another(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.decided(BO, await desk.claim(), "reject", "超标")
        desk.later(days=3)
        after = await desk.reviews.appeal(AN, claim.id, "有审批邮件", version=claim.version)
        assert (after.status, after.decided_by) == ("appealed", BO.id)
        review = await desk.open_one(claim.id)
        assert (review.purpose, review.not_by) == ("appeal", BO.id)
        assert review.due_at is not None
        assert (review.due_at - desk.now).days == desk.terms.appeal_answer_days
        with pytest.raises(NotForYou):
            await desk.reviews.take(BO, review.id)
        assert (await desk.reviews.queue(BO)).rows == ()
        (line,) = (await desk.reviews.queue(CHEN, purpose="appeal")).rows
        assert (line.purpose, line.id) == ("appeal", review.id)
        view = await desk.reviews.find(CHEN, review.id)
        assert [said.reason for said in view.earlier] == ["超标"]
        assert view.claim.status == "appealed"
        granted = await desk.decided(CHEN, claim)
        assert (granted.status, granted.decided_by) == ("approved", CHEN.id)
        kinds = [notice["kind"] for notice in await desk.all_of("notices")]
        assert sorted(kinds) == ["appeal.answered", "appeal.opened", "claim.rejected"]
        # What a person approved is no negative or automatic outcome.
        with pytest.raises(WrongState):
            await desk.reviews.appeal(AN, claim.id)

    pool(tell)


def test_an_automatic_outcome_is_appealed_and_its_recheck_ends(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(purpose="recheck")
        await desk.reviews.appeal(AN, claim.id)
        sampled, appeal = sorted(
            await desk.reviews_of(claim.id), key=lambda review: review.status, reverse=True
        )
        assert (sampled.purpose, sampled.status) == ("recheck", "void")
        assert (appeal.purpose, appeal.status, appeal.not_by) == ("appeal", "open", None)
        rejected = await desk.decided(BO, claim, "reject", "金额不符")
        # The first rejection of it is a new outcome: one appeal more, to another person.
        await desk.reviews.appeal(AN, claim.id)
        assert (await desk.open_one(claim.id)).not_by == BO.id
        upheld = await desk.decided(CHEN, rejected, "reject", "同意前审")
        with pytest.raises(NoAppeal) as caught:
            await desk.reviews.appeal(AN, claim.id)
        assert caught.value.code == "already_appealed"
        assert (await desk.found(claim.id)) == upheld

    pool(tell)


def test_an_upheld_rejection_is_final_but_not_for_supervisors(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.decided(BO, await desk.claim(), "reject", "超标")
        await desk.reviews.appeal(AN, claim.id)
        upheld = await desk.decided(CHEN, claim, "reject", "确实超标")
        with pytest.raises(NoAppeal):
            await desk.reviews.appeal(AN, claim.id)
        boss = person("boss", "supervisor")
        given = await desk.reviews.override(boss, claim.id, "approve", "特批", upheld.version)
        desk.later(minutes=1)
        with pytest.raises(NotForYou):
            await desk.reviews.override(boss, claim.id, "reject", "撤回特批", given.version)
        other = person("other", "supervisor")
        taken = await desk.reviews.override(other, claim.id, "reject", "撤回特批", given.version)
        # A new outcome, of which nobody asked yet.
        assert (await desk.reviews.appeal(AN, claim.id)).version == taken.version + 1

    pool(tell)


def test_time_runs_out_for_appeals(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.decided(BO, await desk.claim(), "reject", "超标")
        desk.later(days=desk.terms.appeal_days, seconds=1)
        with pytest.raises(NoAppeal) as caught:
            await desk.reviews.appeal(AN, claim.id)
        assert caught.value.code == "appeal_too_late"
        desk.later(seconds=-1)
        assert (await desk.reviews.appeal(AN, claim.id)).status == "appealed"

    pool(tell)


def test_who_may_not_appeal(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        waiting = await desk.claim()
        with pytest.raises(WrongState):
            await desk.reviews.appeal(AN, waiting.id)
        claim = await desk.decided(BO, waiting, "reject", "超标")
        both = person("both", "submitter", "reviewer")
        for who, error in ((BO, MissingRight), (both, NotYours), (person("eve"), NotFound)):
            with pytest.raises(error):
                await desk.reviews.appeal(who, claim.id)
        with pytest.raises(MissingRight):
            await desk.reviews.appeal(FAR, claim.id)
        with pytest.raises(Stale):
            await desk.reviews.appeal(AN, claim.id, version=claim.version - 1)
        with pytest.raises(NotFound):
            await desk.reviews.appeal(AN, "clm_none")
        assert await desk.found(claim.id) == claim

    pool(tell)


def test_ten_clicks_are_one_appeal(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.decided(BO, await desk.claim(), "reject", "超标")
        told = await asyncio.gather(
            *(desk.reviews.appeal(AN, claim.id, key="click-1") for _ in range(10))
        )
        assert {each.status for each in told} == {"appealed"}
        other = await desk.claim(papers=[])
        other = await desk.decided(BO, other, "reject", "超标")
        refused = await asyncio.gather(
            *(desk.reviews.appeal(AN, other.id) for _ in range(5)), return_exceptions=True
        )
        assert sum(isinstance(each, WrongState) for each in refused) == 4
        assert desk.actions.count("claim.appealed") == 2
        with pytest.raises(IdempotencyMismatch):
            await desk.reviews.appeal(AN, claim.id, "又一次", key="click-1")

    pool(tell)


def test_an_appeal_is_answered_not_asked_about(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.decided(BO, await desk.claim(), "reject", "超标")
        after = await desk.reviews.appeal(AN, claim.id)
        review = await desk.held(CHEN, claim)
        with pytest.raises(WrongState):
            await desk.reviews.ask(CHEN, review, "为什么？", after.version)

    pool(tell)
