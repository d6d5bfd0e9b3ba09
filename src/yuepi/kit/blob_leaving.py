"""How originals leave a folder: marked first, removed a day later; for `blob_sweep`.

A folder belongs to the first database that swept it. Another one beside it (a new one in the
settings, two desks with one folder) names hardly any of its originals, and must not have the
others removed.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from yuepi.kit.file_lock import locked

LEAVING: Final = "leaving"
"""An empty file for each original that no row named, since its own time."""
CHANGING: Final = "changing.lock"
"""Held while an original is made young or removed: both look at its age and act on it in one go."""
_WHOSE: Final = "whose"
_NAME: Final = re.compile(r"[0-9a-f]{64}")


def belongs_to(folder: Path, database: str) -> bool:
    """Whether the folder is that of a database, by a name that stays its own; nobody's becomes
    its. Raises OSError."""
    file = folder / _WHOSE
    with locked(folder / CHANGING):
        try:
            return file.read_text("utf-8").strip() == database
        except FileNotFoundError:
            part = folder / f"{_WHOSE}.part"
            part.write_text(f"{database}\n", "utf-8")
            part.replace(file)
    return True


def remove_unnamed(
    folder: Path, originals: Path, named: AbstractSet[bytes], age_s_min: float
) -> int:
    """Mark what is not named, remove what was marked and put so long ago; how many were removed.

    Blocks; raises OSError.
    """
    removed = 0
    for each in os.scandir(originals):
        for file in os.scandir(each.path) if each.is_dir(follow_symlinks=False) else ():
            if _NAME.fullmatch(file.name) and bytes.fromhex(file.name) not in named:
                removed += _leaves(folder, Path(file.path), age_s_min)
    for mark in os.scandir(folder / LEAVING):
        is_name = _NAME.fullmatch(mark.name) and bytes.fromhex(mark.name) not in named
        if not is_name or not (originals / mark.name[:2] / mark.name).exists():
            # It is named again, or was removed before a crash.
            Path(mark.path).unlink(missing_ok=True)
    return removed


def _leaves(folder: Path, target: Path, age_s_min: float) -> bool:
    """Mark it, or remove it where it was marked and put long ago."""
    mark = folder / LEAVING / target.name
    if not mark.exists():
        mark.touch(mode=0o600)
        return False
    with locked(folder / CHANGING):
        if min(_age_s(mark), _age_s(target)) < age_s_min:
            return False
        target.unlink()
    mark.unlink(missing_ok=True)
    return True


def _age_s(file: Path) -> float:
    return time.time() - file.stat().st_mtime
