"""`/api/audit`: pages, roots and proofs, for those whom the door lets in."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import httpx2
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from tests.resources.door import knocking
from tests.rooms.audit.record_desk import RecordDesk, Story
from yuepi.audit.api import audit_router
from yuepi.audit.proof import Proof, check_proof
from yuepi.audit.signed_root import SignedRoot
from yuepi.kit.errors import YuepiError


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
            "/api/audit/roots": "list_audit_roots",
            "/api/audit/{seq}/proof": "get_audit_proof",
        }

    story(tell)
