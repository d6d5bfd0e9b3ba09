"""How often a field like this one is right, as it was measured. Pure.

A confidence here is a share: of a hundred labelled fields of the same status, sources, sort and
page quality, so many were right. It orders what people look at and is shown beside values;
whether a value is `confirmed` is a matter of evidence and never of this number.

The recogniser's own score takes no part: it is 0.85 to 1.0 on wrong lines too (DESIGN 3.2).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final, Literal

from yuepi.documents.agreement import PRECEDENCE, usual_confidence
from yuepi.documents.plain import Plain
from yuepi.documents.reading import FileReading, Reading, Source, Status
from yuepi.sight.sighting import Tier

Family = Literal["money", "date", "number", "words"]
"""Sorts of fields that go wrong alike: a lost digit, a wrong character of a name."""

ENOUGH: Final = 100
"""Labelled fields that a share is taken from; where there are fewer, a wider sort is asked."""
CERTAINTY_Z: Final = 0.8416
"""One-sided 80%: what is shown is a share that the true one probably reaches."""
MEASURED_MAX: Final = 0.999
DECIMALS: Final = 3

_MONEY: Final = frozenset(
    {"amount", "tax", "total", "subtotal", "total_cn", "balance", "price", "fare", "deposit"}
)
_DATE_ENDS: Final = ("date", "time", "departure", "arrival", "birth", "expiry", "valid_until")
_NUMBER_ENDS: Final = ("number", "code", "id", "plate", "distance", "account", "on", "off")


class Cell(Plain):
    """Labelled fields that are alike: how many there were, how many were right.

    sources: sorted by name. Fields without a value are in no cell: "not found" is never wrong.
    """

    status: Status
    sources: tuple[Source, ...]
    family: Family
    tier: Tier
    right: int
    total: int


class Calibration(Plain):
    """A table of what was measured. made_from: in words, on what; documents: how many."""

    made_from: str
    documents: int = 0
    cells: tuple[Cell, ...] = ()

    def confidence(self, name: str, status: Status, sources: Sequence[Source], tier: Tier) -> float:
        """The share of fields like this one that were right, as far as that is known.

        Of the cell itself where it has `ENOUGH` cases, else of ever wider ones of the same
        strongest source and page quality. Where the widest has fewer, it is filled up to `ENOUGH`
        with the share that is usual. The lower bound of all that, so that few cases never look
        sure.
        """
        if status == "missing":
            return 0.0
        keys = _ever_wider(status, sources, family_of(name), tier)
        counts = [self._counts.get(key, (0, 0)) for key in keys]
        right, total = next((each for each in counts if each[1] >= ENOUGH), counts[-1])
        lacking = max(0, ENOUGH - total)
        known = right + lacking * usual_confidence(name, status, sources, tier)
        bound = lower_bound(known, total + lacking)
        return round(min(MEASURED_MAX, bound), DECIMALS)

    @cached_property
    def _counts(self) -> dict[tuple[object, ...], tuple[int, int]]:
        found: dict[tuple[object, ...], tuple[int, int]] = {}
        for cell in self.cells:
            for key in _ever_wider(cell.status, cell.sources, cell.family, cell.tier):
                right, total = found.get(key, (0, 0))
                found[key] = (right + cell.right, total + cell.total)
        return found


def family_of(name: str) -> Family:
    """The sort of a field, by its name; `words` where the name does not tell."""
    if name in _MONEY or name.endswith(("_amount", "_total", "_fee")):
        return "money"
    last = name.rsplit("_", 1)[-1]
    if last in _DATE_ENDS or name in _DATE_ENDS:
        return "date"
    return "number" if last in _NUMBER_ENDS else "words"


def lower_bound(right: float, total: int) -> float:
    """The lower end of Wilson's interval (JASA 22, 1927, 209-212) at `CERTAINTY_Z`.

    right of total cases, total above 0. It never reaches 1.0, and grows with the cases.
    """
    z2 = CERTAINTY_Z**2
    share = right / total
    spread = CERTAINTY_Z * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    return max(0.0, (share + z2 / (2 * total) - spread) / (1 + z2 / total))


def in_words(confidence: float) -> tuple[str, str]:
    """A confidence as what it is, in Chinese and in English: a count out of a hundred."""
    count = math.floor(confidence * 100 + 1e-9)
    return f"同类每 100 个中约 {count} 个正确", f"right in {count} of 100 like it"


def _ever_wider(
    status: Status, sources: Sequence[Source], family: Family, tier: Tier
) -> Iterator[tuple[object, ...]]:
    """The cells that a field belongs to, the narrowest first."""
    every = tuple(sorted(set(sources)))
    strongest = _strongest(every)
    # A check that holds makes another thing of the same source.
    checked = any(each not in PRECEDENCE for each in every)
    yield status, every, family, tier
    yield status, strongest, checked, family, tier
    yield status, strongest, checked, tier
    yield status, strongest, tier


def _strongest(sources: Iterable[Source]) -> Source | None:
    known = [each for each in PRECEDENCE if each in sources]
    return known[0] if known else None


def calibrated(file: FileReading, calibration: Calibration) -> FileReading:
    """The file with the measured confidence of each field; what a person said stays."""
    readings = tuple(_calibrated(each, calibration) for each in file.readings)
    return file.model_copy(update={"readings": readings}) if calibration.cells else file


def _calibrated(reading: Reading, calibration: Calibration) -> Reading:
    fields = {
        name: field
        if "person" in field.sources
        else field.model_copy(
            update={
                "confidence": calibration.confidence(
                    name, field.status, field.sources, reading.quality
                )
            }
        )
        for name, field in reading.fields.items()
    }
    return reading.model_copy(update={"fields": fields})
