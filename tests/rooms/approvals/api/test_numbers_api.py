"""The desk in numbers: counted within reach, and blind for who may review."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.resources.api_desk import ADMIN, SECOND, ApiDesk, Knocker, problem
from tests.resources.claims import ANN, AUDITOR, NOW, REVIEWER, SUPERVISOR, paper, principal
from tests.rooms.approvals.api.conftest import Story
from yuepi.access.principal import Principal
from yuepi.approvals.numbers import findings_in, precision_of, taken_of
from yuepi.approvals.stages import StageRule


async def numbers(
    desk: ApiDesk, door: Knocker, who: Principal, query: str = "days=7"
) -> dict[str, Any]:
    # What was told some seconds ago may be told again.
    desk.now += timedelta(seconds=6)
    told: dict[str, Any] = (await door.get(who, f"/api/numbers?{query}", status=200)).json()
    return told


def test_what_was_handed_in_and_decided(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        desk.rules.rule = StageRule(stage="full", sample_share=0.0)
        for _ in range(3):
            await desk.settled()
        desk.rules.rule = StageRule(stage="assist")
        waits = await desk.settled(paper(conflict=["total"]))
        async with desk.knocking() as door:
            told = await numbers(desk, door, ADMIN)
            assert (told["received"], told["automatic"], told["people"]) == (4, 3, 0)
            assert (told["rate"], told["minutes_per_claim"]) == (1.0, 6.0)
            assert told["saved_hours"] == pytest.approx(0.3)
            assert len(told["days"]) == 7
            assert told["days"][-1] == {
                "day": "2026-11-20", "received": 4, "automatic": 3, "people": 0,
            }  # fmt: skip
            assert told["states"]["waiting"] == 1
            assert told["queue"]["by_purpose"] == {"decide": 1, "appeal": 0, "recheck": 0}
            assert told["queue"]["oldest_s"] > 0
            assert told["machine"]["count"] == 3
            assert told["persons"] == {"count": 0, "median_s": None, "p90_s": None}
            assert told["precision"]["total"] == 0
            assert told["precision"]["low"] is None
            assert {each["code"] for each in told["findings"]} >= {"conflicts"}
            assert told["kinds"] == [{"kind": "digital_invoice", "claims": 4, "automatic": 3}]
            assert told["gateway"] is None
            # A week later it is out of the week, and still in the month.
            desk.now += timedelta(days=8)
            later = await numbers(desk, door, ADMIN)
            assert (later["received"], later["rate"]) == (0, None)
            assert later["queue"]["overdue"] == 1
            assert (await numbers(desk, door, ADMIN, "days=30"))["received"] == 4
        assert waits.status == "waiting"

    api(tell)


def test_days_begin_at_midnight_in_china(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        desk.now = NOW.replace(hour=15, minute=59)
        await desk.settled()
        desk.now = NOW.replace(hour=16, minute=1)
        await desk.settled()
        async with desk.knocking() as door:
            told = await numbers(desk, door, ADMIN)
        days = {each["day"]: (each["received"], each["automatic"]) for each in told["days"]}
        assert days["2026-11-20"] == (1, 1)
        assert days["2026-11-21"] == (1, 1)

    api(tell)


def test_within_reach_only(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        await desk.settled()
        far = principal("usr_far", department="dep_lab")
        await desk.settled(by=far)
        lab = principal("usr_lab", "supervisor", department="dep_lab")
        everywhere = principal("usr_top", "supervisor", department="dep_root", below=["dep_lab"])
        desk.people |= {each.id: each for each in (lab, everywhere)}
        async with desk.knocking() as door:
            assert (await numbers(desk, door, AUDITOR))["received"] == 2
            assert (await numbers(desk, door, SUPERVISOR))["received"] == 1
            assert (await numbers(desk, door, lab))["kinds"][0]["claims"] == 1
            assert (await numbers(desk, door, everywhere))["received"] == 1
            for who in (SUPERVISOR, AUDITOR):
                answer = await door.get(who, "/api/numbers?department=dep_none")
                problem(answer, 404, "not_found")
            # There, but not theirs: the same answer.
            problem(await door.get(lab, "/api/numbers?department=dep_root"), 404, "not_found")
            root = await numbers(desk, door, ADMIN, "days=7&department=dep_root")
            assert root["received"] == 0
            for who in (ANN, REVIEWER):
                problem(await door.get(who, "/api/numbers"), 403, "missing_right")
            for query in ("days=8", "days=x", "department=a%20b"):
                problem(await door.get(ADMIN, f"/api/numbers?{query}"), 422, "invalid")

    api(tell)


def test_no_number_tells_of_what_is_checked_again(api: Story) -> None:
    """One that is approved and checked again counts as one that waits, in every number."""

    async def tell(desk: ApiDesk) -> None:
        desk.rules.rule, desk.draw = StageRule(stage="full", sample_share=1.0), 0
        checked = await desk.settled()
        async with desk.knocking() as door:
            told = await numbers(desk, door, SUPERVISOR)
            desk.rules.rule = StageRule(stage="assist")
            assert (told["received"], told["automatic"], told["rate"]) == (1, 0, None)
            assert told["queue"]["by_purpose"] == {"decide": 1, "appeal": 0}
            assert told["states"]["waiting"] == 1  # beside 1 in the queue, 0 would tell
            assert told["machine"]["count"] == 0
            assert told["findings_of"] == 0
            assert told["kinds"] == told["findings"] == []
            admin = await numbers(desk, door, ADMIN)
            assert (admin["automatic"], admin["states"]["waiting"]) == (1, 0)
            assert admin["queue"]["by_purpose"]["recheck"] == 1
            # Answered, it counts for all.
            review = (await door.get(SECOND, "/api/reviews")).json()["reviews"][0]["id"]
            taken = await door.post(SECOND, f"/api/reviews/{review}/take", status=200)
            await door.post(
                SECOND, f"/api/reviews/{review}/decision", json={"verdict": "approve"},
                etag=taken.headers["etag"], status=200,
            )  # fmt: skip
            told = await numbers(desk, door, SUPERVISOR)
            assert (told["automatic"], told["states"]["waiting"]) == (1, 0)
            assert (told["precision"]["agreed"], told["precision"]["total"]) == (1, 1)
            assert told["precision"]["low"] == pytest.approx(0.025)
            assert (told["rechecked"], told["saved_hours"]) == (1, 0.0)
        assert (await desk.present(checked)).status == "approved"

    api(tell)


def test_pieces() -> None:
    assert precision_of(0, 0).share is None
    exact = precision_of(95, 100)
    assert exact.low == pytest.approx(0.887, abs=0.001)
    assert exact.high == pytest.approx(0.984, abs=0.001)
    assert (taken_of([3, 1, 2]).median_s, taken_of([-5.0]).p90_s) == (2, 0.0)
    texts = [
        '{"reasons": [{"code": "a", "effect": "warn"}, {"code": "a", "effect": "warn"}]}',
        '{"reasons": [{"code": "b", "effect": "approve"}]}',
        "{}",
        "not json",
        "[]",
        '{"reasons": [1]}',
    ]
    (only,) = findings_in(texts)
    assert (only.code, only.effect, only.claims) == ("a", "warn", 1)
