"""Who is signed in with a browser, for doors that know keys: a person as a key of their own.

The raw door of the gateway asks here where a request brings no key. The cookie counts as it does
for all other routes (`access.api.gate`): on an unsafe method only with the proof that a page of
ours sent it, and from our own pages. Asked anew each time, so that a session that ends is over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from yuepi.access.key import Key
from yuepi.access.principal import Principal, may
from yuepi.access.session_secret import csrf_matches
from yuepi.access.sessions import Sessions
from yuepi.access.web import COOKIE, CSRF_HEADER, SAFE, Web, forged

REQUESTS_PER_MINUTE: Final = 120
"""Far more than a person asks; so that a page that went wild does not keep others out."""
COOKIES_MAX: Final = 8_192

HeaderOf = Callable[[str], str | None]
"""The value of a header, by its name in lower case; None: the request has none."""


class Visitors:
    """People with a session."""

    def __init__(self, sessions: Sessions, web: Web) -> None:
        self._sessions = sessions
        self._web = web

    async def find(self, method: str, header: HeaderOf) -> Key | None:
        """The person as a key `user:ID`; None for a request without a session's cookie.

        Raises `ForgedRequest` (403), `NotSignedIn` (401), `Unavailable`.
        """
        token = _session_in(header("cookie") or "")
        if token is None:
            return None
        if method not in SAFE:
            self._web.check_origin(header("origin"), header("sec-fetch-site"), header("host"))
            if not csrf_matches(token, header(CSRF_HEADER.lower()) or ""):
                raise forged()
        _, principal = await self._sessions.principal(token)
        return _key_of(principal)


def _key_of(principal: Principal) -> Key:
    scopes = ("models:ask",) if may(principal, "models:ask") else ()
    return Key(
        id=f"user:{principal.id}",
        name=principal.name,
        requests_per_minute=REQUESTS_PER_MINUTE,
        user_id=principal.id,
        scopes=scopes,
    )


def _session_in(cookies: str) -> str | None:
    """The session's secret in a Cookie header; the first of several, as browsers order them."""
    if len(cookies) > COOKIES_MAX:
        return None
    for each in cookies.split(";"):
        name, _, value = each.strip().partition("=")
        if name == COOKIE and value:
            return value
    return None
