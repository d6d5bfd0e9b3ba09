"""A slip askew: labels meet the sums beside them, and evidence stays where it was seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.kinds.receipt import KIND
from yuepi.documents.layout.level import levelled
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

ROWS = (
    "NORTHWIND TRADING SDN BHD",
    "Date: 06/03/2018",
    "TEH O AIS\t14.59",
    "MILK BREAD\t33.69",
    "Sub Total\t48.28",
    "GST 6%\t2.90",
    "GRAND TOTAL\t51.18",
    "Cash\t60.00",
    "Change\t8.82",
)
STEP, HEIGHT = 0.03, 0.022


def slip(fall: float) -> View:
    lines = []
    for at, row in enumerate(ROWS):
        for cell, x in zip(row.split("\t"), (0.08, 0.8), strict=False):
            y = 0.1 + STEP * at + fall * (x + 0.004 * len(cell))
            lines.append(Line(cell, Box(x, y, x + 0.008 * len(cell), y + HEIGHT)))
    return View(page=1, source="layout", lines=tuple(lines), aspect=0.5)


@pytest.mark.parametrize("fall", [-0.024, -0.013, 0.0, 0.013, 0.024])
def test_the_sum_is_found_however_the_slip_lies(fall: float) -> None:
    # The first rows lie level enough to tell the slant of all.
    view = slip(fall * 0.5)
    found = {each.name: each for each in KIND.read(view).candidates}
    assert found["total"].value == "51.18"
    assert found["subtotal"].value == "48.28"
    line = next(line for line in view.lines if line.text == "51.18")
    box = found["total"].evidence.box
    assert box is not None
    assert box.y0 == pytest.approx(line.box.y0, abs=0.002)


def test_a_level_slip_and_one_that_tells_nothing_stay_as_they_are() -> None:
    assert levelled(slip(0.0))[0] == slip(0.0)
    short = slip(0.01).only(slip(0.01).lines[:3])
    assert levelled(short)[0] is short


@given(st.floats(-0.02, 0.02))
def test_levelling_keeps_every_line(fall: float) -> None:
    view = slip(fall)
    level, _ = levelled(view)
    assert [line.text for line in level.lines] == [line.text for line in view.lines]
    assert len(level.rows) <= len(view.rows)
