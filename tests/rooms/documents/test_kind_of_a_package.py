"""A kind of somebody else's package: the one that docs/how-to-add-a-kind.md shows, installed.

Each case is a process of its own, since kinds are looked for once.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from yuepi.lab.samples.ink import BLACK, MM, Sheet

REPOSITORY = Path(__file__).resolve().parents[3]
PAGE = (REPOSITORY / "docs" / "how-to-add-a-kind.md").read_text(encoding="utf-8")
(SETUP,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.S)
(MODULE,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)


def installed(folder: Path, module: str = MODULE, entry: str | None = None) -> Path:
    """A folder with the package as an installer leaves it."""
    project = tomllib.loads(SETUP)["project"]
    name, target = next(iter(project["entry-points"]["yuepi.kinds"].items()))
    (folder / "yuepi_parking.py").write_text(module, encoding="utf-8")
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    told = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(told)
    (info / "entry_points.txt").write_text(f"[yuepi.kinds]\n{name} = {entry or target}\n")
    return folder


def ticket(path: Path) -> Path:
    sheet = Sheet(90 * MM, 120 * MM, (255, 255, 255))
    lines = (
        "停车缴费凭证",
        "停车场：云间广场地下二层",
        "车牌号：浙A12345",
        "入场时间：2026-06-12 09:10",
        "出场时间：2026-06-12 11:42",
        "实收金额：¥15.00",
    )
    for at, line in enumerate(lines):
        sheet.text(20, 30 + 22 * at, line, 11, "hei", BLACK)
    path.write_bytes(sheet.pdf())
    return path


def yuepi(folder: Path, *words: object) -> tuple[int, Any]:
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{REPOSITORY / 'src'}"}
    done = subprocess.run(
        [sys.executable, "-m", "yuepi.app.cli", *map(str, words), "--json"],
        capture_output=True,
        env=environment,
        timeout=120,
        check=False,
    )
    return done.returncode, json.loads(done.stdout or b"null")


def test_a_document_of_an_installed_kind_is_read(tmp_path: Path) -> None:
    folder = installed(tmp_path)
    code, told = yuepi(folder, "read", ticket(tmp_path / "ticket.pdf"))
    assert code == 0
    (reading,) = told["files"][0]["readings"]
    assert reading["kind"] == "parking_ticket"
    fields = {name: field["value"] for name, field in reading["fields"].items()}
    assert fields == {
        "lot": "云间广场地下二层",
        "plate": "浙A12345",
        "date": "2026-06-12",
        "total": "15.00",
    }
    assert {field["status"] for field in reading["fields"].values()} == {"confirmed"}


def test_it_is_listed_with_its_package(tmp_path: Path) -> None:
    code, told = yuepi(installed(tmp_path), "kinds")
    assert code == 0
    kind = next(each for each in told["kinds"] if each["name"] == "parking_ticket")
    assert kind["package"] == "yuepi-parking"
    assert kind["fields"][0]["zh"] == "停车场"
    assert all(each["package"] is None for each in told["kinds"] if each != kind)


@pytest.mark.parametrize(
    ("module", "entry", "why"),
    [
        (MODULE, "yuepi_parking:NOTHING", "NOTHING"),
        (MODULE, "yuepi_parking:likeness", "it is no Kind"),
        ("raise ValueError('on purpose')", None, "on purpose"),
        ("def (", None, "SyntaxError"),
        (MODULE.replace('name="parking_ticket"', 'name="receipt"'), None, "already"),
        (MODULE.replace('name="parking_ticket"', 'name="Parking Ticket"'), None, "lower case"),
        (MODULE.replace('decisive=("date"', 'decisive=("day"'), None, "'day'"),
    ],
)
def test_a_kind_that_cannot_be_used_is_told(
    tmp_path: Path, module: str, entry: str | None, why: str
) -> None:
    code, told = yuepi(installed(tmp_path, module, entry), "kinds")
    assert code == 2
    error = told["error"]
    assert error["code"] == "bad_kind"
    assert why in error["message"]
    assert "yuepi-parking" in error["message"]
    assert "uninstall yuepi-parking" in error["remedy"]
