"""Sessions over HTTP: cookies, forged requests, rotation, and what ends them."""

from __future__ import annotations

import pytest

from tests.rooms.access.conftest import PeopleStory
from tests.rooms.access.people_desk import PASSWORD, PeopleDesk
from yuepi.access.sessions import SessionLimits
from yuepi.access.user import UserChange
from yuepi.access.web import Web

COOKIE = "yuepi_session"


def test_signing_in_gives_a_cookie_and_a_proof(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("Anna", "submitter")
        browser = desk.browser()
        assert (await browser.ask("GET", "/api/session")).code == "not_signed_in"
        answer = await browser.sign_in("ＡＮＮＡ", PASSWORD)
        assert answer.status == 201
        assert answer.json["me"]["permissions"] == [
            "claims:read",
            "claims:submit",
            "library:read",
            "library:write",
            "models:ask",
        ]
        (cookie,) = browser.set_cookies
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie
        assert (await browser.ask("GET", "/api/session")).json["csrf"] == browser.csrf
        secret = browser.jar[COOKIE]
        assert all(secret not in repr(entry) for entry in desk.recorded)
        assert desk.actions() == ["user.created", "session.opened"]
        again = await browser.sign_in("anna", PASSWORD)
        assert again.status == 201
        assert browser.jar[COOKIE] != secret
        browser.jar[COOKIE] = secret
        assert (await browser.ask("GET", "/api/session")).status == 401

    people(tell)


def test_secure_cookies_where_the_address_is_https(people_sqlite: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("anna")
        browser = desk.browser(desk.app(web=Web("https://desk.test")))
        await browser.sign_in("anna", PASSWORD)
        assert "Secure" in browser.set_cookies[-1]

    people_sqlite(tell)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"x-csrf-token": ""}, 403),
        ({"x-csrf-token": "x" * 43}, 403),
        ({"x-csrf-token": "é"}, 403),
        ({"origin": "http://desk.test"}, 200),
        ({"origin": "https://desk.test"}, 200),
        ({"origin": "https://evil.test"}, 403),
        ({"origin": "http://desk.test.evil.test"}, 403),
        ({"origin": "http://desk.test:81"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_forged_requests_change_nothing(
    people_sqlite: PeopleStory, headers: dict[str, str], status: int
) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("anna")
        browser = desk.browser()
        await browser.sign_in("anna", PASSWORD)
        answer = await browser.ask("PATCH", "/api/me", {"name": "Mallory"}, headers)
        assert answer.status == status
        name = (await browser.ask("GET", "/api/me")).json["name"]
        assert name == ("Mallory" if status == 200 else "anna")
        if status == 403:
            assert answer.code == "forged_request"

    people_sqlite(tell)


def test_only_the_public_address_is_trusted_where_it_is_known(people_sqlite: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("anna")
        browser = desk.browser(desk.app(web=Web("https://desk.example")))
        body = {"login": "anna", "password": PASSWORD}
        for origin, status in (("https://desk.example:443", 201), ("http://desk.test", 403)):
            assert (await browser.ask("POST", "/api/session", body, origin=origin)).status == status

    people_sqlite(tell)


def test_signing_out_here_and_everywhere(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("anna")
        app = desk.app()
        one, two, three = desk.browser(app), desk.browser(app), desk.browser(app)
        for browser in (one, two, three):
            await browser.sign_in("anna", PASSWORD)
        listed = (await one.ask("GET", "/api/session")).json["sessions"]
        assert [each["current"] for each in listed].count(True) == 1
        assert len(listed) == 3
        assert (await one.ask("DELETE", "/api/session/others")).json == {"ended": 2}
        assert (await two.ask("GET", "/api/session")).status == 401
        kept = one.jar[COOKIE]
        assert (await one.ask("DELETE", "/api/session")).status == 204
        assert COOKIE not in one.jar
        one.jar[COOKIE] = kept
        assert (await one.ask("GET", "/api/session")).status == 401
        assert desk.actions().count("session.ended") == 3

    people(tell)


def test_idle_and_whole_end(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("anna")
        accounts = desk.open(limits=SessionLimits(idle_s=100, whole_s=450))
        browser = desk.browser(desk.app(accounts))
        await browser.sign_in("anna", PASSWORD)
        for _ in range(4):
            desk.seconds += 99
            assert (await browser.ask("GET", "/api/session")).status == 200
        desk.seconds += 99
        assert (await browser.ask("GET", "/api/session")).status == 401
        await browser.sign_in("anna", PASSWORD)
        desk.seconds += 100
        assert (await browser.ask("GET", "/api/session")).status == 401

    people(tell)


def test_a_new_password_ends_the_others_and_gives_this_one_a_new_secret(
    people: PeopleStory,
) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("anna")
        app = desk.app()
        here, there = desk.browser(app), desk.browser(app)
        for browser in (here, there):
            await browser.sign_in("anna", PASSWORD)
        before = here.jar[COOKIE]
        change = {"current": "not this one", "new": "correct zebra battery"}
        assert (await here.ask("PUT", "/api/me/password", change)).code == "wrong_password"
        weak = {"current": PASSWORD, "new": "1234567890"}
        assert (await here.ask("PUT", "/api/me/password", weak)).code == "weak_password"
        change["current"] = PASSWORD
        answer = await here.ask("PUT", "/api/me/password", change)
        assert answer.status == 200
        assert here.jar[COOKIE] != before
        here.csrf = answer.json["csrf"]
        assert (await here.ask("PATCH", "/api/me", {"language": "en"})).status == 200
        assert (await there.ask("GET", "/api/session")).status == 401
        here.jar[COOKIE] = before
        assert (await here.ask("GET", "/api/session")).status == 401
        assert (await there.sign_in("anna", PASSWORD)).code == "wrong_credentials"
        assert (await there.sign_in("anna", change["new"])).status == 201
        assert all("zebra" not in repr(entry) for entry in desk.recorded)

    people(tell)


def test_a_change_of_rights_takes_hold_at_once(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        boss = await desk.person("boss", "admin")
        anna = await desk.person("anna", "reviewer")
        app = desk.app()
        browser = desk.browser(app)
        other = desk.open()
        for change in (
            UserChange(roles=frozenset({"auditor"})),
            UserChange(disabled=True),
            UserChange(disabled=False, password="another good password"),
        ):
            password = PASSWORD if change.password is None else change.password
            await browser.sign_in("anna", password)
            await other.people.change(anna.id, change, by=boss.id)
            assert (await browser.ask("GET", "/api/session")).status == 401
        assert (await browser.sign_in("anna", "another good password")).status == 201
        assert (await browser.ask("GET", "/api/me")).json["roles"] == ["auditor"]

    people(tell)


def test_an_administrator_who_changes_themselves_goes_on_under_a_new_secret(
    people: PeopleStory,
) -> None:
    async def tell(desk: PeopleDesk) -> None:
        boss = await desk.person("boss", "admin")
        browser = desk.browser()
        await browser.sign_in("boss", PASSWORD)
        before = browser.jar[COOKIE]
        answer = await browser.ask(
            "PATCH", f"/api/users/{boss.id}", {"roles": ["admin", "auditor"]}, if_match='"1"'
        )
        assert answer.status == 200
        assert browser.jar[COOKIE] != before
        now = await browser.ask("GET", "/api/session")
        assert now.json["me"]["roles"] == ["admin", "auditor"]
        assert now.json["csrf"] != browser.csrf

    people(tell)


def test_no_answer_tells_whether_there_is_an_account(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("anna")
        gone = await desk.person("gone")
        await desk.accounts.people.change(gone.id, UserChange(disabled=True), by="system")
        browser = desk.browser()
        answers = [
            (await browser.sign_in("anna", "wrong password")),
            (await browser.sign_in("nobody", PASSWORD)),
            (await browser.sign_in("gone", PASSWORD)),
            (await browser.sign_in("an\x00na", "\x00")),
        ]
        assert {(each.status, each.body) for each in answers} == {(401, answers[0].body)}
        assert desk.actions().count("session.refused") == 4
        assert all("nobody" not in entry.subject for entry in desk.recorded)

    people(tell)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"login": "anna"},
        {"login": "anna", "password": PASSWORD, "admin": True},
        {"login": ["anna"], "password": PASSWORD},
        {"login": "anna", "password": "x" * 257},
    ],
)
def test_other_shapes_are_refused(people_sqlite: PeopleStory, body: object) -> None:
    async def tell(desk: PeopleDesk) -> None:
        assert (await desk.browser().ask("POST", "/api/session", body)).status == 422

    people_sqlite(tell)
