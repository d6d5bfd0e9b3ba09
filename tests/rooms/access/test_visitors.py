"""A person's session at a door that knows keys: when it counts, and as which key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.rooms.access.conftest import PeopleStory
from tests.rooms.access.people_desk import PASSWORD, PeopleDesk
from yuepi.access.principal import NotSignedIn
from yuepi.access.session_secret import csrf_of
from yuepi.access.user import UserChange
from yuepi.access.visitors import Visitors
from yuepi.access.web import ForgedRequest, Web

HOST = {"host": "desk.test"}


def having(**headers: str) -> Callable[[str], str | None]:
    sent = HOST | {name.replace("_", "-"): value for name, value in headers.items()}
    return sent.get


async def signed_in(desk: PeopleDesk, *roles: str) -> tuple[str, str]:
    """(user id, secret)."""
    user = await desk.person("Anna", *roles)  # type: ignore[arg-type]
    browser = desk.browser()
    await browser.sign_in("anna", PASSWORD)
    return user.id, browser.jar["yuepi_session"]


def test_a_person_is_a_key_of_their_own(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        user_id, token = await signed_in(desk, "submitter")
        visitors = Visitors(desk.accounts.sessions, Web())
        cookie = f"other=1; yuepi_session={token}; more=2"
        key = await visitors.find("POST", having(cookie=cookie, x_csrf_token=csrf_of(token)))
        assert key is not None
        assert (key.id, key.user_id, key.scopes) == (f"user:{user_id}", user_id, ("models:ask",))
        assert key.requests_per_minute
        assert await visitors.find("GET", having(cookie=cookie)) == key
        for nothing in (having(), having(cookie="a=b"), having(cookie="yuepi_session=")):
            assert await visitors.find("POST", nothing) is None
        assert await visitors.find("GET", having(cookie=cookie + "x" * 9_000)) is None

    people(tell)


def test_who_may_not_ask_models_has_a_key_that_may_not(people_sqlite: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        _, token = await signed_in(desk, "auditor")
        visitors = Visitors(desk.accounts.sessions, Web())
        key = await visitors.find("GET", having(cookie=f"yuepi_session={token}"))
        assert key is not None
        assert key.scopes == ()

    people_sqlite(tell)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_csrf_token": "wrong"},
        {"x_csrf_token": "ok", "origin": "https://elsewhere.test"},
        {"x_csrf_token": "ok", "origin": "null"},
        {"x_csrf_token": "ok", "sec_fetch_site": "cross-site"},
    ],
)
def test_a_lured_browser_is_refused(people_sqlite: PeopleStory, headers: dict[str, str]) -> None:
    async def tell(desk: PeopleDesk) -> None:
        _, token = await signed_in(desk)
        visitors = Visitors(desk.accounts.sessions, Web())
        sent = dict(headers)
        if sent.get("x_csrf_token") == "ok":
            sent["x_csrf_token"] = csrf_of(token)
        with pytest.raises(ForgedRequest):
            await visitors.find("POST", having(cookie=f"yuepi_session={token}", **sent))

    people_sqlite(tell)


def test_a_session_that_ended_is_over_at_once(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        user_id, token = await signed_in(desk)
        visitors = Visitors(desk.accounts.sessions, Web())
        await desk.accounts.people.change(
            user_id, UserChange(disabled=True), by="system", version=None
        )
        for secret in (token, "ys-" + "x" * 43, "nonsense"):
            with pytest.raises(NotSignedIn):
                await visitors.find("GET", having(cookie=f"yuepi_session={secret}"))

    people(tell)
