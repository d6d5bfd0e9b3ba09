"""The trash and what is kept of it; lists of what is on the shelf."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from tests.resources.shelf_desk import (
    ADMIN,
    ANN,
    BEN,
    NOW,
    ShelfDesk,
    ShelfStory,
    picture,
    postgres,
    shelf_story,
)
from tests.rooms.library.test_shelf import (
    mine,
    stages,
)
from yuepi.kit.errors import BadUsage
from yuepi.library.changing import NotRead
from yuepi.library.document import Kept, NotOnShelf
from yuepi.library.shelf import Wanted
from yuepi.library.store.tables import (
    ALERTS,
    DOCUMENTS,
    PARTS,
    TAGS,
    VERSIONS,
)

__all__ = ["postgres", "shelf_story"]


# --- trash ---------------------------------------------------------------------------------------


def test_the_trash_frees_the_name_and_restoring_finds_another(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        made = (await desk.put(ANN, folder, "a.jpg", 1)).document
        gone = await desk.shelf.trash(ANN, made.id)
        assert gone.trashed_by == "ann"
        assert (await desk.shelf.trash(ANN, made.id)).version == gone.version
        with pytest.raises(NotOnShelf):
            await desk.shelf.find(ANN.scope, made.id)
        assert "gone" in await stages(desk, made.id)
        again = await desk.put(ANN, folder, "a.jpg", 1)
        assert again.outcome == "new"
        await desk.put(ANN, folder, "a (2).jpg", 2)
        page = await desk.shelf.list(ANN.scope, Wanted(trashed=True))
        assert [each.id for each in page.documents] == [made.id]
        back = await desk.shelf.restore(ANN, made.id)
        assert back.name == "a (3).jpg"
        assert (await desk.shelf.restore(ANN, made.id)).version == back.version
        assert "words" in await stages(desk, made.id)

    shelf_story(tell)


def test_the_trash_is_forgotten_after_its_days_with_all_its_rows(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        gone = (await desk.shelf.add(ANN, folder, "g.jpg", picture(1), tags=("x",))).document
        kept = (await desk.shelf.add(ANN, folder, "k.jpg", picture(2), tags=("x",))).document
        waiting = (await desk.put(ANN, folder, "w.jpg", 3)).document
        locked = (await desk.put(ANN, folder, "l.jpg", 4)).document
        await desk.put(ANN, folder, "g.jpg", 5)
        for each in (gone, waiting, locked):
            await desk.shelf.trash(ANN, each.id)
        await desk.was_read(gone.id)
        await desk.was_read(locked.id, locked_until="2056-01-01")
        async with desk.database.writing() as transaction:
            for document in (gone, kept):
                row = {"search_id": "s", "document_id": document.id, "version_id": "v"}
                await transaction.execute(insert(ALERTS).values(**row, owner_id="ann", at=NOW))
        soon = desk.now + timedelta(days=29)
        assert await desk.shelf.forget(soon) == 0
        desk.now = later = desk.now + timedelta(days=31)
        assert await desk.shelf.forget(later) == 1
        for table in (DOCUMENTS, VERSIONS, PARTS, TAGS, ALERTS):
            column = table.c.id if table is DOCUMENTS else table.c.document_id
            assert await desk.count(table, column == gone.id) == 0, table.name
            assert await desk.count(table, column == kept.id) > 0, table.name
        assert await stages(desk, gone.id) >= {"gone"}
        # What was not read may be a voucher, and what is locked is one.
        assert await desk.shelf.find(ANN.scope, waiting.id, trashed=True)
        assert await desk.shelf.find(ANN.scope, locked.id, trashed=True)
        assert desk.told[-1].actor == "system"
        assert desk.told[-1].action == "library.document.purged"
        # The bytes stay where all originals are.
        assert await desk.blobs.get(gone.sha256) == picture(1)

    shelf_story(tell)


def test_a_locked_voucher_is_deleted_by_nobody(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        made = (await desk.put(ANN, folder)).document
        await desk.was_read(made.id, kind="digital_invoice", locked_until="2027-01-01")
        for who in (ANN, ADMIN):
            with pytest.raises(Kept) as kept:
                await desk.shelf.trash(who, made.id)
            assert (kept.value.code, kept.value.http_status) == ("retained", 409)
        # A wrong one gets a new version; the old one stays, and so does the lock.
        after = (await desk.put(ANN, folder, "a.jpg", 1)).document
        assert (after.number, after.locked_until) == (2, "2027-01-01")
        with pytest.raises(Kept):
            await desk.shelf.trash(ANN, made.id)
        # One that was locked by what was read while it lay in the trash.
        other = (await desk.put(ANN, folder, "b.jpg", 2)).document
        await desk.shelf.trash(ANN, other.id)
        with pytest.raises(NotRead):
            await desk.shelf.purge(ANN, other.id)
        await desk.was_read(other.id, locked_until="2027-01-01")
        with pytest.raises(Kept):
            await desk.shelf.purge(ADMIN, other.id)
        desk.now = desk.now.replace(year=2026, month=12, day=31)
        with pytest.raises(Kept):
            await desk.shelf.purge(ANN, other.id)
        desk.now = desk.now.replace(year=2027, month=1, day=1)
        await desk.shelf.purge(ANN, other.id)
        await desk.shelf.trash(ANN, made.id)
        assert await desk.count(DOCUMENTS) == 1

    shelf_story(tell)


def test_a_reading_that_ends_after_the_purge_finds_nothing_to_write_to(
    shelf_story: ShelfStory,
) -> None:
    async def tell(desk: ShelfDesk) -> None:
        made = (await desk.put(ANN, await mine(desk))).document
        await desk.shelf.trash(ANN, made.id)
        await desk.was_read(made.id, state="failed")
        await desk.shelf.purge(ANN, made.id)
        async with desk.database.writing() as transaction:
            done = update(PARTS).where(PARTS.c.version_id == made.version_id)
            assert (await transaction.execute(done.values(state="done"))).rowcount == 0

    shelf_story(tell)


# --- lists ---------------------------------------------------------------------------------------


def test_lists_go_on_where_they_ended(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        below = await desk.folders.create(ANN, folder, "below")
        names = [f"{letter}.jpg" for letter in "dbacfe"]
        for number, name in enumerate(names):
            await desk.put(ANN, below.id if number % 2 else folder, name, number)
        expected = {
            "newest": names[::-1],
            "oldest": names,
            "name": sorted(names),
        }
        for order, wanted in expected.items():
            seen: list[str] = []
            after = None
            while True:
                page = await desk.shelf.list(
                    ANN.scope,
                    Wanted(folder_id=folder, deep=True, order=order, after=after, limit=2),  # type: ignore[arg-type]
                )
                seen += [each.name for each in page.documents]
                after = page.next
                if after is None:
                    break
            assert seen == wanted
        page = await desk.shelf.list(ANN.scope, Wanted(folder_id=folder, limit=2))
        assert [each.name for each in page.documents] == ["f.jpg", "a.jpg"]
        with pytest.raises(BadUsage):
            await desk.shelf.list(ANN.scope, Wanted(order="name", after=page.next))
        with pytest.raises(BadUsage):
            await desk.shelf.list(ANN.scope, Wanted(after="x"))

    shelf_story(tell)


def test_lists_are_narrowed(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        await desk.shelf.add(ANN, folder, "a.jpg", picture(1), tags=("红", "蓝"))
        two = await desk.shelf.add(ANN, folder, "b.jpg", picture(2), tags=("红",))
        await desk.was_read(two.document.id, kind="contract")

        async def names(wanted: Wanted) -> list[str]:
            return [e.name for e in (await desk.shelf.list(ANN.scope, wanted)).documents]

        assert await names(Wanted(tag="蓝")) == ["a.jpg"]
        assert await names(Wanted(kind="contract")) == ["b.jpg"]
        assert await names(Wanted(state="waiting")) == ["a.jpg"]
        assert await names(Wanted(added_by="ben")) == []
        assert await desk.shelf.tags(ANN.scope) == {"红": 2, "蓝": 1}
        assert await desk.shelf.tags(BEN.scope) == {}
        assert await desk.shelf.states(ANN, NOW) == {"waiting": 1, "done": 1}
        assert await desk.shelf.states(ANN, desk.now + timedelta(days=1)) == {"waiting": 1}

    shelf_story(tell)
