"""Stages only ever lower automation; which rule holds for which claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.approvals.claim import PastInvoice
from yuepi.approvals.decision import Reason, decide
from yuepi.approvals.facts import facts
from yuepi.approvals.policy import Policy
from yuepi.approvals.stages import (
    ANY,
    DEFAULT,
    ORDER,
    Applied,
    Ruled,
    StageKey,
    StageRule,
    apply,
    caution,
    governing,
    keys_of,
    ruling,
)
from yuepi.documents.reading import Evidence, FileReading, Finding

FULL = StageRule(stage="full")
PARTIAL = StageRule(stage="partial")
Apply = Callable[..., Applied]


@pytest.fixture
def applied(make: SimpleNamespace, default_policy: Policy) -> Apply:
    """What becomes of files under a rule, decided by the default policy."""

    def judge(
        rule: StageRule,
        *files: FileReading,
        history: tuple[PastInvoice, ...] = (),
        draw: float = 0.9,
        reasons: tuple[Reason, ...] = (),
    ) -> Applied:
        found = facts(files, make.company, history, make.on, None)
        decision = decide(found, default_policy)
        decision = decision.model_copy(update={"reasons": (*decision.reasons, *reasons)})
        return apply(decision, found, files, rule, draw)

    return judge


def codes(result: Applied) -> list[str]:
    return [reason.code for reason in result.reasons]


def test_each_stage_on_a_clean_claim(make: SimpleNamespace, applied: Apply) -> None:
    file = make.file("a.pdf", make.reading())
    assert applied(FULL, file) == Applied("approved", "full", (), sampled=False)
    assert applied(PARTIAL, file) == Applied("approved", "partial", (), sampled=False)
    advised = applied(DEFAULT, file)
    assert (advised.status, advised.stage, codes(advised)) == (
        "waiting",
        "assist",
        ["stage_assist"],
    )


@pytest.mark.parametrize(("draw", "sampled"), [(0.0, True), (0.0499, True), (0.05, False)])
def test_the_sample_is_the_share_of_approvals(
    make: SimpleNamespace, applied: Apply, draw: float, sampled: bool
) -> None:
    file = make.file("a.pdf", make.reading())
    assert applied(FULL, file, draw=draw).sampled is sampled
    assert applied(replace(FULL, sample_share=1.0), file, draw=0.999999).sampled
    assert not applied(replace(FULL, sample_share=0.0), file, draw=0.0).sampled
    assert not applied(DEFAULT, file, draw=draw).sampled


@pytest.mark.parametrize(
    ("total", "status"), [("999.99", "approved"), ("1000.00", "waiting"), ("1500.00", "waiting")]
)
def test_low_risk_is_below_the_amount(
    make: SimpleNamespace, applied: Apply, total: str, status: str
) -> None:
    result = applied(PARTIAL, make.file("a.pdf", make.reading(total=total)))
    assert result.status == status
    assert codes(result) == ([] if status == "approved" else ["stage_amount"])
    assert applied(FULL, make.file("a.pdf", make.reading(total=total))).status == "approved"


def test_low_risk_needs_a_clean_history_even_where_the_policy_does_not(
    make: SimpleNamespace, default_policy: Policy
) -> None:
    file = make.file("a.pdf", make.reading())
    decision = decide(facts([file], make.company, [], make.on, None), default_policy)
    again = PastInvoice(number="24332000000012345601", claim="clm_1")
    beside = PastInvoice(number="24332000000012345602", claim="clm_1")
    for past in (again, beside):
        found = facts([file], make.company, [past], make.on, None)
        assert codes(apply(decision, found, [file], PARTIAL, 0.9)) == ["stage_history"]
        assert apply(decision, found, [file], FULL, 0.9).status == "approved"


def test_low_risk_needs_sure_fields_and_no_warnings(
    make: SimpleNamespace, default_policy: Policy, applied: Apply
) -> None:
    clean = make.file("a.pdf", make.reading())
    decision = decide(facts([clean], make.company, [], make.on, None), default_policy)
    unsure = make.file("a.pdf", make.reading(date=make.field("2024-06-05", "single")))
    found = facts([unsure], make.company, [], make.on, None)
    assert codes(apply(decision, found, [unsure], PARTIAL, 0.9)) == ["stage_unsure"]
    noticed = Finding(code="x", severity="warning", message="x", message_zh="x")
    warned = make.file("a.pdf", make.reading(findings=(noticed,)))
    found = facts([warned], make.company, [], make.on, None)
    assert codes(apply(decision, found, [warned], PARTIAL, 0.9)) == ["stage_warning"]
    weekend = make.file("a.pdf", make.reading(date="2024-06-08"))
    assert applied(FULL, weekend).status == "approved"
    assert codes(applied(PARTIAL, weekend)) == ["stage_warning"]


@pytest.mark.parametrize("stage", ORDER)
def test_doubts_wait_under_every_stage(
    make: SimpleNamespace, default_policy: Policy, stage: str
) -> None:
    rule = replace(FULL, stage=stage)
    clean = make.file("a.pdf", make.reading())
    decision = decide(facts([clean], make.company, [], make.on, None), default_policy)
    said = Evidence(page=1, box=None, source="model", text="可能是甲公司")
    unsure = make.field("甲公司").model_copy(update={"evidence": (said,)})
    for code, field in (
        ("uncertain_words", unsure),
        ("stage_conflict", make.field("甲公司", "conflict")),
    ):
        file = make.file("a.pdf", make.reading(note=field))
        result = apply(decision, facts([file], make.company, [], make.on, None), [file], rule, 0.0)
        assert (result.status, result.sampled) == ("waiting", False)
        assert code in codes(result)


STAGES = st.sampled_from(ORDER)
RULES = st.builds(
    StageRule,
    key=st.builds(
        StageKey,
        st.sampled_from([ANY, "receipt", "invoice"]),
        st.sampled_from([ANY, "clean", "photo"]),
        st.sampled_from([ANY, "meals"]),
    ),
    stage=STAGES,
    bar=st.sampled_from([0.9, 0.98]),
    amount_max=st.decimals(0, 5000, places=2),
)
KEYS = st.builds(
    StageKey,
    st.sampled_from(["receipt", "invoice", "other"]),
    st.sampled_from(["clean", "photo", "poor"]),
    st.sampled_from(["meals", "travel"]),
)


@given(
    rule=RULES,
    outcome=st.sampled_from(["approve", "refer", "suggest_reject"]),
    status=st.sampled_from(["confirmed", "single", "conflict"]),
    total=st.decimals(0, 10**5, places=2),
    draw=st.floats(0, 1, exclude_max=True),
)
def test_no_stage_ever_raises_automation(
    make: SimpleNamespace,
    default_policy: Policy,
    rule: StageRule,
    outcome: str,
    status: str,
    total: Decimal,
    draw: float,
) -> None:
    file = make.file("a.pdf", make.reading(total=make.field(str(total), status)))
    found = facts([file], make.company, [], make.on, None)
    decision = decide(found, default_policy).model_copy(update={"outcome": outcome})
    results = [apply(decision, found, [file], replace(rule, stage=s), draw) for s in ORDER]
    approved = [result.status == "approved" for result in results]
    assert approved == sorted(approved)
    assert not approved[0]
    if outcome != "approve" or status == "conflict":
        assert not any(approved)
    assert all(result.sampled <= (result.status == "approved") for result in results)


@given(st.lists(RULES, max_size=8, unique_by=lambda rule: rule.key), st.lists(KEYS, max_size=4))
def test_the_most_exact_rule_holds_and_the_least_automated_paper_decides(
    rules: list[StageRule], keys: list[StageKey]
) -> None:
    ruled = ruling(rules, keys)
    for key in keys:
        rule = governing(rules, key)
        about = [each for each in rules if each.key.covers(key)]
        assert rule in about or (rule == DEFAULT and not about)
        assert all(each.key.exactness <= rule.key.exactness for each in about)
        assert caution(ruled.rule) <= caution(rule)
    if keys:
        assert ruled.key in keys
        assert ruled.rule == governing(rules, ruled.key)
    else:
        assert ruled == Ruled(StageKey(), DEFAULT)


def test_the_keys_of_a_claim_are_those_of_its_papers(make: SimpleNamespace) -> None:
    files = [
        make.file("a.pdf", make.reading(), make.reading()),
        make.file("b.jpg", make.reading("receipt", quality="photo")),
        make.file("c.jpg"),
    ]
    assert keys_of(files, "meals") == (
        StageKey("digital_invoice", "clean", "meals"),
        StageKey("receipt", "photo", "meals"),
    )
    assert keys_of([], "meals") == ()
