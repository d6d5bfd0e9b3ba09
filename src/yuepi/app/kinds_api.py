"""`GET /api/kinds`: which kinds of documents are known here, and what their fields are called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from yuepi.access.principal import Principal
from yuepi.app.kinds_shown import KindShown, kinds_shown
from yuepi.documents.clauses import TOPICS

Gate = Callable[[Request], Awaitable[Principal]]


class TopicShown(BaseModel):
    """What a clause of a contract may be about, and what to look at in it."""

    name: str
    title_zh: str
    title_en: str
    look_zh: str
    look_en: str


class KindsShown(BaseModel):
    """All kinds, and the topics of contracts' clauses."""

    kinds: list[KindShown]
    topics: list[TopicShown]


def kinds_router(gate: Gate) -> APIRouter:
    """The route, for whoever passes the gate."""
    router = APIRouter(
        prefix="/api/kinds", tags=["kinds"], generate_unique_id_function=lambda route: route.name
    )
    who_asks = Depends(gate)

    @router.get("")
    def list_kinds(who: Principal = who_asks) -> KindsShown:
        """The kinds of documents, those of installed packages included."""
        del who
        topics = [TopicShown.model_validate(each, from_attributes=True) for each in TOPICS.values()]
        return KindsShown(kinds=kinds_shown(), topics=topics)

    return router
