"""Corrections: refused where impossible, kept as truth, shown in the place of what was read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.pool import BO, CHEN, NOW, PoolDesk, Story, paper, scan
from yuepi.approvals.claim_rows import Stale
from yuepi.approvals.corrections import (
    CORRECTIONS_MAX,
    BadCorrection,
    Correction,
    CorrectionRow,
    checked,
    corrected,
)
from yuepi.approvals.history import papers_of
from yuepi.documents.reading import Field, Finding
from yuepi.kit.money import parse_amount

FILES = {"att_1": (scan(paper(), paper(number="26332000000012345602")),)}


def one(field: str, value: str | None = None, **places: Any) -> Correction:
    named: dict[str, Any] = {"attachment": "att_1", "file_at": 0, "reading_at": 0} | places
    return Correction(field=field, value=value, **named)


def row(field: str, value: str | None, was: str | None = None, minutes: int = 0) -> CorrectionRow:
    return CorrectionRow(
        "cor_1", "clm_1", "rev_1", "att_1", 0, 0, field, was, value, False, BO.id,
        NOW + timedelta(minutes=minutes),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("correction", "code"),
    [
        (one("total", "12,34,5"), "impossible_value"),
        (one("total", "1.234"), "impossible_value"),
        (one("total", "NaN"), "impossible_value"),
        (one("total", "9" * 15), "impossible_value"),
        (one("total", ""), "impossible_value"),
        (one("date", "2026-02-30"), "impossible_value"),
        (one("date", "1900-01-01"), "impossible_value"),
        (one("seller_tax_id", "91350100M000100Y4Z"), "impossible_value"),
        (one("buyer_tax_id", "123"), "impossible_value"),
        (one("number", "2633200000001234560"), "impossible_value"),
        (one("number", "no number"), "impossible_value"),
        (one("currency", "yuan"), "impossible_value"),
        (one("seller_name", "a\x00b"), "impossible_value"),
        (one("seller_name", "x" * 501), "impossible_value"),
        (one("kind", "menu"), "impossible_value"),
        (one("kind", None), "impossible_value"),
        (one("plate", "浙A12345"), "unknown_field"),
        (one("x" * 5000, "1"), "unknown_field"),
        (one("total", "1.00", attachment="att_2"), "unknown_paper"),
        (one("total", "1.00", file_at=1), "unknown_paper"),
        (one("total", "1.00", reading_at=-1), "unknown_paper"),
        (one("total", "400.00", confirmed=True), "impossible_value"),
        (one("seller_name", None, confirmed=True), "impossible_value"),
    ],
)
def test_what_cannot_be_is_refused(correction: Correction, code: str) -> None:
    with pytest.raises(BadCorrection) as caught:
        checked(FILES, [one("total", "5.00", reading_at=1), correction])
    assert (caught.value.code, caught.value.at, caught.value.http_status) == (code, 1, 422)
    assert len(caught.value.message) < 500
    assert caught.value.remedy


def test_values_are_written_in_one_way() -> None:
    found = checked(
        FILES,
        [
            one("total", "¥1,200.5"),
            one("date", "2026-01-31"),
            one("seller_tax_id", "91330100ma2abcde17"[:15]),
            one("buyer_name", None),
            one("number", confirmed=True),
        ],
    )
    assert [(each.was, each.value) for each in found] == [
        ("300.00", "1200.50"),
        ("2026-02-05", "2026-01-31"),
        ("91330106MA2AAAAA15", "91330100MA2ABCD"),
        (None, None),
        ("26332000000012345601", "26332000000012345601"),
    ]


def test_fields_are_those_of_the_corrected_kind() -> None:
    checked(FILES, [one("kind", "taxi_invoice"), one("plate", "浙AT1234")])
    with pytest.raises(BadCorrection):
        checked(FILES, [one("plate", "浙AT1234"), one("kind", "taxi_invoice")])


@pytest.mark.parametrize("count", [0, CORRECTIONS_MAX + 1])
def test_so_many_at_once(count: int) -> None:
    with pytest.raises(BadCorrection):
        checked(FILES, [one("total", "1.00")] * count)


def test_one_field_once() -> None:
    with pytest.raises(BadCorrection, match="before"):
        checked(FILES, [one("total", "1.00"), one("total", "2.00")])


def test_a_corrected_field_is_a_persons() -> None:
    doubted = Field(value="300.00", status="conflict", confidence=0.5, others=("800.00",))
    wrong = Finding(code="x", severity="warning", message="", message_zh="", fields=("total",))
    other = Finding(code="y", severity="warning", message="", message_zh="", fields=("date",))
    reading = paper().model_copy(
        update={"fields": paper().fields | {"total": doubted}, "findings": (wrong, other)}
    )
    files = {"att_1": (scan(reading),)}
    rows = [row("total", "900.00", minutes=1), row("total", "800.00")]
    (file,) = corrected(files, rows)["att_1"]
    total = file.readings[0].fields["total"]
    assert (total.value, total.status, total.sources, total.others) == (
        "900.00", "confirmed", ("person",), (),
    )  # fmt: skip
    assert [each.code for each in file.readings[0].findings] == ["y"]
    gone = corrected(files, [row("total", None)])["att_1"][0].readings[0].fields["total"]
    assert (gone.value, gone.status) == (None, "missing")
    assert corrected(files, [])["att_1"] == files["att_1"]


def test_another_kind_is_checked_anew() -> None:
    after = corrected(FILES, [row("kind", "vat_e_invoice")])["att_1"][0].readings[0]
    assert (after.kind, after.kind_confidence) == ("vat_e_invoice", 1.0)
    assert "number_shape" in {each.code for each in after.findings}


@given(st.decimals(-9_000_000_000, 9_000_000_000, places=2, allow_nan=False))
def test_amounts_stay_what_they_are(amount: Decimal) -> None:
    (found,) = checked(FILES, [one("total", f"{amount:f}")])
    assert parse_amount(found.value or "", ".") == amount


@given(st.text(max_size=60), st.sampled_from(["total", "date", "number", "seller_tax_id", "kind"]))
def test_any_text_is_kept_or_refused(value: str, field: str) -> None:
    try:
        (found,) = checked(FILES, [one(field, value)])
    except BadCorrection:
        return
    again = checked(FILES, [one(field, found.value)])
    assert again[0].value == found.value


# --- kept ----------------------------------------------------------------------------------------


def test_corrections_are_kept_and_shown_and_known_to_history(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = await desk.held(BO, claim)
        attachment = f"att_{claim.id[4:]}"
        made = await desk.reviews.correct(
            BO, review, [one("number", "26332000000000000009", attachment=attachment)],
            claim.version,
        )  # fmt: skip
        after, kept = made.claim, made.corrections
        assert after.version == claim.version + 1
        assert (kept[0].was, kept[0].value) == ("26332000000012345601", "26332000000000000009")
        with pytest.raises(Stale):
            await desk.reviews.correct(
                BO, review, [one("total", "1.00", attachment=attachment)], claim.version
            )
        again = (
            await desk.reviews.correct(
                BO, review, [one("number", confirmed=True, attachment=attachment)], after.version
            )
        ).corrections
        assert again[0].at > kept[0].at
        view = await desk.reviews.find(BO, review)
        assert view.files[attachment][0].readings[0].value("number") == "26332000000000000009"
        assert len(view.corrections) == 2
        assert "review.corrected" in desk.actions
        # Another claim that brings the same number is the later one.
        other = await desk.claim(papers=[paper(number="26332000000000000009", date="2026-02-01")])
        past = await desk.history.past(
            other.id, papers_of([scan(paper(number="26332000000000000009"), name="b.pdf")])
        )
        assert {each.claim for each in past} == {claim.id}

    pool(tell)


def test_a_corrected_total_brings_a_second_pair_of_eyes(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = await desk.held(BO, claim)
        attachment = f"att_{claim.id[4:]}"
        after = (
            await desk.reviews.correct(
                BO, review, [one("total", "30000.00", attachment=attachment)], claim.version
            )
        ).claim
        told = await desk.reviews.decide(BO, review, "approve", "", after.version)
        assert not told.final
        assert (await desk.decided(CHEN, claim)).status == "approved"

    pool(tell)


def test_what_is_refused_leaves_nothing(pool: Story) -> None:
    async def tell(desk: PoolDesk) -> None:
        claim = await desk.claim()
        review = await desk.held(BO, claim)
        attachment = f"att_{claim.id[4:]}"
        good = one("total", "1.00", attachment=attachment)
        with pytest.raises(BadCorrection):
            await desk.reviews.correct(
                BO, review, [good, one("date", "x", attachment=attachment)], claim.version
            )
        assert await desk.all_of("corrections") == []
        assert await desk.found(claim.id) == claim

    pool(tell)
