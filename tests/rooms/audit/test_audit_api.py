"""`/api/audit`: pages, roots and proofs, for those whom the door lets in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from tests.resources.door import knocking
from tests.rooms.audit.record_desk import NOW, RecordDesk, Story
from yuepi.audit.api import audit_router
from yuepi.audit.export import lines_of
from yuepi.audit.proof import Proof, check_proof
from yuepi.audit.signed_root import SignedRoot
from yuepi.audit.verifying import Verifying
from yuepi.kit.errors import Unavailable, YuepiError


async def allowed(request: Request) -> None:
    if "authorization" not in request.headers:
        raise HTTPException(403)


@asynccontextmanager
async def door(desk: RecordDesk, **headers: str) -> AsyncGenerator[httpx2.AsyncClient, None]:
    app = FastAPI()
    app.include_router(audit_router(desk.trail, allowed))

    @app.exception_handler(YuepiError)
    async def told(_request: Request, error: YuepiError) -> JSONResponse:
        return JSONResponse({"code": error.code}, error.http_status)

    async with knocking(app, **(headers or {"authorization": "yes"})) as client:
        yield client


def test_pages_go_both_ways_and_end(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(10)
        async with door(desk) as client:
            for newest_first in (True, False):
                seqs: list[int] = []
                asked: dict[str, Any] = {"limit": 4, "newest_first": newest_first}
                while True:
                    told = (await client.get("/api/audit", params=asked)).json()
                    seqs += [one["seq"] for one in told["entries"]]
                    if told["next"] is None:
                        break
                    asked["after"] = told["next"]
                wanted = list(range(1, 11))
                assert seqs == (wanted[::-1] if newest_first else wanted)
            told = (await client.get("/api/audit", params={"subject": "clm_2"})).json()
            assert [one["seq"] for one in told["entries"]] == [10, 3]
            assert told["entries"][1]["detail"]["名"] == "阅批"
            for actor in ("usr_2", "usr_1\0", "'"):
                none = await client.get("/api/audit", params={"actor": actor})
                assert none.json() == {"entries": [], "next": None}

    story(tell)


def test_a_proof_can_be_checked_by_whoever_asked(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(11)
        root = await desk.sign()
        await desk.write(1)
        async with door(desk) as client:
            told = (await client.get("/api/audit/roots")).json()
            assert told == {"roots": [root.told()], "next": None}
            proof = (await client.get("/api/audit/7/proof")).json()
            assert proof["entry"]["seq"] == 7
            leaf = sha256(b"\0" + proof["entry_json"].encode()).digest()
            assert leaf.hex() == proof["leaf"]
            nodes = tuple(bytes.fromhex(node) for node in proof["nodes"])
            signed = SignedRoot.of_line(str(proof["root"]).replace("'", '"'))
            assert signed.holds()
            assert check_proof(Proof(7, 11, leaf, nodes), signed.root)
            for path, code in (
                ("/api/audit/12/proof", "not_sealed_yet"),
                ("/api/audit/13/proof", "not_found"),
                ("/api/audit/3/proof?size=9", "not_sealed_yet"),
            ):
                answer = await client.get(path)
                assert (answer.status_code, answer.json()["code"]) == (404, code)

    story(tell)


def test_who_is_not_let_in_sees_nothing_and_nonsense_is_refused(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(2)
        paths = ("/api/audit", "/api/audit/roots", "/api/audit/1/proof")
        async with door(desk, accept="*/*") as client:
            for path in paths:
                assert (await client.get(path)).status_code == 403
        async with door(desk) as client:
            for query in (
                "?limit=0", "?limit=201", "?after=-1", f"?after={2**60}", "?subject=",
                "?subject=" + "x" * 129, "/0/proof", f"/{2**60}/proof", "/x/proof",
                "/1/proof?size=0",
            ):  # fmt: skip
                assert (await client.get(f"/api/audit{query}")).status_code == 422
            for path in paths:
                assert (await client.post(path)).status_code == 405

    story(tell)


def test_the_routes_are_described(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        app = FastAPI()
        app.include_router(audit_router(desk.trail, allowed))
        paths = app.openapi()["paths"]
        assert {path: described["get"]["operationId"] for path, described in paths.items()} == {
            "/api/audit": "list_audit",
            "/api/audit/export": "export_audit",
            "/api/audit/roots": "list_audit_roots",
            "/api/audit/roots.jsonl": "download_audit_roots",
            "/api/audit/{seq}/proof": "get_audit_proof",
        }

    story(tell)


def test_by_either_name_and_by_time(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(20)
        await desk.write(2, actor="clm_3")
        async with door(desk) as client:

            async def seqs(**asked: Any) -> list[int]:
                told = await client.get("/api/audit", params={"newest_first": False, **asked})
                return [one["seq"] for one in told.json()["entries"]]

            assert await seqs(about="clm_3") == [4, 11, 18, 21, 22]
            # Entry 1 is of NOW, and each of a second later.
            since, until = "2026-03-01T08:00:05+00:00", "2026-03-01T16:00:08+08:00"
            assert await seqs(since=since, until=until) == [6, 7, 8]
            assert await seqs(until=since) == [1, 2, 3, 4, 5]
            assert await seqs(since="2027-01-01T00:00:00Z") == []
            assert await seqs(subject="clm_3", since=since, until=until) == []
            naive = await client.get("/api/audit", params={"since": "2026-03-01T08:00:00"})
            assert naive.json()["code"] == "bad_usage"

    story(tell)


def test_time_is_found_in_a_long_record(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuepi.audit.sought.MARGIN", 3)

    async def tell(desk: RecordDesk) -> None:
        await desk.write(300)
        for second in (0, 1, 150, 299, 300):
            at = (NOW + timedelta(seconds=second)).isoformat()
            async with door(desk) as client:
                told = await client.get("/api/audit", params={"since": at, "limit": 200})
                later = await client.get(
                    "/api/audit", params={"until": at, "limit": 1, "newest_first": True}
                )
            assert len(told.json()["entries"]) == min(200, 300 - second)
            assert [one["seq"] for one in later.json()["entries"]] == [second][:second]

    story(tell)


def test_entries_are_taken_away_as_files(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(30)
        await desk.write(1, actor="=1+1")
        async with door(desk) as client:
            answer = await client.get("/api/audit/export")
            assert answer.headers["content-disposition"].startswith("attachment")
            told = [json.loads(line) for line in answer.text.splitlines()]
            assert [one["seq"] for one in told] == list(range(1, 32))
            assert told[0]["detail"]["名"] == "阅批"
            answer = await client.get("/api/audit/export?format=csv&subject=clm_2")
            rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
            assert rows[0] == ["seq", "at", "action", "actor", "subject", "detail", "hash"]
            assert [row[0] for row in rows[1:]] == ["3", "10", "17", "24", "31"]
            # No cell is a formula.
            assert rows[-1][3] == "'=1+1"
            # Nor one for a spreadsheet that takes wide signs for narrow ones.
            (entry,) = await desk.trail.entries(subject="clm_2", after=30)
            assert ",'＝1+1," in lines_of("csv")([replace(entry, actor="＝1+1")])
            none = await client.get("/api/audit/export?actor=nobody")
            assert (none.status_code, none.text) == (200, "")
            for query in ("format=xml", "since=x"):
                assert (await client.get(f"/api/audit/export?{query}")).status_code == 422
            assert (await client.get("/api/audit/roots.jsonl")).text == ""
            root = await desk.sign()
            line = (await client.get("/api/audit/roots.jsonl")).text
            assert SignedRoot.of_line(line) == root
        async with door(desk, nobody="yes") as client:
            for path in ("export", "roots.jsonl"):
                assert (await client.get(f"/api/audit/{path}")).status_code == 403

    story(tell)


def test_the_record_is_checked_beside_the_work(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(20)
        root = await desk.sign()
        verifying = Verifying(desk.database, lambda: (root.key,), lambda: desk.now)
        app = FastAPI()
        app.include_router(audit_router(desk.trail, allowed, verifying))
        async with knocking(app, authorization="yes") as client:
            told = (await client.get("/api/audit/verify")).json()
            assert (told["running"], told["verdict"]) == (False, None)
            begun = (await client.post("/api/audit/verify")).json()
            assert begun["running"]
            # Whoever else starts one is told of this one.
            assert (await client.post("/api/audit/verify")).json()["began_at"] == begun["began_at"]
            await verifying.ended()
            told = (await client.get("/api/audit/verify")).json()
            assert (told["running"], told["failed"]) == (False, None)
            verdict = told["verdict"]
            assert (verdict["whole"], verdict["entries"], verdict["roots"]) == (True, 20, 1)
            assert (verdict["signed_upto"], verdict["keys"]) == (20, [root.key])
            await desk.tamper("UPDATE audit_entries SET actor = 'usr_9' WHERE seq = 7")
            await client.post("/api/audit/verify")
            await verifying.ended()
            verdict = (await client.get("/api/audit/verify")).json()["verdict"]
            assert not verdict["whole"]
            assert verdict["findings"][0] == {"kind": "edited", "seq": 7, "upto": 0}
            assert verdict["counts"]["edited"] == 1

    story(tell)


def test_a_check_that_fails_says_so(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        def no_keys() -> None:
            raise Unavailable("the key cannot be read", remedy="put it back", code="no_key")

        verifying = Verifying(desk.database, no_keys, lambda: desk.now)
        assert verifying.start().running
        told = await verifying.ended()
        assert (told.running, told.failed, told.verdict) == (False, "no_key", None)

    story(tell)
