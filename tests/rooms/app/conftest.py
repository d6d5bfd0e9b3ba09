"""Fixtures: the command line on a scripted desk."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.app.scripted import Script
from yuepi.app.cli import main
from yuepi.app.wiring import Wiring


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def yuepi(
    script: Script, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Said]:
    """Runs the command line on the scripted desk."""
    monkeypatch.setenv("YUEPI_LANG", "en")

    def run(*arguments: object, wiring: Wiring | None = None) -> Said:
        code = main([str(a) for a in arguments], wiring or Wiring(script.read, script.judge))
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    return path
