"""The HTTP doors of one server: `/v1/*` raw, `/api/*` the product, `/mcp` for assistants, the rest
small.

Model traffic with pictures goes straight to `gateway.api.Door`, past the framework. `/healthz`,
`/readyz` and `/metrics` need no key and tell no content.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from yuepi import __version__
from yuepi.app.compose import Composition
from yuepi.app.desk_numbers import DeskWatch
from yuepi.app.page import page
from yuepi.app.warming import Warmth
from yuepi.kit.errors import Unavailable
from yuepi.kit.settings import DEFAULT_ALIAS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from yuepi.app.library import Library
    from yuepi.gateway.api import Door

LOG = logging.getLogger(__name__)

API: Final = "/api/"
MCP: Final = "/mcp"
DATABASE_WAIT_S_MAX: Final = 2.0


def application(
    composition: Composition,
    door: Door,
    api: ASGIApp | None = None,
    mcp: ASGIApp | None = None,
    library: Library | None = None,
) -> ASGIApp:
    """The ASGI application of a server. Its parts are opened and closed by who composed them."""
    rest = _rest(composition, library)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            await door(scope, receive, send)
        elif api is not None and scope["type"] == "http" and scope["path"].startswith(API):
            await api(scope, receive, send)
        elif mcp is not None and scope["type"] == "http" and scope["path"] == MCP:
            await mcp(scope, receive, send)
        else:
            await rest(scope, receive, send)

    return app


def _rest(composition: Composition, library: Library | None) -> FastAPI:
    app = FastAPI(title="Yuepi", version=__version__, openapi_url=None)
    watch = DeskWatch(composition, library)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process runs and its event loop turns."""
        return {"status": "ok", "version": __version__}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        """Whether questions can be answered now: 503 where they cannot."""
        told = await readiness(composition, watch)
        return JSONResponse(told, status_code=200 if told["ready"] else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        """Prometheus' text format."""
        # Its library is loaded by who is asked for numbers.
        from yuepi.app.metrics import CONTENT_TYPE, metrics_text

        text = metrics_text(composition, await watch.numbers())
        return Response(text, media_type=CONTENT_TYPE)

    @app.get("/setup")
    async def setup() -> Response:
        """The page that the first administrator's link leads to."""
        from yuepi.app.setup_page import setup_page

        return setup_page()

    app.mount("/", page())
    return app


async def readiness(composition: Composition, watch: DeskWatch | None = None) -> dict[str, Any]:
    """The database, and what can be asked now; nothing of why something cannot, anybody may ask.

    A model is `loading`, `ready` or `failed` (it could not be loaded, or its breaker is open). A
    route is up where one of its models is ready. Ready is a server whose database works and whose
    route `yuepi` is up; without a route of that name, any. `workers`: how many are alive; without
    one claims are still taken in, so that makes nothing unready, and `claims` tells that they wait.
    `index`: of the library, where it was used; `reranker`: its ranking model, where one is set. A
    broken one makes nothing unready either: search goes on without.
    """
    models = model_health(composition)
    routes = {
        alias: any(
            models[name] == "ready"
            for name in (*(target.name for target in route.models), *route.fallback)
        )
        for alias, route in composition.settings.routes.items()
    }
    database = await _database(composition)
    up = routes[DEFAULT_ALIAS] if DEFAULT_ALIAS in routes else any(routes.values())
    told = {
        "ready": database == "ok" and up,
        "database": database,
        "routes": {alias: "up" if up else "down" for alias, up in routes.items()},
        "models": models,
    }
    waiting = await watch.waiting() if watch is not None and database == "ok" else None
    if waiting is not None:
        told["workers"] = waiting.workers
        if waiting.stuck:
            told["claims"] = "waiting_for_a_worker"
        index = await watch.index() if watch is not None else None
        if index is not None:
            told["index"] = index
    reranker = watch.reranker() if watch is not None else None
    if reranker is not None:
        told["reranker"] = reranker
    return told


def model_health(composition: Composition) -> dict[str, Warmth]:
    """What can be asked of each model now."""
    # What is not loaded at the start is so by its first question: nothing speaks against it.
    return {
        name: "failed" if each["breaker"] == "open" else composition.warming.get(name, "ready")
        for name, each in composition.gateway.snapshot()["deployments"].items()
    }


async def _database(composition: Composition) -> str:
    if composition.records is None:
        return "none"
    try:
        async with asyncio.timeout(DATABASE_WAIT_S_MAX):
            async with composition.records.database.reading() as connection:
                await connection.exec_driver_sql("SELECT 1")
    except (Unavailable, TimeoutError) as error:
        LOG.warning("the database does not answer: %s", error)
        return "down"
    return "ok"
