"""The HTTP doors of one server: `/v1/*` raw, everything else FastAPI.

Model traffic with pictures goes straight to `gateway.api.Door`; the framework sees only what is
small. `/healthz`, `/readyz` and `/metrics` need no key and tell no content.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from yuepi import __version__
from yuepi.app.compose import Composition
from yuepi.kit.errors import Unavailable

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from yuepi.gateway.api import Door

LOG = logging.getLogger(__name__)

DATABASE_WAIT_S_MAX: Final = 2.0
_BREAKERS: Final = ("closed", "half_open", "open")


def application(composition: Composition, door: Door) -> ASGIApp:
    """The ASGI application of a server. Its parts are opened and closed by who composed them."""
    rest = _rest(composition)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            await door(scope, receive, send)
        else:
            await rest(scope, receive, send)

    return app


def _rest(composition: Composition) -> FastAPI:
    app = FastAPI(title="Yuepi", version=__version__, openapi_url=None)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process runs and its event loop turns."""
        return {"status": "ok", "version": __version__}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        """Whether questions can be answered now: 503 where they cannot."""
        told = await readiness(composition)
        return JSONResponse(told, status_code=200 if told["ready"] else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        """Prometheus' text format."""
        # Its library is loaded by who is asked for numbers.
        from yuepi.app.metrics import CONTENT_TYPE, metrics_text

        return Response(metrics_text(composition), media_type=CONTENT_TYPE)

    return app


async def readiness(composition: Composition) -> dict[str, Any]:
    """The database, and for each route whether a model behind it is not known to be down.

    Not ready: the database does not work, or no route has a model left.
    """
    deployments = composition.gateway.snapshot()["deployments"]
    models = {name: {"breaker": each["breaker"]} for name, each in deployments.items()}
    for name, state in composition.warming.items():
        models[name]["loading"] = state
    routes = {
        alias: any(
            deployments[name]["breaker"] != "open"
            for name in (*(target.name for target in route.models), *route.fallback)
        )
        for alias, route in composition.settings.routes.items()
    }
    database = await _database(composition)
    return {
        "ready": database == "ok" and any(routes.values()),
        "database": database,
        "routes": {alias: "up" if up else "down" for alias, up in routes.items()},
        "models": models,
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
