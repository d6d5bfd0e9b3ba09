"""Every route × role × relation to the claim, against one declaration (`resources/routes.py`).

The application is the real one, with real users and keys; only the model that reads papers is not.
A route without a line in the declaration, or a line without a route, fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from tests.resources.claims import paper
from tests.resources.door import knocking
from tests.resources.house import Asker, House, filled, opened
from tests.resources.house_shelf import ask_with_ids
from tests.resources.routes import BODY_IDS, NAMING, RULES, Answer, Rule
from yuepi.access.api.gate import COOKIE
from yuepi.access.sessions import Client

ELSEWHERE = (" own", " above", " below", " other")


@pytest.fixture(scope="module")
def in_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Any], None]]:
    """Runs a test's coroutine in the house, which is built once: its people take seconds."""
    with asyncio.Runner() as runner:
        house_of = opened(tmp_path_factory.mktemp("house"))
        house = runner.run(house_of.__aenter__())
        yield lambda tell: runner.run(tell(house))
        runner.run(house_of.__aexit__(None, None, None))


def told_as(answer: httpx2.Response) -> Answer:
    """What kind of answer it was. Wrong passwords are a 401 that has nothing to do with rights."""
    if answer.status_code in (401, 403, 404):
        code = answer.json()["code"]
        denials = {
            401: ("not_signed_in", "invalid_api_key"),
            403: ("missing_right", "not_yours", "own_claim", "another_person"),
            404: ("not_found",),
        }
        if code in denials[answer.status_code]:
            return answer.status_code
    assert answer.status_code < 500, answer.text
    return "allowed"


def test_each_route_is_declared_and_answers_as_declared(in_house: Callable[[Any], None]) -> None:
    async def tell(house: House) -> None:
        assert sorted(house.routes) == sorted(RULES), "tests/resources/routes.py must name them all"
        wrong: list[str] = []
        async with knocking(house.wire) as client:
            for route, rule in RULES.items():
                for asker in house.askers:
                    if asker.name.endswith(ELSEWHERE) and not rule.looks_where(asker.who):
                        # Where they sit plays no part: one of each role tells.
                        continue
                    got = await _asked(house, client, route, rule, asker)
                    expected = rule.answer_to(asker.who, asker.target.owner)
                    if got != expected and not (rule.public and got == 404):
                        wrong.append(f"{route} by {asker.name}: {got}, not {expected}")
        assert not wrong, "\n".join(wrong)

    in_house(tell)


async def _asked(
    house: House, client: httpx2.AsyncClient, route: str, rule: Rule, asker: Asker
) -> Answer:
    method, path = route.split(" ")
    headers = dict(rule.headers)
    if asker.secret:
        headers["authorization"] = f"Bearer {asker.secret}"
    sent: dict[str, Any] = {"content": rule.content} if rule.content else {"json": rule.json}
    if rule.json is None and rule.content is None:
        sent = {}
    path = await filled(house, path, asker) + rule.query
    answer = told_as(await client.request(method, path, headers=headers, **sent))
    if method != "GET" and answer == "allowed":
        house.kept.clear()
    return answer


def test_no_unsafe_route_follows_a_cookie_alone(in_house: Callable[[Any], None]) -> None:
    """A browser that was lured into a request brings the cookie, and not the proof."""

    async def tell(house: House) -> None:
        admin = next(each for each in house.askers if each.name == "admin same")
        assert admin.who is not None
        async with house.desk.database.writing() as transaction:
            sessions = house.desk.accounts.sessions
            _, token = await sessions.open(
                transaction, admin.who.id, "password", Client("127.0.0.1", "test")
            )
        async with knocking(house.wire) as client:
            client.cookies.set(COOKIE, token)
            assert (await client.get("/api/me")).status_code == 200
            for route, rule in RULES.items():
                method, path = route.split(" ")
                if method == "GET" or rule.public:
                    continue
                sent = {} if rule.json is None else {"json": rule.json}
                for origin in ({}, {"origin": "https://elsewhere.test"}):
                    headers = {**rule.headers, **origin}
                    place = await filled(house, path, admin)
                    if rule.content:
                        sent = {"content": rule.content}
                    answer = await client.request(method, place, headers=headers, **sent)
                    code = answer.json()["code"]
                    assert (answer.status_code, code) == (403, "forged_request"), route

    in_house(tell)


def test_ids_in_bodies_are_known_and_tested(in_house: Callable[[Any], None]) -> None:
    async def tell(house: House) -> None:
        found = {
            operation["operationId"]: names
            for path in house.described["paths"].values()
            for operation in path.values()
            if (names := frozenset(_names(house.described, operation)) & NAMING)
        }
        assert found == dict(BODY_IDS)
        async with knocking(house.wire) as client:
            await _bodies(house, client)

    in_house(tell)


def _names(described: dict[str, Any], operation: dict[str, Any]) -> Iterator[str]:
    """The names of all fields in a body, at any depth."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from _fields(described, content.get("schema", {}))


def _fields(described: dict[str, Any], schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for each in schema:
            yield from _fields(described, each)
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        yield from _fields(described, described["components"]["schemas"].get(name, {}))
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from _fields(described, inner)
    for part in ("items", "anyOf", "allOf", "oneOf"):
        yield from _fields(described, schema.get(part))


async def _bodies(house: House, client: httpx2.AsyncClient) -> None:
    """Each field of `BODY_IDS`, with what is another's in it."""
    by_name = {each.name: each for each in house.askers}
    owner = by_name["nobody"].target.owner

    async def ask(name: str, method: str, path: str, status: int, **more: Any) -> Any:
        headers = {"authorization": f"Bearer {by_name[name].secret}", **more.pop("headers", {})}
        answer = await client.request(method, path, headers=headers, **more)
        assert answer.status_code == status, f"{name} {method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    await ask_with_ids(ask, by_name["nobody"].target.shelved, house.departments["same"])
    form = {"files": ("a.png", paper())}
    for name, status in (("submitter same", 403), ("both own", 403), ("service other", 201)):
        await ask(name, "POST", "/api/claims", status, files=form, data={"submitter": owner.id})
    await ask(
        "service other", "POST", "/api/claims", 404, files=form, data={"submitter": "usr_none"}
    )
    # Whose claim it is may be said by login, too; the program may follow it, and no more.
    path = "/api/claims"
    mine = await ask("service other", "POST", path, 201, files=form, data={"submitter": "OWNER"})
    assert mine["submitter"] == owner.id
    for name, status in (("service other", 200), ("service same", 404), ("both same", 200)):
        seen = await ask(name, "GET", f"{path}/{mine['id']}", status)
        assert status != 200 or seen["claim"]["possible"] == []
    etag = {"If-Match": f'"{mine["version"]}"'}
    for verb, said in (("cancel", None), ("answer", {"text": "x"}), ("appeal", {})):
        told = await ask(
            "service other", "POST", f"{path}/{mine['id']}/{verb}", 403, json=said, headers=etag
        )
        assert told["code"] == "not_yours"
    # Another's upload is not there, in a claim either.
    theirs_too = {"upload": await house.upload(owner)}
    told = await ask("both own", "POST", "/api/claims", 422, files=form, data=theirs_too)
    assert told["code"] == "unknown_upload"
    # Somebody who may not hand in claims has none handed in for them either.
    auditor = by_name["auditor same"].who
    assert auditor is not None
    await ask(
        "service other", "POST", "/api/claims", 404, files=form, data={"submitter": auditor.id}
    )
    theirs, mine = by_name["both own"].target, by_name["both same"].target
    await ask("both same", "POST", f"/api/reviews/{mine.review}/take", 200)
    body = {"corrections": [{"attachment": theirs.attachment, "field": "total", "value": "1.00"}]}
    view = await ask("both same", "GET", f"/api/reviews/{mine.review}", 200)
    etag = {"If-Match": f'"{view["claim"]["version"]}"'}
    path = f"/api/reviews/{mine.review}/corrections"
    told = await ask("both same", "POST", path, 422, json=body, headers=etag)
    assert told["code"] == "unknown_paper"
    key = {"name": "another", "scopes": ["models:ask"], "user": owner.id}
    for name, status in (("submitter same", 403), ("supervisor above", 403), ("admin other", 201)):
        await ask(name, "POST", "/api/keys", status, json=key)
    user = {"login": "new", "department": "dep_none"}
    await ask("admin same", "POST", "/api/users", 400, json=user)
    await ask("admin same", "POST", "/api/departments", 404, json={"name": "n", "parent": "dep_0"})
