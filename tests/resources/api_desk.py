"""The routes of claims, reviews and the rest over their real classes, without people's sign-in.

Who asks stands in a header of the test's own (`X-Who: usr_ann`), or is their key itself, as the
command line sends it; everything behind is the real thing: the audit record too, since events are
read from it. `DeskThread` serves it on a port, for who asks from another thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine
from concurrent.futures import Future
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx2
from fastapi import FastAPI, Request

from tests.resources.claims import (
    ANN,
    AUDITOR,
    BOB,
    REVIEWER,
    SERVICE,
    STRANGER,
    SUPERVISOR,
    ClaimDesk,
    default_policy,
    principal,
)
from tests.resources.databases import migrated_sqlite
from tests.resources.door import knocking, listening
from yuepi.access.principal import NotSignedIn, Principal
from yuepi.app.events import FeedLimits, Feeds
from yuepi.app.problems import tell_problems
from yuepi.app.uploads import UploadLimits, Uploads
from yuepi.app.wire import Wire
from yuepi.approvals.api import Parts, approvals_routers
from yuepi.approvals.notices import Notices
from yuepi.approvals.numbers import Numbers
from yuepi.approvals.pages import PagePictures
from yuepi.approvals.policy_shelf import PolicyShelf
from yuepi.approvals.policy_trial import Trials
from yuepi.approvals.review_rows import ReviewTerms
from yuepi.approvals.reviews import Reviews
from yuepi.approvals.stage_shelf import StageShelf
from yuepi.approvals.webhooks import Webhooks
from yuepi.audit.record import append
from yuepi.audit.trail import Trail
from yuepi.kit.database import Database, open_database
from yuepi.kit.sealing import open_sealer

SECOND: Final = principal("usr_ren", "submitter", "reviewer")
ADMIN: Final = principal("usr_adi", "admin", department="dep_root")
ONE_FILE: Final = UploadLimits(files_max=1, file_bytes_max=2**20, bytes_max=2**20)
LIMITS: Final = UploadLimits(files_max=6, file_bytes_max=2**20, bytes_max=2**20)


class ApiDesk(ClaimDesk):
    """A desk with its API (`app`), and everyone who may ask (`people`, by id)."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder / "blobs", record=append)
        self.trail = Trail(database)
        self.terms = ReviewTerms(second_eyes_above=Decimal(10_000))
        self.claims._trail = self.trail
        self.stages = StageShelf(database, append, self.clock)
        self.feeds = Feeds(FeedLimits(look_s=0.02, heartbeat_s=0.3, person_streams_max=2))
        everyone = (ANN, BOB, REVIEWER, SECOND, SUPERVISOR, STRANGER, AUDITOR, SERVICE, ADMIN)
        self.people: dict[str, Principal] = {each.id: each for each in everyone}
        self.reviews = Reviews(
            database, append, self.clock, self.terms, history=self.history, stages=self.stages
        )
        self.parts = Parts(
            database=database,
            clock=self.clock,
            gate=self._gate,
            uploads=Uploads(LIMITS),
            one_file=Uploads(ONE_FILE, file_field="file"),
            streams=self.feeds.stream,
            latest=self._latest,
            claims=self.claims,
            reviews=self.reviews,
            stages=self.stages,
            policies=PolicyShelf(database, append, first=default_policy),
            trials=Trials(database),
            numbers=Numbers(database, self.clock, minutes=6.0),
            notices=Notices(database, clock=self.clock),
            webhooks=Webhooks(database, open_sealer(folder, {}), append, clock=self.clock),
            page_pictures=PagePictures(database, self.blobs),
        )
        app = FastAPI(openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
        tell_problems(app)
        for router in approvals_routers(self.parts):
            app.include_router(router)
        self.fastapi = app
        self.app = Wire(app)

    async def _gate(self, request: Request) -> Principal:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        who = self.people.get(request.headers.get("x-who", bearer))
        if who is None:
            raise NotSignedIn
        return who

    async def _latest(self, subject: str) -> int:
        found = await self.trail.entries(subject=subject, newest_first=True, rows_max=1)
        return found[0].seq if found else 0

    @asynccontextmanager
    async def knocking(self) -> AsyncGenerator[Knocker, None]:
        """The API, asked in this process."""
        async with knocking(self.app) as client:
            yield Knocker(client)


class DeskThread:
    """An `ApiDesk` on SQLite that listens at `url`, on a loop of its own; `run` does something
    there. Use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: Future[tuple[ApiDesk, str]] = Future()
        self._done = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> DeskThread:
        self._thread.start()
        self.desk, self.url = self._open.result(30)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(10)

    def run(self, told: Coroutine[Any, Any, Any]) -> Any:
        """What the coroutine gives, run where the desk lives."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(told, self._loop).result(20)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        url = migrated_sqlite(self._folder / "yuepi.db")
        database = open_database(url)
        try:
            desk = ApiDesk(database, self._folder)
            async with listening(desk.app) as address:
                self._open.set_result((desk, address))
                await self._done.wait()
                desk.feeds.close()
        finally:
            await database.close()


class Knocker:
    """Asks as somebody: `await api.post(ANN, path, …)`; checks the status."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def ask(
        self,
        who: Principal | None,
        method: str,
        path: str,
        *,
        etag: int | str | None = None,
        key: str | None = None,
        status: int | None = None,
        **more: Any,
    ) -> httpx2.Response:
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["x-who"] = who.id
        if etag is not None:
            headers["if-match"] = etag if isinstance(etag, str) else f'"{etag}"'
        if key is not None:
            headers["idempotency-key"] = key
        answer = await self.client.request(method, path, headers=headers, **more)
        if status is not None:
            assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
        return answer

    async def get(self, who: Principal | None, path: str, **more: Any) -> httpx2.Response:
        return await self.ask(who, "GET", path, **more)

    async def post(self, who: Principal | None, path: str, **more: Any) -> httpx2.Response:
        return await self.ask(who, "POST", path, **more)


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer is, checked."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["code"] == code, told
    assert told["remedy"]
    return told
