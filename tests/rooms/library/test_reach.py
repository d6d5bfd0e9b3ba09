"""Nothing out of reach is ever found, listed, counted, told as a twin, changed or restored."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.resources.databases import migrated_sqlite
from tests.resources.shelf_desk import ABOVE, ADMIN, ShelfDesk, person, picture
from yuepi.access.principal import ROOT_DEPARTMENT, Principal, Role
from yuepi.kit.database import open_database
from yuepi.kit.errors import YuepiError
from yuepi.library.actor import Actor, actor_of
from yuepi.library.changing import DocumentChange
from yuepi.library.document import Document, NotOnShelf
from yuepi.library.folders import FolderChange
from yuepi.library.scope import scope_of
from yuepi.library.shelf import Wanted

PEOPLE = ("ann", "ben", "nora", "zoe")
ROLES: tuple[Role, ...] = ("submitter", "reviewer", "supervisor", "admin", "auditor", "service")

people = st.builds(
    lambda name, department, roles: person(name, department, *roles),
    st.sampled_from(PEOPLE),
    st.sampled_from(sorted(ABOVE)),
    st.sets(st.sampled_from(ROLES), min_size=1, max_size=2).map(sorted),
)
WHOLE = {"admin", "auditor"}


def may_see(who: Principal, document: Document) -> bool:
    """The rule, said another way than the query says it."""
    if who.roles & WHOLE:
        return True
    if document.department_id is None:
        return document.owner_id == who.id
    place = document.department_id
    up = {who.department, *ABOVE[who.department]}
    down = {each for each in ABOVE if who.department in ABOVE[each]}
    reviews = bool(who.roles & {"reviewer", "supervisor"})
    return place in up or (reviews and place in down)


async def filled(desk: ShelfDesk) -> list[Document]:
    """Folders of everybody, in each the same bytes under the same names and tag; some are in the
    trash."""
    documents: list[Document] = []
    tops = [await desk.folders.create(ADMIN, None, f"of {each}", each) for each in sorted(ABOVE)]
    for name in PEOPLE:
        own = actor_of(person(name))
        tops.append(await desk.folders.create(own, None, "papers"))
    for top in tops:
        owner = Actor(top.owner_id, ADMIN.scope, manages=True)
        low = await desk.folders.create(owner, top.id, "low")
        for folder in (top, low):
            for name in ("same.jpg", "trash.jpg"):
                added = await desk.shelf.add(owner, folder.id, name, picture(7), tags=("t",))
                documents.append(added.document)
                if name == "trash.jpg":
                    await desk.shelf.trash(owner, added.document.id)
    return documents


async def looks(desk: ShelfDesk, who: Principal, documents: list[Document]) -> None:
    scope = scope_of(who)
    seen = {each.id for each in documents if may_see(who, each)}
    live = {each.id for each in documents if each.name == "same.jpg"}
    listed: dict[bool, set[str]] = {}
    for trashed in (False, True):
        page = await desk.shelf.list(scope, Wanted(trashed=trashed, tag="t", limit=200))
        listed[trashed] = {each.id for each in page.documents}
    assert listed[False] == seen & live
    assert listed[True] == seen - live
    assert sum((await desk.folders.counts(scope)).values()) == len(seen & live)
    assert (await desk.shelf.tags(scope)).get("t", 0) == len(seen & live)
    folders = {each.id for each in await desk.folders.list(scope)}
    assert folders >= {each.folder_id for each in documents if each.id in seen}
    for document in documents:
        if document.id in seen:
            assert await desk.shelf.find(scope, document.id, trashed=None)
            continue
        assert document.folder_id not in folders
        await out_of_reach(desk, actor_of(who), document)


async def out_of_reach(desk: ShelfDesk, who: Actor, document: Document) -> None:
    """Every verb says the same of it: there is none."""
    scope, its = who.scope, document.id
    for verb in (
        desk.shelf.find(scope, its, trashed=None),
        desk.shelf.versions(scope, its),
        desk.shelf.original(scope, its),
        desk.shelf.pages(scope, its),
        desk.shelf.page(scope, its, 0, 1),
        desk.shelf.list(scope, Wanted(folder_id=document.folder_id)),
        desk.shelf.list(scope, Wanted(folder_id=document.folder_id, deep=True)),
        desk.shelf.change(who, its, DocumentChange(name="x.jpg")),
        desk.shelf.trash(who, its),
        desk.shelf.restore(who, its),
        desk.shelf.purge(who, its),
        desk.shelf.add(who, document.folder_id, "same.jpg", picture(7)),
        desk.shelf.add_version(who, its, "x.jpg", picture(8)),
        desk.folders.find(scope, document.folder_id),
        desk.folders.change(who, document.folder_id, FolderChange(name="x")),
        desk.folders.delete(who, document.folder_id),
        desk.folders.create(who, document.folder_id, "x"),
        desk.folders.ensure_below(who, document.folder_id, ("x",)),
    ):
        try:
            await verb
        except NotOnShelf:
            continue
        except YuepiError as error:
            raise AssertionError(f"{error.code} tells that it is there") from error
        raise AssertionError("it was found")


def test_nothing_out_of_reach_is_told_in_any_way(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        database = open_database(migrated_sqlite(tmp_path / "yuepi.db"))
        desk = ShelfDesk(database, tmp_path / "originals")
        documents = runner.run(filled(desk))

        @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
        @given(people)
        def anybody(who: Principal) -> None:
            runner.run(looks(desk, who, documents))

        @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
        @given(people, st.integers(0, 2))
        def adds(who: Principal, mark: int) -> None:
            async def add() -> None:
                actor = actor_of(who)
                mine = await desk.folders.own(actor)
                data = picture(7) if mark else picture(8)
                added = await desk.shelf.add(actor, mine.id, f"{who.id}.jpg", data)
                twins = [
                    await desk.shelf.find(ADMIN.scope, each, trashed=None) for each in added.twins
                ]
                assert all(may_see(who, each) for each in twins)

            runner.run(add())

        try:
            anybody()
            adds()
        finally:
            runner.run(database.close())


@settings(max_examples=200)
@given(people, st.sampled_from((None, *sorted(ABOVE))), st.sampled_from((*PEOPLE, "system")))
def test_who_may_change_sees(who: Principal, department: str | None, owner: str) -> None:
    actor = actor_of(who)
    if department is not None:
        owner = "system"
    if actor.may_manage(owner, department):
        assert actor.may_add(owner, department)
    if actor.may_add(owner, department):
        assert actor.scope.covers(owner, department)
        assert actor.may_change(owner, department, who.id)
    elif department is not None:
        assert not actor.may_change(owner, department, who.id)


def test_a_program_of_nobody_changes_only_its_own() -> None:
    who = actor_of(Principal("key_1", "bot", frozenset({"service"}), ""))
    assert not who.may_add("system", ROOT_DEPARTMENT)
    assert who.may_add("key_1", None)
