"""`/api/uploads`: files one by one before their claim is handed in, read meanwhile.

An upload is there for its owner alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import ID, Key, Told, new_router
from yuepi.access.api.shapes import Shown, form_schema, json_of
from yuepi.access.principal import Principal, require
from yuepi.approvals.api.forms import UploadForm, no_fields_in
from yuepi.approvals.api.parts import Parts
from yuepi.approvals.claim_rows import BadClaim
from yuepi.approvals.personal import shown_files
from yuepi.approvals.submission import File
from yuepi.approvals.uploads import Upload
from yuepi.documents.api.files import (
    PICTURE,
    FileAt,
    PageNumber,
    PageShown,
    Version,
    page_picture,
    pages_shown,
)
from yuepi.documents.kept_pages import pages_of
from yuepi.documents.reading import FileReading

UploadId = Annotated[str, Path(pattern=ID)]


class SeenShown(Shown):
    """That the same bytes are in a claim already. `claim`: which one, where it is one's own."""

    claim: str | None
    own: bool


class UploadReading(Shown):
    """What was read on an upload. `failed`: by no fault of the file; it may be handed in all the
    same. A fault of the file is the `error` of its reading."""

    state: Literal["waiting", "done", "failed"]
    files: list[FileReading]


class UploadShown(Shown):
    """A file that waits to be handed in, until `expires_at`. `pages`: empty until it was read."""

    id: str
    name: str
    media: str
    bytes: int
    sha256: str
    created_at: datetime
    expires_at: datetime
    seen: SeenShown | None
    reading: UploadReading | None
    pages: list[PageShown]


class UploadsShown(Shown):
    """All of one's uploads, in the order they came."""

    uploads: list[UploadShown]


def uploads_router(parts: Parts) -> APIRouter:
    """The routes on uploads."""
    router = new_router("/api/uploads", "uploads")
    _add_taking(router, parts)
    _add_looking(router, parts)
    return router


def upload_shown(upload: Upload) -> UploadShown:
    """An upload, told."""
    row, seen = upload.row, upload.seen
    files = shown_files(row.files or "[]")
    return UploadShown(
        id=row.id,
        name=row.name,
        media=row.media,
        bytes=row.bytes,
        sha256=row.sha256,
        created_at=row.created_at,
        expires_at=row.expires_at,
        seen=None if seen is None else SeenShown(claim=seen.claim, own=seen.own),
        reading=UploadReading(state=row.state, files=files),
        pages=pages_shown(f"/api/uploads/{row.id}", pages_of(row.pages or "[]")),
    )


def _add_taking(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)
    shelf = parts.claims.uploads

    @router.post(
        "", status_code=201, response_model=UploadShown, openapi_extra=form_schema(UploadForm)
    )
    async def upload_file(request: Request, key: Key = None, who: Principal = who_asks) -> Response:
        """Keep one file for a claim; 201 for a new one, 200 for the same request again."""
        require(who, "claims:submit")
        async with parts.one_file(request, who.id) as form:
            no_fields_in(form)
            async with form.loaded() as files:
                if not files:
                    raise BadClaim(
                        "there is no file", remedy="send one in the field 'file'", code="no_files"
                    )
                upload, new = await shelf.take(who, File(*files[0]), key)
        place = f"/api/uploads/{upload.row.id}"
        told = json_of(upload_shown(upload))
        return Told(told, status=201 if new else 200, location=place).response

    @router.delete("/{upload_id}", status_code=204, response_class=Response)
    async def delete_upload(upload_id: UploadId, who: Principal = who_asks) -> Response:
        """Let go of it."""
        await shelf.delete(who, upload_id)
        return Response(status_code=204)


def _add_looking(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)
    shelf = parts.claims.uploads

    @router.get("", response_model=UploadsShown)
    async def list_uploads(who: Principal = who_asks) -> Response:
        """One's own uploads, in the order they came."""
        found = await shelf.all_of(who)
        return JSONResponse({"uploads": [json_of(upload_shown(each)) for each in found]})

    @router.get("/{upload_id}", response_model=UploadShown)
    async def get_upload(upload_id: UploadId, who: Principal = who_asks) -> Response:
        """An upload, and what was read on it."""
        return JSONResponse(json_of(upload_shown(await shelf.find(who, upload_id))))

    @router.get(
        "/{upload_id}/pages/{file_at}/{page}", response_class=Response, responses={**PICTURE}
    )
    async def get_upload_page(
        upload_id: UploadId,
        file_at: FileAt,
        page: PageNumber,
        v: Version = None,
        who: Principal = who_asks,
    ) -> Response:
        """The upright picture of a page."""
        return page_picture(await shelf.page(who, upload_id, file_at, page, v), v)
