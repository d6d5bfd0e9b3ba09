"""Every failure of the API is a problem with code and remedy, and tells nothing of the inside."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Body, FastAPI, Query
from pydantic import BaseModel, ConfigDict

from tests.resources.door import knocking, listening
from yuepi.app.problems import PROBLEM, tell_problems
from yuepi.app.wire import Wire
from yuepi.kit.errors import BadUsage, Unavailable, YuepiError

SECRET = "hunter2-hunter2"


class Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")
    amount: int


class Old(YuepiError):
    code = "stale"
    http_status = 409

    def __init__(self) -> None:
        super().__init__("it changed", remedy="look again")
        self.current = {"version": 2}


def desk() -> FastAPI:
    app = FastAPI(openapi_url=None)
    tell_problems(app)

    @app.post("/api/things")
    async def make(sent: Annotated[Sent, Body()], n: Annotated[int, Query(ge=1)] = 1) -> Any:
        return {"amount": sent.amount, "n": n}

    @app.get("/api/bug")
    async def bug() -> Any:
        raise ValueError(f"password={SECRET}")

    @app.get("/api/stale")
    async def stale() -> Any:
        raise Old

    @app.get("/api/usage")
    async def usage() -> Any:
        raise BadUsage("no such thing", remedy="name another", code="no_such")

    @app.get("/api/away")
    async def away() -> Any:
        try:
            raise OSError(f"no route to db.internal as {SECRET}")
        except OSError as error:
            raise Unavailable(str(error), remedy=f"look at {SECRET}", code="x_away") from error

    return app


def told(tell: Any) -> None:
    async def run() -> None:
        async with knocking(Wire(desk())) as client:
            await tell(client)

    asyncio.run(run())


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"urn:yuepi:problem:{code}"
    assert body["title"]
    assert body["detail"]
    assert body["remedy"]
    assert SECRET not in answer.text
    return body


def test_expected_errors_keep_code_remedy_and_what_they_carry() -> None:
    async def tell(client: httpx2.AsyncClient) -> None:
        body = problem(await client.get("/api/usage"), 400, "no_such")
        assert body["remedy"] == "name another"
        body = problem(await client.get("/api/stale"), 409, "stale")
        assert body["current"] == {"version": 2}

    told(tell)


def test_what_something_inside_said_stays_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def tell(client: httpx2.AsyncClient) -> None:
        answer = await client.get("/api/away")
        problem(answer, 503, "x_away")
        assert answer.headers["retry-after"] == "1"
        with caplog.at_level(logging.ERROR):
            body = problem(await client.get("/api/bug"), 500, "unexpected")
        assert body["id"] in caplog.text
        assert SECRET in caplog.text

    told(tell)


def test_fields_are_named_and_what_was_sent_is_not_repeated() -> None:
    async def tell(client: httpx2.AsyncClient) -> None:
        sent = {"amount": SECRET, "colour": SECRET}
        body = problem(await client.post("/api/things", json=sent), 422, "invalid")
        assert {(e["in"], e["field"], e["code"]) for e in body["errors"]} == {
            ("body", "amount", "int_parsing"),
            ("body", "colour", "unknown_field"),
        }
        body = problem(await client.post("/api/things", json={}), 422, "invalid")
        assert body["errors"][0]["code"] == "missing_field"
        answer = await client.post("/api/things?n=0", json={"amount": 1})
        assert problem(answer, 422, "invalid")["errors"][0]["in"] == "query"
        many = {f"field{n}": 1 for n in range(500)}
        body = problem(await client.post("/api/things", json=many), 422, "invalid")
        assert len(body["errors"]) == 50

    told(tell)


def test_the_form_of_a_request_is_refused_by_kind() -> None:
    async def tell(client: httpx2.AsyncClient) -> None:
        json = {"content-type": "application/json"}
        problem(await client.get("/api/nothing"), 404, "unknown_url")
        answer = await client.delete("/api/things")
        problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "POST"
        post = client.post
        problem(await post("/api/things", content=b"{", headers=json), 400, "invalid_json")
        problem(await post("/api/things", data={"amount": "1"}), 415, "unsupported_media_type")
        files = {"files": b"x"}
        problem(await post("/api/things", files=files), 415, "unsupported_media_type")
        packed = {**json, "content-encoding": "gzip"}
        answer = await post("/api/things", content=b"{}", headers=packed)
        problem(answer, 415, "unsupported_media_type")
        answer = await post("/api/things", content=b" " * 2**20 + b"{}", headers=json)
        problem(answer, 413, "too_large")

        async def pieces() -> AsyncGenerator[bytes, None]:
            for _ in range(40):
                yield b" " * 2**16

        answer = await post("/api/things", content=pieces(), headers=json)
        problem(answer, 413, "too_large")

    told(tell)


def test_no_answer_is_stored_framed_sniffed_or_shared() -> None:
    async def tell(client: httpx2.AsyncClient) -> None:
        origin = {"origin": "https://elsewhere.test"}
        for path in ("/api/usage", "/api/bug", "/api/nothing"):
            headers = (await client.get(path, headers=origin)).headers
            assert headers["cache-control"] == "no-store"
            assert headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert not [name for name in headers if name.startswith("access-control-")]
        asked = {**origin, "access-control-request-method": "POST"}
        answer = await client.options("/api/things", headers=asked)
        assert answer.status_code == 405

    told(tell)


def test_too_much_is_answered_before_it_has_come() -> None:
    """A client that only sends gets its answer early; one that goes on is heard out for a while."""

    async def run() -> None:
        async with listening(Wire(desk())) as url:
            port = int(url.rsplit(":", 1)[1])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                b"POST /api/things HTTP/1.1\r\nhost: desk\r\ncontent-type: application/json\r\n"
                b"content-length: 500000000\r\n\r\n"
            )
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            assert b" 413 " in head.splitlines()[0]
            assert b"connection: close" in head.lower()
            # It is still listened to: what is on the way does not break the connection.
            for _ in range(64):
                writer.write(b" " * 2**16)
                await writer.drain()
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            assert b'"too_large"' in await asyncio.wait_for(reader.readexactly(length), 5)
            writer.close()

    asyncio.run(run())


def test_a_body_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuepi.app.wire.BODY_WAIT_S_MAX", 0.05)
    monkeypatch.setattr("yuepi.app.wire.LATE_S_MAX", 0.05)

    async def run() -> None:
        async with listening(Wire(desk())) as url:
            port = int(url.rsplit(":", 1)[1])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                b"POST /api/things HTTP/1.1\r\nhost: desk\r\ncontent-type: application/json\r\n"
                b"content-length: 100\r\n\r\n{"
            )
            answer = await asyncio.wait_for(reader.read(), 5)
            assert b" 408 " in answer.splitlines()[0]
            assert b'"too_slow"' in answer
            writer.close()

    asyncio.run(run())
