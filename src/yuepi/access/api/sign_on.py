"""Signing on with another provider's account: to it, and back."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from yuepi.access.accounts import Accounts
from yuepi.access.api.gate import COOKIE, Gate
from yuepi.access.oidc import FLOW_S_MAX, Flow, refused, unpacked
from yuepi.access.sign_on import Answer, SignOn
from yuepi.access.user import NoSuchPerson
from yuepi.access.web import checked_next
from yuepi.kit.errors import YuepiError

FLOW_COOKIE: Final = "yuepi_sign_on"
FLOW_PATH: Final = "/api/oidc"
SIGN_IN_PAGE: Final = "/sign-in"

Text = Annotated[str | None, Query(max_length=4_096)]


def sign_on_router(accounts: Accounts, gate: Gate) -> APIRouter:
    """`/oidc/start` and `/oidc/return`; browsers are sent there, programs never."""
    router = APIRouter(tags=["session"], prefix="/oidc")

    @router.get("/start", operation_id="start_sign_on", status_code=303, response_class=Response)
    async def start_sign_on(
        request: Request,
        next: Annotated[str, Query(max_length=512)] = "/",  # noqa: A002
    ) -> Response:
        """Send the browser to the provider; `next`: the path of this desk to come back to."""
        flow, place = await _sign_on(accounts).oidc.begin(next)
        response = RedirectResponse(place, 303)
        response.set_cookie(
            FLOW_COOKIE,
            flow.packed(),
            max_age=int(FLOW_S_MAX),
            path=FLOW_PATH,
            secure=gate.secure(request),
            httponly=True,
            samesite="lax",
        )
        return response

    @router.get("/return", operation_id="finish_sign_on", status_code=303, response_class=Response)
    async def finish_sign_on(
        request: Request,
        state: Text = None,
        code: Text = None,
        error: Text = None,
        iss: Text = None,
    ) -> Response:
        """Take the provider's answer: a session, or for a browser the page to sign in again."""
        try:
            response = await _finish(accounts, gate, request, state, code, error, iss)
        except YuepiError as failure:
            if "text/html" not in request.headers.get("accept", ""):
                raise
            response = RedirectResponse(f"{SIGN_IN_PAGE}?{urlencode({'error': failure.code})}", 303)
        response.delete_cookie(
            FLOW_COOKIE,
            path=FLOW_PATH,
            secure=gate.secure(request),
            httponly=True,
            samesite="lax",
        )
        return response

    return router


async def _finish(
    accounts: Accounts,
    gate: Gate,
    request: Request,
    state: str | None,
    code: str | None,
    error: str | None,
    issuer: str | None,
) -> Response:
    sign_on = _sign_on(accounts)
    flow: Flow = unpacked(request.cookies.get(FLOW_COOKIE))
    if error is not None or not state or not code:
        raise refused("the provider did not sign anybody on")
    # Again: the cookie comes from outside.
    target = checked_next(flow.next)
    _, token = await sign_on.enter(
        flow,
        Answer(state, code, issuer),
        gate.client(request),
        replaces=request.cookies.get(COOKIE),
    )
    response = RedirectResponse(target, 303)
    gate.give_cookie(request, response, token)
    return response


def _sign_on(accounts: Accounts) -> SignOn:
    if accounts.sign_on is None:
        raise NoSuchPerson("this desk has no sign-on provider", remedy="sign in with a password")
    return accounts.sign_on
