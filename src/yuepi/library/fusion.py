"""Several rankings as one: reciprocal rank fusion (Cormack, Clarke, Büttcher, SIGIR 2009). Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, Generic, NamedTuple, TypeVar

from yuepi.library.hit import Way

KeyT = TypeVar("KeyT", bound=Hashable)

RANK_OFFSET: Final = 10
"""How little the first place counts above the second. The paper has 60; lower found more on the
made shelf, where one list is often right and the other knows nothing."""
WEIGHTS: Final[dict[Way, float]] = {"words": 1.0, "meaning": 1.0, "exact": 3.0, "fields": 0.7}


@dataclass(frozen=True, slots=True)
class Ranking(Generic[KeyT]):
    """One list, best first. Each key once."""

    way: Way
    keys: Sequence[KeyT]
    weight: float | None = None


class Fused(NamedTuple, Generic[KeyT]):
    """A key with the sum of what its places are worth, and the ways it was found."""

    key: KeyT
    score: float
    ways: tuple[Way, ...]


def fused(rankings: Sequence[Ranking[KeyT]]) -> list[Fused[KeyT]]:
    """All keys, best first; those that are worth the same in the order they were first named."""
    scores: dict[KeyT, float] = {}
    ways: dict[KeyT, tuple[Way, ...]] = {}
    for ranking in rankings:
        weight = WEIGHTS[ranking.way] if ranking.weight is None else ranking.weight
        way, first = ranking.way, (ranking.way,)
        for rank, key in enumerate(dict.fromkeys(ranking.keys), RANK_OFFSET + 1):
            scores[key] = scores.get(key, 0.0) + weight / rank
            known = ways.setdefault(key, first)
            if way not in known:
                ways[key] = (*known, way)
    order = sorted(scores.items(), key=itemgetter(1), reverse=True)
    return [Fused(key, score, ways[key]) for key, score in order]
