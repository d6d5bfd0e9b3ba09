"""How the upright picture of a page lies on the page itself: its quarter turn, and the matrix."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np

Turn = Literal[0, 1, 2, 3]
"""Quarters to the right by which the page was turned to get the upright picture."""
SIDE_PX: Final = 96
LIKENESS_MIN: Final = 0.75
_LEAD_MIN: Final = 0.02
_SPREAD_MIN: Final = 1.0

Grey = np.ndarray[Any, np.dtype[np.uint8]]


def turn_between(page: Grey, upright: Grey) -> Turn | None:
    """By how many quarters the page (as drawn) was turned to become the upright picture; None
    where no turn makes them alike: it was straightened, cut or lifted out of a photo.

    Both are grey, `SIDE_PX` to a side: stretched, so that only what stands where counts.
    """
    likeness = [_likeness(np.rot90(page, -turn), upright) for turn in range(4)]
    best = int(np.argmax(likeness))
    others = [each for turn, each in enumerate(likeness) if turn != best]
    if likeness[best] < LIKENESS_MIN or likeness[best] - max(others) < _LEAD_MIN:
        return None
    turns: tuple[Turn, ...] = (0, 1, 2, 3)
    return turns[best]


def _likeness(one: Grey, other: Grey) -> float:
    """The correlation of two pictures of one size, from -1 to 1; 0 where one is blank."""
    first = one.astype(np.float64) - one.mean()
    second = other.astype(np.float64) - other.mean()
    spread = float(first.std() * second.std())
    return float((first * second).mean() / spread) if spread > _SPREAD_MIN else 0.0


def place_on_page(
    turn: Turn, rotation: int, box: tuple[float, float, float, float], size: tuple[float, float]
) -> tuple[float, float, float, float, float, float]:
    """The matrix that puts a sheet of that size (points, upright) onto a page.

    rotation: the page's own, in degrees to the right, as viewers apply it; box: what viewers show
    of it (left, bottom, right, top), in its own space.
    """
    corners = [_on_page(u, v, turn, rotation, box) for u, v in ((0, 1), (1, 1), (0, 0))]
    (ox, oy), (ax, ay), (bx, by) = corners
    width, height = size
    return (
        (ax - ox) / width,
        (ay - oy) / width,
        (bx - ox) / height,
        (by - oy) / height,
        ox,
        oy,
    )


def _on_page(
    u: float, v: float, turn: Turn, rotation: int, box: tuple[float, float, float, float]
) -> tuple[float, float]:
    """Where a point of the upright picture (fractions, from the top left) lies in page space."""
    # What a viewer shows was turned `turn` quarters to the right: back to the left.
    for _ in range(turn + rotation // 90 % 4):
        u, v = v, 1 - u
    left, bottom, right, top = box
    return left + u * (right - left), top - v * (top - bottom)
