"""The tables of what was read, saved as files for other programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

from yuepi.app.report.save import writable_folder
from yuepi.documents.contents import Table
from yuepi.documents.read import FileRead
from yuepi.documents.table_export import TableForm, exported

TABLES_MAX: Final = 500
"""Of one command; each becomes four files."""
_NAME_CHARACTERS_MAX: Final = 60
_FORMS: Final[tuple[TableForm, ...]] = get_args(TableForm)


def save_tables(folder: Path, files: Sequence[FileRead]) -> int:
    """Write every table as CSV, XLSX, HTML and JSON; answers how many tables were written, the
    first `TABLES_MAX` of them all.

    Named `FILE-pPAGE-tNUMBER`; files of the same names are replaced, others are left alone. Raises
    `BadUsage` where the folder cannot be written to.
    """
    writable_folder(folder)
    written = 0
    for at, file in enumerate(files, 1):
        prefix = f"{at}-" if len(files) > 1 else ""
        tables = [table for reading in file.reading.readings for table in reading.tables]
        for number, table in enumerate(tables[: TABLES_MAX - written], 1):
            _save(folder, f"{prefix}{_plain(file.reading.file)}-p{table.page}-t{number}", table)
            written += 1
    return written


def _save(folder: Path, name: str, table: Table) -> None:
    for form in _FORMS:
        (folder / f"{name}.{form}").write_bytes(exported(table, form))


def _plain(name: str) -> str:
    """The name of a file without its folder and with nothing in it that leads elsewhere."""
    stem = Path(name.replace("\\", "/")).stem
    return re.sub(r"[^\w\-]+", "_", stem)[:_NAME_CHARACTERS_MAX] or "file"
