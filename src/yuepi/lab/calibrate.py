"""How often fields are right, measured on readings whose truth is known, and how well that holds.

`labelled` turns a reading and its truth into cases, `fit` counts them into a table,
`checked` holds a table against cases that it was not made from: the expected calibration error
(Naeini, Cooper, Hauskrecht, AAAI 2015) over bins of equal size, with an interval by resampling
whole documents, for fields of one paper go wrong together. `cross_checked` does both at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from yuepi.documents.confidence import Calibration, Cell, family_of
from yuepi.documents.reading import Field, Reading, Source, Status
from yuepi.kit.errors import BadUsage
from yuepi.lab.scoring import as_compared
from yuepi.sight.sighting import Tier

BINS: Final = 10
FOLDS: Final = 5
RESAMPLES: Final = 500
CASES_MIN: Final = 100
"""Fewer labelled fields make no table."""
_SEED: Final = 20_261_121
_Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One field that has a value, and whether that is the truth. document: which paper it is of."""

    document: str
    name: str
    status: Status
    sources: tuple[Source, ...]
    tier: Tier
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases of about one confidence: what was claimed on average, what was right, how many."""

    claimed: float
    right: float
    count: int


@dataclass(frozen=True, slots=True)
class Curve:
    """How well a table holds for the cases of one sort (a page quality, or `all`).

    error: the expected calibration error; low, high: its 95% interval. right: the share of right
    values; claimed: the mean confidence.
    """

    name: str
    cases: int
    documents: int
    claimed: float
    right: float
    error: float
    low: float
    high: float
    bins: tuple[Bin, ...]


def labelled(document: str, reading: Reading, truth: Mapping[str, Any]) -> Iterator[Case]:
    """The fields of a reading that have a value and whose truth is known."""
    for name, wanted in truth.items():
        field = reading.fields.get(name)
        if isinstance(wanted, str) and field is not None and field.value is not None:
            yield case_of(document, name, field, reading.quality, wanted)


def case_of(document: str, name: str, field: Field, tier: Tier, wanted: str | None) -> Case:
    """One field against its truth; None: the paper shows nothing there."""
    right = wanted is not None and as_compared(name, field.value or "") == as_compared(name, wanted)
    return Case(document, name, field.status, field.sources, tier, right)


def fit(cases: Iterable[Case], made_from: str) -> Calibration:
    """The table of those cases."""
    right: Counter[tuple[Any, ...]] = Counter()
    total: Counter[tuple[Any, ...]] = Counter()
    documents = set()
    for case in cases:
        sources = tuple(sorted(set(case.sources)))
        key = (case.status, sources, family_of(case.name), case.tier)
        total[key] += 1
        right[key] += case.right
        documents.add(case.document)
    cells = tuple(
        Cell(
            status=status, sources=sources, family=family, tier=tier,
            right=right[status, sources, family, tier], total=count,
        )
        for (status, sources, family, tier), count in sorted(total.items())
    )  # fmt: skip
    return Calibration(made_from=made_from, documents=len(documents), cells=cells)


def check_enough(cases: Sequence[Case]) -> None:
    """Raises `BadUsage` where there are too few cases for a table."""
    if len(cases) < CASES_MIN:
        raise BadUsage(
            f"{len(cases)} labelled fields are too few to measure anything by",
            remedy=f"label at least {CASES_MIN} fields, or generate more documents",
            code="too_few_cases",
        )


def checked(calibration: Calibration, cases: Sequence[Case]) -> tuple[Curve, ...]:
    """How well a table holds for other cases: for all of them, then by page quality."""
    return _curves(cases, [_claimed(calibration, case) for case in cases])


def cross_checked(cases: Sequence[Case], made_from: str) -> tuple[Curve, ...]:
    """The same for a table made from these very cases: each document by one made from others."""
    documents = list(dict.fromkeys(case.document for case in cases))
    order = np.random.default_rng(_SEED).permutation(len(documents))
    fold_of = {documents[at]: place % FOLDS for place, at in enumerate(order)}
    claimed = np.zeros(len(cases))
    for fold in range(FOLDS):
        table = fit((each for each in cases if fold_of[each.document] != fold), made_from)
        for at, case in enumerate(cases):
            if fold_of[case.document] == fold:
                claimed[at] = _claimed(table, case)
    return _curves(cases, claimed.tolist())


def _claimed(calibration: Calibration, case: Case) -> float:
    return calibration.confidence(case.name, case.status, case.sources, case.tier)


def _curves(cases: Sequence[Case], claimed: Sequence[float]) -> tuple[Curve, ...]:
    sorts: list[tuple[str, list[int]]] = [("all", list(range(len(cases))))]
    for tier in get_args(Tier):
        sorts.append((tier, [at for at, case in enumerate(cases) if case.tier == tier]))
    return tuple(
        _curve(name, [cases[at] for at in places], np.array([claimed[at] for at in places]))
        for name, places in sorts
        if places
    )


def _curve(name: str, cases: Sequence[Case], claimed: _Numbers) -> Curve:
    right = np.array([case.right for case in cases], dtype=np.float64)
    bins = _bins(claimed, right)
    places: dict[str, list[int]] = {}
    for at, case in enumerate(cases):
        places.setdefault(case.document, []).append(at)
    papers = [np.array(each) for each in places.values()]
    dice = np.random.default_rng(_SEED)
    drawn = []
    for _ in range(RESAMPLES):
        picked = np.concatenate([papers[at] for at in dice.integers(0, len(papers), len(papers))])
        drawn.append(_error(_bins(claimed[picked], right[picked])))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Curve(
        name=name, cases=len(cases), documents=len(papers), claimed=float(claimed.mean()),
        right=float(right.mean()), error=_error(bins), low=float(low), high=float(high), bins=bins,
    )  # fmt: skip


def _bins(claimed: _Numbers, right: _Numbers) -> tuple[Bin, ...]:
    """About `BINS` bins of one size; cases of one confidence stay together."""
    order = np.argsort(claimed, kind="stable")
    least = max(1, len(order) // BINS)
    found, start = [], 0
    for end in range(1, len(order) + 1):
        last = end == len(order)
        if last or (end - start >= least and claimed[order[end]] != claimed[order[end - 1]]):
            part = order[start:end]
            found.append(Bin(float(claimed[part].mean()), float(right[part].mean()), len(part)))
            start = end
    return tuple(found)


def _error(bins: Sequence[Bin]) -> float:
    count = sum(each.count for each in bins)
    return sum(each.count * abs(each.right - each.claimed) for each in bins) / count
