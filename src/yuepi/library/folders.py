"""Folders: trees whose top folder says who sees all that is in it.

A top folder belongs to a department (to nobody else: whoever made it and leaves the department
sees it no more), or to one person alone. Names are unique beside each other, whatever their case
and width.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from yuepi.access.user import StaleEdit
from yuepi.kit.database import Database, Transaction
from yuepi.kit.record import Entry, Recorder
from yuepi.library.actor import Actor, NotTheirs
from yuepi.library.document import BadDocument, Folder, NotOnShelf
from yuepi.library.names import NameTaken, checked_name
from yuepi.library.places import (
    NotEmpty,
    audience_of,
    check_depth,
    folder_told,
    height,
    parts,
    place_of,
)
from yuepi.library.scope import Scope
from yuepi.library.store import folders as rows
from yuepi.library.store.indexing import want_in

FOLDERS_MAX: Final = 20_000
OWN_NAME: Final = "我的文档 My documents"
"""What the folder is called that is somebody's alone and was made by itself."""

Known = Callable[[str], Awaitable[bool]]
"""Whether there is a department of that id."""


@dataclass(frozen=True, slots=True)
class FolderChange:
    """What changes of a folder; None: it stays. parent_id: where it moves, `ROOT` for the top.
    department_id: who sees a top folder, `PRIVATE` for its owner alone."""

    name: str | None = None
    parent_id: str | None = None
    department_id: str | None = None


ROOT: Final = "root"
PRIVATE: Final = "private"


class Folders:
    """All verbs raise `NotOnShelf` (404) for what is out of reach, `NotTheirs` (403) for what is
    seen and not theirs to change, and `Unavailable`."""

    def __init__(
        self,
        database: Database,
        record: Recorder,
        clock: Callable[[], datetime],
        department_known: Known | None = None,
    ) -> None:
        self._database = database
        self._record = record
        self._clock = clock
        self._department_known = department_known

    async def list(self, scope: Scope) -> list[Folder]:
        """All within reach, each after its parent, by name."""
        async with self._database.reading() as transaction:
            return await rows.list_folders(transaction, scope)

    async def find(self, scope: Scope, folder_id: str) -> Folder:
        """One of them."""
        async with self._database.reading() as transaction:
            return await _found(transaction, scope, folder_id)

    async def counts(self, scope: Scope) -> dict[str, int]:
        """How many documents within reach lie directly in each."""
        async with self._database.reading() as transaction:
            return await rows.documents_in(transaction, scope)

    async def create(
        self, who: Actor, parent_id: str | None, name: str, department_id: str | None = None
    ) -> Folder:
        """A new folder. department_id: who sees a top folder; None: `who` alone.

        Raises `BadDocument` (`bad_name`, `folder_too_deep`, `too_many_folders`,
        `unknown_department`), `NameTaken`.
        """
        name = checked_name(name)
        await self._check_department(department_id)
        async with self._database.writing() as transaction:
            parent = None
            if parent_id is not None:
                parent = await _found(transaction, who.scope, parent_id, hold="share")
            made = await self._create(transaction, who, parent, name, department_id)
            if made is None:
                raise NameTaken(name)
            return made

    async def ensure_path(
        self, who: Actor, path: str | Sequence[str], department_id: str | None = None
    ) -> Folder:
        """The folder at a path of names from the top ("Top/Below"); those that are missing are
        made. department_id: of the top folder; None: the private one of `who`."""
        names = [checked_name(each) for each in parts(path)]
        if not names:
            raise BadDocument("the path is empty", remedy="name a folder", code="bad_name")
        await self._check_department(department_id)
        async with self._database.writing() as transaction:
            audience = audience_of(who, department_id)
            if audience[1] is not None and not who.scope.covers(*audience):
                raise NotOnShelf(f"department {department_id!r}")
            return await self._ensure(transaction, who, None, names, department_id)

    async def ensure_below(self, who: Actor, folder_id: str, path: Sequence[str]) -> Folder:
        """The folder at a path of names below another one; those that are missing are made."""
        names = [checked_name(each) for each in path]
        async with self._database.writing() as transaction:
            start = await _found(transaction, who.scope, folder_id, hold="share")
            return await self._ensure(transaction, who, start, names, None)

    async def own(self, who: Actor) -> Folder:
        """The folder that is theirs alone, made when it is first asked for."""
        return await self.ensure_path(who, (OWN_NAME,))

    async def change(
        self, who: Actor, folder_id: str, change: FolderChange, version: int | None = None
    ) -> Folder:
        """Rename, move, or give to another audience; all below comes with it.

        Raises `StaleEdit` (409), `NameTaken`, `BadDocument` (`folder_circle`, `folder_too_deep`).
        """
        name = None if change.name is None else checked_name(change.name)
        department = None if change.department_id == PRIVATE else change.department_id
        await self._check_department(department)
        async with self._database.writing() as transaction:
            before, parent = await self._held(transaction, who, folder_id, change)
            if not who.may_manage(before.owner_id, before.department_id):
                raise NotTheirs(f"the folder {before.name!r}")
            if version is not None and version != before.version:
                raise StaleEdit("somebody else changed this folder", folder_told(before))
            audience = self._new_audience(who, before, parent, change)
            after = await self._moved(transaction, before, parent, name or before.name, audience)
            if after != before:
                await self._tell_change(transaction, who, before, after)
            return after

    async def delete(self, who: Actor, folder_id: str, version: int | None = None) -> None:
        """Remove an empty folder; what of it lies in the trash belongs to the folder above then.
        Raises `NotEmpty` (409), `StaleEdit`."""
        async with self._database.writing() as transaction:
            folder = await _found(transaction, who.scope, folder_id, hold="change")
            if not who.may_manage(folder.owner_id, folder.department_id):
                raise NotTheirs(f"the folder {folder.name!r}")
            if version is not None and version != folder.version:
                raise StaleEdit("somebody else changed this folder", folder_told(folder))
            top = folder.parent_id is None
            if not await rows.is_empty(transaction, folder_id, trash_too=top):
                raise NotEmpty(folder)
            await rows.remove_folder(transaction, folder_id, folder.parent_id)
            detail = {"path": list(folder.path)}
            await self._tell(transaction, "folder.deleted", who, folder_id, detail)

    # --- leaves ----------------------------------------------------------------------------------

    async def _create(
        self,
        transaction: Transaction,
        who: Actor,
        parent: Folder | None,
        name: str,
        department_id: str | None,
    ) -> Folder | None:
        """The new folder, or None where another one is at its place."""
        if parent is None:
            audience = audience_of(who, department_id)
            allowed = who.may_manage(*audience)
        else:
            audience = (parent.owner_id, parent.department_id)
            allowed = who.may_add(*audience)
        if not allowed:
            if not who.scope.covers(*audience):
                raise NotOnShelf(f"department {department_id!r}")
            raise NotTheirs("this place" if parent is None else f"the folder {parent.name!r}")
        path = (name,) if parent is None else (*parent.path, name)
        check_depth(len(path))
        if await rows.count_folders(transaction) >= FOLDERS_MAX:
            raise BadDocument(
                f"{FOLDERS_MAX} folders are there already",
                remedy="use one of them, or delete empty ones",
                code="too_many_folders",
            )
        now = self._clock()
        folder_id = f"fol_{secrets.token_hex(10)}"
        place = place_of(None if parent is None else parent.id, audience, name)
        row = rows.new_row(folder_id, name, place, parent, audience, now)
        if not await rows.add_folder(transaction, row):
            return None
        detail = {"path": list(path), "department": audience[1]}
        await self._tell(transaction, "folder.created", who, folder_id, detail)
        top = folder_id if parent is None else parent.top_id
        parent_id = None if parent is None else parent.id
        return Folder(folder_id, parent_id, top, name, path, *audience, now, 1)

    async def _ensure(
        self,
        transaction: Transaction,
        who: Actor,
        at: Folder | None,
        names: Sequence[str],
        department_id: str | None,
    ) -> Folder:
        for name in names:
            audience = audience_of(who, department_id)
            if at is not None:
                audience = (at.owner_id, at.department_id)
            place = place_of(None if at is None else at.id, audience, name)
            there = await rows.child_at(transaction, place)
            if there is None:
                made = await self._create(transaction, who, at, name, department_id)
                # Made by another one in this moment: then it is there by now.
                there = None if made is not None else await rows.child_at(transaction, place)
                if made is not None:
                    at = made
                    continue
            at = await _found(transaction, who.scope, there or "", hold="share")
        if at is None:
            raise BadDocument("the path is empty", remedy="name a folder", code="bad_name")
        return at

    async def _held(
        self, transaction: Transaction, who: Actor, folder_id: str, change: FolderChange
    ) -> tuple[Folder, Folder | None]:
        """The folder and the one above it that is to be, with nobody else changing either tree."""
        folder = await _found(transaction, who.scope, folder_id)
        tops = {folder.top_id}
        moves = change.parent_id is not None and change.parent_id != ROOT
        if moves:
            tops.add((await _found(transaction, who.scope, str(change.parent_id))).top_id)
        await rows.hold_tops(transaction, tops)
        folder = await _found(transaction, who.scope, folder_id, hold="change")
        above = str(change.parent_id) if moves else folder.parent_id
        if above is None or change.parent_id == ROOT:
            return folder, None
        parent = await _found(transaction, who.scope, above, hold="change")
        # One may have moved to another tree meanwhile, whose top is not held.
        if parent.top_id not in tops or folder.top_id not in tops:
            raise StaleEdit("somebody else moved this folder", folder_told(folder))
        return folder, parent

    def _new_audience(
        self, who: Actor, before: Folder, parent: Folder | None, change: FolderChange
    ) -> tuple[str, str | None]:
        if parent is not None:
            audience = (parent.owner_id, parent.department_id)
            if change.department_id not in (None, audience[1] or PRIVATE):
                raise BadDocument(
                    "only a top folder has an audience of its own",
                    remedy="change the audience of the folder at the top, or move this one",
                    code="not_a_top_folder",
                )
            if parent.id != before.parent_id and not who.may_add(*audience):
                raise NotTheirs(f"the folder {parent.name!r}")
            return audience
        audience = (before.owner_id, before.department_id)
        if change.department_id is not None:
            wanted = None if change.department_id == PRIVATE else change.department_id
            if wanted != before.department_id:
                audience = audience_of(who, wanted)
        if not who.may_manage(*audience):
            if not who.scope.covers(*audience):
                raise NotOnShelf(f"department {audience[1]!r}")
            raise NotTheirs("this place")
        return audience

    async def _moved(
        self,
        transaction: Transaction,
        before: Folder,
        parent: Folder | None,
        name: str,
        audience: tuple[str, str | None],
    ) -> Folder:
        parent_id = None if parent is None else parent.id
        top_id = before.id if parent is None else parent.top_id
        path = (name,) if parent is None else (*parent.path, name)
        same_audience = audience == (before.owner_id, before.department_id)
        if (name, parent_id) == (before.name, before.parent_id) and same_audience:
            return before
        below = await rows.ids_below(transaction, before.id)
        if parent is not None and parent.id in below:
            raise BadDocument(
                "a folder cannot lie in itself",
                remedy="choose a place outside of it",
                code="folder_circle",
            )
        check_depth(len(path) + height(below, before.id))
        place = place_of(parent_id, audience, name)
        there = await rows.child_at(transaction, place)
        if there not in (None, before.id):
            raise NameTaken(name)
        values: dict[str, Any] = {"name": name, "parent_id": parent_id, "place_key": place}
        await rows.write_folder(transaction, before.id, values)
        ids = sorted(below)
        if top_id != before.top_id or not same_audience:
            await rows.hand_over(transaction, ids, top_id, *audience)
        # Their paths are searched, and the index keeps who may see them.
        now = self._clock()
        await want_in(transaction, ids, now)
        return Folder(
            before.id, parent_id, top_id, name, path, *audience, before.created_at,
            before.version + 1,
        )  # fmt: skip

    async def _check_department(self, department_id: str | None) -> None:
        known = self._department_known
        if department_id is None or known is None or await known(department_id):
            return
        raise BadDocument(
            f"there is no department {department_id[:80]!r}",
            remedy="GET /api/departments shows them",
            code="unknown_department",
        )

    async def _tell_change(
        self, transaction: Transaction, who: Actor, before: Folder, after: Folder
    ) -> None:
        was, now = folder_told(before), folder_told(after)
        keys = ("path", "department", "owner")
        detail = {key: {"was": was[key], "now": now[key]} for key in keys if was[key] != now[key]}
        await self._tell(transaction, "folder.changed", who, before.id, detail)

    async def _tell(
        self, transaction: Transaction, action: str, who: Actor, subject: str, detail: Any
    ) -> None:
        entry = Entry(f"library.{action}", who.id, subject, self._clock(), detail)
        await self._record(transaction, [entry])


async def _found(
    transaction: Transaction, scope: Scope, folder_id: str, *, hold: str = ""
) -> Folder:
    found = await rows.find_folder(transaction, scope, folder_id, hold=hold)
    if found is None:
        raise NotOnShelf(f"folder {folder_id[:80]!r}")
    return found
