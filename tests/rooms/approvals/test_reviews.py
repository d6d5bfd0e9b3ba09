"""The queue: what is in it for whom, in which order. Leases: held, lost, taken over."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.resources.pool import BO, CHEN, DING, FAR, NOW, PoolDesk, Story, paper, person
from yuepi.access.principal import MissingRight, Principal
from yuepi.approvals.blind import blinded
from yuepi.approvals.claim_rows import ClaimRow, WrongState
from yuepi.approvals.review_pool import open_many, open_review, void_reviews
from yuepi.approvals.review_rows import HELD_MAX, LeaseLost, NotForYou, Taken, TooManyHeld
from yuepi.approvals.store import reviews as rows
from yuepi.approvals.store.review_tables import REVIEWS
from yuepi.kit.cursors import write_cursor
from yuepi.kit.database import RowRefused
from yuepi.kit.errors import BadUsage
from yuepi.kit.steady import Ticker


async def claims(desk: PoolDesk, *risks: int, **values: object) -> list[ClaimRow]:
    """Claims of these risks, a minute apart."""
    made = []
    for risk in risks:
        made.append(await desk.claim(risk=risk, papers=[], **values))  # type: ignore[arg-type]
        desk.later(minutes=1)
    return made


def test_the_riskiest_and_then_the_oldest_come_first(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        low, high, mid, high_too = await claims(desk, 10, 90, 50, 90)
        lines = (await desk.reviews.queue(BO)).rows
        assert [line.claim_id for line in lines] == [high.id, high_too.id, mid.id, low.id]
        assert [line.waits_s for line in lines] == [180.0, 60.0, 120.0, 240.0]
        assert not any(line.overdue for line in lines)
        risky = (await desk.reviews.queue(BO, risk_min=50)).rows
        assert [line.claim_id for line in risky] == [high.id, high_too.id, mid.id]

    pool(tell)


def test_pages_hold_every_review_once(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        await claims(desk, *([10, 90, 50] * 4))
        whole = (await desk.reviews.queue(BO)).rows
        assert len(whole) == 12
        boss = Principal("usr_all", "all", frozenset({"reviewer", "auditor"}))
        wide = Principal(
            BO.id, "bo", BO.roles, BO.department, below=frozenset(f"dep_{n}" for n in range(40))
        )
        for who in (BO, boss, wide):
            seen, after = [], None
            while True:
                page = await desk.reviews.queue(who, rows_max=5, after=after)
                assert len(page.rows) <= 5
                seen += [line.id for line in page.rows]
                after = page.next
                if after is None:
                    break
            assert seen == [line.id for line in whole]
        for cursor in ("x", write_cursor("a", "b", "c"), write_cursor(1, "2026", "c")):
            with pytest.raises(BadUsage):
                await desk.reviews.queue(BO, after=cursor)

    pool(tell)


def test_who_finds_what(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        own = await desk.claim(DING, papers=[])
        far = await desk.claim(person("eve", department="dep_far"), papers=[], category="food")
        everyone = Principal("usr_all", "all", frozenset({"reviewer", "auditor"}))
        found = {
            who.id: {line.claim_id for line in (await desk.reviews.queue(who)).rows}
            for who in (BO, DING, FAR, everyone)
        }
        assert found == {
            BO.id: {own.id},
            DING.id: set(),
            FAR.id: {far.id},
            everyone.id: {own.id, far.id},
        }
        (line,) = (await desk.reviews.queue(everyone, category="food")).rows
        assert line.claim_id == far.id
        (line,) = (await desk.reviews.queue(everyone, department="dep_far")).rows
        assert line.claim_id == far.id
        assert (await desk.reviews.queue(BO, department="dep_far")).rows == ()
        assert await desk.reviews.counts(everyone) == {"decide": 2, "appeal": 0}
        assert await desk.reviews.counts(DING) == {"decide": 0, "appeal": 0}
        for who in (person("an"), person("look", "auditor")):
            with pytest.raises(MissingRight):
                await desk.reviews.queue(who)
            with pytest.raises(MissingRight):
                await desk.reviews.counts(who)

    pool(tell)


def test_who_handed_a_claim_in_does_not_review_it(pool: Story) -> None:
    """Whatever roles a program's account was given besides."""
    both = person("both", "service", "reviewer", "supervisor")

    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(handed_in_by=both.id)
        checked = await desk.claim(handed_in_by=both.id, purpose="recheck")
        other = await desk.claim()
        assert [row.claim_id for row in (await desk.reviews.queue(both)).rows] == [other.id]
        assert len((await desk.reviews.queue(BO)).rows) == 3
        review = next(
            row for row in (await desk.reviews.queue(BO)).rows if row.claim_id == claim.id
        )
        for act in (desk.reviews.find, desk.reviews.take):
            with pytest.raises(NotForYou) as refused:
                await act(both, review.id)
            assert refused.value.code == "own_claim"
        with pytest.raises(NotForYou):
            await desk.reviews.override(both, checked.id, "reject", "不符", version=checked.version)
        async with desk.database.writing() as transaction:
            row = await rows.by_id(transaction, review.id)
            assert row is not None
            assert row.handed_in_by == both.id
            # Nor would the queries let them, or the database.
            assert not await rows.lease(transaction, row.id, both.id, now_s=0.0, until_s=9.0)
        with pytest.raises(RowRefused, match="not_handed_in"):
            async with desk.database.writing() as transaction:
                await rows.change(transaction, row, decided_by=both.id)

    pool(tell)


def test_opening_twice_is_once(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(purpose=None)

        async def once() -> str:
            async with desk.database.writing() as transaction:
                return await open_review(transaction, claim, "decide")

        assert len(set(await asyncio.gather(*(once() for _ in range(5))))) == 1
        async with desk.database.writing() as transaction:
            assert len(await void_reviews(transaction, claim.id, NOW)) == 1
            await open_many(transaction, [claim])
        assert sorted(each.status for each in await desk.reviews_of(claim.id)) == ["open", "void"]

    pool(tell)


# --- leases --------------------------------------------------------------------------------------


def test_one_holds_it_and_others_wait(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = (await desk.open_one(claim.id)).id
        told = await asyncio.gather(
            *(desk.reviews.take(person(f"r{n}", "reviewer"), review) for n in range(6)),
            return_exceptions=True,
        )
        taken = [each for each in told if not isinstance(each, BaseException)]
        assert len(taken) == 1
        assert taken[0].version == claim.version
        assert sum(isinstance(each, Taken) for each in told) == 5
        (line,) = (await desk.reviews.queue(BO)).rows
        assert line.holder_id is not None
        assert line.held_left_s == desk.terms.lease_s
        with pytest.raises(LeaseLost):
            await desk.reviews.renew(BO, review)
        with pytest.raises(LeaseLost) as caught:
            await desk.reviews.decide(BO, review, "approve", "", claim.version)
        assert (caught.value.code, caught.value.http_status) == ("lease_lost", 409)

    pool(tell)


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_steals_nothing(pool: Story, hours: int) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = await desk.held(BO, claim)
        desk.later(hours=hours)
        with pytest.raises(Taken):
            await desk.reviews.take(CHEN, review)
        # The ticker's own monotonic clock may jump as well, after a machine slept.
        jump = [0.0]
        ticker = Ticker(desk.database, monotonic=lambda: jump[0])
        for _ in range(3):
            await ticker.look()
            jump[0] += 3600.0
        with pytest.raises(Taken):
            await desk.reviews.take(CHEN, review)
        await desk.reviews.decide(BO, review, "approve", "", claim.version)

    pool(tell)


def test_what_ran_out_is_taken_over_and_lost(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = await desk.held(BO, claim)
        await desk.pass_s(desk.terms.lease_s - 1)
        await desk.reviews.renew(BO, review)
        await desk.pass_s(desk.terms.lease_s)
        for answer in (
            desk.reviews.decide(BO, review, "approve", "", claim.version),
            desk.reviews.ask(BO, review, "什么？", claim.version),
            desk.reviews.correct(BO, review, [], claim.version),
            desk.reviews.advice(BO, review),
            desk.reviews.renew(BO, review),
        ):
            with pytest.raises(LeaseLost):
                await answer
        (line,) = (await desk.reviews.queue(CHEN)).rows
        assert line.holder_id is None
        await desk.reviews.take(CHEN, review)
        with pytest.raises(Taken):
            await desk.reviews.take(BO, review)
        await desk.reviews.hand_back(BO, review)
        assert (await desk.open_one(claim.id)).holder_id == CHEN.id

    pool(tell)


def test_taking_at_the_end_of_a_lease_is_one_persons(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        for _ in range(4):
            claim = await desk.claim(papers=[])
            review = await desk.held(BO, claim)
            await desk.pass_s(desk.terms.lease_s)
            decided, taken = await asyncio.gather(
                desk.reviews.decide(BO, review, "approve", "", claim.version),
                desk.reviews.take(CHEN, review),
                return_exceptions=True,
            )
            assert isinstance(decided, LeaseLost)
            assert not isinstance(taken, BaseException)

    pool(tell)


def test_handing_back(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = await desk.held(BO, claim)
        (mine,) = (await desk.reviews.queue(BO, mine=True)).rows
        assert mine.id == review
        assert (await desk.reviews.queue(CHEN, mine=True)).rows == ()
        await desk.reviews.hand_back(BO, review)
        await desk.reviews.hand_back(BO, review)
        assert (await desk.reviews.queue(BO, mine=True)).rows == ()
        await desk.reviews.take(CHEN, review)

    pool(tell)


def test_nobody_hoards(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        made = [await desk.claim(papers=[], purpose=None) for _ in range(HELD_MAX + 1)]
        async with desk.database.writing() as transaction:
            await open_many(transaction, made)
        lines = (await desk.reviews.queue(BO)).rows
        for line in lines[:HELD_MAX]:
            await desk.reviews.take(BO, line.id)
        await desk.reviews.take(BO, lines[0].id)
        with pytest.raises(TooManyHeld):
            await desk.reviews.take(BO, lines[HELD_MAX].id)

    pool(tell)


def test_closed_reviews_are_not_taken(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = (await desk.open_one(claim.id)).id
        async with desk.database.writing() as transaction:
            await transaction.execute(update(REVIEWS).values(status="void"))
        for verb in (desk.reviews.take, desk.reviews.renew):
            with pytest.raises(WrongState):
                await verb(BO, review)

    pool(tell)


# --- pure ----------------------------------------------------------------------------------------

_TEXTS = st.none() | st.sampled_from(["automatic", "person", "approve", "refer", "full", "usr_x"])


@given(st.sampled_from(["approved", "waiting"]), _TEXTS, _TEXTS, _TEXTS, st.integers(0, 5))
def test_blinded_claims_do_not_tell(
    status: str, origin: str | None, suggestion: str | None, stage: str | None, attempts: int
) -> None:
    def shown(**values: object) -> ClaimRow:
        empty: dict[str, object] = dict.fromkeys(ClaimRow.__slots__)
        row = empty | {"id": "clm_1", "created_at": NOW, "version": 3} | values
        return blinded(ClaimRow(**row))  # type: ignore[arg-type]

    moment = NOW + timedelta(minutes=attempts)
    assert shown(status="waiting") == shown(
        status=status,
        origin=origin,
        decided_by=origin,
        suggestion=suggestion,
        refer_to=suggestion,
        stage=stage,
        attempts=attempts,
        queued_at=moment,
        decided_at=moment,
        updated_at=moment,
    )


def test_a_view_holds_the_papers(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(papers=[paper(), paper(number="26332000000012345602")])
        review = (await desk.open_one(claim.id)).id
        view = await desk.reviews.find(BO, review)
        (attachment,) = view.attachments
        (file,) = view.files[attachment.id]
        assert [each.value("number") for each in file.readings][1].endswith("02")  # type: ignore[union-attr]
        assert view.may_decide
        assert view.facts is not None
        assert (view.answer, view.earlier, view.corrections) == (None, (), ())

    pool(tell)
