"""How common what a piece says is among the pieces that were found with it. Pure.

Clauses that stand in a hundred contracts lie near each other and near many questions, and come
before the one piece that says what was asked for. How near a piece's nearest neighbours are to it
is what cross-domain similarity local scaling takes off (CSLS: Conneau et al., ICLR 2018); here the
neighbours are looked for among what was found.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

NEIGHBOURS: Final = 10


def commonness(vectors: NDArray[np.float32]) -> NDArray[Any]:
    """For each row, a unit vector, the mean of its likeness to the others nearest to it."""
    count = len(vectors)
    near = min(NEIGHBOURS, count - 1)
    if near < 1:
        return np.zeros(count, np.float32)
    _in_one_thread()
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -np.inf)
    found: NDArray[Any] = np.partition(likeness, count - near, axis=1)[:, count - near :].mean(1)
    return found


@cache
def _in_one_thread() -> None:
    """Threads that meet after so small a product spend fifty times its own time on waiting. For
    good, as `engines.usem3` does: the limit is the process's, and of two who put back what they
    found one puts back the other's."""
    threadpool_limits(limits=1, user_api="blas")
