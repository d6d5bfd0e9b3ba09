"""Exact things in documents: what is one, how it is compared, where it stands."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.library.test_chunking import document_with, invoice, lines, page, run
from yuepi.documents.reading import Field, Reading
from yuepi.library.printed import printed_things
from yuepi.library.values import VALUES_MAX, hundredths_of, values_of


@pytest.mark.parametrize(
    ("line", "amounts"),
    [
        ("合同总价人民币50万元（大写：伍拾万元整）", ["500000", "500000"]),
        ("US$3.5 million and 1.2亿元", ["3500000", "120000000"]),
        ("￥1,234.50，税率 13%，另 12,345.67", ["1234.50", "12345.67"]),
        ("RM8.20 EUR 1,000 3000元 -￥5.00", ["8.20", "1000", "3000", "-5.00"]),
        ("壹仟贰佰叁拾肆圆伍角陆分", ["1234.56"]),
        ("面积1234平方米，第50条，2.5%，1.2.14，12:30，50万人", []),
        ("5.123 and 1.2345", []),
    ],
)
def test_amounts_are_those_that_a_currency_or_two_decimals_show(
    line: str, amounts: list[str]
) -> None:
    found = [each.amount for each in printed_things(line) if each.amount is not None]
    assert found == [Decimal(amount) for amount in amounts]


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("签订于2024年3月5日，至 2025-03-04 止", ["2024-03-05", "2025-03-04"]),
        ("5 March 2024, Mar 6, 2024 and 28/04/2018", ["2024-03-05", "2024-03-06", "2018-04-28"]),
        ("03/04/2018 could be two days, 2024-13-01 is none", []),
    ],
)
def test_days_are_those_that_can_be_but_one(line: str, days: list[str]) -> None:
    assert [each.day for each in printed_things(line) if each.day is not None] == days


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("发票号码：24312000000012345678", ["24312000000012345678"]),
        ("invoice INV-2024/001, PO#77A31", ["INV-2024/001", "PO#77A31"]),
        ("账号 6222 0210 0100 1234 567", ["6222 0210 0100 1234 567"]),
        ("税号９１３３０１００ＭＡ２ＡＢＣＤＥ１Ｒ", ["91330100MA2ABCDE1R"]),
        ("2024年度 第12号 abc 13% A4 1998", []),
    ],
)
def test_numbers_have_four_digits_or_are_mixed(line: str, numbers: list[str]) -> None:
    found = [each.text for each in printed_things(line) if each.amount is None and not each.day]
    assert found == numbers


@given(
    st.text(st.characters(codec="utf-8"), max_size=120)
    | st.text("0123456789.,元万¥$ -/年月日A", max_size=60)
)
def test_things_of_a_line_stand_in_it_and_share_nothing(line: str) -> None:
    found = printed_things(line)
    at = 0
    for each in found:
        assert at <= each.start < each.end <= len(line)
        at = each.end


def test_an_amount_is_hundredths_or_nothing() -> None:
    assert hundredths_of(Decimal("1.5")) == 150
    assert hundredths_of(Decimal("-0.01")) == -1
    assert hundredths_of(Decimal("1.005")) is None
    assert hundredths_of(Decimal("NaN")) is None
    assert hundredths_of(Decimal(10) ** 30) is None


def test_fields_come_first_and_keep_their_place() -> None:
    runs = lines(["甲餐饮有限公司 价税合计 300.00 元 备注 A-778899"])
    values = values_of(document_with(page(*runs), readings=[invoice()]))
    told = [(each.sort, each.field, each.key) for each in values]
    assert told[:3] == [
        ("name", "seller_name", "甲餐饮有限公司"),
        ("amount", "total", "30000"),
        ("number", "number", "12345678"),
    ]
    # What is a field already is not said again on its page.
    assert told[3:] == [("number", "", "A778899")]
    assert (values[1].page, values[1].box.x0, values[1].hundredths) == (1, 0.7, 30000)
    assert values[3].box.x0 > 0.5


def test_values_are_limited_and_each_is_once_on_a_page() -> None:
    pages = [
        page(
            *(run(f"编号 {number}{at:04d} 同一个 77777", 0.1, 0.01 * at, at) for at in range(60)),
            number=number,
        )
        for number in range(1, 61)
    ]
    values = values_of(document_with(*pages))
    assert len(values) == VALUES_MAX
    same = [each for each in values if each.key == "77777"]
    assert len(same) == len({each.page for each in same})


def test_a_strange_value_of_a_field_is_no_value() -> None:
    odd = Reading(
        kind="vat_e_invoice",
        kind_confidence=1,
        page=1,
        quality="clean",
        fields={
            "total": Field(value="三百多", status="single", confidence=1),
            "date": Field(value="去年", status="single", confidence=1),
            "seller_name": Field(value="\0 \n", status="single", confidence=1),
        },
    )
    assert values_of(document_with(readings=[odd])) == []
