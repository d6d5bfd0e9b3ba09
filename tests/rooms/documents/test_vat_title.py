"""Titles of VAT invoices: the region set right by the code, and never against it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.views import placed
from yuepi.documents.layout.vat_title import distance, find_title, printed_title, title_for

TYPE = "增值税电子普通发票"
BEIJING, SHENZHEN = "011001900211", "044031900111"


def read(printed: str, code: str | None, type_name: str = TYPE) -> str | None:
    hit = find_title(placed((0.4, 0.05, printed)), type_name)
    return printed_title(hit, type_name, code) if hit else None


@pytest.mark.parametrize(
    ("code", "title"),
    [
        (BEIJING, "北京" + TYPE),
        (SHENZHEN, "深圳" + TYPE),
        ("1100191130", "北京" + TYPE),
        ("015001900211", "内蒙古" + TYPE),
        ("099991900211", None),
        ("", None),
    ],
)
def test_the_code_implies_the_title(code: str, title: str | None) -> None:
    assert title_for(code, TYPE) == title


@pytest.mark.parametrize("code", [BEIJING, SHENZHEN, None])
@pytest.mark.parametrize("printed", ["北京增值税电子普通发票", "北京 增值税 电子普通发票"])
def test_a_whole_title_stands_as_printed_whatever_the_code(printed: str, code: str | None) -> None:
    assert read(printed, code) == "北京" + TYPE


@pytest.mark.parametrize(
    "printed", ["北亰增值税电子普通发票", "京增值税电子普通发票", "北京增值税电手普通发票"]
)
def test_a_seal_over_one_character(printed: str) -> None:
    assert read(printed, BEIJING) == "北京" + TYPE


def test_a_type_without_its_region_takes_it_from_the_code() -> None:
    assert read(TYPE, BEIJING) == "北京" + TYPE
    assert read(TYPE, None) == TYPE


@pytest.mark.parametrize("printed", ["", "北京增发票", "销售方发票专用章", "这是一张普通的纸"])
def test_too_little_left_is_no_title(printed: str) -> None:
    assert find_title(placed((0.4, 0.05, printed)), TYPE) is None


def test_a_broken_type_without_a_code_is_no_title() -> None:
    assert read("北京增值税电手普通发票", None) is None


texts = st.text(alphabet="增值税电子普通发票", max_size=9)


@given(texts, texts)
def test_distance_is_one(one: str, other: str) -> None:
    away = distance(one, other)
    assert away == distance(other, one)
    assert (away == 0) == (one == other)
    assert abs(len(one) - len(other)) <= away <= max(len(one), len(other))


def test_distance_counts_changes() -> None:
    assert distance("普通发票", "普通发漂") == 1
    assert distance("发票", "普通发票") == 2
    assert distance("", "发票") == 2
