"""`/api/library/documents/{id}/export/…`: documents as files for other programs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

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
        handle, name = tempfile.mkstemp(prefix="yuepi-export-")
        os.close(handle)
        into = FilePath(name)
        try:
            made = await exporter.export(scope_of(who), document_id, form, into, number=number)
        except BaseException:
            into.unlink(missing_ok=True)
            raise
        called = quote(made.name.replace("\\", "/").rpartition("/")[2], safe="")
        return FileResponse(
            into,
            media_type=made.media_type,
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{called}", **_INERT},
            background=BackgroundTask(into.unlink, missing_ok=True),
        )

    return router
