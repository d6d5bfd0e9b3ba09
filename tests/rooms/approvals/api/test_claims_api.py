"""Claims over HTTP: handed in once, seen by who may, answered, withdrawn, appealed."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.resources.api_desk import ADMIN, SECOND, ApiDesk, Knocker, problem
from tests.resources.claims import (
    ANN,
    AUDITOR,
    BOB,
    REVIEWER,
    SERVICE,
    STRANGER,
    SUPERVISOR,
    file,
    paper,
)
from tests.rooms.approvals.api.conftest import Story
from yuepi.access.principal import Principal


def form(*papers: bytes) -> list[Any]:
    return [("files", (f"发票{n}.png", data)) for n, data in enumerate(papers)]


async def submitted(api: Knocker, who: Principal = ANN, *papers: bytes, **more: Any) -> Any:
    answer = await api.post(who, "/api/claims", files=form(*(papers or (paper(),))), **more)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_claim_is_handed_in_and_seen_by_who_may(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            data = {"category": "office", "note": "打车", "on": "2026-11-20"}
            answer = await door.post(ANN, "/api/claims", files=form(paper()), data=data)
            assert answer.status_code == 201, answer.text
            claim = answer.json()
            assert answer.headers["location"] == f"/api/claims/{claim['id']}"
            assert answer.headers["etag"] == '"1"'
            assert (claim["status"], claim["category"], claim["note"]) == (
                "received",
                "office",
                "打车",
            )
            assert claim["possible"] == ["cancel"]
            place = f"/api/claims/{claim['id']}"
            for who in (ANN, REVIEWER, SUPERVISOR, AUDITOR, ADMIN):
                whole = (await door.get(who, place, status=200)).json()
                assert whole["claim"]["id"] == claim["id"]
                assert len(whole["attachments"]) == 1
                listed = (await door.get(who, "/api/claims", status=200)).json()
                assert [each["id"] for each in listed["claims"]] == [claim["id"]]
            for who in (BOB, STRANGER, SERVICE):
                problem(await door.get(who, place), 404, "not_found")
                assert (await door.get(who, "/api/claims", status=200)).json()["claims"] == []
            problem(await door.get(None, place), 401, "not_signed_in")

    api(tell)


def test_an_idempotency_key_makes_one_claim_of_many_requests(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            one = paper()
            answers = await asyncio.gather(
                *(
                    door.post(ANN, "/api/claims", files=form(one), key="k-1", data={"note": "x"})
                    for _ in range(12)
                )
            )
            assert sorted(a.status_code for a in answers) == [200] * 11 + [201]
            assert len({a.json()["id"] for a in answers}) == 1
            other = await door.post(ANN, "/api/claims", files=form(paper()), key="k-1")
            problem(other, 409, "idempotency_mismatch")
            # Another person's key of that name is another key.
            assert (await submitted(door, BOB, one, key="k-1"))["submitter"] == BOB.id
            bad = await door.post(ANN, "/api/claims", files=form(one), key="two words")
            problem(bad, 400, "bad_idempotency_key")

    api(tell)


def test_what_cannot_become_a_claim_is_told_by_file_and_field(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            post = door.post
            files = [*form(paper()), ("files", ("a.exe", b"MZ..")), ("files", ("b", b""))]
            told = problem(await post(ANN, "/api/claims", files=files), 422, "unsupported_type")
            assert [each["name"] for each in told["problems"]] == ["a.exe", "b"]
            for data, field, code in (
                ({"colour": "red"}, "colour", "unknown_field"),
                ({"on": "2026-02-30"}, "on", "impossible_day"),
                ({"on": "1700000000"}, "on", "impossible_day"),
            ):
                answer = await post(ANN, "/api/claims", files=form(paper()), data=data)
                (error,) = problem(answer, 422, "invalid")["errors"]
                assert (error["field"], error["code"]) == (field, code)
            answer = await post(ANN, "/api/claims", files=form(paper()), data={"on": "2024-01-01"})
            problem(answer, 422, "bad_day")
            problem(
                await post(ANN, "/api/claims", files=form(*[paper()] * 7)), 413, "too_many_files"
            )
            empty = {"content-type": "multipart/form-data; boundary=b"}
            answer = await post(ANN, "/api/claims", content=b"--b--\r\n", headers=empty)
            problem(answer, 422, "no_files")
            problem(await post(ANN, "/api/claims", json={}), 415, "unsupported_media_type")
            problem(await post(AUDITOR, "/api/claims", files=form(paper())), 403, "missing_right")
            assert (await door.get(ANN, "/api/claims")).json()["claims"] == []

    api(tell)


def test_only_programs_hand_in_for_others(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            for_bob = {"submitter": BOB.id}
            claim = await submitted(door, SERVICE, data=for_bob)
            assert (claim["submitter"], claim["department"]) == (BOB.id, "dep_sales")
            assert (await door.get(BOB, f"/api/claims/{claim['id']}")).status_code == 200
            answer = await door.post(ANN, "/api/claims", files=form(paper()), data=for_bob)
            problem(answer, 403, "missing_right")
            nobody = {"submitter": "usr_nobody"}
            answer = await door.post(SERVICE, "/api/claims", files=form(paper()), data=nobody)
            problem(answer, 404, "not_found")

    api(tell)


def test_lists_page_and_filter(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            made = [(await submitted(door))["id"] for _ in range(5)]
            mine = await submitted(door, REVIEWER)
            seen, cursor = [], ""
            while True:
                page = (await door.get(ANN, f"/api/claims?limit=2{cursor}", status=200)).json()
                seen += [each["id"] for each in page["claims"]]
                if page["next"] is None:
                    break
                cursor = f"&cursor={page['next']}"
            assert seen == made[::-1]
            only = (await door.get(REVIEWER, "/api/claims?mine=true")).json()["claims"]
            assert [each["id"] for each in only] == [mine["id"]]
            none = (await door.get(ANN, "/api/claims?status=rejected")).json()
            assert none == {"claims": [], "next": None}
            problem(await door.get(ANN, "/api/claims?cursor=nonsense"), 400, "bad_cursor")
            for wrong in ("limit=0", "limit=201", "status=lost", "cursor=" + "x" * 600):
                problem(await door.get(ANN, f"/api/claims?{wrong}"), 422, "invalid")

    api(tell)


def test_originals_come_back_byte_for_byte_and_harmless(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            data = paper()
            claim = await submitted(door, ANN, data)
            whole = (await door.get(ANN, f"/api/claims/{claim['id']}")).json()
            (attachment,) = whole["attachments"]
            answer = await door.get(REVIEWER, attachment["href"], status=200)
            assert answer.content == data
            assert answer.headers["content-type"] == "image/png"
            disposition = answer.headers["content-disposition"]
            assert disposition == "attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A80.png"
            assert "sandbox" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            problem(await door.get(BOB, attachment["href"]), 404, "not_found")
            # The attachment of another claim, through one's own.
            other = await submitted(door, BOB)
            through = f"/api/claims/{other['id']}/files/{attachment['id']}"
            problem(await door.get(BOB, through), 404, "not_found")

    api(tell)


def test_edits_stand_on_a_version(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            claim = await submitted(door)
            cancel = f"/api/claims/{claim['id']}/cancel"
            problem(await door.post(ANN, cancel), 428, "precondition_required")
            problem(await door.post(ANN, cancel, etag="3"), 400, "bad_if_match")
            problem(await door.post(ANN, cancel, etag='W/"7"'), 409, "stale")
            told = problem(await door.post(ANN, cancel, etag=7), 409, "stale")
            assert told["current"]["version"] == 1
            problem(await door.post(REVIEWER, cancel, etag=1), 403, "not_yours")
            problem(await door.post(BOB, cancel, etag=1), 404, "not_found")
            answers = await asyncio.gather(
                *(door.post(ANN, cancel, etag=1, key="c-1") for _ in range(6))
            )
            assert {a.status_code for a in answers} == {200}
            assert {a.json()["status"] for a in answers} == {"cancelled"}
            assert {a.headers["etag"] for a in answers} == {'"2"'}
            problem(await door.post(ANN, cancel, etag=1), 409, "stale")
            problem(await door.post(ANN, cancel, etag=2, key="c-1"), 409, "idempotency_mismatch")
            problem(await door.post(ANN, cancel, etag=2), 409, "wrong_state")

    api(tell)


def test_a_question_is_answered_with_text_or_files(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            for with_files in (False, True):
                claim = await desk.settled(paper(conflict=["total"]))
                review = (await door.get(REVIEWER, "/api/reviews")).json()["reviews"][0]["id"]
                await door.post(REVIEWER, f"/api/reviews/{review}/take", status=200)
                ask = f"/api/reviews/{review}/ask"
                body = {"question": "哪张是原件？"}
                asked = await door.post(REVIEWER, ask, json=body, etag=claim.version, status=200)
                place = f"/api/claims/{claim.id}"
                told = (await door.get(ANN, place)).json()["claim"]
                assert (told["status"], told["question"]) == ("asked", "哪张是原件？")
                assert "answer" in told["possible"]
                sent: dict[str, Any] = {"json": {"text": "这张"}}
                if with_files:
                    sent = {"data": {"text": "这张"}, "files": form(paper())}
                version = asked.json()["version"]
                more = {"etag": version, "key": f"a-{with_files}", **sent}
                first = await door.post(ANN, f"{place}/answer", status=200, **more)
                again = await door.post(ANN, f"{place}/answer", status=200, **more)
                assert first.json() == again.json()
                assert (first.json()["status"], first.json()["round"]) == ("received", 2)
                whole = (await door.get(ANN, place)).json()
                assert len(whole["attachments"]) == (2 if with_files else 1)
                await door.post(ANN, f"{place}/cancel", etag=first.json()["version"], status=200)
            answer = await door.post(ANN, f"{place}/answer", etag=1, json={"text": 1, "x": 2})
            assert {each["field"] for each in problem(answer, 422, "invalid")["errors"]} == {
                "text",
                "x",
            }

    api(tell)


def test_a_machine_s_yes_is_appealed_and_another_person_answers(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            claim = await desk.settled()
            assert (claim.status, claim.origin) == ("approved", "automatic")
            place = f"/api/claims/{claim.id}"
            told = (await door.get(ANN, place)).json()
            assert told["claim"]["possible"] == ["appeal"]
            assert told["decision"]["decision"]["outcome"] == "approve"
            assert told["claim"]["risk"] is None
            appeal = {"json": {"reason": "少算了一张"}, "etag": claim.version, "key": "ap"}
            first = await door.post(ANN, f"{place}/appeal", status=200, **appeal)
            again = await door.post(ANN, f"{place}/appeal", status=200, **appeal)
            assert (first.json()["status"], again.json()["id"]) == ("appealed", claim.id)
            problem(await door.post(BOB, f"{place}/appeal", etag=1), 404, "not_found")
            queue = (await door.get(SECOND, "/api/reviews?purpose=appeal")).json()
            assert [each["claim"] for each in queue["reviews"]] == [claim.id]
            review = queue["reviews"][0]["id"]
            await door.post(SECOND, f"/api/reviews/{review}/take", status=200)
            version = first.json()["version"]
            body = {"verdict": "reject", "reason": "金额不符"}
            decision = f"/api/reviews/{review}/decision"
            answered = await door.post(SECOND, decision, json=body, etag=version, status=200)
            assert answered.json()["final"] is True
            whole = (await door.get(ANN, place)).json()
            assert whole["claim"]["status"] == "rejected"
            assert whole["claim"]["decided_by"] is None
            assert whole["reviews"][-1]["reason"] == "金额不符"
            assert (await door.get(AUDITOR, place)).json()["claim"]["decided_by"] == SECOND.id

    api(tell)


def test_supervisors_override_and_release(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            claim = await desk.settled()
            override = f"/api/claims/{claim.id}/override"
            body = {"verdict": "reject", "reason": "重复"}
            for who, status, code in (
                (ANN, 403, "missing_right"),
                (REVIEWER, 403, "missing_right"),
                (STRANGER, 403, "missing_right"),
            ):
                problem(await door.post(who, override, json=body, etag=claim.version), status, code)
            bare = {"verdict": "reject", "reason": " "}
            answer = await door.post(SUPERVISOR, override, json=bare, etag=claim.version)
            problem(answer, 422, "reason_required")
            wrong = {"verdict": "perhaps", "reason": "x"}
            answer = await door.post(SUPERVISOR, override, json=wrong, etag=claim.version)
            problem(answer, 422, "invalid")
            done = await door.post(SUPERVISOR, override, json=body, etag=claim.version, status=200)
            assert (done.json()["status"], done.json()["origin"]) == ("rejected", "person")
            broken = await desk.submitted(file(paper(crash=True)))
            for _ in range(desk.attempts_max + 1):
                try:
                    await desk.run(broken)
                except RuntimeError as error:
                    await desk.steps.fail(broken.id, 1, error)
            shelf = await desk.present(broken)
            assert shelf.status == "quarantined"
            release = f"/api/claims/{broken.id}/release"
            to_person = {"to": "person", "reason": "人工看"}
            answer = await door.post(SUPERVISOR, release, json=to_person, etag=shelf.version)
            assert answer.json()["status"] == "waiting", answer.text

    api(tell)
