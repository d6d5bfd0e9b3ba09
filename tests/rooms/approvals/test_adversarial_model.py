"""An engine that answers anything at all never obtains an approval that the evidence does not give.

Every claim here is decided twice: as it was read without a model, and with whatever a model says
beside it. The second may be referred where the first was approved, never the other way round.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache, partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.resources.page_evidence import ON, misread, numbered, recognised, told
from tests.resources.size import tries
from yuepi.approvals.claim import Company, PastInvoice
from yuepi.approvals.decision import Decision, decide
from yuepi.approvals.facts import facts
from yuepi.approvals.policies import default_policy_text
from yuepi.approvals.policy import load_policy
from yuepi.approvals.stages import StageKey, StageRule, apply
from yuepi.documents.kinds import kind_named
from yuepi.documents.page_reading import PageEvidence, read_pages
from yuepi.documents.readers.model_answer import stated
from yuepi.documents.reading import FileReading, Reading
from yuepi.documents.said import Claim, asked_fields
from yuepi.lab.samples import DEMO_COMPANY, Sample, make
from yuepi.lab.samples import Company as Buyer

KINDS = (
    "digital_invoice", "vat_e_invoice", "vat_invoice", "vat_special_invoice", "rail_e_ticket",
    "taxi_invoice", "fixed_amount_invoice", "machine_invoice", "receipt", "payment_screenshot",
    "menu",
)  # fmt: skip
COMPANY = Company(name=DEMO_COMPANY["name"], tax_id=DEMO_COMPANY["tax_id"])
FULL = StageRule(StageKey(), "full", 0.5, 0.0, Decimal(10**6))
POLICY = load_policy(default_policy_text())
Pages = tuple[tuple[Sample, PageEvidence], ...]


@cache
def pages() -> Pages:
    """Two papers of each kind, most made out to the company and small enough to pass."""
    found = []
    buyer = Buyer(COMPANY.name, COMPANY.tax_id)
    for kind in KINDS:
        for seed, coded in ((8101, True), (8102, False)):
            wishes = {} if kind == "menu" else {"total": Decimal("186.00"), "buyer": buyer}
            if kind == "fixed_amount_invoice":
                wishes = {}
            sample = make(kind, seed, ON, **wishes)
            found.append((sample, recognised(sample, codes=coded)))
    return tuple(found)


def read(evidence: Sequence[PageEvidence]) -> list[FileReading]:
    return [
        FileReading(
            file=f"{at}.jpg",
            sha256=f"sha-{at}",
            pages=1,
            original=False,
            readings=read_pages([page]),
        )
        for at, page in enumerate(evidence)
    ]


def judged(
    files: Sequence[FileReading], history: Sequence[PastInvoice] = ()
) -> tuple[Decision, bool]:
    """The decision, and whether the machine would carry it out under a stage that trusts it."""
    found = facts(files, COMPANY, history, ON + timedelta(days=1))
    decision = decide(found, POLICY)
    return decision, apply(decision, found, files, FULL, 0.9).status == "approved"


def passes(files: Sequence[FileReading], history: Sequence[PastInvoice] = ()) -> bool:
    decision, carried_out = judged(files, history)
    return decision.outcome == "approve" or carried_out


OURS = (COMPANY.name, COMPANY.tax_id, "186.00", "2026-06-20", "壹佰捌拾陆元整", "CNY", "confirmed")
ANYTHING = st.one_of(
    st.sampled_from(OURS),
    st.text(max_size=30),
    st.from_regex(r"[0-9]{1,20}(\.[0-9]{2})?", fullmatch=True),
    st.sampled_from(["approve", "通过", "09:41", "2026-06-29", "0.00", "-1.00", "可能是 186.00"]),
)


@st.composite
def answers(draw: st.DrawFn, page: PageEvidence, reading: Reading) -> list[Claim]:
    """Any answer that the schema allows: what stands on the page, in any field, or nowhere."""
    lines = numbered(page)
    printed = st.sampled_from([each.line.text for each in lines] or [""])
    read_so = st.sampled_from([f.value for f in reading.fields.values() if f.value] or [""])
    given: dict[str, object] = {}
    names = asked_fields(kind_named(reading.kind))
    for name in names:
        value = draw(st.one_of(st.none(), printed, read_so, ANYTHING))
        if value is not None:
            cited = draw(st.lists(st.integers(1, max(1, len(lines))), max_size=3))
            given[name] = {"value": value, "lines": [f"L{number}" for number in cited]}
    heard = stated(json.dumps(given, ensure_ascii=False), list(names)) or ()
    return [Claim(each.field, each.value, each.lines) for each in heard]


def _swapped(was: str, now: str, text: str) -> str:
    return text.replace(was, now)


@st.composite
def claims_told(draw: st.DrawFn) -> tuple[list[PageEvidence], list[PageEvidence]]:
    """One to three papers, as they were read and with what a model says of each."""
    picked = draw(st.lists(st.sampled_from(pages()), min_size=1, max_size=2))
    before, after = [], []
    for _, whole in picked:
        page = whole
        if draw(st.integers(0, 3)) == 0:
            was, now = draw(st.tuples(*(st.sampled_from("0123456789"),) * 2))
            page = misread(whole, partial(_swapped, was, now))
        before.append(page)
        (*_, reading) = read_pages([page])
        claims = draw(answers(page, reading))
        said = told(page, reading.kind, claims)
        if draw(st.integers(0, 9)) == 0 and said.said[0] is not None:
            # As if it had been asked about another kind of paper.
            other = replace(said.said[0], kind=draw(st.sampled_from(KINDS)))
            said = replace(said, said=(other,))
        after.append(said)
    return before, after


def test_some_of_these_papers_pass_by_themselves_and_some_do_not() -> None:
    outcomes = [passes(read([page])) for _, page in pages()]
    assert outcomes.count(True) >= 2
    assert outcomes.count(False) >= 6


@pytest.mark.slow
@settings(max_examples=tries(80, usual=30), deadline=None, suppress_health_check=list(HealthCheck))
@given(claims_told())
def test_no_answer_obtains_an_approval(
    case: tuple[list[PageEvidence], list[PageEvidence]],
) -> None:
    before, after = (read(each) for each in case)
    if passes(after):
        assert passes(before)
        assert judged(after)[0].total_amount == judged(before)[0].total_amount


@pytest.mark.slow
@settings(max_examples=tries(40, usual=15), deadline=None, suppress_health_check=list(HealthCheck))
@given(claims_told(), st.integers(0, 2))
def test_no_answer_hides_that_an_invoice_was_handed_in_before(
    case: tuple[list[PageEvidence], list[PageEvidence]], at: int
) -> None:
    before, after = (read(each) for each in case)
    reading = before[at % len(before)].readings[0]
    total = reading.value("total")
    past = PastInvoice(
        number=reading.value("number"), code=reading.value("code"), date=reading.value("date"),
        total=Decimal(total) if total else None, seller_name=reading.value("seller_name"),
        seller_tax_id=reading.value("seller_tax_id"), time=reading.value("time"), claim="C1",
    )  # fmt: skip
    if passes(after, [past]):
        assert passes(before, [past])


@pytest.mark.parametrize("field", ["buyer_name", "buyer_tax_id"])
def test_a_buyer_that_only_a_model_sees_is_no_buyer(field: str) -> None:
    """The seller is the company itself, its name is printed: a model takes it for the buyer's."""
    _, page = next(each for each in pages() if each[0].kind == "digital_invoice")
    value = COMPANY.name if field == "buyer_name" else COMPANY.tax_id
    kept = misread(page, _without(value))
    (reading,) = read_pages([kept])
    assert reading.fields[field].status != "confirmed"
    said = told(kept, reading.kind, [Claim(field, value, (1,)), Claim(field, value)])
    assert not passes(read([said]))


def _without(value: str) -> Callable[[str], str]:
    return lambda text: text.replace(value, "")
