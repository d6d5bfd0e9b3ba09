"""Figures without a currency: which are amounts, and what looks like one and is none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.library.test_understanding import OR_CONTRACT, OR_INVOICE, TODAY, told
from yuepi.library.query import Query
from yuepi.library.understanding import read_question, understand

SUM = {"amount_min": "17726.28", "amount_max": "17726.28"}


@pytest.mark.parametrize(
    ("said", "query"),
    [
        ("17,726.28", SUM),
        ("17726.28", SUM),
        ("¥17,726.28", SUM),
        ("17,726.28元", SUM),
        ("１７，７２６．２８", SUM),
        ("￥１７７２６．２８", SUM),
        ("amounts 17,726.28", SUM),
        ("amount: 17726.28", SUM),
        ("金额17,726.28", SUM),
        ("总额：17726.28", SUM),
        ("金额12.31", {"amount_min": "12.31", "amount_max": "12.31"}),
        ("88.00", {"amount_min": "88.00", "amount_max": "88.00"}),
        ("1999.99", {"amount_min": "1999.99", "amount_max": "1999.99"}),
        ("哪张发票是 17,726.28", {**OR_INVOICE, **SUM}),
        ("哪张发票是17726.28？", {**OR_INVOICE, **SUM}),
        ("which invoice is 17,726.28?", {**OR_INVOICE, **SUM}),
        ("which invoices are 17726.28", {**OR_INVOICE, **SUM}),
        ("17,726.28的发票", {**OR_INVOICE, **SUM}),
        ("发票17726.28", {**OR_INVOICE, **SUM}),
        ("发票1200元", {**OR_INVOICE, "amount_min": "1200", "amount_max": "1200"}),
        ("金额1200元的合同", {**OR_CONTRACT, "amount_min": "1200", "amount_max": "1200"}),
        ("find the invoice for 17,726.28", {**OR_INVOICE, **SUM}),
        ("和A公司签的17,726.28的合同", {**OR_CONTRACT, **SUM, "parties": ["A公司"]}),
    ],
)
def test_a_figure_with_cents_is_an_amount(said: str, query: dict[str, Any]) -> None:
    assert told(said) == query


@pytest.mark.parametrize("said", ["付了 17,726.28 的那笔租金", "what is 17,726.28 for?"])
def test_a_figure_with_cents_beside_other_words_moves_up(said: str) -> None:
    understood = understand(said, TODAY)
    assert understood.query == Query(text=said)
    assert understood.hints.amount_min == understood.hints.amount_max == Decimal("17726.28")


@pytest.mark.parametrize(
    "said",
    [
        "2024.05",
        "2024.12",
        "1998.05",
        "2024.05.20",
        "12.31",
        "20.04",
        "8.30-17.30",
        "2024.05-2024.08",
        "3.5",
        "3.50",
        "24.59",
        "发票 99.95",
        "17,726.2",
        "17726.285",
        "1.2.3",
        "192.168.10.15",
        "v120.15",
        "version 120.15",
        "版本 120.15",
        "ISO 9001.15",
        "GB/T 19001.15",
        "第 120.15 条",
        "Chrome-120.15",
        "CP-17726.28",
        "120.50%",
        "120.50 kg",
        "120.50mm",
        "236.50平方米",
        "36.50度 120.50℃",
        "1.234,56",
        "17 726.28",
        "1,77,726.28",
        "amount 3.5",
        "total 2024 invoices",
        "120.15.pdf",
    ],
)
def test_dates_versions_and_measures_are_no_amounts(said: str) -> None:
    understood = understand(said, TODAY)
    for query in (understood.query, understood.hints):
        assert (query.amount_min, query.amount_max) == (None, None)


@given(st.dates(date(1950, 1, 1), date(2099, 12, 28)), st.sampled_from("./-"))
def test_no_day_or_month_is_an_amount(day: date, sign: str) -> None:
    short = (f"{day.month:02}{sign}{day.day:02}", f"{day.month}{sign}{day.day}")
    long = (f"{day.year}{sign}{day.month:02}", f"{day.year}{sign}{day.month}")
    whole = f"{day.year}{sign}{day.month:02}{sign}{day.day:02}"
    for said in (*short, *long, whole, f"{day.day:02}{sign}{day.month:02}{sign}{day.year}"):
        for question in (said, f"发票 {said}", f"{said}的发票", f"invoices {said}"):
            understood = understand(question, TODAY)
            assert understood.query.amount_min is None, question
            assert understood.hints.amount_min is None, question


@given(st.lists(st.integers(0, 9_999), min_size=3, max_size=5))
def test_no_version_is_an_amount(parts: list[int]) -> None:
    said = ".".join(map(str, parts))
    for question in (said, f"v{said}", f"version {said}", f"{said} 版"):
        understood = understand(question, TODAY)
        assert understood.query.amount_min is None, question
        assert understood.hints.amount_min is None, question


@given(st.integers(0, 24), st.integers(0, 99))
def test_no_small_figure_is_an_amount(whole: int, cents: int) -> None:
    for said in (f"{whole}.{cents:02}", f"{whole}.{cents}", f"{whole}"):
        assert understand(said, TODAY).query.amount_min is None, said


@given(st.decimals(Decimal("100.01"), 9_000_000_000, places=2))
def test_amounts_need_no_currency(amount: Decimal) -> None:
    month = 1900 <= amount < 2100 and 1 <= int(amount * 100) % 100 <= 12
    for said in (f"{amount:,}", *(() if month else (str(amount),))):
        for question in (said, f"{said}的发票", f"invoices for {said}", f"哪些发票是 {said}"):
            query, chips = read_question(question, TODAY)
            assert (query.amount_min, query.amount_max) == (amount, amount), question
            assert query.text == ""
            assert {chip.field for chip in chips} >= {"amount_min", "amount_max"}


@pytest.mark.parametrize(
    "said",
    [
        "17,726.28或18,000.00的发票",
        "不是17,726.28的发票",
        "除17,726.28以外的发票",
        "invoices other than 17,726.28",
        "建筑面积 1,250.00 的租赁合同",
        "合计3,500 字",
        "the value of 3,500 shares",
        "总计2024.05的发票",
        "10.15-11.20的发票",
    ],
)
def test_one_of_several_one_that_is_not_meant_and_measures_are_no_filter(said: str) -> None:
    understood = understand(said, TODAY)
    for query in (understood.query, understood.hints):
        assert query.amount_min is None
        assert query.amount_max is None
        assert query.numbers == ()


@pytest.mark.parametrize(
    "said", ["100.00到200.00的发票", "100.00-200.00的发票", "发票100.00~200.00"]
)
def test_a_range_with_cents_is_one(said: str) -> None:
    query = understand(said, TODAY).query
    assert (query.amount_min, query.amount_max) == (Decimal("100.00"), Decimal("200.00"))


@pytest.mark.parametrize(
    "said", ["超过RMB500,000的合同", "大于HKD500000的合同", "USD500000以上的合同"]
)
def test_a_currency_beside_chinese_is_an_amount_and_no_code(said: str) -> None:
    query = understand(said, TODAY).query
    assert (query.amount_min, query.numbers) == (Decimal(500_000), ())


@pytest.mark.parametrize("said", ["通过ISO9001认证的公司", "公司FY2025报告"])
def test_short_codes_beside_chinese_are_words(said: str) -> None:
    assert understand(said, TODAY).query == Query(text=said)
