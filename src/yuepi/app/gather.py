"""Which files a command was given: files by name, folders walked, within limits."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from yuepi.app.visible import visible_line
from yuepi.kit.errors import BadUsage

FILES_MAX: Final = 500
FOLDER_DEPTH_MAX: Final = 8
ENTRIES_MAX: Final = 20_000
"""Names looked at while walking, so that a mistaken `/` ends soon."""

_SYSTEM_FILES: Final = frozenset({"thumbs.db", "desktop.ini"})


def gather(paths: Sequence[Path], files_max: int | None = None) -> list[Path]:
    """The files to read, in the order given; those of a folder sorted, sub-folders after files.

    Hidden files and folders inside a folder are skipped, links to folders are not followed, and a
    file named twice is read once. Raises `BadUsage` for a path that does not exist, a folder
    without files, one deeper than `FOLDER_DEPTH_MAX`, or more than `files_max` files
    (None: `FILES_MAX`).
    """
    most = FILES_MAX if files_max is None else files_max
    found: dict[str, Path] = {}
    for path in paths:
        files = list(_walked(path)) if path.is_dir() else [_present(path)]
        if not files:
            name = visible_line(str(path))
            raise BadUsage(f"{name}: the folder holds no files", remedy="name a folder with files")
        for file in files:
            found.setdefault(os.path.realpath(file), file)
            if len(found) > most:
                raise BadUsage(
                    f"more than {most} files were given",
                    remedy=f"split the claim: at most {most} files at a time",
                    code="too_many_files",
                )
    return list(found.values())


def shown_names(files: Sequence[Path], given: Sequence[Path]) -> list[str]:
    """What the files that `gather` found are called: the way from the folder that was given.

    A file given by itself goes by its last part. Where two would be called the same, both are
    called by their whole path as it was given, so that a reader can tell them apart.
    """
    folders = [path for path in given if path.is_dir()]
    names = [_within(file, folders) for file in files]
    for _ in range(2):  # A whole path may be what another file is called: once more for that.
        times = Counter(names)
        names = [
            name if times[name] == 1 else file.as_posix()
            for name, file in zip(names, files, strict=True)
        ]
    return names


def _within(file: Path, folders: Sequence[Path]) -> str:
    folder = next((each for each in folders if file.is_relative_to(each)), file.parent)
    return file.relative_to(folder).as_posix()


def _present(path: Path) -> Path:
    try:
        if path.is_file():
            return path
        what = "is not a file" if path.exists() else "does not exist"
    except (OSError, ValueError):
        what = "is no usable path"
    raise BadUsage(
        f"{visible_line(str(path))}: {what}", remedy="check the path", code="missing_file"
    )


def _walked(folder: Path, depth: int = 1, seen: list[int] | None = None) -> Iterator[Path]:
    count = [0] if seen is None else seen
    if depth > FOLDER_DEPTH_MAX:
        raise BadUsage(
            f"{visible_line(str(folder))}: folders are nested deeper than {FOLDER_DEPTH_MAX}",
            remedy="name the inner folder",
            code="too_deep",
        )
    folders: list[Path] = []
    for entry in _listed(folder, count):
        if entry.name.startswith(".") or entry.name.lower() in _SYSTEM_FILES:
            continue
        if entry.is_dir(follow_symlinks=False):
            folders.append(Path(entry.path))
        elif entry.is_file():
            yield Path(entry.path)
    for inner in folders:
        yield from _walked(inner, depth + 1, count)


def _listed(folder: Path, count: list[int]) -> list[os.DirEntry[str]]:
    entries: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as listing:
            for entry in listing:
                entries.append(entry)
                count[0] += 1
                if count[0] > ENTRIES_MAX:
                    raise BadUsage(
                        f"{visible_line(str(folder))}: more than {ENTRIES_MAX} entries",
                        remedy="name the folder of one claim",
                        code="too_many_files",
                    )
    except PermissionError as error:
        raise BadUsage(
            f"{visible_line(str(folder))}: no permission to list the folder",
            remedy="give yourself the right to read it",
        ) from error
    return sorted(entries, key=lambda entry: entry.name)
