"""`yuepi mcp`: the library for an assistant on this machine, over standard input and output."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yuepi.app.speaking import Speaker
from yuepi.kit.settings import load_settings

if TYPE_CHECKING:
    from yuepi.app.library import Library
    from yuepi.library.actor import Actor


@dataclass(frozen=True)
class Asked:
    """What the command line says. key: acts as its owner; None: sees all documents."""

    data: Path
    write: bool
    key: str | None


def run(asked: Asked, speaker: Speaker) -> int:
    """Answer until standard input ends."""
    del speaker  # Standard output belongs to the protocol.
    settings = load_settings(asked.data)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    from yuepi.app.library import library_in
    from yuepi.app.mcp.answers import Links
    from yuepi.app.mcp.server import mcp_server
    from yuepi.app.mcp.tools import Tools

    server = settings.server
    address = server.public_url or f"http://{server.host}:{server.port}"

    async def go() -> None:
        async with library_in(settings) as library, AsyncExitStack() as stack:
            asker = _asker(library, asked, stack)
            # What cannot be is told now, not with the first question.
            await asker(None)
            tools = Tools(library, Links(address))
            await mcp_server(tools, asker, writes=asked.write).run_stdio_async()

    asyncio.run(go())
    return 0


def _asker(
    library: Library, asked: Asked, stack: AsyncExitStack
) -> Callable[[object], Awaitable[Actor]]:
    """Who asks: the operator of the data folder, or a key's owner, looked at anew each time."""
    from yuepi.library.actor import OPERATOR, actor_of

    async def operator(_: object) -> Actor:
        return OPERATOR

    if not asked.key:
        return operator
    from yuepi.access.key_owner import principal_of_key
    from yuepi.access.keys import Keyring
    from yuepi.access.passwords import Passwords
    from yuepi.access.people import People
    from yuepi.access.principal import require

    secret = asked.key
    keyring = Keyring(library.database)
    stack.push_async_callback(keyring.close)
    people = People(library.database, Passwords())

    async def owner(_: object) -> Actor:
        principal = await principal_of_key(keyring, people, secret)
        require(principal, "library:read")
        if asked.write:
            require(principal, "library:write")
        return actor_of(principal)

    return owner
