"""Several rankings as one: reciprocal rank fusion (Cormack, Clarke, Büttcher, SIGIR 2009). Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from yuepi.library.hit import Way

KeyT = TypeVar("KeyT", bound=Hashable)

RANK_OFFSET: Final = 60
"""How little the first place counts above the second; the paper's value."""
WEIGHTS: Final[dict[Way, float]] = {"words": 1.0, "meaning": 1.0, "exact": 3.0, "fields": 0.7}


@dataclass(frozen=True, slots=True)
class Ranking(Generic[KeyT]):
    """One list, best first. Each key once."""

    way: Way
    keys: Sequence[KeyT]
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Fused(Generic[KeyT]):
    """A key with the sum of what its places are worth, and the ways it was found."""

    key: KeyT
    score: float
    ways: tuple[Way, ...]


def fused(rankings: Sequence[Ranking[KeyT]]) -> list[Fused[KeyT]]:
    """All keys, best first; those that are worth the same in the order they were first named."""
    scores: dict[KeyT, float] = {}
    ways: dict[KeyT, dict[Way, None]] = {}
    for ranking in rankings:
        weight = WEIGHTS[ranking.way] if ranking.weight is None else ranking.weight
        for place, key in enumerate(dict.fromkeys(ranking.keys)):
            scores[key] = scores.get(key, 0.0) + weight / (RANK_OFFSET + place + 1)
            ways.setdefault(key, {})[ranking.way] = None
    order = sorted(scores, key=lambda key: -scores[key])
    return [Fused(key, scores[key], tuple(ways[key])) for key in order]
