"""`yuepi mcp` as an assistant starts it: a process of its own, asked over its pipes by the
protocol's own client. A tee between the two keeps every byte of its standard output."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import TextContent

from tests.resources.serving import CLI, environment
from tests.rooms.app.test_mcp import READS, key_of, settings_in, stocked
from yuepi.app.library import library_in

TEE = '"$@" | tee "$0"'


@dataclass(frozen=True)
class Desk:
    """A data folder with a letter that everyone sees and a secret of its operator's."""

    data: Path
    letter: str
    secret: str
    wire: Path
    errors: Path

    def command(self, *options: str) -> list[str]:
        return [*CLI, "mcp", "--data", str(self.data), *options]

    @asynccontextmanager
    async def talking(self, *options: str) -> AsyncGenerator[ClientSession, None]:
        arguments = ["-c", TEE, str(self.wire), *self.command(*options)]
        server = StdioServerParameters(command="/bin/sh", args=arguments, env=environment())
        with self.errors.open("w") as errors:
            async with (
                stdio_client(server, errlog=errors) as (incoming, outgoing),
                ClientSession(incoming, outgoing) as session,
            ):
                await session.initialize()
                yield session

    def spoke_the_protocol_alone(self) -> None:
        """Over standard output, from the first byte to the last."""
        *lines, end = self.wire.read_text("utf-8").split("\n")
        assert end == ""
        assert len(lines) >= 3
        assert all(json.loads(line)["jsonrpc"] == "2.0" for line in lines)

    def damage_index(self) -> None:
        damaged = [file for file in (self.data / "index").rglob("*.manifest") if file.is_file()]
        assert damaged
        for file in damaged:
            file.write_bytes(b"spoiled")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    async def made() -> tuple[str, str, str]:
        async with library_in(settings_in(tmp_path / "data")) as library:
            return await stocked(library)

    _, letter, secret = asyncio.run(made())
    return Desk(tmp_path / "data", letter, secret, tmp_path / "wire", tmp_path / "errors")


async def given(session: ClientSession, tool: str, **sent: Any) -> Any:
    answer = await session.call_tool(tool, sent)
    assert not answer.is_error, answer.content
    return answer.structured_content


async def refused(session: ClientSession, tool: str, **sent: Any) -> str:
    answer = await session.call_tool(tool, sent)
    assert answer.is_error, answer
    told = answer.content[0]
    assert isinstance(told, TextContent)
    return told.text


def test_an_assistant_finds_a_page_and_a_place_on_it(desk: Desk) -> None:
    async def run() -> None:
        async with desk.talking() as session:
            tools = (await session.list_tools()).tools
            assert {tool.name for tool in tools} == READS
            found = await given(session, "search_documents", question="Where is turbine TX-4711?")
            hit = found["hits"][0]
            assert (hit["file"], hit["document"], hit["page"]) == ("late.txt", desk.letter, 1)
            left, top, right, bottom = hit["box"]
            assert 0 <= left < right <= 1
            assert 0 <= top < bottom <= 1
            assert "TX-4711" in hit["text"]
            assert hit["link"].endswith(f"/documents/{desk.letter}?page=1")
            told = await refused(session, "search_documents", question="x", limit=10_000)
            assert "limit" in told

    asyncio.run(run())
    desk.spoke_the_protocol_alone()


def test_a_key_reaches_what_its_owner_may_see_while_it_lives(yuepi: Any, desk: Desk) -> None:
    key = key_of(yuepi, desk.data, "ann", "library:read")

    async def run() -> None:
        async with desk.talking("--key", key) as session:
            assert {tool.name for tool in (await session.list_tools()).tools} == READS
            found = await given(session, "search_documents", question="TX-4711")
            assert [hit["document"] for hit in found["hits"][:1]] == [desk.letter]
            hidden = await given(session, "search_documents", question="severance TX-9999")
            assert desk.secret not in str(hidden)
            for tool in ("read_document", "get_tables"):
                assert "not_found" in await refused(session, tool, document=desk.secret)
            asked = {"question": "why?", "documents": [desk.secret]}
            assert "not_found" in await refused(session, "ask_documents", **asked)
            with pytest.raises(Exception, match="there is no document"):
                await session.read_resource(f"yuepi://documents/{desk.secret}")
            sent = {"document": desk.letter, "tags": ["x"]}
            assert "Unknown tool" in await refused(session, "tag_document", **sent)
            await asyncio.to_thread(revoke, yuepi, desk.data)
            await until_refused(session)

    asyncio.run(run())
    assert "TX-9999 of nobody" not in desk.wire.read_text("utf-8")
    desk.spoke_the_protocol_alone()


async def until_refused(session: ClientSession) -> None:
    """A key is kept in mind for some seconds."""
    for _ in range(300):
        answer = await session.call_tool("search_documents", {"question": "TX-4711"})
        if answer.is_error:
            assert "invalid_api_key" in str(answer.content)
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it still answers")


def revoke(yuepi: Any, data: Path) -> None:
    assert yuepi("admin", "key", "revoke", "ann-key", "--json", "--data", data).code == 0


def test_what_goes_wrong_is_logged_beside_the_protocol(desk: Desk) -> None:
    desk.damage_index()

    async def run() -> None:
        async with desk.talking() as session:
            found = await given(session, "search_documents", question="TX-4711")
            assert found["index"] == "broken"
            assert [hit["document"] for hit in found["hits"]] == [desk.letter]

    asyncio.run(run())
    desk.spoke_the_protocol_alone()
    assert "the index is broken" in desk.errors.read_text("utf-8")


@pytest.mark.parametrize(
    ("scope", "options", "code"),
    [("models:ask", (), "library:read"), ("library:read", ("--write",), "library:write")],
)
def test_a_key_without_the_right_opens_nothing(
    yuepi: Any, desk: Desk, scope: str, options: tuple[str, ...], code: str
) -> None:
    key = key_of(yuepi, desk.data, "ann", scope)
    ended = subprocess.run(
        desk.command("--key", key, *options),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment(),
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert code in ended.stderr
    assert key not in ended.stderr
