"""Every route × role × relation to the claim, against one declaration (`resources/routes.py`).

The application is the real one, with real users and keys; only the model that reads papers is not.
A route without a line in the declaration, or a line without a route, fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.resources.claims import ClaimDesk, file, paper
from tests.resources.databases import migrated_sqlite
from tests.resources.door import knocking
from tests.resources.house_shelf import Shelved, ask_with_ids, house_settings, shelf_ids, shelved
from tests.resources.routes import BODY_IDS, NAMING, RULES, Answer, Rule
from yuepi.access.api.gate import COOKIE
from yuepi.access.keys import Keyring
from yuepi.access.principal import ROLES, Principal, Role, permissions_of
from yuepi.access.sessions import Client
from yuepi.access.user import NewUser
from yuepi.app.api import framework
from yuepi.app.desk import Desk, open_desk
from yuepi.app.events import Feeds
from yuepi.app.wire import Wire
from yuepi.approvals.upload_reading import UploadReader
from yuepi.documents.turns import ClaimsFirst
from yuepi.kit.database import open_database
from yuepi.kit.sealing import open_sealer

RELATIONS = ("own", "same", "above", "below", "other")
ELSEWHERE = (" own", " above", " below", " other")


@dataclass
class Target:
    """A claim that waits for review, with what hangs on it."""

    owner: Principal
    claim: str
    review: str
    attachment: str
    shelved: Shelved


@dataclass
class Asker:
    """Somebody with a key (None: nobody), and the claim that they ask about."""

    name: str
    who: Principal | None
    secret: str
    target: Target


@dataclass
class House:
    """The real application with people in it."""

    desk: Desk
    claims: ClaimDesk
    wire: Wire
    routes: list[str]
    described: dict[str, Any]
    departments: dict[str, str] = field(default_factory=dict)
    askers: list[Asker] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    async def person(self, name: str, department: str, *roles: Role) -> Principal:
        people = self.desk.accounts.people
        new = NewUser(login=name, department=self.departments[department], roles=frozenset(roles))
        return await people.principal_of(await people.create(new, by="system"))

    async def key(self, who: Principal | None, scopes: Sequence[str]) -> str:
        keyring = self.desk.accounts.keyring
        owner = None if who is None else who.id
        name = f"k{len(self.askers)} {len(scopes)}"
        return (await keyring.create(name, user_id=owner, scopes=scopes))[1]

    async def upload(self, owner: Principal) -> str:
        """An upload of theirs, read; the only one that they have."""
        shelf = self.desk.claims.uploads
        who = Principal(owner.id, "", frozenset({"submitter"}), owner.department)
        for each in await shelf.all_of(who):
            await shelf.delete(who, each.row.id)
        upload, _ = await shelf.take(who, file(paper(pages=1)), None)
        reader = ClaimsFirst(self.claims.reader)
        assert await UploadReader(
            self.desk.database, self.desk.blobs, reader, self.claims.clock
        ).read_next()
        return upload.row.id

    async def target(self, owner: Principal) -> Target:
        as_submitter = Principal(owner.id, "", frozenset({"submitter"}), owner.department)
        claim = await self.claims.settled(paper(conflict=["total"], pages=1), by=as_submitter)
        papers = await self.desk.claims.papers(as_submitter, claim.id)
        any_reviewer = Principal("usr_x", "", frozenset({"reviewer", "admin"}))
        queue = await self.desk.reviews.queue(any_reviewer, rows_max=200)
        review = next(row.id for row in queue.rows if row.claim_id == claim.id)
        kept = await shelved(self.desk.library, owner)
        return Target(owner, claim.id, review, papers.attachments[0].id, kept)


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[House, None]:
    url = migrated_sqlite(folder / "yuepi.db")
    async with AsyncExitStack() as stack:
        database = open_database(url)
        stack.push_async_callback(database.close)
        keyring = Keyring(database)
        stack.push_async_callback(keyring.close)
        sealer = open_sealer(folder, {})
        desk = await open_desk(house_settings(folder), database, keyring, sealer, stack)
        app = framework(desk, Feeds())
        claims = ClaimDesk(database, folder / "other")
        claims.blobs = desk.blobs
        claims.claims._blobs = desk.blobs
        claims.steps = claims.new_steps()
        house = House(desk, claims, Wire(app), list(routes_of(app)), app.openapi())
        await _people(house)
        yield house


async def _people(house: House) -> None:
    departments = house.desk.accounts.departments
    for name, parent in (("above", None), ("same", "above"), ("below", "same"), ("other", None)):
        more = {} if parent is None else {"parent": house.departments[parent]}
        house.departments[name] = (await departments.create(name, by="system", **more)).id
    owner = await house.person("owner", "same", "submitter")
    target = await house.target(owner)
    house.askers.append(Asker("nobody", None, "", target))
    house.askers.append(Asker("a wrong key", None, "yp-" + "x" * 43, target))
    for role in ROLES:
        for relation in RELATIONS:
            place = "same" if relation == "own" else relation
            who = await house.person(f"{role}-{relation}", place, role)
            asked = await house.target(who) if relation == "own" else target
            secret = await house.key(who, sorted(permissions_of(who.roles)))
            house.askers.append(Asker(f"{role} {relation}", who, secret, asked))
    both = await house.person("both", "same", "submitter", "reviewer")
    own = await house.target(both)
    house.askers.append(
        Asker("both own", both, await house.key(both, sorted(permissions_of(both.roles))), own)
    )
    house.askers.append(Asker("both same", both, house.askers[-1].secret, target))
    # Keys that may less than their owners.
    for role, scopes in (
        ("supervisor", ("claims:read",)),
        ("supervisor", ("reviews:decide",)),
        ("submitter", ("claims:read",)),
        ("admin", ("people:manage",)),
        ("reviewer", ("models:ask",)),
    ):
        known = next(each for each in house.askers if each.name == f"{role} same").who
        assert known is not None
        narrow = Principal(
            known.id, "", known.roles, known.department, frozenset(scopes), known.below
        )
        secret = await house.key(known, scopes)
        house.askers.append(Asker(f"{role} same, only {scopes}", narrow, secret, target))
    secret = await house.key(None, ("models:ask",))
    nobody_s = Principal("key_x", "", frozenset({"service"}), "", frozenset({"models:ask"}))
    house.askers.append(Asker("a key of nobody", nobody_s, secret, target))


def routes_of(app: Any) -> Iterator[str]:
    """METHOD and path of each route, those left out of the description too."""
    for route in app.routes:
        inside = getattr(route, "effective_route_contexts", None)
        for each in inside() if inside is not None else (route,):
            path = getattr(each, "path_format", None) or each.path
            for method in sorted(each.methods - {"HEAD", "OPTIONS"}):
                yield f"{method} {plain(path)}"


def plain(path: str) -> str:
    """A path with its parameters named as in the declaration."""
    return path.replace("_id}", "}")


@pytest.fixture(scope="module")
def in_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Any], None]]:
    """Runs a test's coroutine in the house, which is built once: its people take seconds."""
    with asyncio.Runner() as runner:
        house_of = opened(tmp_path_factory.mktemp("house"))
        house = runner.run(house_of.__aenter__())
        yield lambda tell: runner.run(tell(house))
        runner.run(house_of.__aexit__(None, None, None))


async def filled(house: House, path: str, asker: Asker) -> str:
    """The path with the ids of what is asked about; what a route uses up is made for it."""
    made = {
        "claim": asker.target.claim,
        "review": asker.target.review,
        "attachment": asker.target.attachment,
        "user": asker.target.owner.id,
        "department": house.departments["other"],
        "seq": "1",
        "file_at": "0",
        "page": "1",
    }
    made |= await shelf_ids(house.desk.library, path, asker.target.shelved, asker.target.owner)
    if "{key}" in path:
        keyring = house.desk.accounts.keyring
        made["key"] = (await keyring.create(f"spare {next(house.numbers)}"))[0].id
    if "{upload}" in path:
        made["upload"] = await house.upload(asker.target.owner)
    if "{webhook}" in path:
        hook, _ = await house.desk.webhooks.create("https://127.0.0.1/", ["*"], by="system")
        made["webhook"] = hook.id
    if "/policies/" in path:
        in_force = (await house.desk.policies.current()).version
        made |= dict.fromkeys(("version", "a", "b"), in_force)
    return path.format(**made)


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
                    if "{webhook}" in route:
                        for hook in await house.desk.webhooks.list():
                            await house.desk.webhooks.delete(hook.id, by="system")
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
    return told_as(await client.request(method, path, headers=headers, **sent))


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
