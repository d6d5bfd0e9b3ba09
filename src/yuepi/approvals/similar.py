"""Which pictures look like one another: distances between hashes, and the hint for people. Pure.

Two pictures are compared where one of the four quarters of their hashes is equal, which makes the
search a look-up that misses no pair differing in up to three bits.

Drawn photos of invoices, 72 pairs of different ones on two templates: 4 bits apart or more, most
of them 12; the same photo saved again at half the size, or with another amount pasted in: 0 to 2.
Another photo of the same paper: 10 to 26, so it is not found. Flat scans of different invoices on
one form: 0 to 8, so scans are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.documents.reading import Finding

DISTANCE_MAX: Final = 3
"""In how many of 64 bits two pictures may differ and still look alike."""
PICTURES_MAX: Final = 16
"""How many pages of one claim are looked for."""
SIMILAR_MAX: Final = 10
"""How many claims are told of."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A claim with a similar picture; distance: in how many of 64 bits, 0 for the same."""

    claim_id: str
    distance: int


def distance(one: str, other: str) -> int:
    """In how many bits two hashes of 16 hexadecimal digits differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def nearest(mine: Sequence[str], others: Sequence[tuple[str, str]]) -> list[Similar]:
    """The claims of `others` (claim, hash) with a picture like one of `mine`, nearest first."""
    best: dict[str, int] = {}
    for claim_id, picture in set(others):
        found = min((distance(picture, each) for each in mine), default=DISTANCE_MAX + 1)
        if found <= min(DISTANCE_MAX, best.get(claim_id, DISTANCE_MAX)):
            best[claim_id] = found
    ordered = sorted(best.items(), key=lambda item: (item[1], item[0]))
    return [Similar(claim_id, found) for claim_id, found in ordered[:SIMILAR_MAX]]


def similar_finding(similar: Sequence[Similar]) -> Finding | None:
    """The hint that reviewers see; None where nothing looks alike."""
    if not similar:
        return None
    claims = ", ".join(each.claim_id for each in similar)
    return Finding(
        code="similar_picture",
        severity="info",
        message=f"A picture looks like one in {claims}; one template can do that, too",
        message_zh=f"有图片与单据 {claims} 中的图片相似（同一版式的不同票据也可能相似）",
    )
