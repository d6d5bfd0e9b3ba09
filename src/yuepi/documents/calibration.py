"""The calibration table as a file: the one that comes with the program, or a company's own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from yuepi.documents.confidence import Calibration
from yuepi.kit.errors import BadUsage

FILE_NAME: Final = "calibration.json"
"""Its name in the program's folder of documents, and in a data folder."""
BYTES_MAX: Final = 4 * 2**20


@cache
def shipped() -> Calibration:
    """What was measured on generated documents (docs/measurements.md)."""
    text = (files("yuepi.documents") / FILE_NAME).read_text(encoding="utf-8")
    return Calibration.model_validate_json(text)


def calibration_of(folder: Path | None) -> Calibration:
    """The table in a data folder, else the shipped one. Raises `BadUsage` for one that is none."""
    own = folder / FILE_NAME if folder is not None else None
    return load(own) if own is not None and own.is_file() else shipped()


def load(path: Path) -> Calibration:
    """A table that somebody fitted. Raises `BadUsage` where the file is no such table."""
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise _unusable(path, error.strerror or "it cannot be opened") from error
    if len(data) > BYTES_MAX:
        raise _unusable(path, f"it has over {BYTES_MAX // 2**20} MB")
    try:
        calibration = Calibration.model_validate_json(data)
    except ValidationError as error:
        raise _unusable(path, "it is no table of this version") from error
    if any(not 0 <= cell.right <= cell.total for cell in calibration.cells):
        raise _unusable(path, "a cell has more right values than values")
    return calibration


def save(calibration: Calibration, path: Path) -> None:
    """Write a table, whole or not at all. Raises `BadUsage` where it cannot be written."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(calibration.model_dump_json(indent=1) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise _unusable(path, error.strerror or "it cannot be written") from error


def _unusable(path: Path, why: str) -> BadUsage:
    return BadUsage(
        f"the calibration {path.name} cannot be used: {why}",
        remedy="fit it again with `yuepi eval calibrate`, or take it away to use the shipped one",
        code="bad_calibration",
    )
