"""Keys of users: never more than their owner may, and gone with the owner's rights."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.access.browser import Browser
from tests.rooms.access.conftest import PeopleStory
from tests.rooms.access.people_desk import PASSWORD, PeopleDesk
from yuepi.access.keys import KNOWN_S_MAX, NotAllowed
from yuepi.access.user import UserChange
from yuepi.kit.errors import BadUsage


async def signed_in(desk: PeopleDesk, login: str, *roles: Any) -> Browser:
    await desk.person(login, *roles)
    browser = desk.browser()
    assert (await browser.sign_in(login, PASSWORD)).status == 201
    return browser


async def key_of(browser: Browser, *scopes: str, **more: object) -> str:
    made = await browser.ask("POST", "/api/keys", {"name": "erp", "scopes": scopes} | more)
    assert made.status == 201, made.body
    return f"Bearer {made.json['secret']}"


def test_a_key_acts_as_its_owner_within_its_scopes(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        browser = await signed_in(desk, "boss", "admin", "submitter")
        bearer = await key_of(browser, "people:manage", "claims:read")
        program = desk.browser(browser.app)  # type: ignore[arg-type]
        me = (await program.ask("GET", "/api/me", authorization=bearer)).json
        assert me["permissions"] == ["claims:read", "people:manage"]
        assert me["user"]["login"] == "boss"
        # No cookie, no proof against forged requests needed.
        made = await program.ask(
            "POST", "/api/users", {"login": "x"}, authorization=bearer, origin="https://a.test"
        )
        assert made.status == 201
        listed = await program.ask("GET", "/api/keys", authorization=bearer)
        assert (listed.status, listed.code) == (403, "missing_right")
        for method, url in (
            ("GET", "/api/session"),
            ("DELETE", "/api/session"),
            ("PATCH", "/api/me"),
        ):
            body = {"name": "x"} if method == "PATCH" else None
            answer = await program.ask(method, url, body, authorization=bearer)
            assert (answer.status, answer.code) == (403, "missing_right")
        secret = bearer.split()[1]
        assert all(secret not in repr(entry) for entry in desk.recorded)
        assert "key.created" in desk.actions()

    people(tell)


def test_scopes_beyond_the_owner_are_refused(people_sqlite: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        browser = await signed_in(desk, "anna", "submitter")
        body = {"name": "erp", "scopes": ["claims:submit", "reviews:decide"]}
        assert (await browser.ask("POST", "/api/keys", body)).code == "scopes_too_wide"
        for scopes in ([], ["everything"]):
            assert (await browser.ask("POST", "/api/keys", body | {"scopes": scopes})).status == 422
        boss = await signed_in(desk, "boss", "admin")
        anna = await desk.accounts.people.user_by_login("anna")
        assert anna is not None
        for_anna = {"name": "erp", "scopes": ["people:manage"], "user": anna.id}
        assert (await boss.ask("POST", "/api/keys", for_anna)).code == "scopes_too_wide"
        other = await browser.ask("POST", "/api/keys", body | {"user": "usr_boss"})
        assert (other.status, other.code) == (403, "missing_right")

    people_sqlite(tell)


def test_a_key_makes_no_stronger_key(people_sqlite: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        boss = await signed_in(desk, "boss", "admin")
        bearer = await key_of(boss, "keys:manage", "claims:read")
        program = desk.browser(boss.app)  # type: ignore[arg-type]
        body = {"name": "more", "scopes": ["people:manage"]}
        answer = await program.ask("POST", "/api/keys", body, authorization=bearer)
        assert answer.code == "scopes_too_wide"
        body["scopes"] = ["claims:read"]
        answer = await program.ask("POST", "/api/keys", body, authorization=bearer)
        assert answer.status == 201

    people_sqlite(tell)


@pytest.mark.parametrize(
    "change",
    [UserChange(disabled=True), UserChange(roles=frozenset({"auditor"}))],
)
def test_rights_taken_away_are_gone_from_keys_at_once(
    people: PeopleStory, change: UserChange
) -> None:
    async def tell(desk: PeopleDesk) -> None:
        browser = await signed_in(desk, "anna", "submitter")
        bearer = await key_of(browser, "models:ask", "claims:read")
        secret = bearer.split()[1]
        here, there = desk.accounts.keyring, desk.open().keyring
        for ring in (here, there):
            assert (await ring.find(secret)).scopes == ("claims:read", "models:ask")
        anna = await desk.accounts.people.user_by_login("anna")
        assert anna is not None
        await desk.accounts.people.change(anna.id, change, by="system")
        program = desk.browser(browser.app)  # type: ignore[arg-type]
        me = await program.ask("GET", "/api/me", authorization=bearer)
        if change.disabled:
            assert (me.status, me.code) == (401, "invalid_api_key")
            with pytest.raises(NotAllowed):
                await here.find(secret)
        else:
            assert me.json["permissions"] == ["claims:read"]
            assert (await here.find(secret)).scopes == ("claims:read",)
        desk.seconds += KNOWN_S_MAX
        if change.disabled:
            with pytest.raises(NotAllowed):
                await there.find(secret)
        else:
            assert (await there.find(secret)).scopes == ("claims:read",)

    people(tell)


def test_keys_of_others_are_not_there(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        anna = await signed_in(desk, "anna", "submitter")
        bert = await signed_in(desk, "bert", "submitter")
        boss = await signed_in(desk, "boss", "admin")
        bearer = await key_of(anna, "claims:read")
        (key,) = (await anna.ask("GET", "/api/keys")).json["keys"]
        path = f"/api/keys/{key['id']}"
        assert (await bert.ask("GET", "/api/keys")).json == {"keys": [], "next": None}
        assert (await bert.ask("DELETE", path)).code == "not_found"
        assert (await bert.ask("DELETE", "/api/keys/key_none")).code == "not_found"
        for query in (f"user={key['user']}", "every=true"):
            assert (await bert.ask("GET", f"/api/keys?{query}")).code == "missing_right"
            assert (await boss.ask("GET", f"/api/keys?{query}")).json["keys"] == [key]
        # Two people may call their keys the same.
        await key_of(bert, "claims:read")
        again = await bert.ask("POST", "/api/keys", {"name": "erp", "scopes": ["claims:read"]})
        assert again.code == "key_exists"
        assert (await boss.ask("DELETE", path)).status == 204
        assert (await anna.ask("GET", "/api/me", authorization=bearer)).status == 401
        assert desk.recorded[-1].action == "key.revoked"

    people(tell)


def test_a_key_of_nobody_asks_models_and_nothing_else(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("boss", "admin")
        key, secret = await desk.accounts.keyring.create("old")
        assert (key.user_id, key.scopes) == (None, ("models:ask",))
        with pytest.raises(BadUsage):
            await desk.accounts.keyring.create("new", scopes=["claims:read"])
        bearer = f"Bearer {secret}"
        browser = desk.browser()
        me = (await browser.ask("GET", "/api/me", authorization=bearer)).json
        assert (me["permissions"], me["user"]) == (["models:ask"], None)
        answers = [
            await browser.ask("GET", "/api/users", authorization=bearer),
            await browser.ask("GET", "/api/keys", authorization=bearer),
            await browser.ask("GET", "/api/session", authorization=bearer),
        ]
        assert {each.code for each in answers} == {"missing_right"}

    people(tell)


@pytest.mark.parametrize(
    "authorization", ["Bearer", "Basic YTpi", "Bearer  ", "Bearer " + "x" * 300, "yp-x"]
)
def test_what_is_no_key_is_nobody(people_sqlite: PeopleStory, authorization: str) -> None:
    async def tell(desk: PeopleDesk) -> None:
        browser = await signed_in(desk, "anna", "submitter")
        # The cookie does not help a wrong header.
        answer = await browser.ask("GET", "/api/me", authorization=authorization)
        assert (answer.status, answer.code) == (401, "not_signed_in")

    people_sqlite(tell)


def test_keys_are_listed_page_by_page(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        browser = await signed_in(desk, "boss", "admin")
        for n in range(5):
            await key_of(browser, "claims:read", name=f"key {n}")
        found: list[str] = []
        cursor = ""
        while True:
            page = (await browser.ask("GET", f"/api/keys?limit=2{cursor}")).json
            found += [each["name"] for each in page["keys"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert sorted(found) == [f"key {n}" for n in range(5)]
        answer = await browser.ask("GET", "/api/keys?cursor=bm9uZQ")
        assert (answer.status, answer.code) == (400, "bad_cursor")

    people(tell)


def test_a_key_for_models_looks_at_nothing_else(people_sqlite: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        browser = await signed_in(desk, "ann", "submitter")
        bearer = await key_of(browser, "models:ask")
        program = desk.browser(browser.app)  # type: ignore[arg-type]
        answer = await program.ask("GET", "/api/departments", authorization=bearer)
        assert (answer.status, answer.code) == (403, "missing_right")
        assert (await browser.ask("GET", "/api/departments")).status == 200

    people_sqlite(tell)
