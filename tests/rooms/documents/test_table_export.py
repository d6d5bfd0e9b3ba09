"""Tables as files: nothing that a document says is run, and no digit changes."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuepi.documents.contents import Table
from yuepi.documents.table_export import MEDIA_TYPES, exported, lossless
from yuepi.documents.tables.grid import Grid, GridCell, table_of
from yuepi.kit.boxes import Box


def table(*rows: tuple[str, ...], head: int = 0) -> Table:
    cells = tuple(
        GridCell(r, c, 1, 1, text) for r, row in enumerate(rows) for c, text in enumerate(row)
    )
    return table_of(2, Grid(Box(0, 0, 1, 1), cells, ruled=True, head_rows=head))


def sheet(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content[3:].decode("utf-8"), newline="")))


def test_csv_keeps_the_texts() -> None:
    texts = (("名称", 'a "b", c'), ("-12.50", "007"))
    assert read_csv(exported(table(*texts), "csv")) == [list(row) for row in texts]


FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1+1", "|x", "%x"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_stays_a_text(text: str) -> None:
    ((cell,),) = read_csv(exported(table((text,)), "csv"))
    assert cell.startswith("'")
    cell = sheet(exported(table((text,)), "xlsx"))["A1"]
    assert cell.data_type == "s"
    assert cell.quotePrefix


@pytest.mark.parametrize("text", ["-12.50", "+3", "-", "–", "-5 %", "+1,234.5"])
def test_a_signed_number_needs_no_apostrophe(text: str) -> None:
    assert read_csv(exported(table((text,)), "csv")) == [[text]]


@pytest.mark.parametrize(
    ("text", "value", "shape"),
    [
        ("0", 0, "0"),
        ("12", 12, "0"),
        ("-12.50", -12.5, "0.00"),
        ("1,234,567", 1234567, "#,##0"),
        ("1,234.5", 1234.5, "#,##0.0"),
        ("0.10", 0.1, "0.00"),
        ("999999999999999", 999999999999999, "0"),
    ],
)
def test_numbers_that_lose_nothing(text: str, value: float, shape: str) -> None:
    assert lossless(text) == (value, shape)
    cell = sheet(exported(table((text,)), "xlsx"))["A1"]
    assert (cell.value, cell.number_format, cell.data_type) == (value, shape, "n")


@pytest.mark.parametrize(
    "text",
    ["007", "1234567890123456", "26117000001234567890", "1,23", "12,34.5", "5%", "1e5", "-0", ".5",
     "1.", "１２", "2024-01-02", "1 234", "", "--5"],
)  # fmt: skip
def test_what_a_spreadsheet_would_change_stays_a_text(text: str) -> None:
    assert lossless(text) is None
    if text:
        cell = sheet(exported(table((text,)), "xlsx"))["A1"]
        assert (cell.value, cell.data_type) == (text, "s")


@settings(deadline=None)
@given(st.decimals(-(10**14), 10**14, places=2).map(lambda value: f"{value:,}"))
def test_every_number_is_shown_as_it_was(text: str) -> None:
    found = lossless(text)
    if found is not None:
        value, shape = found
        assert f"{value:{',' if '#' in shape else ''}.2f}" == text


def test_merged_cells_stay_merged() -> None:
    cells = (
        GridCell(0, 0, 1, 2, "both"),
        GridCell(1, 0, 2, 1, "tall"),
        GridCell(1, 1, 1, 1, "1"),
        GridCell(2, 1, 1, 1, "2"),
    )
    content = exported(table_of(1, Grid(Box(0, 0, 1, 1), cells, ruled=True)), "xlsx")
    assert {str(each) for each in sheet(content).merged_cells.ranges} == {"A1:B1", "A2:A3"}


def test_html_is_escaped() -> None:
    content = exported(table(("<script>alert(1)</script>", "a & b")), "html").decode()
    assert "<script>" not in content
    assert "&lt;script&gt;" in content
    assert 'charset="utf-8"' in content


def test_json_is_the_table() -> None:
    given_table = table(("a", "b"), ("1", "2"), head=1)
    assert Table.model_validate(json.loads(exported(given_table, "json"))) == given_table


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), min_size=1, max_size=4))
def test_any_text_can_be_exported(rows: list[tuple[str, str]]) -> None:
    for form in MEDIA_TYPES:
        assert exported(table(*rows), form)
