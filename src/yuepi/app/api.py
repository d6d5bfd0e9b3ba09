"""`/api`: the product's routes over an open desk, as one application.

Its OpenAPI description at `/api/openapi.json` is what the web page's client is made from.
"""

from __future__ import annotations

from fastapi import FastAPI

from yuepi import __version__
from yuepi.access.api import Gate, access_router
from yuepi.app.desk import Desk
from yuepi.app.events import Feeds
from yuepi.app.http import API
from yuepi.app.problems import tell_problems
from yuepi.app.uploads import UploadLimits, Uploads
from yuepi.app.wire import Wire
from yuepi.approvals.api import Parts, approvals_routers
from yuepi.audit.api import audit_router
from yuepi.kit.clock import utc_now


def api_application(desk: Desk, feeds: Feeds) -> Wire:
    """The ASGI application for paths under `/api/`; `feeds` is closed by who made it."""
    return Wire(framework(desk, feeds))


def framework(desk: Desk, feeds: Feeds) -> FastAPI:
    """The routes alone, without what guards the wire."""
    app = FastAPI(
        title="Yuepi",
        version=__version__,
        openapi_url=f"{API}openapi.json",
        docs_url=None,
        redoc_url=None,
        # It would send a browser to wherever its Host header says.
        redirect_slashes=False,
    )
    tell_problems(app)
    accounts = desk.accounts
    gate = Gate(accounts.people, accounts.sessions, accounts.keyring, desk.web)
    app.include_router(access_router(accounts, gate))
    app.include_router(audit_router(desk.trail, gate.needing("audit:read")))
    for router in approvals_routers(_parts(desk, gate, feeds)):
        app.include_router(router)
    return app


def _parts(desk: Desk, gate: Gate, feeds: Feeds) -> Parts:
    approvals = desk.settings.approvals

    async def latest(subject: str) -> int:
        newest = await desk.trail.entries(subject=subject, newest_first=True, rows_max=1)
        return newest[0].seq if newest else 0

    return Parts(
        database=desk.database,
        clock=utc_now,
        gate=gate,
        uploads=Uploads(
            UploadLimits(files_max=approvals.files_max, bytes_max=approvals.claim_bytes_max)
        ),
        streams=feeds.stream,
        latest=latest,
        claims=desk.claims,
        reviews=desk.reviews,
        stages=desk.stages,
        notices=desk.notices,
        webhooks=desk.webhooks,
    )
