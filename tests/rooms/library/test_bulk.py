"""Many files at once: folders, zips, and what is refused without spoiling the rest."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.shelf_desk import (
    ANN,
    BEN,
    BOSS,
    CHIEF,
    ShelfDesk,
    ShelfStory,
    picture,
    postgres,
    shelf_story,
)
from yuepi.kit.errors import UnreadableFile
from yuepi.library.actor import NotTheirs
from yuepi.library.bulk import Bulk, Incoming, path_parts
from yuepi.library.document import FOLDER_DEPTH_MAX, NotOnShelf
from yuepi.library.shelf import Wanted

__all__ = ["postgres", "shelf_story"]


def sent(name: str, data: bytes, path: str = "") -> Incoming:
    async def read() -> bytes:
        return data

    return Incoming(name, read, path)


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def locked(data: bytes, name: str) -> bytes:
    """The zip with one member marked as encrypted."""
    raw = bytearray(data)
    at = raw.find(b"PK\1\2")
    while at >= 0:
        length = struct.unpack_from("<H", raw, at + 28)[0]
        if raw[at + 46 : at + 46 + length] == name.encode():
            raw[at + 8] |= 1
        at = raw.find(b"PK\1\2", at + 4)
    return bytes(raw)


async def paths(desk: ShelfDesk) -> set[str]:
    folders = {each.id: "/".join(each.path) for each in await desk.folders.list(ANN.scope)}
    page = await desk.shelf.list(ANN.scope, Wanted(limit=200))
    return {f"{folders[each.folder_id]}/{each.name}" for each in page.documents}


def test_each_file_is_told_by_itself(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        top = await desk.folders.create(ANN, None, "Top")
        bulk = Bulk(desk.folders, desk.shelf)
        done = await bulk.take(
            ANN,
            top.id,
            [
                sent("a.jpg", picture(1), "2024/03/a.jpg"),
                sent("bad.exe", b"MZ no document", "2024/bad.exe"),
                sent("empty.jpg", b""),
                sent("b.jpg", picture(2), "2024/03/b.jpg"),
                sent("up.jpg", picture(3), "../../up.jpg"),
                sent("deep.jpg", picture(3), "/".join("d" * (FOLDER_DEPTH_MAX + 1)) + "/x.jpg"),
                sent("c.jpg", picture(3)),
            ],
            ("t",),
        )
        assert [each.outcome for each in done.added] == ["new", "new", "new"]
        assert all(each.document.tags == ("t",) for each in done.added)
        told = [(each.name, each.code) for each in done.refused]
        assert told[:3] == [
            ("2024/bad.exe", "unsupported_type"),
            ("empty.jpg", "empty_file"),
            ("../../up.jpg", "unsafe_path"),
        ]
        assert told[3][1] == "unsafe_path"
        assert all(each.remedy for each in done.refused)
        assert await paths(desk) == {"Top/2024/03/a.jpg", "Top/2024/03/b.jpg", "Top/c.jpg"}

    shelf_story(tell)


def test_a_zip_becomes_a_folder_and_again_changes_nothing(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        top = await desk.folders.create(ANN, None, "Top")
        bulk = Bulk(desk.folders, desk.shelf)
        inner = zipped(("x.jpg", picture(9)))
        data = zipped(
            ("一月/a.jpg", picture(1)),
            ("secret.jpg", picture(2)),
            ("b.jpg", picture(3)),
            ("inner.zip", inner),
            ("notes.docx", zipped(("[Content_Types].xml", b"<x/>"))),
            ("__MACOSX/._b.jpg", b"x"),
        )
        for turn in ("new", "same"):
            sending = [sent("papers.zip", locked(data, "secret.jpg"), "in/papers.zip")]
            done = await bulk.take(ANN, top.id, sending)
            assert [each.outcome for each in done.added] == [turn, turn]
            assert {(each.name, each.code) for each in done.refused} == {
                ("papers.zip/secret.jpg", "encrypted"),
                ("papers.zip/inner.zip", "unsafe_archive"),
                ("papers.zip/notes.docx", "unsupported_type"),
            }
        assert await paths(desk) == {"Top/in/papers/一月/a.jpg", "Top/in/papers/b.jpg"}

    shelf_story(tell)


def test_an_unsafe_zip_is_refused_as_a_whole_and_the_others_stay(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        top = await desk.folders.create(ANN, None, "Top")
        done = await Bulk(desk.folders, desk.shelf).take(
            ANN,
            top.id,
            [
                sent("climbs.zip", zipped(("../../etc/a.jpg", picture(1)))),
                sent("many.zip", zipped(*((f"{n}.jpg", b"x") for n in range(201)))),
                sent("cut.zip", zipped(("a.jpg", picture(1)))[:-30]),
                sent("a.jpg", picture(1)),
            ],
        )
        assert [each.document.name for each in done.added] == ["a.jpg"]
        told = {each.name: each.code for each in done.refused}
        assert told == {
            "climbs.zip": "unsafe_archive",
            "many.zip": "unsafe_archive",
            "cut.zip": "damaged",
        }

    shelf_story(tell)


def test_only_into_folders_that_one_may_add_to(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        bulk = Bulk(desk.folders, desk.shelf)
        company = await desk.folders.create(CHIEF, None, "All", "dep_root")
        sales = await desk.folders.create(BOSS, None, "Sales", "sales")
        with pytest.raises(NotTheirs):
            await bulk.take(ANN, company.id, [sent("a.jpg", picture())])
        with pytest.raises(NotOnShelf):
            await bulk.take(BEN, sales.id, [sent("a.jpg", picture())])
        boss = await bulk.take(BOSS, sales.id, [sent("a.jpg", picture())])
        done = await bulk.take(
            ANN, sales.id, [sent("a.jpg", picture(1)), sent("b.jpg", picture(2))]
        )
        # Another's document is not overwritten; the rest is added.
        assert [each.code for each in done.refused] == ["not_yours"]
        assert [each.document.name for each in done.added] == ["b.jpg"]
        assert (await desk.shelf.find(ANN.scope, boss.added[0].document.id)).number == 1

    shelf_story(tell)


@given(st.text(max_size=200))
def test_no_path_climbs_out(text: str) -> None:
    try:
        parts = path_parts(text)
    except UnreadableFile:
        return
    assert 1 <= len(parts) <= FOLDER_DEPTH_MAX
    assert not {"..", ".", ""} & set(parts)
    assert not any("/" in part or "\\" in part or "\0" in part for part in parts)
