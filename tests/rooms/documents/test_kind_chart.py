"""Charts by their printed values: each called what the chart calls it, or nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.resources.views import native
from yuepi.documents.contents import Chart, ChartValue
from yuepi.documents.kinds.chart import KIND
from yuepi.documents.layout.chart_axes import scales
from yuepi.documents.layout.chart_trend import trend
from yuepi.documents.layout.chart_words import Word, number_in
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.lab.samples import make, picture
from yuepi.sight import marks
from yuepi.sight.sighting import Colour, Line, Mark

ON = date(2026, 3, 1)
DARK: Colour = (56, 118, 104)
PALE: Colour = (164, 212, 201)
ASPECT = 0.8


def line(x: float, y: float, text: str, height: float = 0.03) -> Line:
    wide = sum(1.0 if ord(sign) > 0x2000 else 0.55 for sign in text) * height / ASPECT
    return Line(text, Box(x, y, x + wide, y + height))


def bar(x0: float, y0: float, x1: float, y1: float, colour: Colour = DARK) -> Mark:
    return Mark("area", Box(x0, y0, x1, y1), colour)


def view(lines: list[Line], drawn: list[Mark]) -> View:
    return View(1, "layout", tuple(lines), ASPECT, marks=tuple(drawn))


def read(shown: View) -> Chart:
    chart = KIND.read(shown).chart
    assert chart is not None
    return chart


def named(chart: Chart) -> set[tuple[str, str, str | None, str | None]]:
    return {(each.value, each.unit, each.label, each.series) for each in chart.values}


def lying() -> View:
    """Two series stacked, heads over the first row, and a column of sums."""
    lines = [
        line(0.02, 0.03, "Most parts arrive on time", 0.05),
        line(0.02, 0.12, "% of orders that arrive ..."),
        line(0.34, 0.22, "Early"),
        line(0.56, 0.22, "On time"),
        line(0.86, 0.22, "NET"),
        line(0.02, 0.95, "Source: 2019 records of 120 sites"),
    ]
    drawn = []
    rows = (("North", 20, 30), ("South", 35, 25), ("West", 10, 40))
    for number, (label, one, two) in enumerate(rows):
        y = 0.32 + 0.18 * number
        first, second = 0.3 + 0.007 * one, 0.3 + 0.007 * (one + two)
        drawn += [bar(0.3, y, first, y + 0.06), bar(first, y, second, y + 0.06, PALE)]
        lines += [
            line(0.1, y + 0.015, label),
            line((0.3 + first) / 2 - 0.02, y + 0.015, f"{one}%" if number == 0 else str(one)),
            line((first + second) / 2 - 0.02, y + 0.015, str(two)),
            line(0.86, y + 0.015, str(one + two)),
        ]
    return view(lines, drawn)


def test_stacked_bars_take_rows_from_the_left_and_series_from_the_heads() -> None:
    shown = lying()
    assert KIND.likeness(shown) >= 0.62
    chart = read(shown)
    assert (chart.type, chart.title) == ("bar", "Most parts arrive on time")
    assert chart.series == ("Early", "On time", "NET")
    assert named(chart) == {
        ("20", "%", "North", "Early"), ("30", "%", "North", "On time"), ("50", "%", "North", "NET"),
        ("35", "%", "South", "Early"), ("25", "%", "South", "On time"), ("60", "%", "South", "NET"),
        ("10", "%", "West", "Early"), ("40", "%", "West", "On time"), ("50", "%", "West", "NET"),
    }  # fmt: skip


def test_what_the_notes_say_is_no_value() -> None:
    assert not {"2019", "120"} & {each.value for each in read(lying()).values}


def standing(*labels: Line) -> View:
    lines = [line(0.02, 0.02, "各地区门店数量", 0.05), line(0.02, 0.1, "单位：家"), *labels]
    drawn = []
    for number, value in enumerate((30, 45, 20)):
        x = 0.2 + 0.25 * number
        top = 0.8 - 0.012 * value
        drawn.append(bar(x, top, x + 0.12, 0.8))
        lines.append(line(x + 0.03, top - 0.045, str(value)))
    return view(lines, drawn)


def test_standing_bars_take_the_label_below_and_the_unit_of_the_subtitle() -> None:
    labels = [line(0.22 + 0.25 * n, 0.83, name) for n, name in enumerate(("华东", "华南", "西北"))]
    chart = read(standing(*labels))
    assert named(chart) == {
        ("30", "家", "华东", None), ("45", "家", "华南", None), ("20", "家", "西北", None)
    }  # fmt: skip
    assert chart.trend_zh == "最高为华南（45家），最低为西北（20家）。"


def test_two_labels_read_as_one_name_no_bar() -> None:
    joined = Line("华东 华南", Box(0.22, 0.83, 0.55, 0.86))
    chart = read(standing(joined, line(0.72, 0.83, "西北")))
    assert {(each.value, each.label) for each in chart.values} == {
        ("30", None), ("45", None), ("20", "西北")
    }  # fmt: skip


def test_a_bar_without_a_figure_has_no_value() -> None:
    labels = [line(0.22 + 0.25 * n, 0.83, name) for n, name in enumerate(("甲", "乙", "丙"))]
    whole = standing(*labels)
    shown = whole.only(each for each in whole.lines if each.text != "45")
    assert [each.value for each in read(shown).values] == ["30", "20"]


@pytest.mark.parametrize("seed", range(6))
def test_drawn_charts_of_every_type(seed: int) -> None:
    sample = make("chart", seed, ON)
    page = native(sample)
    seen = marks.find(picture(sample, 150), page.lines)
    shown = View(1, "layout", page.lines, page.aspect, marks=seen)
    assert KIND.likeness(shown) >= 0.62
    chart = read(shown)
    assert (chart.type, chart.title) == (sample.further["type"], sample.truth["title"])
    truth = {(i["value"], i.get("label"), i.get("series")) for i in sample.parts}
    assert {(each.value, each.label, each.series) for each in chart.values} == truth


def word(x: float, y: float, text: str) -> Word:
    return Word(text, Box(x, y, x + 0.04, y + 0.03), number_in(text))


def test_an_evenly_growing_column_is_a_scale_and_uneven_figures_are_none() -> None:
    axis = [word(0.02, 0.1 + 0.2 * n, str(40 - 10 * n)) for n in range(5)]
    upright, level = scales(axis, [], 0.03, 0.03)
    assert upright is not None
    assert [each.text for each in upright.words] == ["40", "30", "20", "10", "0"]
    assert level is None
    chance = [word(0.9, 0.1 + 0.1 * n, text) for n, text in enumerate(("65", "50", "42", "36"))]
    assert scales(chance, [], 0.03, 0.03) == (None, None)


def test_figures_at_bars_are_no_scale_however_evenly_they_fall() -> None:
    rows = [0.2, 0.4, 0.6, 0.8]
    figures = [word(0.5, y, str(40 - 10 * n)) for n, y in enumerate(rows)]
    bars = [bar(0.1, y - 0.02, 0.48, y + 0.05) for y in rows]
    assert scales(figures, bars, 0.03, 0.03)[0] is None


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("57%", "57", "%"), ("1,234.5", "1234.5", ""), ("−5.2", "-5.2", ""), ("$30", "30", "$"),
        ("3.2 万元", "3.2", "万元"), (".5", "0.5", ""),
    ],
)  # fmt: skip
def test_numbers_with_their_unit(text: str, value: str, unit: str) -> None:
    found = number_in(text)
    assert found is not None
    assert (found.value, found.unit) == (value, unit)


@pytest.mark.parametrize("text", ["Women", "10-point", "1/3", "2012 women", "1,23", ""])
def test_other_texts_are_no_numbers(text: str) -> None:
    assert number_in(text) is None


def value(label: str, amount: str, x: float, series: str | None = None) -> ChartValue:
    return ChartValue(value=amount, unit="%", label=label, series=series, box=Box(x, 0, x + 0.1, 1))


def test_a_trend_over_years_goes_from_the_first_to_the_last() -> None:
    said = trend([value("2012", "28", 0.8, "Women"), value("1990", "36", 0.1, "Women")])
    assert said is not None
    assert said[1] == "Women: fell from 36% (1990) to 28% (2012)."
    assert said[0] == "Women从1990的36%下降到2012的28%。"


def test_a_trend_says_only_what_is_printed() -> None:
    values = [value("北", "12", 0.1), value("南", "30", 0.3)]
    said = trend(values)
    assert said is not None
    assert all(str(Decimal(each.value)) in said[0] for each in values)
    assert trend([value("北", "12", 0.1)]) is None
    assert trend([]) is None


def test_pages_of_text_and_tables_are_no_charts() -> None:
    rows = [line(0.05, 0.1 + 0.05 * n, f"{n} parts 12 34 56") for n in range(12)]
    assert KIND.likeness(view(rows, [])) == 0.0
    shaded = [bar(0.05, 0.1 + 0.1 * n, 0.95, 0.15 + 0.1 * n) for n in range(6)]
    assert KIND.likeness(view(rows, shaded)) == 0.0
    assert KIND.read(view(rows, shaded)).chart is None
    assert KIND.likeness(view([], [])) == 0.0
