"""Reviews over HTTP: the queue, leases, corrections, verdicts; what is kept from a blind eye."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import update

from tests.resources.api_desk import ADMIN, SECOND, ApiDesk, Knocker, problem
from tests.resources.claims import (
    ANN,
    AUDITOR,
    BOB,
    REVIEWER,
    STRANGER,
    SUPERVISOR,
    paper,
)
from tests.rooms.approvals.api.conftest import Story
from yuepi.access.principal import Principal
from yuepi.approvals.stages import StageRule
from yuepi.kit.steady import STEADY_CLOCK


async def taken(door: Knocker, who: Principal = REVIEWER) -> tuple[str, int]:
    """The queue's first review, held by this person; and the version that answers stand on."""
    first = (await door.get(who, "/api/reviews", status=200)).json()["reviews"][0]
    lease = await door.post(who, f"/api/reviews/{first['id']}/take", status=200)
    assert lease.headers["etag"] == f'"{lease.json()["version"]}"'
    return first["id"], lease.json()["version"]


def test_the_queue_is_for_those_who_may_review(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            mine = await desk.settled(paper(conflict=["total"]), by=REVIEWER)
            claim = await desk.settled(paper(conflict=["total"]))
            for who in (ANN, AUDITOR, ADMIN):
                problem(await door.get(who, "/api/reviews"), 403, "missing_right")
            problem(await door.get(None, "/api/reviews"), 401, "not_signed_in")
            # Their own claim is not in their queue, another department's is not in anyone's.
            queue = (await door.get(REVIEWER, "/api/reviews", status=200)).json()
            assert [each["claim"] for each in queue["reviews"]] == [claim.id]
            assert queue["counts"] == {"decide": 1, "appeal": 0}
            everything = (await door.get(SUPERVISOR, "/api/reviews")).json()["reviews"]
            assert {each["claim"] for each in everything} == {claim.id, mine.id}
            assert (await door.get(STRANGER, "/api/reviews")).json()["reviews"] == []
            review = queue["reviews"][0]["id"]
            own = next(each["id"] for each in everything if each["claim"] == mine.id)
            for path in (f"/api/reviews/{review}", f"/api/reviews/{review}/take"):
                method = "POST" if path.endswith("take") else "GET"
                problem(await door.ask(STRANGER, method, path), 404, "not_found")
                problem(await door.ask(ANN, method, path), 403, "missing_right")
            problem(await door.post(REVIEWER, f"/api/reviews/{own}/take"), 403, "own_claim")
            assert (await door.get(SECOND, f"/api/reviews/{own}")).status_code == 200
            page = (await door.get(SUPERVISOR, "/api/reviews?limit=1")).json()
            rest = await door.get(SUPERVISOR, f"/api/reviews?limit=1&cursor={page['next']}")
            both = page["reviews"] + rest.json()["reviews"]
            assert {each["claim"] for each in both} == {claim.id, mine.id}

    api(tell)


def test_one_person_holds_a_review_and_decides(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            claim = await desk.settled(paper(conflict=["total"]))
            review, version = await taken(door)
            place = f"/api/reviews/{review}"
            told = problem(await door.post(SECOND, f"{place}/take"), 409, "review_taken")
            assert "another person" in told["detail"]
            await door.post(REVIEWER, f"{place}/renew", status=200)
            problem(await door.post(SECOND, f"{place}/renew"), 409, "lease_lost")
            body = {"verdict": "approve", "reason": "核对过"}
            problem(await door.post(REVIEWER, f"{place}/decision", json=body), 428, (
                "precondition_required"
            ))  # fmt: skip
            answer = await door.post(SECOND, f"{place}/decision", json=body, etag=version)
            problem(answer, 409, "lease_lost")
            answer = await door.post(REVIEWER, f"{place}/decision", json=body, etag=version + 1)
            assert problem(answer, 409, "stale")["current"]["version"] == version
            rejection = {"verdict": "reject"}
            answer = await door.post(REVIEWER, f"{place}/decision", json=rejection, etag=version)
            problem(answer, 422, "reason_required")
            extra = {**body, "decided_by": BOB.id}
            answer = await door.post(REVIEWER, f"{place}/decision", json=extra, etag=version)
            assert problem(answer, 422, "invalid")["errors"][0]["code"] == "unknown_field"
            sent = {"json": body, "etag": version, "key": "d-1"}
            answers = await asyncio.gather(
                *(door.post(REVIEWER, f"{place}/decision", **sent) for _ in range(5))
            )
            assert {answer.status_code for answer in answers} == {200}
            assert len({answer.text for answer in answers}) == 1
            entries = await desk.trail.entries(subject=claim.id, action="claim.approved")
            assert len(entries) == 1
            other = {"json": {"verdict": "approve"}, "etag": version, "key": "d-1"}
            answer = await door.post(REVIEWER, f"{place}/decision", **other)
            problem(answer, 409, "idempotency_mismatch")
            answer = await door.post(REVIEWER, f"{place}/decision", json=body, etag=version + 1)
            problem(answer, 409, "wrong_state")

    api(tell)


def test_a_review_is_handed_back_or_taken_over(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            await desk.settled(paper(conflict=["total"]))
            review, version = await taken(door)
            place = f"/api/reviews/{review}"
            for _ in range(2):
                await door.post(REVIEWER, f"{place}/hand-back", status=204)
            await door.post(SECOND, f"{place}/take", status=200)
            async with desk.database.writing() as transaction:
                await transaction.execute(
                    update(STEADY_CLOCK).values(seconds=STEADY_CLOCK.c.seconds + 10_000)
                )
            await door.post(REVIEWER, f"{place}/take", status=200)
            body = {"verdict": "approve", "reason": "ok"}
            answer = await door.post(SECOND, f"{place}/decision", json=body, etag=version)
            problem(answer, 409, "lease_lost")

    api(tell)


def test_corrections_are_held_against_what_was_read(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            await desk.settled(paper(conflict=["total"]))
            foreign = await desk.settled(paper(conflict=["total"]), by=BOB)
            review, version = await taken(door)
            place = f"/api/reviews/{review}"
            view = (await door.get(REVIEWER, place, status=200)).json()
            attachment = view["attachments"][0]["id"]
            theirs = (await door.get(BOB, f"/api/claims/{foreign.id}")).json()["attachments"][0]
            good = {"attachment": attachment, "field": "total", "value": "280.00"}

            async def refused(change: dict[str, Any], status: int, code: str) -> dict[str, Any]:
                sent = {"corrections": [good | change]}
                answer = await door.post(REVIEWER, f"{place}/corrections", json=sent, etag=version)
                return problem(answer, status, code)

            await refused({"attachment": theirs["id"]}, 422, "unknown_paper")
            await refused({"reading_at": 7}, 422, "unknown_paper")
            await refused({"field": "colour"}, 422, "unknown_field")
            for impossible in ("abc", "1e999", "-0.001", "99999999999999999", "NaN"):
                await refused({"value": impossible}, 422, "impossible_value")
            await refused({"field": "date", "value": "2026-02-30"}, 422, "impossible_value")
            for field, value in (
                ("value", 280),
                ("confirmed", "yes"),
                ("file_at", -1),
                ("by", "x"),
            ):
                told = await refused({field: value}, 422, "invalid")
                assert told["errors"][0]["field"].startswith("corrections.0."), told
            for sent in ({"corrections": []}, {"corrections": [good] * 201}, []):
                answer = await door.post(REVIEWER, f"{place}/corrections", json=sent, etag=version)
                problem(answer, 422, "invalid")
            kept = await door.post(
                REVIEWER, f"{place}/corrections", json={"corrections": [good]}, etag=version
            )
            assert kept.json()["corrections"][0]["value"] == "280.00", kept.text
            assert kept.headers["etag"] == f'"{version + 1}"'
            view = (await door.get(REVIEWER, place)).json()
            total = view["readings"][0]["files"][0]["readings"][0]["fields"]["total"]
            assert (total["value"], total["status"]) == ("280.00", "confirmed")

    api(tell)


def test_a_re_check_looks_like_any_other_review(api: Story) -> None:
    """Side by side: what a reviewer sees of a blind re-check and of a referred claim."""

    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            desk.rules.rule = StageRule(stage="full", sample_share=1.0)
            desk.draw = 0
            checked = await desk.settled()
            assert (checked.status, checked.origin) == ("approved", "automatic")
            desk.rules.rule = StageRule(stage="assist")
            referred = await desk.settled()
            assert referred.status == "waiting"
            queue = (await door.get(REVIEWER, "/api/reviews")).json()["reviews"]
            reviews = {each["claim"]: each for each in queue}
            assert set(reviews) == {checked.id, referred.id}

            async def seen(who: Principal, claim_id: str) -> Any:
                whole = (await door.get(who, f"/api/claims/{claim_id}")).json()
                listed = (await door.get(who, "/api/claims")).json()["claims"]
                events = (await door.get(who, f"/api/claims/{claim_id}/events")).json()
                view = (await door.get(who, f"/api/reviews/{reviews[claim_id]['id']}")).json()
                return {
                    "claim": whole["claim"],
                    "listed": [each for each in listed if each["id"] == claim_id],
                    "decision": whole["decision"],
                    "reviews": whole["reviews"],
                    "events": [each["action"] for each in events["events"]],
                    "ended": events["ended"],
                    "queued": reviews[claim_id],
                    "review": {**view, "attachments": 0, "readings": 0, "facts": 0},
                }

            for who in (REVIEWER, SECOND, SUPERVISOR):
                pair = [_told(await seen(who, each.id)) for each in (checked, referred)]
                assert pair[0] == pair[1]
                assert pair[0]["decision"] is None
                rows = (await door.get(who, "/api/claims?status=waiting")).json()["claims"]
                assert [row["id"] for row in rows] == [referred.id, checked.id]
                rows = (await door.get(who, "/api/claims?status=approved")).json()
                assert rows == {"claims": [], "next": None}
            # The submitter is told the truth, and of no re-check; so is who audits.
            whole = (await door.get(ANN, f"/api/claims/{checked.id}")).json()
            assert whole["claim"]["status"] == "approved"
            assert whole["reviews"] == []
            assert (await door.get(AUDITOR, f"/api/claims/{checked.id}")).json()["decision"]
            # Advice is given to who holds it, and noted.
            review = reviews[checked.id]["id"]
            advice = f"/api/reviews/{review}/advice"
            problem(await door.post(REVIEWER, advice), 409, "lease_lost")
            await door.post(REVIEWER, f"/api/reviews/{review}/take", status=200)
            assert (await door.post(REVIEWER, advice, status=200)).json()["outcome"] == "approve"
            assert await desk.trail.entries(subject=checked.id, action="review.advised")

    api(tell)


def _told(seen: Any) -> Any:
    """What was seen, without what differs between any two claims."""
    names = {"id", "claim", "href", "name", "sha256", "attachment", "waits_s"}
    if isinstance(seen, dict):
        return {
            name: _told(value)
            for name, value in seen.items()
            if (name not in names or isinstance(value, dict)) and not name.endswith("_at")
        }
    return [_told(each) for each in seen] if isinstance(seen, list) else seen
