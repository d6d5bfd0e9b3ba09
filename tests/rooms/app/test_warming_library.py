"""At the start of a server what search stands on is loaded where something can be found."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.resources.made_shelf import DIMENSIONS, made_document, made_embed, put_on_shelf
from yuepi.app.library import library_in
from yuepi.app.warming import warm_library
from yuepi.kit.errors import Unavailable
from yuepi.kit.settings import load_settings
from yuepi.library.index.later import LaterIndex
from yuepi.library.index.opening import open_index


def test_search_is_loaded_where_something_was_read_and_never_in_the_way(tmp_path: Path) -> None:
    embedded: list[str] = []

    async def embed(texts: Sequence[str], query: bool) -> list[list[float]]:
        embedded.extend(texts)
        return await made_embed(texts, query)

    async def fail(texts: Sequence[str], query: bool) -> list[list[float]]:
        raise Unavailable("the embedder is away", remedy="wait")

    async def tell() -> None:
        async with library_in(load_settings(tmp_path, {})) as opened:
            place = tmp_path / "made"
            index = LaterIndex(lambda: open_index(place, embedder="made", dimensions=DIMENSIONS))
            library = replace(opened, index=index, embed=embed)
            await warm_library(library)
            # A desk without documents pays no memory.
            assert (index.is_open, embedded) == (False, [])
            await put_on_shelf(library.database, [made_document(1)])
            await warm_library(library)
            assert (index.is_open, len(embedded)) == (True, 1)
            # Search tells what does not work; a server starts all the same.
            await warm_library(replace(library, embed=fail))
            await index.close()

    asyncio.run(tell())
