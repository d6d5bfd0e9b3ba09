"""Ways to knock at an ASGI application: in this process, or over a loopback socket.

The second is the real server's own protocol (limits on headers, early answers, clients that leave).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import uvicorn
from starlette.types import ASGIApp

from yuepi.app.http_connection import Connection


@asynccontextmanager
async def knocking(app: ASGIApp, **headers: str) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the application, without a network."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://desk.test", headers=headers
    ) as client:
        yield client


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncGenerator[str, None]:
    """The application behind a free loopback port; its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, http=Connection, ws="none", lifespan="off", log_config=None, access_log=False,
            timeout_graceful_shutdown=2,
        )  # fmt: skip
        server = uvicorn.Server(config)
        # Signals belong to whoever runs the tests.
        serving = asyncio.create_task(server._serve(sockets=[listener]))
        try:
            while not server.started and not serving.done():
                await asyncio.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
