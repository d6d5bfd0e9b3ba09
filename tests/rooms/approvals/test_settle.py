"""A claim is settled once: by whoever comes first, whatever came between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from tests.resources.claim_stories import Story, postgres, story
from tests.resources.claims import ANN, BOB, ClaimDesk, file, paper
from yuepi.approvals.claim_rows import BadClaim, ClaimRow, Stale, WrongState
from yuepi.approvals.decision import Decision
from yuepi.approvals.stages import StageRule
from yuepi.approvals.steps import Settled
from yuepi.approvals.store.claim_tables import DECISIONS
from yuepi.approvals.store.claims import change_claim
from yuepi.approvals.store.decisions import find_decision
from yuepi.approvals.store.reviews import of_claim

__all__ = ["postgres", "story"]


async def read(desk: ClaimDesk, claim: ClaimRow) -> None:
    """The claim's steps up to the decision."""
    begun = await desk.steps.begin(claim.id, claim.round)
    assert begun is not None
    for attachment in begun.attachments:
        await desk.steps.read(attachment)


async def purposes(desk: ClaimDesk, claim: ClaimRow) -> list[tuple[str, str]]:
    async with desk.database.reading() as transaction:
        return [(each.purpose, each.status) for each in await of_claim(transaction, claim.id)]


async def notices(desk: ClaimDesk, claim: ClaimRow) -> list[str]:
    async with desk.database.reading() as transaction:
        found = await transaction.execute(
            text("SELECT kind FROM notices WHERE subject = :claim"), {"claim": claim.id}
        )
        return sorted(found.scalars())


# --- outcomes ------------------------------------------------------------------------------------


def test_a_clean_claim_is_approved_and_all_of_it_is_written(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.settled(paper(total="300.00"))
        assert (claim.status, claim.origin, claim.suggestion) == (
            "approved",
            "automatic",
            "approve",
        )
        assert (claim.stage, claim.kind, claim.tier) == ("full", "digital_invoice", "clean")
        assert (claim.total, claim.decided_by, claim.refer_to) == (Decimal(300), None, None)
        assert claim.decided_at is not None
        assert (claim.version, claim.attempts) == (2, 1)
        assert await purposes(desk, claim) == []
        assert await notices(desk, claim) == ["claim.approved"]
        entry = desk.told.entries[-1]
        assert (entry.action, entry.actor) == ("claim.decided", "system")
        async with desk.database.reading() as transaction:
            row = await find_decision(transaction, claim.id)
        assert row is not None
        assert entry.detail["inputs_sha256"] == row.inputs_sha256
        assert entry.detail["executor"] == row.executor == "exe_1"
        assert entry.detail["codes"] == ["small_and_clean"]
        assert Decision.model_validate_json(row.decision).outcome == row.outcome == "approve"

    story(tell)


def test_a_doubtful_claim_waits_for_a_person_who_is_named(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.settled(paper(conflict=["total"]))
        assert (claim.status, claim.origin, claim.suggestion) == ("waiting", None, "refer")
        assert claim.refer_to is not None
        assert claim.risk > 0
        assert claim.decided_at is None
        assert await purposes(desk, claim) == [("decide", "open")]
        assert await notices(desk, claim) == ["claim.referred"]

    story(tell)


def test_a_stage_only_lowers_and_keeps_the_suggestion(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        desk.rules.rule = StageRule(stage="assist")
        claim = await desk.settled()
        assert (claim.status, claim.suggestion, claim.refer_to) == (
            "waiting",
            "approve",
            "reviewer",
        )
        async with desk.database.reading() as transaction:
            row = await find_decision(transaction, claim.id)
        assert row is not None
        assert "stage_assist" in [
            each.code for each in Decision.model_validate_json(row.decision).reasons
        ]

    story(tell)


@pytest.mark.parametrize(
    ("draw", "opened", "told"),
    [
        # Reviewers hear of a re-check as of a referral, or they could tell the two apart.
        (49_999, [("recheck", "open")], ["claim.approved", "claim.referred"]),
        (50_000, [], ["claim.approved"]),
    ],
)
def test_a_drawn_share_of_approvals_is_checked_again_and_looks_like_a_referral(
    story: Story, draw: int, opened: list[tuple[str, str]], told: list[str]
) -> None:
    async def tell(desk: ClaimDesk) -> None:
        desk.draw = draw
        desk.rules.rule = StageRule(stage="full", sample_share=0.05)
        claim = await desk.settled()
        assert claim.status == "approved"
        assert await purposes(desk, claim) == opened
        assert await notices(desk, claim) == told

    story(tell)


def test_the_same_invoice_again_is_never_approved_twice(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        number = "24332000000000900001"
        first, second = (
            await desk.submitted(paper(number=number), by=ANN),
            await desk.submitted(paper(number=number, junk=1), by=BOB),
        )
        await asyncio.gather(desk.run(first), desk.run(second))
        states = [(await desk.present(claim)).status for claim in (first, second)]
        assert sorted(states) == ["approved", "waiting"]

    story(tell)


def test_of_many_claims_with_one_invoice_at_once_one_is_approved_at_most(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        number = "24332000000000900011"
        claims = [await desk.submitted(paper(number=number, junk=n)) for n in range(8)]
        await asyncio.gather(*(desk.run(claim) for claim in claims))
        states = [(await desk.present(claim)).status for claim in claims]
        assert sorted(states) == ["approved", *["waiting"] * 7]

    story(tell)


def test_an_amount_beyond_all_measure_waits_for_a_person(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.settled(paper(total="99999999999999999999.00"))
        assert (claim.status, claim.total) == ("waiting", None)

    story(tell)


# --- once ----------------------------------------------------------------------------------------


def test_a_zombie_is_given_what_is_stored_and_changes_nothing(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        await read(desk, claim)
        first = await desk.steps.settle(claim.id, 1, executor="exe_1")
        before = await desk.present(claim)
        desk.now += timedelta(hours=1)
        zombie = desk.new_steps(draw=lambda: 0)
        desk.rules.rule = StageRule(stage="assist")
        assert await zombie.settle(claim.id, 1, executor="exe_2") == first
        assert await desk.present(claim) == before
        assert desk.told.actions(claim.id).count("claim.decided") == 1
        async with desk.database.reading() as transaction:
            rows = (await transaction.execute(select(DECISIONS.c.executor))).scalars().all()
        assert rows == ["exe_1"]

    story(tell)


def test_many_at_once_settle_it_once_and_all_say_the_same(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted(paper(conflict=["total"]))
        await read(desk, claim)
        given = await asyncio.gather(
            *(desk.new_steps().settle(claim.id, 1, executor=f"exe_{n}") for n in range(8))
        )
        assert set(given) == {Settled(claim.id, 1, "refer", "waiting")}
        assert await purposes(desk, claim) == [("decide", "open")]
        assert await notices(desk, claim) == ["claim.referred"]
        assert desk.told.actions(claim.id).count("claim.decided") >= 1
        async with desk.database.reading() as transaction:
            count = await transaction.execute(
                text("SELECT count(*) FROM audit_entries WHERE action = 'claim.decided'")
            )
            assert count.scalar_one() == 1

    story(tell)


def test_a_zombie_in_the_middle_of_deciding_changes_nothing(story: Story) -> None:
    """It had read everything, froze, and thaws when another has settled the claim."""

    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted(paper(picture="00ff" * 4))
        await read(desk, claim)
        asked, thawed = asyncio.Event(), asyncio.Event()

        class Frozen:
            async def similar(self, claim_id: str, **_: object) -> list[object]:
                asked.set()
                await thawed.wait()
                return []

            def __getattr__(self, name: str) -> object:
                return getattr(desk.history, name)

        zombie = desk.new_steps(history=Frozen())
        late = asyncio.create_task(zombie.settle(claim.id, 1, executor="exe_z"))
        await asked.wait()
        first = await desk.steps.settle(claim.id, 1, executor="exe_1")
        thawed.set()
        assert await late == first
        assert (await desk.present(claim)).version == 2
        assert desk.told.actions(claim.id).count("claim.decided") == 1

    story(tell)


def test_nothing_is_decided_on_half_of_the_files(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted(file(), file())
        begun = await desk.steps.begin(claim.id, 1)
        assert begun is not None
        await desk.steps.read(begun.attachments[0])
        with pytest.raises(WrongState, match="not read"):
            await desk.steps.settle(claim.id, 1, executor="exe_1")
        assert (await desk.present(claim)).status == "received"

    story(tell)


def test_a_broken_record_means_nothing_was_done(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        await read(desk, claim)

        async def broken(*_: object) -> None:
            raise BadClaim("no record", remedy="-")

        steps = desk.new_steps()
        steps._record = broken
        with pytest.raises(BadClaim):
            await steps.settle(claim.id, 1, executor="exe_1")
        assert (await desk.present(claim)).status == "received"
        assert await notices(desk, claim) == []
        assert await desk.steps.settle(claim.id, 1, executor="exe_1") is not None

    story(tell)


# --- races with people ---------------------------------------------------------------------------


def test_withdrawing_and_settling_at_once_one_of_them_counts(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        for _ in range(5):
            claim = await desk.submitted()
            await read(desk, claim)
            cancelled, settled = await asyncio.gather(
                desk.claims.cancel(ANN, claim.id, 1),
                desk.steps.settle(claim.id, 1, executor="exe_1"),
                return_exceptions=True,
            )
            now = await desk.present(claim)
            if now.status == "cancelled":
                assert settled is None
                assert await notices(desk, claim) == ["claim.cancelled"]
                again = await desk.submitted(paper())
                assert (await desk.run(again)) is not None
            else:
                assert isinstance(cancelled, Stale)
                assert isinstance(settled, Settled)
                assert now.status == "approved"

    story(tell)


def test_a_withdrawn_claims_invoice_is_free_even_if_it_was_being_settled(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        data = paper()
        claim = await desk.submitted(data)
        await read(desk, claim)
        await desk.claims.cancel(ANN, claim.id, 1)
        assert await desk.steps.settle(claim.id, 1, executor="exe_z") is None
        assert (await desk.settled(data)).status == "approved"

    story(tell)


def test_the_machine_of_an_earlier_round_does_not_settle_a_later_one(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.settled(paper(conflict=["total"]))
        async with desk.database.writing() as transaction:
            changes = {"status": "asked", "question": "?", "updated_at": desk.clock()}
            asked = await change_claim(transaction, claim.id, changes)
        assert asked is not None
        answered = await desk.claims.answer(ANN, claim.id, asked.version, "好")
        late = await desk.steps.settle(claim.id, 1, executor="exe_z")
        assert late == Settled(claim.id, 1, "refer", "waiting")
        assert (await desk.present(claim)).status == "received"
        done = await desk.run(answered)
        assert done is not None
        assert done.round == 2

    story(tell)


def test_what_a_person_asked_about_is_not_approved_by_the_machine(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        desk.rules.rule = StageRule(stage="assist")
        claim = await desk.settled()
        async with desk.database.writing() as transaction:
            changes = {"status": "asked", "question": "?", "updated_at": desk.clock()}
            asked = await change_claim(transaction, claim.id, changes)
        assert asked is not None
        desk.rules.rule = StageRule(stage="full", sample_share=0.0)
        await desk.run(await desk.claims.answer(ANN, claim.id, asked.version, "好"))
        now = await desk.present(claim)
        assert (now.status, now.suggestion, now.refer_to) == ("waiting", "approve", "reviewer")

    story(tell)
