"""`yuepi eval calibrate`: a table, its curves and its error, from a set with its truth."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.app.conftest import Said
from tests.rooms.app.scripted import file_read, invoice, seen
from yuepi.app.wiring import Wiring
from yuepi.documents.calibration import load
from yuepi.documents.read import FileRead

Run = Callable[..., Said]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixty documents, each with three fields that have a value; one total in ten is wrong."""
    lines = []
    for at in range(60):
        (tmp_path / f"{at}.jpg").write_bytes(b"\xff\xd8\xff")
        truth = {"number": "24317000000012345678", "date": "2026-06-12", "total": f"{at}.00"}
        lines.append(json.dumps({"file": f"{at}.jpg", "kind": "digital_invoice", "truth": truth}))
    (tmp_path / "manifest.jsonl").write_text("\n".join(lines))
    return tmp_path


def reads(paths: Sequence[Path], names: Sequence[str], *_: Any) -> list[FileRead]:
    def one(path: Path) -> FileRead:
        at = int(path.stem)
        total = seen("9999.00" if at % 10 == 0 else f"{at}.00", "single")
        fields = invoice().fields | {"total": total}
        return file_read(path, invoice(fields=fields))

    return [one(path) for path in paths]


def test_a_table_and_its_curves_are_saved_and_its_error_told(yuepi: Run, folder: Path) -> None:
    out, curve = folder / "calibration.json", folder / "curve.svg"
    wiring = Wiring(read=reads)
    told = yuepi(
        "eval",
        "calibrate",
        "--set",
        folder,
        "--out",
        out,
        "--curve",
        curve,
        "--json",
        wiring=wiring,
    )
    assert told.code == 0
    assert (told.json["documents"], told.json["fields"]) == (60, 180)
    everything = told.json["curves"][0]
    assert everything["right"] == pytest.approx(174 / 180)
    assert 0 <= everything["low"] <= everything["error"] <= 0.1
    table = load(out)
    assert table.confidence("total", "single", ("layout",), "photo") < 0.93
    assert curve.read_text().startswith("<svg")
    shown = yuepi("eval", "calibrate", "--set", folder, "--check", folder, wiring=wiring)
    assert "60 documents, 180 fields" in shown.out


def test_nothing_named_and_too_little_are_refused(yuepi: Run, tmp_path: Path) -> None:
    assert yuepi("eval", "calibrate").code == 2
    (tmp_path / "1.jpg").write_bytes(b"x")
    line = {"file": "1.jpg", "kind": "digital_invoice", "truth": {"total": "1.00"}}
    (tmp_path / "manifest.jsonl").write_text(json.dumps(line))
    refused = yuepi("eval", "calibrate", "--set", tmp_path, wiring=Wiring(read=reads))
    assert refused.code == 2
    assert "too few" in refused.err
