"""Many files at once: with their folders, and zips unpacked. Each is told by itself what became
of it; one that cannot be read spoils no other.

The same upload again adds nothing twice: what is there already is told as `same`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from yuepi.documents.accept import Original, Refused, accept, shown_name, unpack
from yuepi.kit.errors import Unavailable, UnreadableFile, YuepiError
from yuepi.library.actor import Actor, NotTheirs
from yuepi.library.document import FOLDER_DEPTH_MAX, BadDocument, Folder
from yuepi.library.folders import Folders
from yuepi.library.names import file_name, folded, numbered
from yuepi.library.shelf import Added, Shelf

DOCUMENTS_MAX: Final = 2_000
"""Of one upload, those in its zips counted."""
ZIP_MAGIC: Final = (b"PK\3\4", b"PK\5\6", b"PK\7\x08")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that comes. path: where it lay, such as `2024/03/a.pdf`; its folders are made.
    read: gives its bytes."""

    name: str
    read: Callable[[], Awaitable[bytes]]
    path: str = ""


@dataclass(frozen=True, slots=True)
class NotAdded:
    """A file that was refused, and why."""

    name: str
    code: str
    message: str
    remedy: str


@dataclass(slots=True)
class BulkDone:
    """What became of all files."""

    added: list[Added] = field(default_factory=list)
    refused: list[NotAdded] = field(default_factory=list)


class Bulk:
    """Adds many files. One at a time is in memory, and one zip in the whole process."""

    def __init__(self, folders: Folders, shelf: Shelf) -> None:
        self._folders = folders
        self._shelf = shelf
        self._unpacking = asyncio.Lock()

    async def take(
        self, who: Actor, folder_id: str, incoming: Sequence[Incoming], tags: Sequence[str] = ()
    ) -> BulkDone:
        """Add all that can be. Raises `NotOnShelf` and `NotTheirs` for the folder, and
        `Unavailable` where nothing could be added because a part is away."""
        folder = await self._folders.find(who.scope, folder_id)
        if not who.may_add(folder.owner_id, folder.department_id):
            raise NotTheirs(f"the folder {folder.name[:80]!r}")
        done = BulkDone()
        places = _Places(self._folders, who, folder)
        for each in incoming:
            told = shown_name(each.path or each.name)
            try:
                await self._take_one(who, places, each, tags, done)
            except Unavailable as error:
                if not done.added:
                    raise
                done.refused.append(_refused(told, error))
            except YuepiError as error:
                done.refused.append(_refused(told, error))
        return done

    async def _take_one(
        self, who: Actor, places: _Places, each: Incoming, tags: Sequence[str], done: BulkDone
    ) -> None:
        *above, name = path_parts(each.path or each.name)
        data = await each.read()
        if not data.startswith(ZIP_MAGIC):
            await self._put(who, places, above, name, data, tags, done)
            return
        async with self._unpacking:
            original = await asyncio.to_thread(accept, name, data, self._shelf.terms.file_bytes_max)
            if original.media == "zip":
                await self._take_zip(who, places, above, original, tags, done)
            else:
                # An OFD is a zip, too.
                await self._put(who, places, above, name, data, tags, done)

    async def _take_zip(
        self,
        who: Actor,
        places: _Places,
        above: Sequence[str],
        archive: Original,
        tags: Sequence[str],
        done: BulkDone,
    ) -> None:
        """The documents of a zip, in a folder that is called as it is."""
        members = await asyncio.to_thread(unpack, archive)
        stem = archive.name.rpartition(".")[0] or archive.name
        for member in members:
            if isinstance(member, Refused):
                done.refused.append(_refused(member.name, member.error))
                continue
            try:
                inner = path_parts(member.name.removeprefix(f"{archive.name}/"))
                place = [*above, file_name(stem), *inner[:-1]]
                await self._put(who, places, place, inner[-1], member.data, tags, done)
            except Unavailable:
                raise
            except YuepiError as error:
                done.refused.append(_refused(member.name, error))

    async def _put(
        self,
        who: Actor,
        places: _Places,
        above: Sequence[str],
        name: str,
        data: bytes,
        tags: Sequence[str],
        done: BulkDone,
    ) -> None:
        if len(done.added) >= DOCUMENTS_MAX:
            raise BadDocument(
                f"there are more than {DOCUMENTS_MAX} documents in one upload",
                remedy="send the rest in another one",
                code="too_many_files",
            )
        folder = await places.at(above)
        name = await places.free_name(folder, name, data)
        added = await self._shelf.add(who, folder.id, name, data, tags=tags)
        places.took(folder, name, added)
        done.added.append(added)


class _Places:
    """The folders below one, each looked up once, and what this upload has put into them."""

    def __init__(self, folders: Folders, who: Actor, top: Folder) -> None:
        self._folders = folders
        self._who = who
        self._known: dict[tuple[str, ...], Folder] = {(): top}
        self._top = top
        self._taken: dict[tuple[str, str], str] = {}

    async def free_name(self, folder: Folder, name: str, data: bytes) -> str:
        """The name, with a number where another file of this upload has it already: two that come
        together are two documents, and not versions of one."""
        if (folder.id, folded(name)) not in self._taken:
            return name
        digest = (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()
        free, number = name, 2
        while self._taken.get((folder.id, folded(free)), digest) != digest:
            free, number = numbered(name, number), number + 1
        return free

    def took(self, folder: Folder, name: str, added: Added) -> None:
        """This upload has put that into the folder."""
        self._taken[folder.id, folded(name)] = added.document.sha256

    async def at(self, path: Sequence[str]) -> Folder:
        """The folder at that path, made if need be."""
        key = tuple(path)
        if key not in self._known:
            self._known[key] = await self._folders.ensure_below(self._who, self._top.id, key)
        return self._known[key]


def path_parts(path: str) -> list[str]:
    """Folders and name of a file as they may be called here. Raises `UnreadableFile`
    (`unsafe_path`) for one that climbs out, or is too deep."""
    parts = [each for each in path.replace("\\", "/").split("/") if each.strip() not in ("", ".")]
    if ".." in (each.strip() for each in parts) or len(parts) > FOLDER_DEPTH_MAX:
        raise UnreadableFile(
            f"{shown_name(path)}: the path cannot be used",
            remedy=f"send a path without '..', {FOLDER_DEPTH_MAX} parts deep at most",
            code="unsafe_path",
        )
    return [file_name(each) for each in parts] or [file_name(path)]


def _refused(name: str, error: YuepiError) -> NotAdded:
    return NotAdded(name, error.code, error.message, error.remedy)
