"""Ways to be paid twice, or without the people that it takes: each was open once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, text

from tests.resources.claim_stories import Story, postgres, story
from tests.resources.claims import (
    ANN,
    BOB,
    SUPERVISOR,
    ClaimDesk,
    file,
    fresh_number,
    paper,
    principal,
)
from yuepi.access.principal import Principal
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.corrections import Correction
from yuepi.approvals.history import InvoicesHeld, ReadAttachment, papers_of
from yuepi.approvals.review_rows import NotForYou, ReviewTerms
from yuepi.approvals.reviews import Reviews
from yuepi.approvals.stage_shelf import StageShelf
from yuepi.approvals.store.attachments import attachments_of, readings_of, to_be_read
from yuepi.approvals.store.decisions import find_decision
from yuepi.approvals.store.reviews import of_claim
from yuepi.documents.kept_reading import files_of

__all__ = ["postgres", "story"]

SECOND = principal("usr_sec", "reviewer")
THIRD = principal("usr_thi", "reviewer")


def pool(desk: ClaimDesk, above: int | None = None) -> Reviews:
    terms = ReviewTerms(second_eyes_above=None if above is None else Decimal(above))
    stages = StageShelf(desk.database, desk.record, desk.clock)
    return Reviews(
        desk.database, desk.record, desk.clock, terms, history=desk.history, stages=stages
    )


async def taken(desk: ClaimDesk, claim: ClaimRow, who: Principal, reviews: Reviews) -> str:
    """The claim's open review, held by this person."""
    async with desk.database.reading() as transaction:
        (review,) = await of_claim(transaction, claim.id, only_open=True)
    await reviews.take(who, review.id)
    return review.id


async def decided(
    desk: ClaimDesk, claim: ClaimRow, verdict: Any, who: Principal = SECOND, **more: Any
) -> ClaimRow:
    reviews = pool(desk)
    review = await taken(desk, claim, who, reviews)
    version = (await desk.present(claim)).version
    await reviews.decide(who, review, verdict, "看过了", version, **more)
    return await desk.present(claim)


async def codes(desk: ClaimDesk, claim: ClaimRow) -> str:
    async with desk.database.reading() as transaction:
        row = await find_decision(transaction, claim.id)
    assert row is not None
    return row.decision


async def corrected(
    desk: ClaimDesk, claim: ClaimRow, reviews: Reviews, review: str, **values: str
) -> ClaimRow:
    """The claim after SECOND, who holds the review, corrected its first paper."""
    async with desk.database.reading() as transaction:
        first = (await attachments_of(transaction, claim.id))[0]
    told = [Correction(first.id, 0, 0, name, value) for name, value in values.items()]
    await reviews.correct(SECOND, review, told, claim.version)
    return await desk.present(claim)


# --- the same invoice again ----------------------------------------------------------------------


def test_what_a_person_rejected_the_machine_does_not_approve(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        number = fresh_number()
        first = await desk.settled(paper(number=number, conflict=["total"]))
        assert (await decided(desk, first, "reject")).status == "rejected"
        again = await desk.settled(paper(number=number, junk=1), by=BOB)
        assert (again.status, again.suggestion) == ("waiting", "approve")
        assert "turned_down_before" in await codes(desk, again)
        assert (await decided(desk, again, "approve")).status == "approved"

    story(tell)


def test_withdrawing_what_a_person_asked_about_is_no_way_round_them(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        number = fresh_number()
        first = await desk.settled(paper(number=number, conflict=["total"]))
        reviews = pool(desk)
        review = await taken(desk, first, SECOND, reviews)
        asked = await reviews.ask(SECOND, review, "与谁吃饭?", first.version)
        await desk.claims.cancel(ANN, first.id, asked.version)
        again = await desk.settled(paper(number=number, junk=1))
        assert again.status == "waiting"

    story(tell)


def test_appealing_and_withdrawing_an_approved_claim_frees_nothing(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        number = fresh_number()
        first = await desk.settled(paper(number=number))
        assert first.status == "approved"
        appealed = await pool(desk).appeal(ANN, first.id)
        await desk.claims.cancel(ANN, first.id, appealed.version)
        again = await desk.settled(paper(number=number, junk=1))
        assert again.status == "waiting"
        with pytest.raises(InvoicesHeld) as caught:
            await decided(desk, again, "approve")
        assert {past.claim for past in caught.value.held} == {first.id}

    story(tell)


def test_a_later_claim_that_was_approved_counts_before_a_stuck_first_one(story: Story) -> None:
    """The first one is registered, then the machine fails on it, while the second one is paid."""

    async def tell(desk: ClaimDesk) -> None:
        number = fresh_number()
        first = await desk.submitted(paper(number=number))
        begun = await desk.steps.begin(first.id, 1)
        assert begun is not None
        for attachment in begun.attachments:
            await desk.steps.read(attachment)

        class Broken:
            async def look(self, *_: object, **__: object) -> object:
                raise RuntimeError("broken")

            def __getattr__(self, name: str) -> object:
                return getattr(desk.history, name)

        with pytest.raises(RuntimeError):
            await desk.new_steps(history=Broken()).settle(first.id, 1, executor="exe")
        second = await desk.settled(paper(number=number, junk=1), by=BOB)
        assert second.suggestion == "suggest_reject"
        with pytest.raises(InvoicesHeld):
            await decided(desk, second, "approve")
        await decided(desk, second, "approve", despite_held=True)
        while await desk.steps.fail(first.id, 1, RuntimeError("broken")):
            await desk.steps.begin(first.id, 1)
        stuck = await desk.present(first)
        assert stuck.status == "quarantined"
        released = await desk.claims.release(
            SUPERVISOR, first.id, stuck.version, to_person=False, reason="再试"
        )
        await desk.run(released)
        after = await desk.present(first)
        assert (after.status, after.suggestion) == ("waiting", "suggest_reject")

    story(tell)


def test_correcting_into_a_paid_number_is_not_approved_unnoticed(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        number = f"26{fresh_number()[2:]}"
        assert (await desk.settled(paper(number=number))).status == "approved"
        other = await desk.settled(paper(conflict=["number"]), by=BOB)
        reviews = pool(desk)
        review = await taken(desk, other, SECOND, reviews)
        now = await corrected(desk, other, reviews, review, number=number)
        with pytest.raises(InvoicesHeld):
            await reviews.decide(SECOND, review, "approve", "", now.version)
        assert (await desk.present(other)).status == "waiting"
        # Who put the number there is not the only one to approve it, despite it or not.
        told = await reviews.decide(
            SECOND, review, "approve", "都对", now.version, despite_held=True
        )
        assert not told.final
        await reviews.take(THIRD, review)
        await reviews.decide(THIRD, review, "approve", "都对", now.version, despite_held=True)
        assert (await desk.present(other)).status == "approved"

    story(tell)


async def known(desk: ClaimDesk, number: str) -> Sequence[str | None]:
    """The claims that a new claim with this number finds before it."""
    claim = await desk.submitted(paper(number=number, junk=9), by=BOB)
    await desk.run(claim)
    async with desk.database.reading() as transaction:
        rows = await readings_of(transaction, claim.id)
    papers = papers_of([each for row in rows for each in files_of(row.files)])
    return [past.claim for past in await desk.history.past(claim.id, papers)]


def test_a_number_in_wide_or_hidden_characters_is_the_same_number(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        number = fresh_number()
        assert (await desk.settled(paper("invoice", number=number, currency="CNY"))).status == (
            "approved"
        )
        wide = "".join(chr(ord(digit) + 0xFEE0) for digit in number)
        for other in (wide, f"{number[:5]}\u200b{number[5:]}", f"{number[:5]}\x00{number[5:]}"):
            again = await desk.settled(paper("invoice", number=other, currency="CNY"))
            assert (again.status, again.suggestion) == ("waiting", "suggest_reject"), other

    story(tell)


def test_a_thawed_worker_does_not_undo_a_correction_in_the_history(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        number = f"26{fresh_number()[2:]}"
        claim = await desk.submitted(paper(conflict=["number"]))
        await desk.run(claim)
        async with desk.database.reading() as transaction:
            rows = await readings_of(transaction, claim.id)
            reviews = pool(desk)
        review = await taken(desk, claim, SECOND, reviews)
        waiting = await desk.present(claim)
        await corrected(desk, waiting, reviews, review, number=number)
        read = [ReadAttachment(row.attachment_id, files_of(row.files)) for row in rows]
        await desk.history.register(claim, ANN.id, read)  # as it was when the worker froze
        assert await known(desk, number) == [claim.id]

    story(tell)


def test_the_next_round_keeps_what_people_corrected_in_the_history(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        number = f"26{fresh_number()[2:]}"
        claim = await desk.settled(paper(conflict=["number"]))
        reviews = pool(desk)
        review = await taken(desk, claim, SECOND, reviews)
        now = await corrected(desk, claim, reviews, review, number=number)
        asked = await reviews.ask(SECOND, review, "与谁吃饭?", now.version)
        await desk.run(await desk.claims.answer(ANN, claim.id, asked.version, "客户"))
        assert (await decided(desk, claim, "approve", THIRD)).status == "approved"
        assert await known(desk, number) == [claim.id]

    story(tell)


def test_what_a_person_approves_after_the_machine_gave_up_is_in_the_history(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        number = fresh_number()
        claim = await desk.submitted(file(paper(number=number)), file(paper(crash=True)))
        begun = await desk.steps.begin(claim.id, 1)
        assert begun is not None
        await desk.steps.read(begun.attachments[0])
        while await desk.steps.fail(claim.id, 1, RuntimeError("broken")):
            await desk.steps.begin(claim.id, 1)
        stuck = await desk.present(claim)
        handed = await desk.claims.release(
            SUPERVISOR, claim.id, stuck.version, to_person=True, reason="人工"
        )
        assert (await decided(desk, handed, "approve")).status == "approved"
        again = await desk.settled(paper(number=number, junk=1), by=BOB)
        assert (again.status, again.suggestion) == ("waiting", "suggest_reject")

    story(tell)


def test_what_a_person_asked_about_out_of_quarantine_stays_with_people(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        while await desk.steps.fail(claim.id, 1, RuntimeError("broken")):
            await desk.steps.begin(claim.id, 1)
        stuck = await desk.present(claim)
        handed = await desk.claims.release(
            SUPERVISOR, claim.id, stuck.version, to_person=True, reason="人工"
        )
        reviews = pool(desk)
        review = await taken(desk, handed, SECOND, reviews)
        asked = await reviews.ask(SECOND, review, "与谁吃饭?", handed.version)
        await desk.run(await desk.claims.answer(ANN, claim.id, asked.version, "客户"))
        after = await desk.present(claim)
        assert (after.status, after.suggestion) == ("waiting", "approve")

    story(tell)


# --- two pairs of eyes ---------------------------------------------------------------------------


def test_the_first_approval_does_not_stand_for_what_the_second_person_changed(
    story: Story,
) -> None:
    async def tell(desk: ClaimDesk) -> None:
        reviews = pool(desk, above=100)
        claim = await desk.settled(paper(conflict=["total"]))
        review = await taken(desk, claim, THIRD, reviews)
        assert not (await reviews.decide(THIRD, review, "approve", "", claim.version)).final
        await reviews.take(SECOND, review)
        now = await corrected(desk, claim, reviews, review, total="90000.00")
        answered = await reviews.decide(SECOND, review, "approve", "", now.version)
        assert not answered.final
        with pytest.raises(NotForYou):
            await reviews.take(SECOND, review)
        await reviews.take(THIRD, review)
        assert (await reviews.decide(THIRD, review, "approve", "", now.version)).final

    story(tell)


@pytest.mark.parametrize("sort", ["foreign", "unreadable", "kind"])
def test_amounts_that_the_total_leaves_out_need_two(story: Story, sort: str) -> None:
    async def tell(desk: ClaimDesk) -> None:
        reviews = pool(desk, above=1000)
        beside = {
            "foreign": paper("invoice", currency="USD", total="90000.00"),
            "unreadable": paper(fault=True),
            "kind": paper("menu", total="90000.00"),
        }[sort]
        claim = await desk.settled(file(beside, "b.png"), file(paper(), "a.png"))
        assert claim.status == "waiting"
        review = await taken(desk, claim, SECOND, reviews)
        if sort == "kind":
            claim = await corrected(desk, claim, reviews, review, kind="digital_invoice")
        answered = await reviews.decide(SECOND, review, "approve", "看过了", claim.version)
        assert not answered.final

    story(tell)


def test_looking_for_the_same_bytes_reads_no_table_from_end_to_end(story: Story) -> None:
    """What one file costs stays the same however many invoices there are."""

    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        async with desk.database.reading() as transaction:
            (attachment,) = await attachments_of(transaction, claim.id)
        plans: list[str] = []
        engine = desk.database.engine.sync_engine
        sqlite = desk.database.dialect == "sqlite"

        def explained(connection: Any, _: Any, statement: str, values: Any, *__: Any) -> None:
            if statement.startswith("SELECT"):
                how = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
                found = connection.exec_driver_sql(how + statement, values).all()
                plans.append("\n".join(map(str, found)))

        async with desk.database.reading() as transaction:
            if not sqlite:
                await transaction.execute(text("SET LOCAL enable_seqscan = off"))
            event.listen(engine, "before_cursor_execute", explained)
            await to_be_read(transaction, attachment, "quick-1")
        assert len(plans) == 1
        assert "SCAN invoices" not in plans[0]
        assert "Seq Scan on invoices" not in plans[0]
        assert "ix_invoices_sha256" in plans[0]

    story(tell)
