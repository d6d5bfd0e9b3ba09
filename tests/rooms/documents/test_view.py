"""Rows, gaps and the boxes of parts of lines."""

from __future__ import annotations

from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line


def line(text: str, x0: float, y0: float, x1: float, y1: float | None = None) -> Line:
    return Line(text, Box(x0, y0, x1, y0 + 0.02 if y1 is None else y1))


def test_lines_side_by_side_are_one_row_and_a_wide_gap_is_a_tab():
    view = View(
        1,
        "layout",
        (line("称：甲", 0.2, 0.101, 0.3), line("名", 0.17, 0.1, 0.19), line("乙", 0.6, 0.1, 0.7)),
    )
    assert [row.text for row in view.rows] == ["名 称：甲\t乙"]


def test_a_row_does_not_take_in_the_row_below():
    view = View(1, "layout", (line("上", 0.1, 0.10, 0.2), line("下", 0.1, 0.13, 0.2)))
    assert [row.text for row in view.rows] == ["上", "下"]


def test_a_hit_knows_where_its_value_stands():
    view = View(1, "layout", (line("号码：1234", 0.1, 0.1, 0.8),))
    hit = view.first(r"号码：(?P<v>\d+)")
    assert hit is not None
    assert hit.text("v") == "1234"
    assert abs(hit.box("v").x0 - 0.4) < 1e-9
    assert abs(hit.box("v").x1 - 0.8) < 1e-9


def test_character_stops_win_over_even_spacing():
    spaced = Line("ab", Box(0.0, 0.0, 1.0, 0.1), 1.0, (0.0, 0.9))
    hit = View(1, "layout", (spaced,)).first("b")
    assert hit is not None
    assert hit.box() == Box(0.9, 0.0, 1.0, 0.1)


def test_an_upright_label_glues_no_rows_together():
    tall = line("购买方", 0.05, 0.1, 0.07, 0.3)
    view = View(1, "layout", (tall, line("一", 0.1, 0.1, 0.2), line("二", 0.1, 0.2, 0.2)))
    assert [row.text for row in view.rows] == ["一", "二", "购买方"]


def test_a_part_keeps_the_lines_whose_middle_is_inside():
    view = View(1, "layout", (line("左", 0.1, 0.1, 0.2), line("右", 0.7, 0.1, 0.8)))
    assert view.part(x1=0.5).text == "左"
