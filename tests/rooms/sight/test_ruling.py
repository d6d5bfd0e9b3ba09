"""The grid of ruled tables, merged cells included, and nothing where there are no rules."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from yuepi.sight import ruling
from yuepi.sight.sighting import RuledTable

Picture = NDArray[np.uint8]
Lines = list[tuple[int, int, int, int]]


def sheet(height: int = 900, width: int = 1300) -> Picture:
    return np.full((height, width, 3), 250, np.uint8)


def drawn(picture: Picture, lines: Lines, colour: tuple[int, int, int] = (40, 40, 40)) -> Picture:
    for x0, y0, x1, y1 in lines:
        cv2.line(picture, (x0, y0), (x1, y1), colour, 2)
    return picture


def grid(xs: list[int], ys: list[int]) -> Lines:
    return [(xs[0], y, xs[-1], y) for y in ys] + [(x, ys[0], x, ys[-1]) for x in xs]


XS, YS = [100, 300, 520, 800, 1200], [120, 200, 280, 420, 560]


def filled(picture: Picture) -> Picture:
    for x in XS[:-1]:
        for y in YS[:-1]:
            cv2.putText(picture, "Item 12.50", (x + 12, y + 50), 0, 0.7, (20, 20, 20), 2)
    return picture


def spans(table: RuledTable) -> set[tuple[int, int, int, int]]:
    return {(cell.row, cell.column, cell.rows, cell.columns) for cell in table.cells}


def test_a_plain_grid() -> None:
    (table,) = ruling.find(filled(drawn(sheet(), grid(XS, YS))))
    assert spans(table) == {(row, column, 1, 1) for row in range(4) for column in range(4)}
    assert table.box == pytest.approx((100 / 1300, 120 / 900, 1200 / 1300, 560 / 900), abs=0.004)
    cell = next(cell for cell in table.cells if (cell.row, cell.column) == (2, 1))
    assert cell.box == pytest.approx((300 / 1300, 280 / 900, 520 / 1300, 420 / 900), abs=0.004)


def merged_lines() -> Lines:
    """Row 0 is one cell; column 0 spans rows 1 and 2; the last row has no inner posts but one."""
    lines: Lines = [(100, y, 1200, y) for y in (120, 200, 420, 560)] + [(300, 280, 1200, 280)]
    lines += [(100, 120, 100, 560), (1200, 120, 1200, 560)]
    return [*lines, (300, 200, 300, 560), (520, 200, 520, 420), (800, 200, 800, 420)]


MERGED = {
    (0, 0, 1, 4),
    (1, 0, 2, 1),
    *((row, column, 1, 1) for row in (1, 2) for column in (1, 2, 3)),
    (3, 0, 1, 1),
    (3, 1, 1, 3),
}


def test_merged_cells_span_rows_and_columns() -> None:
    (table,) = ruling.find(drawn(sheet(), merged_lines()))
    assert spans(table) == MERGED


@pytest.mark.parametrize("degrees", [-3.0, -1.0, 1.5, 3.0])
def test_a_skewed_page(degrees: float) -> None:
    picture = drawn(sheet(), merged_lines())
    turn = cv2.getRotationMatrix2D((650, 450), degrees, 1.0)
    picture = np.asarray(
        cv2.warpAffine(picture, turn, (1300, 900), borderValue=(250, 250, 250)), np.uint8
    )
    (table,) = ruling.find(picture)
    assert spans(table) == MERGED


def test_a_pale_noisy_photo_with_a_desk_around_it() -> None:
    paper = filled(drawn(sheet(), merged_lines(), (176, 108, 80))).astype(np.float64)
    scene = np.full((1000, 1440, 3), (80.0, 70.0, 60.0))
    scene[50:950, 70:1370] = paper
    scene *= np.linspace(0.65, 1.0, 1440)[None, :, None]
    scene = np.asarray(cv2.GaussianBlur(scene, (0, 0), 1.0))
    scene += np.random.default_rng(6).normal(0, 4, scene.shape)
    (table,) = ruling.find(np.clip(scene, 0, 255).astype(np.uint8))
    assert spans(table) == MERGED


def test_open_sides() -> None:
    lines = [line for line in grid(XS, YS) if not (line[0] == line[2] and line[0] in (100, 1200))]
    (table,) = ruling.find(drawn(sheet(), lines))
    assert len(table.cells) == 16


def test_two_tables_top_to_bottom() -> None:
    lower = grid([200, 500, 900], [650, 740, 820])
    tables = ruling.find(drawn(sheet(), lower + grid(XS, YS)))
    assert [len(table.cells) for table in tables] == [16, 4]


def test_text_frames_underlines_and_codes_are_no_tables() -> None:
    picture = sheet()
    for row in range(12):
        cv2.putText(picture, "Some text EHTL without rules 123", (80, 80 + 65 * row), 0, 1.6, 0, 3)
    assert ruling.find(picture) == ()
    cv2.rectangle(picture, (20, 20), (1280, 880), (0, 0, 0), 3)
    assert ruling.find(picture) == ()
    lines = [(100, 100 + 60 * row, 1200, 100 + 60 * row) for row in range(10)]
    assert ruling.find(drawn(sheet(), lines)) == ()
    bars = [(x, 300, x, 480) for x in range(200, 700, 9)]
    assert ruling.find(drawn(sheet(), bars)) == ()
    noise = np.random.default_rng(0).integers(0, 255, (500, 700, 3), dtype=np.uint8)
    assert ruling.find(noise) == ()


def test_letters_that_touch_a_rule_add_no_cells() -> None:
    picture = drawn(sheet(), grid(XS, YS))
    for x in (140, 180, 350, 560):
        cv2.line(picture, (x, 200), (x, 250), (40, 40, 40), 3)
    (table,) = ruling.find(picture)
    assert len(table.cells) == 16


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((40, 9000, 3), np.uint8),
        np.full((600, 800, 3), 255, np.uint8),
    ],
)
def test_nothing_to_see(picture: Picture) -> None:
    assert ruling.find(picture) == ()


def test_grey_and_huge_pictures() -> None:
    picture = drawn(sheet(), grid(XS, YS))
    assert len(ruling.find(picture[..., 0])[0].cells) == 16
    huge = np.asarray(cv2.resize(picture, (7800, 5400)), np.uint8)
    assert len(ruling.find(huge)[0].cells) == 16


@settings(max_examples=25, deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(30, 90), st.integers(30, 90), st.just(3))))
def test_any_small_picture_is_safe(picture: Picture) -> None:
    for table in ruling.find(picture):
        assert len(table.cells) >= 2


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(45, 200), min_size=1, max_size=5),
    st.lists(st.integers(40, 120), min_size=2, max_size=5),
)
def test_every_grid_comes_back(widths: list[int], heights: list[int]) -> None:
    xs = [60, *(60 + int(x) for x in np.cumsum([max(250, widths[0]), *widths[1:]]))]
    ys = [50, *(50 + int(y) for y in np.cumsum(heights))]
    (table,) = ruling.find(drawn(sheet(), grid(xs, ys)))
    assert len(table.cells) == (len(xs) - 1) * (len(ys) - 1)


def test_a_real_ruled_table(real_docs: Path) -> None:
    bgr = cv2.imread(str(real_docs / "table" / "zh_textin_products.jpg"))
    assert bgr is not None
    (table,) = ruling.find(np.asarray(bgr[..., ::-1], np.uint8))
    assert max(cell.column + cell.columns for cell in table.cells) == 2
    assert (0, 0, 1, 2) in spans(table)


def test_every_rule_is_told_with_its_place() -> None:
    picture = drawn(sheet(), [(100, 200, 1200, 200), (300, 600, 800, 600), (640, 300, 640, 500)])
    tables, rules = ruling.look(picture)
    assert tables == ()
    places = [(rule.upright, *(round(edge, 2) for edge in rule.box)) for rule in rules]
    assert places == [
        (False, 0.08, 0.22, 0.92, 0.22),
        (True, 0.49, 0.33, 0.49, 0.56),
        (False, 0.23, 0.67, 0.62, 0.67),
    ]


def dotted(picture: Picture, lines: Lines) -> Picture:
    for x0, y0, x1, y1 in lines:
        for at in range(x0 + y0, x1 + y1, 7):
            x, y = (at - y0, y0) if y0 == y1 else (x0, at - x0)
            end = (x + 3, y) if y0 == y1 else (x, y + 3)
            cv2.line(picture, (x, y), end, (60, 60, 60), 1)
    return picture


def test_a_dotted_grid() -> None:
    (table,) = ruling.find(filled(dotted(sheet(), grid(XS, YS))))
    assert spans(table) == {(row, column, 1, 1) for row in range(4) for column in range(4)}


def test_rows_of_letters_are_no_dotted_rules() -> None:
    picture = sheet()
    for y in range(100, 800, 40):
        cv2.putText(picture, "minimum illumination inn " * 3, (60, y), 0, 0.6, (20, 20, 20), 1)
    assert not [rule for rule in ruling.look(picture)[1] if rule.box.width > 0.15]


def test_the_ground_around_light_letters_is_no_rule() -> None:
    picture = drawn(sheet(), grid(XS, YS))
    picture[122:199, 102:1199] = (60, 150, 245)
    for x in XS[:-1]:
        cv2.putText(picture, "2007 2008", (x + 20, 172), 0, 0.9, (255, 255, 255), 3)
    drawn(picture, [(x, 120, x, 200) for x in XS])
    (table,) = ruling.find(picture)
    assert spans(table) == {(row, column, 1, 1) for row in range(4) for column in range(4)}
