"""`/api/library/search`, `…/similar`, `…/searches`, `…/alerts` over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI, Request

from tests.resources.api_desk import Knocker, problem
from tests.resources.databases import migrated_sqlite, story_at
from tests.resources.door import knocking
from tests.resources.made_shelf import NOW
from tests.resources.search_shelf import TODAY, Paper, SearchDesk
from tests.resources.shelf_desk import person
from yuepi.access.principal import NotSignedIn, Principal
from yuepi.app.problems import tell_problems
from yuepi.app.wire import Wire
from yuepi.kit.database import Database
from yuepi.library.api.saved import saved_router
from yuepi.library.api.search import search_router
from yuepi.library.saved import SavedSearches
from yuepi.library.scope import Scope, scope_of

ANN, BEN = person("ann", "sales"), person("ben", "legal")
NOBODYS = Principal("key", "key", frozenset({"service"}), scopes=frozenset({"claims:read"}))
SEARCH, SEARCHES, ALERTS = (f"/api/library/{each}" for each in ("search", "searches", "alerts"))


class SearchApi(SearchDesk):
    """A search desk with its routes; who asks stands in a header."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.people = {each.id: each for each in (ANN, BEN, NOBODYS)}
        self.saved = SavedSearches(database, self.index, self._scope, lambda: NOW)
        app = FastAPI(openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
        tell_problems(app)
        app.include_router(search_router(self._gate, self.searcher, lambda: TODAY))
        app.include_router(saved_router(self._gate, self.saved, database, lambda: NOW))
        self.app = Wire(app)

    async def _scope(self, user_id: str) -> Scope | None:
        return scope_of(self.people[user_id])

    async def _gate(self, request: Request) -> Principal:
        who = self.people.get(request.headers.get("x-who", ""))
        if who is None:
            raise NotSignedIn
        return who

    @asynccontextmanager
    async def knocking(self) -> AsyncGenerator[Knocker, None]:
        async with knocking(self.app) as client:
            yield Knocker(client)

    async def lease(self, name: str = "lease.pdf") -> str:
        more = {"name": name, "added_at": NOW + timedelta(hours=1)}
        lines = ("房屋租赁合同", "逾期违约金 0.05%")
        paper = Paper(lines, "contract", 600_000, "2025-06-01", numbers=("HT-2025-01",), more=more)
        return (await self.put(paper)).id


Tell = Callable[[SearchApi, Knocker], Awaitable[None]]


@pytest.fixture
def api(tmp_path: Path) -> Callable[[Tell], None]:
    run = story_at(migrated_sqlite(tmp_path / "yuepi.db"), SearchApi)

    def told(tell: Tell) -> None:
        async def story(desk: SearchApi) -> None:
            async with desk.knocking() as client:
                await tell(desk, client)

        run(story)

    return told


def test_search_tells_hits_chips_and_facets(api: Callable[[Tell], None]) -> None:
    async def tell(desk: SearchApi, client: Knocker) -> None:
        document = await desk.lease()
        asked = {"question": "去年50万以上的合同"}
        found = (await client.post(ANN, SEARCH, json=asked, status=200)).json()
        assert [hit["document"] for hit in found["hits"]] == [document]
        fields = ["kinds", "amount_min", "date_from", "date_to"]
        assert [chip["field"] for chip in found["chips"]] == fields
        assert found["facets"][0]["values"][0] == {
            "value": "contract",
            "label": "合同",
            "documents": 1,
        }
        # A chip taken off, the rest is asked again as it was understood.
        query = {**found["query"], "amount_min": "900000"}
        edited = (await client.post(ANN, SEARCH, json={"query": query}, status=200)).json()
        assert edited["hits"] == []
        number = {"question": "HT-2025-01", "language": "en", "hits_max": 1}
        found = (await client.post(ANN, SEARCH, json=number, status=200)).json()
        assert found["chips"][0]["label_en"] == "Number: HT-2025-01"
        assert len(found["hits"][0]["box"]) == 4
        assert found["hits"][0]["media"] == "pdf"
        hidden = (await client.post(BEN, SEARCH, json=asked, status=200)).json()
        assert (hidden["hits"], hidden["documents"], hidden["facets"]) == ([], 0, [])

    api(tell)


def test_bad_requests_are_told_what_is_wrong(api: Callable[[Tell], None]) -> None:
    async def tell(desk: SearchApi, client: Knocker) -> None:
        await desk.lease()
        for body in (
            {},
            {"question": "a", "query": {}},
            {"question": "a" * 2001},
            {"query": {"sql": "1"}},
            {"query": {"amount_min": "NaN"}},
            {"query": {"date_from": "today"}},
            {"question": "a", "hits_max": 101},
        ):
            answer = await client.post(ANN, SEARCH, json=body)
            assert answer.status_code == 422, body
        odd = {"query": {"text": "a\x00", "tags": ["\x00"], "date_from": "2025-99-99"}}
        await client.post(ANN, SEARCH, json=odd, status=200)
        problem(await client.post(None, SEARCH, json={"question": "a"}), 401, "not_signed_in")
        for path, method in (
            (SEARCH, "POST"),
            (SEARCHES, "GET"),
            (ALERTS, "GET"),
            ("/api/library/documents/doc_000001/similar", "GET"),
        ):
            asked = {"json": {"question": "a"}} if method == "POST" else {}
            problem(await client.ask(NOBODYS, method, path, **asked), 403, "missing_right")

    api(tell)


def test_similar_is_not_found_out_of_reach(api: Callable[[Tell], None]) -> None:
    async def tell(desk: SearchApi, client: Knocker) -> None:
        document, other = await desk.lease(), await desk.lease("other.pdf")
        path = f"/api/library/documents/{document}/similar"
        found = (await client.get(ANN, path, status=200)).json()
        assert [hit["document"] for hit in found["hits"]] == [other]
        problem(await client.get(BEN, path), 404, "not_found")
        problem(await client.get(ANN, path.replace(document, "doc_x")), 404, "not_found")

    api(tell)


def test_searches_are_saved_changed_told_and_deleted(api: Callable[[Tell], None]) -> None:
    async def tell(desk: SearchApi, client: Knocker) -> None:
        body = {"name": "合同", "query": {"kinds": ["contract"]}, "alerts": True}
        made = await client.post(ANN, SEARCHES, json=body, key="k", status=201)
        again = await client.post(ANN, SEARCHES, json=body, key="k", status=201)
        search = made.json()
        assert again.json() == search
        assert made.headers["etag"] == '"1"'
        place = made.headers["location"]
        assert search["chips"][0]["label_zh"] == "类型：合同"
        document = await desk.lease()
        await desk.saved.alerted(document)
        shown = (await client.get(ANN, SEARCHES, status=200)).json()["searches"]
        assert [(each["id"], each["unread"]) for each in shown] == [(search["id"], 1)]
        alerts = (await client.get(ANN, ALERTS, status=200)).json()
        assert (alerts["unread"], alerts["alerts"][0]["document"]) == (1, document)
        assert (await client.get(BEN, ALERTS, status=200)).json()["alerts"] == []
        await client.post(ANN, f"{ALERTS}/read", json={"documents": [document]}, status=204)
        assert (await client.get(ANN, f"{ALERTS}?unread=true")).json()["alerts"] == []
        changed = {"name": "大合同"}
        problem(await client.ask(ANN, "PATCH", place, json=changed), 428, "precondition_required")
        problem(await client.ask(BEN, "PATCH", place, json=changed, etag=1), 404, "not_found")
        answer = await client.ask(ANN, "PATCH", place, json=changed, etag=1, status=200)
        assert (answer.json()["name"], answer.headers["etag"]) == ("大合同", '"2"')
        problem(await client.ask(ANN, "PATCH", place, json=changed, etag=1), 409, "conflict")
        problem(await client.ask(BEN, "DELETE", place), 404, "not_found")
        await client.ask(ANN, "DELETE", place, status=204)
        assert (await client.get(ANN, SEARCHES)).json() == {"searches": []}
        bad = {**body, "name": "a\tb\x07"}
        problem(await client.post(ANN, SEARCHES, json=bad), 422, "bad_search")

    api(tell)
