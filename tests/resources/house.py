"""The real application with people of every role in it, each with a key, and what they ask about.

Only the model that reads papers is not the real one.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.resources.claims import ClaimDesk, file, paper
from tests.resources.databases import migrated_sqlite
from tests.resources.house_shelf import (
    Shelved,
    house_settings,
    saved_again,
    shelved,
    shelved_again,
)
from yuepi.access.keys import Keyring
from yuepi.access.principal import ROLES, Principal, Role, permissions_of
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
    kept: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """What was made to be asked about, by parameter and owner, until it may be used up."""

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
        "folder": asker.target.shelved.folder,
        "form": "reading.json",
    }
    for parameter, make in MAKERS.items():
        if f"{{{parameter}}}" in path:
            place = parameter, asker.target.owner.id
            if place not in house.kept:
                house.kept[place] = {parameter: await make(house, asker.target)}
            made |= house.kept[place]
    if "/policies/" in path:
        in_force = (await house.desk.policies.current()).version
        made |= dict.fromkeys(("version", "a", "b"), in_force)
    return path.format(**made)


async def _key(house: House, target: Target) -> str:
    keyring = house.desk.accounts.keyring
    return (await keyring.create(f"spare {next(house.numbers)}"))[0].id


async def _upload(house: House, target: Target) -> str:
    return await house.upload(target.owner)


async def _webhook(house: House, target: Target) -> str:
    for hook in await house.desk.webhooks.list():
        await house.desk.webhooks.delete(hook.id, by="system")
    return (await house.desk.webhooks.create("https://127.0.0.1/", ["*"], by="system"))[0].id


async def _document(house: House, target: Target) -> str:
    return await shelved_again(house.desk.library, target.shelved)


async def _search(house: House, target: Target) -> str:
    return await saved_again(house.desk.library, target.owner)


MAKERS: dict[str, Callable[[House, Target], Awaitable[str]]] = {
    "key": _key,
    "upload": _upload,
    "webhook": _webhook,
    "document": _document,
    "search": _search,
}
