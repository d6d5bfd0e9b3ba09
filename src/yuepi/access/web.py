"""What a browser is trusted with: where requests may come from, and where to go afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from yuepi.kit.errors import BadUsage, YuepiError

COOKIE: Final = "yuepi_session"
CSRF_HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing: a cookie alone is enough for them."""
NEXT_MAX: Final = 512
_PORTS: Final = {"http": 80, "https": 443}
_NEXT: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\x9f\ud800-\udfff]*")


class ForgedRequest(YuepiError):
    """A request that a page of another site may have sent in a user's name."""

    code = "forged_request"
    http_status = 403


@dataclass(frozen=True, slots=True)
class Web:
    """The address under which browsers reach this desk; None: whatever they say it is."""

    public_url: str | None = None

    @property
    def secure(self) -> bool:
        """Whether cookies are for https alone."""
        return self.public_url is not None and urlsplit(self.public_url).scheme == "https"

    def check_origin(self, origin: str | None, site: str | None, host: str | None) -> None:
        """Raises `ForgedRequest` (403) for a request that another site's page sent.

        origin, site, host: the headers Origin, Sec-Fetch-Site and Host. A client that sends
        neither of the first two is no browser of our time.
        """
        if site is not None and site not in ("same-origin", "none"):
            raise forged()
        if origin is None:
            return
        if self.public_url is not None:
            same = _place(origin) == _place(self.public_url)
        else:
            same = host is not None and _place(origin) in (
                _place(f"http://{host}"),
                _place(f"https://{host}"),
            )
        if not same:
            raise forged()


def forged() -> ForgedRequest:
    """The answer to a request that may be forged."""
    return ForgedRequest(
        "the request does not come from this desk's own page",
        remedy="reload the page; programs use an API key instead of a cookie",
    )


def checked_next(target: str) -> str:
    """Where to go after signing on: a path of this desk. Raises `BadUsage` (code `bad_next`).

    `//host`, `/\\host` and anything with a scheme lead to other sites in some browser.
    """
    if len(target) > NEXT_MAX or _NEXT.fullmatch(target) is None:
        raise BadUsage(
            "that is no path of this desk",
            remedy="give a path such as /claims, or nothing",
            code="bad_next",
        )
    return target


def _place(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None for what is no address (`null` too)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname.lower(), port or _PORTS[parts.scheme]
