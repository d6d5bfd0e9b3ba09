"""What `/metrics` and `/readyz` tell of the library: counts, and an index that is broken."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.resources.made_shelf import NOW
from yuepi.access.principal import ROOT_DEPARTMENT
from yuepi.app.compose import compose
from yuepi.app.desk_numbers import DeskWatch
from yuepi.app.http import readiness
from yuepi.app.library import library_in
from yuepi.app.metrics import metrics_text
from yuepi.kit.settings import load_settings
from yuepi.library.actor import OPERATOR
from yuepi.library.store.indexing import want

TEXT = b"A letter about the matter, as was agreed between both of us.\n" * 6


def test_the_library_is_in_the_numbers(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})

    async def tell() -> None:
        async with library_in(settings) as library:
            folder = await library.folders.ensure_path(OPERATOR, "Letters", ROOT_DEPARTMENT)
            added = await library.shelf.add(OPERATOR, folder.id, "a.txt", TEXT)
            async with library.database.writing() as transaction:
                await want(transaction, [added.document.id], "words", NOW)
        async with compose(settings) as composed:
            told = await DeskWatch(composed).numbers()
            lines = metrics_text(composed, told).decode().splitlines()
            for line in (
                'yuepi_library_documents{state="waiting"} 1.0',
                'yuepi_library_waiting{work="read"} 1.0',
                'yuepi_library_waiting{work="words"} 1.0',
                'yuepi_library_waiting{work="meaning"} 0.0',
            ):
                assert line in lines, line
            # Nobody has used the index here: it is not loaded to be looked at.
            assert not any(line.startswith("yuepi_library_index") for line in lines)

    asyncio.run(tell())


@pytest.mark.parametrize("health", ["fresh", "behind", "broken"])
def test_the_index_is_told_and_makes_nothing_unready(tmp_path: Path, health: str) -> None:
    async def how() -> tuple[str, int]:
        return health, 1

    library: Any = SimpleNamespace(
        index=SimpleNamespace(is_open=True), indexer=SimpleNamespace(health=how), reranker=None
    )

    async def tell() -> None:
        async with compose(load_settings(tmp_path, {})) as composed:
            watch = DeskWatch(composed, library)
            lines = metrics_text(composed, await watch.numbers()).decode().splitlines()
            for state in ("fresh", "behind", "broken"):
                line = f'yuepi_library_index{{state="{state}"}} {float(state == health)}'
                assert line in lines, line
            ready = await readiness(composed, watch)
            assert ready["index"] == health
            assert ready["ready"] == (await readiness(composed))["ready"]

    asyncio.run(tell())
