"""Reading amounts from figures and Chinese words, and writing them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from yuepi.kit.money import TEXT_LENGTH_MAX, amount_words, money_text, parse_amount

READ = [
    ("5,000.00", "5000"),
    ("¥5000", "5000"),
    ("￥ 5000.00元", "5000"),
    ("5000元整", "5000"),
    ("RM 8.20", "8.2"),
    ("$1,234.50", "1234.5"),
    ("1.234,56", "1234.56"),
    ("1.591.600", "1591600"),
    ("1'234.50", "1234.5"),
    ("12,345,678.90", "12345678.9"),
    ("€12,50", "12.5"),
    ("€1.234", "1234"),
    ("12,50 EUR", "12.5"),
    ("Rp 15.000", "15000"),
    ("¥1.234", "1.234"),
    ("0.125", "0.125"),
    ("23.8938053097345", "23.8938053097345"),
    (".50", "0.5"),
    ("5 000.00", "5000"),
    ("1 234,50", "1234.5"),
    ("¥ 27 . 00", "27"),
    ("５，０００．００", "5000"),
    ("（１，２３４．００）", "-1234"),
    ("(1,234.00)", "-1234"),
    ("¥(1,234.00)", "-1234"),
    ("(¥5)", "-5"),
    ("-5", "-5"),
    ("-¥5.00", "-5"),
    ("¥-5.00", "-5"),
    ("negative 5", "-5"),
    ("-0.00", "0"),
    ("RMB ¥5.00", "5"),
    ("5元3角", "5.3"),
    ("12元5角6分", "12.56"),
    ("5元零5分", "5.05"),
    ("5角", "0.5"),
    ("5万元", "50000"),
    ("3.5万", "35000"),
    ("五千整", "5000"),
    ("五千元", "5000"),
    ("五千", "5000"),
    ("十元", "10"),
    ("十五元", "15"),
    ("两千元", "2000"),
    ("¥伍仟元整", "5000"),
    ("人民币伍仟元整", "5000"),
    ("人民币(大写)：伍仟元整", "5000"),
    ("負伍元整", "-5"),
    ("伍圆整", "5"),
    ("伍圓正", "5"),
    ("壹万贰仟叁佰肆拾伍元陆角柒分", "12345.67"),
    ("壹萬貳仟參佰肆拾伍圓陸角柒分", "12345.67"),
    ("叁佰贰拾伍元零肆分", "325.04"),
    ("壹佰元零贰角伍分", "100.25"),
    ("壹佰元贰角伍分", "100.25"),
    ("伍元零分", "5"),
    ("伍元零角零分", "5"),
    ("伍元叁角零分", "5.3"),
    ("伍元叁角整", "5.3"),
    ("伍角", "0.5"),
    ("肆分", "0.04"),
    ("零元零肆分", "0.04"),
    ("零元整", "0"),
    ("壹拾万柒仟元零伍角叁分", "107000.53"),
    ("壹拾万零柒仟元伍角叁分", "107000.53"),
    ("壹亿零伍仟元整", "100005000"),
    ("壹万亿元整", "1000000000000"),
    ("⊗伍仟元整", "5000"),
    ("ⓧ伍仟元整", "5000"),
    ("⊗拾⊗万伍仟零佰零拾零元零角零分", "5000"),
    ("伍 仟 元 整", "5000"),
]

UNREAD = [
    "", " ", "12.3.4", "1,23", "1,2345", "12,34.00", "5..0", "1.234", "15.000", "007", "5 00",
    "27 00", "€27 00", "5000x", "abc", "½", "5²", "٣", "1\x002", "¥", "-", "()", "--5", "(-5)",
    "元", "整", "角", "5元3", "12元50分", "2024年", "2024-01-05", "1e5", "NaN", "Infinity",
    "一", "十", "一二三", "一二三元", "二〇二四", "一千五", "一百五十六七", "壹仟伍元", "一亿五千",
    "壹亿伍仟元整", "伍元肆分", "五千零", "壹万零元", "伍拾佰元", "壹万万元", "万元", "廿元",
    "(伍元)", "五千五千", "伍元元", "壹壹元", "零零伍元", "三点五元", "伍元整整",
]  # fmt: skip


@pytest.mark.parametrize(("text", "amount"), READ)
def test_reads(text: str, amount: str) -> None:
    assert parse_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", UNREAD)
def test_leaves_unread(text: str) -> None:
    assert parse_amount(text) is None


def test_known_decimal_mark_settles_both_ways() -> None:
    assert parse_amount("1.234", ".") == Decimal("1.234")
    assert parse_amount("1.234", ",") == 1234
    assert parse_amount("1,23", ",") == Decimal("1.23")
    assert parse_amount("5 000", ",") == 5000


def test_limits() -> None:
    assert parse_amount("9" * 15) == int("9" * 15)
    assert parse_amount("9" * 16) is None
    assert parse_amount("0." + "1" * 14) is None
    assert parse_amount(" " * TEXT_LENGTH_MAX + "5") is None
    assert parse_amount("壹" * 100_000) is None


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("5000", "伍仟元整"),
        ("0", "零元整"),
        ("0.5", "伍角"),
        ("0.04", "肆分"),
        ("100.25", "壹佰元贰角伍分"),
        ("-5", "负伍元整"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("100005000", "壹亿零伍仟元整"),
        ("1000010000.30", "壹拾亿零壹万元叁角"),
    ],
)
def test_words(amount: str, words: str) -> None:
    assert amount_words(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["0.001", "NaN", "Infinity", "1e16", "-1e16"])
def test_words_refuse(amount: str) -> None:
    with pytest.raises(ValueError, match=r"range|decimals"):
        amount_words(Decimal(amount))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1234.5", "1234.50"),
        ("1E+3", "1000.00"),
        ("-0", "0.00"),
        ("-3.1", "-3.10"),
        ("1.2340", "1.234"),
        ("0.1", "0.10"),
    ],
)
def test_money_text(amount: str, text: str) -> None:
    assert money_text(Decimal(amount)) == text


def test_money_text_refuses_what_is_no_amount() -> None:
    with pytest.raises(ValueError, match="not an amount"):
        money_text(Decimal("NaN"))
