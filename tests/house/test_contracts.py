"""Each import contract of pyproject.toml holds today, and fails when somebody breaks it.

A contract that nothing can break is worse than none. So every case plants one offending module in
a copy of the sources and runs the real linter on it: in one process of its own, which runs it anew
for each case, on one copy that is then put right again.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMS = REPOSITORY / "src" / "yuepi"
SETUP = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = [contract["name"] for contract in SETUP["tool"]["importlinter"]["contracts"]]

ENGINES = {"engines/__init__.py": "", "engines/contract.py": "", "engines/one.py": ""}

# The linter looks where we are first, so that it sees the copy and not the installed package. For
# each line that comes it answers with one: whether all contracts are kept, and what it said.
LINTER = """
import contextlib, io, json, sys
sys.path.insert(0, "src")
from importlinter.cli import lint_imports
for _ in sys.stdin:
    with contextlib.redirect_stdout(io.StringIO()) as told:
        failed = lint_imports(cache_dir=sys.argv[1], no_logo=True)
    print(json.dumps([failed, told.getvalue()]), flush=True)
"""

# The contract's number, and the modules that break it (path under src/yuepi, text).
BREACHES: list[tuple[int, dict[str, str]]] = [
    (1, {"extras/__init__.py": ""}),
    (1, {"stray.py": ""}),
    (1, {"kit/planted.py": "import yuepi.sight.sighting"}),
    (1, {"sight/planted.py": "from yuepi.documents import fields"}),
    (1, {"documents/planted.py": "import yuepi.app"}),
    (1, {"lab/planted.py": "import yuepi.approvals"}),
    (1, {"approvals/planted.py": "def late() -> None:\n    import yuepi.lab"}),
    (1, {"gateway/__init__.py": "import yuepi.documents"}),
    (1, {"safety/__init__.py": "import yuepi.sight"}),
    (2, ENGINES | {"documents/planted.py": "from yuepi.engines import one"}),
    (2, ENGINES | {"approvals/planted.py": "import yuepi.engines"}),
    (2, ENGINES | {"assist/__init__.py": "import yuepi.engines.one"}),
    (3, ENGINES | {"engines/two.py": "import yuepi.engines.one"}),
    (3, ENGINES | {"engines/two/__init__.py": "", "engines/two/a.py": "import yuepi.engines.one"}),
    (4, {"approvals/facts.py": "import pathlib"}),
    (4, {"approvals/policy.py": "import sqlite3"}),
    (4, {"documents/agreement.py": "import random"}),
    (4, {"documents/checks.py": "import yuepi.kit.clock", "kit/clock.py": "import time"}),
    (4, {"documents/fields.py": "from urllib import request"}),
    (5, {"approvals/planted.py": "from fastapi import FastAPI"}),
    (5, {"kit/planted.py": "import starlette.responses"}),
    (6, {"approvals/planted.py": "from dbos import DBOS"}),
    (6, {"approvals/store.py": "import dbos"}),
    (7, {"approvals/workflow.py": "import sqlalchemy"}),
    (7, {"app/planted.py": "from sqlalchemy.ext import asyncio"}),
    (8, {"approvals/store.py": "", "app/planted.py": "from yuepi.approvals import store"}),
    (8, {"documents/store/__init__.py": "", "approvals/a.py": "import yuepi.documents.store"}),
    (8, {"access/__init__.py": "", "access/store.py": "", "lab/a.py": "import yuepi.access.store"}),
    (9, {"kit/settings.py": "", "documents/planted.py": "from yuepi.kit import settings"}),
    (9, {"kit/settings.py": "", "kit/planted.py": "import yuepi.kit.settings"}),
]

# What the rules leave open, in one copy: the contracts must not forbid the way things are meant.
MEANT = ENGINES | {
    "kit/settings.py": "",
    "kit/database.py": "import sqlalchemy",
    "engines/two.py": "import yuepi.engines.contract",
    "gateway/__init__.py": "import yuepi.engines.one",
    "gateway/api.py": "import fastapi",
    "approvals/store.py": "import sqlalchemy, yuepi.kit.database",
    "approvals/workflow.py": "import dbos, yuepi.approvals.store, yuepi.gateway",
    "approvals/api.py": "import fastapi, yuepi.approvals.workflow",
    "app/planted.py": "import dbos, fastapi, yuepi.kit.settings, yuepi.engines.one",
}


@dataclass(frozen=True)
class Verdict:
    """Whether the linter failed, and what it said."""

    failed: bool
    text: str

    def of(self, name: str) -> str:
        """KEPT or BROKEN for a contract."""
        line = next((li for li in self.text.splitlines() if li.startswith(name + " ")), "")
        return line.removeprefix(name).split()[0] if line else "ABSENT"


Lint = Callable[[dict[str, str]], Verdict]


@pytest.fixture(scope="module")
def lint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lint]:
    """The linter's verdict on a copy of the sources with some modules planted in it."""
    folder = tmp_path_factory.mktemp("sources")
    copy = folder / "src" / "yuepi"
    shutil.copytree(ROOMS, copy, ignore=only_python)
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    with subprocess.Popen(
        [sys.executable, "-c", LINTER, str(folder / "cache")],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as linter:  # fmt: skip
        yield lambda planted: verdict_on(linter, copy, planted)


def verdict_on(linter: subprocess.Popen[str], copy: Path, planted: dict[str, str]) -> Verdict:
    """Plants, asks, and puts every room that was touched right again."""
    assert linter.stdin is not None
    assert linter.stdout is not None
    for name, text in planted.items():
        path = copy / name
        shutil.rmtree(path.with_suffix(""), ignore_errors=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    linter.stdin.write("\n")
    linter.stdin.flush()
    failed, text = json.loads(linter.stdout.readline())
    for room in {Path(name).parts[0] for name in planted}:
        shutil.rmtree(copy / room) if (copy / room).is_dir() else (copy / room).unlink()
        if (ROOMS / room).is_dir():
            shutil.copytree(ROOMS / room, copy / room, ignore=only_python)
    return Verdict(bool(failed), text)


def only_python(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if Path(name).suffix not in ("", ".py") or name == "__pycache__"]


def test_the_sources_keep_every_contract(lint: Lint) -> None:
    verdict = lint({})
    assert not verdict.failed, verdict.text
    assert {verdict.of(name) for name in CONTRACTS} == {"KEPT"}


@pytest.mark.parametrize(("number", "planted"), BREACHES)
def test_a_breach_is_found(number: int, planted: dict[str, str], lint: Lint) -> None:
    verdict = lint(planted)
    assert verdict.failed, verdict.text
    assert verdict.of(CONTRACTS[number - 1]) == "BROKEN", verdict.text


def test_what_is_meant_is_allowed(lint: Lint) -> None:
    verdict = lint(MEANT)
    assert not verdict.failed, verdict.text


def test_each_breach_is_gone_after_it_was_found(lint: Lint) -> None:
    assert lint(BREACHES[-1][1]).failed
    assert not lint({}).failed


def test_every_contract_has_a_breach_here() -> None:
    assert [int(name.split()[0]) for name in CONTRACTS] == sorted({n for n, _ in BREACHES})


def test_every_folder_of_the_package_is_seen_by_the_linter() -> None:
    """Without an `__init__.py` a folder of modules would escape the contracts."""
    folders = {path.parent for path in ROOMS.rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []
