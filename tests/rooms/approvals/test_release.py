"""Claims that the machine gave up, and what is told of what happened to a claim."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.resources.claim_stories import Story, postgres, story
from tests.resources.claims import ANN, REVIEWER, SUPERVISOR, ClaimDesk, paper, principal
from yuepi.access.principal import MissingRight, Principal
from yuepi.approvals.claim_rows import ClaimRow, NotFound
from yuepi.approvals.claims import Claims
from yuepi.approvals.review_rows import NotForYou, ReasonNeeded
from yuepi.approvals.store.reviews import of_claim
from yuepi.audit.trail import Trail

__all__ = ["postgres", "story"]


def test_a_supervisor_lets_a_claim_out_to_the_machine_or_to_a_person(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        async def set_aside(by: Principal = ANN) -> ClaimRow:
            claim = await desk.submitted(paper(crash=True), by=by)
            for _ in range(desk.attempts_max):
                assert await desk.steps.begin(claim.id, 1) is not None
                await desk.steps.fail(claim.id, 1, RuntimeError("broken"))
            return await desk.present(claim)

        claim = await set_aside()
        assert (claim.status, claim.question) == ("quarantined", "RuntimeError: broken")
        again = await desk.claims.release(
            SUPERVISOR, claim.id, claim.version, to_person=False, reason="修好了"
        )
        assert (again.status, again.round, again.attempts) == ("received", 2, 0)
        claim = await set_aside()
        given = await desk.claims.release(
            SUPERVISOR, claim.id, claim.version, to_person=True, reason="人工"
        )
        assert given.status == "waiting"
        async with desk.database.reading() as transaction:
            reviews = await of_claim(transaction, claim.id, only_open=True)
        assert [each.purpose for each in reviews] == ["decide"]
        claim = await set_aside()
        for who, reason, error in (
            (REVIEWER, "x", MissingRight),
            (SUPERVISOR, "", ReasonNeeded),
            (principal("usr_far", "supervisor", department="dep_lab"), "好的", NotFound),
        ):
            with pytest.raises(error):
                await desk.claims.release(
                    who, claim.id, claim.version, to_person=True, reason=reason
                )
        own = await set_aside(by=SUPERVISOR)
        with pytest.raises(NotForYou):
            await desk.claims.release(
                SUPERVISOR, own.id, own.version, to_person=False, reason="好的"
            )

    story(tell)


def test_what_happened_is_told_without_internals(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claims = Claims(
            desk.database,
            desk.blobs,
            desk.record,
            desk.clock,
            desk.limits,
            history=desk.history,
            terms=desk.terms,
            trail=Trail(desk.database),
        )
        claim = await desk.settled(paper(total="120.00"))
        events = await claims.events(ANN, claim.id)
        assert [(each.action, each.by) for each in events] == [
            ("claim.submitted", "submitter"),
            ("claim.read", "machine"),
            ("claim.decided", "machine"),
        ]
        assert events[-1].detail["applied"] == "approved"
        assert not {"executor", "inputs_sha256", "pictures"} & {
            name for each in events for name in each.detail
        }
        assert await claims.events(ANN, claim.id, after=events[1].seq) == events[2:]
        assert (await desk.present(claim)).total == Decimal("120.00")

    story(tell)
