"""A page embedder of the settings: `yuepi add` has pages looked at, `yuepi search` finds them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.page_server import DIMENSIONS, page_server
from tests.faults.ranking_server import in_thread, status
from tests.resources.shelf_reader import PlainReader
from yuepi.app.library import library_in
from yuepi.app.wiring import Wiring
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import load_settings, parse_settings

TERMS = "\n".join(f"Further terms {each}: as agreed between both." for each in "abcdefgh")


def settled(folder: Path, url: str) -> Path:
    (folder / "yuepi.toml").write_text(
        '[library]\nembedder = ""\npage_embedder = "looks"\n'
        f'[page_embedders.looks]\nurl = "{url}"\nmodel = "col"\ndimensions = {DIMENSIONS}\n'
    )
    return folder


def test_what_was_added_is_found_by_its_looks(tmp_path: Path, yuepi: Callable[..., Any]) -> None:
    file = tmp_path / "turbine.txt"
    file.write_text(f"a turbine\n{TERMS}")
    wiring = Wiring(shelf_reader=lambda _: PlainReader(pictures=True))
    with in_thread(page_server()) as server:
        data = settled(tmp_path, server.url)

        def found() -> list[tuple[str, int]]:
            told = yuepi("search", "bridge", "--json", "--data", data, wiring=wiring)
            return [(hit["file"], hit["page"]) for hit in told.json["hits"]]

        told = yuepi("add", file, "--data", data, wiring=wiring)
        assert told.code == 0, told.err
        assert found() == [("turbine.txt", 1)]
        asked = len(server.requests)
        told = yuepi("index", "rebuild", "--data", data, wiring=wiring)
        assert told.code == 0, told.err
        # Made anew by who searches first; a model that fails afterwards leaves the search as it is.
        assert found() == [("turbine.txt", 1)]
        assert len(server.requests) == asked + 2
        server.otherwise = status(500)
        assert found() == []


def test_nothing_is_made_or_loaded_where_none_is_set(tmp_path: Path) -> None:
    async def story() -> None:
        async with library_in(load_settings(tmp_path)) as library:
            assert library.pages is None

    asyncio.run(story())


def test_an_unknown_name_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match=r"\[page_embedders\]"):
        parse_settings('[library]\npage_embedder = "looks"\n', tmp_path)
