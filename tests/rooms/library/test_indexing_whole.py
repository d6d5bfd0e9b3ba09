"""The index as a whole: broken, deleted, compared, rebuilt, tidied."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence

import pytest

from tests.resources.made_shelf import (
    NOW,
    change,
    made_document,
    made_embed,
    made_pieces_of,
    put_on_shelf,
)
from tests.resources.postgres import postgres
from tests.rooms.library.test_indexing import (
    Desk,
    DeskStory,
    story,
    to_the_end,
)
from yuepi.library import indexing as indexing_module
from yuepi.library.index.contract import IndexBroken
from yuepi.library.scope import Scope

__all__ = ["postgres", "story"]


def test_a_broken_index_is_told_and_made_anew(story: DeskStory) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(number) for number in range(5)])
        await to_the_end(desk.indexer)
        for file in desk.place.rglob("*.manifest"):
            file.write_bytes(b"damaged")
        await change(desk.database, "doc_000001", number=2, version_id="ver_000001_2")
        await desk.index.close()
        fresh = desk.another()
        assert (await fresh.health())[0] == "broken"
        with pytest.raises(IndexBroken):
            await to_the_end(fresh)
        told: list[tuple[int, int]] = []
        await fresh.rebuild(lambda done, of: told.append((done, of)))
        assert told[-1] == (5, 5)
        await desk.wait(60)
        await to_the_end(fresh)
        await desk.as_on_shelf()
        assert await desk.rows() == {}
        assert await desk.another().health() == ("fresh", 0)

    story(tell)


def test_a_deleted_index_is_noticed_and_filled_again(story: DeskStory) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(number) for number in range(5)])
        await to_the_end(desk.indexer)
        shutil.rmtree(desk.place)
        assert (await desk.another().health())[0] == "behind"
        await to_the_end(desk.another())
        await desk.as_on_shelf()

    story(tell)


def test_comparing_finds_what_was_lost_doubled_or_forgotten(story: DeskStory) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(number) for number in range(6)])
        await to_the_end(desk.indexer)
        assert await desk.indexer.check() == 0
        await desk.index.remove(["doc_000000"])
        stray = made_document(77)
        await desk.index.put(stray, made_pieces_of(stray))
        await change(desk.database, "doc_000001", stage=None, number=2, version_id="ver_000001_2")
        await change(desk.database, "doc_000002", stage=None, trashed_at=NOW)
        assert await desk.indexer.check() == 4
        await to_the_end(desk.indexer)
        await desk.as_on_shelf()
        assert await desk.indexer.check() == 0

    story(tell)


def test_a_rebuild_while_the_shelf_changes_loses_nothing(story: DeskStory) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(number) for number in range(70)])
        await to_the_end(desk.indexer)
        before = await desk.index.vectors_of("doc_000003")
        embedded: list[str] = []

        async def embed(texts: Sequence[str], query: bool) -> list[list[float]]:
            embedded.extend(texts)
            return await made_embed(texts, query)

        async def others() -> None:
            other = desk.another()
            await change(desk.database, "doc_000001", number=2, version_id="ver_000001_2")
            await to_the_end(other)
            await change(desk.database, "doc_000002", stage="gone", trashed_at=NOW)
            await to_the_end(other)
            await put_on_shelf(desk.database, [made_document(100)])
            await to_the_end(other)

        working: list[asyncio.Task[None]] = []
        rebuilding = desk.another(embed=embed)

        def progress(done: int, of: int) -> None:
            # Readers find what they found before, until the moment of the switch.
            if not working:
                working.append(asyncio.create_task(others()))

        await rebuilding.rebuild(progress)
        await working[0]
        await to_the_end(rebuilding)
        await desk.as_on_shelf()
        assert await desk.index.vectors_of("doc_000003") == before
        # Vectors of what did not change were taken over.
        assert len(embedded) < 30

    story(tell)


def test_a_rebuild_that_is_broken_off_leaves_the_index_as_it_was(story: DeskStory) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(number) for number in range(3)])
        await to_the_end(desk.indexer)

        def break_off(done: int, of: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await desk.another().rebuild(break_off)
        await desk.as_on_shelf()

    story(tell)


def test_running_indexes_what_comes_and_waits_where_nothing_does(
    story: DeskStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing_module, "LOOK_S", 0.02)
    monkeypatch.setattr(indexing_module, "TIDY_LOOK_S", 0.02)
    monkeypatch.setattr(indexing_module, "TIDY_WRITES", 1)

    async def tell(desk: Desk) -> None:
        running = [asyncio.create_task(desk.another().run()) for _ in range(2)]
        try:
            for start in range(0, 60, 20):
                await put_on_shelf(
                    desk.database, [made_document(number) for number in range(start, start + 20)]
                )
                await asyncio.sleep(0.1)
            async with asyncio.timeout(60):
                while await desk.rows() or len(await desk.index.standing()) < 60:
                    await asyncio.sleep(0.05)
            await desk.as_on_shelf()
            assert not any(task.done() for task in running)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    story(tell)


def test_a_command_leaves_the_index_tidy(story: DeskStory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing_module, "TIDY_PIECES_MIN", 20)

    async def tell(desk: Desk) -> None:
        await put_on_shelf(desk.database, [made_document(1)])
        await to_the_end(desk.indexer)
        assert await desk.index.unindexed() > 0
        await put_on_shelf(desk.database, [made_document(number) for number in range(2, 12)])
        await to_the_end(desk.indexer)
        assert await desk.index.unindexed() == 0
        await desk.as_on_shelf()

    story(tell)


def test_waiting_counts_only_documents_within_reach(story: DeskStory) -> None:
    async def tell(desk: Desk) -> None:
        await put_on_shelf(
            desk.database,
            [
                made_document(1, owner_id="ann", department_id=None),
                made_document(2, owner_id="ben", department_id=None),
                made_document(3, owner_id="ben", department_id="d1", state="waiting", read_at=None),
            ],
        )
        assert await desk.indexer.health(Scope("ann", frozenset())) == ("behind", 1)
        assert await desk.indexer.health(Scope("ann", frozenset({"d1"}))) == ("behind", 2)
        assert await desk.indexer.health() == ("behind", 3)
        assert await desk.indexer.health(Scope("cleo", frozenset())) == ("fresh", 0)

    story(tell)
