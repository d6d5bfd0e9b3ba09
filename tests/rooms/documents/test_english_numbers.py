"""English amounts in words: what they say, and nothing where a word may be lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.layout.english_numbers import english_amount
from yuepi.lab.samples.contracts import in_english


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("thirty five million", "35000000"),
        ("RMB Three Hundred and Fifty Thousand Yuan Only", "350000"),
        ("One Million Two Hundred Thousand and 50/100", "1200000.50"),
        ("forty-two US Dollars", "42"),
        ("One Hundred Dollars and Twenty-Five Cents", "100.25"),
        ("SAY US DOLLARS NINE THOUSAND ONLY", "9000"),
    ],
)
def test_words(words: str, value: str) -> None:
    assert english_amount(words) == Decimal(value)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "dollars only",
        "thousand",
        "five twenty",
        "two thousand three million",
        "ten five",
        "hundred",
    ],
)
def test_what_is_no_number(words: str) -> None:
    assert english_amount(words) is None


@given(st.integers(1, 999_999_999))
def test_every_number_is_read_back(number: int) -> None:
    assert english_amount(in_english(number)) == number
    assert english_amount(in_english(number).upper() + " DOLLARS ONLY") == number


@given(st.text(max_size=80))
def test_never_raises(text: str) -> None:
    value = english_amount(text)
    assert value is None or value >= 0
