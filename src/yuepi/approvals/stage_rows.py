"""A stage's rule between its row, the record and errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from yuepi.approvals.claim_rows import Stale
from yuepi.approvals.stages import StageKey, StageRule


def rule_of(row: Mapping[str, Any]) -> StageRule:
    """The rule in a row of the table."""
    return StageRule(
        key=StageKey(row["kind"], row["tier"], row["category"]),
        stage=row["stage"],
        bar=row["bar"],
        sample_share=row["sample_share"],
        amount_max=row["amount_max"],
    )


def values_of(rule: StageRule) -> dict[str, Any]:
    """A rule as a row holds it, but for its key."""
    return {
        "stage": rule.stage,
        "bar": rule.bar,
        "sample_share": rule.sample_share,
        "amount_max": rule.amount_max,
    }


def told(rule: StageRule) -> dict[str, str]:
    """A rule as the audit record holds it, without floats."""
    return {name: str(value) for name, value in values_of(rule).items()}


def subject_of(key: StageKey) -> str:
    """What the record and notices call a stage."""
    return f"stage:{key.kind}/{key.tier}/{key.category}"


def stale(key: StageKey, row: Mapping[str, Any] | None) -> Stale:
    """The error for a rule that somebody else changed, with the rule as it is now."""
    current: dict[str, Any] = asdict(key) | {"version": 0}
    if row is not None:
        current |= told(rule_of(row)) | {"version": row["version"], "reason": row["reason"]}
    return Stale(f"the stage of {subject_of(key).removeprefix('stage:')}", current)
