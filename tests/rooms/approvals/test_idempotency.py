"""One request with a key is one claim, however often and at once it comes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.resources.claim_stories import Story, postgres, story
from tests.resources.claims import ANN, BOB, ClaimDesk, file, paper, submission
from yuepi.approvals.store.claim_tables import ATTACHMENTS, CLAIMS
from yuepi.approvals.submission import Submission
from yuepi.kit.errors import BadUsage
from yuepi.kit.idempotency import (
    FORGET_ROWS_MAX,
    IDEMPOTENCY,
    KEPT_DAYS,
    Idempotency,
    IdempotencyMismatch,
    checked_key,
)

__all__ = ["postgres", "story"]


async def count(desk: ClaimDesk, table: object) -> int:
    async with desk.database.reading() as transaction:
        return int(
            (await transaction.execute(select(func.count()).select_from(table))).scalar_one()  # type: ignore[arg-type]
        )


def test_fifty_at_once_with_one_key_are_one_claim(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        asked = submission(file(), file(), note="打车")
        given = await asyncio.gather(*(desk.claims.submit(ANN, asked, "k-1") for _ in range(50)))
        assert len({claim.id for claim, _ in given}) == 1
        assert [new for _, new in given].count(True) == 1
        assert await count(desk, CLAIMS) == 1
        assert await count(desk, ATTACHMENTS) == 2
        assert desk.told.actions(given[0][0].id) == ["claim.submitted"]

    story(tell)


def test_the_same_again_gives_the_claim_as_it_is_by_now(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        asked = submission()
        claim, new = await desk.claims.submit(ANN, asked, "k-1")
        assert new
        await desk.run(claim)
        again, new = await desk.claims.submit(ANN, asked, "k-1")
        assert not new
        assert (again.id, again.status) == (claim.id, "approved")

    story(tell)


def test_another_content_under_the_key_is_refused_and_stores_nothing(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        data = paper()
        asked = submission(file(data))
        await desk.claims.submit(ANN, asked, "k-1")
        others = (
            submission(file(paper())),
            submission(file(data, "other.png")),
            replace(asked, note="x"),
            replace(asked, category="travel"),
            replace(asked, files=(*asked.files, *asked.files)),
        )
        for other in others:
            with pytest.raises(IdempotencyMismatch) as refused:
                await desk.claims.submit(ANN, other, "k-1")
            assert (refused.value.code, refused.value.http_status) == ("idempotency_mismatch", 409)
        assert await count(desk, CLAIMS) == 1

    story(tell)


def test_keys_are_each_persons_own_and_without_one_each_is_new(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        asked = submission()
        mine, _ = await desk.claims.submit(ANN, asked, "k-1")
        yours, _ = await desk.claims.submit(BOB, asked, "k-1")
        assert mine.id != yours.id
        for _ in range(2):
            _, new = await desk.claims.submit(ANN, asked)
            assert new

    story(tell)


def test_a_refused_request_leaves_its_key_free(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        with pytest.raises(Exception, match="empty"):
            await desk.claims.submit(ANN, submission(file(b"")), "k-1")
        _, new = await desk.claims.submit(ANN, submission(), "k-1")
        assert new

    story(tell)


def test_keys_are_forgotten_in_the_end(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        await desk.claims.submit(ANN, submission(), "k-1")
        keys = Idempotency(desk.database)
        assert await keys.forget(desk.now + timedelta(days=KEPT_DAYS - 1)) == 0
        assert await keys.forget(desk.now + timedelta(days=KEPT_DAYS + 1)) == 1
        assert await count(desk, IDEMPOTENCY) == 0
        assert FORGET_ROWS_MAX > 0

    story(tell)


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 256, "钥匙", "a\n", "\x00"])
def test_an_unusable_key_is_refused(key: str) -> None:
    with pytest.raises(BadUsage) as refused:
        checked_key(key)
    assert refused.value.code == "bad_idempotency_key"


@given(
    st.lists(st.tuples(st.text(max_size=8), st.binary(max_size=8)), max_size=3),
    st.lists(st.tuples(st.text(max_size=8), st.binary(max_size=8)), max_size=3),
    st.text(max_size=5),
    st.text(max_size=5),
)
def test_fingerprints_are_equal_only_for_equal_contents(
    one: list[tuple[str, bytes]], other: list[tuple[str, bytes]], note: str, other_note: str
) -> None:
    first = Submission(tuple(file(data, name) for name, data in one), note=note)
    second = Submission(tuple(file(data, name) for name, data in other), note=other_note)
    shown = [(each.shown, each.data) for each in first.files]
    same = shown == [(each.shown, each.data) for each in second.files] and note == other_note
    assert (first.fingerprint == second.fingerprint) == same
    day = replace(first, on=date(2026, 1, 1))
    assert day.fingerprint != first.fingerprint
