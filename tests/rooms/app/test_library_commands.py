"""`yuepi add|search|index|export` on a folder, without a server: what programs and people see."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.resources.shelf_reader import PlainReader, line_box
from yuepi.app.wiring import Wiring
from yuepi.kit.boxes import Box

FILLER = "\n".join(f"Further terms, paragraph {at}: as agreed between both." for at in range(8))
CONTRACT = f"采购合同\n甲方：北京蓝天科技有限公司\n合同编号：HT-2026-0117\n{FILLER}"
LETTER = f"Dear Ms Meadow\nthe delivery of the turbine is late\n{FILLER}"


class Desk:
    """A data folder, and the command line on it."""

    def __init__(self, folder: Path, yuepi: Callable[..., Any]) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        (self.data / "yuepi.toml").write_text('[library]\nembedder = ""\n')
        self.files = folder / "files"
        self.files.mkdir()
        self.reader = PlainReader()
        self._yuepi = yuepi

    def __call__(self, *arguments: object) -> Any:
        wiring = Wiring(shelf_reader=lambda _: self.reader)
        return self._yuepi(*arguments, "--data", self.data, wiring=wiring)

    def file(self, name: str, text: str) -> Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


@pytest.fixture
def desk(tmp_path: Path, yuepi: Callable[..., Any]) -> Desk:
    return Desk(tmp_path, yuepi)


def test_what_was_added_is_found_with_file_page_and_box(desk: Desk) -> None:
    desk.file("contract.txt", CONTRACT)
    desk.file("letters/late.txt", LETTER)
    told = desk("add", desk.files, "--json", "--tag", "2026")
    assert told.code == 0, told.err
    assert [(each["file"], each["outcome"], each["state"]) for each in told.json["files"]] == [
        ("contract.txt", "new", "done"),
        ("letters/late.txt", "new", "done"),
    ]
    assert told.json["waiting"] == 0
    found = desk("search", "HT-2026-0117", "--json")
    assert found.code == 0, found.err
    assert next(iter(found.json)) == "hits"
    hit = found.json["hits"][0]
    assert (hit["file"], hit["page"]) == ("contract.txt", 1)
    assert {"document", "box", "score", "text"} <= set(hit)
    assert "HT-2026-0117" in hit["text"]
    assert Box(*hit["box"]).holds(line_box(2).centre)
    assert desk("search", "turbine delivery", "--json").json["hits"][0]["file"] == "late.txt"


def test_search_reads_what_was_only_added(desk: Desk) -> None:
    told = desk("add", desk.file("a.txt", LETTER), "--no-wait")
    assert told.code == 0, told.err
    assert desk.reader.read == []
    assert "Workers read" in told.out
    assert desk("search", "turbine").code == 0
    assert desk.reader.read == ["a.txt"]


def test_nothing_found_is_1_and_a_question_of_nothing_is_2(desk: Desk) -> None:
    told = desk("search", "anything", "--json")
    assert (told.code, told.json["hits"]) == (1, [])
    assert desk("search", "  ").code == 2


def test_people_see_a_table_with_the_page_and_the_words(desk: Desk) -> None:
    desk("add", desk.file("a.txt", LETTER))
    told = desk("search", "turbine")
    assert told.code == 0
    for word in ("a.txt", "Page", "turbine"):
        assert word in told.out


def test_the_same_again_is_told_and_other_bytes_are_a_version(desk: Desk) -> None:
    file = desk.file("a.txt", LETTER)
    desk("add", file)
    again = desk("add", file, "--json")
    assert [(each["outcome"], each["number"]) for each in again.json["files"]] == [("same", 1)]
    file.write_text(CONTRACT)
    newer = desk("add", file, "--json")
    assert [(each["outcome"], each["number"]) for each in newer.json["files"]] == [("version", 2)]
    assert desk("search", "turbine").code == 1
    assert desk("search", "HT-2026-0117").code == 0


def test_a_file_that_cannot_be_read_is_told_and_spoils_no_other(desk: Desk) -> None:
    desk.file("bad.txt", f"UNREADABLE {FILLER}")
    desk.file("empty.pdf", "")
    desk.file("good.txt", LETTER)
    told = desk("add", desk.files, "--json")
    assert told.code == 1
    outcomes = {each["file"]: each["outcome"] for each in told.json["files"]}
    assert outcomes == {"bad.txt": "failed", "empty.pdf": "refused", "good.txt": "new"}
    problems = {each["file"]: each.get("problem") for each in told.json["files"]}
    assert problems["empty.pdf"]["code"] == "empty_file"
    assert problems["empty.pdf"]["remedy"]
    assert "damaged" in problems["bad.txt"]["message"]
    assert desk("search", "turbine").code == 0


def test_people_are_told_what_was_refused(desk: Desk) -> None:
    told = desk("add", desk.file("empty.pdf", ""))
    assert told.code == 1
    assert "empty.pdf" in told.err
    assert "refused" in told.out
    assert "everyone sees it" in told.out


def test_a_zip_is_unpacked(desk: Desk) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("in/a.txt", LETTER)
        archive.writestr("b.txt", CONTRACT)
    (desk.files / "many.zip").write_bytes(data.getvalue())
    told = desk("add", desk.files / "many.zip", "--json")
    assert told.code == 0, told.out
    assert sorted(each["outcome"] for each in told.json["files"]) == ["new", "new"]
    assert desk("search", "turbine").code == 0


def test_files_go_into_the_folder_that_was_named(desk: Desk) -> None:
    desk("add", desk.file("x/a.txt", LETTER).parent.parent, "--folder", "Letters/2026")
    hit = desk("search", "turbine", "--json").json["hits"][0]
    assert hit["folder"] == "Letters/2026/x"


def test_an_unknown_department_is_refused(desk: Desk) -> None:
    assert desk("add", desk.file("a.txt", LETTER), "--department", "nowhere").code == 2


def test_the_index_tells_how_it_is_and_is_made_anew(desk: Desk) -> None:
    desk("add", desk.file("a.txt", LETTER))
    told = desk("index", "status", "--json")
    assert (told.code, told.json["health"]) == (0, "fresh")
    assert told.json["chunks"] > 0
    assert desk("index", "rebuild").code == 0
    assert desk("search", "turbine").code == 0


def test_a_document_becomes_a_file(desk: Desk, tmp_path: Path) -> None:
    added = desk("add", desk.file("a.txt", LETTER), "--json").json["files"][0]["document"]
    into = tmp_path / "a.json"
    told = desk("export", added, "reading.json", "-o", into)
    assert told.code == 0, told.err
    assert json.loads(into.read_text())["document"]["name"] == "a.txt"
    into = tmp_path / "a.pdf"
    assert desk("export", added, "searchable.pdf", "-o", into).code == 0
    assert into.read_bytes().startswith(b"%PDF")
    assert desk("export", "doc_none", "reading.json", "-o", into).code == 1
    assert into.read_bytes().startswith(b"%PDF")
    assert list(tmp_path.glob(".yuepi-export*")) == []


def test_a_restored_backup_is_searched_without_reading_anew(
    desk: Desk, tmp_path: Path, yuepi: Callable[..., Any]
) -> None:
    desk.reader = PlainReader(pictures=True)
    added = desk("add", desk.file("a.txt", LETTER), "--json").json["files"][0]["document"]
    archive = tmp_path / "all.tar"
    assert desk("backup", archive).code == 0
    (tmp_path / "new").mkdir()
    other = Desk(tmp_path / "new", yuepi)
    (other.data / "yuepi.toml").unlink()
    told = other("restore", archive)
    assert told.code == 0, told.err
    assert not (other.data / "index").exists()
    found = other("search", "turbine", "--json")
    assert (found.code, found.json["index"]) == (0, "fresh"), found.err
    assert other.reader.read == []
    # The picture of its page came along, too.
    into = tmp_path / "a.pdf"
    assert other("export", added, "searchable.pdf", "-o", into).code == 0


def test_files_that_differ_in_capitals_are_two_documents_and_told(
    desk: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    (folder / "Letter.txt").write_text(LETTER)
    (folder / "letter.txt").write_text(f"{LETTER}\nAnd once more.")
    told = desk("add", folder)
    assert told.code == 0, told.err
    assert "(2).txt" in told.err
    again = desk("add", folder, "--json").json["files"]
    assert [each["outcome"] for each in again] == ["same", "same"]
    assert len({each["document"] for each in again}) == 2
    assert {each["name"] for each in again} in (
        {"Letter.txt", "letter (2).txt"},
        {"letter.txt", "Letter (2).txt"},
    )
