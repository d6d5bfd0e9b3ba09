"""Who a request comes from: a browser's session cookie, or an API key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from yuepi.access.key_owner import principal_of_key
from yuepi.access.keys import Keyring
from yuepi.access.people import People
from yuepi.access.principal import MissingRight, NotSignedIn, Permission, Principal, require
from yuepi.access.session_secret import csrf_matches
from yuepi.access.sessions import Client, Session, Sessions
from yuepi.access.web import COOKIE, CSRF_HEADER, SAFE, Web, forged

__all__ = ["COOKIE", "CSRF_HEADER", "AddressOf", "Asker", "Gate", "direct_address"]

BEARER_MAX: Final = 256

AddressOf = Callable[[Request], str]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and by what; session and token None: by an API key."""

    principal: Principal
    session: Session | None = None
    token: str | None = None


def direct_address(request: Request) -> str:
    """The address of the other end of the connection."""
    return request.client.host if request.client else ""


class Gate:
    """Lets requests in: a FastAPI dependency that gives the `Principal`.

    A cookie counts for an unsafe method only together with the header `X-CSRF-Token`, and from
    our own pages; a key in `Authorization: Bearer` needs neither, since no page of another site
    can send one. Where both come, the key counts. `address_of` tells the client's address (behind
    a proxy, from the headers that it sets).

    Raises `NotSignedIn` (401), `NotAllowed` (401), `ForgedRequest` (403), `Unavailable` (503).
    """

    def __init__(
        self,
        people: People,
        sessions: Sessions,
        keyring: Keyring,
        web: Web | None = None,
        *,
        address_of: AddressOf = direct_address,
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._keyring = keyring
        self._address_of = address_of
        self.web: Final = web or Web()

    async def __call__(self, request: Request) -> Principal:
        return (await self.asker(request)).principal

    async def asker(self, request: Request) -> Asker:
        """Who asks, with the session if there is one."""
        authorization = request.headers.get("authorization")
        if authorization is not None:
            return Asker(await self._by_key(authorization))
        token = request.cookies.get(COOKIE)
        if not token:
            raise NotSignedIn
        if request.method not in SAFE:
            self.check_origin(request)
            if not csrf_matches(token, request.headers.get(CSRF_HEADER, "")):
                raise forged()
        session, principal = await self._sessions.principal(token)
        return Asker(principal, session, token)

    async def signed_in(self, request: Request) -> tuple[Principal, Session, str]:
        """Who is signed in with a browser. Raises `MissingRight` (403) for a key."""
        asker = await self.asker(request)
        if asker.session is None or asker.token is None:
            raise MissingRight(
                "this is for people who are signed in, not for keys", remedy="sign in"
            )
        return asker.principal, asker.session, asker.token

    def needing(self, permission: Permission) -> Callable[[Request], Awaitable[Principal]]:
        """A dependency that lets in only who has a right; others get 403 `missing_right`."""

        async def let_in(request: Request) -> Principal:
            principal = await self(request)
            require(principal, permission)
            return principal

        return let_in

    def check_origin(self, request: Request) -> None:
        """Raises `ForgedRequest` (403) for a request that another site's page sent."""
        headers = request.headers
        self.web.check_origin(
            headers.get("origin"), headers.get("sec-fetch-site"), headers.get("host")
        )

    def client(self, request: Request) -> Client:
        """Where a request comes from."""
        return Client(self._address_of(request), request.headers.get("user-agent", ""))

    def give_cookie(self, request: Request, response: Response, token: str) -> None:
        """Let the browser keep a session's secret."""
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(self._sessions.limits.whole_s),
            path="/",
            secure=self.secure(request),
            httponly=True,
            samesite="lax",
        )
        response.headers["cache-control"] = "no-store"

    def take_cookie(self, request: Request, response: Response) -> None:
        """Let the browser forget it."""
        response.delete_cookie(
            COOKIE, path="/", secure=self.secure(request), httponly=True, samesite="lax"
        )

    def secure(self, request: Request) -> bool:
        """Whether a cookie is for https alone."""
        return self.web.secure or request.url.scheme == "https"

    async def _by_key(self, authorization: str) -> Principal:
        scheme, _, secret = authorization.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret or len(secret) > BEARER_MAX:
            raise NotSignedIn("the Authorization header holds no key")
        return await principal_of_key(self._keyring, self._people, secret)
