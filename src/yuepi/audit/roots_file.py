"""Exported roots: a file of lines that is best kept on another machine.

Whoever can write everywhere on this machine can also rewrite the record and sign it anew. Not
against a line that lies elsewhere: `verify` finds that the record no longer leads to it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from yuepi.audit.signed_root import LINE_BYTES_MAX, SignedRoot, record_broken
from yuepi.audit.store import Record
from yuepi.kit.database import Database
from yuepi.kit.errors import BadUsage, Unavailable

LINES_MAX: Final = 1_000_000
_ROWS_AT_ONCE: Final = 1_000
_TAIL_BYTES: Final = 2 * LINE_BYTES_MAX


async def read_roots(file: Path) -> list[SignedRoot]:
    """All roots of a file, the smallest first.

    Raises `BadUsage` for a file that is missing or not of such lines, naming the line.
    """
    return await asyncio.to_thread(_read, file)


async def follow(database: Database, file: Path) -> int:
    """Add the roots that a file does not have yet; gives how many. It is made if need be.

    Two processes may do it at once. Half a line, left by a crash, is written anew. Raises
    `RecordBroken` where the file's last root is not the database's, `Unavailable` where the file
    cannot be written.
    """
    record = Record(database)
    written = 0
    while True:
        offset, last = await asyncio.to_thread(_look, file)
        if last is not None:
            row = await record.root(last.size)
            if row is None or SignedRoot.of_row(row) != last:
                raise record_broken(f"{file} has another root over {last.size} than the database")
        after = 0 if last is None else last.size
        rows = await record.roots(after=after, rows_max=_ROWS_AT_ONCE)
        if not rows:
            return written
        lines = [SignedRoot.of_row(row).line() for row in rows]
        if await asyncio.to_thread(_append, file, offset, lines):
            written += len(lines)


def _read(file: Path) -> list[SignedRoot]:
    roots: list[SignedRoot] = []
    number = 0
    try:
        with file.open("rb") as lines:
            while line := lines.readline(LINE_BYTES_MAX + 1):
                number += 1
                if len(line) > LINE_BYTES_MAX or number > LINES_MAX:
                    raise ValueError("too long")
                if line.strip():
                    roots.append(SignedRoot.of_line(line.decode("ascii")))
    except OSError as error:
        raise BadUsage(
            f"the roots in {file} cannot be read: {error.strerror}",
            remedy="name a file that yuepi audit roots --out wrote",
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadUsage(
            f"{file}: line {number} is no signed root",
            remedy="name a file that yuepi audit roots --out wrote",
            code="bad_roots",
        ) from error
    return sorted(roots, key=lambda root: root.size)


def _look(file: Path) -> tuple[int, SignedRoot | None]:
    """Where the file's last whole line ends, and the root in it."""
    try:
        with file.open("rb") as opened:
            end = opened.seek(0, os.SEEK_END)
            opened.seek(max(0, end - _TAIL_BYTES))
            tail = opened.read(_TAIL_BYTES)
    except FileNotFoundError:
        return 0, None
    except OSError as error:
        raise _not_written(file, error) from error
    whole = tail[: tail.rfind(b"\n") + 1]
    offset = end - len(tail) + len(whole)
    try:
        if not whole.strip():
            if end >= _TAIL_BYTES:
                raise ValueError("no line")
            return 0, None
        return offset, SignedRoot.of_line(whole.splitlines()[-1].decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise BadUsage(
            f"{file} ends with something else than a signed root",
            remedy="name another file for the roots",
            code="bad_roots",
        ) from error


def _append(file: Path, offset: int, lines: Sequence[str]) -> bool:
    """Write lines at the offset; False where another process wrote there meanwhile."""
    try:
        new = not file.exists()
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if _look(file)[0] != offset:
                return False
            os.ftruncate(handle, offset)
            left = "".join(f"{line}\n" for line in lines).encode("ascii")
            while left:
                wrote = os.pwrite(handle, left, offset)
                left, offset = left[wrote:], offset + wrote
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            folder = os.open(file.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        raise _not_written(file, error) from error
    return True


def _not_written(file: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"roots cannot be added to {file}: {error.strerror}",
        remedy="make its folder, and give the user who runs Yuepi the right to write there",
        code="roots_file_unavailable",
    )
