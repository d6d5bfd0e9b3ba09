"""Pictures of pages: kept with what was read, given to whoever may see the originals."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.resources.claim_stories import Story, postgres, story
from tests.resources.claims import ANN, BOB, REVIEWER, STRANGER, ClaimDesk, paper
from yuepi.approvals.claim_rows import ClaimRow, NotFound
from yuepi.approvals.pages import PagePictures, shown_pages
from yuepi.approvals.store.attachments import ReadingRow
from yuepi.documents.kept_pages import KeptPage, pages_of
from yuepi.documents.page_jpeg import SIDE_PX_MAX, page_jpeg

__all__ = ["postgres", "story"]


async def pages(desk: ClaimDesk, claim: ClaimRow) -> dict[str, tuple[KeptPage, ...]]:
    return shown_pages((await desk.claims.papers(ANN, claim.id)).readings)


def test_pictures_are_kept_with_the_reading_and_given_to_who_may_see_the_file(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.settled(paper(pages=2), paper())
        first, second = (await desk.claims.papers(ANN, claim.id)).attachments
        kept = await pages(desk, claim)
        assert [(each.file_at, each.page) for each in kept[first.id]] == [(0, 1), (0, 2)]
        assert kept[second.id] == ()
        pictures = PagePictures(desk.database, desk.blobs)
        for who in (ANN, REVIEWER):
            data = await pictures.find(who, claim.id, first.id, 0, 2)
            assert data == await desk.blobs.get(kept[first.id][1].sha256)
        version = kept[first.id][1].sha256[:16]
        assert await pictures.find(ANN, claim.id, first.id, 0, 2, version) == data
        for who, attachment, page, wanted in (
            (BOB, first.id, 2, None),
            (STRANGER, first.id, 2, None),
            (ANN, first.id, 3, None),
            (ANN, second.id, 1, None),
            (ANN, first.id, 1, version),
        ):
            with pytest.raises(NotFound):
                await pictures.find(who, claim.id, attachment, 0, page, wanted)

    story(tell)


def test_bytes_that_were_read_before_bring_their_pictures(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        data = paper(pages=1)
        one = await desk.settled(data)
        other = await desk.settled(data)
        assert len(desk.reader.reads) == 1
        assert [*(await pages(desk, one)).values()] == [*(await pages(desk, other)).values()]

    story(tell)


def test_the_reader_that_decided_is_the_one_whose_pictures_are_shown() -> None:
    def row(reader: str, name: str) -> ReadingRow:
        text = f'[{{"file_at":0,"page":1,"sha256":"{name}","width":3,"height":2}}]'
        return ReadingRow("att_1", reader, "[]", "[]", 1, text)

    read = [row("old", "a"), row("new", "b")]
    assert shown_pages(read)["att_1"][0].sha256 == "b"
    assert shown_pages(read, "old")["att_1"][0].sha256 == "a"
    assert shown_pages(read, "none")["att_1"][0].sha256 == "b"
    assert pages_of("[]") == ()


def test_a_page_becomes_a_jpeg_of_a_bounded_size_with_nothing_else_in_it() -> None:
    large = np.zeros((3000, 1500, 3), np.uint8)
    large[:, :, 0] = 255
    kept = page_jpeg(large, 2, 7)
    assert kept is not None
    assert (kept.file_at, kept.page, kept.width, kept.height) == (2, 7, 1000, SIDE_PX_MAX)
    assert kept.data[:2] == b"\xff\xd8"
    assert b"Exif" not in kept.data
    shown = cv2.imdecode(np.frombuffer(kept.data, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (SIDE_PX_MAX, 1000, 3)
    # Red stays red: BGR there, RGB here.
    assert shown[10, 10, 2] > 240 > 20 > shown[10, 10, 0]
    small = page_jpeg(np.full((5, 4), 200, np.uint8), 0, 1)
    assert small is not None
    assert (small.width, small.height) == (4, 5)
    assert page_jpeg(np.zeros((0, 4, 3), np.uint8), 0, 1) is None
