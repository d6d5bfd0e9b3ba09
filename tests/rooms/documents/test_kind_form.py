"""Forms: what is asked and what was filled in."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.views import native, placed
from yuepi.documents.kinds.form import KIND
from yuepi.documents.layout.pair_keys import bare_key, may_be_key
from yuepi.documents.layout.pairs import PAIRS_MAX, read_pairs
from yuepi.documents.layout.ticks import options_ticked
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.lab.samples import make, picture
from yuepi.sight import ruling
from yuepi.sight.sighting import Cell, Line, Rule, RuledTable

ON = date(2026, 3, 1)


def pairs(view: View) -> list[tuple[str, str]]:
    return [(pair.key, pair.value) for pair in read_pairs(view)]


def test_values_behind_right_of_and_below_their_keys() -> None:
    view = placed(
        (0.1, 0.10, "TO: R. Holm"),
        (0.1, 0.16, "FROM:"), (0.4, 0.16, "Lena Brook"),
        (0.1, 0.22, "DATE:"),
        (0.1, 0.28, "COMMENTS:"),
        (0.1, 0.31, "Two boxes came"), (0.1, 0.335, "without a label"),
    )  # fmt: skip
    assert pairs(view) == [
        ("TO", "R. Holm"),
        ("FROM", "Lena Brook"),
        ("DATE", ""),
        ("COMMENTS", "Two boxes came without a label"),
    ]


def test_a_value_goes_on_below_itself_until_the_next_key() -> None:
    view = placed(
        (0.1, 0.10, "ADDRESS:"), (0.4, 0.10, "12 Harbour Street"),
        (0.4, 0.125, "Floor 3"),
        (0.1, 0.18, "PHONE:"), (0.4, 0.18, "555-0100"),
    )  # fmt: skip
    assert pairs(view) == [("ADDRESS", "12 Harbour Street Floor 3"), ("PHONE", "555-0100")]


def test_two_pairs_on_a_line_and_a_key_seen_elsewhere() -> None:
    view = placed(
        (0.1, 0.10, "姓名：赵雨桐 性别：女"),
        (0.1, 0.16, "UNIT NAME: North UNIT NAME:"),
    )  # fmt: skip
    assert pairs(view) == [
        ("姓名", "赵雨桐"), ("性别", "女"), ("UNIT NAME", "North"), ("UNIT NAME", "")
    ]  # fmt: skip


def test_a_key_over_two_lines() -> None:
    view = placed(
        (0.1, 0.100, "PLAINTIFF'S"),
        (0.1, 0.122, "COUNSEL:"), (0.4, 0.122, "Field and Stone"),
    )  # fmt: skip
    assert pairs(view) == [("PLAINTIFF'S COUNSEL", "Field and Stone")]


def test_a_value_on_a_drawn_line_needs_no_colon() -> None:
    view = placed((0.1, 0.10, "# REP"), (0.3, 0.10, "7"), (0.1, 0.16, "# STORES"))
    rules = tuple(Rule(Box(0.16, y, 0.4, y + 0.001), False) for y in (0.121, 0.181))
    view = View(1, "layout", view.lines, view.aspect, rules=rules)
    assert pairs(view) == [("# REP", "7"), ("# STORES", "")]


def test_clocks_links_and_sentences_are_no_keys() -> None:
    view = placed(
        (0.1, 0.10, "Jan. 31 11:48 AM"),
        (0.1, 0.16, "http://example.com"),
        (0.1, 0.22, "Please call me, if you have any of these: a hat"),
    )
    assert pairs(view) == []


def table(*rows: tuple[str, ...]) -> View:
    """A ruled table of equal cells with a line of text in each that has one."""
    cells, lines = [], []
    width, height = 0.8 / len(rows[0]), 0.05
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            box = Box(0.1 + x * width, 0.2 + y * height, 0.1 + (x + 1) * width, 0.25 + y * height)
            cells.append(Cell(y, x, 1, 1, box))
            if text:
                place = Box(box.x0 + 0.01, box.y0 + 0.015, box.x0 + 0.15, box.y0 + 0.035)
                lines.append(Line(text, place))
    whole = Box(0.1, 0.2, 0.9, 0.2 + height * len(rows))
    return View(1, "layout", tuple(lines), 0.7, tables=(RuledTable(whole, tuple(cells)),))


def test_cells_of_keys_left_of_cells_of_values() -> None:
    view = table(("姓名", "何敏", "性别", "女"), ("联系电话", "", "部门", "财务部"))
    assert pairs(view) == [
        ("姓名", "何敏"), ("性别", "女"), ("联系电话", ""), ("部门", "财务部")
    ]  # fmt: skip


def test_a_grid_gives_its_filled_cells_with_their_heads_and_is_no_form() -> None:
    view = table(
        ("NAME", "VOLUME", "STORES"), ("Old Mill", "144", "93"), ("", "", ""), ("", "", "")
    )
    assert pairs(view) == [("NAME", "Old Mill"), ("VOLUME", "144"), ("STORES", "93")]
    assert KIND.likeness(view) == 0.0


def test_a_small_caption_above_its_value_in_one_cell() -> None:
    cell = Cell(0, 0, 1, 1, Box(0.1, 0.1, 0.9, 0.2))
    lines = (
        Line("FILE NUMBER", Box(0.11, 0.105, 0.2, 0.118)),
        Line("A 221", Box(0.13, 0.14, 0.2, 0.16)),
    )
    other = tuple(Line("x y z", Box(0.1, 0.5 + n / 50, 0.3, 0.52 + n / 50)) for n in range(3))
    view = View(1, "layout", lines + other, 0.7, tables=(RuledTable(cell.box, (cell,)),))
    assert pairs(view) == [("FILE NUMBER", "A 221")]


@pytest.mark.parametrize(
    ("text", "ticked"),
    [
        ("□男 ☑女", "女"),
        ("√未上市 □A股 □其他", "未上市"),
        ("[x] Air [ ] Heat", "Air"),
        ("□男 □女", ""),
        ("个人 □机构", None),
        ("没有选项", None),
        ("口头通知", None),
    ],
)
def test_check_boxes(text: str, ticked: str | None) -> None:
    assert options_ticked(text) == ticked


def test_keys_lose_brackets_colons_and_numbering() -> None:
    assert bare_key("主体代码（组织机构代码/身份证号）：") == "主体代码"
    assert bare_key("四、备注：") == "备注"
    assert bare_key("TO:") == "TO"
    assert not may_be_key("The meeting was held on time")


@pytest.mark.parametrize("seed", range(8))
def test_drawn_forms_of_every_layout(seed: int) -> None:
    sample = make("form", seed, ON)
    page = native(sample)
    tables, rules = ruling.look(picture(sample, 110))
    view = View(1, "layout", page.lines, page.aspect, tables=tables, rules=rules)
    assert 0.5 <= KIND.likeness(view) <= 0.68
    found = pairs(view)
    for item in sample.parts:
        assert (item["key"], item.get("value", "")) in found
    draft = KIND.read(view)
    assert draft.candidates[0].value == sample.truth["title"]


def test_business_cards_notices_and_letters_are_no_forms() -> None:
    card = placed(
        (0.1, 0.10, "手机：13800001111"), (0.1, 0.15, "电话：02788880000"),
        (0.1, 0.20, "地址：中山路 8 号"), (0.1, 0.25, "邮箱：a@example.com"),
        (0.1, 0.30, "网址：www.example.com"), (0.1, 0.35, "传真：02788880001"),
        (0.1, 0.40, "微信：abc"), (0.1, 0.45, "何敏"),
    )  # fmt: skip
    assert KIND.likeness(card) == 0.0
    letter = placed(*((0.1, 0.1 + 0.05 * n, "We write to you about the lot.") for n in range(12)))
    assert KIND.likeness(letter) == 0.0


@given(
    st.lists(st.tuples(st.floats(0, 0.9), st.floats(0, 0.97), st.text(max_size=30)), max_size=40)
)
def test_any_page_gives_pairs_within_the_limits(lines: list[tuple[float, float, str]]) -> None:
    found = read_pairs(placed(*lines))
    assert len(found) <= PAIRS_MAX
    assert all(pair.key for pair in found)
