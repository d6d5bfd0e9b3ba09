"""Fitting and checking a calibration: the error it prints is the error that there is."""

from __future__ import annotations

import random

import pytest

from yuepi.documents.reading import Field, Reading
from yuepi.kit.errors import BadUsage
from yuepi.lab.calibrate import Case, check_enough, checked, cross_checked, fit, labelled
from yuepi.lab.reliability import drawing


def cases(count: int, share: float, seed: int = 1, tier: str = "photo") -> list[Case]:
    """Ten fields on each paper, right with that chance."""
    chance = random.Random(seed)
    return [
        Case(f"d{at // 10}", "total", "single", ("layout",), tier, chance.random() < share)  # type: ignore[arg-type]
        for at in range(count)
    ]


def test_a_table_holds_for_cases_like_those_it_was_made_from() -> None:
    table = fit(cases(4000, 0.9), "a test")
    (everything, photo) = checked(table, cases(4000, 0.9, seed=2))
    assert (everything.name, photo.name) == ("all", "photo")
    assert everything.cases == 4000
    assert everything.documents == 400
    assert everything.error < 0.03
    assert everything.low <= everything.error + 1e-9 <= everything.high + 0.01


def test_a_table_that_claims_too_much_is_found_out() -> None:
    table = fit(cases(4000, 0.99), "a test")
    (everything, _) = checked(table, cases(2000, 0.7, seed=3))
    assert everything.error == pytest.approx(0.29, abs=0.04)
    assert everything.low > 0.2


def test_each_document_is_judged_by_a_table_made_without_it() -> None:
    # All fields of one paper are right or wrong together, and each paper is a sort of its own.
    own = [
        Case(f"d{at}", "total", "single", ("layout",), "photo", at % 2 == 0)
        for at in range(40)
        for _ in range(10)
    ]
    (everything, _) = cross_checked(own, "a test")
    assert everything.claimed == pytest.approx(0.5, abs=0.1)


def test_papers_are_labelled_where_the_truth_is_known_and_something_was_read() -> None:
    fields = {
        "total": Field(value="1.00", status="single", confidence=0.5, sources=("layout",)),
        "date": Field(value=None, status="missing", confidence=0.0),
        "number": Field(value="12", status="confirmed", confidence=0.9, sources=("native",)),
    }
    reading = Reading(kind="receipt", kind_confidence=1, page=1, quality="poor", fields=fields)
    found = list(labelled("a", reading, {"total": "1.00", "date": "2026-01-01", "tax": "0.10"}))
    assert found == [Case("a", "total", "single", ("layout",), "poor", True)]
    (wrong,) = labelled("a", reading, {"number": "13"})
    assert not wrong.right


def test_too_little_makes_no_table() -> None:
    with pytest.raises(BadUsage, match="too few"):
        check_enough(cases(50, 0.9))


def test_the_curves_are_a_picture() -> None:
    curves = checked(fit(cases(1000, 0.9), "x"), cases(500, 0.9) + cases(500, 0.8, tier="poor"))
    svg = drawing(curves, "<made from> & more")
    assert svg.startswith("<svg")
    assert svg.count("<circle") == sum(len(curve.bins) for curve in curves)
    assert "&lt;made from&gt; &amp; more" in svg
    assert "nan" not in svg
