"""A receiver of webhooks: a real HTTP server on a loopback port of the running event loop.

It keeps every request, checks signatures by the words of Standard Webhooks on its own (not with
the sender's code), and does each message once, by its id.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Hooks:
    """What arrived; `reply` gives the status and headers of each answer."""

    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    done: dict[str, Any] = field(default_factory=dict)
    reply: Callable[[int], tuple[int, dict[str, str]]] = lambda _: (200, {})
    hang: bool = False

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.requests.append(({name.lower(): v for name, v in request.headers.items()}, body))
        if self.hang:
            await asyncio.sleep(30)
        status, headers = self.reply(len(self.requests))
        if 200 <= status < 300:
            self.done.setdefault(request.headers["webhook-id"], json.loads(body))
        return web.Response(status=status, headers=headers, body=b"x" * 100_000)


def signed(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """Whether the signature is right, as a receiver finds out."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body]
    )
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    given = [part.split(",", 1) for part in headers["webhook-signature"].split(" ")]
    return any(hmac.compare_digest(value, expected) for version, value in given if version == "v1")


@asynccontextmanager
async def hook_receiver() -> AsyncIterator[Hooks]:
    hooks = Hooks()
    application = web.Application()
    application.router.add_post("/hook", hooks.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        hooks.url = f"http://127.0.0.1:{port}/hook"
        yield hooks
    finally:
        await runner.cleanup()
