"""`yuepi admin user|department|link` on a data folder, and who may ask models at the door."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import yuepi.app.cli_people  # noqa: F401 - hangs its commands below `admin`
from yuepi.access.key import Key, for_models
from yuepi.access.principal import MissingRight
from yuepi.app.cli import main

PASSWORD = "three blind mice"
Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `yuepi admin …` and gives its exit code and what it printed as JSON."""

    def ran(*arguments: str, typed: str = "") -> tuple[int, Any]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed + "\n"))
        code = main(["admin", *arguments, "--json", "--data", str(tmp_path / "desk")])
        out, err = capsys.readouterr()
        assert PASSWORD not in out + err
        return code, json.loads(out)

    return ran


def test_accounts_on_the_command_line(run: Run, tmp_path: Path) -> None:
    code, sales = run("department", "add", "销售")
    assert code == 0
    assert run("department", "add", "华北", "--parent", "销售")[1]["parent"] == sales["id"]
    listed = run("department", "list")[1]["departments"]
    assert [one["parent"] for one in listed].count(None) == 1
    options = ("--department", "销售", "--role", "reviewer", "--role", "submitter")
    code, anna = run("user", "add", "anna", *options, "--password-stdin", typed=PASSWORD)
    assert (code, anna["department"]) == (0, sales["id"])
    assert anna["roles"] == ["reviewer", "submitter"]
    assert run("user", "add", "ANNA", "--no-password")[1]["error"]["code"] == "login_taken"
    assert run("user", "add", "erp", "--no-password", "--role", "service")[0] == 0
    wrong = run("user", "add", "x", "--department", "nowhere", "--no-password")
    assert wrong[1]["error"]["code"] == "unknown_department"
    assert run("user", "password", "anna", typed="1234567890")[1]["error"]["code"] == (
        "weak_password"
    )
    assert run("user", "password", "Anna", typed="correct zebra battery")[0] == 0
    assert run("user", "disable", "anna")[1]["disabled"] is True
    assert run("user", "disable", "anna", "--undo")[1]["disabled"] is False
    assert run("user", "disable", "nobody")[1]["error"]["code"] == "unknown_login"
    users = run("user", "list")[1]["users"]
    assert [user["login"] for user in users] == ["anna", "erp"]
    with sqlite3.connect(tmp_path / "desk" / "yuepi.db") as database:
        kept = [row[0] or "" for row in database.execute("SELECT password_hash FROM users")]
    assert sorted(each[:10] for each in kept) == ["", "$argon2id$"]


def test_a_link_while_nobody_administers(run: Run) -> None:
    code, told = run("link")
    assert code == 0
    assert told["link"].startswith("http://127.0.0.1:8000/setup#")
    run("user", "add", "boss", "--role", "admin", typed=PASSWORD)
    code, told = run("link")
    assert (code, told["error"]["code"]) == (2, "admin_exists")
    assert run("user", "disable", "boss")[1]["error"]["code"] == "last_admin"


def test_only_keys_with_that_scope_ask_models() -> None:
    key = Key("key_1", "erp")
    assert for_models(key) is key
    with pytest.raises(MissingRight) as caught:
        for_models(Key("key_2", "erp", user_id="usr_1", scopes=("claims:read",)))
    assert (caught.value.http_status, caught.value.code) == (403, "missing_right")
