"""Amounts, dates and times in rows: whole prints only, nothing read out of pieces."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.layout.amounts import decimal_point, row_amounts
from yuepi.documents.layout.currency import currency_seen
from yuepi.documents.layout.dates import Order, printed_dates, printed_times
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

MONEY = st.decimals(min_value=0, max_value=9_999_999, places=2)


def view(*texts: str) -> View:
    """Lines side by side in one row, a character apart."""
    lines, x = [], 0.02
    for text in texts:
        lines.append(Line(text, Box(x, 0.1, x + 0.01 * len(text), 0.13)))
        x += 0.01 * len(text) + 0.005
    return View(page=1, source="layout", lines=tuple(lines))


@given(MONEY, st.sampled_from(["", "$", "RM", "￥", "€ ", "S$", "S"]))
def test_dotted_amounts_come_back(value: Decimal, mark: str) -> None:
    for figures in (f"{value:.2f}", f"{value:,.2f}"):
        row = view(f"TOTAL: {mark}{figures}").rows[0]
        (found,) = row_amounts(row, 0, ".")
        assert (found.value, found.label) == (value, "TOTAL:")


@given(MONEY)
def test_commaed_amounts_come_back(value: Decimal) -> None:
    figures = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    shown = view(f"Totaal € {figures}")
    assert decimal_point(shown) == ","
    assert [found.value for found in row_amounts(shown.rows[0], 0, ",")] == [value]


@pytest.mark.parametrize(
    "text", [".99", "1450", "1.234", "12.5", "12.345", "9.00%", "10.03.2018", "1.2.34", "12:34.56"]
)
def test_pieces_are_no_amounts(text: str) -> None:
    assert row_amounts(view(text).rows[0], 0, ".") == []


def test_figures_of_two_lines_never_make_one_amount() -> None:
    assert row_amounts(view("10", ".99").rows[0], 0, ".") == []


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_dates_come_back(day: date) -> None:
    forms: list[tuple[str, Order | None]] = [
        (f"{day:%d/%m/%Y}", "dmy"),
        (f"{day:%m/%d/%Y}", "mdy"),
        (f"{day:%d %b %Y}", None),
        (f"{day:%B} {day.day}, {day.year}", None),
        (f"{day:%Y-%m-%d}10:30", None),
        (f"{day:%Y}年{day.month}月{day.day}日", None),
        (f"{day:%Y%m%d}/101500", None),
    ]
    for text, order in forms:
        assert [found.value for found in printed_dates(text, order)] == [day.isoformat()], text


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_an_unknown_order_never_picks_the_wrong_day(day: date) -> None:
    # Its year may stand first, too: of neither side is said anything.
    assert printed_dates("24-03-04", None) == printed_dates("24.03.04", None) == []
    found = [one.value for one in printed_dates(f"{day:%d/%m/%Y}", None)]
    assert found in ([], [day.isoformat()])


@pytest.mark.parametrize("text", ["31/02/2018", "2018-13-01", "99/99/99", "0123456789", "1.2.14"])
def test_no_dates(text: str) -> None:
    assert printed_dates(text, "dmy") == []


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("09:05", "09:05"),
        ("9:05 PM", "21:05"),
        ("12:10 am", "00:10"),
        ("18-03-201811:23", "11:23"),
        ("20180428/191204", "19:12:04"),
        ("16:0700", None),
        ("25:00", None),
        ("1:16:9", None),
    ],
)
def test_times(text: str, time: str | None) -> None:
    assert [found.value for found in printed_times(text)] == ([time] if time else [])


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (("RM8.20",), "MYR"),
        (("$8.20", "SDN BHD"), "MYR"),
        (("$8.20",), None),
        (("$8.20", "Portland, OR 97204"), "USD"),
        (("€ 5,00", "£5.00"), None),
        (("合计", "¥5.00"), "CNY"),
        (("合計", "です", "¥500"), "JPY"),
        (("$8.20", "Singapore", "Malaysia"), None),
    ],
)
def test_currency(texts: tuple[str, ...], code: str | None) -> None:
    seen = currency_seen(view(*texts))
    assert (seen.code if seen else None) == code
