"""Stages, notices and webhooks over HTTP."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.resources.api_desk import ADMIN, ApiDesk, problem
from tests.resources.claims import ANN, AUDITOR, BOB, REVIEWER, SUPERVISOR, paper
from tests.rooms.approvals.api.conftest import Story
from yuepi.approvals.stages import StageRule

RULE = {
    "kind": "digital_invoice",
    "tier": "*",
    "category": "*",
    "stage": "assist",
    "bar": 0.97,
    "sample_share": 0.1,
    "amount_max": "500.00",
    "reason": "try it",
}


def test_stages_are_read_by_few_and_changed_by_admins(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            for who in (ANN, REVIEWER):
                problem(await door.get(who, "/api/stages"), 403, "missing_right")
            for who in (SUPERVISOR, AUDITOR, ADMIN):
                (default,) = (await door.get(who, "/api/stages", status=200)).json()["stages"]
                assert (default["stage"], default["version"]) == ("assist", 0)
            put = {"json": RULE, "etag": 0}
            for who in (ANN, REVIEWER, SUPERVISOR, AUDITOR):
                problem(await door.ask(who, "PUT", "/api/stages", **put), 403, "missing_right")
            answer = await door.ask(ADMIN, "PUT", "/api/stages", json=RULE)
            problem(answer, 428, "precondition_required")
            made = await door.ask(ADMIN, "PUT", "/api/stages", status=200, **put)
            assert made.headers["etag"] == '"1"'
            assert made.json()["amount_max"] == "500.00"
            told = problem(await door.ask(ADMIN, "PUT", "/api/stages", **put), 409, "stale")
            assert told["current"]["version"] == 1
            higher = {**RULE, "stage": "partial"}
            answer = await door.ask(ADMIN, "PUT", "/api/stages", json=higher, etag=1)
            assert problem(answer, 409, "stage_not_proven")["figures"]["total"] == 0
            for change in (
                {"bar": 1.5},
                {"bar": "0.9"},
                {"sample_share": -1},
                {"amount_max": "1e9"},
                {"amount_max": "-5"},
                {"amount_max": 500},
                {"amount_max": "0.001"},
                {"stage": "none"},
                {"colour": "red"},
            ):
                wrong = {**RULE, **change}
                answer = await door.ask(ADMIN, "PUT", "/api/stages", json=wrong, etag=1)
                (error,) = problem(answer, 422, "invalid")["errors"]
                assert error["field"] == next(iter(change))
            unknown = {**RULE, "kind": "napkin"}
            answer = await door.ask(ADMIN, "PUT", "/api/stages", json=unknown, etag=0)
            problem(answer, 422, "bad_stage")

    api(tell)


def test_everybody_sees_their_own_notices_alone(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            desk.rules.rule = StageRule(stage="full", sample_share=0.0)
            for by in (ANN, ANN, BOB):
                await desk.settled(by=by)
            problem(await door.get(None, "/api/notices"), 401, "not_signed_in")
            mine = (await door.get(ANN, "/api/notices?limit=1", status=200)).json()
            assert mine["unread"] == 2
            first = mine["notices"][0]
            assert first["kind"] == "claim.approved"
            assert first["zh"]["title"]
            assert first["en"]["title"]
            rest = (await door.get(ANN, f"/api/notices?cursor={mine['next']}")).json()
            theirs = (await door.get(BOB, "/api/notices")).json()["notices"]
            assert len(rest["notices"]) == len(theirs) == 1
            # Another's notice, by its id: it stays unread.
            body = {"ids": [theirs[0]["id"], first["id"]]}
            told = await door.post(ANN, "/api/notices/read", json=body, status=200)
            assert told.json() == {"read": 1}
            assert (await door.get(BOB, "/api/notices")).json()["unread"] == 1
            assert (await door.post(ANN, "/api/notices/read", json={})).json() == {"read": 1}
            many = {"ids": ["ntc_1"] * 201}
            problem(await door.post(ANN, "/api/notices/read", json=many), 422, "invalid")
            await door.ask(ANN, "PUT", "/api/notices/mail", json={"mail": False}, status=200)
            assert (await door.get(ANN, "/api/notices")).json()["mail"] is False
            assert (await door.get(BOB, "/api/notices")).json()["mail"] is True

    api(tell)


def test_webhooks_are_the_admins_and_show_their_secret_once(
    api: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo

    def leading_in(host: Any, *rest: Any, **named: Any) -> Any:
        return look_up("127.0.0.1" if host == "oa.example" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", leading_in)

    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            body = {"url": "https://oa.example/hook", "events": ["claim.approved"]}
            for who in (ANN, REVIEWER, SUPERVISOR, AUDITOR):
                problem(await door.get(who, "/api/webhooks"), 403, "missing_right")
                problem(await door.post(who, "/api/webhooks", json=body), 403, "missing_right")
            made = await door.post(ADMIN, "/api/webhooks", json=body, status=201)
            hook = made.json()
            assert hook["secret"]
            place = made.headers["location"]
            found = await door.get(ADMIN, place, status=200)
            assert "secret" not in found.json()
            assert "secret" not in (await door.get(ADMIN, "/api/webhooks")).json()["webhooks"][0]
            change = {"active": False}
            answer = await door.ask(ADMIN, "PATCH", place, json=change)
            problem(answer, 428, "precondition_required")
            changed = await door.ask(ADMIN, "PATCH", place, json=change, etag=1, status=200)
            assert changed.json()["active"] is False
            problem(await door.ask(ADMIN, "PATCH", place, json=change, etag=1), 409, "stale")
            for wrong, status, code in (
                ({"url": "http://127.0.0.1/x", "events": ["*"]}, 422, "bad_webhook_url"),
                ({"url": "https://a.example.com", "events": ["lost"]}, 400, "unknown_event"),
                ({"url": "https://a.example.com", "events": []}, 422, "invalid"),
                ({"url": "x" * 3000, "events": ["*"]}, 422, "invalid"),
            ):
                answer = await door.post(ADMIN, "/api/webhooks", json=wrong)
                problem(answer, status, code)
            inside = {"url": "http://[::1]/x"}
            answer = await door.ask(ADMIN, "PATCH", place, json=inside, etag=2)
            problem(answer, 422, "bad_webhook_url")
            tried = (await door.post(ADMIN, f"{place}/test", status=200)).json()
            assert tried["ok"] is False
            await door.ask(ADMIN, "DELETE", place, status=204)
            problem(await door.get(ADMIN, place), 404, "not_found")

    api(tell)


def test_a_machine_s_paper_is_no_one_s_secret_in_the_description(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            described = (await door.get(None, "/api/openapi.json", status=200)).json()
            operations = [
                operation["operationId"]
                for path in described["paths"].values()
                for operation in path.values()
            ]
            assert len(operations) == len(set(operations))
            assert {"submit_claim", "decide_review", "change_stage"} <= set(operations)
            form = described["paths"]["/api/claims"]["post"]["requestBody"]["content"]
            assert "multipart/form-data" in form

    api(tell)


def test_an_odd_paper_s_total_stays_exact(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            claim = await desk.settled(paper(total="0.10"), paper(total="0.20"))
            shown = (await door.get(ANN, f"/api/claims/{claim.id}")).json()["claim"]
            assert shown["total"] == "0.30"

    api(tell)
