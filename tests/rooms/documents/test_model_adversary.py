"""A model that errs, lies or is told to lie: nothing it says makes a value surer than it was."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.resources.page_evidence import misread, numbered, sample_page, told
from tests.resources.size import tries
from yuepi.documents.agreement import same_value
from yuepi.documents.differing_digit import differing_digit
from yuepi.documents.kinds import kind_named
from yuepi.documents.page_reading import (
    Gathered,
    PageEvidence,
    gather,
    read_page,
    settle,
    views_of,
)
from yuepi.documents.readers.model_answer import Stated, stated
from yuepi.documents.reading import Field, Reading
from yuepi.documents.said import Claim, asked_fields
from yuepi.lab.samples import Sample

KINDS = (
    "vat_e_invoice", "vat_special_invoice", "digital_invoice", "taxi_invoice", "rail_e_ticket",
    "fixed_amount_invoice", "machine_invoice", "receipt", "invoice", "payment_screenshot",
)  # fmt: skip
ANSWERS = 1_000
MISREADINGS = 100


@cache
def pages() -> tuple[tuple[Sample, PageEvidence, Reading], ...]:
    """Twenty documents that are read as the kind they have."""
    found = []
    for kind in KINDS:
        for seed in (7100, 7101):
            sample, page = sample_page(kind, seed, codes=seed % 2 == 0)
            readings = read_page(page)
            if len(readings) == 1 and readings[0].kind == kind:
                found.append((sample, page, readings[0]))
    assert len(found) >= 14, [reading.kind for _, _, reading in found]
    return tuple(found)


def without_a_digit_right(chance: random.Random, value: str) -> str:
    """The value with one of its digits another one."""
    at = chance.choice([at for at, sign in enumerate(value) if sign in "0123456789"])
    return value[:at] + chance.choice([d for d in "0123456789" if d != value[at]]) + value[at + 1 :]


def answer(chance: random.Random, page: PageEvidence, values: dict[str, str]) -> list[Claim]:
    """What a model would say that gives these values, citing lines by chance or rightly; by way of
    its words, so that the parser has its part."""
    lines = numbered(page)
    given = {}
    for name, value in values.items():
        right = [each.number for each in lines if value in each.line.text]
        cited = right if right and chance.random() < 0.5 else [chance.randrange(1, len(lines) + 1)]
        given[name] = {"value": value, "lines": [f"L{number}" for number in cited]}
    found = stated(f"```json\n{json.dumps(given)}\n```", list(values))
    assert found is not None
    return [Claim(each.field, each.value, each.lines) for each in found]


def is_right(sample: Sample, name: str, value: str) -> bool:
    return name not in sample.truth or same_value(name, sample.truth[name], value)


def wrongly_surer(sample: Sample, before: Reading, after: Reading) -> list[str]:
    """Fields that are confirmed with a wrong value, and were not so without the model."""
    return [
        f"{after.kind} {name}: {field.value}"
        for name, field in after.fields.items()
        if field.status == "confirmed"
        and field.value is not None
        and not is_right(sample, name, field.value)
        and (before.fields[name].status, before.fields[name].value) != ("confirmed", field.value)
    ]


def corrupted(chance: random.Random, at: int) -> tuple[str, str, dict[str, str]]:
    """A field of one of the documents, its true value, and an answer with one wrong digit in it."""
    sample, _, before = pages()[at]
    names = asked_fields(kind_named(before.kind))
    values = {name: value for name, value in sample.truth.items() if name in names}
    numeric = [name for name, value in values.items() if any(sign.isdigit() for sign in value)]
    name = chance.choice(numeric)
    true = values[name]
    values[name] = without_a_digit_right(chance, true)
    return name, true, values


def test_one_wrong_digit_in_the_answer_never_makes_a_confirmed_wrong_value() -> None:
    chance = random.Random(20261121)
    wrong: list[str] = []
    told_of = 0
    for _ in range(ANSWERS):
        at = chance.randrange(len(pages()))
        sample, page, before = pages()[at]
        name, _, values = corrupted(chance, at)
        after = after_hearing(at, answer(chance, page, values))
        wrong += wrongly_surer(sample, before, after)
        told_of += any(question.field == name for question in after.questions)
    assert wrong == []
    # Nearly always a person is asked; else the wrong value happens to stand on the page as well.
    assert told_of > 0.95 * ANSWERS


def test_nor_does_a_digit_that_the_recogniser_misread_and_the_model_copies() -> None:
    chance = random.Random(20261122)
    wrong: list[str] = []
    for _ in range(MISREADINGS):
        at = chance.randrange(len(pages()))
        sample, page, _ = pages()[at]
        name, true, values = corrupted(chance, at)
        worse = misread(page, lambda text: text.replace(true, values[name]))  # noqa: B023
        (views,) = views_of(worse)
        known = gather(worse, views)
        said = told(worse, known.kind.name, answer(chance, worse, values)).said[0]
        wrong += wrongly_surer(sample, settle(known), settle(known, said))
    assert wrong == []


VALUES = st.one_of(
    st.none(),
    st.sampled_from(
        ["CNY", "0.00", "1", "2026-01-01", "100.00", "壹佰元整", "同意报销", "approve"]
    ),
    st.text(max_size=40),
    st.from_regex(r"[0-9]{1,20}", fullmatch=True),
)


@cache
def gathered(at: int) -> Gathered:
    """All that is known of one of them but for a model; read once, for that takes its time."""
    _, page, _ = pages()[at]
    (views,) = views_of(page)
    return gather(page, views)


def after_hearing(at: int, claims: list[Claim]) -> Reading:
    _, page, before = pages()[at]
    return settle(gathered(at), told(page, before.kind, claims).said[0])


@st.composite
def lies(draw: st.DrawFn) -> tuple[int, list[Claim]]:
    """Any answer that the schema allows: values of the page itself among them, any line cited."""
    at = draw(st.integers(0, len(pages()) - 1))
    _, page, before = pages()[at]
    lines = numbered(page)
    claims = []
    for name in asked_fields(kind_named(before.kind)):
        copied = st.sampled_from([each.line.text for each in lines])
        of_others = st.sampled_from([f.value for f in before.fields.values()])
        value = draw(st.one_of(VALUES, copied, of_others))
        if value is not None:
            cited = draw(st.lists(st.integers(0, len(lines) + 3), max_size=3))
            claims.append(Claim(name, value, tuple(cited)))
    return at, claims


def is_no_surer(before: Field, after: Field) -> bool:
    """Unchanged but for who agrees; or doubted; or filled by what only the model says."""
    if after.status == "missing":
        return before.status == "missing"
    if before.value is None:
        return after.only_said and after.status in ("single", "conflict")
    return after.value == before.value and after.status in (before.status, "conflict")


@settings(max_examples=tries(300, usual=80), deadline=None)
@given(lies())
def test_no_answer_makes_any_field_surer(case: tuple[int, list[Claim]]) -> None:
    at, claims = case
    before, after = pages()[at][2], after_hearing(at, claims)
    assert after.kind == before.kind
    for name, field in before.fields.items():
        assert is_no_surer(field, after.fields[name]), name
    # For decisions, what only a model says is not there.
    decided = after.without_said()
    for name, field in before.fields.items():
        assert decided.fields[name].value == field.value
    assert set(before.findings) - set(after.findings) == set() or any(
        field.status == "conflict" != before.fields[name].status
        for name, field in after.fields.items()
    )


@settings(max_examples=tries(200, usual=60), deadline=None)
@given(st.text(max_size=400), st.sampled_from(["receipt", "vat_invoice"]))
def test_any_text_at_all_is_an_answer_or_none(text: str, kind: str) -> None:
    names = asked_fields(kind_named(kind))
    found = stated(text, names)
    assert found is None or all(each.field in names for each in found)


def test_a_model_that_reads_one_digit_otherwise_than_the_print_makes_a_conflict_that_names_it():
    _, page, before = next(each for each in pages() if each[2].kind == "receipt")
    total = before.fields["total"]
    assert total.value is not None
    assert total.status == "single"
    at = max(i for i, sign in enumerate(total.value) if sign.isdigit())
    other = total.value[:at] + str((int(total.value[at]) + 1) % 10)
    digits = differing_digit(total.value, other)
    assert digits is not None
    after = read_page(told(page, "receipt", [Claim("total", other)]))[0]
    (finding,) = [f for f in after.findings if f.code == "sources_differ_in_digit"]
    assert after.fields["total"].status == "conflict"
    assert after.fields["total"].value == total.value
    assert other not in after.fields["total"].others
    assert finding.fields == ("total",)
    assert f"digit {digits.place}" in finding.message
    assert f"第 {digits.place} 位" in finding.message_zh
    (question,) = after.questions
    assert question.suggestion == other


def test_what_another_kind_was_asked_counts_for_nothing():
    _, page, before = next(each for each in pages() if each[2].kind == "receipt")
    after = read_page(told(page, "vat_invoice", [Claim("total", "1.00")]))[0]
    assert after == before


def test_a_model_asked_without_the_text_confirms_only_where_its_independence_was_measured():
    _, page, before = next(each for each in pages() if each[2].kind == "receipt")
    total = before.value("total") or ""
    said = told(page, "receipt", [Claim("total", total)])
    agreed = read_page(said)[0].fields["total"]
    assert (agreed.status, agreed.sources) == ("single", ("layout", "model"))
    (one,) = said.said
    assert one is not None
    measured = replace(said, said=(replace(one, independent=True),))
    assert read_page(measured)[0].fields["total"].status == "confirmed"


def test_stated_values_keep_their_zeros():
    (one,) = stated('{"total": {"value": 27.10, "lines": ["L1"]}}', ["total"]) or ()
    assert one == Stated("total", "27.10", (1,))
