"""`/api/library/search`: what fits a question, and documents that are alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path
from fastapi import Query as Asked
from pydantic import Field, model_validator
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import ID, Gate, new_router
from yuepi.access.api.shapes import json_of
from yuepi.access.principal import Principal, require
from yuepi.documents.plain import Plain
from yuepi.library.hit import Found
from yuepi.library.query import TEXT_CHARACTERS_MAX, Query
from yuepi.library.scope import scope_of
from yuepi.library.searching import HITS_MAX, Searcher
from yuepi.library.understanding.question import Language

SIMILAR_MAX: Final = 50
HITS: Final = 20


class SearchSent(Plain):
    """What is looked for: a `question` in words, in a `folder` where one is named, or a `query` as
    it was understood and edited."""

    question: Annotated[str, Field(max_length=TEXT_CHARACTERS_MAX)] | None = None
    folder: Annotated[str, Field(pattern=ID)] | None = None
    query: Query | None = None
    hits_max: Annotated[int, Field(ge=1, le=HITS_MAX)] = HITS
    language: Language = "zh"

    @model_validator(mode="after")
    def _one_of_them(self) -> SearchSent:
        if (self.question is None) == (self.query is None):
            raise ValueError("give a question or a query")
        if self.query is not None and self.folder is not None:
            raise ValueError("a query names its folders itself")
        return self


def search_router(gate: Gate, searcher: Searcher, today: Callable[[], date]) -> APIRouter:
    """The routes that search."""
    router = new_router("/api/library", "library")
    who_asks = Depends(gate)

    @router.post("/search", response_model=Found)
    async def search_library(sent: SearchSent, who: Principal = who_asks) -> Response:
        """What fits a question best, within reach: pieces of documents with their places on the
        page, the filters as they were understood, and counts to narrow down by."""
        require(who, "library:read")
        sought = sent.query if sent.question is None else sent.question
        found = await searcher.search(
            scope_of(who),
            "" if sought is None else sought,
            hits_max=sent.hits_max,
            today=today(),
            language=sent.language,
            folder=sent.folder,
        )
        return JSONResponse(json_of(found))

    @router.get("/documents/{document_id}/similar", response_model=Found)
    async def similar_documents(
        document_id: Annotated[str, Path(pattern=ID)],
        limit: Annotated[int, Asked(ge=1, le=SIMILAR_MAX)] = 10,
        who: Principal = who_asks,
    ) -> Response:
        """The documents within reach that are most like one, one piece of each."""
        require(who, "library:read")
        return JSONResponse(
            json_of(await searcher.similar(scope_of(who), document_id, hits_max=limit))
        )

    return router
