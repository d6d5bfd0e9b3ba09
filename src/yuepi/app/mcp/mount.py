"""`/mcp` of a server: a key says who asks, before anything of the protocol is looked at.

The protocol's package is loaded by the first request that was let in: a server that no assistant
asks does without.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.requests import Request

from yuepi.access.api import Gate
from yuepi.access.principal import NotSignedIn, Principal, may, require
from yuepi.app.problems import WireRefused, problem_of
from yuepi.app.wire import Wire
from yuepi.kit.errors import YuepiError
from yuepi.library.actor import actor_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from yuepi.app.desk import Desk
    from yuepi.app.mcp.door import Doors

PATH: Final = "/mcp"
BODY_BYTES_MAX: Final = 4 * 2**20
ASKER: Final = "yuepi.asker"
"""Where in a request's scope it stands who sent it."""
_DOOR: Final = "yuepi.app.mcp.door"


def mcp_of(desk: Desk, address: str, stack: AsyncExitStack) -> ASGIApp:
    """`/mcp` over the library of a desk; `stack` closes it. address: of this server, for links."""
    accounts, server = desk.accounts, desk.settings.server

    def open_() -> AbstractAsyncContextManager[Doors]:
        from yuepi.app.mcp.answers import Links
        from yuepi.app.mcp.door import open_doors
        from yuepi.app.mcp.tools import Tools

        tools = Tools(desk.library, Links(server.public_url or address))
        return open_doors(tools, server.host, server.public_url)

    gate = Gate(accounts.people, accounts.sessions, accounts.keyring, desk.web)
    mount = McpMount(gate, open_)
    stack.push_async_callback(mount.close)
    return Wire(mount, json_bytes_max=BODY_BYTES_MAX)


class McpMount:
    """The ASGI application for `/mcp`. Each request stands alone and brings its key.

    open_doors: the protocol's part; called once, after its module was imported in a thread.
    """

    def __init__(
        self, gate: Gate, open_doors: Callable[[], AbstractAsyncContextManager[Doors]]
    ) -> None:
        self._gate = gate
        self._open = open_doors
        self._holding: asyncio.Task[None] | None = None
        self._opened: asyncio.Future[Doors] | None = None
        self._end = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 401 without a live key, 403 without `library:read` or from a page of
        another site."""
        request = Request(scope, receive)
        try:
            principal = await self._let_in(request)
            _check_method(request.method)
            doors = await self._doors()
        except YuepiError as error:
            answer = problem_of(error).response
            if error.http_status == NotSignedIn.http_status:
                answer.headers.setdefault("WWW-Authenticate", "Bearer")
            elif error.http_status == HTTPStatus.METHOD_NOT_ALLOWED:
                answer.headers["Allow"] = "POST"
            await answer(scope, receive, send)
            return
        scope[ASKER] = actor_of(principal)
        app: ASGIApp = doors.writing if may(principal, "library:write") else doors.reading
        await app(scope, receive, send)

    async def close(self) -> None:
        """End what is open; a second time does no harm."""
        self._end.set()
        if self._holding is not None:
            with suppress(asyncio.CancelledError):
                await self._holding

    async def _let_in(self, request: Request) -> Principal:
        self._gate.check_origin(request)
        if request.headers.get("authorization") is None:
            # A browser's session opens no tools: its cookie would come along by itself.
            raise NotSignedIn("assistants need an API key")
        principal = await self._gate(request)
        require(principal, "library:read")
        return principal

    async def _doors(self) -> Doors:
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()
            self._holding = asyncio.create_task(self._hold(self._opened))
        return await asyncio.shield(self._opened)

    async def _hold(self, opened: asyncio.Future[Doors]) -> None:
        """Open and close in one task, as the protocol's package wants it."""
        try:
            await asyncio.to_thread(importlib.import_module, _DOOR)
            async with self._open() as doors:
                opened.set_result(doors)
                await self._end.wait()
        except Exception as error:
            if opened.done():
                raise
            # The next request tries again.
            self._opened = None
            opened.set_exception(error)


def _check_method(method: str) -> None:
    """The protocol lets a server have no stream of its own (GET) and no sessions (DELETE)."""
    if method != "POST":
        raise WireRefused(
            f"{method[:16]} is not taken here",
            remedy="send what the protocol says with POST",
            code="method_not_allowed",
            http_status=405,
        )
