"""Reading what changes meanwhile: versions, the trash, what is deleted, a store that is away."""

from __future__ import annotations

import asyncio

from sqlalchemy import delete

from tests.resources.shelf_desk import ANN, ShelfDesk, ShelfStory, picture, postgres, shelf_story
from tests.rooms.library.test_reading import (
    Quick,
    added,
    everything,
    invoice,
    now,
    reader_of,
    reading,
    turn_clock,
)
from yuepi.kit.errors import Unavailable
from yuepi.library.papers import Papers
from yuepi.library.reading import ATTEMPTS_MAX, PartToRead
from yuepi.library.store.tables import DOCUMENTS, INDEXING, PARTS, VALUES, VERSIONS

__all__ = ["postgres", "shelf_story"]


def test_the_current_version_is_read_before_older_ones(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        document = await added(desk, "a.jpg", 1)
        again = await added(desk, "a.jpg", 2)
        assert again.id == document.id
        await added(desk, "b.pdf", 3)
        quick = Quick()
        given: list[bytes] = []
        quick.spoil = lambda part: given.append(part.data)
        await everything(reader_of(desk, quick))
        assert given == [picture(2), picture(3), picture(1)]
        read = await now(desk, document)
        assert (read.state, read.number) == ("done", 2)
        old = await Papers(desk.database, desk.blobs).of(ANN.scope, document.id, 1)
        assert len(old.texts) == 1

    shelf_story(tell)


def test_a_voucher_that_was_replaced_before_it_was_read_is_kept(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        document = await added(desk, "a.jpg", 1)
        await added(desk, "a.jpg", 2)
        quick = Quick()
        seen = iter([reading(1, "contract", number="Z-1"), invoice()])
        quick.readings = lambda page: (next(seen),)
        await everything(reader_of(desk, quick))
        read = await now(desk, document)
        assert (read.kind, read.number) == ("contract", 2)
        assert read.locked_until == "2056-01-01"

    shelf_story(tell)


def test_a_version_that_comes_meanwhile_is_not_told_by_the_one_before(
    shelf_story: ShelfStory,
) -> None:
    async def tell(desk: ShelfDesk) -> None:
        document = await added(desk, "a.jpg", 1)
        quick = Quick()
        quick.wait = asyncio.Event()
        reading_ = asyncio.create_task(reader_of(desk, quick).read_next())
        while not quick.asked:
            await asyncio.sleep(0.01)
        await added(desk, "a.jpg", 2)
        quick.wait.set()
        await reading_
        read = await now(desk, document)
        assert (read.state, read.kind, read.number) == ("waiting", None, 2)
        assert await desk.count(VALUES) == 0

    shelf_story(tell)


def test_what_lies_in_the_trash_is_read_last_and_not_searched(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        trashed, kept = await added(desk, "a.pdf", 1), await added(desk, "b.pdf", 2)
        await desk.shelf.trash(ANN, trashed.id)
        quick = Quick()
        quick.readings = lambda page: (reading(page, "contract", number="Z-1"),)
        given: list[bytes] = []
        quick.spoil = lambda part: given.append(part.data)
        reader = reader_of(desk, quick)
        assert await reader.read_next()
        assert await reader.read_next()
        assert given == [picture(2), picture(1)]
        assert (await now(desk, trashed)).state == "done"
        wanted = (INDEXING.c.document_id == trashed.id, INDEXING.c.stage == "words")
        assert await desk.count(INDEXING, *wanted) == 0
        await desk.shelf.purge(ANN, trashed.id)
        assert await desk.count(PARTS, PARTS.c.document_id == trashed.id) == 0
        assert (await now(desk, kept)).state == "done"

    shelf_story(tell)


def test_what_is_deleted_while_it_is_read_is_nothing(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        document = await added(desk)
        quick = Quick()
        quick.wait = asyncio.Event()
        under_way = asyncio.create_task(reader_of(desk, quick).read_next())
        while not quick.asked:
            await asyncio.sleep(0.01)
        async with desk.database.writing() as transaction:
            await transaction.execute(delete(PARTS))
            await transaction.execute(delete(VERSIONS))
            await transaction.execute(delete(DOCUMENTS))
        quick.wait.set()
        assert await under_way
        for table in (DOCUMENTS, PARTS, VALUES, INDEXING):
            assert await desk.count(table) == 0, document.id

    shelf_story(tell)


def test_a_store_that_is_away_does_not_use_up_attempts(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        document = await added(desk)
        quick = Quick()

        def spoil(part: PartToRead) -> None:
            raise Unavailable("the bucket is away", remedy="wait", code="blobs_unavailable")

        quick.spoil = spoil
        reader = reader_of(desk, quick)
        for _ in range(ATTEMPTS_MAX + 2):
            try:
                await reader.read_next()
            except Unavailable:
                await turn_clock(desk, 60)
        quick.spoil = lambda part: None
        await everything(reader)
        assert (await now(desk, document)).state == "done"

    shelf_story(tell)
