"""What people corrected and confirmed comes out as labels: what was read, beside the truth."""

from __future__ import annotations

from datetime import timedelta

from tests.resources.pool import BO, PoolDesk, Story, paper
from yuepi.approvals.corrections import Correction
from yuepi.approvals.labels import labels


def test_the_last_word_on_each_field_is_its_label(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim(papers=[paper(), paper(number="26332000000012345602")])
        review = await desk.held(BO, claim)
        attachment = f"att_{claim.id[4:]}"

        def one(at: int, field: str, value: str | None = None) -> Correction:
            return Correction(attachment, 0, at, field, value, confirmed=value is None)

        made = await desk.reviews.correct(
            BO,
            review,
            [one(0, "number", "26332000000000000009"), one(0, "total"), one(1, "kind", "receipt")],
            claim.version,
        )
        desk.now += timedelta(minutes=1)
        await desk.reviews.correct(
            BO, review, [one(0, "number", "26332000000000000008")], made.claim.version
        )
        found = {(each.document[-1], each.name): each for each in await labels(desk.database)}
        assert set(found) == {("0", "number"), ("0", "total")}
        number = found["0", "number"]
        assert number.truth == "26332000000000000008"
        assert number.read.value == "26332000000012345601"
        assert found["0", "total"].truth == found["0", "total"].read.value
        assert number.tier == paper().quality

    pool(tell)


def test_nothing_corrected_gives_no_labels(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        await desk.claim()
        assert await labels(desk.database) == []

    pool(tell)
