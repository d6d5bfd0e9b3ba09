"""The page at `/setup`, to which the link for the first administrator leads.

One file that needs nothing else; it reads the link's secret, which no server sees, after the `#`,
and sends it with the form to `/api/setup`. The policy lets run exactly this script and this style.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

from starlette.responses import Response

from yuepi.access.passwords import CHARACTERS_MIN

_HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def setup_page() -> Response:
    """The page as it is sent; the same for everybody, whether it is still needed or not."""
    page, policy = _page()
    headers = {**_HEADERS, "content-security-policy": policy}
    return Response(page, headers=headers, media_type="text/html; charset=utf-8")


@cache
def _page() -> tuple[str, str]:
    """The page, and the Content-Security-Policy that fits it."""
    text = resources.files("yuepi.app").joinpath("setup.html").read_text(encoding="utf-8")
    page = text.replace("{least}", str(CHARACTERS_MIN))
    policy = (
        "default-src 'none'",
        f"script-src {_hash_of('script', page)}",
        f"style-src {_hash_of('style', page)}",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return page, "; ".join(policy)


def _hash_of(tag: str, page: str) -> str:
    """The source expression of the page's one element of that kind (CSP Level 3, 2.3.1)."""
    (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
    digest = hashlib.sha256(inside.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
