"""How far the machine may decide alone: the rules of stages, pure.

A stage belongs to a document kind, a quality tier and a category; `*` stands for any. `assist`:
the machine advises and a person decides all. `partial`: what is of low risk passes. `full`: as
decided. A stage, an uncertain word or a conflict only ever lowers automation: what the policy did
not approve stays with people under every stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from yuepi.approvals.claim_rows import StageName
from yuepi.approvals.decision import Decision, Reason
from yuepi.approvals.fact import Facts, Proof
from yuepi.approvals.uncertain import uncertain_words
from yuepi.documents.reading import FileReading

ANY: Final = "*"
ORDER: Final[tuple[StageName, ...]] = ("assist", "partial", "full")
"""From the least automated to the most."""


@dataclass(frozen=True, slots=True, order=True)
class StageKey:
    """What a stage is for; `*` in a rule stands for any, a paper's own key has none."""

    kind: str = ANY
    tier: str = ANY
    category: str = ANY

    @property
    def exactness(self) -> int:
        """How many of the three are named."""
        return sum(part != ANY for part in (self.kind, self.tier, self.category))

    def covers(self, key: StageKey) -> bool:
        """Whether a rule with this key is about that key."""
        return (
            self.kind in (ANY, key.kind)
            and self.tier in (ANY, key.tier)
            and self.category in (ANY, key.category)
        )


@dataclass(frozen=True, slots=True)
class StageRule:
    """One rule.

    bar: the precision that must be shown, of which the lower 95% bound counts, in (0, 1).
    sample_share: the share of automatic approvals that people check again, blind, in [0, 1].
    amount_max: below this a claim is of low risk.
    """

    key: StageKey = field(default_factory=StageKey)
    stage: StageName = "assist"
    bar: float = 0.98
    sample_share: float = 0.05
    amount_max: Decimal = Decimal(1000)


DEFAULT: Final = StageRule()
"""What holds where no row says anything."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """The rule that a claim stands under, and the key of the paper that brought it there."""

    key: StageKey
    rule: StageRule


@dataclass(frozen=True, slots=True)
class Applied:
    """What becomes of a decision: `approved` or `waiting` for a person, under which stage, and
    why it was lowered. sampled: an approval that a person checks again, blind."""

    status: Literal["approved", "waiting"]
    stage: StageName
    reasons: tuple[Reason, ...]
    sampled: bool


def keys_of(files: Sequence[FileReading], category: str) -> tuple[StageKey, ...]:
    """The keys of a claim's papers, each once."""
    found = (
        StageKey(reading.kind, reading.quality, category)
        for file in files
        for reading in file.readings
    )
    return tuple(dict.fromkeys(found))


def caution(rule: StageRule) -> tuple[int, Decimal, float, float]:
    """Rules in order from the least automated."""
    return ORDER.index(rule.stage), rule.amount_max, -rule.bar, -rule.sample_share


def governing(rules: Sequence[StageRule], key: StageKey) -> StageRule:
    """The rule for one paper: the most exact one; of several such the least automated."""
    about = [rule for rule in rules if rule.key.covers(key)]
    return min(about, key=lambda rule: (-rule.key.exactness, caution(rule)), default=DEFAULT)


def ruling(rules: Sequence[StageRule], keys: Sequence[StageKey]) -> Ruled:
    """The rule for a claim: that of its paper with the least automated one."""
    ruled = [Ruled(key, governing(rules, key)) for key in keys]
    return min(ruled, key=lambda each: caution(each.rule), default=Ruled(StageKey(), DEFAULT))


def apply(
    decision: Decision,
    facts: Facts,
    readings: Sequence[FileReading],
    rule: StageRule,
    draw: float,
) -> Applied:
    """What becomes of a decision under a rule.

    draw: a number in [0, 1) drawn by chance, once for this decision; below the rule's share an
    approval is sampled.
    """
    reasons = list(_doubts(facts, readings))
    if decision.outcome == "approve":
        reasons += _lowered(decision, facts, rule)
    if decision.outcome != "approve" or reasons:
        return Applied("waiting", rule.stage, tuple(reasons), sampled=False)
    return Applied("approved", rule.stage, (), sampled=draw < rule.sample_share)


def _doubts(facts: Facts, readings: Sequence[FileReading]) -> Iterator[Reason]:
    """What sends a claim to a person under every stage."""
    found = uncertain_words(readings)
    if found:
        words = "、".join(dict.fromkeys(each.word for each in found))
        yield _reason(
            "uncertain_words", f"模型的文字里有不确定的说法：{words}",
            f"A model's text sounds unsure: {words}", tuple(each.place for each in found),
        )  # fmt: skip
    conflicts = [
        each
        for file in readings
        for reading in file.readings
        for each in reading.fields.values()
        if each.status == "conflict"
    ]
    if conflicts or facts.claim.conflicts:
        yield _reason(
            "stage_conflict", "来源互相矛盾，由人工决定", "Sources differ: a person decides",
            facts.claim.evidence.get("conflicts", ()),
        )  # fmt: skip


def _lowered(decision: Decision, facts: Facts, rule: StageRule) -> Iterator[Reason]:
    """Why an approval goes to a person under this rule."""
    if rule.stage == "assist":
        yield _reason(
            "stage_assist", "此类单据目前全部由人工决定，系统建议通过",
            "A person decides all claims of this sort; the machine would approve",
        )  # fmt: skip
    if rule.stage != "partial":
        return
    claim = facts.claim
    evidence = claim.evidence
    if claim.total_known != "yes" or claim.negative or not claim.total_amount < rule.amount_max:
        yield _reason(
            "stage_amount", f"金额不低于 {rule.amount_max} 元，由人工决定",
            f"The total is not below {rule.amount_max} yuan", evidence.get("total_amount", ()),
        )  # fmt: skip
    repeated = any(each.duplicate_in_history != "no" for each in facts.documents)
    if claim.duplicates or repeated or claim.consecutive_numbers != "no":
        proofs = (*evidence.get("duplicates", ()), *evidence.get("consecutive_numbers", ()))
        yield _reason("stage_history", "历史记录不干净", "The history is not clean", proofs)
    if claim.unsure or any(each.unsure for each in facts.documents):
        yield _reason(
            "stage_unsure", "有关键字段未得到佐证", "A decisive field is not confirmed",
            evidence.get("unsure", ()),
        )  # fmt: skip
    warned = any(reason.effect != "approve" for reason in decision.reasons)
    if warned or claim.findings_warning or claim.findings_error:
        yield _reason(
            "stage_warning", "有提醒事项，由人工决定", "Something calls for attention",
            evidence.get("findings_warning", ()),
        )  # fmt: skip


def _reason(code: str, zh: str, en: str, evidence: tuple[Proof, ...] = ()) -> Reason:
    return Reason(
        code=code,
        effect="refer",
        message_zh=zh,
        message_en=en,
        row=f"stage/{code}",
        evidence=evidence,
    )
