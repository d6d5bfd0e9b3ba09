"""Tables as files for other programs: CSV, XLSX, HTML, JSON. Pure: a table in, bytes out.

What a document says is never run by the program that opens it: a text that a spreadsheet would
take for a formula stays a text (OWASP, "CSV Injection"). A number becomes a number only where that
loses nothing: no leading zeros, no more digits than a spreadsheet keeps.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from html import escape
from typing import Any, Final, Literal

from yuepi.documents.contents import Table

TableForm = Literal["csv", "xlsx", "html", "json"]
MEDIA_TYPES: Final[dict[TableForm, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
}
_FORMULA: Final = re.compile(r"\s*[=+\-@＝＋－＠|%]|[\t\r\n]")
_PLAIN: Final = re.compile(r"[+\-]?\d[\d,]*(?:\.\d+)?\s*%?|[\-–—]+")
_NUMBER: Final = re.compile(
    r"(?P<sign>-?)(?P<whole>0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(?P<rest>\.\d+)?"
)
_DIGITS_MAX: Final = 15
"""Significant decimal digits that a spreadsheet's numbers (IEEE 754 doubles) always keep."""
_CELL_CHARACTERS_MAX: Final = 32_767
"""Of a cell in a spreadsheet (ECMA-376, limits of Excel)."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_WIDTH_MAX: Final = 60
_TITLE_CHARACTERS: Final = 31


def exported(table: Table, form: TableForm) -> bytes:
    """The table as the content of a file.

    CSV is UTF-8 with a byte order mark, as Excel wants it; programs that guess types still make
    numbers of long identifiers there, so XLSX is the form for spreadsheets.
    """
    return _WRITERS[form](table)


def workbook(tables: Sequence[tuple[str, Table]]) -> bytes:
    """All tables as one XLSX, a sheet each, named as they are here (31 characters count)."""
    from openpyxl import Workbook

    book: Any = Workbook()
    book.remove(book.active)
    for title, table in tables:
        sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", "_", _clean(title))[:_TITLE_CHARACTERS])
        _fill_sheet(sheet, table)
    if not tables:
        book.create_sheet()
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows of texts as CSV that a spreadsheet opens without running anything in it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_harmless(_clean(cell)) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")


def _csv(table: Table) -> bytes:
    return csv_of(table.rows)


def _harmless(text: str) -> str:
    """A text that begins like a formula gets an apostrophe, which spreadsheets take for "text"."""
    return f"'{text}" if _FORMULA.match(text) and not _PLAIN.fullmatch(text) else text


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)


def _json(table: Table) -> bytes:
    return table.model_dump_json(indent=1).encode("utf-8")


def _html(table: Table) -> bytes:
    """A page of its own. The table's own HTML has its texts escaped."""
    title = escape(f"{table.page}")
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        f"<title>{title}</title>"
        "<style>table{border-collapse:collapse}td{border:1px solid #999;padding:2px 6px}"
        "thead td{font-weight:bold}</style></head>"
        f"<body>{table.html}</body></html>"
    ).encode()


def _xlsx(table: Table) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet: Any = book.active
    sheet.title = f"page {table.page}"
    _fill_sheet(sheet, table)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _fill_sheet(sheet: Any, table: Table) -> None:
    from openpyxl.styles import Alignment, Font

    for number, row in enumerate(table.rows, 1):
        for column, text in enumerate(row, 1):
            if text:
                cell = sheet.cell(number, column)
                _fill(cell, _clean(text)[:_CELL_CHARACTERS_MAX])
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                if number <= table.head_rows:
                    cell.font = Font(bold=True)
    for top, left, rows, columns in table.merged:
        sheet.merge_cells(
            start_row=top + 1, start_column=left + 1, end_row=top + rows, end_column=left + columns
        )
    _widen(sheet, table)
    if table.head_rows:
        sheet.freeze_panes = sheet.cell(table.head_rows + 1, 1)


def _fill(cell: Any, text: str) -> None:
    """The value with its type said: nothing is left for the library or Excel to guess."""
    number = lossless(text)
    if number is not None:
        cell.value = number[0]
        cell.number_format = number[1]
        return
    cell.value = text
    cell.data_type = "s"
    # Stays a text after somebody edits the cell, too.
    cell.quotePrefix = bool(_FORMULA.match(text))


def lossless(text: str) -> tuple[int | float, str] | None:
    """The number a text is and the format that shows it the same again; None where a spreadsheet
    would change it."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    plain = text.strip().replace(",", "")
    if sum(character.isdigit() for character in plain) > _DIGITS_MAX or plain in ("-0",):
        return None
    decimals = len(match["rest"]) - 1 if match["rest"] else 0
    shape = ("#,##0" if "," in match["whole"] else "0") + ("." + "0" * decimals if decimals else "")
    if not decimals:
        return int(plain), shape
    value = float(plain)
    return (value, shape) if Decimal(repr(value)) == Decimal(plain) else None


def _widen(sheet: Any, table: Table) -> None:
    from openpyxl.utils import get_column_letter

    wide = {(top, left) for top, left, _, columns in table.merged if columns > 1}
    for column in range(len(table.rows[0]) if table.rows else 0):
        longest = max(
            (
                sum(2 if ord(c) > 0x2E7F else 1 for c in row[column])
                for number, row in enumerate(table.rows)
                if (number, column) not in wide
            ),
            default=0,
        )
        sheet.column_dimensions[get_column_letter(column + 1)].width = min(
            _WIDTH_MAX, max(8, longest + 2)
        )


_WRITERS: Final[dict[TableForm, Callable[[Table], bytes]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "html": _html,
    "json": _json,
}
