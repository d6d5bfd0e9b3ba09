"""`POST /api/extract`: what it takes, what it answers, and its limits."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request

from tests.resources.door import knocking
from tests.rooms.app.scripted import invoice
from yuepi.access.principal import Principal
from yuepi.app import extracting
from yuepi.app.extract_api import extract_router
from yuepi.app.extracting import Extractor, Read
from yuepi.app.problems import tell_problems
from yuepi.app.wire import Wire
from yuepi.documents.accept import refusal
from yuepi.documents.extraction import read_wanted
from yuepi.documents.read import FileRead
from yuepi.documents.reading import FileReading
from yuepi.kit.errors import Unavailable

SCHEMA = json.dumps({"type": "object", "properties": {"total": {"type": "number"}, "colour": {}}})
FILE = {"file": ("a.jpg", b"\xff\xd8\xff")}


def reads(name: str, data: bytes) -> Sequence[FileRead]:
    if not data:
        raise refusal(name, "empty_file", "the file is empty (0 bytes)")
    file = FileReading(file=name, sha256="0", pages=1, original=False, readings=(invoice(),))
    return [FileRead(file)]


@asynccontextmanager
async def door(read: Read = reads, **more: Any) -> AsyncIterator[httpx2.AsyncClient]:
    async def gate(_: Request) -> Principal:
        return Principal("usr_x", "", frozenset({"submitter"}))

    app = FastAPI()
    tell_problems(app)
    app.include_router(extract_router(gate, Extractor(read, **more)))
    async with knocking(Wire(app)) as client:
        yield client


def test_a_document_and_a_schema_give_its_values() -> None:
    async def tell() -> None:
        async with door() as client:
            told = await client.post("/api/extract", files=FILE, data={"schema": SCHEMA})
            assert told.status_code == 200, told.text
            (file,) = told.json()["files"]
            assert file["result"] == {"total": 27, "colour": None}
            assert file["fields"]["/total"]["status"] == "confirmed"
            assert file["file"] == "a.jpg"

    asyncio.run(tell())


def test_what_is_wrong_is_told_with_its_code() -> None:
    async def tell() -> None:
        async with door() as client:

            async def code(status: int, **sent: Any) -> Any:
                told = await client.post("/api/extract", **sent)
                assert told.status_code == status, told.text
                assert told.json()["remedy"]
                return told.json()["code"]

            form = {"schema": SCHEMA}
            assert await code(422, files=FILE) == "invalid"
            assert await code(422, files=FILE, data={**form, "model": "x"}) == "invalid"
            assert await code(422, files={"x": ("x.jpg", b"1")}, data=form) == "unknown_field"
            assert await code(422, files=FILE, data={"schema": "{"}) == "bad_schema"
            assert await code(422, files={"file": ("a.jpg", b"")}, data=form) == "empty_file"
            assert await code(415, json={}) == "unsupported_media_type"
            two = [("file", ("a.jpg", b"1")), ("file", ("b.jpg", b"2"))]
            assert await code(413, files=two, data=form) == "too_many_files"
            large = {"schema": SCHEMA + " " * 70_000}
            assert await code(413, files=FILE, data=large) == "too_large"

    asyncio.run(tell())


def test_who_comes_when_too_many_wait_is_told_to_come_again(monkeypatch: Any) -> None:
    monkeypatch.setattr(extracting, "WAITING_MAX", 2)
    go = threading.Event()

    def slowly(name: str, data: bytes) -> Sequence[FileRead]:
        assert go.wait(30)
        return reads(name, data)

    async def tell() -> None:
        extractor = Extractor(slowly)
        wanted, schema = read_wanted(SCHEMA.encode())

        async def ask() -> object:
            return await extractor("a.jpg", b"1", wanted, schema)

        first = [asyncio.create_task(ask()) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable) as error:
            await ask()
        assert error.value.code == "too_many_requests"
        go.set()
        await asyncio.gather(*first)
        await ask()

    asyncio.run(tell())


def test_a_reading_without_end_is_told(tmp_path: Path) -> None:
    go = threading.Event()

    def never(name: str, data: bytes) -> Sequence[FileRead]:
        go.wait(30)
        return reads(name, data)

    async def tell() -> None:
        async with door(never, wait_s_max=0.05) as client:
            told = await client.post("/api/extract", files=FILE, data={"schema": SCHEMA})
            assert told.status_code == 503
            assert told.json()["code"] == "took_too_long"
            go.set()

    asyncio.run(tell())
