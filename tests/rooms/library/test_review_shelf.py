"""The shelf against who would lose vouchers, or bring in what lies elsewhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.resources.shelf_desk import (
    ANN,
    ShelfDesk,
    ShelfStory,
    picture,
    postgres,
    shelf_story,
)
from tests.rooms.library.test_bulk import sent, zipped
from yuepi.library.bulk import Bulk
from yuepi.library.changing import NotRead
from yuepi.library.store.tables import DOCUMENTS, PARTS, VERSIONS
from yuepi.library.watching import _Seen

__all__ = ["postgres", "shelf_story"]


def test_a_voucher_replaced_before_it_was_read_cannot_be_purged(shelf_story: ShelfStory) -> None:
    """A blank version on top is read first, and then the document looks as if it were read."""

    async def tell(desk: ShelfDesk) -> None:
        folder = (await desk.folders.own(ANN)).id
        made = (await desk.put(ANN, folder)).document
        second = (await desk.put(ANN, folder, "a.jpg", 1)).document
        async with desk.database.writing() as transaction:
            newest = select(VERSIONS.c.id).where(VERSIONS.c.number == 2)
            done = update(PARTS).where(PARTS.c.version_id.in_(newest))
            await transaction.execute(done.values(state="done"))
            change = update(DOCUMENTS).where(DOCUMENTS.c.id == second.id)
            await transaction.execute(change.values(state="done"))
        await desk.shelf.trash(ANN, made.id)
        with pytest.raises(NotRead):
            await desk.shelf.purge(ANN, made.id)
        later = desk.now + timedelta(days=400)
        assert await desk.shelf.forget(later) == 0
        async with desk.database.writing() as transaction:
            await transaction.execute(update(PARTS).values(state="done"))
        assert await desk.shelf.forget(later) == 1
        assert await desk.count(DOCUMENTS) == 0

    shelf_story(tell)


def test_links_are_not_followed_out_of_a_watched_folder(tmp_path: Path) -> None:
    inbox, elsewhere = tmp_path / "inbox", tmp_path / "elsewhere"
    inbox.mkdir()
    (elsewhere / "below").mkdir(parents=True)
    (elsewhere / "secret.pdf").write_bytes(b"%PDF-1.7")
    (elsewhere / "below" / "other.pdf").write_bytes(b"%PDF-1.7")
    (inbox / "door").symlink_to(elsewhere)
    (inbox / "one.pdf").symlink_to(elsewhere / "secret.pdf")
    seen = _Seen(inbox, 0.0, lambda: 0.0)
    names = ("door", "door/secret.pdf", "door/below", "one.pdf")
    seen.note([(1, str(inbox / each)) for each in names])
    # Told of a place that is not below it at all.
    seen.note([(1, str(elsewhere / "secret.pdf"))])
    seen.scan()
    assert seen.pending == {}
    (inbox / "mine.pdf").write_bytes(b"%PDF-1.7")
    seen.note([(1, str(inbox / "mine.pdf"))])
    assert list(seen.pending) == [inbox / "mine.pdf"]


def test_two_files_of_one_upload_are_two_documents(shelf_story: ShelfStory) -> None:
    """As versions of one, the first would be found no more."""

    async def tell(desk: ShelfDesk) -> None:
        folder = (await desk.folders.own(ANN)).id
        incoming = [
            sent("invoice.jpg", picture(1)),
            sent("INVOICE.JPG", picture(2)),
            sent("invoice.jpg", picture(1)),
            sent("invoice.jpg", picture(3)),
            sent("z.zip", zipped(("a.jpg", picture(4)), ("A.jpg", picture(5)))),
        ]
        bulk = Bulk(desk.folders, desk.shelf)
        for outcome in ("new", "same"):
            done = await bulk.take(ANN, folder, incoming)
            assert done.refused == []
            told = [(each.document.name, each.outcome) for each in done.added]
            assert told == [
                ("invoice.jpg", outcome),
                ("INVOICE (2).JPG", outcome),
                ("invoice.jpg", "same"),
                ("invoice (3).jpg", outcome),
                ("a.jpg", outcome),
                ("A (2).jpg", outcome),
            ]
        assert await desk.count(VERSIONS) == 5
        # Sent later by itself it is the next version, as ever.
        (later,) = (await bulk.take(ANN, folder, [sent("invoice.jpg", picture(6))])).added
        assert (later.outcome, later.document.number) == ("version", 2)

    shelf_story(tell)
