"""A command's view of a running server: where it is, with which key, and how to tell of it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from yuepi.app.api_client import Answer, Api, Asked, open_api, place
from yuepi.app.speaking import Speaker

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Server:
    """Where a command goes, and its voice."""

    url: str | None
    key: str | None
    speaker: Speaker

    def run(self, tell: Callable[[Api], Awaitable[Result]]) -> Result:
        """What `tell` gives, told with the server open."""

        async def told() -> Result:
            async with open_api(self.url, self.key) as api:
                return await tell(api)

        return asyncio.run(told())


def new_key() -> str:
    """An Idempotency-Key of one run: what is sent again after a broken connection counts once."""
    return f"cli-{secrets.token_hex(16)}"


async def present(api: Api, *parts: str) -> Answer:
    """What is at a path under /api now."""
    return await api.get(place(*parts))


async def change(
    api: Api, parts: tuple[str, ...], verb: str, body: object | None, etag: str | None
) -> Answer:
    """POST a verb on what was seen under that ETag."""
    return await api.ask(Asked("POST", place(*parts, verb), body=body, etag=etag, key=new_key()))
