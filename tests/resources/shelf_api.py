"""The shelf's routes over their real classes; who asks stands in a header (`X-Who: ann`)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request

from tests.resources.api_desk import Knocker
from tests.resources.door import knocking
from tests.resources.shelf_desk import ShelfDesk, person
from yuepi.access.principal import NotSignedIn, Principal
from yuepi.app.events import FeedLimits, Feeds
from yuepi.app.problems import tell_problems
from yuepi.app.uploads import UploadLimits, Uploads
from yuepi.app.wire import Wire
from yuepi.kit.database import Database
from yuepi.library.api import Parts, shelf_routers
from yuepi.library.api.parts import LISTS
from yuepi.library.papers import Papers

ANN = person("ann", "sales")
BEN = person("ben", "legal")
BOSS = person("boss", "sales", "supervisor")
ADMIN = person("admin", "dep_root", "admin")
AUDITOR = person("auditor", "dep_root", "auditor")
LIMITS = UploadLimits(files_max=8, file_bytes_max=2**20, bytes_max=4 * 2**20)


class ShelfApi(ShelfDesk):
    """A shelf with its API."""

    def __init__(self, database: Database, folder: Path, **terms: Any) -> None:
        super().__init__(database, folder, **terms)
        self.people = {each.id: each for each in (ANN, BEN, BOSS, ADMIN, AUDITOR)}
        self.feeds = Feeds(FeedLimits(look_s=0.02, heartbeat_s=0.3, person_streams_max=2))
        self.parts = Parts(
            database=database,
            clock=self._clock,
            gate=self._gate,
            uploads=Uploads(LIMITS, file_field="file", lists=LISTS),
            streams=self.feeds.stream,
            folders=self.folders,
            shelf=self.shelf,
            papers=Papers(database, self.blobs),
        )
        app = FastAPI(openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
        tell_problems(app)
        for router in shelf_routers(self.parts):
            app.include_router(router)
        self.fastapi = app
        self.app = Wire(app)

    async def _gate(self, request: Request) -> Principal:
        who = self.people.get(request.headers.get("x-who", ""))
        if who is None:
            raise NotSignedIn
        return who

    @asynccontextmanager
    async def knocking(self) -> AsyncGenerator[Knocker, None]:
        """The API, asked in this process."""
        async with knocking(self.app) as client:
            yield Knocker(client)
