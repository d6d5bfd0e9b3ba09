"""The measure of tables: by hand for small ones."""

from __future__ import annotations

import pytest

from benchmarks.tables import likest
from benchmarks.teds import teds
from yuepi.documents.tables.grid import Grid, GridCell, table_of
from yuepi.kit.boxes import Box

WIDE = '<td colspan="2">a</td>'
ONE = "<table><tr><td>a</td><td>b</td></tr></table>"


@pytest.mark.parametrize(
    ("found", "wanted", "score"),
    [
        (ONE, ONE, 1.0),
        ("<table><tr><td> <b>a</b> </td><td>b</td></tr></table>", ONE, 1.0),
        ("<table><tr><th>a</th><td>b</td></tr></table>", ONE, 1.0),
        # One cell of four nodes is another text; half of a text is half a cell.
        ("<table><tr><td>a</td><td>x</td></tr></table>", ONE, 0.75),
        ("<table><tr><td>ab</td></tr></table>", "<table><tr><td>ax</td></tr></table>", 1 - 0.5 / 3),
        ("<table><tr><td>a</td></tr></table>", ONE, 0.75),
        (f"<table><tr>{WIDE}</tr></table>", "<table><tr><td>a</td></tr></table>", 2 / 3),
        ("<table></table>", ONE, 0.0),
        ("", "", 1.0),
    ],
)  # fmt: skip
def test_teds(found: str, wanted: str, score: float) -> None:
    assert teds(found, wanted) == pytest.approx(score)


def test_head_and_body_count_only_if_asked() -> None:
    parts = "<table><thead><tr><td>a</td></tr></thead><tbody><tr><td>b</td></tr></tbody></table>"
    flat = "<table><tr><td>a</td></tr><tr><td>b</td></tr></table>"
    assert teds(flat, parts) == pytest.approx(1 - 2 / 7)
    assert teds(flat, parts, parts=False) == 1.0


def test_the_table_with_most_texts_in_common_is_compared() -> None:
    tables = [
        table_of(1, Grid(Box(0, 0, 1, 1), (GridCell(0, 0, 1, 1, text),), ruled=True))
        for text in ("x", "a")
    ]
    assert likest(tables, ONE) is tables[1]
    assert likest([], ONE) is None
