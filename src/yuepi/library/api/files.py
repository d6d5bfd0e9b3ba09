"""`/api/library/documents/{id}/…`: originals, versions, page pictures, readings, texts."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import ID
from yuepi.access.api.shapes import json_of, jsons_of
from yuepi.access.principal import Principal, require
from yuepi.documents.api.files import (
    PICTURE,
    FileAt,
    PageNumber,
    PageShown,
    Version,
    original,
    page_picture,
    pages_shown,
)
from yuepi.documents.masking import masked_file
from yuepi.library.api.models import (
    ReadingShown,
    RunShown,
    TextShown,
    VersionsShown,
    problem_of,
    version_shown,
)
from yuepi.library.api.parts import Parts
from yuepi.library.asking.covering import without_personal
from yuepi.library.papers import ReadDocument
from yuepi.library.scope import scope_of

DocumentId = Annotated[str, Path(pattern=ID)]
Number = Annotated[int | None, Query(ge=1, le=100_000, description="Which version of it.")]


def add_files(router: APIRouter, parts: Parts) -> None:
    """The routes on what belongs to one document."""
    _add_originals(router, parts)
    _add_pages(router, parts)
    _add_reading(router, parts)


def _add_originals(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.get("/{document_id}/versions", response_model=VersionsShown)
    async def list_versions(document_id: DocumentId, who: Principal = who_asks) -> Response:
        """All versions, the newest first."""
        require(who, "library:read")
        found = await parts.shelf.versions(scope_of(who), document_id)
        return JSONResponse({"versions": jsons_of([version_shown(each) for each in found])})

    @router.get(
        "/{document_id}/original",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    async def get_document_file(
        document_id: DocumentId, number: Number = None, who: Principal = who_asks
    ) -> Response:
        """A version's bytes, as they came."""
        require(who, "library:read")
        name, media, data = await parts.shelf.original(scope_of(who), document_id, number)
        return original(name, media, data)


def _add_pages(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.get("/{document_id}/pages", response_model=list[PageShown])
    async def list_document_pages(document_id: DocumentId, who: Principal = who_asks) -> Response:
        """The pages that were read by now."""
        require(who, "library:read")
        kept = await parts.shelf.pages(scope_of(who), document_id)
        place = f"/api/library/documents/{document_id}"
        return JSONResponse(jsons_of(pages_shown(place, kept)))

    @router.get(
        "/{document_id}/pages/{file_at}/{page}", response_class=Response, responses={**PICTURE}
    )
    async def get_document_page(
        document_id: DocumentId,
        file_at: FileAt,
        page: PageNumber,
        thumb: Annotated[bool, Query(description="A small one.")] = False,
        v: Version = None,
        who: Principal = who_asks,
    ) -> Response:
        """The upright picture of a page, which what was read has its places on."""
        require(who, "library:read")
        data = await parts.shelf.page(scope_of(who), document_id, file_at, page, v)
        if thumb:
            data = await asyncio.to_thread(_small, data)
        return page_picture(data, v)


def _small(data: bytes) -> bytes:
    # Here: a server that shows no picture does not load what makes them small.
    from yuepi.documents.page_jpeg import thumbnail

    return thumbnail(data)


def _add_reading(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.get("/{document_id}/reading", response_model=ReadingShown)
    async def get_document_reading(
        document_id: DocumentId, number: Number = None, who: Principal = who_asks
    ) -> Response:
        """What was read, personal data in part."""
        require(who, "library:read")
        read = await parts.papers.of(scope_of(who), document_id, number)
        return Response(await asyncio.to_thread(_reading_told, read), media_type="application/json")

    @router.get("/{document_id}/text/{file_at}/{page}", response_model=TextShown)
    async def get_document_text(
        document_id: DocumentId,
        file_at: FileAt,
        page: PageNumber,
        number: Number = None,
        who: Principal = who_asks,
    ) -> Response:
        """The text of a page with its places; empty where nothing was read."""
        require(who, "library:read")
        read = await parts.papers.of(scope_of(who), document_id, number)
        shown = await asyncio.to_thread(page_text_shown, read, file_at, page)
        return JSONResponse(json_of(shown))


def _reading_told(read: ReadDocument) -> bytes:
    """Of a long document it takes seconds: call it off the event loop."""
    document = read.document
    files = [masked_file(each) for each in read.files]
    shown = ReadingShown(files=files, state=document.state, problem=problem_of(document))
    return json.dumps(json_of(shown), ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "replace"
    )


def page_text_shown(read: ReadDocument, file_at: int, page: int) -> TextShown:
    """The text of a page, what is personal covered by stars; none where that cannot be told run
    by run."""
    found = [
        run
        for each in read.texts
        if (each.file_at, each.page) == (file_at, page)
        for run in each.runs
    ]
    told = without_personal([run.text for run in found], read.files)
    runs = [RunShown(text=text, box=run.box) for text, run in zip(told, found, strict=True) if text]
    return TextShown(runs=runs, withheld=bool(found) and not runs)
