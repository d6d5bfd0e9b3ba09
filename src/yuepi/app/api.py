"""`/api`: the product's routes over an open desk, as one application.

Its OpenAPI description at `/api/openapi.json` is what the web page's client is made from.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from fastapi import FastAPI

from yuepi import __version__
from yuepi.access.api import Gate, access_router
from yuepi.app.desk import Desk
from yuepi.app.events import Feeds
from yuepi.app.extract_api import extract_router
from yuepi.app.extracting import Extractor
from yuepi.app.http import API
from yuepi.app.kinds_api import kinds_router
from yuepi.app.library_api import library_routers
from yuepi.app.problems import tell_problems
from yuepi.app.uploads import UploadLimits, Uploads
from yuepi.app.wire import Wire
from yuepi.approvals.api import Parts, approvals_routers
from yuepi.approvals.api.parts import Watched, unwatched
from yuepi.approvals.numbers import Numbers
from yuepi.approvals.pages import PagePictures
from yuepi.approvals.policy_trial import Trials
from yuepi.audit.api import audit_router
from yuepi.audit.root_key import public_key_of
from yuepi.audit.verifying import Verifying
from yuepi.kit.clock import utc_now


def api_application(desk: Desk, feeds: Feeds, watched: Watched = unwatched) -> Wire:
    """The ASGI application for paths under `/api/`; `feeds` is closed by who made it. watched: the
    numbers of what answers questions."""
    return Wire(framework(desk, feeds, watched))


def framework(
    desk: Desk, feeds: Feeds, watched: Watched = unwatched, extractor: Extractor | None = None
) -> FastAPI:
    """The routes alone, without what guards the wire. extractor: None takes one that reads with
    the models of this machine, loaded when the first document comes."""
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
    app.include_router(kinds_router(gate))
    extractor = extractor or Extractor(folder=desk.settings.folder)
    app.include_router(extract_router(gate.needing("models:ask"), extractor))
    app.include_router(
        audit_router(
            desk.trail, gate.needing("audit:read"), Verifying(desk.database, _keys_of(desk))
        )
    )
    for router in approvals_routers(_parts(desk, gate, feeds, watched)):
        app.include_router(router)
    for router in library_routers(desk, gate, feeds):
        app.include_router(router)
    return app


def _keys_of(desk: Desk) -> Callable[[], tuple[str, ...]]:
    """Whoever writes to the database alone signs with another key than this machine's."""

    def keys() -> tuple[str, ...]:
        public = public_key_of(desk.settings.folder, os.environ)
        return () if public is None else (public,)

    return keys


def _parts(desk: Desk, gate: Gate, feeds: Feeds, watched: Watched) -> Parts:
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
        one_file=Uploads(UploadLimits(files_max=1), file_field="file"),
        streams=feeds.stream,
        latest=latest,
        claims=desk.claims,
        reviews=desk.reviews,
        stages=desk.stages,
        policies=desk.policies,
        trials=Trials(desk.database),
        notices=desk.notices,
        webhooks=desk.webhooks,
        page_pictures=PagePictures(desk.database, desk.blobs),
        numbers=Numbers(desk.database, minutes=approvals.minutes_saved_per_claim),
        watched=watched,
    )
