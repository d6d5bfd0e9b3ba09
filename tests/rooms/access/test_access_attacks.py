"""What an attacker tried on people and keys: a stronger key, a name that lies, odd moments."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.rooms.access.browser import Browser
from tests.rooms.access.conftest import PeopleStory
from tests.rooms.access.people_desk import PASSWORD, PeopleDesk
from yuepi.access.oidc import Flow, Oidc, OidcProvider, SignOnRefused
from yuepi.kit.clock import utc_now


async def signed_in(desk: PeopleDesk, login: str, *roles: Any) -> Browser:
    await desk.person(login, *roles)
    browser = desk.browser()
    assert (await browser.sign_in(login, PASSWORD)).status == 201
    return browser


def test_a_key_for_keys_makes_nobody_an_administrator(people_sqlite: PeopleStory) -> None:
    """Neither for its owner nor by way of another administrator's account."""

    async def tell(desk: PeopleDesk) -> None:
        boss = await signed_in(desk, "boss", "admin")
        other = await desk.person("other", "admin", "supervisor")
        anna = await desk.person("anna", "submitter")
        made = await boss.ask("POST", "/api/keys", {"name": "hr", "scopes": ["keys:manage"]})
        bearer = f"Bearer {made.json['secret']}"
        program = desk.browser(boss.app)  # type: ignore[arg-type]

        async def asked(user: str, *scopes: str) -> Any:
            body = {"name": "more", "scopes": scopes, "user": user}
            return await program.ask("POST", "/api/keys", body, authorization=bearer)

        for scope in ("people:manage", "audit:read", "stages:change", "webhooks:manage"):
            answer = await asked(other.id, "models:ask", scope)
            assert answer.code == "scopes_too_wide", scope
        assert (await asked(anna.id, "claims:submit", "claims:read")).status == 201

    people_sqlite(tell)


@pytest.mark.parametrize("letter", ["\u202e", "\u2066", "\u200f", "\u061c", "\u2028"])
def test_a_name_does_not_rewrite_its_line(people_sqlite: PeopleStory, letter: str) -> None:
    async def tell(desk: PeopleDesk) -> None:
        anna = await signed_in(desk, "anna", "submitter")
        answer = await anna.ask("PATCH", "/api/me", {"name": f"anna{letter}nimda"})
        assert (answer.status, answer.code) == (400, "bad_name")

    people_sqlite(tell)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_key_ends_within_the_calendar(people_sqlite: PeopleStory, moment: str) -> None:
    async def tell(desk: PeopleDesk) -> None:
        anna = await signed_in(desk, "anna", "submitter")
        body = {"name": "k", "scopes": ["claims:read"], "expires_at": moment}
        answer = await anna.ask("POST", "/api/keys", body)
        assert (answer.status, answer.code) == (400, "bad_usage")

    people_sqlite(tell)


def test_half_a_character_in_the_flow_is_refused() -> None:
    provider = OidcProvider("https://idp.test", "desk", "https://desk.test/api/oidc/return")
    flow = Flow("\ud800", "nonce", "verifier", "/", int(utc_now().timestamp()))

    async def finish() -> None:
        oidc = Oidc(provider)
        with pytest.raises(SignOnRefused):
            await oidc.finish(flow, state="x", code="y")
        await oidc.close()

    asyncio.run(finish())
