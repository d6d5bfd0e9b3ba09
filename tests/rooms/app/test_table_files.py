"""`yuepi read --tables`: every table as files of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.rooms.app.scripted import Script, file_read, invoice
from yuepi.documents.contents import Table
from yuepi.documents.tables.grid import Grid, GridCell, table_of
from yuepi.kit.boxes import Box


def table(text: str) -> Table:
    return table_of(2, Grid(Box(0, 0, 1, 1), (GridCell(0, 0, 1, 1, text),), ruled=True))


def test_every_table_becomes_four_files(
    yuepi: Any, script: Script, photo: Path, tmp_path: Path
) -> None:
    reading = invoice(tables=(table("12.50"), table("=1+1")))
    script.readings["a.jpg"] = file_read(photo, reading)
    folder = tmp_path / "made" / "tables"
    said = yuepi("read", photo, "--tables", folder, "--json")
    assert said.code == 0
    assert len(said.json["files"][0]["readings"][0]["tables"]) == 2
    assert sorted(path.name for path in folder.iterdir()) == [
        f"a-p2-t{number}.{form}" for number in (1, 2) for form in ("csv", "html", "json", "xlsx")
    ]
    assert (folder / "a-p2-t2.csv").read_text(encoding="utf-8-sig") == "'=1+1\n"


def test_a_name_leads_nowhere_else(yuepi: Any, script: Script, photo: Path, tmp_path: Path) -> None:
    reading = invoice(tables=(table("1"),))
    script.readings["a.jpg"] = file_read(Path("../..\\x/..\x1b..jpg"), reading)
    folder = tmp_path / "tables"
    assert yuepi("read", photo, "--tables", folder).code == 0
    assert len(list(folder.iterdir())) == 4
    assert {path.parent for path in folder.iterdir()} == {folder}
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".csv"]


def test_a_file_instead_of_a_folder_is_told_before_reading(
    yuepi: Any, script: Script, photo: Path
) -> None:
    said = yuepi("read", photo, "--tables", photo)
    assert said.code == 2
    assert "folder" in said.err
