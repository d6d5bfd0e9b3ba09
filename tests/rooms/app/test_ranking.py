"""A ranking model of the settings: it orders what `yuepi search` finds, and may fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.ranking_server import RankingServer, in_thread, status
from tests.resources.shelf_reader import PlainReader
from yuepi.app.compose import compose
from yuepi.app.desk_numbers import DeskWatch
from yuepi.app.http import readiness
from yuepi.app.library import library_in
from yuepi.app.wiring import Wiring
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import load_settings, parse_settings


@pytest.fixture
def server() -> Iterator[RankingServer]:
    with in_thread(RankingServer()) as server:
        yield server


def settled(folder: Path, url: str) -> Path:
    (folder / "yuepi.toml").write_text(
        '[library]\nembedder = ""\nreranker = "bge"\n'
        f'[rerankers.bge]\nurl = "{url}"\nmodel = "BAAI/bge-reranker-v2-m3"\n'
    )
    return folder


def test_search_has_the_order_of_the_model_until_it_fails(
    tmp_path: Path, yuepi: Callable[..., Any], server: RankingServer
) -> None:
    data = settled(tmp_path, server.url)
    files = tmp_path / "files"
    files.mkdir()
    terms = "\n".join(f"Further terms {each}: as agreed between both." for each in "abcdefgh")
    (files / "a.txt").write_text(f"the delivery of the turbine, worth 10\n{terms}")
    (files / "b.txt").write_text(f"a turbine, worth 90\n{terms}")
    wiring = Wiring(shelf_reader=lambda _: PlainReader())
    told = yuepi("add", files, "--data", data, wiring=wiring)
    assert told.code == 0, told.err

    def order() -> list[str]:
        found = yuepi("search", "turbine delivery", "--json", "--data", data, wiring=wiring)
        assert found.code == 0, found.err
        return list(dict.fromkeys(hit["file"] for hit in found.json["hits"]))

    assert order() == ["b.txt", "a.txt"]
    assert server.requests[0].body["query"] == "turbine delivery"
    server.script = [status(500)] * 9
    assert order() == ["a.txt", "b.txt"]


def test_readyz_says_while_it_is_left_alone(tmp_path: Path, server: RankingServer) -> None:
    settings = load_settings(settled(tmp_path, server.url))
    server.script = [status(503)] * 5

    async def story() -> list[object]:
        told: list[object] = []
        async with compose(settings) as composition, library_in(settings) as library:
            watch = DeskWatch(composition, library)
            told.append((await readiness(composition, watch))["reranker"])
            assert library.reranker is not None
            for _ in range(5):
                with pytest.raises(Exception, match="503"):
                    await library.reranker.rank("q", ["a"])
            answer = await readiness(composition, watch)
            told += [answer["reranker"], "routes" in answer]
        return told

    assert asyncio.run(story()) == ["ready", "failed", True]


def test_nothing_is_told_or_loaded_where_none_is_set(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)

    async def story() -> None:
        async with compose(settings) as composition, library_in(settings) as library:
            assert library.reranker is None
            assert "reranker" not in await readiness(composition, DeskWatch(composition, library))

    asyncio.run(story())


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[library]\nreranker = "bge"\n', "[rerankers]"),
        ('[rerankers."a b"]\nurl = "http://h/"\n', "[rerankers.a b]"),
        ("[rerankers.bge]\nengine = 1\n", "[rerankers.bge] engine"),
    ],
)
def test_wrong_settings_are_named(text: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(BadUsage) as error:
        parse_settings(text, tmp_path)
    assert named in error.value.message
