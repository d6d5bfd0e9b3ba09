"""No filter, page, error or key of one's own tells a blind re-check from a claim that waits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.resources.api_desk import SECOND, ApiDesk, Knocker, problem
from tests.resources.claims import ANN, REVIEWER, SUPERVISOR
from tests.rooms.approvals.api.conftest import Story
from yuepi.access.principal import Principal
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.stages import StageRule


async def pair(desk: ApiDesk) -> tuple[ClaimRow, ClaimRow]:
    """A claim that is checked again, and one that waits."""
    desk.rules.rule, desk.draw = StageRule(stage="full", sample_share=1.0), 0
    checked = await desk.settled()
    desk.rules.rule = StageRule(stage="assist")
    return checked, await desk.settled()


async def told(
    door: Knocker, who: Principal, claim: ClaimRow, verb: str, version: int, **body: Any
) -> Any:
    answer = await door.post(who, f"/api/claims/{claim.id}/{verb}", json=body, etag=version)
    assert answer.status_code in (403, 409), answer.text
    plain = answer.text.replace(claim.id, "CLAIM")
    return answer.status_code, {
        name: value for name, value in answer.json().items() if name != "instance"
    } | {"text": plain if "current" not in answer.json() else ""}


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("override", {"verdict": "approve", "reason": "看看"}),
        ("override", {"verdict": "reject", "reason": "看看"}),
        ("release", {"to": "person", "reason": "看看"}),
        ("release", {"to": "machine", "reason": "看看"}),
        ("cancel", {}),
        ("appeal", {}),
    ],
)
def test_errors_tell_the_same(api: Story, verb: str, body: dict[str, str]) -> None:
    async def tell(desk: ApiDesk) -> None:
        checked, waiting = await pair(desk)
        assert checked.version == waiting.version
        async with desk.knocking() as door:
            for version in (checked.version, checked.version - 1):
                for who in (SUPERVISOR, REVIEWER):
                    seen = [
                        _plain(await told(door, who, each, verb, version, **body), each)
                        for each in (checked, waiting)
                    ]
                    assert seen[0] == seen[1]
        assert (await desk.present(checked)).status == "approved"

    api(tell)


def _plain(told_: Any, claim: ClaimRow) -> str:
    moments = (claim.updated_at.isoformat(), claim.created_at.isoformat())
    text = repr(told_).replace(claim.id, "CLAIM")
    for each in moments:
        text = text.replace(each, "MOMENT")
    return text


def test_pages_tell_the_same(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        checked, waiting = await pair(desk)
        free = await desk.settled()
        desk.rules.rule = StageRule(stage="full", sample_share=0.0)
        approved = await desk.settled()
        async with desk.knocking() as door:

            async def listed(who: Principal, query: str) -> list[str]:
                found, cursor = [], ""
                while True:
                    path = f"/api/claims?limit=1&{query}{cursor}"
                    page = (await door.get(who, path, status=200)).json()
                    found += [row["id"] for row in page["claims"]]
                    # No page is short but the last one.
                    assert len(page["claims"]) == (1 if page["next"] else len(page["claims"]))
                    if not page["next"]:
                        return found
                    cursor = f"&cursor={page['next']}"

            own_key = replace(REVIEWER, scopes=frozenset({"claims:read"}))
            desk.people["usr_key"] = own_key
            for who in (REVIEWER, SECOND, SUPERVISOR):
                assert await listed(who, "status=waiting") == [free.id, waiting.id, checked.id]
                assert await listed(who, "status=approved") == [approved.id]
                assert len(await listed(who, "category=office")) == 4
            # A key without the right to review is no way to look past it.
            asked = await door.client.get(f"/api/claims/{checked.id}", headers={"x-who": "usr_key"})
            assert asked.json()["claim"]["status"] == "waiting"
            assert asked.json()["decision"] is None
            assert await listed(ANN, "status=approved") == [approved.id, checked.id]

    api(tell)


def test_who_may_override_it_answers_the_review_instead(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        checked, _ = await pair(desk)
        async with desk.knocking() as door:
            path = f"/api/claims/{checked.id}/override"
            sent = {"verdict": "reject", "reason": "虚开"}
            answer = await door.post(SUPERVISOR, path, json=sent, etag=checked.version)
            assert "waits for a reviewer" in problem(answer, 409, "wrong_state")["detail"]

    api(tell)
