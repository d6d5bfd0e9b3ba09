"""How much a claim calls for eyes: the queue's order. Pure.

A score from 0 to 100, the sum of what each sign is worth; nothing but an order, it decides
nothing. More of any sign never lowers it. Weights: a duplicate or a suggested rejection alone puts
a claim into the upper half, doubts about values add up slowly, the amount counts by its size in
tens (100, 1,000, 10,000, … yuan).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yuepi.approvals.decision import Decision, Outcome
from yuepi.approvals.fact import Facts

RISK_MAX: Final = 100
_SUGGESTED: Final[dict[Outcome, int]] = {"approve": 0, "refer": 8, "suggest_reject": 25}
_EACH: Final = {
    # sign: (for the first one, for each further one, at most)
    "duplicates": (30, 5, 40),
    "findings_error": (15, 5, 25),
    "conflicts": (10, 3, 20),
    "unreadable": (8, 4, 16),
    "unsure": (6, 2, 14),
    "warnings": (4, 2, 10),
    "similar": (2, 0, 2),
}
_CONSECUTIVE: Final = 15
_AMOUNT_EACH: Final = 4
_AMOUNT_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Signs:
    """What the score rests on: counts, the total in yuan, and what the machine suggests.

    unsure: decisive fields that are not confirmed. similar: claims with a similar picture.
    """

    amount: Decimal = Decimal(0)
    duplicates: int = 0
    consecutive: bool = False
    conflicts: int = 0
    unsure: int = 0
    unreadable: int = 0
    findings_error: int = 0
    warnings: int = 0
    similar: int = 0
    suggestion: Outcome = "approve"


def signs_of(facts: Facts, decision: Decision, similar: int = 0) -> Signs:
    """The signs of a claim."""
    claim = facts.claim
    # What a negative invoice takes off is not what is at stake.
    amounts = (abs(each.total) for each in facts.documents if each.counted == "yes")
    return Signs(
        amount=sum(amounts, Decimal(0)),
        duplicates=claim.duplicates,
        consecutive=claim.consecutive_numbers == "yes",
        conflicts=claim.conflicts,
        unsure=claim.unsure + (claim.total_known == "no"),
        unreadable=claim.unreadable_files + claim.not_invoices,
        findings_error=claim.findings_error,
        warnings=claim.findings_warning + sum(each.effect == "warn" for each in decision.reasons),
        similar=similar,
        suggestion=decision.outcome,
    )


def score(signs: Signs) -> int:
    """The risk, 0 to 100."""
    risk = _SUGGESTED[signs.suggestion] + _of_amount(signs.amount)
    risk += _CONSECUTIVE if signs.consecutive else 0
    for name, (first, further, most) in _EACH.items():
        count = getattr(signs, name)
        if count > 0:
            risk += min(most, first + further * (count - 1))
    return min(RISK_MAX, risk)


def risk(facts: Facts, decision: Decision, similar: int = 0) -> int:
    """The risk of a claim, 0 to 100; `similar`: how many claims have a similar picture."""
    return score(signs_of(facts, decision, similar))


def _of_amount(amount: Decimal) -> int:
    """Four for each digit from hundreds on: 100 yuan 4, 1,000 yuan 8, a million 20."""
    digits = len(str(int(amount))) if amount >= 1 else 0
    return min(_AMOUNT_MAX, _AMOUNT_EACH * max(0, digits - 2))
