"""Folders: who sees them, who may change them, and what moves with them."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from tests.resources.shelf_desk import (
    ADMIN,
    ANN,
    AUDITOR,
    BEN,
    BOSS,
    CHIEF,
    NORA,
    ShelfDesk,
    ShelfStory,
    postgres,
    shelf_story,
)
from yuepi.access.user import StaleEdit
from yuepi.library.actor import Actor, NotTheirs
from yuepi.library.document import FOLDER_DEPTH_MAX, BadDocument, Folder, NotOnShelf
from yuepi.library.folders import PRIVATE, ROOT, FolderChange
from yuepi.library.names import NameTaken
from yuepi.library.places import NotEmpty
from yuepi.library.shelf import Wanted
from yuepi.library.store.tables import INDEXING

__all__ = ["postgres", "shelf_story"]


async def names(desk: ShelfDesk, who: Actor) -> set[str]:
    return {"/".join(each.path) for each in await desk.folders.list(who.scope)}


def test_a_departments_folder_is_seen_by_it_and_all_below_and_by_those_who_review_for_it(
    shelf_story: ShelfStory,
) -> None:
    async def tell(desk: ShelfDesk) -> None:
        await desk.folders.create(CHIEF, None, "公司", "dep_root")
        await desk.folders.create(BOSS, None, "Sales", "sales")
        await desk.folders.create(BOSS, None, "North", "north")
        await desk.folders.own(ANN)
        everybody = {"公司"}
        mine = "我的文档 My documents"
        assert await names(desk, ANN) == everybody | {"Sales", mine}
        assert await names(desk, NORA) == everybody | {"Sales", "North"}
        assert await names(desk, BEN) == everybody
        assert await names(desk, BOSS) == everybody | {"Sales", "North"}
        assert await names(desk, ADMIN) == everybody | {"Sales", "North", mine}
        assert await names(desk, AUDITOR) == await names(desk, ADMIN)

    shelf_story(tell)


def test_who_may_make_folders_where(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        with pytest.raises(NotTheirs):
            await desk.folders.create(ANN, None, "Sales", "sales")
        with pytest.raises(NotOnShelf):
            await desk.folders.create(BOSS, None, "Legal", "legal")
        with pytest.raises(NotTheirs):
            await desk.folders.create(BOSS, None, "All", "dep_root")
        with pytest.raises(BadDocument, match="no department"):
            await desk.folders.create(ADMIN, None, "x", "dep_typo")
        company = await desk.folders.create(CHIEF, None, "公司", "dep_root")
        sales = await desk.folders.create(BOSS, None, "Sales", "sales")
        assert (await desk.folders.create(ANN, sales.id, "2024")).path == ("Sales", "2024")
        # Seen, since it is above them, and not theirs.
        with pytest.raises(NotTheirs):
            await desk.folders.create(ANN, company.id, "2024")
        with pytest.raises(NotOnShelf):
            await desk.folders.create(BEN, sales.id, "2024")
        with pytest.raises(NotTheirs):
            await desk.folders.create(AUDITOR, sales.id, "2024")

    shelf_story(tell)


def test_names_beside_each_other_differ_whatever_their_case_and_width(
    shelf_story: ShelfStory,
) -> None:
    async def tell(desk: ShelfDesk) -> None:
        top = await desk.folders.create(ANN, None, "Papers")
        await desk.folders.create(ANN, top.id, "ＡＢＣ １")
        for same in ("abc 1", "ABC  1", "ａｂｃ 1"):
            with pytest.raises(NameTaken):
                await desk.folders.create(ANN, top.id, same)
        # Another person's private folder, and another department's, stand elsewhere.
        await desk.folders.create(BEN, None, "Papers")
        await desk.folders.create(BOSS, None, "Papers", "sales")
        await desk.folders.create(BOSS, None, "Papers", "north")
        for bad in ("", " ", "a/b", "..", "a\u0000b", "x" * 256, "a\nb\u202e"):
            with pytest.raises(BadDocument):
                await desk.folders.create(ANN, top.id, bad)

    shelf_story(tell)


def test_a_path_is_made_once_also_by_many_at_once(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        made = await asyncio.gather(
            *(desk.folders.ensure_path(ANN, "Inbox/2024/03") for _ in range(8))
        )
        assert len({each.id for each in made}) == 1
        assert made[0].path == ("Inbox", "2024", "03")
        below = await desk.folders.ensure_below(ANN, made[0].id, ("x", "y"))
        assert below.path == ("Inbox", "2024", "03", "x", "y")
        assert len(await desk.folders.list(ANN.scope)) == 5
        assert desk.actions() == ["folder.created"] * 5
        # Nobody makes or meets a path of a department that is not theirs.
        await desk.folders.ensure_path(BOSS, "S", "sales")
        with pytest.raises(NotOnShelf):
            await desk.folders.ensure_path(BEN, "S", "sales")

    shelf_story(tell)


def test_depth_has_a_limit_also_when_a_tree_moves(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        deep = await desk.folders.ensure_path(ANN, [f"d{n}" for n in range(FOLDER_DEPTH_MAX)])
        with pytest.raises(BadDocument) as refused:
            await desk.folders.create(ANN, deep.id, "more")
        assert refused.value.code == "folder_too_deep"
        two = await desk.folders.ensure_path(ANN, "a/b")
        change = FolderChange(parent_id=deep.parent_id)
        with pytest.raises(BadDocument):
            await desk.folders.change(ANN, str(two.parent_id), change)

    shelf_story(tell)


def test_no_folder_lies_in_itself(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        low = await desk.folders.ensure_path(ANN, "a/b/c")
        top = next(e for e in await desk.folders.list(ANN.scope) if e.path == ("a",))
        for target in (top.id, low.id, str(low.parent_id)):
            with pytest.raises(BadDocument) as refused:
                await desk.folders.change(ANN, top.id, FolderChange(parent_id=target))
            assert refused.value.code == "folder_circle"

    shelf_story(tell)


def test_two_moves_that_would_make_a_circle_together(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        top = await desk.folders.create(ANN, None, "top")
        one = await desk.folders.create(ANN, top.id, "one")
        two = await desk.folders.create(ANN, top.id, "two")
        results = await asyncio.gather(
            desk.folders.change(ANN, one.id, FolderChange(parent_id=two.id)),
            desk.folders.change(ANN, two.id, FolderChange(parent_id=one.id)),
            return_exceptions=True,
        )
        assert sum(isinstance(each, BadDocument) for each in results) == 1, results
        assert len(await desk.folders.list(ANN.scope)) == 3

    shelf_story(tell)


def test_documents_belong_to_those_to_whom_their_tree_goes(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        low = await desk.folders.ensure_path(BOSS, "Mine/Below")
        added = (await desk.put(BOSS, low.id)).document
        gone = (await desk.put(BOSS, low.id, "gone.jpg", 5)).document
        await desk.shelf.trash(BOSS, gone.id)
        sales = await desk.folders.create(BOSS, None, "Sales", "sales")
        with pytest.raises(NotOnShelf):
            await desk.shelf.find(ANN.scope, added.id)
        async with desk.database.writing() as transaction:
            await transaction.execute(INDEXING.delete())
        top = str(low.parent_id)
        moved = await desk.folders.change(BOSS, top, FolderChange(parent_id=sales.id))
        assert moved.path == ("Sales", "Mine")
        seen = await desk.shelf.find(ANN.scope, added.id)
        assert (seen.owner_id, seen.department_id) == ("system", "sales")
        assert seen.version == added.version + 1
        assert await desk.shelf.find(NORA.scope, added.id)
        assert await desk.shelf.find(ANN.scope, gone.id, trashed=True)
        assert (await desk.folders.find(ANN.scope, low.id)).path == ("Sales", "Mine", "Below")
        async with desk.database.reading() as transaction:
            rows = await transaction.execute(select(INDEXING.c.document_id, INDEXING.c.stage))
            assert [tuple(row) for row in rows] == [(added.id, "words")]
        # And back: then only its owner, and who administers, sees it.
        await desk.folders.change(BOSS, top, FolderChange(parent_id=ROOT, department_id=PRIVATE))
        with pytest.raises(NotOnShelf):
            await desk.shelf.find(ANN.scope, added.id)
        assert (await desk.shelf.find(BOSS.scope, added.id)).owner_id == "boss"
        change = next(each for each in desk.told if each.action == "library.folder.changed")
        assert change.detail["department"] == {"was": None, "now": "sales"}

    shelf_story(tell)


def test_only_who_looks_after_both_places_moves_between_them(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        sales = await desk.folders.create(BOSS, None, "Sales", "sales")
        mine = await desk.folders.create(ANN, None, "Mine")
        legal = await desk.folders.create(ADMIN, None, "Legal", "legal")
        below = await desk.folders.create(BOSS, sales.id, "Below")
        for change in (
            FolderChange(name="x"),
            FolderChange(parent_id=mine.id),
            FolderChange(department_id=PRIVATE),
        ):
            with pytest.raises(NotTheirs):
                await desk.folders.change(ANN, below.id, change)
        with pytest.raises(NotOnShelf):
            await desk.folders.change(ANN, mine.id, FolderChange(parent_id=legal.id))
        with pytest.raises(NotOnShelf):
            await desk.folders.change(BOSS, mine.id, FolderChange(name="x"))
        with pytest.raises(NotTheirs):
            await desk.folders.change(ANN, mine.id, FolderChange(department_id="sales"))
        # What is one's own may be given to one's department.
        assert await desk.folders.change(ANN, mine.id, FolderChange(parent_id=sales.id))
        with pytest.raises(BadDocument) as refused:
            await desk.folders.change(BOSS, below.id, FolderChange(department_id="north"))
        assert refused.value.code == "not_a_top_folder"

    shelf_story(tell)


def test_an_old_version_changes_nothing(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        made = await desk.folders.create(ANN, None, "a")
        await desk.folders.change(ANN, made.id, FolderChange(name="b"), version=1)
        with pytest.raises(StaleEdit) as stale:
            await desk.folders.change(ANN, made.id, FolderChange(name="c"), version=1)
        assert stale.value.current["name"] == "b"
        with pytest.raises(StaleEdit):
            await desk.folders.delete(ANN, made.id, version=1)
        same = await desk.folders.change(ANN, made.id, FolderChange(name="b"), version=2)
        assert same.version == 2
        assert desk.actions() == ["folder.created", "folder.changed"]

    shelf_story(tell)


def test_only_empty_folders_are_deleted(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        low = await desk.folders.ensure_path(ANN, "a/b")
        added = (await desk.put(ANN, low.id)).document
        top = str(low.parent_id)
        for full in (top, low.id):
            with pytest.raises(NotEmpty):
                await desk.folders.delete(ANN, full)
        await desk.shelf.trash(ANN, added.id)
        await desk.folders.delete(ANN, low.id)
        # What lies in the trash keeps a place it can be restored to.
        with pytest.raises(NotEmpty):
            await desk.folders.delete(ANN, top)
        assert (await desk.shelf.restore(ANN, added.id)).folder_id == top

    shelf_story(tell)


def test_what_is_added_while_a_tree_moves_belongs_to_its_new_audience(
    shelf_story: ShelfStory,
) -> None:
    async def tell(desk: ShelfDesk) -> None:
        mine: Folder = await desk.folders.create(BOSS, None, "Mine")
        sales = await desk.folders.create(BOSS, None, "Sales", "sales")
        await asyncio.gather(
            *(desk.put(BOSS, mine.id, f"{n}.jpg", n) for n in range(4)),
            desk.folders.change(BOSS, mine.id, FolderChange(parent_id=sales.id)),
            *(desk.put(BOSS, mine.id, f"{n}.jpg", n) for n in range(4, 8)),
        )
        page = await desk.shelf.list(ANN.scope, Wanted())
        assert {each.name for each in page.documents} == {f"{n}.jpg" for n in range(8)}

    shelf_story(tell)
