"""Re-checks: blind, silent when they agree, and heard when they do not."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.resources.pool import AN, BO, CHEN, SUPER, PoolDesk, Story, paper, person
from yuepi.approvals.blind import hidden_from, shown_to
from yuepi.approvals.claim_rows import ClaimRow, Stale
from yuepi.approvals.review_rows import NotForYou, ReasonNeeded


def plain(shown: Any) -> str:
    """All that is shown, but for what tells one claim from another."""
    return repr(dataclasses.asdict(shown))


async def alike(desk: PoolDesk) -> tuple[ClaimRow, ClaimRow]:
    """A referred claim and one to be checked again, alike but for that."""
    decide = await desk.claim(papers=[paper(number="26332000000000000001")])
    recheck = await desk.claim(purpose="recheck", papers=[paper(number="26332000000000000001")])
    return decide, recheck


def test_a_recheck_looks_like_a_referral(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        decide, recheck = await alike(desk)
        lines = (await desk.reviews.queue(BO)).rows
        assert {line.claim_id for line in lines} == {decide.id, recheck.id}
        assert {line.purpose for line in lines} == {"decide"}
        assert await desk.reviews.counts(BO) == {"decide": 2, "appeal": 0}
        assert len((await desk.reviews.queue(BO, purpose="decide")).rows) == 2
        shown = []
        for claim in (decide, recheck):
            review = await desk.held(BO, claim)
            view = plain(await desk.reviews.find(BO, review))
            shown.append(view.replace(review, "REVIEW").replace(claim.id[4:], "CLAIM"))
        assert shown[0] == shown[1]
        for word in ("recheck", "automatic", "approved"):
            assert word not in shown[1]

    pool(tell)


def test_the_difference_after_a_stale_edit_tells_nothing(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        told = []
        for claim in await alike(desk):
            review = await desk.held(BO, claim)
            with pytest.raises(Stale) as caught:
                await desk.reviews.decide(BO, review, "approve", "", claim.version - 1)
            told.append(caught.value.current | {"id": ""})
        assert told[0] == told[1]
        assert told[1]["status"] == "waiting"

    pool(tell)


def test_advice_is_given_and_noted(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        decide, recheck = await alike(desk)
        for claim in (decide, recheck):
            review = await desk.held(BO, claim)
            advice = await desk.reviews.advice(BO, review)
            assert advice.outcome == "approve"
            await desk.reviews.advice(BO, review)
            # The two show one invoice, so that nothing else tells them apart.
            await desk.reviews.decide(
                BO, review, "approve", "已核对", claim.version, despite_held=True
            )
        assert desk.actions.count("review.advised") == 2
        assert [row["blind"] for row in await desk.all_of("evidence")] == [False, False]

    pool(tell)


def test_what_another_person_was_told_does_not_count(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(purpose="recheck")
        review = await desk.held(BO, claim)
        await desk.reviews.advice(BO, review)
        await desk.pass_s(desk.terms.lease_s + 1)
        await desk.decided(CHEN, claim)
        (evidence,) = await desk.all_of("evidence")
        assert evidence["blind"]

    pool(tell)


def test_agreement_is_silent(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(purpose="recheck")
        assert await desk.decided(BO, claim) == claim
        (evidence,) = await desk.all_of("evidence")
        assert (evidence["blind"], evidence["agreed"]) == (True, True)
        assert await desk.all_of("notices") == []
        assert desk.actions == ["review.taken", "review.rechecked"]

    pool(tell)


def test_disagreement_goes_to_another_person(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(purpose="recheck")
        review = await desk.held(BO, claim)
        with pytest.raises(ReasonNeeded):
            await desk.reviews.decide(BO, review, "reject", "", claim.version)
        await desk.reviews.decide(BO, review, "reject", "金额是 800", claim.version)
        after = await desk.found(claim.id)
        assert (after.status, after.origin, after.decided_by) == ("waiting", None, None)
        (notice,) = await desk.all_of("notices")
        assert (notice["kind"], notice["role"]) == ("recheck.disagreed", "supervisor")
        again = await desk.open_one(claim.id)
        assert (again.purpose, again.not_by) == ("decide", BO.id)
        with pytest.raises(NotForYou):
            await desk.reviews.take(BO, again.id)
        view = await desk.reviews.find(CHEN, again.id)
        assert [said.reason for said in view.earlier] == ["金额是 800"]
        assert (await desk.decided(CHEN, claim, "reject", "确认")).status == "rejected"
        # One answer for one approval of the machine's.
        (evidence,) = await desk.all_of("evidence")
        assert (evidence["blind"], evidence["agreed"]) == (True, False)

    pool(tell)


def test_a_question_reopens_the_claim(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(purpose="recheck")
        review = await desk.held(BO, claim)
        after = await desk.reviews.ask(BO, review, "这是什么？", claim.version)
        assert (after.status, after.origin) == ("asked", None)
        assert await desk.all_of("evidence") == []

    pool(tell)


def test_who_is_not_shown_the_approval(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(purpose="recheck")
        free = await desk.claim(purpose=None, status="approved", origin="automatic")
        claims = [claim, free]
        async with desk.database.reading() as transaction:
            for who in (BO, SUPER):
                assert await hidden_from(transaction, who, claims) == {claim.id}
                shown = await shown_to(transaction, who, claims)
                assert [each.status for each in shown] == ["waiting", "approved"]
            for who in (AN, person("look", "auditor"), person("boss", "admin")):
                assert await shown_to(transaction, who, claims) == claims
        await desk.decided(BO, claim)
        async with desk.database.reading() as transaction:
            assert await hidden_from(transaction, BO, claims) == frozenset()

    pool(tell)


# --- taken back ----------------------------------------------------------------------------------


def test_an_automatic_approval_that_is_overridden_counts_against_the_machine(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(purpose=None, status="approved", origin="automatic")
        await desk.reviews.override(SUPER, claim.id, "reject", "虚开", claim.version)
        (evidence,) = await desk.all_of("evidence")
        assert (evidence["blind"], evidence["agreed"]) == (True, False)
        # What a person approved is no evidence about the machine.
        other = await desk.claim(purpose=None, status="approved", origin="person")
        await desk.reviews.override(SUPER, other.id, "reject", "虚开", other.version)
        assert len(await desk.all_of("evidence")) == 1

    pool(tell)


def test_one_approval_counts_once_whatever_is_found_later(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(purpose="recheck")
        await desk.decided(BO, claim)
        await desk.reviews.override(SUPER, claim.id, "reject", "虚开", claim.version)
        (evidence,) = await desk.all_of("evidence")
        assert (evidence["blind"], evidence["agreed"]) == (True, False)

    pool(tell)


def test_an_appeal_upheld_against_the_machine_counts(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        admin = person("boss", "admin")
        for verdict, count in (("approve", 0), ("reject", 1)):
            number = f"2633200000000000000{count}"
            claim = await desk.claim(purpose="recheck", papers=[paper(number=number)])
            await desk.reviews.appeal(AN, claim.id)
            await desk.decided(BO, claim, verdict, "看过")
            assert [row["agreed"] for row in await desk.all_of("evidence")] == [False] * count
        # The one that nobody answered is told beside the figures.
        (shown,) = await desk.stages.list(admin)
        assert (shown.unanswered, shown.blind.agreed, shown.blind.total) == (1, 0, 1)

    pool(tell)
