"""A confidence is a measured share: never more than was seen, never sure of few cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.calibration import calibration_of, load, save, shipped
from yuepi.documents.confidence import (
    ENOUGH,
    MEASURED_MAX,
    Calibration,
    Cell,
    calibrated,
    family_of,
    in_words,
    lower_bound,
)
from yuepi.documents.reading import Field, FileReading, Reading
from yuepi.kit.errors import BadUsage

SLACK = 1e-9
COUNTS = st.integers(1, 5000).flatmap(
    lambda total: st.tuples(st.integers(0, total), st.just(total))
)


def cell(right: int, total: int, **values: object) -> Cell:
    given = {
        "status": "single",
        "sources": ("layout",),
        "family": "money",
        "tier": "photo",
    } | values
    return Cell.model_validate({**given, "right": right, "total": total})


def table(*cells: Cell) -> Calibration:
    return Calibration(made_from="a test", documents=1, cells=cells)


@given(COUNTS)
def test_the_bound_lies_under_the_share_and_rises_with_the_cases(counts: tuple[int, int]) -> None:
    right, total = counts
    bound = lower_bound(right, total)
    assert 0 <= bound <= right / total + SLACK
    assert bound < 1
    assert lower_bound(10 * right, 10 * total) >= bound - SLACK


@given(COUNTS)
def test_one_more_wrong_case_never_raises_it(counts: tuple[int, int]) -> None:
    right, total = counts
    assert lower_bound(right, total + 1) <= lower_bound(right, total) + SLACK


def test_a_cell_with_enough_cases_says_its_own_share() -> None:
    made = table(cell(450, 500), cell(500, 500, family="date"))
    money = made.confidence("total", "single", ("layout",), "photo")
    day = made.confidence("date", "single", ("layout",), "photo")
    assert 0.87 < money < 0.9 < day <= MEASURED_MAX


def test_a_cell_with_few_cases_asks_wider_ones_and_never_other_sources() -> None:
    made = table(
        cell(ENOUGH - 1, ENOUGH - 1, family="date"),
        cell(200, 400),
        cell(4000, 4000, sources=("native",), family="date"),
    )
    assert made.confidence("date", "single", ("layout",), "photo") < 0.6
    usual = made.confidence("date", "single", ("layout", "checksum"), "poor")
    assert usual == table().confidence("date", "single", ("layout",), "poor") < 0.8


def test_what_was_never_measured_is_not_sure() -> None:
    made = table(cell(4000, 4000))
    assert made.confidence("total", "single", ("layout",), "photo") > 0.99
    assert made.confidence("total", "single", ("model",), "photo") < 0.7
    assert made.confidence("total", "confirmed", ("native",), "clean") < 0.995
    assert made.confidence("total", "missing", (), "photo") == 0.0


def test_a_few_bad_cases_count_and_a_few_good_ones_prove_nothing() -> None:
    usual = table().confidence("total", "single", ("layout",), "photo")
    assert table(cell(0, 20)).confidence("total", "single", ("layout",), "photo") < usual - 0.1
    assert table(cell(20, 20)).confidence("total", "single", ("layout",), "photo") < usual + 0.02


def test_only_the_numbers_of_a_reading_change_and_not_what_a_person_said() -> None:
    fields = {
        "total": Field(value="1.00", status="single", confidence=0.5, sources=("layout",)),
        "date": Field(value="2026-01-01", status="confirmed", confidence=1.0, sources=("person",)),
    }
    reading = Reading(kind="receipt", kind_confidence=1, page=1, quality="photo", fields=fields)
    file = FileReading(file="a", sha256="", pages=1, original=False, readings=(reading,))
    made = calibrated(file, table(cell(900, 1000)))
    after = made.readings[0].fields
    assert 0.88 < after["total"].confidence < 0.9
    assert after["date"] == fields["date"]
    assert after["total"].model_copy(update={"confidence": 0.5}) == fields["total"]
    assert calibrated(file, table()) == file


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("total", "money"), ("date", "date"), ("departure", "date"), ("number", "number"),
        ("buyer_tax_id", "number"), ("check_code", "number"), ("seller_name", "words"),
        ("birth_date", "date"), ("id_number", "number"), ("anything", "words"),
    ],
)  # fmt: skip
def test_families(name: str, family: str) -> None:
    assert family_of(name) == family


def test_it_is_said_as_a_count() -> None:
    assert in_words(0.978) == ("同类每 100 个中约 97 个正确", "right in 97 of 100 like it")
    assert in_words(0.999)[1] == "right in 99 of 100 like it"


def test_the_shipped_table_can_be_read_and_an_own_one_comes_before_it(tmp_path: Path) -> None:
    assert calibration_of(None) == calibration_of(tmp_path) == shipped()
    assert all(0 <= each.right <= each.total for each in shipped().cells)
    own = table(cell(1, 2))
    save(own, tmp_path / "calibration.json")
    assert calibration_of(tmp_path) == own


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"made_from": "x", "cells": [{}]}'])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text)
    with pytest.raises(BadUsage, match="calibration"):
        load(path)
    path.write_text(table(cell(2, 2)).model_dump_json().replace('"right":2', '"right":3'))
    with pytest.raises(BadUsage, match="more right"):
        load(path)
