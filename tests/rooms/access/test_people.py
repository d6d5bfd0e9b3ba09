"""Users: one login each, always an administrator, changes that are seen and recorded."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.rooms.access.browser import Browser
from tests.rooms.access.conftest import PeopleStory
from tests.rooms.access.people_desk import HERE, PASSWORD, PeopleDesk
from yuepi.access.principal import NotSignedIn
from yuepi.access.setup import LINK_LASTS, LINKS_MAX, LinkRefused, link_of
from yuepi.access.user import LastAdmin, NewUser, Taken, UserChange
from yuepi.kit.errors import BadUsage, YuepiError

OTHER = "another good password"


async def boss_at(desk: PeopleDesk) -> Browser:
    await desk.person("boss", "admin")
    browser = desk.browser()
    assert (await browser.sign_in("boss", PASSWORD)).status == 201
    return browser


def test_a_login_is_taken_once_in_any_letters_however_many_ask(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        logins = ["anna", "ANNA", "Anna", "ａｎｎａ", " anna "]
        made = await asyncio.gather(
            *(desk.open().people.create(NewUser(each), by="system") for each in logins),
            return_exceptions=True,
        )
        taken = [each for each in made if isinstance(each, Taken)]
        assert len(taken) == len(logins) - 1, made
        assert {(each.code, each.http_status) for each in taken} == {("login_taken", 409)}
        assert desk.actions() == ["user.created"]
        assert await desk.accounts.people.user_by_login("aNNa") is not None

    people(tell)


def test_two_administrators_cannot_disable_each_other_at_once(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        for at in range(5):
            one = await desk.person(f"one{at}", "admin")
            two = await desk.person(f"two{at}", "admin")
            for old in (await desk.accounts.people.users(disabled=False)).rows:
                if old.id not in (one.id, two.id):
                    await desk.accounts.people.change(
                        old.id, UserChange(disabled=True), by="system"
                    )
            ends = (UserChange(disabled=True), UserChange(roles=frozenset({"auditor"})))
            done = await asyncio.gather(
                desk.open().people.change(one.id, ends[at % 2], by=two.id),
                desk.open().people.change(two.id, ends[(at + 1) % 2], by=one.id),
                return_exceptions=True,
            )
            assert sum(isinstance(each, LastAdmin) for each in done) == 1, done

    people(tell)


@pytest.mark.parametrize(
    "change",
    [
        UserChange(disabled=True),
        UserChange(roles=frozenset()),
        UserChange(roles=frozenset({"submitter"})),
    ],
)
def test_the_last_administrator_stays(people: PeopleStory, change: UserChange) -> None:
    async def tell(desk: PeopleDesk) -> None:
        boss = await desk.person("boss", "admin")
        with pytest.raises(LastAdmin):
            await desk.accounts.people.change(boss.id, change, by=boss.id)
        assert await desk.accounts.people.user(boss.id) == boss
        assert desk.actions() == ["user.created"]

    people(tell)


def test_users_over_http(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        browser = await boss_at(desk)
        made = await browser.ask(
            "POST",
            "/api/users",
            {
                "login": "Wáng.Fang",
                "name": "王芳",
                "email": "fang@example.com",
                "roles": ["reviewer"],
            },
        )
        assert (made.status, made.header("etag")) == (201, '"1"')
        path = f"/api/users/{made.json['id']}"
        assert (await browser.ask("GET", path)).json == made.json
        assert made.json["has_password"] is False
        refused = await browser.ask("PATCH", path, {"name": "王小芳"})
        assert refused.code == "precondition_required"
        tag = made.header("etag")
        changed = await browser.ask("PATCH", path, {"name": "王小芳"}, if_match=tag)
        assert (changed.json["name"], changed.header("etag")) == ("王小芳", '"2"')
        stale = await browser.ask("PATCH", path, {"disabled": True}, if_match=tag)
        assert (stale.status, stale.code) == (409, "stale")
        assert stale.json["current"]["name"] == "王小芳"
        same = await browser.ask("PATCH", path, {"name": "王小芳"}, if_match='"2"')
        assert same.header("etag") == '"2"'
        assert desk.recorded[-1].detail == {"name": {"was": "王芳", "now": "王小芳"}}
        nobody = await browser.ask("GET", "/api/users/usr_nobody")
        assert (nobody.status, nobody.code) == (404, "not_found")

    people(tell)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"login": "x", "admin": True}, 422),
        ({"login": "x", "roles": ["king"]}, 422),
        ({"login": "x", "password": "short"}, 422),
        ({"login": "x", "password": "1234567890"}, 400),
        ({"login": "a b"}, 400),
        ({"login": "x", "name": "a\nb"}, 400),
        ({"login": "x", "email": "nobody"}, 400),
        ({"login": "x", "department": "dep_none"}, 400),
        ({"login": "boss"}, 409),
    ],
)
def test_what_makes_no_sense_makes_no_user(
    people_sqlite: PeopleStory, body: dict[str, Any], status: int
) -> None:
    async def tell(desk: PeopleDesk) -> None:
        browser = await boss_at(desk)
        assert (await browser.ask("POST", "/api/users", body)).status == status
        assert desk.actions().count("user.created") == 1

    people_sqlite(tell)


def test_pages_hold_every_user_once(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        browser = await boss_at(desk)
        for at in range(12):
            await desk.accounts.people.create(NewUser(f"u{at}", name=f"员工{at}%_"), by="system")
        logins, url = [], "/api/users?limit=5"
        while url:
            page = (await browser.ask("GET", url)).json
            logins += [user["login"] for user in page["users"]]
            url = f"/api/users?limit=5&cursor={page['next']}" if page["next"] else ""
        assert sorted(logins) == sorted(["boss", *(f"u{at}" for at in range(12))])
        found = (await browser.ask("GET", "/api/users?q=1%25_")).json["users"]
        assert {user["login"] for user in found} == {"u1", "u11"}
        for bad in ("cursor=%21", "cursor=AA", "limit=0", "limit=201", "q=%00", "department=%00"):
            assert (await browser.ask("GET", f"/api/users?{bad}")).status in (400, 422), bad
        assert (await browser.ask("GET", "/api/users/%00")).status == 422

    people(tell)


@pytest.mark.parametrize("role", ["submitter", "reviewer", "supervisor", "auditor", "service"])
def test_only_administrators_manage_people(people_sqlite: PeopleStory, role: Any) -> None:
    async def tell(desk: PeopleDesk) -> None:
        someone = await desk.person("someone", role)
        browser = desk.browser()
        await browser.sign_in("someone", PASSWORD)
        calls: list[tuple[str, str, object]] = [
            ("GET", "/api/users", None),
            ("POST", "/api/users", {"login": "x"}),
            ("GET", f"/api/users/{someone.id}", None),
            ("PATCH", f"/api/users/{someone.id}", {"roles": ["admin"]}),
            ("PUT", f"/api/users/{someone.id}/sign-on", {"subject": "x"}),
            ("POST", "/api/departments", {"name": "x"}),
            ("PATCH", "/api/departments/dep_root", {"name": "x"}),
        ]
        for method, url, body in calls:
            answer = await browser.ask(method, url, body, if_match='"1"')
            assert (answer.status, answer.code) == (403, "missing_right"), (method, url)
        assert (await browser.ask("PATCH", "/api/me", {"roles": ["admin"]})).status == 422
        assert (await browser.ask("GET", "/api/departments")).status == 200

    people_sqlite(tell)


# --- the first administrator ---------------------------------------------------------------------


def test_a_link_makes_one_administrator_however_many_use_it(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        first, second = await desk.accounts.setup.new_link(), await desk.accounts.setup.new_link()
        assert first is not None
        assert second is not None
        uses = [(first, "a"), (first, "b"), (second, "c"), (second, "a")]
        done = await asyncio.gather(
            *(
                desk.open().setup.complete(token, NewUser(login, password=OTHER), HERE)
                for token, login in uses
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(each, LinkRefused) for each in done) == 3, done
        page = await desk.accounts.people.users()
        assert [sorted(user.roles) for user in page.rows] == [["admin", "submitter"]]
        assert await desk.accounts.setup.new_link() is None
        assert all(first not in repr(entry) for entry in desk.recorded)

    people(tell)


def test_setting_up_over_http(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        browser = desk.browser()
        assert (await browser.ask("GET", "/api/setup")).json == {"needed": True, "sign_on": False}
        token = await desk.accounts.setup.new_link()
        assert token is not None
        assert link_of("https://desk.test/", token) == f"https://desk.test/setup#{token}"
        body = {"token": token, "login": "boss", "password": OTHER}
        wrong = await browser.ask("POST", "/api/setup", body | {"token": "x"})
        assert (wrong.status, wrong.code) == (410, "link_refused")
        weak = await browser.ask("POST", "/api/setup", body | {"password": "1234567890"})
        assert weak.code == "weak_password"
        forged = await browser.ask("POST", "/api/setup", body, origin="https://evil.test")
        assert forged.code == "forged_request"
        done = await browser.ask("POST", "/api/setup", body)
        assert (done.status, done.json["me"]["roles"]) == (201, ["admin", "submitter"])
        assert (await browser.ask("GET", "/api/users")).status == 200
        assert (await browser.ask("POST", "/api/setup", body)).status == 410
        assert (await browser.ask("GET", "/api/setup")).json["needed"] is False

    people(tell)


def test_links_end_and_are_few(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        tokens = []
        for _ in range(LINKS_MAX + 1):
            tokens.append(await desk.accounts.setup.new_link())
            desk.seconds += 1
        new = NewUser("boss", password=OTHER)
        for token in (tokens[0], "", "\x00", "\ud800"):
            with pytest.raises(LinkRefused):
                await desk.accounts.setup.complete(str(token), new, HERE)
        desk.seconds += LINK_LASTS.total_seconds()
        with pytest.raises(LinkRefused):
            await desk.accounts.setup.complete(str(tokens[-1]), new, HERE)
        assert await desk.accounts.people.user_by_login("boss") is None

    people(tell)


def test_no_account_and_no_session_without_its_record(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        anna = await desk.person("anna")
        _, token = await desk.accounts.sessions.sign_in("anna", PASSWORD, HERE)

        class Full(YuepiError):
            pass

        async def fail(*_: object) -> None:
            raise Full("the record is full", remedy="make room")

        accounts = desk.open()
        for part in (accounts.people, accounts.sessions, accounts.setup, accounts.departments):
            part._record = fail  # type: ignore[attr-defined]
        for work in (
            accounts.people.create(NewUser("b"), by="system"),
            accounts.people.change(anna.id, UserChange(disabled=True), by="system"),
            accounts.sessions.sign_in("anna", PASSWORD, HERE),
            accounts.sessions.sign_out(token),
            accounts.departments.create("x", by="system"),
            accounts.setup.new_link(),
        ):
            with pytest.raises(Full):
                await work
        session, user = await accounts.sessions.find(token)
        assert user == anna
        assert await accounts.sessions.list(anna.id) == [session]
        assert len((await accounts.people.users()).rows) == 1
        assert len(await accounts.departments.list()) == 1

    people(tell)


def test_ids_of_others_open_nothing(people_sqlite: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        session, _ = await desk.accounts.sessions.sign_in(
            (await desk.person("anna")).login, PASSWORD, HERE
        )
        for guess in (session.id, "", "ys-" + "A" * 43, "ys-" + "é" * 43, "\ud800"):
            with pytest.raises(NotSignedIn):
                await desk.accounts.sessions.find(guess)
        with pytest.raises(BadUsage):
            await desk.accounts.people.create(NewUser("a\x00b"), by="system")

    people_sqlite(tell)
