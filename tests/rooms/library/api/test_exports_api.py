"""Exports over HTTP leave nothing behind, however their sending ends."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request

from tests.resources.shelf_desk import person
from yuepi.access.principal import Principal
from yuepi.library.api.exports import exports_router
from yuepi.library.exporting.exporter import Exported

ANN = person("ann", "sales")
SIZE = 3 * 2**20


class MadeExporter:
    """Writes a large file; before: what happens first."""

    def __init__(self, before: Callable[[], Any]) -> None:
        self._before = before

    async def export(self, scope: object, document: str, form: str, into: Path, **_: Any) -> Any:
        into.write_bytes(b"x" * SIZE)
        self._before()
        await asyncio.sleep(0)
        return Exported("a.tables.csv", "text/csv", SIZE)


async def _gate(request: Request) -> Principal:
    return ANN


async def ask(send: Callable[[Any], Any], before: Callable[[], Any] = lambda: None) -> None:
    app = FastAPI()
    exporter: Any = MadeExporter(before)
    app.include_router(exports_router(_gate, exporter))
    path = "/api/library/documents/doc_1/export/tables.csv"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        for message in asked:
            return message
        return await asyncio.Event().wait()

    await app(scope, receive, send)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made in these tests."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_what_was_sent_is_removed(room: Path) -> None:
    sent: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            assert list(room.iterdir()), "it is there while it is sent"
            sent.append(len(message["body"]))

    asyncio.run(ask(send))
    assert sum(sent) == SIZE
    assert list(room.iterdir()) == []


@pytest.mark.parametrize("when", ["http.response.start", "http.response.body"])
@pytest.mark.parametrize("how", [OSError("the client went away"), asyncio.CancelledError()])
def test_who_goes_away_leaves_nothing(room: Path, when: str, how: BaseException) -> None:
    async def send(message: Any) -> None:
        if message["type"] == when:
            raise how

    with contextlib.suppress(OSError, asyncio.CancelledError):
        asyncio.run(ask(send))
    assert list(room.iterdir()) == []


def test_a_failed_export_leaves_nothing(room: Path) -> None:
    def fail() -> None:
        raise RuntimeError("no room")

    async def send(message: Any) -> None:
        return

    with pytest.raises(RuntimeError):
        asyncio.run(ask(send, fail))
    assert list(room.iterdir()) == []
