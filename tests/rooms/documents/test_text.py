"""Normal forms: dates above all, where half a date must not become a wrong one."""

from __future__ import annotations

import pytest

from yuepi.documents.layout.text import digits, iso_date, money, squeeze


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026年09月30日", "2026-09-30"),
        ("2026年9月3日", "2026-09-03"),
        ("2026 年 09 月 30", "2026-09-30"),
        ("2026年09月3", None),
        ("2026年13月30日", None),
        ("2026-02-29", None),
        ("2026-9-3", "2026-09-03"),
        ("20260903", "2026-09-03"),
        ("202609031", None),
        ("03 MAR 2018", "2018-03-03"),
        ("March 3, 2018", "2018-03-03"),
        ("30/04/2018", "2018-04-30"),
        ("nothing", None),
    ],
)
def test_dates(text: str, wanted: str | None):
    assert iso_date(text) == wanted


def test_numbers_keep_leading_zeros_and_know_lookalikes():
    assert digits(" O12l 34") == "012134"


def test_money_is_two_digits_or_nothing():
    assert money("¥1,234.5") == "1234.50"
    assert money("1.234.5") is None


def test_squeeze_narrows_full_width():
    assert squeeze("（１２ ３）") == "(123)"
