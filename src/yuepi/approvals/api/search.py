"""`/api/search`: claims by what people remember of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import new_router
from yuepi.access.api.shapes import Shown
from yuepi.access.principal import Principal
from yuepi.approvals.api.models import ClaimShown
from yuepi.approvals.api.parts import Parts
from yuepi.approvals.api.views import claims_shown
from yuepi.approvals.search import CHARACTERS_MAX, CHARACTERS_MIN, FOUND_MAX, Search

Sought = Annotated[
    str,
    Query(
        min_length=CHARACTERS_MIN,
        max_length=CHARACTERS_MAX,
        pattern=r"^[^\x00]*$",
        description="A claim's id, an invoice's number or code (six digits or more), an amount, "
        "or a part of the note or of the seller's name.",
    ),
]


class FoundShown(Shown):
    """The newest claims that were found."""

    claims: list[ClaimShown]


def search_router(parts: Parts) -> APIRouter:
    """The route that searches."""
    router = new_router("/api/search", "claims")
    who_asks = Depends(parts.gate)
    search = Search(parts.database)

    @router.get("", response_model=FoundShown)
    async def search_claims(
        q: Sought,
        limit: Annotated[int, Query(ge=1, le=FOUND_MAX)] = FOUND_MAX,
        who: Principal = who_asks,
    ) -> Response:
        """Claims within reach, the newest first."""
        found = await search.claims(who, q, limit)
        return JSONResponse({"claims": claims_shown(who, found)})

    return router
