"""Vectors of several languages brought together, so that meaning counts and language does not.

An embedder puts all passages of one language nearer to each other than to anything in another (the
means of Chinese and of English passages differ), so that a question finds nothing in the other
language before all of its own. What is compared here is a vector less the mean of its language's
passages, of unit length again: the first step of "all-but-the-top" (Mu and Viswanath, ICLR 2018).
Where a model has axes, what is kept of its vectors is their part along these, the ones along which
texts differ most (principal components): fewer numbers to compare.
Means and axes belong to one embedder; `scripts/passage_means.py` makes them from the made shelf.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from yuepi.library.index.contract import Embed

VERSION: Final = "centred 1"
"""Part of an index's label: other means are other vectors."""
MEANS: Final = "passage_means.json"
AXES: Final = "passage_axes_{}.npy"

Written = Literal["zh", "en"]

_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN: Final = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Middle:
    """What is known of an embedder's passages: the mean of each language, and where fewer numbers
    are kept of each vector the axes (numbers of the embedder x numbers kept)."""

    means: Mapping[Written, NDArray[np.float32]]
    axes: NDArray[np.float32] | None = None

    @property
    def dimensions(self) -> int:
        """How many numbers are kept."""
        return len(self.means["zh"]) if self.axes is None else self.axes.shape[1]


def written_in(text: str) -> Written:
    """Whether a text has more Chinese characters or more words of Latin letters."""
    return "zh" if len(_HAN.findall(text)) >= len(_LATIN.findall(text)) else "en"


@cache
def known_middle(embedder: str) -> Middle | None:
    """What is known of an embedder's passages; None where nobody measured them."""
    folder = resources.files("yuepi.library.index")
    known = json.loads(folder.joinpath(MEANS).read_text("utf-8")).get(embedder)
    if known is None:
        return None
    means: dict[Written, NDArray[np.float32]] = {
        "zh": np.array(known["zh"], np.float32),
        "en": np.array(known["en"], np.float32),
    }
    kept = folder.joinpath(AXES.format(embedder))
    if not kept.is_file():
        return Middle(means)
    return Middle(means, np.load(io.BytesIO(kept.read_bytes()), allow_pickle=False).astype("f4"))


def centred(embed: Embed, middle: Middle) -> Embed:
    """The same embedder, its vectors less the mean of their language, along the axes."""

    async def embed_centred(texts: Sequence[str], query: bool) -> list[list[float]]:
        vectors = await embed(texts, query)
        return [
            _less(vector, middle.means[written_in(text)], middle.axes)
            for vector, text in zip(vectors, texts, strict=True)
        ]

    return embed_centred


def _less(
    vector: Sequence[float], mean: NDArray[np.float32], axes: NDArray[np.float32] | None
) -> list[float]:
    moved = np.asarray(vector, np.float32) - mean
    if axes is not None:
        moved = moved @ axes
    length = float(np.linalg.norm(moved))
    # The mean itself has no direction left: it is near nothing.
    found: list[float] = (moved / length if length > 0 else moved).tolist()
    return found
