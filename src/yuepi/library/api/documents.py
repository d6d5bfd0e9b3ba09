"""`/api/library/documents`: list, add, look, change, throw away, take back.

Each route says who may (`access.principal`); how far they see and what they may change is the
shelf's: what is out of reach is not found.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import (
    ID,
    TEXT,
    Cursor,
    Form,
    IfMatch,
    Key,
    Limit,
    Told,
    checked_fields,
    new_router,
)
from yuepi.access.api.shapes import Body, Id, form_schema, json_of, jsons_of
from yuepi.access.principal import Principal, require
from yuepi.kit.etags import version_in
from yuepi.library.actor import actor_of
from yuepi.library.api.models import (
    AddedShown,
    DocumentChangeBody,
    DocumentsAddedShown,
    DocumentShown,
    DocumentsShown,
    Language,
    NotAddedShown,
    TagShown,
    TagsShown,
    UploadForm,
    VersionForm,
    added_shown,
)
from yuepi.library.api.parts import PATH_FIELD, TAGS_FIELD, Parts
from yuepi.library.api.views import documents_shown, whole_document
from yuepi.library.bulk import BulkDone, Incoming
from yuepi.library.changing import DocumentChange
from yuepi.library.document import BadDocument, State
from yuepi.library.scope import scope_of
from yuepi.library.shelf import Added, Order, Wanted

DocumentId = Annotated[str, Path(pattern=ID)]
Tag = Annotated[str | None, Query(max_length=128, pattern=TEXT)]
Kind = Annotated[str | None, Query(max_length=64, pattern=TEXT)]
OneFolder = Annotated[str | None, Query(pattern=ID)]


class NothingAdded(BadDocument):
    """None of the files could be added; `problems` tells of each."""

    def __init__(self, done: BulkDone) -> None:
        first = done.refused[0]
        more = f" (and {len(done.refused) - 1} more)" if len(done.refused) > 1 else ""
        super().__init__(first.message + more, remedy=first.remedy, code=first.code)
        self.problems = [
            {"name": e.name, "code": e.code, "message": e.message, "remedy": e.remedy}
            for e in done.refused
        ]


class _UploadFields(Body):
    folder: Id


class _NoFields(Body):
    pass


def documents_router(parts: Parts) -> APIRouter:
    """The routes on documents."""
    router = new_router("/api/library/documents", "library")
    _add_lists(router, parts)
    _add_adding(router, parts)
    _add_looking(router, parts)
    _add_changing(router, parts)
    return router


def _add_lists(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.get("", response_model=DocumentsShown)
    async def list_documents(
        folder: OneFolder = None,
        deep: bool = False,
        tag: Tag = None,
        kind: Kind = None,
        state: State | None = None,
        trashed: bool = False,
        order: Order = "newest",
        after: Cursor = None,
        limit: Limit = 50,
        language: Language = "zh",
        who: Principal = who_asks,
    ) -> Response:
        """Documents within reach. deep: of the folder and all below it."""
        require(who, "library:read")
        wanted = Wanted(
            folder_id=folder,
            deep=deep,
            tag=tag,
            kind=kind,
            state=state,
            trashed=trashed,
            order=order,
            after=after,
            limit=limit,
        )
        page = await parts.shelf.list(scope_of(who), wanted)
        shown = await documents_shown(parts, who, page.documents, language)
        return JSONResponse({"documents": jsons_of(shown), "next": page.next})

    @router.get("/tags", response_model=TagsShown)
    async def list_tags(who: Principal = who_asks) -> Response:
        """The tags of documents within reach, the most used first."""
        require(who, "library:read")
        found = await parts.shelf.tags(scope_of(who))
        shown = [TagShown(tag=tag, documents=count) for tag, count in found.items()]
        return JSONResponse({"tags": jsons_of(shown)})


def _add_adding(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.post(
        "",
        status_code=201,
        response_model=DocumentsAddedShown,
        openapi_extra=form_schema(UploadForm),
    )
    async def add_documents(
        request: Request, language: Language = "zh", key: Key = None, who: Principal = who_asks
    ) -> Response:
        """Add files to a folder; zips become folders. Each file is told by itself; 422 where none
        could be added. Sent again, nothing is doubled."""
        require(who, "library:write")
        async with parts.uploads(request, who.id) as form:
            folder = checked_fields(_UploadFields, form.fields).folder
            incoming = _incoming(form)
            tags = form.lists.get(TAGS_FIELD, ())

            async def act() -> Told:
                done = await parts.bulk.take(actor_of(who), folder, incoming, tags)
                if not done.added:
                    raise NothingAdded(done)
                return Told(json_of(await _upload_shown(parts, who, done, language)), None, 201)

            content = await _content(form, key)
            return await parts.once(request, who, content | {"folder": folder}, act)

    @router.post(
        "/{document_id}/versions",
        status_code=201,
        response_model=AddedShown,
        openapi_extra=form_schema(VersionForm),
    )
    async def add_version(
        request: Request,
        document_id: DocumentId,
        language: Language = "zh",
        key: Key = None,
        who: Principal = who_asks,
    ) -> Response:
        """Other bytes for a document, which keeps its name; the version before stays."""
        require(who, "library:write")
        async with parts.uploads(request, who.id) as form:
            checked_fields(_NoFields, form.fields)
            if len(form.files) != 1 or any(form.lists.values()):
                raise BadDocument(
                    "a version is one file",
                    remedy="send one file and nothing else",
                    code="not_one_file",
                )
            file = form.files[0]

            async def act() -> Told:
                added = await parts.shelf.add_version(
                    actor_of(who), document_id, file.name, await file.read()
                )
                shown = await _added_shown(parts, who, [added], language)
                return Told(json_of(shown[0]), added.document.version, 201)

            return await parts.once(request, who, await _content(form, key), act)


def _add_looking(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.get("/{document_id}", response_model=DocumentShown)
    async def get_document(
        document_id: DocumentId, language: Language = "zh", who: Principal = who_asks
    ) -> Response:
        """One document, also from the trash."""
        require(who, "library:read")
        found = await parts.shelf.find(scope_of(who), document_id, trashed=None)
        shown = await whole_document(parts, who, found, language)
        return Told(json_of(shown), found.version).response


def _add_changing(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.patch("/{document_id}", response_model=DocumentShown)
    async def change_document(
        document_id: DocumentId,
        body: DocumentChangeBody,
        if_match: IfMatch = None,
        language: Language = "zh",
        who: Principal = who_asks,
    ) -> Response:
        """Rename, move, tag, give a title."""
        require(who, "library:write")
        change = DocumentChange(body.name, body.folder, body.tags, body.title)
        after = await parts.shelf.change(actor_of(who), document_id, change, version_in(if_match))
        shown = await documents_shown(parts, who, [after], language)
        return Told(json_of(shown[0]), after.version).response

    @router.delete("/{document_id}", status_code=204, response_class=Response)
    async def delete_document(
        document_id: DocumentId,
        forever: Annotated[bool, Query(description="Of one in the trash: for good.")] = False,
        who: Principal = who_asks,
    ) -> Response:
        """To the trash; 409 `retained` for a voucher that must be kept."""
        require(who, "library:write")
        if forever:
            await parts.shelf.purge(actor_of(who), document_id)
        else:
            await parts.shelf.trash(actor_of(who), document_id)
        return Response(status_code=204)

    @router.post("/{document_id}/restore", response_model=DocumentShown)
    async def restore_document(
        document_id: DocumentId, language: Language = "zh", who: Principal = who_asks
    ) -> Response:
        """Out of the trash, under another name where its own is taken by now."""
        require(who, "library:write")
        back = await parts.shelf.restore(actor_of(who), document_id)
        shown = await documents_shown(parts, who, [back], language)
        return Told(json_of(shown[0]), back.version).response


def _incoming(form: Form) -> list[Incoming]:
    paths = form.lists.get(PATH_FIELD, ())
    if not form.files:
        raise BadDocument("there is no file", remedy="send one file at least", code="no_files")
    if paths and len(paths) != len(form.files):
        raise BadDocument(
            f"there are {len(form.files)} files and {len(paths)} paths",
            remedy="send a path for each file, in their order, or none",
            code="bad_paths",
        )
    told = paths or [""] * len(form.files)
    return [
        Incoming(file.name, file.read, path) for file, path in zip(form.files, told, strict=True)
    ]


async def _content(form: Form, key: str | None) -> dict[str, Any]:
    """What a request asks for, as far as somebody will want to know whether it came before."""
    if key is None:
        return {}
    files: list[list[str]] = []
    for file in form.files:
        data = await file.read()
        digest = await asyncio.to_thread(hashlib.sha256, data)
        files.append([file.name, digest.hexdigest()])
    return {"files": files, "lists": {name: list(values) for name, values in form.lists.items()}}


async def _upload_shown(
    parts: Parts, who: Principal, done: BulkDone, language: str
) -> DocumentsAddedShown:
    refused = [
        NotAddedShown(name=e.name, code=e.code, message=e.message, remedy=e.remedy)
        for e in done.refused
    ]
    added = await _added_shown(parts, who, done.added, language)
    return DocumentsAddedShown(added=added, refused=refused)


async def _added_shown(
    parts: Parts, who: Principal, added: Sequence[Added], language: str
) -> list[AddedShown]:
    documents = list({each.document.id: each.document for each in added}.values())
    shown = {e.id: e for e in await documents_shown(parts, who, documents, language)}
    return [added_shown(each, shown) for each in added]
