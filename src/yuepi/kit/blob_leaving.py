"""How originals leave a folder: marked first, removed a day later; for `blob_sweep`.

A folder belongs to the first database that swept it. Another one beside it (a new one in the
settings, two desks with one folder) names hardly any of its originals, and must not have the
others removed.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from yuepi.kit.file_lock import locked

LEAVING: Final = "leaving"
"""A file for each original that no row named: since when, by the steady clock (ADR 11), and which
times it had then. A wall clock may jump; whoever puts it again changes its times."""
CHANGING: Final = "changing.lock"
"""Held while an original is put again or removed: both look at its times and act on them in one
go."""
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
    folder: Path, originals: Path, named: AbstractSet[bytes], now_s: float, age_s_min: float
) -> int:
    """Mark what is not named, remove what was marked so long ago and not put since; how many were
    removed. now_s: the steady time before it was looked what is named.

    Blocks; raises OSError.
    """
    removed = 0
    for each in os.scandir(originals):
        for file in os.scandir(each.path) if each.is_dir(follow_symlinks=False) else ():
            if _NAME.fullmatch(file.name) and bytes.fromhex(file.name) not in named:
                removed += _leaves(folder, Path(file.path), now_s, age_s_min)
    for mark in os.scandir(folder / LEAVING):
        is_name = _NAME.fullmatch(mark.name) and bytes.fromhex(mark.name) not in named
        if not is_name or not (originals / mark.name[:2] / mark.name).exists():
            # It is named again, or was removed before a crash.
            Path(mark.path).unlink(missing_ok=True)
    return removed


def _leaves(folder: Path, target: Path, now_s: float, age_s_min: float) -> bool:
    """Mark it, or remove it where it was marked long ago and not put since."""
    mark = folder / LEAVING / target.name
    with locked(folder / CHANGING):
        times = _times(target)
        since_s = _marked_since(mark, times)
        # A steady time ahead of ours is that of a database before it was restored.
        if since_s > now_s:
            mark.write_text(f"{now_s!r} {times}", "utf-8")
            return False
        if now_s - since_s < age_s_min:
            return False
        target.unlink()
    mark.unlink(missing_ok=True)
    return True


def _marked_since(mark: Path, times: str) -> float:
    """The steady time since which it is marked, as it is now; infinity where it is not."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        since, _, had = mark.read_text("utf-8").partition(" ")
        if had == times and math.isfinite(float(since)):
            return float(since)
    return math.inf


def _times(file: Path) -> str:
    """What changes whenever it is put or kept again."""
    stat = file.stat()
    return f"{stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"
