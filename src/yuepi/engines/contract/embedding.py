"""Texts to vectors in this process: what is taken, and the threads around a package's model."""

from __future__ import annotations

import asyncio
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import Any, ClassVar, Final, TypeVar

from yuepi.engines.contract.failures import (
    ChatRefused,
    EngineBroke,
    EngineBusy,
    EngineUnavailable,
)

log = logging.getLogger(__name__)

TEXTS_MAX: Final = 256
TEXT_CHARACTERS_MAX: Final = 8_000
"""About 5,000 tokens of Chinese: a few seconds on two cores. Long documents come in chunks."""
CHARACTERS_MAX: Final = 100_000
"""Of all texts of one call together."""


def checked_texts(texts: Sequence[str]) -> list[str]:
    """The texts as a model takes them; raises `ChatRefused` (empty_text, too_many_texts,
    text_too_long) for what it cannot."""
    if not texts:
        raise _refused("there is no text to embed", "empty_text", "send at least one text")
    if len(texts) > TEXTS_MAX:
        raise _refused(
            f"{len(texts)} texts, the limit is {TEXTS_MAX}",
            "too_many_texts",
            f"send at most {TEXTS_MAX} texts in one call",
        )
    if sum(map(len, texts)) > CHARACTERS_MAX:
        raise _refused(
            f"the texts together are over {CHARACTERS_MAX} characters",
            "text_too_long",
            "send them in several calls",
        )
    return [_checked_one(number, text) for number, text in enumerate(texts)]


def _checked_one(number: int, text: str) -> str:
    if len(text) > TEXT_CHARACTERS_MAX:
        raise _refused(
            f"text {number} has {len(text)} characters, the limit is {TEXT_CHARACTERS_MAX}",
            "text_too_long",
            "cut the text into chunks and embed each",
        )
    # An engine in C ends at a zero byte, and half a surrogate pair is no UTF-8.
    clean = text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8").strip()
    if not clean:
        raise _refused(f"text {number} is empty", "empty_text", "leave out empty texts")
    return clean


def _refused(message: str, code: str, remedy: str) -> ChatRefused:
    return ChatRefused(message, remedy=remedy, code=code, param="input")


# --- a model in this process ---------------------------------------------------------------------

WAITING_MAX: Final = 16
"""Calls with passages, and as many with questions."""
AGAIN_S: Final = 30.0
"""A model that could not be loaded is not tried again before: a try takes seconds, and each search
would wait for it."""
_WAITING_GOES: Final = 2
"""Goes of one call for each thread that are begun or next in line: others come between."""

Encode = Callable[[list[str], bool], Any]
"""A loaded model: a row of numbers for each text, which are questions or passages. Several threads
call it at once."""
T = TypeVar("T")


class PackagedEmbedder(ABC):
    """An `Embedder` around a model that a package brings; it loads with the first text or `warm`.

    package: as it is pinned. texts_a_go: between two goes a caller who left is noticed, and others
    have their turn. load_failures: what `load` raises where the package is missing or damaged.
    """

    dimensions: int
    package: ClassVar[str]
    texts_a_go: ClassVar[int]
    load_failures: ClassVar[tuple[type[Exception], ...]]

    def __init__(self, name: str, threads: int = 1) -> None:
        self.name = name
        self._encode: Encode | None = None
        self._failed: tuple[float, str] | None = None
        self._lock = threading.Lock()
        self._goes_max = threads * _WAITING_GOES
        self._passages = _Threads(name, "passages", threads)
        # Questions have a thread of their own: somebody waits for them, for passages nobody does.
        self._questions = _Threads(name, "questions", 1)

    @abstractmethod
    def load(self) -> Encode:
        """The model, ready; called in one of the threads that will compute."""

    async def embed(self, texts: Sequence[str], *, query: bool = False) -> list[list[float]]:
        """One vector of `dimensions` floats for each text.

        Raises `ChatRefused` (empty_text, too_many_texts, text_too_long), `EngineBusy`,
        `EngineUnavailable` where the package is missing, `EngineBroke`.
        """
        clean = checked_texts(texts)
        with self._threads(query).place():
            return await self._in_goes(clean, query)

    async def warm(self) -> None:
        """Load the model; raises `EngineUnavailable`."""
        await self._in_goes(["."], False)

    async def close(self) -> None:
        """Let go of the model; a go that has begun ends first, what waits is refused."""
        await asyncio.gather(self._passages.close(), self._questions.close())
        self._encode = None

    def _threads(self, query: bool) -> _Threads:
        return self._questions if query else self._passages

    async def _in_goes(self, texts: list[str], query: bool) -> list[list[float]]:
        """The vectors of all texts, some goes at a time; the first failure ends the others."""
        found: dict[int, list[list[float]]] = {}
        starts = range(0, len(texts), self.texts_a_go)
        left = iter(starts)
        threads = self._threads(query)

        async def one_after_another() -> None:
            for start in left:
                some = texts[start : start + self.texts_a_go]
                found[start] = await threads.run(partial(self._embed, some, query))

        rows = 1 if query else min(self._goes_max, len(starts))
        await _all_of([one_after_another() for _ in range(rows)])
        return [vector for start in starts for vector in found[start]]

    def _embed(self, texts: list[str], query: bool) -> list[list[float]]:
        """In a thread."""
        import numpy as np

        try:
            vectors = np.asarray(self._loaded()(texts, query), np.float32)
        except (RuntimeError, ValueError, OSError, MemoryError) as error:
            log.exception("model %s failed on %d texts", self.name, len(texts))
            said = (str(error) or type(error).__name__).splitlines()[0]
            raise EngineBroke(
                f"{self.name}: the model failed: {said[:300]}",
                remedy=f"ask again; if it stays, install {self.package} again",
                # These texts, or rows of different lengths: it would be the same again.
                retryable=not isinstance(error, ValueError),
            ) from error
        if vectors.shape != (len(texts), self.dimensions) or not np.isfinite(vectors).all():
            raise EngineBroke(
                f"{self.name}: the model gave vectors of shape {vectors.shape}",
                remedy=f"install {self.package} again",
                retryable=False,
            )
        rows: list[list[float]] = vectors.tolist()
        return rows

    def _loaded(self) -> Encode:
        with self._lock:
            if self._encode is None:
                if self._failed is not None and monotonic() - self._failed[0] < AGAIN_S:
                    raise self._unloaded(self._failed[1])
                try:
                    self._encode = self.load()
                except self.load_failures as error:
                    self._failed = (monotonic(), str(error))
                    raise self._unloaded(str(error)) from error
            return self._encode

    def _unloaded(self, why: str) -> EngineUnavailable:
        return EngineUnavailable(
            f"{self.name}: the embedding model cannot be loaded ({why})",
            remedy=f"pip install {self.package}",
            retryable=False,
        )


class _Threads:
    """Threads that a model computes in, until they are closed. waiting: calls under way."""

    def __init__(self, name: str, purpose: str, count: int) -> None:
        self._name = name
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=f"{name}-{purpose}")
        self._purpose = purpose
        self._closed = False
        self.waiting = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Room for one call; raises `EngineBusy` where too many wait."""
        if self.waiting >= WAITING_MAX:
            raise EngineBusy(
                f"{self._name}: {WAITING_MAX} calls are already waiting for embeddings"
                f" of {self._purpose}",
                remedy="try again in a moment, or send more texts in one call",
                retry_after_s=1.0,
            )
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives; who leaves before it has begun takes it along."""
        if self._closed:
            raise self._gone()
        job = self._pool.submit(work)
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if job.cancelled() and task is not None and not task.cancelling():
                raise self._gone() from None  # `close` cancelled what waited, nobody else did
            raise

    async def close(self) -> None:
        self._closed = True
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)

    def _gone(self) -> EngineUnavailable:
        return EngineUnavailable(
            f"{self._name}: is closed", remedy="start the server again", retryable=False
        )


async def _all_of(rows: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run these together; the first failure ends the others and is raised by itself."""
    tasks = [asyncio.create_task(row) for row in rows]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
