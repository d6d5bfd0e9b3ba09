"""Search finds what is within reach by what people remember, and tells nothing else."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest

from tests.resources.api_desk import ADMIN, ApiDesk, Knocker, problem
from tests.resources.claims import ANN, AUDITOR, BOB, REVIEWER, STRANGER, SUPERVISOR, paper
from tests.rooms.approvals.api.conftest import Story
from yuepi.access.principal import Principal
from yuepi.approvals.search import meant_by
from yuepi.approvals.stages import StageRule

NUMBER = "24339900000000012345"


async def found(door: Knocker, who: Principal, sought: str, limit: int = 20) -> list[str]:
    answer = await door.get(who, f"/api/search?q={quote(sought)}&limit={limit}", status=200)
    return [claim["id"] for claim in answer.json()["claims"]]


@pytest.mark.parametrize(
    "sought",
    [
        NUMBER,
        NUMBER[:6],
        "2433 9900-0000",
        "机场高速",
        "TAXI home",
        "甲餐饮",
        "甲 餐饮有限",
        "412.50",
        "¥412.50",
        "412.5元",
    ],
)
def test_a_claim_is_found_by_what_is_known_of_it(api: Story, sought: str) -> None:
    async def tell(desk: ApiDesk) -> None:
        await desk.settled(paper(seller_name="乙商贸有限公司", total="99.00"), note="别的")
        claim = await desk.settled(
            paper(number=NUMBER, total="412.50"), note="机场高速 taxi Home 100%_好"
        )
        async with desk.knocking() as door:
            for who in (ANN, REVIEWER, SUPERVISOR, AUDITOR, ADMIN):
                assert await found(door, who, sought) == [claim.id]
            # Neither another submitter, nor another department.
            for who in (BOB, STRANGER):
                assert await found(door, who, sought) == []

    api(tell)


def test_by_id_and_its_beginning_the_newest_first(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        claims = [await desk.settled() for _ in range(3)]
        async with desk.knocking() as door:
            for claim in claims:
                assert await found(door, ANN, claim.id) == [claim.id]
                assert await found(door, ANN, claim.id[:16].upper()) == [claim.id]
                assert await found(door, ANN, claim.id[4:16]) == [claim.id]
                assert await found(door, BOB, claim.id) == []
            newest_first = [claim.id for claim in reversed(claims)]
            assert await found(door, ANN, "300.00") == newest_first
            assert await found(door, ANN, "300", limit=2) == newest_first[:2]

    api(tell)


@pytest.mark.parametrize("sought", ["%%", "__", "%好", "0_好", "'; DROP", "\\%", "[a-z]", "99%_坏"])
def test_wildcards_are_letters(api: Story, sought: str) -> None:
    async def tell(desk: ApiDesk) -> None:
        claim = await desk.settled(paper(), note="100%_好")
        async with desk.knocking() as door:
            assert await found(door, ANN, sought) == []
            assert await found(door, ANN, "0%_好") == [claim.id]

    api(tell)


def test_what_is_checked_again_looks_as_if_it_waited(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        desk.rules.rule, desk.draw = StageRule(stage="full", sample_share=1.0), 0
        checked = await desk.settled(paper(number=NUMBER))
        desk.people["usr_key"] = replace(REVIEWER, scopes=frozenset({"claims:read"}))
        async with desk.knocking() as door:
            for name in (REVIEWER.id, SUPERVISOR.id, "usr_key"):
                path = f"/api/search?q={NUMBER}"
                told = await door.client.get(path, headers={"x-who": name})
                (shown,) = told.json()["claims"]
                assert shown["id"] == checked.id
                assert shown["status"] == "waiting"
                assert shown["origin"] is shown["suggestion"] is shown["decided_at"] is None
            (own,) = (await door.get(ANN, f"/api/search?q={NUMBER}")).json()["claims"]
            assert own["status"] == "approved"
            # What the machine made of it, or who decided, is nothing to search by.
            for sought in ("approved", "automatic", "system", "digital_invoice"):
                assert await found(door, REVIEWER, sought) == []

    api(tell)


def test_many_of_one_beginning_are_the_newest_within_reach(
    api: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yuepi.approvals.store.search.FEW_MAX", 1)

    async def tell(desk: ApiDesk) -> None:
        mine = await desk.settled(paper(number="24339900000000000001"))
        others = [
            await desk.settled(paper(number=f"2433990000000000{at}"), by=BOB)
            for at in ("1003", "1005", "1007")
        ]
        async with desk.knocking() as door:
            assert await found(door, ANN, "243399") == [mine.id]
            newest_first = [claim.id for claim in reversed([mine, *others])]
            assert await found(door, ADMIN, "243399") == newest_first

    api(tell)


def test_bad_questions(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            for query in ("", "?q=a", f"?q={'a' * 101}", "?q=a%00b", "?q=ab&limit=21"):
                problem(await door.get(ANN, f"/api/search{query}"), 422, "invalid")
            desk.people["usr_key"] = replace(ANN, scopes=frozenset({"models:ask"}))
            asked = await door.client.get("/api/search?q=ab", headers={"x-who": "usr_key"})
            problem(asked, 403, "missing_right")
            for sought in ("\u200b\u200b", "🙂🙂", "９９９９９９９９", "1e999", "9" * 90):
                assert await found(door, ANN, sought) == []

    api(tell)


@pytest.mark.parametrize(
    ("digits", "after"), [("243320", "243321"), ("243399", "2434"), ("999999", "A")]
)
def test_the_range_of_a_beginning(digits: str, after: str) -> None:
    like = meant_by(digits)
    assert like is not None
    assert like.numbers == (digits, after)
