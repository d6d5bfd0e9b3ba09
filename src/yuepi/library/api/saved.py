"""`/api/library/searches` and `/api/library/alerts`: saved searches, and what they told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Query as Asked
from pydantic import Field
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import ID, Cursor, Gate, IfMatch, Key, Limit, Once, Told, new_router
from yuepi.access.api.shapes import Id, Shown, json_of, jsons_of
from yuepi.access.principal import Principal, require
from yuepi.documents.plain import Plain
from yuepi.kit.database import Database
from yuepi.kit.etags import version_in
from yuepi.library.query import Chip, Query
from yuepi.library.saved import NAME_CHARACTERS_MAX, SavedSearch, SavedSearches, SearchChange
from yuepi.library.scope import scope_of
from yuepi.library.store.searches import AlertRow
from yuepi.library.understanding.chips import chips_of

SearchName = Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS_MAX)]


class SearchSaved(Plain):
    """A search to save. alerts: whether what comes later and fits is told."""

    name: SearchName
    query: Query
    alerts: bool = False


class SearchEdited(Plain):
    """What is changed of it; what is left out stays."""

    name: SearchName | None = None
    query: Query | None = None
    alerts: bool | None = None


class SearchShown(Shown):
    """A saved search. `unread`: how many documents it told of that were not looked at. `broken`:
    what it looks for cannot be read any more: change its query, or delete it."""

    id: str
    name: str
    query: Query
    chips: list[Chip]
    alerts: bool
    created_at: datetime
    version: int
    unread: int
    broken: bool


class SearchesShown(Shown):
    """All that somebody saved, the oldest first."""

    searches: list[SearchShown]


class AlertShown(Shown):
    """A document that came later and fits a saved search. `search`, `document`: their ids."""

    search: str
    search_name: str
    document: str
    name: str
    title: str
    kind: str | None
    at: datetime
    read_at: datetime | None


class AlertsShown(Shown):
    """One page of alerts, the newest first; `unread`: of all of them."""

    alerts: list[AlertShown]
    unread: int
    next: str | None


class AlertsSeen(Plain):
    """Whose alerts were looked at: of these documents, or all."""

    documents: Annotated[tuple[Id, ...], Field(max_length=200)] | None = None


def saved_router(
    gate: Gate, saved: SavedSearches, database: Database, clock: Callable[[], datetime]
) -> APIRouter:
    """The routes of saved searches and alerts."""
    router = new_router("/api/library", "library")
    who_asks = Depends(gate)
    once = Once(database, clock)

    @router.get("/searches", response_model=SearchesShown)
    async def list_searches(who: Principal = who_asks) -> Response:
        """The searches that whoever asks has saved."""
        require(who, "library:read")
        found = await saved.list(scope_of(who))
        return JSONResponse({"searches": jsons_of([_shown(each) for each in found])})

    @router.post("/searches", response_model=SearchShown, status_code=201)
    async def save_search(
        sent: SearchSaved, request: Request, key: Key = None, who: Principal = who_asks
    ) -> Response:
        """Save a search, for oneself."""
        require(who, "library:read")

        async def act() -> Told:
            made = await saved.create(scope_of(who), sent.name, sent.query, alerts=sent.alerts)
            place = f"/api/library/searches/{made.id}"
            return Told(json_of(_shown(made)), made.version, 201, place)

        return await once(request, who, json_of(sent), act)

    @router.patch("/searches/{search_id}", response_model=SearchShown)
    async def change_search(
        search_id: Annotated[str, Path(pattern=ID)],
        sent: SearchEdited,
        if_match: IfMatch = None,
        who: Principal = who_asks,
    ) -> Response:
        """Change one's own: its name, what it looks for, whether it tells."""
        require(who, "library:read")
        change = SearchChange(sent.name, sent.query, sent.alerts)
        changed = await saved.change(scope_of(who), search_id, change, version_in(if_match))
        return Told(json_of(_shown(changed)), changed.version).response

    @router.delete("/searches/{search_id}", status_code=204, response_class=Response)
    async def delete_search(
        search_id: Annotated[str, Path(pattern=ID)], who: Principal = who_asks
    ) -> Response:
        """Delete one's own, with what it told."""
        require(who, "library:read")
        await saved.delete(scope_of(who), search_id)
        return Response(status_code=204)

    _add_alerts(router, gate, saved)
    return router


def _add_alerts(router: APIRouter, gate: Gate, saved: SavedSearches) -> None:
    who_asks = Depends(gate)

    @router.get("/alerts", response_model=AlertsShown)
    async def list_alerts(
        unread: Annotated[bool, Asked(description="Only those not looked at.")] = False,
        after: Cursor = None,
        limit: Limit = 50,
        who: Principal = who_asks,
    ) -> Response:
        """What saved searches told, the newest first; only of documents within reach now."""
        require(who, "library:read")
        page = await saved.alerts(scope_of(who), unread=unread, after=after, rows_max=limit)
        told = AlertsShown(
            alerts=[_alert(row) for row in page.alerts], unread=page.unread, next=page.next
        )
        return JSONResponse(json_of(told))

    @router.post("/alerts/read", status_code=204, response_class=Response)
    async def read_alerts(sent: AlertsSeen, who: Principal = who_asks) -> Response:
        """They were looked at; again is no harm."""
        require(who, "library:read")
        await saved.read(scope_of(who), sent.documents)
        return Response(status_code=204)


def _shown(search: SavedSearch) -> SearchShown:
    return SearchShown(
        id=search.id,
        name=search.name,
        query=search.query,
        chips=list(chips_of(search.query)),
        alerts=search.alerts,
        created_at=search.created_at,
        version=search.version,
        unread=search.unread,
        broken=search.broken,
    )


def _alert(row: AlertRow) -> AlertShown:
    return AlertShown(
        search=row.search_id,
        search_name=row.search,
        document=row.document_id,
        name=row.document,
        title=row.title,
        kind=row.kind,
        at=row.at,
        read_at=row.read_at,
    )
