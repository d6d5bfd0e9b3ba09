"""The database's keys agree with what the rules take for one invoice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.approvals.claim import PastInvoice
from yuepi.approvals.fact import Proof
from yuepi.approvals.identity import identity_keys, kept, near, past_invoice
from yuepi.approvals.sameness import Paper, neighbours, same

MAYBE = st.none()
NUMBERS = st.sampled_from(["24332000000012345601", "12345678", "12345679"]) | MAYBE
PAPERS = st.builds(
    Paper,
    place=st.just(Proof(file="a.jpg", field="number", value="")),
    file_at=st.integers(0, 3),
    sha256=st.sampled_from(["x", "y", "z"]) | MAYBE,
    original=st.booleans(),
    number=NUMBERS,
    code=st.sampled_from(["033001900111", "033001900211"]) | MAYBE,
    date=st.sampled_from(["2024-06-05", "2024-06-06"]) | MAYBE,
    total=st.sampled_from([Decimal("300"), Decimal("300.00"), Decimal("30E1"), Decimal(0)]) | MAYBE,
    seller_tax_id=st.sampled_from(["A", "B"]) | MAYBE,
    seller_name=st.sampled_from(["甲", "乙"]) | MAYBE,
    moment=st.sampled_from(["12:30", "19:00"]) | MAYBE,
)


@given(PAPERS, PAPERS)
def test_papers_that_are_the_same_share_a_key(one: Paper, other: Paper) -> None:
    other = replace(other, file_at=9)
    shared = set(identity_keys(one)) & set(identity_keys(other))
    if same(one, other) != "no":
        assert shared
    if any(key.startswith(("file:", "number:", "code:")) for key in shared):
        assert same(one, other) != "no"


@given(PAPERS)
def test_keys_are_sorted_and_short(paper: Paper) -> None:
    keys = identity_keys(paper)
    assert list(keys) == sorted(set(keys))
    assert all(len(key) <= 80 for key in keys)


@given(PAPERS)
def test_a_row_gives_back_the_keys(paper: Paper) -> None:
    """What is freed by a rejection is found again from the row on appeal."""
    row = {
        "number": paper.number, "code": paper.code, "day": paper.date, "moment": paper.moment,
        "total": paper.total, "seller_tax_id": paper.seller_tax_id,
        "seller_name": paper.seller_name, "sha256": paper.sha256, "employee_id": "usr_a",
        "claim_id": "clm_1",
    }  # fmt: skip
    assert identity_keys(Paper.of_past(past_invoice(row))) == identity_keys(paper)


@given(PAPERS, st.text(max_size=300), st.decimals(allow_nan=False, allow_infinity=False))
def test_whatever_was_read_can_be_kept(paper: Paper, text: str, total: Decimal) -> None:
    wild = replace(paper, number=text or None, date=text, moment=text, seller_name=text)
    found = kept(replace(wild, total=total))
    for value, most in ((found.number, 64), (found.date, 10), (found.moment, 16)):
        assert value is None or (0 < len(value) <= most and "\0" not in value)
    assert found.total is None or abs(found.total) <= 9_000_000_000
    assert kept(found) == found or found.file_at == paper.file_at


def test_a_plain_paper_is_kept_as_it_is() -> None:
    paper = Paper(
        Proof(file="a", field="number", value=""), 0, "x", True, "12345678", "033001900111",
        "2024-06-05", Decimal("300.00"), "A", "甲", "12:30",
    )  # fmt: skip
    assert identity_keys(kept(paper)) == identity_keys(paper)
    assert len(identity_keys(paper)) == 3


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("00000099", ("00000098", "00000100")),
        ("00", ("01",)),
        ("99", ("98",)),
        ("A1", ()),
        (None, ()),
    ],
)
def test_neighbours(number: str | None, expected: tuple[str, ...]) -> None:
    paper = Paper(
        Proof(file="a", field="number", value=""), 0, None, True, number, None, None, None, None,
        None,
    )  # fmt: skip
    assert neighbours(paper) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2024-06-05", True), ("2024-07-05", True), ("2024-07-06", False), ("2024-05-05", False),
     (None, True), ("2024年6月", True)],
)  # fmt: skip
def test_the_window_is_between_the_invoices_days(day: str | None, expected: bool) -> None:
    paper = Paper(
        Proof(file="a", field="number", value=""), 0, None, True, "12345678", None, "2024-06-05",
        None, None, None,
    )  # fmt: skip
    past = PastInvoice(number="12345679", date=day)
    assert near(paper, past, timedelta(days=30)) is expected
    assert not near(paper, PastInvoice(number="12345670", date=day), timedelta(days=30))
