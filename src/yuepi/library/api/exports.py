"""`/api/library/documents/{id}/export/…`: documents as files for other programs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from yuepi.access.api.requests import ID, Gate, new_router
from yuepi.access.principal import Principal, require
from yuepi.library.exporting.exporter import MEDIA_TYPES, Exporter, ExportForm
from yuepi.library.scope import scope_of

_FILE: Final[Mapping[int | str, dict[str, Any]]] = {
    200: {"content": {media: {} for media in sorted(set(MEDIA_TYPES.values()))}}
}
_INERT: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


class _SentOnce(FileResponse):
    """A file that is removed with its folder however its sending ends: also when the client goes
    away, and when the server ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            _remove(FilePath(self.path).parent)


def exports_router(gate: Gate, exporter: Exporter) -> APIRouter:
    """The routes of exports."""
    router = new_router("/api/library/documents", "library")
    who_asks = Depends(gate)

    @router.get(
        "/{document_id}/export/{form}",
        response_class=Response,
        responses={**_FILE},
    )
    async def export_document(
        document_id: Annotated[str, Path(pattern=ID)],
        form: ExportForm,
        number: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
        who: Principal = who_asks,
    ) -> Response:
        """Its tables or its reading as a file, personal data in part; or a PDF of its pages with
        the words that were read under them. number: of a version."""
        require(who, "library:read")
        # A folder: a thread that still writes when nobody waits any more cannot make it anew.
        into = FilePath(tempfile.mkdtemp(prefix="yuepi-export-")) / "export"
        try:
            made = await exporter.export(scope_of(who), document_id, form, into, number=number)
        except BaseException:
            _remove(into.parent)
            raise
        called = quote(made.name.replace("\\", "/").rpartition("/")[2], safe="")
        return _SentOnce(
            into,
            media_type=made.media_type,
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{called}", **_INERT},
        )

    return router


def _remove(folder: FilePath) -> None:
    shutil.rmtree(folder, ignore_errors=True)
