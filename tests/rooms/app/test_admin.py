"""`yuepi admin key`: a key is shown once, its secret is nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "desk"


def test_a_key_is_made_in_a_folder_that_is_not_there_yet(yuepi: Any, data: Path) -> None:
    said = yuepi("admin", "key", "create", "erp", "--json", "--data", data)
    assert said.code == 0
    key = said.json["key"]
    assert key.startswith("yp-")
    assert len(key) == 46
    assert data.stat().st_mode & 0o777 == 0o700
    for file in data.rglob("*"):
        if file.is_file():
            assert key.encode() not in file.read_bytes(), file
            assert file.stat().st_mode & 0o077 == 0, file


def test_the_secret_alone_is_on_standard_output(yuepi: Any, data: Path) -> None:
    said = yuepi("admin", "key", "create", "erp", "--data", data)
    assert said.out.strip().startswith("yp-")
    assert len(said.out.split()) == 1
    assert "once" in said.err


def test_limits_are_listed_and_secrets_are_not(yuepi: Any, data: Path) -> None:
    limits = ("--rpm", 60, "--tpm", 10_000, "--budget", "12.50", "--expires", "2199-12-31")
    made = yuepi("admin", "key", "create", "erp", "--json", "--data", data, *limits).json
    (row,) = yuepi("admin", "key", "list", "--json", "--data", data).json["keys"]
    assert row["id"] == made["id"]
    assert (row["requests_per_minute"], row["tokens_per_minute"]) == (60, 10_000)
    assert (row["budget"], row["state"]) == ("12.50", "live")
    # A day without a zone is a day in China.
    assert row["expires_at"] == "2199-12-30T16:00:00+00:00"
    shown = yuepi("admin", "key", "list", "--data", data)
    assert "12.50 / month" in shown.out
    assert "expires 2199-12-31 00:00" in shown.out
    assert made["key"] not in shown.out + str(row)


def test_revoking_is_final(yuepi: Any, data: Path) -> None:
    yuepi("admin", "key", "create", "erp", "--data", data)
    assert yuepi("admin", "key", "revoke", "erp", "--data", data).code == 0
    (row,) = yuepi("admin", "key", "list", "--json", "--data", data).json["keys"]
    assert row["state"] == "revoked"
    assert yuepi("admin", "key", "revoke", "nobody", "--data", data).code == 2


@pytest.mark.parametrize(
    "options",
    [
        ("a/b",),
        ("erp", "--budget", "much"),
        ("erp", "--budget", "NaN"),
        ("erp", "--budget", "0"),
        ("erp", "--rpm", "0"),
        ("erp", "--expires", "1999-01-01"),
        ("erp", "--tenant", "A B"),
    ],
)
def test_what_makes_no_sense_is_refused(yuepi: Any, data: Path, options: tuple[str, ...]) -> None:
    said = yuepi("admin", "key", "create", *options, "--json", "--data", data)
    assert said.code == 2
    assert set(said.json["error"]) == {"code", "message", "remedy"}


def test_a_name_is_taken_once(yuepi: Any, data: Path) -> None:
    yuepi("admin", "key", "create", "erp", "--data", data)
    said = yuepi("admin", "key", "create", "erp", "--json", "--data", data)
    assert (said.code, said.json["error"]["code"]) == (2, "key_exists")


def test_a_folder_that_cannot_be_made_is_told(yuepi: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    said = yuepi("admin", "key", "list", "--data", tmp_path / "file" / "desk")
    assert said.code != 0
    assert "Traceback" not in said.err
    assert "desk" in said.err


def test_a_key_of_an_account_has_its_scopes_and_no_more_than_its_rights(
    yuepi: Any, data: Path
) -> None:
    yuepi("admin", "user", "add", "alice", "--no-password", "--data", data)
    create = ("admin", "key", "create", "laptop", "--user", "alice", "--json", "--data", data)
    beyond = yuepi(*create, "--scope", "audit:read")
    assert beyond.code == 2
    assert beyond.json["error"]["code"] == "scopes_too_wide"
    assert yuepi(*create, "--scope", "claims:read").json["key"].startswith("yp-")
    (row,) = yuepi("admin", "key", "list", "--json", "--data", data).json["keys"]
    assert row["scopes"] == ["claims:read"]
    assert row["user"].startswith("usr_")
    nobody = yuepi("admin", "key", "create", "x", "--scope", "claims:read", "--data", data)
    assert nobody.code == 2
