"""Tables and readings as files: nothing runs in a spreadsheet, nothing personal without asking."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.resources.made_shelf import made_document
from yuepi.documents.contents import Table
from yuepi.documents.reading import Evidence, Field, FileReading, Item, Reading
from yuepi.kit.blobs import open_blobs
from yuepi.kit.boxes import Box
from yuepi.library.document import NotOnShelf, Version
from yuepi.library.exporting.exporter import Exporter, ExportForm
from yuepi.library.exporting.readings import HEAD, reading_csv, reading_json
from yuepi.library.exporting.searchable import NotExported
from yuepi.library.exporting.tables import TABLES_MAX, tables_csv, tables_of, tables_xlsx
from yuepi.library.papers import ReadDocument
from yuepi.library.scope import EVERYTHING, Scope

ID_NUMBER = "11010519491231002X"
BOX = Box(0.1, 0.2, 0.3, 0.4)
ROWS = (("名称", "金额"), ("=HYPERLINK(1)", "1,200.50"), ("@SUM", "0012"))


def table(page: int = 1, rows: Any = ROWS) -> Table:
    return Table(page=page, box=BOX, rows=rows, html="<table></table>", head_rows=1)


def reading(kind: str = "other", **more: Any) -> Reading:
    given: dict[str, Any] = {"kind_confidence": 1.0, "page": 1, "quality": "clean", "fields": {}}
    return Reading(kind=kind, **{**given, **more})


def field(value: str, text: str = "") -> Field:
    seen = Evidence(page=2, box=BOX, source="layout", text=text or value)
    return Field(
        value=value, status="single", confidence=0.875, sources=("layout",), evidence=(seen,)
    )


def file(*readings: Reading, name: str = "a.pdf") -> FileReading:
    return FileReading(file=name, sha256="0" * 64, pages=2, original=True, readings=readings)


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_one_table_as_csv_is_that_table_with_formulas_disarmed() -> None:
    assert rows_of(tables_csv([file(reading(tables=(table(),)))])) == [
        ["名称", "金额"],
        ["'=HYPERLINK(1)", "1,200.50"],
        ["'@SUM", "0012"],
    ]


def test_several_tables_stand_behind_their_names() -> None:
    told = rows_of(tables_csv([file(reading(tables=(table(), table(), table(3))))]))
    assert [row[0] for row in told if len(row) == 1] == ["p1-t1", "p1-t2", "p3-t1"]
    assert told.count([]) == 2


def test_a_workbook_has_a_sheet_for_each_table_and_texts_stay_texts() -> None:
    book = load_workbook(io.BytesIO(tables_xlsx([file(reading(tables=(table(), table(2))))])))
    assert book.sheetnames == ["p1-t1", "p2-t1"]
    sheet = book["p1-t1"]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=HYPERLINK(1)", "s")
    assert (sheet["B2"].value, sheet["B3"].value) == (1200.5, "0012")


def test_without_tables_there_is_an_empty_sheet_and_an_empty_csv() -> None:
    assert len(load_workbook(io.BytesIO(tables_xlsx([file(reading())]))).sheetnames) == 1
    assert rows_of(tables_csv([file(reading())])) == []


def test_tables_beyond_the_limit_are_left_out() -> None:
    many = [file(reading(tables=tuple(table(page) for page in range(1, TABLES_MAX + 9))))]
    assert len(tables_of(many)) == TABLES_MAX


def test_a_reading_as_csv_has_a_row_for_each_value() -> None:
    read = reading(fields={"total": field("12.00")}, items=(Item(name="=cmd", amount="3.00"),))
    head, *told = rows_of(reading_csv([file(read)]))
    assert tuple(head) == HEAD
    assert told[0] == [
        "a.pdf", "1", "1", "other", "total", "12.00", "single", "0.8750", "layout",
        "2", "0.1000", "0.2000", "0.3000", "0.4000", "12.00",
    ]  # fmt: skip
    assert [row[4:6] for row in told[1:]] == [["items.1.name", "'=cmd"], ["items.1.amount", "3.00"]]
    assert {len(row) for row in told} == {len(HEAD)}


def test_a_reading_as_json_is_what_the_api_tells() -> None:
    told = json.loads(reading_json(made_document(1), [file(reading(fields={"total": field("1")}))]))
    assert told["document"]["id"] == "doc_000001"
    assert told["files"][0]["readings"][0]["fields"]["total"]["value"] == "1"


class Papers:
    """Knows one document, within reach of everybody but a stranger."""

    def __init__(self, read: ReadDocument) -> None:
        self._read = read

    async def of(self, scope: Scope, document_id: str, number: int | None = None) -> ReadDocument:
        if scope.departments is not None or document_id != self._read.document.id:
            raise NotOnShelf(f"document {document_id!r}")
        return self._read


def card() -> FileReading:
    return file(reading("id_card", fields={"id_number": field(ID_NUMBER)}, text=ID_NUMBER))


def exporter(folder: Path, *files: FileReading, **changes: Any) -> Exporter:
    document = made_document(1, **changes)
    version = Version(
        id=document.version_id,
        document_id=document.id,
        number=1,
        name="合同 1.pdf",
        sha256="0" * 64,
        bytes=1,
        media="pdf",
        pages=1,
        added_by="usr_a",
        added_at=document.added_at,
    )
    papers: Any = Papers(ReadDocument(document, version, files))
    return Exporter(papers, open_blobs(folder / "blobs"))


Told = Callable[[Awaitable[Any]], Any]


@pytest.fixture
def told() -> Told:
    import asyncio

    def run(waited: Awaitable[Any]) -> Any:
        async def go() -> Any:
            return await waited

        return asyncio.run(go())

    return run


@pytest.mark.parametrize("form", ["reading.json", "reading.csv"])
def test_personal_data_is_told_in_part_unless_it_was_asked_for(
    tmp_path: Path, told: Told, form: ExportForm
) -> None:
    made = exporter(tmp_path, card())
    into = tmp_path / "x"
    told(made.export(EVERYTHING, "doc_000001", form, into))
    assert ID_NUMBER.encode() not in into.read_bytes()
    told(made.export(EVERYTHING, "doc_000001", form, into, reveal=True))
    assert ID_NUMBER.encode() in into.read_bytes()


def test_an_export_is_called_as_the_document(tmp_path: Path, told: Told) -> None:
    made = exporter(tmp_path, file(reading()))
    done = told(made.export(EVERYTHING, "doc_000001", "tables.xlsx", tmp_path / "x"))
    assert done.name == "合同 1.tables.xlsx"
    assert done.bytes == (tmp_path / "x").stat().st_size


def test_out_of_reach_is_not_there(tmp_path: Path, told: Told) -> None:
    made = exporter(tmp_path, card())
    with pytest.raises(NotOnShelf):
        told(made.export(Scope("usr_b", frozenset()), "doc_000001", "reading.json", tmp_path / "x"))
    assert not (tmp_path / "x").exists()


def test_what_was_not_read_yet_is_told_so(tmp_path: Path, told: Told) -> None:
    made = exporter(tmp_path, state="waiting")
    with pytest.raises(NotExported) as caught:
        told(made.export(EVERYTHING, "doc_000001", "reading.json", tmp_path / "x"))
    assert caught.value.code == "not_read"


def test_nothing_read_is_no_pdf(tmp_path: Path, told: Told) -> None:
    with pytest.raises(NotExported):
        told(
            exporter(tmp_path, file(reading())).export(
                EVERYTHING, "doc_000001", "searchable.pdf", tmp_path / "x"
            )
        )
