"""Signing in and out, oneself, and the first administrator."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from yuepi.access.accounts import Accounts
from yuepi.access.api.bodies import (
    EndedOut,
    MeChange,
    MeOut,
    PasswordChange,
    SessionOut,
    SetupBody,
    SetupOut,
    SignedInOut,
    SignIn,
    UserOut,
)
from yuepi.access.api.gate import COOKIE, Gate
from yuepi.access.principal import NotSignedIn, Principal
from yuepi.access.session_secret import csrf_of
from yuepi.access.sessions import Session
from yuepi.access.user import NewUser, NoSuchPerson, UserChange


def sessions_router(accounts: Accounts, gate: Gate) -> APIRouter:
    """`/session`, `/me` and `/setup`."""
    router = APIRouter(tags=["session"])
    _add_sessions(router, accounts, gate)
    _add_me(router, accounts, gate)
    _add_setup(router, accounts, gate)
    return router


def _add_sessions(router: APIRouter, accounts: Accounts, gate: Gate) -> None:
    @router.post("/session", operation_id="sign_in", status_code=201)
    async def sign_in(body: SignIn, request: Request, response: Response) -> SignedInOut:
        """Sign in with login and password; the cookie that comes back is the session."""
        gate.check_origin(request)
        session, token = await accounts.sessions.sign_in(
            body.login, body.password, gate.client(request), replaces=request.cookies.get(COOKIE)
        )
        gate.give_cookie(request, response, token)
        return await _signed_in(accounts, session, token)

    @router.get("/session", operation_id="get_session")
    async def get_session(request: Request, response: Response) -> SignedInOut:
        """Who is signed in, and what unsafe requests carry as `X-CSRF-Token`."""
        _, session, token = await gate.signed_in(request)
        response.headers["cache-control"] = "no-store"
        return await _signed_in(accounts, session, token)

    @router.delete("/session", operation_id="sign_out", status_code=204)
    async def sign_out(request: Request, response: Response) -> None:
        """End this session."""
        _, _, token = await gate.signed_in(request)
        await accounts.sessions.sign_out(token)
        gate.take_cookie(request, response)

    @router.delete("/session/others", operation_id="sign_out_others")
    async def sign_out_others(request: Request) -> EndedOut:
        """End all other sessions of the same user."""
        _, session, _ = await gate.signed_in(request)
        return EndedOut(ended=await accounts.sessions.sign_out_others(session))


def _add_me(router: APIRouter, accounts: Accounts, gate: Gate) -> None:
    asking = Depends(gate)

    @router.get("/me", operation_id="get_me")
    async def get_me(principal: Principal = asking) -> MeOut:
        """Who asks, by a session or by a key, and what they may do."""
        return await _me(accounts, principal)

    @router.patch("/me", operation_id="change_me")
    async def change_me(body: MeChange, request: Request) -> MeOut:
        """Change one's own name or language."""
        principal, _, _ = await gate.signed_in(request)
        change = UserChange(name=body.name, language=body.language)
        await accounts.people.change(principal.id, change, by=principal.id)
        return await _me(accounts, principal)

    @router.put("/me/password", operation_id="change_my_password")
    async def change_my_password(
        body: PasswordChange, request: Request, response: Response
    ) -> SignedInOut:
        """Change one's own password; all other sessions end, this one gets a new cookie."""
        _, session, _ = await gate.signed_in(request)
        changed = await accounts.sessions.change_password(
            session, body.current, body.new, gate.client(request)
        )
        if changed.token is None:
            raise NotSignedIn("the session is over")
        gate.give_cookie(request, response, changed.token)
        return await _signed_in(accounts, session, changed.token)


def _add_setup(router: APIRouter, accounts: Accounts, gate: Gate) -> None:
    @router.get("/setup", operation_id="get_setup")
    async def get_setup() -> SetupOut:
        """Whether a first administrator is wanted, and which ways of signing in there are."""
        needed = await accounts.setup.needed()
        return SetupOut(needed=needed, sign_on=accounts.sign_on is not None)

    @router.post("/setup", operation_id="set_up", status_code=201)
    async def set_up(body: SetupBody, request: Request, response: Response) -> SignedInOut:
        """Make the first administrator with the secret of the link that `yuepi serve` printed."""
        gate.check_origin(request)
        new = NewUser(
            login=body.login,
            name=body.name,
            language=body.language,
            password=body.password,
        )
        session, token = await accounts.setup.complete(body.token, new, gate.client(request))
        gate.give_cookie(request, response, token)
        return await _signed_in(accounts, session, token)


async def _signed_in(accounts: Accounts, session: Session, token: str) -> SignedInOut:
    user = await accounts.people.user(session.user_id)
    me = await _me(accounts, await accounts.people.principal_of(user))
    listed = await accounts.sessions.list(session.user_id)
    return SignedInOut(
        me=me,
        csrf=csrf_of(token),
        sessions=[SessionOut.of(each, session.id) for each in listed],
    )


async def _me(accounts: Accounts, principal: Principal) -> MeOut:
    try:
        user = UserOut.of(await accounts.people.user(principal.id))
    except NoSuchPerson:
        # A key that belongs to nobody.
        user = None
    return MeOut(
        id=principal.id,
        name=user.name if user else principal.name,
        roles=sorted(principal.roles),
        permissions=sorted(principal.permissions),
        user=user,
    )
