"""The originals of a claim, and the pictures of their pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from yuepi.access.principal import Principal
from yuepi.approvals.api.parts import Parts
from yuepi.approvals.api.requests import ID
from yuepi.documents.kept_pages import VERSION_CHARACTERS

ClaimId = Annotated[str, Path(pattern=ID)]
AttachmentId = Annotated[str, Path(pattern=ID)]
FileAt = Annotated[int, Path(ge=0, le=10_000)]
PageNumber = Annotated[int, Path(ge=1, le=100_000)]
Version = Annotated[
    str | None,
    Query(pattern=rf"^[0-9a-f]{{{VERSION_CHARACTERS}}}$", description="Which version of it."),
]

PICTURE: Final[Mapping[int | str, dict[str, object]]] = {200: {"content": {"image/jpeg": {}}}}

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "pdf": "application/pdf",
    "zip": "application/zip",
    # Markup is never told to be markup: a browser must have no reason to run it.
    "ofd": "application/octet-stream",
    "invoice_xml": "application/octet-stream",
}
_INERT: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


def add_files(router: APIRouter, parts: Parts) -> None:
    """The routes on a claim's files."""
    who_asks = Depends(parts.gate)

    @router.get(
        "/{claim_id}/files/{attachment_id}",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    async def get_claim_file(
        claim_id: ClaimId, attachment_id: AttachmentId, who: Principal = who_asks
    ) -> Response:
        """An original, byte for byte."""
        row, data = await parts.claims.file(who, claim_id, attachment_id)
        return Response(
            data,
            media_type=_MEDIA_TYPES.get(row.media, "application/octet-stream"),
            headers={
                # Always a download by itself: a page of ours may still draw it as a picture.
                "Content-Disposition": f"attachment; filename*=UTF-8''{_file_name(row.name)}",
                **_INERT,
            },
        )

    @router.get(
        "/{claim_id}/files/{attachment_id}/pages/{file_at}/{page}",
        response_class=Response,
        responses={**PICTURE},
    )
    async def get_claim_page(
        claim_id: ClaimId,
        attachment_id: AttachmentId,
        file_at: FileAt,
        page: PageNumber,
        v: Version = None,
        who: Principal = who_asks,
    ) -> Response:
        """The upright picture of a page, which what was read has its places on."""
        data = await parts.page_pictures.find(who, claim_id, attachment_id, file_at, page, v)
        return page_picture(data, v)


def page_picture(data: bytes, version: str | None) -> Response:
    """A page's picture as it is sent. Only this browser may keep it, and only for who is signed in
    there now; for good where the address says which version it is."""
    kept = "no-cache" if version is None else "max-age=31536000, immutable"
    return Response(
        data,
        media_type="image/jpeg",
        headers={
            "Cache-Control": f"private, {kept}",
            "Vary": "Cookie, Authorization",
            "Content-Disposition": "inline",
            **_INERT,
        },
    )


def _file_name(name: str) -> str:
    """The name for a header, without folders: whoever saves by it must not leave theirs."""
    last = name.replace("\\", "/").rpartition("/")[2].strip(" .")
    return quote(last or "original", safe="")
