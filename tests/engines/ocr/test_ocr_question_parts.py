"""The pure parts: limits in questions, days and months, the number of the identity card."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.engines.ocr.comparisons import Comparison, find_limit
from yuepi.engines.ocr.dates import date_in, find_date_question, months_back, printed_dates
from yuepi.engines.ocr.fields import field_for, known_field
from yuepi.engines.ocr.id_card import check_character, is_id_number
from yuepi.engines.ocr.question import (
    Compare,
    Find,
    InSpan,
    Table,
    Transcribe,
    Unknown,
    Values,
    parse_question,
)
from yuepi.kit.money import amount_words

TODAY = date(2026, 11, 21)
amounts = st.decimals(Decimal("0.01"), Decimal("99999999.99"), places=2)


# --- limits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "relation", "limit"),
    [
        ("是否超过5000元?", "gt", "5000"),
        ("有没有超过 5,000 元", "gt", "5000"),
        ("金额是否没有超过5000元", "le", "5000"),
        ("是否不超过5000元", "le", "5000"),
        ("是否未超过5000元", "le", "5000"),
        ("是否在5000元以内", "le", "5000"),
        ("是否低于1.5万元", "lt", "15000"),
        ("是否不低于5000", "ge", "5000"),
        ("是否达到5000元", "ge", "5000"),
        ("是否没有达到5000元", "lt", "5000"),
        ("至少5千元吗", "ge", "5000"),
        ("大于等于吗 ≥5000元", "ge", "5000"),
        ("5000元以上吗", "ge", "5000"),
        ("是否超过五千元", "gt", "5000"),
        ("是否超过伍仟元整", "gt", "5000"),
        ("Is the total over ¥5,000?", "gt", "5000"),
        ("Does it exceed 5k?", "gt", "5000"),
        ("Does the total not exceed 5000?", "le", "5000"),
        ("Is it no more than 5,000.50 USD?", "le", "5000.50"),
        ("Is it at least 5 thousand?", "ge", "5000"),
        ("Is it less than 5000 dollars?", "lt", "5000"),
    ],
)
def test_limits(question: str, relation: str, limit: str) -> None:
    found = find_limit(question)
    assert found is not None
    assert (found.comparison.relation, found.comparison.limit) == (relation, Decimal(limit))


@pytest.mark.parametrize(
    "question",
    [
        "金额是多少?",
        "是否超过90天?",
        "是否超过5000元或低于100元超过3000元?",
        "是否超过5%?",
        "是否超过一万五元",
        "is it over there?",
        "at least 3 items?",
        "",
    ],
)
def test_no_clear_limit(question: str) -> None:
    assert find_limit(question) is None


def test_a_range_includes_both_ends() -> None:
    found = find_limit("金额是否在1000到5,000元之间")
    assert found is not None
    assert [found.comparison.holds(Decimal(n)) for n in ("999.99", "1000", "5000", "5000.01")] == [
        False,
        True,
        True,
        False,
    ]


@given(amounts)
def test_any_written_limit_is_read_back(amount: Decimal) -> None:
    for written in (f"{amount}", f"{amount:,}", amount_words(amount)):
        found = find_limit(f"金额是否超过{written}{'' if '元' in written else '元'}?")
        if written[0].isdigit() or "元" in written[:-2]:
            assert found is not None, written
            assert found.comparison.limit == amount or not written[0].isdigit(), written


@given(amounts, amounts)
def test_opposite_comparisons_never_agree(amount: Decimal, limit: Decimal) -> None:
    def holds(relation: str) -> bool:
        return Comparison(relation, limit).holds(amount)  # type: ignore[arg-type]

    assert holds("gt") != holds("le")
    assert holds("lt") != holds("ge")
    assert holds("eq") == (holds("ge") and holds("le"))


# --- dates -------------------------------------------------------------------------------------


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.integers(0, 400))
def test_months_back_land_on_the_same_day_or_the_months_last(day: date, months: int) -> None:
    back = months_back(day, months)
    assert (back.year * 12 + back.month) == (day.year * 12 + day.month) - months
    assert back.day == day.day or (back + timedelta(days=1)).day == 1
    assert back.day <= day.day


def test_leap_days() -> None:
    assert months_back(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert months_back(date(2024, 3, 31), 1) == date(2024, 2, 29)
    assert date_in("2023年2月29日") is None
    assert date_in("2024年2月29日") == date(2024, 2, 29)


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_printed_dates_are_read_back(day: date) -> None:
    for text in (
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y-%m-%d}",
        f"{day:%Y.%m.%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%d %b %Y}",
        f"{day:%B} {day.day}, {day.year}",
    ):
        assert printed_dates(f"Date: {text}") == [day], text


@pytest.mark.parametrize("text", ["03/04/2026", "1.2.14", "2026-13-01", "12:30", "20261301"])
def test_what_may_be_two_days_is_none(text: str) -> None:
    assert printed_dates(text) == []


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(-400, 400))
def test_within_ninety_days_counts_today_and_the_ninetieth(today: date, shift: int) -> None:
    found = find_date_question("开票日期是否在过去90天内?", today)
    assert found is not None
    assert found.span.holds(today - timedelta(days=shift)) == (0 <= shift <= 90)


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        ("是否在最近三个月内", date(2026, 8, 21), date(2026, 8, 20)),
        ("日期是否不在过去90天内", date(2026, 8, 22), date(2026, 8, 23)),
        ("日期是否早于2026年5月1日", date(2026, 4, 30), date(2026, 5, 1)),
        ("是否在2026-05-01之后", date(2026, 5, 2), date(2026, 5, 1)),
        ("日期是否在2026-05-01至2026-05-31之间", date(2026, 5, 31), date(2026, 6, 1)),
        ("开票日期是否超过90天", date(2026, 8, 22), date(2026, 8, 23)),
        ("是今年的吗", date(2026, 1, 1), date(2025, 12, 31)),
        ("是本月的吗", date(2026, 11, 1), date(2026, 10, 31)),
        ("Is it within the past 6 months?", date(2026, 5, 21), date(2026, 5, 20)),
        ("Is it dated before May 1, 2026?", date(2026, 4, 30), date(2026, 5, 1)),
        ("Is the date after 2026-05-01?", date(2026, 5, 2), date(2026, 5, 1)),
        ("Is it older than 90 days?", date(2026, 8, 22), date(2026, 8, 23)),
        ("开票日期是否不超过90天", date(2026, 8, 23), date(2026, 8, 22)),
        ("开票日期有没有超过90天", date(2026, 8, 22), date(2026, 8, 23)),
        ("开票日期是否不早于2026年6月1日", date(2026, 6, 1), date(2026, 5, 31)),
        ("开票日期是否不晚于2026年6月30日", date(2026, 6, 30), date(2026, 7, 1)),
        ("是否在2026-06-01以前", date(2026, 5, 31), date(2026, 6, 1)),
        ("是否不在2026-06-01之前", date(2026, 6, 1), date(2026, 5, 31)),
        ("开票日期是否在2026年6月", date(2026, 6, 30), date(2026, 7, 1)),
        ("Is it dated on or after 2026-06-01?", date(2026, 6, 1), date(2026, 5, 31)),
        ("Is it dated on or before 2026-06-01?", date(2026, 6, 1), date(2026, 6, 2)),
        ("Is the date no later than 2026-06-30?", date(2026, 6, 30), date(2026, 7, 1)),
        ("Is the date not earlier than 2026-06-30?", date(2026, 6, 30), date(2026, 6, 29)),
        ("Is the date in June 2026?", date(2026, 6, 1), date(2026, 5, 31)),
        ("Is the date 2026-06-16?", date(2026, 6, 16), date(2026, 6, 15)),
    ],
)
def test_spans(question: str, yes: date, no: date) -> None:
    (ask,) = parse_question(question, TODAY).asks
    assert isinstance(ask, InSpan)
    assert ask.subject == ""
    assert (ask.span.holds(yes), ask.span.holds(no)) == (True, False)


# --- the number of the card --------------------------------------------------------------------


def test_published_numbers() -> None:
    # The two examples of GB 11643-1999.
    assert is_id_number("11010519491231002X")
    assert is_id_number("440524188001010014")


@given(st.integers(100000, 999999), st.dates(), st.integers(0, 999), st.data())
def test_every_single_wrong_sign_is_noticed(
    region: int, birth: date, serial: int, data: st.DataObject
) -> None:
    body = f"{region}{birth.year:04}{birth:%m%d}{serial:03}"
    number = body + check_character(body)
    assert is_id_number(number)
    at = data.draw(st.integers(0, 17))
    wrong = data.draw(st.sampled_from([s for s in "0123456789" if s != number[at]]))
    assert not is_id_number(number[:at] + wrong + number[at + 1 :])


# --- what is asked -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("提取姓名/性别/民族", (Values(("姓名", "性别", "民族")),)),
        ("请提取图中的发票代码、发票号码和金额", (Values(("发票代码", "发票号码", "金额")),)),
        ("这张发票的号码是多少？", (Values(("号码",)),)),
        ("What are the date and the total?", (Values(("date", "total")),)),
        ("提取图中所有文字", (Transcribe(),)),
        ("What does it say?", (Transcribe(),)),
        ("list the line items", (Table(),)),
        ("列出商品明细", (Table(),)),
        ("图中有没有'发票专用章'", (Find("发票专用章"),)),
        ("发票号码在哪里", (Find("发票号码", where=True),)),
        ("请看这张图片。发票号码是多少", (Values(("发票号码",)),)),
        ("为什么这么贵", (Unknown("为什么这么贵"),)),
        ("Which of these is more than 5000?", (Unknown("Which of these is more than 5000"),)),
        ("", (Transcribe(),)),
    ],
)
def test_asks(text: str, asks: tuple[object, ...]) -> None:
    assert parse_question(text, TODAY).asks == asks


def test_two_questions_are_two_asks() -> None:
    asks = parse_question("是否超过5000元？开票日期是否在过去90天内？", TODAY).asks
    assert [type(ask) for ask in asks] == [Compare, InSpan]


def test_pictures_named_in_a_question() -> None:
    assert parse_question("图2的金额是多少", TODAY).pictures == (2,)
    assert parse_question("第一张和第三张图的金额是多少", TODAY).pictures == (1, 3)
    assert parse_question("What is the total in image 2?", TODAY).pictures == (2,)
    assert parse_question("图中有没有2张发票", TODAY).pictures == ()


def test_keys_of_a_json_example() -> None:
    question = parse_question('按JSON返回：{"发票号码": "", "total": ""}', TODAY)
    assert question.json
    assert question.keys == ("发票号码", "total")


@given(st.text(max_size=200))
def test_any_text_is_a_question(text: str) -> None:
    assert parse_question(text, TODAY).asks


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("invoiceNumber", "invoice_number"),
        ("invoice_number", "invoice_number"),
        ("发票的号码", "invoice_number"),
        ("身份证号", "id_number"),
        ("date of birth", "birth"),
        ("the total amount", "total"),
    ],
)
def test_names_of_fields(name: str, key: str) -> None:
    found = known_field(name)
    assert found is not None
    assert found.key == key


def test_an_unforeseen_name_is_its_own_label() -> None:
    assert field_for("图中的证号").labels == ("证号",)
