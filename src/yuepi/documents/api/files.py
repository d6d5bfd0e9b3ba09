"""Originals and the pictures of their pages, as they are told and sent by every room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Path, Query
from starlette.responses import Response

from yuepi.access.api.shapes import Shown
from yuepi.documents.kept_pages import VERSION_CHARACTERS, KeptPage

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


class PageShown(Shown):
    """The upright picture of one page, a JPEG at `href`: the boxes of what was read are fractions
    of it. `file_at`: the file's place in the attachment, from 0; `page`: from 1."""

    file_at: int
    page: int
    width: int
    height: int
    href: str


def pages_shown(place: str, pages: Sequence[KeptPage]) -> list[PageShown]:
    """The pictures of pages. Their addresses say which version they are of, so that a browser may
    keep them: what is read anew has others."""
    return [
        PageShown(
            file_at=each.file_at,
            page=each.page,
            width=each.width,
            height=each.height,
            href=f"{place}/pages/{each.file_at}/{each.page}?v={each.sha256[:VERSION_CHARACTERS]}",
        )
        for each in pages
    ]


def original(name: str, media: str, data: bytes) -> Response:
    """An original, byte for byte. media: as it was sniffed (`jpeg`, `pdf`)."""
    return Response(
        data,
        media_type=_MEDIA_TYPES.get(media, "application/octet-stream"),
        headers={
            # Always a download by itself: a page of ours may still draw it as a picture.
            "Content-Disposition": f"attachment; filename*=UTF-8''{_file_name(name)}",
            **_INERT,
        },
    )


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
