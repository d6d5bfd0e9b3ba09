"""`/api/library/progress`: how far the reading of one's documents is, once or as it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import new_router
from yuepi.access.api.shapes import json_of
from yuepi.access.principal import Principal, may, require
from yuepi.library.actor import actor_of
from yuepi.library.api.models import Language, ProgressShown, WatchedShown
from yuepi.library.api.parts import Parts
from yuepi.library.api.views import documents_shown
from yuepi.library.document import Document, State
from yuepi.library.scope import scope_of
from yuepi.library.shelf import Wanted

SINCE: Final = timedelta(days=1)
DOCUMENTS_TOLD_MAX: Final = 20
_STATES: Final[tuple[State, ...]] = ("waiting", "reading", "done", "partial", "failed")


def progress_router(parts: Parts) -> APIRouter:
    """The route that tells the progress."""
    router = new_router("/api/library/progress", "library")
    who_asks = Depends(parts.gate)

    @router.get(
        "",
        response_model=ProgressShown,
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def get_progress(
        request: Request,
        accept: str = Header(default="", include_in_schema=False),
        language: Language = "zh",
        who: Principal = who_asks,
    ) -> Response:
        """Once as JSON; with `Accept: text/event-stream` an event `progress` with each change."""
        require(who, "library:read")
        if "text/event-stream" not in accept:
            return JSONResponse(json_of(await progress_of(parts, who, language)))
        number = 0
        last: Mapping[str, Any] = {}

        async def look() -> object:
            return await _counts(parts, who)

        async def read(since: int) -> tuple[Sequence[tuple[int, str, Mapping[str, Any]]], bool]:
            # Asked anew each time: their rights may have changed since the stream began.
            nonlocal number, last
            now = await parts.gate(request)
            require(now, "library:read")
            told = json_of(await progress_of(parts, now, language))
            if told == last:
                return [], False
            number, last = max(number, since) + 1, told
            return [(number, "progress", told)], False

        async def check() -> object:
            return await parts.gate(request)

        return parts.streams(who.id, f"library:{who.id}", 0, look, read, check)

    return router


async def _counts(parts: Parts, who: Principal) -> dict[State, int]:
    return await parts.shelf.states(actor_of(who), parts.clock() - SINCE)


async def progress_of(parts: Parts, who: Principal, language: str) -> ProgressShown:
    """How far it is now."""
    counts = await _counts(parts, who)
    documents: list[Document] = []
    for state in ("reading", "waiting", "failed"):
        if counts.get(state) and len(documents) < DOCUMENTS_TOLD_MAX:
            left = DOCUMENTS_TOLD_MAX - len(documents)
            wanted = Wanted(state=state, added_by=who.id, limit=left)
            documents += (await parts.shelf.list(scope_of(who), wanted)).documents
    watched = parts.watched() if may(who, "library:manage") else ()
    return ProgressShown(
        **{state: counts.get(state, 0) for state in _STATES},
        documents=await documents_shown(parts, who, documents, language),
        watched=[
            WatchedShown(
                path=each.path,
                into=each.into,
                added=each.added,
                refused=each.refused,
                problem=each.problem,
            )
            for each in watched
        ],
    )
