"""Exact bounds of a share: against published values, at the edges, in order."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.approvals.precision import (
    TOTAL_MAX,
    cases_needed,
    lower_bound,
    surely_above,
    surely_below,
    upper_bound,
)

COUNTS = st.integers(1, 250).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("agreed", "total", "certainty", "low", "high"),
    [
        # Two-sided 95% intervals of Clopper and Pearson as commonly tabled (Newcombe, Statistics
        # in Medicine 17, 1998, 857-872, table I, method 5), that is 97.5% at each side.
        (81, 263, 0.975, 0.2527, 0.3676),
        (15, 148, 0.975, 0.0578, 0.1617),
        (0, 20, 0.975, 0.0, 0.1684),
        (1, 29, 0.975, 0.0009, 0.1776),
    ],
)
def test_published_intervals(
    agreed: int, total: int, certainty: float, low: float, high: float
) -> None:
    assert lower_bound(agreed, total, certainty) == pytest.approx(low, abs=6e-5)
    assert upper_bound(agreed, total, certainty) == pytest.approx(high, abs=6e-5)


@pytest.mark.parametrize(("bar", "cases"), [(0.9, 29), (0.95, 59), (0.98, 149), (0.99, 299)])
def test_how_many_spotless_cases_a_bar_takes(bar: float, cases: int) -> None:
    """The well-known sample sizes of "zero failures at 95% confidence"."""
    assert cases_needed(bar) == cases
    assert lower_bound(cases, cases) >= bar > lower_bound(cases - 1, cases - 1)


def test_edges() -> None:
    assert lower_bound(0, 0) == lower_bound(0, 50) == 0.0
    assert upper_bound(0, 0) == upper_bound(50, 50) == 1.0
    assert lower_bound(1, 1) == pytest.approx(0.05)
    assert lower_bound(10, 10) == pytest.approx(0.05**0.1)
    assert lower_bound(TOTAL_MAX, TOTAL_MAX) < 1.0
    assert 0.49 < lower_bound(TOTAL_MAX // 2, TOTAL_MAX) < 0.5


@pytest.mark.parametrize(
    ("agreed", "total", "certainty"),
    [(-1, 1, 0.95), (2, 1, 0.95), (0, TOTAL_MAX + 1, 0.95), (1, 1, 0.0), (1, 1, 1.0),
     (1, 1, math.nan)],
)  # fmt: skip
def test_counts_that_make_no_sense(agreed: int, total: int, certainty: float) -> None:
    with pytest.raises(ValueError, match=r"count of hits|share lies"):
        lower_bound(agreed, total, certainty)


@given(COUNTS)
def test_the_tail_at_the_bound_is_what_was_asked_for(counts: tuple[int, int]) -> None:
    """The definition, with exact sums of whole numbers and no logarithm."""
    agreed, total = counts
    bound = lower_bound(agreed, total)
    assert 0.0 <= bound <= agreed / total <= upper_bound(agreed, total) <= 1.0
    if agreed:
        tail = math.fsum(
            math.comb(total, k) * bound**k * (1 - bound) ** (total - k)
            for k in range(agreed, total + 1)
        )
        assert tail == pytest.approx(0.05, rel=1e-6)


@given(COUNTS)
def test_more_that_agree_raise_the_bound_and_one_that_does_not_lowers_it(
    counts: tuple[int, int],
) -> None:
    agreed, total = counts
    bound = lower_bound(agreed, total)
    assert lower_bound(agreed + 1, total + 1) > bound
    assert lower_bound(agreed, total + 1) <= bound
    assert lower_bound(agreed, total, 0.99) <= bound


@given(COUNTS, st.floats(0.01, 0.99))
def test_the_short_ways_say_the_same(counts: tuple[int, int], share: float) -> None:
    low, high = lower_bound(*counts), upper_bound(*counts)
    if abs(low - share) > 1e-9:
        assert surely_above(*counts, share) == (low > share)
    if abs(high - share) > 1e-9:
        assert surely_below(*counts, share) == (high < share)
