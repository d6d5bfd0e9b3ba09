"""What tells answers of different weights apart, in the cache's key and in call records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from yuepi import __version__
from yuepi.engines.contract import ModelEntry

FILES_MAX: Final = 2_000
_NAMED_BY: Final = ("model", "path", "folder", "preset")


def model_version(entry: ModelEntry, version: str = "") -> str:
    """`engine:name@digest`: the digest changes with any option and any local file named in one.

    Files are told apart by name, size and time of change, not read: weights have gigabytes. The
    weights behind an address are not known here; `version` of the entry says when they changed.
    """
    known = {
        "engine": entry.engine,
        "version": version,
        "yuepi": __version__,
        "options": {name: str(value) for name, value in sorted(entry.options.items())},
        "files": list(_files(entry)),
    }
    digest = hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:12]
    named = next((str(entry.options[name]) for name in _NAMED_BY if name in entry.options), "")
    name = version or named.rstrip("/").rsplit("/", 1)[-1] or __version__
    return f"{entry.engine}:{name[:100]}@{digest}"


def _files(entry: ModelEntry) -> Iterator[str]:
    """Every file that an option names, or that lies in a folder that one names."""
    left = FILES_MAX
    for name, value in sorted(entry.options.items()):
        if not isinstance(value, str) or not value or "://" in value:
            continue
        place = entry.folder / value
        try:
            files = sorted(place.iterdir()) if place.is_dir() else [place]
            for file in files[:left]:
                if file.is_file():
                    yield f"{name} {_told(file)}"
        except OSError:
            # A path that cannot be looked at is the engine's to complain about, with its remedy.
            continue
        left -= len(files)


def _told(file: Path) -> str:
    found = file.stat()
    return f"{file.name} {found.st_size} {found.st_mtime_ns}"
