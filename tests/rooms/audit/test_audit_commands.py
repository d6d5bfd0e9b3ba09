"""`yuepi audit`: exit codes, what is said, and what is said when roots are not at hand."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.resources.databases import migrated_sqlite
from tests.rooms.audit.record_desk import RecordDesk, entry
from yuepi.app.cli import main
from yuepi.app.commands.audit import _FOUND
from yuepi.audit.links import Kind
from yuepi.audit.record import append
from yuepi.kit.database import open_database


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with nine entries and two roots."""
    folder = tmp_path / "desk"

    async def write() -> None:
        url = migrated_sqlite(folder / "yuepi.db")
        database = open_database(url)
        desk = RecordDesk(database)
        for _ in range(2):
            await desk.write(4)
            await desk.sign()
        async with database.writing() as transaction:
            odd = {"note": "a\nb\x1b[2J", "amount": "12.50"}
            await append(transaction, [entry(8, subject="clm_8", actor="system", detail=odd)])
        await database.close()

    asyncio.run(write())
    return folder


Run = Callable[..., Said]


@pytest.fixture
def audit(data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("YUEPI_LANG", "en")

    def run(*arguments: object) -> Said:
        code = main(["audit", *(str(each) for each in arguments), "--data", str(data)])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


def tamper(data: Path, *statements: str) -> None:
    connection = sqlite3.connect(data / "yuepi.db")
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for statement in (*(f"DROP TRIGGER {name}" for (name,) in names), *statements):
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_whole_record_is_0_and_says_what_was_not_compared(audit: Run, tmp_path: Path) -> None:
    said = audit("verify")
    assert said.code == 0
    assert "The record is whole: 9 entries, 2 signed roots" in said.out
    assert "Not compared with exported roots" in said.err
    roots = tmp_path / "roots"
    assert audit("roots", "--out", roots).code == 0
    said = audit("verify", "--against", roots)
    assert said.code == 0
    assert "2 exported roots prove the first 8 entries" in said.err
    told = audit("verify", "--json", "--against", roots).json
    assert (told["whole"], told["compared"], told["proved_upto"]) == (True, True, 8)


def test_what_was_found_is_1_and_named(audit: Run, data: Path, tmp_path: Path) -> None:
    roots = tmp_path / "roots"
    audit("roots", "--out", roots)
    tamper(
        data,
        "UPDATE audit_entries SET actor = 'usr_9' WHERE seq = 3",
        "DELETE FROM audit_entries WHERE seq = 5",
        "DELETE FROM audit_roots",
    )
    said = audit("verify", "--against", roots)
    assert said.code == 1
    assert "entry 3 was edited" in said.out
    assert "entries 5 to 5 are missing" in said.out
    assert "history was rewritten" in said.out
    assert "whole" not in said.out
    told = audit("verify", "--json").json
    assert told["whole"] is False
    assert [(each["kind"], each["seq"]) for each in told["findings"]] == [
        ("edited", 3), ("missing", 5),
    ]  # fmt: skip
    assert audit("verify", "--lang", "zh").out.startswith("记录 3 被改动")


def test_wrong_use_is_2_and_a_missing_database_is_not_a_whole_one(
    audit: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit("verify", "--against", tmp_path / "none").code == 2
    (tmp_path / "odd").write_text("hello\n")
    assert "line 1 is no signed root" in audit("verify", "--against", tmp_path / "odd").err
    assert audit("verify", "--key", "abc").code == 2
    for command in ("verify", "roots", "show"):
        assert main(["audit", command, "--data", str(tmp_path / "elsewhere")]) == 2
    assert "there is no database" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere").exists()


def test_a_database_that_is_none_is_3(audit: Run, data: Path) -> None:
    (data / "yuepi.db").write_bytes(b"this is no database, however long one looks at it" * 100)
    assert audit("verify").code == 3


def test_another_key_is_found_when_keys_are_given(audit: Run) -> None:
    told = audit("roots", "--json").json
    (key,) = told["keys"]
    assert [root["size"] for root in told["roots"]] == [4, 8]
    assert audit("verify", "--key", key.upper()).code == 0
    assert audit("verify", "--key", "ab" * 32, "--key", key).code == 0
    said = audit("verify", "--key", "ab" * 32)
    assert said.code == 1
    assert "signed by a key that is not known" in said.out
    assert key in audit("roots").out


def test_new_roots_are_added_to_the_file(audit: Run, tmp_path: Path) -> None:
    roots = tmp_path / "roots"
    assert audit("roots", "--out", roots, "--json").json["added"] == 2
    assert audit("roots", "--out", roots, "--json").json["added"] == 0
    assert len(roots.read_text().splitlines()) == 2


def test_entries_are_shown_by_what_they_tell_of(audit: Run) -> None:
    told = audit("show", "--subject", "clm_1", "--json").json["entries"]
    assert [(one["seq"], one["subject"]) for one in told] == [(2, "clm_1")]
    assert told[0]["detail"] == {"amount": "12.50", "number": 1, "名": "阅批"}
    said = audit("show", "--actor", "system")
    assert "claim.submitted  system  clm_8" in said.out
    assert "\x1b" not in said.out
    assert [one["seq"] for one in audit("show", "--limit", 2, "--json").json["entries"]] == [8, 9]
    assert "No such entries" in audit("show", "--action", "x.y").err


def test_every_finding_has_words() -> None:
    assert set(_FOUND) == set(Kind.__args__)  # type: ignore[attr-defined]
