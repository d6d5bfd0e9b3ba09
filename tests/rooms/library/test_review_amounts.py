"""What could be read in two ways, or the wrong way round: no filter is better than a wrong one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from yuepi.library.printed import printed_things
from yuepi.library.understanding.question import understand

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    "line",
    ["€1.500", "50.000 EUR", "EUR 99,95", "€1,5 Mio", "€1234,56", "1 234.56 EUR", "1’234.50 CHF"],
)
def test_a_continental_amount_is_not_taken_for_another(line: str) -> None:
    assert [each.amount for each in printed_things(line) if each.amount is not None] == []


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        ("€1,500.00", "1500"),
        ("EUR 99.95, paid", "99.95"),
        ("€1.500 million", "1500000"),
        ("￥500，3份", "500"),
        ("￥1,234.56，2024年", "1234.56"),
        ("单价 2 500.00", "500"),
        ("50.000元", "50"),
    ],
)
def test_other_amounts_are_taken_as_before(line: str, amount: str) -> None:
    assert Decimal(amount) in [each.amount for each in printed_things(line)]


@pytest.mark.parametrize(
    ("question", "least", "most"),
    [
        ("没有超过500元的发票", None, "500"),
        ("没超过500元的发票", None, "500"),
        ("未超过500元的发票", None, "500"),
        ("不超过500元的发票", None, "500"),
        ("超过500元的发票", "500", None),
        ("一万多的发票", "10000", None),
        ("500多元的发票", "500", None),
        ("3万元的发票", "30000", "30000"),
    ],
)
def test_limits_are_not_turned_round(question: str, least: str | None, most: str | None) -> None:
    query = understand(question, TODAY).query
    told = [query.amount_min, query.amount_max]
    assert told == [None if each is None else Decimal(each) for each in (least, most)]


@pytest.mark.parametrize(
    "question",
    [
        "3万5的发票",
        "3万5千元以上的发票",
        "金额大于3万5千元的发票",
        "invoices under 50.000 euros",
        "invoices over €1.500",
        "invoices over 1,5 million",
        "invoices over 1 234 yuan",
        "100多份合同",
    ],
)
def test_what_is_half_understood_narrows_nothing_down(question: str) -> None:
    query = understand(question, TODAY).query
    assert (query.amount_min, query.amount_max) == (None, None)


def test_a_day_that_can_be_two_is_no_number_that_must_stand_there() -> None:
    for said in ("03/04/2024", "03.04.2024", "3-4-24"):
        query = understand(f"invoices from {said}", TODAY).query
        assert (query.numbers, query.date_from) == ((), None), said
        assert said in query.text


@pytest.mark.parametrize(
    "question",
    [
        "不要发票",
        "非发票的文件",
        "除了合同",
        "发票但不是出租车票",
        "everything except invoices",
        "documents other than contracts",
    ],
)
def test_a_kind_that_is_not_looked_for_is_no_filter(question: str) -> None:
    assert understand(question, TODAY).query.kinds == ()


@pytest.mark.parametrize("question", ["有没有发票", "是不是发票", "没盖章的发票", "invoices"])
def test_a_kind_that_is_looked_for_is_one(question: str) -> None:
    told = understand(question, TODAY)
    assert "invoice" in (*told.query.kinds, *told.hints.kinds)
