"""What people's answers prove about a stage: when it may be raised, when it must be lowered. Pure.

A piece of evidence is one person's answer to a claim that the machine would approve, or did. In
stage `assist` every such answer counts, as nothing passes without one. From `partial` on only
blind ones do: a random sample whose reviewer did not see the machine's answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from yuepi.approvals.claim_rows import StageName
from yuepi.approvals.precision import (
    cases_needed,
    lower_bound,
    surely_above,
    surely_below,
)
from yuepi.approvals.stages import ORDER, StageKey, StageRule

EVIDENCE_MIN: Final = 30
"""So many answers at least, however low the bar."""
EVIDENCE_MAX: Final = 6_000
"""So many at most, the latest ones; enough for any bar that is allowed."""
BAR_MAX: Final = 0.999


@dataclass(frozen=True, slots=True)
class Tally:
    """How many answers there are and how many agreed with the machine."""

    agreed: int = 0
    total: int = 0

    @classmethod
    def of(cls, counts: Iterable[tuple[bool, int]]) -> Tally:
        """From (agreed, how many)."""
        by = dict(counts)
        return cls(by.get(True, 0), by.get(True, 0) + by.get(False, 0))

    @property
    def lower(self) -> float:
        """The precision that is surely (95%) exceeded."""
        return lower_bound(self.agreed, self.total)


@dataclass(frozen=True, slots=True)
class Promotion:
    """What the next stage needs. ready: it may be entered now. more: how many further answers, all
    of them agreeing, it takes; None: more than can be counted."""

    to: StageName
    tally: Tally
    ready: bool
    more: int | None


def blind_only(stage: StageName) -> bool:
    """Whether only blind answers count for leaving this stage."""
    return stage != "assist"


def proven(tally: Tally, bar: float, evidence_min: int = EVIDENCE_MIN) -> bool:
    """Whether the answers show that the bar is reached."""
    return tally.total >= evidence_min and surely_above(tally.agreed, tally.total, bar)


def promotion(
    stage: StageName, tally: Tally, bar: float, evidence_min: int = EVIDENCE_MIN
) -> Promotion | None:
    """What leads from a stage to the next one; None at the top. tally: the answers that count."""
    at = ORDER.index(stage)
    if at + 1 == len(ORDER):
        return None
    ready = proven(tally, bar, evidence_min)
    more = 0 if ready else _missing(tally, bar, evidence_min)
    return Promotion(ORDER[at + 1], tally, ready, more)


def demotes(tally: Tally, bar: float, evidence_min: int = EVIDENCE_MIN) -> bool:
    """Whether blind answers no longer carry a stage.

    Either there are as many as a spotless record would need, and their lower bound is under the
    bar; or fewer, but so many disagree that the precision is surely (95%) under it.
    """
    if tally.total == tally.agreed:
        return False
    enough = tally.total >= max(evidence_min, cases_needed(bar))
    return surely_below(tally.agreed, tally.total, bar) or (
        enough and not surely_above(tally.agreed, tally.total, bar)
    )


def one_below(stage: StageName) -> StageName:
    """The stage under this one; the lowest stays."""
    return ORDER[max(0, ORDER.index(stage) - 1)]


def overlaps(one: StageKey, other: StageKey) -> bool:
    """Whether there may be a paper that both are about."""
    pairs = ((one.kind, other.kind), (one.tier, other.tier), (one.category, other.category))
    return all(first == second or "*" in (first, second) for first, second in pairs)


def taken_by_others(key: StageKey, rules: Iterable[StageRule]) -> list[StageKey]:
    """The keys of rules that come before this one wherever both are about a paper."""
    return [
        rule.key for rule in rules if rule.key.exactness > key.exactness and overlaps(rule.key, key)
    ]


def _missing(tally: Tally, bar: float, evidence_min: int) -> int | None:
    """How many further agreeing answers prove the bar; by halving, as each one helps."""
    low, high = 0, EVIDENCE_MAX - tally.total
    if high <= 0 or not proven(_with(tally, high), bar, evidence_min):
        return None
    while low + 1 < high:
        middle = (low + high) // 2
        if proven(_with(tally, middle), bar, evidence_min):
            high = middle
        else:
            low = middle
    return high


def _with(tally: Tally, more: int) -> Tally:
    return Tally(tally.agreed + more, tally.total + more)
