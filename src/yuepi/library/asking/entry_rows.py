"""Entries of a form that are the cells of a list: a name that stands over several values. Pure.

A list without rules is read as entries, the head of its column with each value below it: 单价:
1,380.00 and 单价: 560.00. Which of them is meant is said by the row: by its first value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from yuepi.documents.contents import Pair


def rows_of(pairs: Sequence[Pair]) -> Mapping[int, str]:
    """For entries that are cells of a list, by their place: by what their row is told from others.
    Not for the first of a row, which says what it is."""
    counts = Counter((each.page, _solid(each.key)) for each in pairs if each.value.strip())
    listed = [
        at
        for at, each in enumerate(pairs)
        if each.value.strip()
        and each.value_box
        and counts[each.page, _solid(each.key)] > 1
        # Two of a name beside each other are those of two parties, not of a column.
        and not any(
            other is not each and _solid(other.key) == _solid(each.key) and _beside(each, other)
            for other in pairs
        )
    ]
    found: dict[int, str] = {}
    for at in listed:
        first = min(
            (other for other in listed if _beside(pairs[at], pairs[other])),
            key=lambda other: _left(pairs[other]),
        )
        if first != at:
            found[at] = pairs[first].value.strip()
    return found


def _beside(one: Pair, other: Pair) -> bool:
    if one.page != other.page or one.value_box is None or other.value_box is None:
        return False
    middle = other.value_box.centre[1]
    return one.value_box.y0 <= middle <= one.value_box.y1


def _left(pair: Pair) -> float:
    return 0.0 if pair.value_box is None else pair.value_box.x0


def _solid(text: str) -> str:
    return "".join(text.split())
