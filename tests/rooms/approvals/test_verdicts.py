"""Verdicts: who may give which, what they change, and that two at once are never both."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from tests.resources.pool import (
    AN,
    BO,
    CHEN,
    DING,
    FAR,
    SUPER,
    PoolDesk,
    Story,
    paper,
    person,
    scan,
)
from yuepi.access.principal import MissingRight
from yuepi.approvals.claim_rows import ClaimRow, NotFound, Stale, WrongState
from yuepi.approvals.history import InvoicesHeld, papers_of
from yuepi.approvals.review_pool import void_reviews
from yuepi.approvals.review_rows import LeaseLost, NotForYou, ReasonNeeded
from yuepi.approvals.store.claims import change_claim
from yuepi.kit.database import RowRefused

BIG = Decimal("10000.01")


def test_an_approval_changes_everything_at_once(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = await desk.held(BO, claim)
        answered = await desk.reviews.decide(BO, review, "approve", "", claim.version)
        after = await desk.found(claim.id)
        assert answered.final
        assert answered.version == after.version == claim.version + 1
        assert (after.status, after.origin, after.decided_by) == ("approved", "person", BO.id)
        assert after.decided_at == desk.now
        (row,) = await desk.reviews_of(claim.id)
        assert (row.status, row.verdict, row.decided_by) == ("done", "approve", BO.id)
        assert row.holder_id is None
        (evidence,) = await desk.all_of("evidence")
        assert evidence["agreed"]
        assert evidence["blind"]
        (notice,) = await desk.all_of("notices")
        assert (notice["kind"], notice["user_id"]) == ("claim.approved", AN.id)
        assert desk.actions == ["review.taken", "claim.approved"]

    pool(tell)


def test_a_rejection_frees_the_invoices_and_needs_a_reason(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = await desk.held(BO, claim)
        with pytest.raises(ReasonNeeded) as caught:
            await desk.reviews.decide(BO, review, "reject", "  ", claim.version)
        assert caught.value.code == "reason_required"
        assert caught.value.http_status == 422
        with pytest.raises(ReasonNeeded, match="at most"):
            await desk.reviews.decide(BO, review, "reject", "x" * 2001, claim.version)
        await desk.reviews.decide(BO, review, "reject", "不是差旅", claim.version)
        assert (await desk.found(claim.id)).status == "rejected"
        again = await desk.claim(DING)
        papers = papers_of([scan(paper(), name=f"{again.id}.pdf")])
        assert await desk.history.past(again.id, papers) == ()
        third = await desk.claim(CHEN)
        assert {past.claim for past in await desk.history.past(third.id, papers)} == {again.id}
        (evidence,) = await desk.all_of("evidence")
        assert not evidence["agreed"]

    pool(tell)


def test_approving_against_the_machine_needs_a_reason(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(suggestion="suggest_reject")
        review = await desk.held(BO, claim)
        with pytest.raises(ReasonNeeded):
            await desk.reviews.decide(BO, review, "approve", "", claim.version)
        await desk.reviews.decide(BO, review, "approve", "已核对原件", claim.version)
        assert await desk.all_of("evidence") == []

    pool(tell)


def test_of_two_who_decide_at_once_one_wins(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = await desk.held(BO, claim)
        verdicts = ["approve", "reject"] * 3
        told = await asyncio.gather(
            *(desk.reviews.decide(BO, review, each, "理由", claim.version) for each in verdicts),  # type: ignore[arg-type]
            return_exceptions=True,
        )
        stale = [each for each in told if isinstance(each, Stale)]
        assert len(stale) == len(verdicts) - 1, told
        after = await desk.found(claim.id)
        assert after.version == claim.version + 1
        assert stale[0].current["version"] == after.version
        assert stale[0].current["status"] == after.status
        assert stale[0].current["decided_by"] == BO.id
        assert desk.actions.count("claim.approved") + desk.actions.count("claim.rejected") == 1

    pool(tell)


def test_deciding_and_withdrawing_at_once(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        for n in range(4):
            claim = await desk.claim(papers=[paper(number=f"2633200000000000000{n}")])
            review = await desk.held(BO, claim)

            async def cancel(claim: ClaimRow = claim) -> ClaimRow | None:
                async with desk.database.writing() as transaction:
                    values = {"status": "cancelled", "updated_at": desk.now}
                    after = await change_claim(transaction, claim.id, values, version=claim.version)
                    if after is not None:
                        await void_reviews(transaction, claim.id, desk.now)
                    return after

            decided, cancelled = await asyncio.gather(
                desk.reviews.decide(BO, review, "approve", "", claim.version),
                cancel(),
                return_exceptions=True,
            )
            after = await desk.found(claim.id)
            (row,) = await desk.reviews_of(claim.id)
            if isinstance(decided, BaseException):
                assert isinstance(decided, Stale)
                assert decided.current["status"] == "cancelled"
                assert (after.status, row.status) == ("cancelled", "void")
            else:
                assert cancelled is None
                assert (after.status, row.status) == ("approved", "done")

    pool(tell)


def test_large_amounts_need_two_pairs_of_eyes(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        for number, total in (("26332000000000000001", BIG), ("26332000000000000003", None)):
            claim = await desk.claim(total=total, papers=[paper(number=number)])
            review = await desk.held(BO, claim)
            first = await desk.reviews.decide(BO, review, "approve", "", claim.version)
            assert not first.final
            assert (await desk.found(claim.id)).status == "waiting"
            with pytest.raises(NotForYou) as caught:
                await desk.reviews.take(BO, review)
            assert caught.value.code == "another_person"
            assert caught.value.http_status == 403
            with pytest.raises(NotForYou):
                await desk.reviews.decide(BO, review, "approve", "", claim.version)
            assert (await desk.reviews.queue(BO)).rows == ()
            (waiting,) = (await desk.reviews.queue(CHEN)).rows
            assert waiting.second
            assert waiting.holder_id is None
            after = await desk.decided(CHEN, claim)
            assert (after.status, after.decided_by) == ("approved", CHEN.id)
            assert desk.actions[-3:] == ["review.first_approval", "review.taken", "claim.approved"]

    pool(tell)


def test_who_rejected_cannot_approve_a_large_one_alone(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.decided(SUPER, await desk.claim(total=BIG), "reject", "缺附件")
        with pytest.raises(NotForYou):
            await desk.reviews.override(SUPER, claim.id, "approve", "补齐了", claim.version)
        other = person("other", "supervisor")
        after = await desk.reviews.override(other, claim.id, "approve", "补齐了", claim.version)
        assert after.status == "waiting"
        assert (await desk.decided(BO, claim)).status == "approved"

    pool(tell)


def test_who_may_not(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        own = await desk.claim(DING)
        review = (await desk.open_one(own.id)).id
        refused: list[tuple[Any, type[Exception]]] = [
            (DING, NotForYou),
            (FAR, NotFound),
            (AN, MissingRight),
            (person("admin", "admin"), MissingRight),
        ]
        for who, error in refused:
            with pytest.raises(error):
                await desk.reviews.decide(who, review, "approve", "", own.version)
            with pytest.raises(error):
                await desk.reviews.take(who, review)
            with pytest.raises(error):
                await desk.reviews.find(who, review)
        with pytest.raises(NotFound):
            await desk.reviews.take(BO, "rev_none")
        with pytest.raises(LeaseLost):
            await desk.reviews.decide(BO, review, "approve", "", own.version)
        with pytest.raises(Stale):
            await desk.reviews.decide(BO, review, "approve", "", own.version - 1)

    pool(tell)


REFUSED = (
    "UPDATE reviews SET holder_id = submitter_id",
    "UPDATE reviews SET first_by = submitter_id",
    "UPDATE reviews SET decided_by = submitter_id",
    "UPDATE reviews SET first_by = 'usr_bo', decided_by = 'usr_bo'",
    "UPDATE reviews SET not_by = 'usr_bo', decided_by = 'usr_bo'",
    "UPDATE claims SET decided_by = submitter_id",
    "UPDATE claims SET status = 'rejected', origin = 'automatic'",
)


def test_the_database_alone_refuses(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = await desk.open_one(claim.id)
        for change in REFUSED:
            with pytest.raises(RowRefused):
                async with desk.database.writing() as transaction:
                    await transaction.execute(text(change))
        assert await desk.found(claim.id) == claim
        assert await desk.open_one(claim.id) == review

    pool(tell)


def test_asking_ends_the_review(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = await desk.held(BO, claim)
        with pytest.raises(ReasonNeeded):
            await desk.reviews.ask(BO, review, " ", claim.version)
        after = await desk.reviews.ask(BO, review, "谁参加了？", claim.version)
        assert (after.status, after.question) == ("asked", "谁参加了？")
        (row,) = await desk.reviews_of(claim.id)
        assert row.status == "void"
        (notice,) = await desk.all_of("notices")
        assert (notice["kind"], notice["user_id"]) == ("claim.asked", AN.id)
        with pytest.raises(Stale):
            await desk.reviews.decide(BO, review, "approve", "", claim.version)
        with pytest.raises(WrongState):
            await desk.reviews.decide(BO, review, "approve", "", after.version)

    pool(tell)


def test_overriding(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.decided(BO, await desk.claim(), "reject", "重复")
        for who, error in ((BO, MissingRight), (AN, MissingRight)):
            with pytest.raises(error):
                await desk.reviews.override(who, claim.id, "approve", "例外", claim.version)
        far = person("far", "supervisor", department="dep_far")
        with pytest.raises(NotFound):
            await desk.reviews.override(far, claim.id, "approve", "例外", claim.version)
        with pytest.raises(ReasonNeeded):
            await desk.reviews.override(SUPER, claim.id, "approve", "", claim.version)
        with pytest.raises(Stale):
            await desk.reviews.override(SUPER, claim.id, "approve", "例外", claim.version - 1)
        with pytest.raises(WrongState):
            await desk.reviews.override(SUPER, claim.id, "reject", "例外", claim.version)
        after = await desk.reviews.override(SUPER, claim.id, "approve", "例外", claim.version)
        assert (after.status, after.origin, after.decided_by) == ("approved", "person", SUPER.id)
        own = await desk.claim(SUPER, purpose=None, status="rejected", origin="person")
        with pytest.raises(NotForYou) as caught:
            await desk.reviews.override(SUPER, own.id, "approve", "例外", own.version)
        assert caught.value.code == "own_claim"

    pool(tell)


def test_what_another_claim_holds_by_now_is_not_approved_unawares(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        first = await desk.decided(BO, await desk.claim(), "reject", "不清楚")
        second = await desk.claim(DING)
        with pytest.raises(InvoicesHeld) as caught:
            await desk.reviews.override(SUPER, first.id, "approve", "原件已到", first.version)
        assert {past.claim for past in caught.value.held} == {second.id}
        assert (await desk.found(first.id)).status == "rejected"
        after = await desk.reviews.override(
            SUPER, first.id, "approve", "两张都对", first.version, despite_held=True
        )
        assert after.status == "approved"

    pool(tell)


def test_appealing_a_machines_approval_keeps_its_place_in_history(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        first = await desk.claim(purpose=None, status="approved", origin="automatic")
        await desk.claim(DING, papers=[paper()])
        await desk.reviews.appeal(AN, first.id)
        # The later claim with the same invoice is the duplicate, not this one.
        assert (await desk.decided(BO, first)).status == "approved"

    pool(tell)
