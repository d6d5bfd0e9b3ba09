"""From facts and a policy to a decision with its reasons. Pure.

Below the policy lies a floor that no policy can lower: what could not be read, is not sure, or
was handed in before, is never approved by the program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import PlainSerializer, ValidationError

from yuepi.approvals.fact import Facts, Proof
from yuepi.approvals.jdm import Effect
from yuepi.approvals.policy import Fired, Policy, PolicyFailed
from yuepi.documents.instructions import CODE
from yuepi.documents.plain import Plain

Outcome = Literal["approve", "refer", "suggest_reject"]
REVIEWER: Final = "reviewer"
"""Who looks where the policy names nobody."""
LIMIT_CODE: Final = "exceeds_limit"
"""The code of the policy's rows that say the claim is over the company's limit."""


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


Amount = Annotated[Decimal, PlainSerializer(_number, when_used="json")]
"""Exact in Python; in JSON a number, `6280` or `6280.5`."""


class Reason(Plain):
    """Why: the row that fired, in words with the value, and the places it rests on.

    effect: what this row asks for; a warning changes nothing. row: `table/row` of the policy, or
    `floor/…` for what holds under every policy.
    """

    code: str
    effect: Effect
    message_zh: str
    message_en: str
    row: str
    evidence: tuple[Proof, ...] = ()


class Decision(Plain):
    """The answer to one claim (DESIGN section 7). `refer_to` is None only for an approval."""

    outcome: Outcome
    refer_to: str | None
    is_valid_invoices: bool
    total_amount: Amount
    exceeds_limit: bool
    consecutive_numbers: bool
    reasons: tuple[Reason, ...]
    policy: str


def decide(facts: Facts, policy: Policy) -> Decision:
    """The decision that the policy's rows and the floor give; the same for the same input.

    Any row that suggests a rejection wins over one that refers, that over one that approves;
    where no row decides, a person does.
    """
    try:
        fired, failed = policy.fired(facts), []
    except (PolicyFailed, ValidationError) as error:
        fired, failed = (), [_failure(error)]
    reasons = [_reason(row) for row in fired]
    told = {reason.code for reason in reasons if reason.effect in ("refer", "suggest_reject")}
    reasons += [*failed, *(each for each in floor(facts) if each.code not in told)]
    outcome = _outcome(reasons)
    if outcome is None:
        outcome, reasons = "refer", [*reasons, _NO_ROW]
    if outcome != "approve":
        reasons = [each for each in reasons if each.effect != "approve"]
    return Decision(
        outcome=outcome,
        refer_to=None if outcome == "approve" else _referred_to(fired),
        is_valid_invoices=facts.claim.valid_invoices == "yes",
        total_amount=facts.claim.total_amount,
        exceeds_limit=any(row.code == LIMIT_CODE for row in fired),
        consecutive_numbers=facts.claim.consecutive_numbers == "yes",
        reasons=tuple(reasons),
        policy=policy.version,
    )


def _outcome(reasons: Sequence[Reason]) -> Outcome | None:
    asked = {reason.effect for reason in reasons}
    if "suggest_reject" in asked:
        return "suggest_reject"
    if "refer" in asked:
        return "refer"
    return "approve" if "approve" in asked else None


def _referred_to(fired: Sequence[Fired]) -> str:
    named = [row.refer_to for row in fired if row.refer_to and row.effect != "approve"]
    return named[0] if named else REVIEWER


def _reason(row: Fired) -> Reason:
    return Reason(
        code=row.code,
        effect=row.effect,
        message_zh=row.message_zh,
        message_en=row.message_en,
        row=row.row,
        evidence=row.evidence,
    )


def floor(facts: Facts) -> Iterator[Reason]:
    """What keeps a claim from approval under any policy: the unread, the unsure, the unknown."""
    claim = facts.claim
    if claim.unreadable_files:
        yield _floor(
            "unreadable_files", claim.evidence,
            f"{claim.unreadable_files} 个文件无法读取",
            f"{claim.unreadable_files} unreadable files",
        )  # fmt: skip
    if not claim.invoices:
        yield _floor("no_invoice", claim.evidence, "没有识别到发票", "No invoice was recognised")
    if claim.total_known == "no":
        yield _floor(
            "total_unknown", claim.evidence, "有单据的金额未能识别", "The total is not fully known"
        )
    if any(each.date_known == "no" for each in facts.documents):
        yield _floor("date_unknown", {}, "有单据的日期未能识别", "A date is not known")
    if claim.unsure or any(each.unsure for each in facts.documents):
        yield _floor(
            "unsure_fields", claim.evidence,
            f"{claim.unsure} 个关键字段没有两个独立来源的佐证",
            f"{claim.unsure} decisive fields lack a second independent source",
        )  # fmt: skip
    if claim.conflicts:
        yield _floor(
            "conflicts", claim.evidence,
            f"{claim.conflicts} 个字段的来源互相矛盾", f"{claim.conflicts} fields are in conflict",
        )  # fmt: skip
    if claim.buyer_unknown:
        yield _floor(
            "buyer_unknown", claim.evidence,
            "无法确认购买方是否为本公司", "Whether the buyer is the company is not known",
        )  # fmt: skip
    if claim.foreign:
        yield _floor(
            "foreign_currency", claim.evidence,
            "有单据的币种不是人民币或无法确认", "A currency is not yuan, or not known",
        )  # fmt: skip
    if claim.findings_error:
        yield _floor(
            "findings_error", claim.evidence,
            f"有 {claim.findings_error} 项严重发现", f"{claim.findings_error} serious findings",
        )  # fmt: skip
    yield from _gives_orders(facts)
    yield from _paid_once(facts)


def _gives_orders(facts: Facts) -> Iterator[Reason]:
    """Who writes orders to a model onto a paper means no good, whatever the paper says."""
    about = [each for each in facts.documents if CODE in each.finding_codes.split(", ")]
    if about:
        names = "、".join(dict.fromkeys(each.file for each in about))
        yield _floor(
            CODE, {CODE: tuple(proof for each in about for proof in each.evidence.get("kind", ()))},
            f"{names} 含有对识别程序下指令的文字，由人工决定",
            f"{names} gives orders to whoever reads it by machine: a person decides",
        )  # fmt: skip


def _paid_once(facts: Facts) -> Iterator[Reason]:
    """No program pays an invoice twice, whatever row a policy lost: a person may."""
    evidence = facts.claim.evidence
    if any(each.duplicate_in_claim not in _ONCE for each in facts.documents):
        yield _floor(
            "duplicate_in_claim", evidence,
            "本单中有重复提交的发票", "An invoice is in this claim twice",
        )  # fmt: skip
    if any(each.duplicate_in_history != "no" for each in facts.documents):
        yield _floor(
            "duplicate_in_history", evidence,
            "有发票以前已提交过", "An invoice was handed in before",
        )  # fmt: skip


_ONCE: Final = ("no", "other_format")
"""The other format of one invoice is counted once."""
_RESTS_ON: Final = {
    "unreadable_files": "unreadable_files",
    "total_unknown": "total_known",
    "unsure_fields": "unsure",
    "conflicts": "conflicts",
    "buyer_unknown": "buyer_unknown",
    "foreign_currency": "foreign",
    "findings_error": "findings_error",
    CODE: CODE,
    "duplicate_in_claim": "duplicates",
    "duplicate_in_history": "duplicates",
}


def _floor(
    code: str, evidence: dict[str, tuple[Proof, ...]], message_zh: str, message_en: str
) -> Reason:
    return Reason(
        code=code,
        effect="refer",
        message_zh=message_zh,
        message_en=message_en,
        row=f"floor/{code}",
        evidence=evidence.get(_RESTS_ON.get(code, ""), ()),
    )


def _failure(error: Exception) -> Reason:
    return Reason(
        code="policy_failed",
        effect="refer",
        message_zh="规则未能在这张单据上执行，需人工审核",
        message_en=f"The policy could not be evaluated: {str(error)[:200]}",
        row="floor/policy_failed",
    )


_NO_ROW: Final = Reason(
    code="no_row",
    effect="refer",
    message_zh="没有规则匹配，需人工审核",
    message_en="No row of the policy decides this claim",
    row="floor/no_row",
)
