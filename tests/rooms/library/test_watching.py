"""Watched folders: what comes to lie in them is added once, when it stands still."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.resources.shelf_desk import (
    ADMIN,
    ANN,
    ShelfDesk,
    ShelfStory,
    picture,
    postgres,
    shelf_story,
)
from tests.rooms.library.test_bulk import zipped
from yuepi.library.changing import DocumentChange
from yuepi.library.shelf import Wanted
from yuepi.library.watching import Watched, Watcher, _Seen

__all__ = ["postgres", "shelf_story"]


@asynccontextmanager
async def watching(desk: ShelfDesk, folder: Path) -> AsyncGenerator[Watcher, None]:
    watcher = Watcher(
        desk.folders, desk.shelf, [Watched(folder, "收件/Scanner", "dep_root")], still_s=0.1
    )
    task = asyncio.create_task(watcher.run())
    try:
        yield watcher
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(asked: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(200):
        if await asked():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to that")


async def names(desk: ShelfDesk) -> dict[str, int]:
    page = await desk.shelf.list(ADMIN.scope, Wanted(limit=200))
    return {each.name: each.number for each in page.documents}


def test_what_lies_there_and_what_comes_is_added_once(
    shelf_story: ShelfStory, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "三月").mkdir(parents=True)
    (inbox / "there.jpg").write_bytes(picture(1))
    (inbox / ".hidden.jpg").write_bytes(picture(2))
    (inbox / "half.part").write_bytes(picture(3))

    async def tell(desk: ShelfDesk) -> None:
        async def has(expected: dict[str, int]) -> bool:
            return await names(desk) == expected

        async with watching(desk, inbox) as watcher, watching(desk, inbox):
            await until(lambda: has({"there.jpg": 1}))
            (inbox / "三月" / "new.jpg").write_bytes(picture(4))
            (inbox / "bad.exe").write_bytes(b"MZ nothing")
            (inbox / "all.zip").write_bytes(zipped(("z.jpg", picture(5))))
            await until(lambda: has({"there.jpg": 1, "new.jpg": 1, "z.jpg": 1}))
            (inbox / "there.jpg").write_bytes(picture(6))
            await until(lambda: has({"there.jpg": 2, "new.jpg": 1, "z.jpg": 1}))
            (inbox / "三月" / "new.jpg").unlink()

            async def refused() -> bool:
                return watcher.states()[0].refused == 1

            await until(refused)
            assert "bad.exe" in str(watcher.states()[0].problem)
        paths = {"/".join(each.path) for each in await desk.folders.list(ANN.scope)}
        assert paths == {"收件", "收件/Scanner", "收件/Scanner/三月", "收件/Scanner/all"}
        assert await names(desk) == {"there.jpg": 2, "new.jpg": 1, "z.jpg": 1}
        assert desk.actions().count("document.added") == 3

    shelf_story(tell)


def test_a_start_adds_nothing_again_also_what_was_thrown_away_or_renamed(
    shelf_story: ShelfStory, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for number in range(3):
        (inbox / f"{number}.jpg").write_bytes(picture(number))

    async def tell(desk: ShelfDesk) -> None:
        async with watching(desk, inbox):

            async def three() -> bool:
                return len(await names(desk)) == 3

            await until(three)
        page = await desk.shelf.list(ADMIN.scope, Wanted(order="name"))
        await desk.shelf.trash(ADMIN, page.documents[0].id)
        await desk.shelf.change(ADMIN, page.documents[1].id, DocumentChange(name="other.jpg"))
        await desk.shelf.add_version(ADMIN, page.documents[2].id, "2.jpg", picture(9))
        before = await names(desk)
        (inbox / "last.jpg").write_bytes(picture(10))
        async with watching(desk, inbox):

            async def came() -> bool:
                return "last.jpg" in await names(desk)

            await until(came)
            await asyncio.sleep(0.3)
        assert await names(desk) == before | {"last.jpg": 1}

    shelf_story(tell)


def test_a_folder_that_is_not_there_is_told(shelf_story: ShelfStory, tmp_path: Path) -> None:
    async def tell(desk: ShelfDesk) -> None:
        async with watching(desk, tmp_path / "nowhere") as watcher:

            async def told() -> bool:
                return "no folder" in str(watcher.states()[0].problem)

            await until(told)

    shelf_story(tell)


def test_a_file_is_taken_when_it_stands_still(tmp_path: Path) -> None:
    now = 0.0
    seen = _Seen(tmp_path, 2.0, lambda: now)
    file = tmp_path / "a.jpg"
    file.write_bytes(b"one")
    outside = tmp_path.parent / "outside.jpg"
    outside.write_bytes(b"x")
    (tmp_path / "link.jpg").symlink_to(outside)
    seen.scan()
    now = 1.9
    assert seen.settled() == []
    file.write_bytes(b"one two")
    now = 2.5
    assert seen.settled() == []
    now = 4.4
    assert seen.settled() == []
    now = 4.5
    assert [path.name for path, _ in seen.settled()] == ["a.jpg"]
    assert seen.settled() == []
    seen.known[file] = (file.stat().st_size, file.stat().st_mtime_ns)
    seen.scan()
    assert seen.pending == {}
    shutil.rmtree(tmp_path)
    seen.scan()
    assert seen.settled() == []
