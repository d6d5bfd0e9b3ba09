"""A model that turns pictures of pages into vectors: what is sent, what is believed."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.page_server import DIMENSIONS, PageServer, jina_embeddings, page_server
from tests.faults.ranking_server import held, says, status
from yuepi.engines.contract import (
    ChatRefused,
    EngineBroke,
    EngineTimeout,
    ModelEntry,
    PageEmbedder,
    Picture,
    picture_sha256,
)
from yuepi.engines.openai_compatible import page_embedding
from yuepi.gateway.registry import build_page_embedder
from yuepi.kit.errors import BadUsage, YuepiError

Use = Callable[[PageServer, PageEmbedder], Awaitable[None]]


def picture(text: str) -> Picture:
    data = text.encode()
    return Picture(data, "image/jpeg", picture_sha256(data), 8, 8)


def entry(url: str, **options: Any) -> ModelEntry:
    given = {"url": url, "model": "col", "dimensions": DIMENSIONS} | options
    return ModelEntry("looks", "http", given, Path(), "page_embedders")


def with_embedder(use: Use, **options: Any) -> None:
    async def story() -> None:
        async with page_server() as server:
            embedder = build_page_embedder(entry(server.url, **options))
            try:
                await use(server, embedder)
            finally:
                await embedder.close()
                await embedder.close()

    asyncio.run(story())


@pytest.mark.parametrize("shape", ["vllm", "jina"])
def test_pages_and_questions_become_vectors_of_length_one(shape: str) -> None:
    async def use(server: PageServer, embedder: PageEmbedder) -> None:
        if shape == "jina":
            server.otherwise = jina_embeddings
        page = await embedder.page(picture("a red seal"))
        (question,) = await embedder.question("seal")
        assert len(page) == 3
        assert all(abs(math.hypot(*vector) - 1) < 1e-6 for vector in page)
        assert question == pytest.approx(page[2])
        first, second = (asked.body for asked in server.requests)
        assert (first["model"], embedder.dimensions) == ("col", DIMENSIONS)
        if shape == "jina":
            assert (first["task"], second["task"]) == ("retrieval.passage", "retrieval.query")

    with_embedder(use, shape=shape)


def test_a_large_answer_is_read_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    read, threads = page_embedding._read, []

    def watched(*given: Any) -> list[list[float]]:
        threads.append(threading.current_thread())
        return read(*given)

    monkeypatch.setattr(page_embedding, "_read", watched)

    async def use(_: PageServer, embedder: PageEmbedder) -> None:
        assert len(await embedder.page(picture("a red seal"))) == 3
        assert threads
        assert threading.main_thread() not in threads

    with_embedder(use)


V = [1.0] + [0.0] * (DIMENSIONS - 1)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "{}",
        {"data": []},
        {"data": [{}]},
        {"data": [{"data": []}]},
        {"data": [{"data": [V]}, {"data": [V]}]},
        {"data": [{"data": [V, V[1:]]}]},
        {"data": [{"data": [[0.0] * DIMENSIONS]}]},
        {"data": [{"data": [[1e300] * DIMENSIONS]}]},
        {"data": [{"data": [["x"] * DIMENSIONS]}]},
        {"data": [{"data": [V] * 4_097}]},
        {"data": [{"embedding": "AAAA"}]},
        '{"data":[{"data":[[NaN]]}]}',
    ],
)
def test_vectors_that_are_none_are_refused(answer: str | object) -> None:
    async def use(server: PageServer, embedder: PageEmbedder) -> None:
        server.script = [says(answer)]
        with pytest.raises(EngineBroke):
            await embedder.page(picture("a"))
        assert await embedder.question("a")

    with_embedder(use)


@pytest.mark.parametrize("answer", [{"data": [{"embedding": V}]}, {"data": [{"embedding": [V]}]}])
def test_one_vector_of_a_page_is_enough(answer: object) -> None:
    async def use(server: PageServer, embedder: PageEmbedder) -> None:
        server.script = [says(answer)]
        assert await embedder.page(picture("a")) == [V]

    with_embedder(use)


def test_what_is_wrong_with_the_server_is_said() -> None:
    async def use(server: PageServer, embedder: PageEmbedder) -> None:
        server.script = [status(404), status(400), held(asyncio.Event())]
        kinds: list[type[YuepiError]] = []
        for asked in (embedder.page(picture("a")), embedder.page(picture("a"))):
            with pytest.raises(YuepiError) as error:
                await asked
            kinds.append(type(error.value))
        assert kinds[1] is ChatRefused
        with pytest.raises(EngineTimeout):
            await embedder.question("a")
        with pytest.raises(ChatRefused):
            await embedder.question(" \0 ")

    with_embedder(use, question_timeout_s=0.05)


@pytest.mark.parametrize(
    "options",
    [{"url": ""}, {"dimensions": 0}, {"shape": "clip"}, {"extra_body": {"messages": []}}],
)
def test_a_wrong_option_is_named_with_its_table(options: dict[str, Any]) -> None:
    with pytest.raises(BadUsage) as error:
        build_page_embedder(entry(**{"url": "http://h/pooling"} | options))
    assert "[page_embedders.looks]" in error.value.remedy
