"""The shelf: adding once, versions, names, tags, the trash, and what is kept."""

from __future__ import annotations

import asyncio
import io

import pytest
from reportlab.pdfgen import canvas
from sqlalchemy import insert, select

from tests.resources.shelf_desk import (
    ADMIN,
    ANN,
    BEN,
    BOSS,
    CHIEF,
    NORA,
    ShelfDesk,
    ShelfStory,
    picture,
    postgres,
    shelf_story,
)
from yuepi.access.user import StaleEdit
from yuepi.kit.errors import UnreadableFile
from yuepi.library.actor import Actor, NotTheirs
from yuepi.library.adding import NUMBERS_MAX, PART_PAGES, parts_of
from yuepi.library.changing import DocumentChange
from yuepi.library.document import BadDocument, NotOnShelf
from yuepi.library.names import NameTaken
from yuepi.library.shelf import Wanted
from yuepi.library.store.tables import (
    DOCUMENTS,
    INDEXING,
    PARTS,
    TAGS,
    VALUES,
)

__all__ = ["postgres", "shelf_story"]


async def mine(desk: ShelfDesk, who: Actor = ANN) -> str:
    return (await desk.folders.own(who)).id


async def stages(desk: ShelfDesk, document_id: str) -> set[str]:
    async with desk.database.reading() as transaction:
        query = select(INDEXING.c.stage).where(INDEXING.c.document_id == document_id)
        return set((await transaction.execute(query)).scalars())


# --- adding --------------------------------------------------------------------------------------


def test_a_new_document_waits_to_be_read(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        added = await desk.shelf.add(
            ANN, await mine(desk), "C:\\scans\\Ｒ1.JPG", picture(), tags=("合同", " 合同", "A")
        )
        document = added.document
        assert (added.outcome, added.twins) == ("new", ())
        assert (document.name, document.media, document.state) == ("Ｒ1.JPG", "jpeg", "waiting")
        assert document.tags == ("合同", "A")
        assert document == await desk.shelf.find(ANN.scope, document.id)
        assert await desk.count(PARTS, PARTS.c.state == "waiting") == 1
        assert await desk.count(TAGS) == 2
        name, media, data = await desk.shelf.original(ANN.scope, document.id)
        assert (name, media, data) == ("Ｒ1.JPG", "jpeg", picture())
        assert desk.actions() == ["folder.created", "document.added"]

    shelf_story(tell)


def test_the_same_bytes_under_the_same_name_are_there_once(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        results = await asyncio.gather(*(desk.put(ANN, folder, "a.jpg") for _ in range(8)))
        assert sorted(each.outcome for each in results) == ["new"] + ["same"] * 7
        assert len({each.document.id for each in results}) == 1
        assert (await desk.put(ANN, folder, "Ａ.JPG")).outcome == "same"
        assert await desk.count(DOCUMENTS) == await desk.count(PARTS) == 1
        assert desk.actions().count("document.added") == 1

    shelf_story(tell)


def test_other_bytes_under_the_same_name_are_the_next_version(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        first = (await desk.put(ANN, folder)).document
        await desk.was_read(first.id, kind="contract", title="租赁合同", amount_hundredths=100)
        async with desk.database.writing() as transaction:
            await transaction.execute(
                insert(VALUES).values(
                    document_id=first.id, at=0, sort="number", field="", text="1", key="1",
                    file_at=0, page=1, x0=0, y0=0, x1=1, y1=1,
                )
            )  # fmt: skip
        added = await desk.put(ANN, folder, "a.jpg", 1)
        second = added.document
        assert (added.outcome, second.id, second.number) == ("version", first.id, 2)
        # Nothing of what stood in the version before is told of this one.
        assert (second.state, second.kind, second.title, second.name) == (
            "waiting",
            None,
            "",
            "a.jpg",
        )
        assert await desk.count(VALUES) == 0
        assert await stages(desk, first.id) == {"words"}
        numbers = [each.number for each in await desk.shelf.versions(ANN.scope, first.id)]
        assert numbers == [2, 1]
        assert (await desk.shelf.original(ANN.scope, first.id, 1))[2] == picture(0)
        assert (await desk.shelf.original(ANN.scope, first.id))[2] == picture(1)
        with pytest.raises(NotOnShelf):
            await desk.shelf.original(ANN.scope, first.id, 3)
        # Going back to the first bytes is a third version, for it is what holds now.
        third = await desk.shelf.add_version(ANN, first.id, "other.png", picture(0))
        assert (third.outcome, third.document.number, third.document.name) == (
            "version",
            3,
            "a.jpg",
        )
        same = await desk.shelf.add_version(ANN, first.id, "other.png", picture(0))
        assert same.outcome == "same"

    shelf_story(tell)


def test_many_versions_at_once_are_all_there(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        results = await asyncio.gather(*(desk.put(ANN, folder, "a.jpg", n) for n in range(6)))
        assert sorted(each.outcome for each in results) == ["new"] + ["version"] * 5
        document = results[0].document.id
        numbers = [each.number for each in await desk.shelf.versions(ANN.scope, document)]
        assert numbers == [6, 5, 4, 3, 2, 1]

    shelf_story(tell)


def test_twins_are_told_within_reach_only(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        theirs = (await desk.put(BEN, await mine(desk, BEN))).document
        sales = await desk.folders.create(BOSS, None, "Sales", "sales")
        common = (await desk.put(BOSS, sales.id, "s.jpg")).document
        folder = await mine(desk)
        assert (await desk.put(ANN, folder, "b.jpg")).twins == (common.id,)
        own = (await desk.put(ANN, folder, "b.jpg")).document
        assert (await desk.put(ANN, folder, "c.jpg")).twins == (common.id, own.id)
        assert set((await desk.put(BEN, await mine(desk, BEN), "d.jpg")).twins) == {theirs.id}
        await desk.shelf.trash(BOSS, common.id)
        assert (await desk.put(ANN, folder, "e.jpg")).twins[0] == own.id

    shelf_story(tell)


def test_what_cannot_be_read_is_refused(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        for data, code in (
            (b"", "empty_file"),
            (b"MZ program", "unsupported_type"),
            (b"PK\5\6" + bytes(18), "unsafe_archive"),
        ):
            with pytest.raises(UnreadableFile) as refused:
                await desk.shelf.add(ANN, folder, "x", data)
            assert refused.value.code == code
        desk.pages = 2_001
        with pytest.raises(UnreadableFile) as refused:
            await desk.put(ANN, folder)
        assert refused.value.code == "too_many_pages"
        with pytest.raises(BadDocument):
            await desk.shelf.add(ANN, folder, "x", picture(), tags=["t"] * 1 + ["x" * 65])
        with pytest.raises(BadDocument):
            await desk.shelf.add(ANN, folder, "x", picture(), tags=[f"t{n}" for n in range(33)])
        assert await desk.count(DOCUMENTS) == 0

    shelf_story(tell)


def test_a_long_file_is_read_in_parts(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        desk.pages = 95
        await desk.put(ANN, await mine(desk))
        async with desk.database.reading() as transaction:
            query = select(PARTS.c.at, PARTS.c.first_page, PARTS.c.last_page)
            rows = await transaction.execute(query.order_by(PARTS.c.at))
            assert [tuple(row) for row in rows] == [(0, 1, 40), (1, 41, 80), (2, 81, 95)]

    shelf_story(tell)


def pdf(pages: int, password: str | None = None) -> bytes:
    out = io.BytesIO()
    paper = canvas.Canvas(out, encrypt=password)
    for number in range(pages):
        paper.drawString(72, 720, f"page {number + 1}")
        paper.showPage()
    paper.save()
    return out.getvalue()


def test_pages_are_counted_and_what_cannot_be_opened_is_refused(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        desk.pages = None
        folder = await mine(desk)
        added = await desk.shelf.add(ANN, folder, "long.pdf", pdf(41))
        assert added.document.pages == 41
        assert await desk.count(PARTS) == 2
        for data, code in ((pdf(1, "secret"), "encrypted"), (pdf(2)[:300], "damaged")):
            with pytest.raises(UnreadableFile) as refused:
                await desk.shelf.add(ANN, folder, "x.pdf", data)
            assert refused.value.code == code
        assert await desk.count(DOCUMENTS) == 1

    shelf_story(tell)


@pytest.mark.parametrize("pages", [1, 39, 40, 41, 79, 80, 81, 1000, 2000])
def test_parts_hold_every_page_once(pages: int) -> None:
    parts = parts_of(pages)
    if pages <= PART_PAGES:
        assert parts == [(None, None)]
        return
    seen = [n for first, last in parts for n in range(first or 0, (last or 0) + 1)]
    assert seen == list(range(1, pages + 1))


# --- who may -------------------------------------------------------------------------------------


def test_others_documents_are_seen_and_not_changed(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        company = await desk.folders.create(CHIEF, None, "All", "dep_root")
        sales = await desk.folders.create(BOSS, None, "Sales", "sales")
        rules = (await desk.put(CHIEF, company.id)).document
        own = (await desk.put(ANN, sales.id, "ann.jpg", 1)).document
        theirs = (await desk.put(BOSS, sales.id, "boss.jpg", 2)).document
        for who, document in ((ANN, rules), (ANN, theirs), (NORA, own), (BOSS, rules)):
            assert await desk.shelf.find(who.scope, document.id)
            with pytest.raises(NotTheirs):
                await desk.shelf.change(who, document.id, DocumentChange(name="x.jpg"))
            with pytest.raises(NotTheirs):
                await desk.shelf.trash(who, document.id)
            with pytest.raises(NotTheirs):
                await desk.shelf.add_version(who, document.id, "x", picture(9))
        with pytest.raises(NotTheirs):
            await desk.put(ANN, company.id, "mine.jpg", 3)
        with pytest.raises(NotTheirs):
            # Another's document of that name is not overwritten by an upload either.
            await desk.put(ANN, sales.id, "boss.jpg", 9)
        # Who looks after the department, or all, may.
        assert (await desk.shelf.change(BOSS, own.id, DocumentChange(name="y.jpg"))).name == "y.jpg"
        assert (await desk.shelf.change(ADMIN, rules.id, DocumentChange(tags=["r"]))).tags == ("r",)
        for verb in (
            desk.shelf.trash(BEN, own.id),
            desk.shelf.restore(BEN, own.id),
            desk.shelf.purge(BEN, own.id),
            desk.shelf.change(BEN, own.id, DocumentChange()),
            desk.shelf.add_version(BEN, own.id, "x", picture(1)),
            desk.put(BEN, sales.id),
            desk.shelf.list(BEN.scope, Wanted(folder_id=sales.id)),
            desk.shelf.versions(BEN.scope, own.id),
            desk.shelf.original(BEN.scope, own.id),
            desk.shelf.pages(BEN.scope, own.id),
        ):
            with pytest.raises(NotOnShelf):
                await verb

    shelf_story(tell)


# --- changing ------------------------------------------------------------------------------------


def test_a_change_is_recorded_wanted_and_stands_on_a_version(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        other = await desk.folders.create(ANN, None, "Other")
        made = (await desk.put(ANN, folder)).document
        change = DocumentChange("b.jpg", other.id, ("x", "y"), " 合同  一 ")
        after = await desk.shelf.change(ANN, made.id, change, version=1)
        assert (after.name, after.folder_id, after.tags) == ("b.jpg", other.id, ("x", "y"))
        assert (after.title, after.version) == ("合同 一", 2)
        assert desk.actions()[-4:] == [
            "document.renamed", "document.titled", "document.moved", "document.tagged",
        ]  # fmt: skip
        assert await stages(desk, made.id) == {"words"}
        with pytest.raises(StaleEdit) as stale:
            await desk.shelf.change(ANN, made.id, DocumentChange(name="c.jpg"), version=1)
        assert stale.value.current["name"] == "b.jpg"
        # What changes nothing is no change.
        assert (await desk.shelf.change(ANN, made.id, change, version=2)).version == 2
        assert (await desk.shelf.change(ANN, made.id, DocumentChange(tags=()))).tags == ()
        assert await desk.count(TAGS) == 0

    shelf_story(tell)


def test_names_in_a_folder_differ(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        one = (await desk.put(ANN, folder, "one.jpg", 1)).document
        two = (await desk.put(ANN, folder, "two.jpg", 2)).document
        other = await desk.folders.create(ANN, None, "Other")
        three = (await desk.put(ANN, other.id, "ONE.jpg", 3)).document
        for change in (
            DocumentChange(name="ＯＮＥ.jpg"),
            DocumentChange(folder_id=other.id, name="one.JPG"),
        ):
            with pytest.raises(NameTaken):
                await desk.shelf.change(ANN, two.id, change)
        with pytest.raises(NameTaken):
            await desk.shelf.change(ANN, three.id, DocumentChange(folder_id=folder))
        # Its own name in another case is its own.
        assert (
            await desk.shelf.change(ANN, one.id, DocumentChange(name="ONE.jpg"))
        ).name == "ONE.jpg"
        results = await asyncio.gather(
            desk.shelf.change(ANN, one.id, DocumentChange(name="same.jpg")),
            desk.shelf.change(ANN, two.id, DocumentChange(name="Same.jpg")),
            desk.put(ANN, folder, "SAME.jpg", 4),
            return_exceptions=True,
        )
        page = await desk.shelf.list(ANN.scope, Wanted(folder_id=folder))
        assert [each.name.lower() for each in page.documents].count("same.jpg") == 1, results

    shelf_story(tell)


# --- names that differ in case alone -------------------------------------------------------------


def test_two_files_that_differ_in_case_are_two_documents(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        for turn in ("new", "same"):
            for name, mark in (("A.pdf.jpg", 1), ("a.pdf.jpg", 2), ("Ａ.pdf.jpg", 3)):
                added = await desk.put(ANN, folder, name, mark)
                assert added.outcome == turn, name
        names = [each.name for each in (await desk.shelf.list(ANN.scope, Wanted())).documents]
        assert sorted(names) == ["A.pdf.jpg", "a.pdf (2).jpg", "Ａ.pdf (3).jpg"]
        # Each has its own next version.
        changed = await desk.put(ANN, folder, "a.pdf.jpg", 4)
        assert (changed.outcome, changed.document.name) == ("version", "a.pdf (2).jpg")
        assert changed.document.number == 2
        # The same bytes by another spelling are there already.
        assert (await desk.put(ANN, folder, "A.PDF.jpg", 1)).outcome == "same"
        # Spelled as the document is called now, it is that document.
        called = await desk.put(ANN, folder, "a.pdf (2).jpg", 5)
        assert (called.outcome, called.document.id) == ("version", changed.document.id)

    shelf_story(tell)


def test_many_spellings_end_with_an_answer(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        folder = await mine(desk)
        word = "abcdefg"
        for at in range(NUMBERS_MAX - 2):
            spelled = "".join(c.upper() if at >> i & 1 else c for i, c in enumerate(word))
            assert (await desk.put(ANN, folder, f"{spelled}.jpg", at)).outcome == "new"
        with pytest.raises(NameTaken):
            await desk.put(ANN, folder, "ABCDEFG.jpg", 500)

    shelf_story(tell)
