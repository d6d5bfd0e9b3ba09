"""`/api/library/folders`: the folders within reach, and what one may do with them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import ID, IfMatch, Key, Told, new_router
from yuepi.access.api.shapes import json_of, jsons_of
from yuepi.access.principal import Principal, require
from yuepi.kit.etags import version_in
from yuepi.library.actor import actor_of
from yuepi.library.api.models import (
    FolderBody,
    FolderChangeBody,
    FolderShown,
    FoldersShown,
    folder_shown,
)
from yuepi.library.api.parts import Parts
from yuepi.library.folders import FolderChange
from yuepi.library.scope import scope_of

FolderId = Annotated[str, Path(pattern=ID)]


def folders_router(parts: Parts) -> APIRouter:
    """The routes on folders."""
    router = new_router("/api/library/folders", "library")
    who_asks = Depends(parts.gate)

    @router.get("", response_model=FoldersShown)
    async def list_folders(who: Principal = who_asks) -> Response:
        """All folders within reach, each after its parent."""
        require(who, "library:read")
        found = await parts.folders.list(scope_of(who))
        counts = await parts.folders.counts(scope_of(who))
        shown = [folder_shown(each, who, counts.get(each.id, 0)) for each in found]
        return JSONResponse({"folders": jsons_of(shown)})

    @router.post("", status_code=201, response_model=FolderShown)
    async def create_folder(
        request: Request, body: FolderBody, key: Key = None, who: Principal = who_asks
    ) -> Response:
        """A new folder, in another one or at the top."""
        require(who, "library:write")

        async def act() -> Told:
            made = await parts.folders.create(
                actor_of(who), body.parent, body.name, body.department
            )
            place = f"/api/library/folders/{made.id}"
            return Told(json_of(folder_shown(made, who, 0)), made.version, 201, place)

        return await parts.once(request, who, body.model_dump(mode="json"), act)

    @router.post("/own", response_model=FolderShown)
    async def own_folder(who: Principal = who_asks) -> Response:
        """The folder that is one's alone, made when it is first asked for."""
        require(who, "library:write")
        made = await parts.folders.own(actor_of(who))
        counts = await parts.folders.counts(scope_of(who))
        return Told(json_of(folder_shown(made, who, counts.get(made.id, 0))), made.version).response

    @router.patch("/{folder_id}", response_model=FolderShown)
    async def change_folder(
        folder_id: FolderId,
        body: FolderChangeBody,
        if_match: IfMatch = None,
        who: Principal = who_asks,
    ) -> Response:
        """Rename, move, or give to another department; all below comes with it."""
        require(who, "library:write")
        change = FolderChange(body.name, body.parent, body.department)
        changed = await parts.folders.change(actor_of(who), folder_id, change, version_in(if_match))
        counts = await parts.folders.counts(scope_of(who))
        shown = folder_shown(changed, who, counts.get(changed.id, 0))
        return Told(json_of(shown), changed.version).response

    @router.delete("/{folder_id}", status_code=204, response_class=Response)
    async def delete_folder(
        folder_id: FolderId, if_match: IfMatch = None, who: Principal = who_asks
    ) -> Response:
        """Remove an empty folder."""
        require(who, "library:write")
        await parts.folders.delete(actor_of(who), folder_id, version_in(if_match))
        return Response(status_code=204)

    return router
