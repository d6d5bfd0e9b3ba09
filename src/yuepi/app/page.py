"""The built web page under `/`: its files, and `index.html` for every address that it knows.

What has a hash in its name is kept by browsers for good, `index.html` is asked for each time. The
content policy lets only our own files run; style attributes alone may be inline (Element Plus
places its menus with them).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

BUILT: Final = Path(__file__).parent / "ui"
HASHED: Final = "assets/"
GZIP_BYTES_MIN: Final = 1_000

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src-elem 'self'",
        "style-src-attr 'unsafe-inline'",
        # data: the drawings in Element Plus' style sheet; blob: pictures before they are sent.
        "img-src 'self' blob: data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # The camera is for photographing receipts, from our own page.
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=()",
}
ABSENT: Final = (
    "The web page was not built: this server answers its API alone (/api, /v1).\n"
    "Install Node.js 20 or later and run `make web`, then start again.\n"
)


def page(built: Path = BUILT) -> ASGIApp:
    """The application that serves the page in a folder, or tells that it was not built."""
    if not (built / "index.html").is_file():
        return PlainTextResponse(ABSENT, status_code=404, headers=dict(HEADERS))
    return GZipMiddleware(_Page(directory=built), minimum_size=GZIP_BYTES_MIN, compresslevel=6)


class _Page(StaticFiles):
    """Files as they are; any other address without a file's ending is one of the page's own."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            # "." is the root itself.
            own = path == "." or "." not in path.rpartition("/")[2]
            if error.status_code != 404 or not own or path.startswith(HASHED):
                raise
            path = "index.html"
            response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        hashed = path.startswith(HASHED) and isinstance(response, FileResponse)
        keep = "public, max-age=31536000, immutable" if hashed else "no-cache"
        response.headers["cache-control"] = keep
        return response
