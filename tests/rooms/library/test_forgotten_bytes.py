"""What was deleted for good leaves no bytes behind, and takes none of what others stand on."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import insert, select, update

from tests.resources.shelf_desk import ANN, NOW, ShelfDesk, ShelfStory, postgres, shelf_story
from tests.rooms.library.test_reading import Quick, added, everything, now, reader_of
from yuepi.app.tables import load_tables
from yuepi.approvals.store.uploads import UPLOADS
from yuepi.kit.blob_sweep import BlobSweep, naming_columns
from yuepi.kit.database import METADATA
from yuepi.kit.steady import STEADY_CLOCK
from yuepi.library.store.tables import PARTS

__all__ = ["postgres", "shelf_story"]

load_tables()
DAYS_S: Final = 3 * 24 * 3600.0
NAMES_NOTHING: Final = {
    # Hashes of what is no original, numbers, and copies of what another column names.
    "calls.picture_sha256s",
    "calls.request_sha256",
    "decisions.inputs_sha256",
    "invoices.sha256",
    "keys.secret_sha256",
    "library_documents.pages",
    "library_versions.pages",
    "sessions.secret_sha256",
    "setup_links.secret_sha256",
    "sign_on_nonces.nonce_sha256",
}


async def years_later(desk: ShelfDesk, whose: str = "ours") -> int:
    """Two sweeps, days after each other."""

    async def told() -> str:
        return whose

    sweep = BlobSweep(desk.database, desk.blobs, told)
    removed = 0
    for _ in range(2):
        async with desk.database.writing() as transaction:
            seconds = STEADY_CLOCK.c.seconds + DAYS_S
            await transaction.execute(update(STEADY_CLOCK).values(seconds=seconds))
        removed += await sweep.sweep()
    return removed


async def stored(desk: ShelfDesk) -> set[str]:
    return {blob.sha256 async for blob in desk.blobs.walk()}


async def gone(desk: ShelfDesk, document_id: str) -> None:
    await desk.shelf.trash(ANN, document_id)
    await desk.shelf.purge(ANN, document_id)


def test_all_that_was_kept_of_it_goes(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        first, second = await added(desk), await added(desk, "b.jpg", 1)
        quick = Quick()
        quick.readings = lambda page: ()
        await everything(reader_of(desk, quick))
        assert await years_later(desk) == 0, "both are on the shelf"
        before = await stored(desk)
        await gone(desk, first.id)
        assert first.sha256 in await stored(desk), "not at once: a backup may be under way"
        await years_later(desk)
        left = await stored(desk)
        assert first.sha256 not in left
        assert second.sha256 in left
        # Picture and texts of the page are the same in both.
        assert before - left == {first.sha256}
        assert await desk.shelf.page(ANN.scope, second.id, 0, 1)
        await added(desk, "c.jpg", 2)
        await gone(desk, second.id)
        await years_later(desk)
        assert len(await stored(desk)) == 1

    shelf_story(tell)


def test_what_others_stand_on_stays(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        ours, twin = await added(desk), await added(desk, "twin.jpg")
        versioned = await added(desk, "v.jpg", 1)
        await desk.put(ANN, versioned.folder_id, "v.jpg", 2)
        uploaded = await added(desk, "u.jpg", 3)
        values = {
            "id": "upl_1",
            "owner_id": "ann",
            "name": "u.jpg",
            "sha256": uploaded.sha256,
            "bytes": 9,
            "media": "jpeg",
            "created_at": NOW,
            "expires_at": NOW + timedelta(days=7),
            "state": "waiting",
            "attempts": 0,
        }
        async with desk.database.writing() as transaction:
            await transaction.execute(insert(UPLOADS).values(values))
        quick = Quick()
        quick.readings = lambda page: ()
        await everything(reader_of(desk, quick))
        for each in (ours, uploaded):
            await gone(desk, each.id)
        assert await years_later(desk) == 0
        assert {ours.sha256, versioned.sha256, uploaded.sha256} <= await stored(desk)
        assert await desk.shelf.original(ANN.scope, twin.id)
        assert await desk.shelf.original(ANN.scope, versioned.id, 1)

    shelf_story(tell)


def test_another_database_beside_full_originals_removes_nothing(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        first, kept = await added(desk), await added(desk, "b.jpg", 1)
        quick = Quick()
        quick.readings = lambda page: ()
        await everything(reader_of(desk, quick))
        assert await years_later(desk) == 0
        await gone(desk, first.id)
        assert await years_later(desk, whose="another") == 0
        assert {first.sha256, kept.sha256} <= await stored(desk)
        assert await years_later(desk) > 0, "the one that they belong to goes on"
        assert kept.sha256 in await stored(desk)

    shelf_story(tell)


def test_what_was_read_before_and_is_deleted_meanwhile_is_read_again(
    shelf_story: ShelfStory,
) -> None:
    async def tell(desk: ShelfDesk) -> None:
        first = await added(desk)
        quick = Quick()
        quick.readings = lambda page: ()
        reader = reader_of(desk, quick)
        await everything(reader)
        await added(desk, "other.jpg", 9)
        twin = await added(desk, "twin.jpg")
        async with desk.database.reading() as transaction:
            query = select(PARTS.c.texts).where(PARTS.c.document_id == first.id)
            texts = (await transaction.execute(query)).scalar_one()
        kept = Path(desk.blobs.name, "originals", texts[:2], texts)
        await asyncio.to_thread(kept.unlink)
        await everything(reader)
        assert (await now(desk, twin)).state == "done"
        assert quick.asked.count(["twin.jpg"]) + quick.asked.count(["other.jpg", "twin.jpg"]) == 1
        assert await desk.blobs.get(texts)

    shelf_story(tell)


def test_a_database_that_names_nothing_empties_no_folder(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        await desk.blobs.put(b"of a database that is being restored")
        assert await years_later(desk) == 0
        assert len(await stored(desk)) == 1

    shelf_story(tell)


def test_every_column_that_may_name_an_original_says_so_or_is_known_not_to() -> None:
    naming = {f"{each.table.name}.{each.name}" for each in naming_columns()}
    suspicious = {
        f"{table.name}.{column.name}"
        for table in METADATA.sorted_tables
        for column in table.columns
        if any(word in column.name for word in ("sha256", "pages", "texts", "blob"))
    }
    assert suspicious - naming == NAMES_NOTHING
