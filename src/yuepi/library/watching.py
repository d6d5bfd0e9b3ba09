"""Watched folders: what comes to lie in them is added to the shelf.

A file is added once its size and time stood still for a while; its sub-folders become folders. One
that changed is the next version; one that is deleted stays on the shelf. After a start everything
is looked at once more, and what is there already is not added again: not under its name, and not
where it was renamed in its folder or thrown into the trash since. Several programs may watch the
same folder: the shelf takes the same bytes under the same name once.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import stat
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from yuepi.kit.errors import BadUsage, Unavailable, YuepiError
from yuepi.library.actor import OPERATOR
from yuepi.library.bulk import ZIP_MAGIC, Bulk, Incoming, path_parts
from yuepi.library.document import FOLDER_DEPTH_MAX
from yuepi.library.folders import Folders
from yuepi.library.shelf import Shelf

LOG = logging.getLogger(__name__)

STILL_S: Final = 2.0
RESCAN_S: Final = 300.0
"""Where changes are not told (network disks), they are found so late."""
RETRY_S: Final = 30.0
FILES_MAX: Final = 100_000
_IGNORED_ENDINGS: Final = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")
_IGNORED_STARTS: Final = (".", "~$")
_IGNORED: Final = frozenset({"thumbs.db", "desktop.ini", "__macosx"})

Stamp = tuple[int, int]
"""Size in bytes and time of the last change in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder to watch. into: the path of the shelf's folder; department_id: who sees a top
    folder that is made for it."""

    path: Path
    into: str
    department_id: str


@dataclass(slots=True)
class WatchedState:
    """How a watched folder stands. added, refused: files since the start; problem: what went wrong
    last, None: all is well."""

    path: str
    into: str
    added: int = 0
    refused: int = 0
    problem: str | None = None


class Watcher:
    """`run` it in one process of each machine that has the folders."""

    def __init__(
        self,
        folders: Folders,
        shelf: Shelf,
        watched: Sequence[Watched],
        *,
        still_s: float = STILL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folders = folders
        self._shelf = shelf
        self._bulk = Bulk(folders, shelf)
        self._watched = tuple(watched)
        self._still_s = still_s
        self._clock = clock
        self._states = [WatchedState(str(each.path), each.into) for each in self._watched]

    def states(self) -> Sequence[WatchedState]:
        """How each folder stands now."""
        return tuple(self._states)

    async def run(self) -> None:
        """Watch until cancelled."""
        pairs = zip(self._watched, self._states, strict=True)
        async with asyncio.TaskGroup() as tasks:
            for watched, state in pairs:
                tasks.create_task(self._follow(watched, state))

    async def _follow(self, watched: Watched, state: WatchedState) -> None:
        """Watch one folder; what is away is waited for."""
        while True:
            try:
                await self._watch(watched, state)
            except (YuepiError, OSError) as error:
                state.problem = error.message if isinstance(error, YuepiError) else str(error)
                LOG.warning("the folder %s cannot be watched: %s", watched.path, state.problem)
            await asyncio.sleep(RETRY_S)

    async def _watch(self, watched: Watched, state: WatchedState) -> None:
        if not await asyncio.to_thread(watched.path.is_dir):
            raise BadUsage(
                f"there is no folder {watched.path}", remedy="make it, or change [library] watch"
            )
        top = await self._folders.ensure_path(OPERATOR, watched.into, watched.department_id)
        seen = _Seen(watched.path, self._still_s, self._clock)
        # Here: who watches nothing does not load it.
        from watchfiles import awatch

        changes = awatch(
            watched.path,
            rust_timeout=max(50, int(self._still_s * 500)),
            yield_on_timeout=True,
            debounce=400,
        )
        at_start: set[Path] | None = None
        scanned_s = 0.0
        state.problem = None
        async for change in changes:
            await asyncio.to_thread(seen.note, change)
            # It watches from its first turn on: scanned only then, nothing falls in between.
            if at_start is None or self._clock() - scanned_s >= RESCAN_S:
                await asyncio.to_thread(seen.scan)
                scanned_s = self._clock()
                at_start = set(seen.pending) if at_start is None else at_start
            if seen.too_many:
                state.problem = f"there are more than {FILES_MAX} files; the others are left out"
            for path, stamp in await asyncio.to_thread(seen.settled):
                await self._add(watched, state, top.id, path, again=path in at_start)
                at_start.discard(path)
                seen.known[path] = stamp

    async def _add(
        self, watched: Watched, state: WatchedState, top_id: str, path: Path, *, again: bool
    ) -> None:
        """Add one file. again: it may have been added before the program was started.

        Raises `Unavailable`: then it is looked at again later.
        """
        where = path.relative_to(watched.path).as_posix()
        try:
            if path.stat().st_size > self._shelf.terms.file_bytes_max:
                raise BadUsage(f"{where}: the file is too large", remedy="split it")
            data = await asyncio.to_thread(path.read_bytes)
            if again and await self._was_added(top_id, where, data):
                return

            async def read() -> bytes:
                return data

            done = await self._bulk.take(OPERATOR, top_id, [Incoming(path.name, read, where)])
        except FileNotFoundError:
            return
        except Unavailable:
            raise
        except (YuepiError, OSError) as error:
            state.refused += 1
            state.problem = error.message if isinstance(error, YuepiError) else str(error)
            LOG.warning("not added from %s: %s", watched.path, state.problem)
            return
        state.added += sum(each.outcome != "same" for each in done.added)
        state.refused += len(done.refused)
        for refused in done.refused:
            state.problem = f"{refused.name}: {refused.message}"
            LOG.warning("not added from %s: %s", watched.path, state.problem)

    async def _was_added(self, top_id: str, where: str, data: bytes) -> bool:
        if data.startswith(ZIP_MAGIC):
            # Its documents have names of their own: the shelf tells which of them are there.
            return False
        *above, name = path_parts(where)
        folder = await self._folders.ensure_below(OPERATOR, top_id, above)
        digest = (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()
        return await self._shelf.was_here(folder.id, name, digest)


class _Seen:
    """The files of one folder: those that are settled, and those that may still be written."""

    def __init__(self, top: Path, still_s: float, clock: Callable[[], float]) -> None:
        self._top = top
        self._still_s = still_s
        self._clock = clock
        self.known: dict[Path, Stamp] = {}
        self.pending: dict[Path, tuple[Stamp, float]] = {}
        self.too_many = False

    def scan(self) -> None:
        """Look at all files."""
        for path in self._files(self._top):
            self._note(path)

    def note(self, changes: Iterable[tuple[Any, str]]) -> None:
        """Look at what changed; what became of it is seen there."""
        for _, name in changes:
            path = Path(name)
            if not path.is_relative_to(self._top):
                continue
            where = path.relative_to(self._top)
            if not _is_wanted(where) or self._is_linked(where):
                continue
            for each in self._files(path) if path.is_dir() else (path,):
                self._note(each)

    def settled(self) -> list[tuple[Path, Stamp]]:
        """Those that stood still for long enough; they are pending no more."""
        now, found = self._clock(), []
        for path, (stamp, since) in list(self.pending.items()):
            fresh = _stamp(path)
            if fresh is None:
                del self.pending[path]
            elif fresh != stamp:
                self.pending[path] = (fresh, now)
            elif now - since >= self._still_s:
                del self.pending[path]
                found.append((path, stamp))
        return found

    def _note(self, path: Path) -> None:
        stamp = _stamp(path)
        if stamp is None:
            # Gone: what was added of it stays on the shelf.
            self.known.pop(path, None)
            self.pending.pop(path, None)
        elif len(self.known) + len(self.pending) >= FILES_MAX and path not in self.known:
            self.too_many = True
        elif self.known.get(path) != stamp and self.pending.get(path, (None,))[0] != stamp:
            self.pending[path] = (stamp, self._clock())

    def _is_linked(self, where: Path) -> bool:
        """Whether a link leads to this relative path: what lies behind it is not what lies here."""
        way = (where, *where.parents)
        return any((self._top / each).is_symlink() for each in way if each.parts)

    def _files(self, top: Path) -> Iterable[Path]:
        """All files below a folder that are wanted; links are not followed."""
        for folder, folders, names in os.walk(top):
            here = Path(folder)
            below = here.relative_to(self._top)
            folders[:] = sorted(
                name
                for name in folders
                if _is_wanted(below / name) and len(below.parts) + 1 < FOLDER_DEPTH_MAX
            )
            yield from (here / name for name in sorted(names) if _is_wanted(below / name))


def _is_wanted(path: Path) -> bool:
    """Whether nothing on this relative path is hidden, or still being written by its program."""
    return all(
        not part.startswith(_IGNORED_STARTS)
        and not part.lower().endswith(_IGNORED_ENDINGS)
        and part.lower() not in _IGNORED
        for part in path.parts
    )


def _stamp(path: Path) -> Stamp | None:
    """Of a plain file; None for anything else, and for what is gone."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None
