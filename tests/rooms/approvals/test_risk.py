"""The queue's order: more of any sign never lowers the risk."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from yuepi.approvals.claim import PastInvoice
from yuepi.approvals.decision import decide
from yuepi.approvals.facts import facts
from yuepi.approvals.policy import Policy
from yuepi.approvals.risk import RISK_MAX, Signs, risk, score

COUNTS = st.integers(0, 30)
SUGGESTIONS = ("approve", "refer", "suggest_reject")
SIGNS = st.builds(
    Signs,
    amount=st.decimals(0, 10**9, places=2),
    duplicates=COUNTS,
    consecutive=st.booleans(),
    conflicts=COUNTS,
    unsure=COUNTS,
    unreadable=COUNTS,
    findings_error=COUNTS,
    warnings=COUNTS,
    similar=COUNTS,
    suggestion=st.sampled_from(SUGGESTIONS),
)


@given(SIGNS, SIGNS)
def test_more_of_any_sign_never_lowers_the_risk(one: Signs, other: Signs) -> None:
    before = score(one)
    assert 0 <= before <= RISK_MAX
    for each in fields(Signs):
        values = (getattr(one, each.name), getattr(other, each.name))
        more = max(values, key=SUGGESTIONS.index) if each.name == "suggestion" else max(values)
        assert score(replace(one, **{each.name: more})) >= before, each.name


def test_what_weighs_most_comes_first() -> None:
    clean = Signs(amount=Decimal("300"))
    assert score(Signs()) == 0
    assert score(clean) < score(replace(clean, unsure=1)) < score(replace(clean, duplicates=1))
    assert score(Signs(duplicates=1, suggestion="suggest_reject")) >= 50
    assert score(replace(clean, similar=9)) - score(clean) <= 2
    assert score(Signs(amount=Decimal(1_000))) < score(Signs(amount=Decimal(10_000)))


def test_the_risk_of_claims(make: SimpleNamespace, default_policy: Policy) -> None:
    def risk_of(*readings: object, history: tuple[PastInvoice, ...] = ()) -> int:
        files = [make.file(f"{at}.pdf", each) for at, each in enumerate(readings)]
        found = facts(files, make.company, history, make.on, None)
        return risk(found, decide(found, default_policy))

    invoice = make.reading()
    clean = risk_of(invoice)
    negative = make.reading(number="24332000000012345711", total="-300.00")
    repeated = PastInvoice(number="24332000000012345601", claim="clm_1")
    assert clean < risk_of(make.reading(total="90000.00"))
    assert clean < risk_of(invoice, negative)
    assert clean + 30 <= risk_of(invoice, history=(repeated,))
    assert risk_of() > clean
