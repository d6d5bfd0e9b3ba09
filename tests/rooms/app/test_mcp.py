"""The library as tools of an assistant: by the protocol's own client, over all three ways."""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.resources.serving import CLI, NO_MODELS, Served, environment, serving
from tests.resources.shelf_reader import PlainReader
from yuepi.access.principal import ROOT_DEPARTMENT, Principal
from yuepi.app.catch_up import catch_up
from yuepi.app.library import Library, library_in
from yuepi.app.mcp.answers import Links
from yuepi.app.mcp.server import mcp_server
from yuepi.app.mcp.tools import FILE_BYTES_MAX, Tools
from yuepi.app.speaking import Speaker
from yuepi.app.wiring import Wiring
from yuepi.kit.settings import load_settings
from yuepi.library.actor import OPERATOR, Actor, actor_of

FILLER = "\n".join(f"Further terms, paragraph {at}: as agreed between both." for at in range(8))
LETTER = f"Dear Ms Meadow\nthe delivery of turbine TX-4711 is late\n{FILLER}"
SECRET = f"Dear Mr Brook\nthe severance TX-9999 of nobody else's business\n{FILLER}"
READS = {"search_documents", "ask_documents", "list_folders", "read_document", "get_tables"}
WRITES = {"add_document", "tag_document"}
STRANGER = actor_of(Principal("usr_x", "x", frozenset({"submitter"}), ROOT_DEPARTMENT))


async def stocked(library: Library) -> tuple[str, str, str]:
    """A shared folder with a letter and a private one with another; the ids: folder, letter,
    private letter."""
    shared = await library.folders.ensure_path(OPERATOR, "Letters", ROOT_DEPARTMENT)
    own = await library.folders.own(OPERATOR)
    first = await library.shelf.add(OPERATOR, shared.id, "late.txt", LETTER.encode())
    second = await library.shelf.add(OPERATOR, own.id, "secret.txt", SECRET.encode())
    reader = PlainReader()
    await catch_up(library, 60, Speaker("en", as_json=True), Wiring(shelf_reader=lambda _: reader))
    return shared.id, first.document.id, second.document.id


def settings_in(folder: Path, more: str = "") -> Any:
    folder.mkdir(exist_ok=True)
    (folder / "yuepi.toml").write_text(f'[library]\nembedder = ""\n{more}')
    return load_settings(folder, {})


@asynccontextmanager
async def talking(library: Library, who: Actor, *, writes: bool) -> AsyncGenerator[Client, None]:
    async def asker(_: object) -> Actor:
        return who

    tools = Tools(library, Links("http://desk.test"), lambda: date(2026, 11, 21))
    async with Client(mcp_server(tools, asker, writes=writes)) as client:
        yield client


def told(folder: Path, tell: Callable[[Library, str, str, str], Awaitable[None]]) -> None:
    async def run() -> None:
        async with library_in(settings_in(folder)) as library:
            await tell(library, *(await stocked(library)))

    asyncio.run(run())


async def refused(client: Client, tool: str, **sent: Any) -> str:
    answer = await client.call_tool(tool, sent)
    assert answer.is_error, answer
    return str(answer.content[0].text)


async def given(client: Client, tool: str, **sent: Any) -> Any:
    answer = await client.call_tool(tool, sent)
    assert not answer.is_error, answer.content
    return answer.structured_content


def test_an_assistant_searches_reads_and_cites(tmp_path: Path) -> None:
    async def tell(library: Library, folder: str, letter: str, secret: str) -> None:
        async with talking(library, OPERATOR, writes=False) as client:
            tools = (await client.list_tools()).tools
            assert {tool.name for tool in tools} == READS
            assert all(tool.annotations.read_only_hint for tool in tools)
            found = await given(client, "search_documents", question="TX-4711")
            hit = found["hits"][0]
            assert (hit["file"], hit["document"], hit["page"]) == ("late.txt", letter, 1)
            assert hit["link"] == f"http://desk.test/documents/{letter}?page=1"
            assert len(hit["box"]) == 4
            within = await given(client, "search_documents", question="TX-9999", folder=folder)
            assert within["hits"] == []
            read = await given(client, "read_document", document=letter, boxes=True)
            assert "turbine TX-4711" in read["pages"][0]["text"]
            assert len(read["pages"][0]["runs"][1]["box"]) == 4
            assert read["next_page"] is None
            folders = await given(client, "list_folders")
            assert "Letters" in [each["path"] for each in folders["folders"]]
            assert (await given(client, "get_tables", document=letter))["tables"] == []
            answer = await given(client, "ask_documents", question="Which turbine is late?")
            assert answer["status"] in ("answered", "not_found")
            assert all(len(quote["box"]) == 4 for quote in answer["quotes"])
            text = (await client.read_resource(f"yuepi://documents/{letter}")).contents[0].text
            assert "[page 1]" in text
            assert secret not in text

    told(tmp_path / "data", tell)


def test_out_of_reach_is_not_there_for_any_tool(tmp_path: Path) -> None:
    async def tell(library: Library, folder: str, letter: str, secret: str) -> None:
        async with talking(library, STRANGER, writes=True) as client:
            found = await given(client, "search_documents", question="TX-9999")
            assert (found["hits"], found["documents"]) == ([], 0)
            answer = await given(client, "ask_documents", question="severance TX-9999?")
            assert secret not in str(answer)
            for name in ("read_document", "get_tables", "tag_document"):
                more = {"tags": ["x"]} if name == "tag_document" else {}
                assert "not_found" in await refused(client, name, document=secret, **more)
            asked = await refused(client, "ask_documents", question="why?", documents=[secret])
            assert "not_found" in asked
            with pytest.raises(Exception, match="there is no document"):
                await client.read_resource(f"yuepi://documents/{secret}")
            folders = await given(client, "list_folders")
            assert [each["path"] for each in folders["folders"]] == ["Letters"]
            told = await refused(client, "tag_document", document=letter, tags=["x"])
            assert "not_yours" in told

    told(tmp_path / "data", tell)


def test_writing_is_there_where_it_was_asked_for(tmp_path: Path) -> None:
    async def tell(library: Library, folder: str, letter: str, _: str) -> None:
        content = base64.b64encode(f"{LETTER} more".encode()).decode()
        async with talking(library, OPERATOR, writes=False) as client:
            sent = {"name": "n.txt", "content_base64": content, "folder": folder}
            assert "Unknown tool" in await refused(client, "add_document", **sent)
        async with talking(library, OPERATOR, writes=True) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == READS | WRITES
            added = await given(client, "add_document", tags=["mail"], **sent)
            assert (added["outcome"], added["document"]["tags"]) == ("new", ["mail"])
            again = await given(client, "add_document", **sent)
            assert again["outcome"] == "same"
            tagged = await given(client, "tag_document", document=letter, tags=["a", "b"])
            assert tagged["tags"] == ["a", "b"]
            no_base64 = {**sent, "content_base64": "***"}
            assert "base64" in await refused(client, "add_document", **no_base64)
            large = {**sent, "content_base64": "A" * (FILE_BYTES_MAX * 2)}
            await refused(client, "add_document", **large)

    told(tmp_path / "data", tell)


def test_bad_arguments_are_told_and_go_no_further(tmp_path: Path) -> None:
    async def tell(library: Library, folder: str, letter: str, _: str) -> None:
        async with talking(library, OPERATOR, writes=False) as client:
            await refused(client, "search_documents", question="")
            await refused(client, "search_documents", question="x", limit=10_000)
            await refused(client, "read_document", document="../../etc/passwd")
            await refused(client, "read_document", document=letter, pages=10_000)

    told(tmp_path / "data", tell)


def test_over_standard_input_and_output(yuepi: Any, tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = settings_in(data)
    key = key_of(yuepi, data, "ann", "library:read")

    async def run() -> None:
        async with library_in(settings) as library:
            _, letter, _ = await stocked(library)
        for options, names in ((["--write"], READS | WRITES), (["--key", key], READS)):
            command = [*CLI[1:], "mcp", "--data", str(data), *options]
            server = StdioServerParameters(command=sys.executable, args=command, env=environment())
            async with Client(stdio_client(server)) as client:
                assert {tool.name for tool in (await client.list_tools()).tools} == names
                found = await given(client, "search_documents", question="TX-4711")
                assert {hit["document"] for hit in found["hits"]} == {letter}
                hidden = await given(client, "search_documents", question="TX-9999")
                assert bool(hidden["hits"]) == ("--key" not in options)

    asyncio.run(run())


def key_of(yuepi: Any, data: Path, login: str, *scopes: str) -> str:
    """A key of a new account, with these scopes."""
    there = ("--json", "--data", data)
    assert yuepi("admin", "user", "add", login, "--no-password", *there).code == 0
    options = [part for scope in scopes for part in ("--scope", scope)]
    made = yuepi("admin", "key", "create", f"{login}-key", "--user", login, *options, *there)
    return str(made.json["key"])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Served, Path]]:
    data = tmp_path / "data"
    settings_in(data, NO_MODELS)
    with serving(data) as server:
        yield server, data


def test_over_http_a_key_says_who_asks(yuepi: Any, served: tuple[Served, Path]) -> None:
    server, data = served
    reader = key_of(yuepi, data, "ann", "library:read")
    writer = key_of(yuepi, data, "ben", "library:read", "library:write")
    other = key_of(yuepi, data, "cleo", "models:ask")
    url = f"{server.url}/mcp"

    async def run() -> None:
        for key, names in ((reader, READS), (writer, READS | WRITES)):
            headers = {"authorization": f"Bearer {key}"}
            for mode in ("auto", "legacy"):
                async with (
                    httpx2.AsyncClient(headers=headers, timeout=60) as http,
                    Client(streamable_http_client(url, http_client=http), mode=mode) as client,
                ):
                    assert {tool.name for tool in (await client.list_tools()).tools} == names
                    found = await given(client, "search_documents", question="anything")
                    assert found["hits"] == []
        async with httpx2.AsyncClient(timeout=60) as http:
            await _refused_before_the_protocol(http, url, reader, other)

    asyncio.run(run())


async def _refused_before_the_protocol(
    http: httpx2.AsyncClient, url: str, reader: str, other: str
) -> None:
    async def asked(
        key: str | None = None, method: str = "POST", **headers: str
    ) -> tuple[int, str]:
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        answer = await http.request(method, url, json={}, headers=headers)
        # What the protocol's package refuses by itself (421) names no type.
        kind = answer.headers.get("content-type", "")
        return answer.status_code, answer.json()["code"] if "problem" in kind else ""

    assert await asked() == (401, "not_signed_in")
    assert (await asked("yp-nothing"))[0] == 401
    assert await asked(other) == (403, "missing_right")
    assert await asked(reader, origin="https://elsewhere.test") == (403, "forged_request")
    assert (await asked(reader, host="elsewhere.test"))[0] == 421
    assert await asked(reader, "DELETE") == (405, "method_not_allowed")
    large = await http.post(
        url, content=b"x" * (5 * 2**20), headers={"authorization": f"Bearer {reader}"}
    )
    assert large.status_code in (413, 415)
