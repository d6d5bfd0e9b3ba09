"""Tables from lines of text and rules: ruled, half ruled, unruled; and what is none."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.resources.desk import ON
from tests.resources.views import native
from yuepi.documents.contents import Pair, Table
from yuepi.documents.fields import Draft
from yuepi.documents.kinds import table as table_kind
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Item
from yuepi.documents.tables import find_tables, read_tables, tables_beside
from yuepi.kit.boxes import Box
from yuepi.lab.samples import Sample, make
from yuepi.lab.samples.sample import picture
from yuepi.sight import ruling
from yuepi.sight.sighting import Cell, Line, Rule, RuledTable

EM = 0.02
STEP = 0.006
"""How wide a character is on the pages drawn here."""


def line(x: float, y: float, text: str) -> Line:
    stops = tuple(x + STEP * n for n in range(len(text)))
    return Line(text, Box(x, y, x + STEP * len(text), y + EM), 1.0, stops)


def view(*lines: Line, rules: tuple[Rule, ...] = (), tables: tuple[RuledTable, ...] = ()) -> View:
    return View(1, "layout", lines, 1.0, rules=rules, tables=tables)


def rows(*texts: tuple[str, ...], xs: tuple[float, ...], y: float = 0.2) -> list[Line]:
    """Rows of texts at these left edges; "" leaves a place free."""
    return [
        line(x, y + 0.04 * number, text)
        for number, row in enumerate(texts)
        for x, text in zip(xs, row, strict=True)
        if text
    ]


def rule(y: float, x0: float = 0.1, x1: float = 0.8) -> Rule:
    return Rule(Box(x0, y, x1, y + 0.001), upright=False)


def only(shown: View) -> Table:
    (found,) = find_tables(shown)
    return found


def test_columns_by_white_and_a_head_by_its_figures() -> None:
    texts = (("Item", "2023", "Change"), ("Filing", "12", "3.5%"), ("Fire", "7", "-1.0%"))
    found = only(view(*rows(*texts, ("Total", "19", "2.5%"), xs=(0.1, 0.4, 0.6))))
    assert found.rows == (*texts, ("Total", "19", "2.5%"))
    assert (found.ruled, found.head_rows) == (False, 1)
    assert found.html.startswith("<table><thead><tr><td>Item</td>")


def test_a_rule_under_the_head_and_one_under_a_heading_over_two_columns() -> None:
    lines = rows(
        ("", "Agency", "", "Other"),
        ("", "n", "%", ""),
        ("Web", "12", "30%", "1"),
        ("Manual", "8", "20%", "2"),
        xs=(0.1, 0.4, 0.55, 0.7),
    )
    marks = (rule(0.19), rule(0.23, 0.38, 0.6), rule(0.27), rule(0.35))
    found = only(view(*lines, rules=marks))
    assert found.head_rows == 2
    assert (0, 1, 1, 2) in found.merged
    assert (0, 3, 2, 1) in found.merged
    assert found.rows[0] == ("", "Agency", "", "Other")
    assert found.rows[2] == ("Web", "12", "30%", "1")


def test_headings_that_repeat_under_two_years() -> None:
    lines = rows(
        ("Item", "n", "%", "n", "%"),
        ("Web", "12", "30%", "13", "31%"),
        ("Manual", "8", "20%", "9", "21%"),
        ("Total", "20", "50%", "22", "52%"),
        xs=(0.1, 0.3, 0.4, 0.55, 0.65),
        y=0.24,
    )
    years = [line(0.345, 0.2, "2023"), line(0.595, 0.2, "2024")]
    found = only(view(*years, *lines))
    assert {(0, 1, 1, 2), (0, 3, 1, 2)} <= set(found.merged)
    assert found.rows[0][1] == "2023"
    assert found.rows[1][1:] == ("n", "%", "n", "%")


def test_a_column_that_is_seldom_filled_stays_a_column() -> None:
    texts = [("Item", "Debit", "Note", "Credit")]
    texts += [(f"Row {n}", f"{n}.00", "", f"{n}1.00") for n in range(1, 8)]
    texts[4] = ("Row 4", "4.00", "late", "41.00")
    found = only(view(*rows(*texts, xs=(0.1, 0.3, 0.45, 0.6))))
    assert found.rows == tuple(texts)


def test_a_cell_of_two_lines_is_one_row_and_two_figures_are_two() -> None:
    lines = [
        line(0.1, 0.20, "Name"), line(0.5, 0.20, "Count"),
        line(0.1, 0.24, "Software upgrade"), line(0.5, 0.24, "12"),
        line(0.1, 0.264, "and migration"),
        line(0.1, 0.32, "Fire check"), line(0.5, 0.32, "7"),
        line(0.1, 0.36, "Filing"), line(0.5, 0.36, "9"),
    ]  # fmt: skip
    found = only(view(*lines, rules=(rule(0.19), rule(0.23), rule(0.39))))
    assert [row[0] for row in found.rows] == [
        "Name",
        "Software upgrade and migration",
        "Fire check",
        "Filing",
    ]
    assert [row[1] for row in found.rows] == ["Count", "12", "7", "9"]


def test_chinese_that_runs_on_needs_no_blank() -> None:
    lines = [
        line(0.1, 0.20, "名称"), line(0.5, 0.20, "数量"),
        line(0.1, 0.24, "办公家具"), line(0.5, 0.24, "12"),
        line(0.1, 0.262, "和更换"),
        line(0.1, 0.32, "消防检查"), line(0.5, 0.32, "7"),
    ]  # fmt: skip
    found = only(view(*lines, rules=(rule(0.19), rule(0.23), rule(0.39))))
    assert found.rows[1] == ("办公家具和更换", "12")


def grid(xs: list[float], ys: list[float]) -> RuledTable:
    cells = tuple(
        Cell(r, c, 1, 1, Box(xs[c], ys[r], xs[c + 1], ys[r + 1]))
        for r in range(len(ys) - 1)
        for c in range(len(xs) - 1)
    )
    return RuledTable(Box(xs[0], ys[0], xs[-1], ys[-1]), cells)


def test_a_line_over_two_cells_is_cut_at_the_border() -> None:
    table = grid([0.1, 0.3, 0.5], [0.1, 0.2, 0.3])
    over = line(0.265, 0.13, "12345 678.90")
    found = only(view(over, line(0.12, 0.23, "a"), line(0.32, 0.23, "b"), tables=(table,)))
    cut = [cell for cell in found.rows[0] if cell]
    assert cut == ["12345", "678.90"]
    assert found.ruled


def test_a_number_with_even_steps_is_never_cut() -> None:
    table = grid([0.1, 0.3, 0.5], [0.1, 0.2, 0.3])
    number = line(0.27, 0.13, "2007201820")
    found = only(view(number, line(0.12, 0.23, "a"), line(0.32, 0.23, "b"), tables=(table,)))
    assert "2007201820" in found.rows[0]


def test_cells_of_a_ruled_head_over_rows_without_posts() -> None:
    """Only the head has upright rules; the rows below are one wide cell each."""
    head = [Cell(0, c, 1, 1, Box(0.1 + 0.2 * c, 0.1, 0.3 + 0.2 * c, 0.14)) for c in range(3)]
    body = [Cell(1 + r, 0, 1, 3, Box(0.1, 0.14 + 0.04 * r, 0.7, 0.18 + 0.04 * r)) for r in range(3)]
    table = RuledTable(Box(0.1, 0.1, 0.7, 0.26), (*head, *body))
    texts = (("Land", "n", "%"), ("Spain", "36", "0"), ("Italy", "334", "2.4"), ("Total", "", "1"))
    found = only(view(*rows(*texts, xs=(0.12, 0.34, 0.54), y=0.11), tables=(table,)))
    assert found.rows == texts


def test_figures_below_each_other_in_one_cell_are_rows_of_their_own() -> None:
    table = grid([0.1, 0.4, 0.7], [0.1, 0.15, 0.4])
    texts = (("Name", "Count"), ("Filing", "12"), ("Fire", "7"), ("Total", "19"))
    found = only(view(*rows(*texts, xs=(0.12, 0.45), y=0.11), tables=(table,)))
    assert found.rows == texts


PROSE = "The survey covers all sites and the whole of the last calendar year of the firm"


@pytest.mark.parametrize(
    "lines",
    [
        [line(0.1, 0.1 + 0.03 * n, PROSE) for n in range(12)],
        rows(*[("Name:", "San Zhang"), ("City:", "Nowhere"), ("Phone:", "1380000")], xs=(0.1, 0.4)),
        rows(*[(f"{n}.", PROSE) for n in range(1, 8)], xs=(0.1, 0.2)),
        rows(*[(PROSE[:40], PROSE[:38]) for _ in range(9)], xs=(0.1, 0.5)),
        [],
    ],
    ids=["prose", "form", "list", "two columns of prose", "nothing"],
)
def test_what_is_no_table(lines: list[Line]) -> None:
    assert find_tables(view(*lines)) == ()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.integers(0, 99_999).map(str), min_size=3, max_size=3), min_size=3, max_size=8
    ),
    st.floats(0.08, 0.2),
)
def test_no_two_numbers_become_one_and_none_is_lost(texts: list[list[str]], gap: float) -> None:
    lines = [
        line(0.1 + column * gap, 0.1 + 0.05 * number, text)
        for number, row in enumerate(texts)
        for column, text in enumerate(row)
    ]
    given_words = Counter(word for row in texts for word in row)
    for found in find_tables(view(*lines)):
        words = Counter(word for row in found.rows for cell in row for word in cell.split())
        assert words == given_words


def seen(sample: Sample) -> View:
    tables, rules = ruling.look(picture(sample, 130))
    return replace(native(sample), tables=tables, rules=rules)


@pytest.mark.parametrize("seed", range(6))
def test_drawn_tables_come_back_whole(seed: int) -> None:
    sample = make("table", seed, ON)
    found = [table.html for table in find_tables(seen(sample))]
    assert found == [sample.further["html"]]


def test_a_page_that_is_mostly_a_table_is_of_the_kind_table() -> None:
    texts = [("Item", "Count", "Share")] + [(f"Row {n}", f"{n}7", f"{n}.5%") for n in range(9)]
    shown = view(*rows(*texts, xs=(0.1, 0.4, 0.6)))
    assert 0.68 < table_kind.KIND.likeness(shown) < 0.7
    draft = table_kind.KIND.read(shown)
    assert {c.name: c.value for c in draft.candidates} == {
        "rows_count": "10",
        "columns_count": "3",
    }
    assert len(draft.tables) == 1


@pytest.mark.parametrize("word", ["INVOICE", "发票号码 1234", "收据", "Subtotal", "甲方"])
def test_papers_of_other_kinds_are_none(word: str) -> None:
    texts = [("Item", "Count", "Share")] + [(f"Row {n}", f"{n}7", f"{n}.5%") for n in range(9)]
    shown = view(line(0.1, 0.05, word), *rows(*texts, xs=(0.1, 0.4, 0.6)))
    assert table_kind.KIND.likeness(shown) == 0.0


def test_a_table_that_is_told_otherwise_is_not_told_twice() -> None:
    shown = view(line(0.12, 0.11, "a"), tables=(grid([0.1, 0.4, 0.7], [0.1, 0.15, 0.4]),))
    assert len(read_tables(shown)) == 1
    assert tables_beside([Draft()], shown) == read_tables(shown)
    assert tables_beside([Draft(items=(Item(name="a"),))], shown) == ()
    pair = Pair(key="a", value="b", page=1, key_box=Box(0, 0, 1, 1))
    assert tables_beside([Draft(pairs=(pair,))], shown) == ()
    assert tables_beside([Draft(tables=read_tables(shown))], view()) == read_tables(shown)


def test_columns_that_lean_on_a_photo_stay_one_column_and_cells_never_overlap() -> None:
    cells = tuple(
        Cell(r, c, 1, 1, Box(x, 0.1 + 0.04 * r, x + 0.2, 0.14 + 0.04 * r))
        for r in range(8)
        for c in range(3)
        for x in [0.1 + 0.2 * c + 0.002 * r]
    )
    table = RuledTable(Box(0.1, 0.1, 0.72, 0.42), cells)
    texts = tuple((f"Row {n}", f"{n}.5", f"{n}7") for n in range(8))
    found = only(view(*rows(*texts, xs=(0.12, 0.34, 0.54), y=0.11), tables=(table,)))
    assert found.rows == texts
    assert found.merged == ()
