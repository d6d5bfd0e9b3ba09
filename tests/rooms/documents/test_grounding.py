"""A claimed value counts where it stands on the page, and is what stands there; else it is none."""

from __future__ import annotations

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.grounding import Pointer, Sort, Spot, ground, means_same, normal, sort_of
from yuepi.kit.boxes import Box
from yuepi.kit.money import amount_words, money_text


def spots(*texts: str) -> list[Spot]:
    """One line under the other."""
    return [
        Spot(1, text, Box(0.1, at / 20, 0.9, at / 20 + 0.03), (at,))
        for at, text in enumerate(texts, 1)
    ]


def stands(value: str, sort: Sort, *texts: str) -> str | None:
    found = ground(value, sort, spots(*texts))
    return found.value if found is not None and not found.hint else None


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("27.00", "合计 ¥27.00", "27.00"),
        ("27", "合计：27.00元", "27.00"),
        ("¥1,234.50", "价税合计（小写）￥1,234.50", "1234.50"),
        ("1234.5", "TOTAL RM 1,234.50", "1234.50"),
        ("1234.50", "Summe 1.234,50 €", "1234.50"),
        ("27.00", "金额27元", "27.00"),
        ("８８.５０", "实付 88.50", "88.50"),
        ("-5.00", "DISCOUNT -5.00", "-5.00"),
        ("27.00", "27", None),
        ("27.00", "227.00", None),
        ("27.00", "27.001", None),
        ("27.00", "1,127.00", None),
        ("5.00", "-5.00", None),
        ("27.00", "27.00%", None),
        ("12.30", "12:30", None),
        ("2026.01", "2026.01.05", None),
        ("27.10", "27.1", "27.10"),
        ("27.01", "27.10", None),
        ("27.00", "Z7.OO", None),
    ],
)
def test_money(value: str, text: str, expected: str | None) -> None:
    assert stands(value, "money", text) == expected


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("2026-01-05", "开票日期：2026年01月05日", "2026-01-05"),
        ("2026年1月5日", "2026-01-05 12:30", "2026-01-05"),
        ("2026-01-05", "20260105", "2026-01-05"),
        ("2026-01-05", "5 Jan 2026", "2026-01-05"),
        ("2026-01-25", "25/01/2026", "2026-01-25"),
        ("2026-01-05", "05/01/2026", None),
        ("2026-01-05", "2026-01-06", None),
        ("2026-01-05", "2026年01月15日", None),
    ],
)
def test_dates(value: str, text: str, expected: str | None) -> None:
    assert stands(value, "date", text) == expected


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("12345678", "发票号码：12345678", "12345678"),
        ("12345678", "No12345678", "12345678"),
        ("12345678", "1234 5678", "12345678"),
        ("1234-5678", "12345678", "12345678"),
        ("１２３４５６７８", "12345678", "12345678"),
        ("91310000MA1FL0TT5X", "税号 91310000MA1FL0TT5X", "91310000MA1FL0TT5X"),
        ("12345678", "123456789", None),
        ("12345678", "012345678", None),
        ("12345678", "12345678901234", None),
        ("12345678", "12345679", None),
        ("12345678", "1234567B", None),
        ("5678", "12345678", None),
    ],
)
def test_figures(value: str, text: str, expected: str | None) -> None:
    assert stands(value, "figures", text) == expected


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("上海样例贸易有限公司", "名称：上海样例贸易有限公司", "上海样例贸易有限公司"),
        ("上海样例贸易有限公司", "销售方名称上海样例贸易有限公司", "上海样例贸易有限公司"),
        ("样例（中国）有限公司", "样例(中国)有限公司", "样例(中国)有限公司"),
        ("Sample Cafe Sdn Bhd", "SAMPLE CAFE SDN. BHD.", "SAMPLE CAFE SDN. BHD"),
        ("样例(中国)", "名称：样例（中国）", "样例(中国)"),
        ("样例贸易", "上海样例贸易有限公司", None),
        ("上海样例贸易有限公司", "上海样例贸易有限公同", None),
        ("Cafe", "CAFETERIA", None),
        ("12号", "112号", None),
        ("3.5", "35", None),
        ("3.5公里", "里程 3.5公里", "3.5公里"),
        ("。", "。", None),
    ],
)
def test_texts(value: str, text: str, expected: str | None) -> None:
    assert stands(value, "text", text) == expected


def test_a_name_broken_over_two_lines_stands_where_both_are_cited() -> None:
    lines = spots("名称：上海样例国际", "贸易有限公司", "地址：样例路 1 号")
    value = "上海样例国际贸易有限公司"
    assert ground(value, "text", lines) is None
    found = ground(value, "text", lines, Pointer((1, 2)))
    assert found is not None
    assert found.spot.numbers == (1, 2)
    assert normal(found.value, "text") == "上海样例国际 贸易有限公司"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("贰拾柒圆整", "价税合计（大写）⊗贰拾柒圆整"),
        ("贰拾柒元整", "貳拾柒圓正"),
        ("叁元整", "参元整"),
    ],
)
def test_amounts_in_words_by_what_they_mean(value: str, text: str) -> None:
    assert stands(value, "words", text) is not None
    assert stands("贰拾捌圆整", "words", text) is None


@pytest.mark.parametrize(
    ("code", "text", "there"),
    [
        ("CNY", "¥27.00", True), ("CNY", "人民币", True), ("MYR", "RM 5.00", True),
        ("MYR", "FARM 5.00", False), ("USD", "$5.00", False), ("SGD", "SGD", True),
        ("CNY", "27.00", False),
    ],
)  # fmt: skip
def test_currencies(code: str, text: str, there: bool) -> None:
    assert (stands(code, "currency", text) == code) is there


@pytest.mark.parametrize(
    ("value", "sort", "text"),
    [
        ("12345678", "figures", "I2345678"),
        ("12345678", "figures", "1234567B"),
        ("10580000", "figures", "lO58OOOO"),
        ("2026-01-05", "date", "05/01/2026"),
    ],
)
def test_lookalikes_and_open_orders_are_hints_and_no_values(
    value: str, sort: Sort, text: str
) -> None:
    found = ground(value, sort, spots(text))
    assert found is not None
    assert found.hint


# --- which of several places ----------------------------------------------------------------------


TWICE = ("小计 27.00", "税额 1.00", "合计 27.00")


def test_the_cited_line_is_the_place() -> None:
    found = ground("27.00", "money", spots(*TWICE), Pointer((3,)))
    assert found is not None
    assert (found.spot.numbers, found.firm) == ((3,), True)


def test_without_a_citation_the_place_nearest_to_the_box() -> None:
    pointer = Pointer((), 1, Box(0.1, 0.14, 0.9, 0.17))
    found = ground("27.00", "money", spots(*TWICE), pointer)
    assert found is not None
    assert (found.spot.numbers, found.firm) == ((3,), True)


@pytest.mark.parametrize("cited", [(), (2,), (9,)])
def test_otherwise_the_place_is_unsure(cited: tuple[int, ...]) -> None:
    found = ground("27.00", "money", spots(*TWICE), Pointer(cited))
    assert found is not None
    assert not found.firm


def test_what_was_not_shown_is_only_looked_at_last() -> None:
    code = Spot(1, "01,32,,26312000000123456789,27.00,20260105,,1A2B", Box(0, 0, 0.1, 0.1))
    found = ground("26312000000123456789", "figures", [code])
    assert found is not None
    assert found.spot == code
    assert ground("27.00", "money", [code, *spots("合计 ¥27.00")]) is not None


# --- for any value --------------------------------------------------------------------------------


amounts = st.decimals("0.01", "9999999", places=2)


@given(amounts, amounts, st.sampled_from(["¥{:,}", "合计：{}元", "RM{:,}", "total {}"]))
def test_an_amount_stands_where_it_is_printed_and_no_other_does(printed, other, form) -> None:
    text = form.format(printed)
    assert stands(money_text(printed), "money", text) == money_text(printed)
    if other != printed:
        assert stands(money_text(other), "money", text) is None


@given(st.text(string.digits, min_size=6, max_size=20), st.integers(0, 19), st.integers(1, 9))
def test_a_number_with_one_other_digit_never_stands(number: str, at: int, by: int) -> None:
    at %= len(number)
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    lines = (f"发票号码：{number}", f"No.{number}", f"{number[:4]} {number[4:]}")
    assert stands(number, "figures", *lines) == number
    assert ground(wrong, "figures", spots(*lines)) is None


days = st.dates(date(1950, 1, 1), date(2099, 12, 31))


@given(days, days)
def test_a_date_stands_where_it_is_printed_and_no_other_does(printed, other) -> None:
    text = f"日期 {printed.year}年{printed.month:02}月{printed.day:02}日"
    assert stands(printed.isoformat(), "date", text) == printed.isoformat()
    if other != printed:
        assert ground(other.isoformat(), "date", spots(text)) is None


@given(amounts, amounts)
def test_words_stand_for_their_own_amount_only(one, other) -> None:
    words = amount_words(one)
    assert stands(words, "words", f"（大写）{words}") is not None
    if one != other:
        assert stands(amount_words(other), "words", f"（大写）{words}") is None


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=4))
def test_nothing_fails_and_what_stands_is_on_its_line(value: str, texts: list[str]) -> None:
    for name in ("total", "date", "number", "seller_name", "total_cn", "currency", "on"):
        sort = sort_of(name, value)
        found = ground(value, sort, spots(*texts), Pointer((1, 2), 1, Box(0, 0, 0.5, 0.5)))
        if found is not None:
            assert found.value
            assert set(found.spot.numbers) <= set(range(1, len(texts) + 1))
        assert means_same(sort, value, value) or normal(value, sort) is None or sort == "text"
