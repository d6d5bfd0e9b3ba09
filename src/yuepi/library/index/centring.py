"""Vectors of several languages brought together, so that meaning counts and language does not.

An embedder puts all passages of one language nearer to each other than to anything in another (the
means of Chinese and of English passages differ), so that a question finds nothing in the other
language before all of its own. What is compared here is a vector less the mean of its language's
passages, of unit length again: the first step of "all-but-the-top" (Mu and Viswanath, ICLR 2018).
The direction from one mean to the other is left out, too. In its place stands a little by which a
question is nearer to passages in the other language: without it those of its own still come first,
for their words are alike (docs/adr/0020).
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

ACROSS: Final = 0.08
"""How far questions lie toward the other language: likeness to it is greater by twice its square
than to their own."""
VERSION: Final = f"centred 2 {ACROSS}"
"""Part of an index's label: other means are other vectors."""
MEANS: Final = "passage_means.json"
AXES: Final = "passage_axes_{}.npy"

Written = Literal["zh", "en"]
Numbers = NDArray[np.float32]

_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN: Final = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Middle:
    """What is known of an embedder's passages: the mean of each language, and where fewer numbers
    are kept of each vector the axes (numbers of the embedder x numbers kept)."""

    means: Mapping[Written, Numbers]
    axes: Numbers | None = None

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
    means: dict[Written, Numbers] = {
        "zh": np.array(known["zh"], np.float32),
        "en": np.array(known["en"], np.float32),
    }
    kept = folder.joinpath(AXES.format(embedder))
    if not kept.is_file():
        return Middle(means)
    return Middle(means, np.load(io.BytesIO(kept.read_bytes()), allow_pickle=False).astype("f4"))


def centred(embed: Embed, middle: Middle) -> Embed:
    """The same embedder, its vectors less the mean of their language and what else tells it, along
    the axes."""
    apart = _unit(_along(middle, middle.means["zh"] - middle.means["en"]))

    async def embed_centred(texts: Sequence[str], query: bool) -> list[list[float]]:
        vectors = await embed(texts, query)
        return [
            _less(middle, vector, written_in(text), apart, query)
            for vector, text in zip(vectors, texts, strict=True)
        ]

    return embed_centred


def _less(
    middle: Middle, vector: Sequence[float], written: Written, apart: Numbers, query: bool
) -> list[float]:
    moved = _along(middle, np.asarray(vector, np.float32) - middle.means[written])
    # The mean itself has no direction left: it is near nothing.
    own = _unit(moved - (moved @ apart) * apart)
    toward = ACROSS if (written == "zh") is query else -ACROSS
    found: list[float] = _unit(own + toward * apart).tolist()
    return found


def _along(middle: Middle, vector: Numbers) -> Numbers:
    return vector if middle.axes is None else vector @ middle.axes


def _unit(vector: Numbers) -> Numbers:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else vector
