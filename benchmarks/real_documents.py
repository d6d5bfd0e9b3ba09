"""The internal folder of real documents with truth: `YUEPI_REAL_DOCS`, default ../shared/data."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def real_folder() -> Path | None:
    """The folder; None, and said so, where there is none."""
    folder = Path(os.environ.get("YUEPI_REAL_DOCS", "../shared/data"))
    if (folder / "manifest.jsonl").is_file():
        return folder
    print(f"no real documents in {folder}: set YUEPI_REAL_DOCS to a folder that has them")
    return None


def real_documents(folder: Path, kind: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The files of a kind of the manifest, each with its truth."""
    for line in (folder / "manifest.jsonl").open(encoding="utf-8"):
        entry: dict[str, Any] = json.loads(line)
        if entry["kind"] == kind:
            yield folder / entry["file"], entry["truth"]
