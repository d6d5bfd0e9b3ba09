"""Reading the shelf: every part once, whoever dies; a document settled with its last part."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select, update

from tests.resources.shelf_desk import ANN, ShelfDesk, ShelfStory, postgres, shelf_story
from yuepi.documents.kept_pages import PagePicture
from yuepi.documents.kept_reading import ReadFile
from yuepi.documents.page_text import PageText, TextRun
from yuepi.documents.reading import Evidence, Field, FileReading, Finding, Reading
from yuepi.kit.boxes import Box
from yuepi.kit.errors import UnreadableFile
from yuepi.kit.steady import STEADY_CLOCK
from yuepi.library.document import Document
from yuepi.library.papers import Papers
from yuepi.library.reading import ATTEMPTS_MAX, LEASE_S, TOGETHER_MAX, PartToRead, ShelfReader
from yuepi.library.scope import EVERYTHING
from yuepi.library.store.tables import DOCUMENTS, INDEXING, PARTS, VALUES

__all__ = ["postgres", "shelf_story"]

Spoil = Callable[[PartToRead], None]


def field(value: str, page: int = 1) -> Field:
    seen = Evidence(page=page, box=Box(0.1, 0.1, 0.3, 0.12), source="native", text=value)
    return Field(value=value, status="single", confidence=0.9, evidence=(seen,))


def reading(page: int = 1, kind: str = "vat_e_invoice", **fields: str) -> Reading:
    return Reading(
        kind=kind,
        kind_confidence=0.9,
        page=page,
        quality="clean",
        fields={name: field(value, page) for name, value in fields.items()},
    )


def invoice(page: int = 1) -> Reading:
    return reading(
        page,
        type="增值税电子普通发票",
        number="24332000000000000001",
        date="2025-11-18",
        total="300.00",
        seller_name="甲餐饮有限公司",
    )


class Quick:
    """A reader that sees one invoice on each page. asked: what it was given, in order."""

    def __init__(self) -> None:
        self.version = "quick-1"
        self.asked: list[list[str]] = []
        self.spoil: Spoil = lambda part: None
        self.wait: asyncio.Event | None = None
        self.readings: Callable[[int], tuple[Reading, ...]] = lambda page: (invoice(page),)

    async def idle(self) -> None:
        return

    async def read_parts(self, parts: Sequence[PartToRead]) -> list[ReadFile | UnreadableFile]:
        self.asked.append([part.name for part in parts])
        if self.wait is not None:
            await self.wait.wait()
        found: list[ReadFile | UnreadableFile] = []
        for part in parts:
            try:
                self.spoil(part)
            except UnreadableFile as error:
                found.append(error)
                continue
            found.append(self._read(part))
        return found

    def _read(self, part: PartToRead) -> ReadFile:
        first, last = part.pages or (1, 1)
        pages = range(first, last + 1)
        seen = tuple(each for page in pages for each in self.readings(page))
        file = FileReading(
            file=part.name, sha256=part.sha256, pages=len(pages), original=True, readings=seen
        )
        texts = tuple(
            PageText(
                file_at=0,
                page=page,
                native=True,
                aspect=0.7,
                runs=(
                    TextRun(
                        text=f"page {page} 合同金额50万元", box=Box(0.1, 0.2, 0.6, 0.22), row=0
                    ),
                ),
                seals=(),
            )
            for page in pages
        )
        pictures = tuple(PagePicture(0, page, 10, 14, b"\xff\xd8 %d" % page) for page in pages)
        return ReadFile((file,), ("",) * len(pages), pictures, texts)


def reader_of(desk: ShelfDesk, quick: Quick, **more: Any) -> ShelfReader:
    return ShelfReader(desk.database, desk.blobs, quick, lambda: desk.now, **more)


async def added(desk: ShelfDesk, name: str = "a.jpg", mark: int = 0) -> Document:
    return (await desk.put(ANN, (await desk.folders.own(ANN)).id, name, mark)).document


async def long_one(desk: ShelfDesk, pages: int = 90) -> Document:
    desk.pages = pages
    folder = await desk.folders.own(ANN)
    data = b"%PDF-1.7\n%" + str(pages).encode()
    return (await desk.shelf.add(ANN, folder.id, "long.pdf", data)).document


async def now(desk: ShelfDesk, document: Document) -> Document:
    return await desk.shelf.find(EVERYTHING, document.id, trashed=None)


async def everything(reader: ShelfReader) -> None:
    while await reader.read_next():
        pass


async def turn_clock(desk: ShelfDesk, seconds: float) -> None:
    async with desk.database.writing() as transaction:
        change = update(STEADY_CLOCK).values(seconds=STEADY_CLOCK.c.seconds + seconds)
        await transaction.execute(change)


def test_a_document_is_settled_with_its_only_part(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        document = await added(desk)
        told: list[str] = []

        async def record(_: object, entries: Sequence[Any]) -> None:
            told.extend(entry.action for entry in entries)

        await everything(reader_of(desk, Quick(), record=record))
        read = await now(desk, document)
        assert (read.state, read.kind, read.title) == (
            "done",
            "vat_e_invoice",
            "增值税电子普通发票",
        )
        assert (read.pages, read.problem) == (1, None)
        assert read.read_at is not None
        assert read.version == document.version + 1
        assert read.locked_until == "2056-01-01"
        assert told == ["library.retained"]
        async with desk.database.reading() as transaction:
            row = (await transaction.execute(select(DOCUMENTS))).mappings().one()
            assert (row["amount_hundredths"], row["currency"]) == (30000, "CNY")
            assert (row["day"], row["sealed"]) == ("2025-11-18", False)
            values = (await transaction.execute(select(VALUES))).mappings().all()
            stages = (await transaction.execute(select(INDEXING.c.stage))).scalars().all()
        assert stages == ["words"]
        told_values = {(each["sort"], each["field"], each["key"]) for each in values}
        assert ("number", "number", "24332000000000000001") in told_values
        assert ("amount", "total", "30000") in told_values
        assert ("date", "date", "2025-11-18") in told_values
        assert ("name", "seller_name", "甲餐饮有限公司") in told_values
        assert ("amount", "", "50000000") in told_values

    shelf_story(tell)


def test_papers_are_put_together_from_the_parts(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        document = await long_one(desk, 90)
        quick = Quick()
        quick.readings = lambda page: (reading(page, number=f"2433200000000000{page:04}"),)
        reader = reader_of(desk, quick)
        papers = Papers(desk.database, desk.blobs)
        assert (await papers.of(ANN.scope, document.id)).files == ()
        assert await reader.read_next()
        assert (await now(desk, document)).state == "reading"
        early = await papers.of(ANN.scope, document.id)
        assert [page.page for page in early.texts] == list(range(1, 41))
        await everything(reader)
        read = await papers.of(ANN.scope, document.id)
        assert [page.page for page in read.texts] == list(range(1, 91))
        assert [page.page for page in read.pages] == list(range(1, 91))
        assert (len(read.files), read.files[0].pages) == (1, 90)
        assert [each.page for each in read.files[0].readings] == list(range(1, 91))
        assert (await now(desk, document)).state == "done"

    shelf_story(tell)


def test_the_same_bytes_are_read_once(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        quick = Quick()
        reader = reader_of(desk, quick)
        one = await added(desk, "one.jpg", 7)
        await everything(reader)
        others = [await added(desk, f"{name}.jpg", 7) for name in ("two", "three")]
        await everything(reader)
        assert quick.asked == [["one.jpg"]]
        papers = Papers(desk.database, desk.blobs)
        for document in (one, *others):
            assert (await now(desk, document)).state == "done"
            read = await papers.of(ANN.scope, document.id)
            assert read.files[0].file == document.name
            assert len(read.texts) == 1
        quick.version = "quick-2"
        await added(desk, "four.jpg", 7)
        await everything(reader)
        assert quick.asked[1:] == [["four.jpg"]]

    shelf_story(tell)


def test_small_pictures_are_read_together_each_once(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        quick = Quick()
        documents = [await added(desk, f"{mark}.jpg", mark) for mark in range(TOGETHER_MAX + 2)]
        documents += [await added(desk, "again.jpg", 0)]

        def spoil(part: PartToRead) -> None:
            if part.name == "2.jpg":
                raise UnreadableFile("2.jpg: broken", remedy="photograph it again", code="damaged")

        quick.spoil = spoil
        await everything(reader_of(desk, quick))
        asked = [name for names in quick.asked for name in names]
        assert sorted(asked) == sorted(f"{mark}.jpg" for mark in range(TOGETHER_MAX + 2))
        assert len(quick.asked[0]) == TOGETHER_MAX
        states = {each.name: (await now(desk, each)).state for each in documents}
        assert states.pop("2.jpg") == "failed"
        assert set(states.values()) == {"done"}

    shelf_story(tell)


def test_a_fault_of_the_file_is_told_with_its_remedy(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        document = await added(desk)
        quick = Quick()

        def spoil(part: PartToRead) -> None:
            raise UnreadableFile("a.jpg: locked", remedy="remove the password", code="encrypted")

        quick.spoil = spoil
        await everything(reader_of(desk, quick))
        read = await now(desk, document)
        assert (read.state, read.kind) == ("failed", None)
        assert read.problem is not None
        problem = json.loads(read.problem)
        assert (problem["code"], problem["remedy"]) == ("encrypted", "remove the password")
        assert len(quick.asked) == 1
        assert await desk.count(INDEXING) == 1

    shelf_story(tell)


def test_what_fails_by_our_fault_is_tried_again_then_given_up(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        document = await long_one(desk, 90)
        quick = Quick()

        def spoil(part: PartToRead) -> None:
            if part.pages == (41, 80):
                raise RuntimeError("a fault of ours")

        quick.spoil = spoil
        reader = reader_of(desk, quick)
        for _ in range(ATTEMPTS_MAX + 1):
            await everything(reader)
            await turn_clock(desk, 60)
        assert len(quick.asked) == 2 + ATTEMPTS_MAX
        read = await now(desk, document)
        assert read.state == "partial"
        assert json.loads(read.problem or "")["code"] == "reading_failed"
        papers = await Papers(desk.database, desk.blobs).of(ANN.scope, document.id)
        assert [page.page for page in papers.texts] == [*range(1, 41), *range(81, 91)]

    shelf_story(tell)


def test_a_damaged_page_makes_the_document_partial(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        document = await added(desk)
        quick = Quick()
        told = Finding(
            code="page_damaged",
            severity="warning",
            message="page 2 cannot be read",
            message_zh="坏",
        )
        quick.readings = lambda page: (invoice().model_copy(update={"findings": (told,)}),)
        await everything(reader_of(desk, quick))
        read = await now(desk, document)
        assert read.state == "partial"
        assert json.loads(read.problem or "")["code"] == "page_damaged"

    shelf_story(tell)


def test_a_dead_workers_part_is_taken_again_and_nothing_is_doubled(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        document = await added(desk)
        slow, quick = Quick(), Quick()
        slow.wait = asyncio.Event()
        dead = asyncio.create_task(reader_of(desk, slow).read_next())
        while not slow.asked:
            await asyncio.sleep(0.01)
        other = reader_of(desk, quick)
        assert not await other.read_next()
        await turn_clock(desk, LEASE_S + 1)
        assert await other.read_next()
        assert (await now(desk, document)).state == "done"
        settled = await now(desk, document)
        # The one that was believed dead comes back with its reading: it changes nothing.
        slow.readings = lambda page: (reading(page, "contract", number="Z-1"),)
        slow.wait.set()
        assert await dead
        assert await now(desk, document) == settled
        assert quick.asked == [["a.jpg"]]

    shelf_story(tell)


def test_two_readers_share_a_long_document_and_one_settles_it(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        document = await long_one(desk, 400)
        first, second = Quick(), Quick()
        await asyncio.gather(
            everything(reader_of(desk, first)), everything(reader_of(desk, second))
        )
        assert len(first.asked) + len(second.asked) == 10
        read = await now(desk, document)
        assert (read.state, read.pages, read.version) == ("done", 400, document.version + 1)
        assert await desk.count(PARTS, PARTS.c.state == "done") == 10

    shelf_story(tell)
