"""How precise something surely is, from a count of hits: exact binomial bounds. Pure.

The one-sided bounds of Clopper and Pearson (Biometrika 26, 1934, 404-413): with 95% certainty the
true share lies above `lower_bound`. They rest on the binomial distribution itself, not on an
approximation, so that they hold for few cases and for shares close to 1, where stages live.
"""

from __future__ import annotations

import math
from typing import Final

CERTAINTY: Final = 0.95
TOTAL_MAX: Final = 100_000
"""So many cases at most: beyond, a bound tells no more and takes long."""
_STEPS: Final = 60
"""Halvings of [0, 1]: past the last digit of a double near 1."""


def lower_bound(agreed: int, total: int, certainty: float = CERTAINTY) -> float:
    """The share that the true one lies above, with that certainty.

    agreed of total cases were hits; 0.0 where there are none. Raises ValueError for counts that
    make no sense.
    """
    _check(agreed, total, certainty)
    if agreed == 0:
        return 0.0
    limit = math.log1p(-certainty)
    if agreed == total:
        return math.exp(limit / total)
    low, high = 0.0, agreed / total
    for _ in range(_STEPS):
        middle = (low + high) / 2
        # The chance of so many hits or more grows with the share.
        if _log_tail(agreed, total, middle) < limit:
            low = middle
        else:
            high = middle
    return low


def upper_bound(agreed: int, total: int, certainty: float = CERTAINTY) -> float:
    """The share that the true one lies below, with that certainty; 1.0 where there are no cases."""
    _check(agreed, total, certainty)
    return 1.0 - lower_bound(total - agreed, total, certainty)


def surely_above(agreed: int, total: int, share: float, certainty: float = CERTAINTY) -> bool:
    """Whether the lower bound reaches that share; one sum instead of a search."""
    _check(agreed, total, certainty)
    _check_share(share)
    if agreed <= share * total:
        return False
    return _log_tail(agreed, total, share) <= math.log1p(-certainty)


def surely_below(agreed: int, total: int, share: float, certainty: float = CERTAINTY) -> bool:
    """Whether the upper bound does not exceed that share."""
    return surely_above(total - agreed, total, 1.0 - share, certainty)


def cases_needed(bar: float, certainty: float = CERTAINTY) -> int:
    """How many cases, all of them hits, raise the lower bound over the bar."""
    _check_share(bar)
    _check_share(certainty)
    needed = max(1, math.ceil(math.log1p(-certainty) / math.log(bar)))
    while not surely_above(needed, needed, bar, certainty):
        needed += 1
    return needed


def _log_tail(hits: int, total: int, share: float) -> float:
    """The logarithm of the chance of `hits` or more of `total`, each with that share, in (0, 1)."""
    if share <= 0.0:
        return -math.inf
    one, other = math.log(share), math.log1p(-share)
    term = (
        math.lgamma(total + 1) - math.lgamma(hits + 1) - math.lgamma(total - hits + 1)
        + hits * one + (total - hits) * other
    )  # fmt: skip
    # `share` is at most hits / total, so that the first term is the largest of a falling row.
    factor = sum_of = 1.0
    odds = share / (1.0 - share)
    for at in range(hits, total):
        factor *= (total - at) / (at + 1) * odds
        sum_of += factor
        if factor < 1e-18 * sum_of:
            break
    return term + math.log(sum_of)


def _check(agreed: int, total: int, certainty: float) -> None:
    if not 0 <= agreed <= total <= TOTAL_MAX:
        raise ValueError(f"{agreed} of {total} is no count of hits (at most {TOTAL_MAX} cases)")
    _check_share(certainty)


def _check_share(share: float) -> None:
    if not 0.0 < share < 1.0:
        raise ValueError(f"a share lies between 0 and 1: {share}")
