"""The tables of a document as one file. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from yuepi.documents.contents import Table
from yuepi.documents.reading import FileReading
from yuepi.documents.table_export import csv_of, workbook

TABLES_MAX: Final = 200
"""Sheets that a spreadsheet program still shows in a way that people can use."""
CELLS_MAX: Final = 500_000


def tables_of(files: Sequence[FileReading]) -> list[tuple[str, Table]]:
    """The tables with their names (page and number on it), in order, up to the limits."""
    found: list[tuple[str, Table]] = []
    seen: dict[tuple[int, int], int] = {}
    cells = 0
    for file_at, file in enumerate(files):
        for table in (each for reading in file.readings for each in reading.tables):
            cells += sum(len(row) for row in table.rows)
            if len(found) == TABLES_MAX or cells > CELLS_MAX:
                return found
            number = seen[file_at, table.page] = seen.get((file_at, table.page), 0) + 1
            prefix = f"{file_at + 1}-" if len(files) > 1 else ""
            found.append((f"{prefix}p{table.page}-t{number}", table))
    return found


def tables_xlsx(files: Sequence[FileReading]) -> bytes:
    """A sheet for each table; an empty one where there is none."""
    return workbook(tables_of(files))


def tables_csv(files: Sequence[FileReading]) -> bytes:
    """One table after the other, each behind its name, an empty row between them."""
    return csv_of(_rows(files))


def _rows(files: Sequence[FileReading]) -> Iterator[Sequence[str]]:
    tables = tables_of(files)
    for number, (name, table) in enumerate(tables):
        if number:
            yield ()
        if len(tables) > 1:
            yield (name,)
        yield from table.rows
