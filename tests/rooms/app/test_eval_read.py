"""`yuepi eval read`: the published measures beside ours, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.app.conftest import Said
from tests.rooms.app.scripted import seen
from yuepi.app import evaluated
from yuepi.documents.reading import FileReading, Reading

Yuepi = Callable[..., Said]


class Scripted:
    def __init__(self, status: str) -> None:
        self._status = status

    def read(self, path: Path) -> Sequence[FileReading]:
        fields = {"total": seen("8.30", self._status), "date": seen("2018-03-03")}
        reading = Reading(
            kind="receipt", kind_confidence=0.9, page=1, quality="photo", fields=fields
        )
        return [
            FileReading(file=path.name, sha256="0", pages=1, original=False, readings=(reading,))
        ]

    def ask(self, path: Path, question: str) -> str:
        return "57"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    truth = {
        "total": "8.20",
        "date": "2018-03-03",
        "qa": [{"q": "how much?", "a": "57"}],
    }
    line = json.dumps({"file": "a.jpg", "kind": "receipt", "truth": truth})
    (tmp_path / "manifest.jsonl").write_text(line)
    return tmp_path


def scripted(monkeypatch: pytest.MonkeyPatch, status: str) -> list[Any]:
    named: list[Any] = []

    @contextmanager
    def opened(engine: str | None, data: Path) -> Iterator[Scripted]:
        named.append(engine)
        yield Scripted(status)

    monkeypatch.setattr(evaluated, "open_engine", opened)
    return named


def test_measures_stand_beside_the_published_ones(
    yuepi: Yuepi, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = scripted(monkeypatch, "single")
    said = yuepi("eval", "read", "--set", folder, "--engine", "local", "--json")
    assert said.code == 0, said.err
    assert named == ["local"]
    told = said.json
    published = {name: each["published"] for name, each in told["measures"].items()}
    assert published == {
        "characters_f1": 0.892,
        "answers_right": 0.826,
        "seconds_per_document": 9.8,
        "peak_memory_gb": 10.3,
    }
    assert told["measures"]["answers_right"]["ours"] == pytest.approx(2 / 3)
    assert (told["fields"], told["questions"], told["questions_right"]) == (2, 1, 1)
    shown = yuepi("eval", "read", "--set", folder, "--lang", "zh")
    assert "| 字符 F1 |" in shown.out
    assert "89.2%" in shown.out
    assert "10.3" in shown.out


def test_a_confirmed_error_is_exit_code_1(
    yuepi: Yuepi, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, "confirmed")
    said = yuepi("eval", "read", "--set", folder)
    assert said.code == 1
    assert "wrong although confirmed: 1" in said.out
    assert "a.jpg total" in said.out


def test_an_engine_that_is_not_there_is_told(yuepi: Yuepi, folder: Path) -> None:
    said = yuepi("eval", "read", "--set", folder, "--engine", "none", "--data", folder, "--json")
    assert said.code == 2
    assert said.json["error"]["code"] == "model_not_found"
    said = yuepi("eval", "read", "--set", folder / "nowhere", "--json")
    assert said.json["error"]["code"] == "bad_set"
