"""Forms with files: taken whole or not at all, within limits, leaving nothing behind."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.resources.door import knocking, listening
from yuepi.app import uploads as module
from yuepi.app.problems import tell_problems
from yuepi.app.uploads import UploadLimits, Uploads
from yuepi.app.wire import Wire

MB = 2**20
LIMITS = UploadLimits(
    files_max=3, file_bytes_max=2 * MB, bytes_max=4 * MB, fields_max=4, field_bytes_max=1000
)
HEAD = b'--b\r\ncontent-disposition: form-data; name="files"; filename="a.bin"\r\n\r\n'
FORM = {"content-type": "multipart/form-data; boundary=b"}


def desk(limits: UploadLimits) -> Wire:
    app = FastAPI(openapi_url=None)
    tell_problems(app)
    uploads = Uploads(limits)

    @app.post("/api/claims")
    async def take(request: Request) -> Any:
        async with uploads(request) as form, form.loaded() as files:
            told = [{"name": name, "bytes": len(data)} for name, data in files]
            return {"fields": form.fields, "files": told}

    return Wire(app)


def told(tell: Callable[[httpx2.AsyncClient], Awaitable[None]], limits: Any = LIMITS) -> None:
    async def run() -> None:
        async with knocking(desk(limits)) as client:
            await tell(client)

    asyncio.run(run())


def test_fields_and_files_come_as_they_were_sent() -> None:
    big = os.urandom(2 * MB)

    async def tell(client: httpx2.AsyncClient) -> None:
        files = [
            ("files", ("发票 一.pdf", b"abc")),
            ("files", ("b.bin", big)),
            ("files[]", ("c", b"")),
        ]
        answer = await client.post("/api/claims", data={"note": "打车\n费"}, files=files)
        assert answer.json() == {
            "fields": {"note": "打车\n费"},
            "files": [
                {"name": "发票 一.pdf", "bytes": 3},
                {"name": "b.bin", "bytes": 2 * MB},
                {"name": "c", "bytes": 0},
            ],
        }

    told(tell)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "bad_form"),
        (b"--b--\r\n", 200, None),
        (HEAD + b"abc\r\n--b--\r\n", 200, None),
        # Cut off: before the last boundary, in a boundary, in a header.
        (HEAD + b"abc", 422, "bad_form"),
        (HEAD + b"abc\r\n--b", 422, "bad_form"),
        (b"--b\r\ncontent-dis", 422, "bad_form"),
        (b"no boundary at all", 422, "bad_form"),
        (b"--b\r\n\r\nno name\r\n--b--\r\n", 422, "bad_form"),
        (HEAD.replace(b"files", b"avatar") + b"a\r\n--b--\r\n", 422, "unknown_field"),
        (HEAD.replace(b"\r\n\r\n", b"\r\ncontent-transfer-encoding: base64\r\n\r\n")
         + b"YQ==\r\n--b--\r\n", 422, "bad_form"),
        (b'--b\r\ncontent-disposition: form-data; name="n"\r\n\r\n\xff\r\n--b--\r\n',
         422, "bad_form"),
        (b'--b\r\ncontent-disposition: form-data; name="n"\r\n\r\n1\r\n' * 2 + b"--b--\r\n",
         422, "repeated_field"),
        (b"--b\r\nx: " + b"y" * 5000 + b"\r\n\r\n1\r\n--b--\r\n", 422, "bad_form"),
        (b"--b\r\n" + b"x: y\r\n" * 20 + b"\r\n1\r\n--b--\r\n", 422, "bad_form"),
        ((HEAD + b"\r\n") * 4 + b"--b--\r\n", 413, "too_many_files"),
        (HEAD + b"x" * (2 * MB + 1) + b"\r\n--b--\r\n", 413, "too_large"),
        (b'--b\r\ncontent-disposition: form-data; name="n"\r\n\r\n' + b"x" * 1001
         + b"\r\n--b--\r\n", 413, "too_large"),
    ],
)  # fmt: skip
def test_what_is_not_well_made_or_too_much_is_refused(
    body: bytes, status: int, code: str | None
) -> None:
    async def tell(client: httpx2.AsyncClient) -> None:
        whole = await client.post("/api/claims", content=body, headers=FORM)

        async def pieces() -> AsyncGenerator[bytes, None]:
            step = max(1, len(body) // 50)
            for start in range(0, len(body), step):
                yield body[start : start + step]

        split = await client.post("/api/claims", content=pieces(), headers=FORM)
        for answer in (whole, split):
            assert answer.status_code == status, answer.text
            assert answer.json().get("code") == code

    told(tell)


PIECES = st.sampled_from(
    [b"--b\r\n", b"--b--\r\n", b"\r\n", b"--b", b"content-disposition: form-data; ", b"\r\n\r\n",
     b'name="files"; filename="a"', b'name="note"', b"content-type: text/plain", b"x", b"\x00\xff"]
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(PIECES | st.binary(max_size=8), max_size=14), st.integers(1, 30))
def test_whatever_comes_is_answered_alike_in_any_pieces(parts: list[bytes], step: int) -> None:
    body = b"".join(parts)

    async def tell(client: httpx2.AsyncClient) -> None:
        async def pieces() -> AsyncGenerator[bytes, None]:
            for start in range(0, len(body), step):
                yield body[start : start + step]

        whole = await client.post("/api/claims", content=body, headers=FORM)
        split = await client.post("/api/claims", content=pieces(), headers=FORM)
        assert whole.status_code in (200, 422)
        assert whole.status_code == split.status_code
        # What is wrong first may be told of either; what was taken must be the same.
        told_of = "code" if whole.status_code == 422 else "files"
        assert whole.json()[told_of] == split.json()[told_of]
        assert whole.json().get("fields") == split.json().get("fields")

    told(tell)


def test_other_bodies_are_not_forms() -> None:
    async def tell(client: httpx2.AsyncClient) -> None:
        for kind in ("application/json", "multipart/form-data", "multipart/mixed; boundary=b"):
            headers = {"content-type": kind}
            answer = await client.post("/api/claims", content=b"{}", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
        endless = {"content-type": f"multipart/form-data; boundary={'b' * 500}"}
        answer = await client.post("/api/claims", content=b"--", headers=endless)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_form")

    told(tell)


def test_too_much_is_refused_by_its_announcement_alone() -> None:
    async def run() -> None:
        async with listening(desk(LIMITS)) as url:
            reader, writer = await knock(url, b"content-length: 500000000\r\n")
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            assert b" 413 " in head.splitlines()[0]
            writer.close()

    asyncio.run(run())


def test_a_client_that_leaves_or_stands_still_leaves_nothing_behind(tmp_path: Path) -> None:
    """The files are unnamed, closed when the client leaves, and the place is free again."""

    async def run() -> None:
        seen: list[Any] = []
        taken = module._Taking._open_file

        def watched(self: Any, field: str, name: str) -> None:
            taken(self, field, name)
            seen.append(self.form.files[-1].file)

        patch.setattr(module._Taking, "_open_file", watched)
        limits = UploadLimits(still_s_max=0.2, at_once_max=1)
        async with listening(desk(limits)) as url:
            _, writer = await knock(url, b"content-length: 9000000\r\n")
            writer.write(HEAD + b"x" * (3 * MB))
            await writer.drain()
            while not seen or seen[0].tell() < 2 * MB:
                await asyncio.sleep(0.01)
            assert not list(tmp_path.iterdir())
            writer.close()
            while not seen[0].closed:
                await asyncio.sleep(0.01)
            reader, writer = await knock(url, b"content-length: 9000000\r\n")
            writer.write(HEAD + b"x")
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            assert b" 408 " in head.splitlines()[0]
            assert seen[1].closed
            writer.close()
            async with httpx2.AsyncClient() as client:
                form = {"files": ("a", b"x")}
                assert (await client.post(f"{url}/api/claims", files=form)).status_code == 200

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path))
        patch.setattr("yuepi.app.wire.LATE_S_MAX", 0.1)
        asyncio.run(asyncio.wait_for(run(), 20))


def test_too_many_at_once_are_sent_away() -> None:
    async def run() -> None:
        async with listening(desk(UploadLimits(at_once_max=1))) as url:
            _, writer = await knock(url, b"content-length: 1000\r\n")
            writer.write(HEAD)
            await writer.drain()
            async with httpx2.AsyncClient() as client:
                while True:
                    files = {"files": ("a", b"x")}
                    answer = await client.post(f"{url}/api/claims", files=files)
                    if answer.status_code != 200:
                        break
            assert (answer.status_code, answer.json()["code"]) == (503, "too_many_requests")
            assert answer.headers["retry-after"] == "1"
            writer.close()

    asyncio.run(asyncio.wait_for(run(), 20))


def test_a_full_disk_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_pieces: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write", full)

    async def tell(client: httpx2.AsyncClient) -> None:
        answer = await client.post("/api/claims", files={"files": ("a", b"x")})
        assert (answer.status_code, answer.json()["code"]) == (503, "disk_unavailable")

    told(tell)


async def knock(url: str, more: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
    head = (
        b"POST /api/claims HTTP/1.1\r\nhost: desk\r\ncontent-type: multipart/form-data; boundary=b"
    )
    writer.write(head + b"\r\n" + more + b"\r\n")
    return reader, writer
