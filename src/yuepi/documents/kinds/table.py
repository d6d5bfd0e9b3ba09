"""A page that is mostly a table: a price list, a statistic, a schedule. Never a voucher."""

from __future__ import annotations

import re
from typing import Final

from yuepi.documents.contents import Table
from yuepi.documents.fields import Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.view import View
from yuepi.documents.tables import find_tables
from yuepi.documents.tables.nature import has_figures, is_grown
from yuepi.kit.boxes import Box

_LIKENESS_MAX: Final = 0.64
"""Below the kinds that know words of their own: an invoice with a table is an invoice."""
_LIKENESS_OF_FIGURES: Final = 0.69
"""Columns of figures: more than a form can be sure of, less than a paper with its own words."""
_SHARE_MIN: Final = 0.6
"""Of the page's characters that stand in its tables."""
_CELLS_MIN: Final = 8
_OTHER_PAPER: Final = re.compile(
    r"发票|收据|小票|价税合计|收银|车票|行程单|身份证|护照|营业执照|合同编号|甲方|签字|签名|盖章"
    r"|送货|收货|入住|航班|订单号|invoice|receipt|signature|passport|subtotal|amountdue|pleasepay|cashier",
    re.IGNORECASE,
)
_DRAWN_AREA_MIN: Final = 0.002
"""Of the page; specks between letters are smaller."""
_FRAME_SHARE_MIN: Final = 0.8
_CAPTION_EMS: Final = 4.0
_CAPTION: Final = re.compile(
    r"^\s*(?:(?:table|tab\.|exhibit)\s*[\dIVX]|续?表\s*[\d一二三四五六七八九十])", re.I
)


def _likeness(view: View) -> float:
    if len(view.lines) < _CELLS_MIN or _OTHER_PAPER.search(view.squeezed):
        return 0.0
    tables = [table for table in find_tables(view) if is_grown(table) and _is_meant(table, view)]
    if not tables:
        return 0.0
    inside = sum(
        len(line.text)
        for line in view.lines
        if any(table.box.holds(line.box.centre) for table in tables)
    )
    share = inside / max(1, sum(len(line.text) for line in view.lines))
    if share < _SHARE_MIN:
        return 0.0
    # Where bars or slices may be drawn, figures in rows and columns may be a chart's.
    if not _is_drawn_on(view) and any(has_figures(table) for table in tables):
        return _LIKENESS_OF_FIGURES
    return min(_LIKENESS_MAX, 0.5 + 0.14 * share)


def _is_drawn_on(view: View) -> bool:
    return any(
        mark.shape == "stroke" or (mark.shape == "area" and mark.box.area >= _DRAWN_AREA_MIN)
        for mark in view.marks
    )


def _is_meant(table: Table, view: View) -> bool:
    """Whether somebody made it a table: with rules or with more than two columns. Names and prices
    side by side are a menu as well."""
    if table.ruled or len(table.rows[0]) > 2:
        return True
    reach = _CAPTION_EMS / 2 * view.line_height
    wide = [
        rule.box.centre[1]
        for rule in view.rules
        if not rule.upright and rule.box.width >= _FRAME_SHARE_MIN * table.box.width
    ]
    edges = (table.box.y0, table.box.y1)
    return all(any(abs(y - edge) < reach for y in wide) for edge in edges)


def _read(view: View) -> Draft:
    tables = find_tables(view)
    if not tables:
        return Draft()
    largest = max(tables, key=lambda table: table.box.area)
    candidates = [
        view.candidate("rows_count", str(len(largest.rows)), largest.box, "", firm=False),
        view.candidate("columns_count", str(len(largest.rows[0])), largest.box, "", firm=False),
    ]
    if (title := _title(view, largest.box)) is not None:
        candidates.append(view.candidate("title", title[0], title[1], title[0], firm=False))
    return Draft(tuple(candidates), tables=tables)


def _title(view: View, table: Box) -> tuple[str, Box] | None:
    """The row of text right above the table, or below it where that says to be its caption."""
    reach = _CAPTION_EMS * view.line_height
    above = [row for row in view.rows if table.y0 - reach < row.box.centre[1] < table.y0]
    below = [row for row in view.rows if table.y1 < row.box.centre[1] < table.y1 + reach]
    near = [row for row in (*above, *below) if _CAPTION.match(row.text)] or above[-1:]
    return (near[0].text.replace("\t", " "), near[0].box) if near else None


KIND = Kind(
    name="table",
    title_zh="表格",
    title_en="Table",
    fields=("title", "rows_count", "columns_count"),
    decisive=(),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    labels={
        "title": ("标题", "Title"),
        "rows_count": ("行数", "Rows"),
        "columns_count": ("列数", "Columns"),
    },
    meanings={
        "rows_count": "how many rows the largest table has, its head included",
        "columns_count": "how many columns the largest table has",
    },
)
