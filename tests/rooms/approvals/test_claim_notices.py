"""Who is told of what a submitter does; what a service did and whose claims are `mine`."""

from __future__ import annotations

from sqlalchemy import select

from tests.resources.claim_stories import Story, postgres, story
from tests.resources.claims import ANN, BOB, SERVICE, ClaimDesk, paper, principal, submission
from yuepi.approvals.claim_events import public_events
from yuepi.approvals.review_rows import ReviewTerms
from yuepi.approvals.reviews import Reviews
from yuepi.approvals.stage_shelf import StageShelf
from yuepi.approvals.store.notices import NOTICES
from yuepi.approvals.store.reviews import of_claim
from yuepi.audit.trail import Trail

__all__ = ["postgres", "story"]

REN = principal("usr_ren", "reviewer")


async def told(desk: ClaimDesk, kind: str) -> list[tuple[str | None, str | None]]:
    async with desk.database.reading() as transaction:
        rows = await transaction.execute(
            select(NOTICES.c.user_id, NOTICES.c.role).where(NOTICES.c.kind == kind)
        )
        return [(row.user_id, row.role) for row in rows]


async def taken(desk: ClaimDesk, claim_id: str) -> tuple[Reviews, str]:
    stages = StageShelf(desk.database, desk.record, desk.clock)
    reviews = Reviews(
        desk.database, desk.record, desk.clock, ReviewTerms(), history=desk.history, stages=stages
    )
    async with desk.database.reading() as transaction:
        (review,) = await of_claim(transaction, claim_id, only_open=True)
    await reviews.take(REN, review.id)
    return reviews, review.id


def test_who_asked_is_told_of_the_answer(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.settled(paper(conflict=["total"]))
        reviews, review = await taken(desk, claim.id)
        asked = await reviews.ask(REN, review, "与谁吃饭?", claim.version)
        assert await told(desk, "claim.answered") == []
        await desk.claims.answer(ANN, claim.id, asked.version, "客户")
        assert await told(desk, "claim.answered") == [(REN.id, None)]

    story(tell)


def test_who_works_on_a_claim_is_told_that_it_was_withdrawn(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.settled(paper(conflict=["total"]))
        await taken(desk, claim.id)
        await desk.claims.cancel(ANN, claim.id, claim.version)
        assert await told(desk, "claim.cancelled") == [(REN.id, None)]
        # Nobody holds it: webhooks alone hear of it.
        other = await desk.settled(paper(conflict=["total"]))
        await desk.claims.cancel(ANN, other.id, other.version)
        assert (None, None) in await told(desk, "claim.cancelled")

    story(tell)


def test_what_a_program_handed_in(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim, _ = await desk.claims.submit(SERVICE, submission(for_user="bob"))
        await desk.submitted()
        assert [row.id for row in (await desk.claims.page(SERVICE, mine=True)).rows] == [claim.id]
        assert [row.id for row in (await desk.claims.page(BOB, mine=True)).rows] == [claim.id]
        entries = await Trail(desk.database).entries(subject=claim.id, after=0, rows_max=9)
        assert [each.by for each in public_events(entries, claim)] == ["service"]

    story(tell)
