"""Corrections change what is paid and claimed, and no person alone talks a claim past others."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tests.resources.pool import (
    AN,
    BO,
    CHEN,
    DING,
    SUPER,
    PoolDesk,
    Story,
    paper,
    person,
    scan,
)
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.correction_effects import value_hash
from yuepi.approvals.correction_proof import damaged
from yuepi.approvals.corrections import Correction
from yuepi.approvals.history import InvoicesHeld, papers_of
from yuepi.approvals.review_rows import NotForYou
from yuepi.approvals.review_views import Corrected

OTHER = person("other", "supervisor")
BIG = Decimal("10000.01")
TRUE = "26332000000012345601"
FALSE = "26332000000000000009"


async def corrected(
    desk: PoolDesk, claim: ClaimRow, who: Any = BO, at: int = 0, **values: str | None
) -> Corrected:
    """The claim after this person, who takes its review, corrected one of its papers."""
    review = await desk.held(who, claim)
    told = [Correction(f"att_{claim.id[4:]}", 0, at, name, value) for name, value in values.items()]
    version = (await desk.found(claim.id)).version
    return await desk.reviews.correct(who, review, told, version)


async def approved_by(desk: PoolDesk, claim: ClaimRow, who: Any, **more: Any) -> bool:
    """Whether this person's approval was the last one that it took."""
    review = await desk.held(who, claim)
    version = (await desk.found(claim.id)).version
    return (await desk.reviews.decide(who, review, "approve", "已核对", version, **more)).final


# --- what is paid --------------------------------------------------------------------------------


def test_what_is_paid_follows_the_corrections(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        papers = [paper(), paper(number="26332000000012345603", total="50.00")]
        claim = await desk.claim(papers=papers, total=Decimal("350.00"))
        made = await corrected(desk, claim, total="120.50")
        assert made.claim.total == (await desk.found(claim.id)).total == Decimal("170.50")
        detail = desk.entries[-1].detail
        assert detail["total"] == {"from": "350.00", "to": "170.50"}
        # A paper of another currency is about any amount; of another kind it may be about none.
        made = await corrected(desk, claim, kind="invoice", currency="USD")
        assert made.claim.total is None
        made = await corrected(desk, claim, currency="CNY")
        assert made.claim.total == Decimal("170.50")
        # The second paper is the first one again: it is paid once.
        made = await corrected(desk, claim, at=1, number=TRUE, total="120.50")
        assert desk.entries[-1].detail["total"]["from"] == "170.50"
        assert made.claim.total == Decimal("120.50")

    pool(tell)


def test_confirming_changes_no_total(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(total=Decimal("299.00"))
        review = await desk.held(BO, claim)
        told = [Correction(f"att_{claim.id[4:]}", 0, 0, "total", confirmed=True)]
        made = await desk.reviews.correct(BO, review, told, claim.version)
        assert made.claim.total == Decimal("299.00")
        assert await approved_by(desk, claim, BO)

    pool(tell)


@pytest.mark.parametrize("to", ["30000.00", "1.00"])
def test_the_larger_of_both_amounts_counts(pool: Story, to: str) -> None:
    async def tell(desk: PoolDesk) -> None:
        was = Decimal("20000.00") if to == "1.00" else Decimal("300.00")
        claim = await desk.claim(papers=[paper(total=f"{was:f}")], total=was)
        await corrected(desk, claim, total=to)
        # Not even by others than who corrected it.
        await desk.pass_s(desk.terms.lease_s + 1)
        assert not await approved_by(desk, claim, CHEN)
        assert await approved_by(desk, claim, DING)
        assert (await desk.found(claim.id)).total == Decimal(to)

    pool(tell)


# --- which invoice it is -------------------------------------------------------------------------


def test_a_true_number_cannot_be_corrected_away(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        first = await desk.decided(BO, await desk.claim())
        again = await desk.claim(DING)
        made = await corrected(desk, again, number=FALSE)
        assert made.held == (first.id,)
        assert desk.entries[-1].detail["held"] == [first.id]
        with pytest.raises(InvoicesHeld):
            await approved_by(desk, again, BO)
        assert not await approved_by(desk, again, BO, despite_held=True)
        with pytest.raises(InvoicesHeld):
            await approved_by(desk, again, CHEN)
        assert await approved_by(desk, again, CHEN, despite_held=True)

    pool(tell)


def test_both_numbers_stay_claimed_while_the_claim_lives(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        await corrected(desk, claim, number=FALSE, total="400.00")
        for number in (TRUE, FALSE):
            for total in ("300.00", "400.00"):
                shown = paper(number=number, total=total)
                later = await desk.claim(DING, papers=[shown])
                found = await desk.history.past(
                    later.id, papers_of([scan(shown, name=f"{later.id}.pdf")])
                )
                assert claim.id in {past.claim for past in found}, (number, total)
        await desk.decided(BO, claim, "reject", "不是我们的")
        free = await desk.claim(DING, papers=[paper(number="26332000000000000019")])
        seen = papers_of([scan(paper(), name="x.pdf"), scan(paper(number=FALSE), name="y.pdf")])
        assert claim.id not in {past.claim for past in await desk.history.past(free.id, seen)}

    pool(tell)


@pytest.mark.parametrize(
    "change",
    [
        {"number": FALSE},
        {"date": "2026-02-06"},
        {"total": "299.00"},
        {"seller_tax_id": "91350100M000100Y43"},
    ],
)
def test_who_puts_another_invoice_there_does_not_approve_it_alone(
    pool: Story, change: dict[str, str]
) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        await corrected(desk, claim, **change)
        assert not await approved_by(desk, claim, BO)
        assert await approved_by(desk, claim, CHEN)
        other = await desk.claim(papers=[paper(number="26332000000000000029")])
        await corrected(desk, other, **change | {"buyer_name": "甲公司"})
        await desk.reviews.hand_back(BO, (await desk.open_one(other.id)).id)
        assert await approved_by(desk, other, CHEN, despite_held=True)

    pool(tell)


def test_filling_in_what_was_not_read_takes_one(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(papers=[paper(seller_tax_id=None)])
        await corrected(desk, claim, seller_tax_id="91350100M000100Y43")
        assert await approved_by(desk, claim, BO)

    pool(tell)


def test_a_recheck_that_finds_another_amount_does_not_agree(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(purpose="recheck")
        await corrected(desk, claim, total="800.00")
        await approved_by(desk, claim, BO)
        after = await desk.found(claim.id)
        assert (after.status, after.total) == ("waiting", Decimal("800.00"))
        (evidence,) = await desk.all_of("evidence")
        assert not evidence["agreed"]
        assert await approved_by(desk, claim, CHEN)

    pool(tell)


def test_the_record_proves_what_was_corrected(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        (row,) = (await corrected(desk, claim, number=FALSE)).corrections
        detail = desk.entries[-1].detail
        assert detail["values"] == [
            {
                "id": row.id,
                "was_sha256": value_hash(row, TRUE),
                "value_sha256": value_hash(row, FALSE),
            }
        ]
        assert FALSE not in str(detail)
        assert TRUE not in str(detail)

    pool(tell)


# --- overriding ----------------------------------------------------------------------------------


def test_overriding_a_large_rejection_takes_two(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.decided(BO, await desk.claim(total=BIG), "reject", "缺附件")
        after = await desk.reviews.override(SUPER, claim.id, "approve", "补齐", claim.version)
        assert (after.status, after.origin, after.decided_by) == ("waiting", None, None)
        assert desk.actions[-1] == "claim.reopened"
        review = await desk.open_one(claim.id)
        assert (review.first_by, review.not_by) == (SUPER.id, BO.id)
        for who in (SUPER, BO):
            with pytest.raises(NotForYou):
                await desk.reviews.take(who, review.id)
        # Meanwhile its invoices are claimed.
        shown = papers_of([scan(paper(), name="b.pdf")])
        later = await desk.claim(DING)
        assert claim.id in {past.claim for past in await desk.history.past(later.id, shown)}
        assert await approved_by(desk, claim, OTHER)
        assert (await desk.found(claim.id)).decided_by == OTHER.id
        # It is no further sample for the stages.
        assert len(await desk.all_of("evidence")) == 1

    pool(tell)


def test_the_second_person_may_uphold_the_rejection(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.decided(BO, await desk.claim(total=BIG), "reject", "缺附件")
        await desk.reviews.override(SUPER, claim.id, "approve", "补齐", claim.version)
        after = await desk.decided(CHEN, claim, "reject", "仍缺")
        assert after.status == "rejected"
        with pytest.raises(NotForYou):
            await desk.reviews.override(SUPER, claim.id, "approve", "补齐", after.version)
        assert (await desk.reviews.appeal(AN, claim.id)).status == "appealed"

    pool(tell)


def test_nobody_overrides_what_they_decided(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.decided(BO, await desk.claim(), "reject", "超标")
        await desk.reviews.appeal(AN, claim.id)
        lost = await desk.decided(SUPER, claim, "reject", "确实超标")
        with pytest.raises(NotForYou):
            await desk.reviews.override(SUPER, claim.id, "approve", "改判", lost.version)
        given = await desk.reviews.override(OTHER, claim.id, "approve", "特批", lost.version)
        with pytest.raises(NotForYou):
            await desk.reviews.override(OTHER, claim.id, "reject", "撤回", given.version)
        # Of two approvals the first one counts as well.
        big = await desk.claim(papers=[paper(number=FALSE)], total=BIG)
        assert not await approved_by(desk, big, SUPER)
        assert await approved_by(desk, big, CHEN)
        version = (await desk.found(big.id)).version
        with pytest.raises(NotForYou):
            await desk.reviews.override(SUPER, big.id, "reject", "改判", version)

    pool(tell)


def test_a_correction_that_was_changed_or_removed_is_found(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        (row,) = (await corrected(desk, claim, number=FALSE)).corrections
        entry = SimpleNamespace(detail=desk.entries[-1].detail)
        assert damaged([row], [entry]) == []  # type: ignore[list-item]
        for changed in (replace(row, value=TRUE), replace(row, was=None), replace(row, field="x")):
            assert "changed" in damaged([changed], [entry])[0]  # type: ignore[list-item]
        assert "gone" in damaged([], [entry])[0]  # type: ignore[list-item]
        assert "not in the record" in damaged([row], [])[0]

    pool(tell)
