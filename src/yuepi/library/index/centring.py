"""Vectors of several languages brought together, so that meaning counts and language does not.

multilingual-e5 puts all passages of one language nearer to each other than to anything in another
(the means of Chinese and of English passages differ), so that a question finds nothing in the other
language before all of its own. What is compared here is a vector less the mean of its language's
passages, of unit length again: the first step of "all-but-the-top" (Mu and Viswanath, ICLR 2018).
The means belong to one embedder; `scripts/passage_means.py` makes them from the made shelf.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from yuepi.library.index.contract import Embed

VERSION: Final = "centred 1"
"""Part of an index's label: other means are other vectors."""
MEANS: Final = "passage_means.json"

Written = Literal["zh", "en"]
Means = Mapping[Written, NDArray[np.float32]]

_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN: Final = re.compile(r"[A-Za-z]+")


def written_in(text: str) -> Written:
    """Whether a text has more Chinese characters or more words of Latin letters."""
    return "zh" if len(_HAN.findall(text)) >= len(_LATIN.findall(text)) else "en"


@cache
def known_means(embedder: str) -> Means | None:
    """The means of an embedder's passages by language; None where nobody measured them."""
    text = resources.files("yuepi.library.index").joinpath(MEANS).read_text("utf-8")
    known = json.loads(text)
    if known["embedder"] != embedder:
        return None
    return {"zh": np.array(known["zh"], np.float32), "en": np.array(known["en"], np.float32)}


def centred(embed: Embed, means: Means) -> Embed:
    """The same embedder, its vectors less the mean of their language."""

    async def embed_centred(texts: Sequence[str], query: bool) -> list[list[float]]:
        vectors = await embed(texts, query)
        return [
            _less(vector, means[written_in(text)])
            for vector, text in zip(vectors, texts, strict=True)
        ]

    return embed_centred


def _less(vector: Sequence[float], mean: NDArray[np.float32]) -> list[float]:
    moved = np.asarray(vector, np.float32) - mean
    length = float(np.linalg.norm(moved))
    # The mean itself has no direction left: it is near nothing.
    found: list[float] = (moved / length if length > 0 else moved).tolist()
    return found
