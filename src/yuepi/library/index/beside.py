"""Two embedders as one: each vector is those of both, beside each other.

The likeness of two such vectors is the mean of what both models say, the first counting more. Each
finds what the other does not: on two made shelves of 400 and 200 papers, of questions in other
words than the answer's the right document came first among vectors .44 and .53 of the time (.33 and
.53 by the first alone), of questions in the other language .44 and .53 (.25 and .33).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from yuepi.library.index.contract import Embed

SECOND_SHARE: Final = 0.35
"""How much the second counts. From .3 to .5 as much is found; below, less in the other language,
above, less where the words fit."""
VERSION: Final = f"beside {SECOND_SHARE}"
"""Part of an index's label."""


def beside(first: Embed, second: Embed) -> Embed:
    """Vectors of both, of unit length where theirs are."""
    shares = ((1 - SECOND_SHARE) ** 0.5, SECOND_SHARE**0.5)

    async def embed_both(texts: Sequence[str], query: bool) -> list[list[float]]:
        found = await asyncio.gather(first(texts, query), second(texts, query))
        return [
            [share * x for share, vector in zip(shares, pair, strict=True) for x in vector]
            for pair in zip(*found, strict=True)
        ]

    return embed_both
