"""The protocol over HTTP: two servers, one with the tools that change something, one without."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from mcp.server.mcpserver import Context
from mcp.server.transport_security import TransportSecuritySettings

from yuepi.access.principal import NotSignedIn
from yuepi.app.mcp.mount import ASKER, BODY_BYTES_MAX, PATH
from yuepi.app.mcp.server import mcp_server
from yuepi.app.mcp.tools import Tools
from yuepi.library.actor import Actor

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Doors:
    """Without and with the tools that change something."""

    reading: ASGIApp
    writing: ASGIApp


@asynccontextmanager
async def open_doors(tools: Tools, host: str, public_url: str) -> AsyncGenerator[Doors, None]:
    """The doors, open for the block. host: where the server listens."""
    security = security_of(host, public_url)
    async with AsyncExitStack() as stack:
        doors: list[ASGIApp] = []
        for writes in (False, True):
            server = mcp_server(tools, asker_of, writes=writes)
            server.streamable_http_app(
                streamable_http_path=PATH,
                json_response=True,
                stateless_http=True,
                max_request_body_size=BODY_BYTES_MAX,
                transport_security=security,
            )
            await stack.enter_async_context(server.session_manager.run())
            doors.append(server.session_manager.handle_request)
        yield Doors(*doors)


async def asker_of(ctx: Context[Any, Any]) -> Actor:
    """Who sent the request that is answered."""
    request = ctx.request_context.request
    asker = None if request is None else request.scope.get(ASKER)
    if not isinstance(asker, Actor):
        raise NotSignedIn
    return asker


def security_of(host: str, public_url: str) -> TransportSecuritySettings:
    """Which names of this machine a request may be for: against pages that rebind theirs to it. A
    server for others is called by names that only they know; there the key alone counts, which no
    page can send."""
    if f"[{host}]" not in _LOOPBACK and host not in _LOOPBACK:
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    hosts = [*_LOOPBACK, *(f"{name}:*" for name in _LOOPBACK)]
    if public_url:
        hosts.append(urlsplit(public_url).netloc)
    origins = [f"{scheme}://{name}" for name in hosts for scheme in ("http", "https")]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)
