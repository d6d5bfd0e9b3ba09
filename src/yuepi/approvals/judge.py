"""From what was read to what becomes of a claim: facts, policy, stage and risk in one. Pure.

`judge` is all that stands between readings and a decision; settling calls it once, a replay calls
it again with what was kept (`Given.written`), and both must come to the same, bit for bit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from yuepi.approvals.claim import Company, PastInvoice
from yuepi.approvals.claim_rows import StageName
from yuepi.approvals.decision import REVIEWER, Decision, Reason, decide
from yuepi.approvals.fact import Facts
from yuepi.approvals.facts import facts
from yuepi.approvals.policy import Policy
from yuepi.approvals.risk import risk
from yuepi.approvals.said import Said, told_otherwise
from yuepi.approvals.stages import Ruled, StageKey, StageRule, apply
from yuepi.documents.masking import masked_file
from yuepi.documents.reading import FileReading
from yuepi.kit.database import MONEY_MAX, MONEY_PLACES

DRAWS: Final = 1_000_000
"""A draw is a whole number below this: written down exactly, whatever the machine."""

_PAST: Final = TypeAdapter(tuple[PastInvoice, ...])


@dataclass(frozen=True, slots=True)
class Given:
    """Everything that a decision rests on, but the policy.

    readings: the files of each attachment, by its id, in the claim's order. employee: whose
    expense it is. similar: how many claims have a similar picture. asked: whether a person had the
    claim in hand before, turned_down: whether one had one of its invoices in hand with another
    claim that was not approved: then the machine does not approve it by itself any more. draw:
    below `DRAWS`, by chance; it says whether an approval is sampled. said: what the submitter says
    of doubtful fields.
    """

    readings: Mapping[str, tuple[FileReading, ...]]
    company: Company | None
    history: tuple[PastInvoice, ...]
    on: date
    category: str
    employee: str
    ruled: Ruled
    similar: int
    asked: bool
    draw: int
    turned_down: bool = False
    said: tuple[Said, ...] = ()

    @property
    def files(self) -> tuple[FileReading, ...]:
        """All files of the claim, in order."""
        return tuple(file for files in self.readings.values() for file in files)

    def written(self, policy: str, readings_sha256: Mapping[str, str]) -> str:
        """As it is kept: JSON, but for the readings, which are kept apart and named by the hash of
        their text."""
        return json.dumps(
            {
                "policy": policy,
                "company": None if self.company is None else self.company.model_dump(mode="json"),
                "on": self.on.isoformat(),
                "category": self.category,
                "employee": self.employee,
                "history": [past.model_dump(mode="json") for past in self.history],
                "rule": _written_rule(self.ruled),
                "similar": self.similar,
                "asked": self.asked,
                "turned_down": self.turned_down,
                "draw": self.draw,
                "said": [asdict(each) for each in self.said],
                "readings": dict(readings_sha256),
            },
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=True,
        )

    @classmethod
    def of_written(cls, text: str, readings: Mapping[str, tuple[FileReading, ...]]) -> Given:
        """What `written` wrote, with the readings it names. Raises ValueError for other text."""
        data = json.loads(text)
        company = data["company"]
        return cls(
            readings={name: readings[name] for name in readings if name in data["readings"]},
            company=None if company is None else Company.model_validate(company),
            history=_PAST.validate_python(data["history"]),
            on=date.fromisoformat(data["on"]),
            category=data["category"],
            employee=data["employee"],
            ruled=_read_rule(data["rule"]),
            similar=data["similar"],
            asked=data["asked"],
            turned_down=data["turned_down"],
            draw=data["draw"],
            # Decisions of before there was any are without it.
            said=tuple(Said(**each) for each in data.get("said", ())),
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """What a decision says and what becomes of it.

    decision: the policy's, with the reasons why it was lowered added to its own. applied: approved
    by the machine, or waiting for a person. sampled: an approval that is checked again, blind.
    total: the claim's, None where it is not known or too large to be one.
    """

    facts: Facts
    decision: Decision
    applied: Literal["approved", "waiting"]
    stage: StageName
    key: StageKey
    sampled: bool
    risk: int
    total: Decimal | None
    refer_to: str | None

    @property
    def codes(self) -> list[str]:
        """The codes of the rows that fired, each once."""
        return list(dict.fromkeys(reason.code for reason in self.decision.reasons))

    @property
    def facts_text(self) -> str:
        """The facts as they are kept: without their places, which stand in the readings."""
        return self.facts.model_dump_json(
            exclude={"claim": {"evidence"}, "documents": {"__all__": {"evidence"}}}
        )


def judge(given: Given, policy: Policy) -> Judged:
    """The decision on a claim. The same for the same input."""
    files = given.files
    # Decisions and their reasons are told to many: they never hold personal data whole.
    shown = [masked_file(file) for file in files]
    found = facts(shown, given.company, given.history, given.on, given.category, given.employee)
    decision = decide(found, policy)
    rule = given.ruled.rule
    applied = apply(decision, found, files, rule, given.draw / DRAWS)
    lowered = list(applied.reasons)
    if given.asked and decision.outcome == "approve":
        lowered.append(_ASKED)
    if given.turned_down and decision.outcome == "approve":
        lowered.append(_TURNED_DOWN)
    otherwise = told_otherwise(given.readings, given.said)
    if otherwise is not None:
        lowered.append(otherwise)
    status = "waiting" if lowered else applied.status
    decision = decision.model_copy(update={"reasons": (*decision.reasons, *lowered)})
    return Judged(
        facts=found,
        decision=decision,
        applied=status,
        stage=applied.stage,
        key=given.ruled.key,
        sampled=applied.sampled and status == "approved",
        risk=risk(found, decision, given.similar),
        total=payable(found),
        refer_to=None if status == "approved" else decision.refer_to or REVIEWER,
    )


def digest(text: str) -> str:
    """The SHA-256 of a text, in hex."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_ASKED: Final = Reason(
    code="asked_before",
    effect="refer",
    message_zh="审核人曾就此单提问，由人工决定",
    message_en="A person asked about this claim before, so that a person decides",
    row="stage/asked_before",
)


_TURNED_DOWN: Final = Reason(
    code="turned_down_before",
    effect="refer",
    message_zh="此发票曾随另一单据提交，未获人工通过，由人工决定",
    message_en="An invoice was in another claim that no person approved, so that a person decides",
    row="stage/turned_down_before",
)


def payable(found: Facts) -> Decimal | None:
    """The total in yuan as it can be kept: a paper may show any number. What is in another
    currency, or could not be read, may be about any amount."""
    claim = found.claim
    if claim.total_known != "yes" or claim.foreign or claim.unreadable_files:
        return None
    total = found.claim.total_amount
    exponent = total.normalize().as_tuple().exponent
    fits = abs(total) <= MONEY_MAX and isinstance(exponent, int) and -exponent <= MONEY_PLACES
    return total if fits else None


def _written_rule(ruled: Ruled) -> dict[str, Any]:
    rule = ruled.rule
    return {
        "key": _written_key(ruled.key),
        "of": _written_key(rule.key),
        "stage": rule.stage,
        "bar": rule.bar,
        "sample_share": rule.sample_share,
        "amount_max": f"{rule.amount_max:f}",
    }


def _written_key(key: StageKey) -> list[str]:
    return [key.kind, key.tier, key.category]


def _read_rule(data: Mapping[str, Any]) -> Ruled:
    rule = StageRule(
        key=StageKey(*data["of"]),
        stage=data["stage"],
        bar=data["bar"],
        sample_share=data["sample_share"],
        amount_max=Decimal(data["amount_max"]),
    )
    return Ruled(StageKey(*data["key"]), rule)
