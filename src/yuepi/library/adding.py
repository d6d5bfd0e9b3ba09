"""Takes files onto the shelf: new documents, and new versions of those that are there.

The same bytes under the same name are there once, however often and by however many they come;
other bytes under that name are its next version. `A.pdf` and `a.pdf` are two files on many disks:
they are two documents, the second one with a number. What cannot be read at all is refused here, by
its content; the rest is read later, in parts.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from yuepi.documents.accept import Original, accept, refusal
from yuepi.kit.blobs import Blobs
from yuepi.kit.database import Database, Transaction
from yuepi.kit.record import Entry, Recorder
from yuepi.library.actor import Actor, NotTheirs
from yuepi.library.document import BadDocument, Document, Folder, NotOnShelf
from yuepi.library.names import NameTaken, checked_tags, file_name, folded, numbered
from yuepi.library.store import documents as rows
from yuepi.library.store.folders import find_folder
from yuepi.library.store.indexing import want
from yuepi.library.store.tags import write_tags
from yuepi.library.store.versions import add_version, find_version, forget_values

PART_PAGES: Final = 40
"""So many pages of a long PDF are read in one go."""
VERSIONS_MAX: Final = 1_000
NUMBERS_MAX: Final = 100
"""So many files of one folder may be called the same but for case, width and space."""
TWINS_MAX: Final = 20
_TRIES: Final = 3

Counted = Callable[[Original], int]
"""How many pages a file has (`documents.pages.count_pages`); blocks. Raises `UnreadableFile`."""
Outcome = Literal["new", "version", "same"]


@dataclass(frozen=True, slots=True)
class ShelfTerms:
    """What the shelf takes and for how long it keeps it. file_bytes_max, pages_max: of one file.
    retention_years: of vouchers; trash_days: after which the trash is emptied."""

    file_bytes_max: int = 200 * 2**20
    pages_max: int = 2_000
    retention_years: int = 30
    trash_days: int = 30


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a file. outcome: `same` where it was there already, so that nothing changed.
    twins: ids of other documents within reach with the same bytes."""

    document: Document
    outcome: Outcome
    twins: tuple[str, ...] = ()


class Adding:
    """Everything raises `NotOnShelf`, `NotTheirs`, `Unavailable`, and where it says so more."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        record: Recorder,
        clock: Callable[[], datetime],
        terms: ShelfTerms,
        counted: Counted,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._record = record
        self._clock = clock
        self._terms = terms
        self._counted = counted

    async def add(
        self, who: Actor, folder_id: str, name: str, data: bytes, *, tags: Sequence[str] = ()
    ) -> Added:
        """Put a file into a folder. Raises `UnreadableFile` (422) for what cannot be read, too
        large or too long a file, and a zip; `BadDocument` for tags; `DiskFull`."""
        tags = checked_tags(tags)
        name = file_name(name)
        original = await asyncio.to_thread(self._accepted, name, data)
        async with self._database.reading() as transaction:
            await _addable(transaction, who, folder_id)
            there, _ = await _place(transaction, folder_id, name, original.sha256)
            if there is not None and there.sha256 == original.sha256:
                return await _same(transaction, who, there)
        pages = await self._pages(original)
        await self._blobs.put(data)
        async with self._database.writing() as transaction:
            folder = await _addable(transaction, who, folder_id, hold="share")
            for _ in range(_TRIES):
                there, called = await _place(
                    transaction, folder_id, name, original.sha256, hold=True
                )
                if there is not None:
                    return await self._next(transaction, who, there, name, original, pages)
                file = (name, original, pages)
                made = await self._new(transaction, who, folder, called, file, tags)
                if made is not None:
                    return made
                # Another one of that name came first, and is there by now.
        raise BadDocument(f"{name[:80]!r} changes too fast", remedy="try again", code="conflict")

    async def add_version(self, who: Actor, document_id: str, name: str, data: bytes) -> Added:
        """Other bytes for a document, whatever their file is called; it keeps its name."""
        name = file_name(name)
        original = await asyncio.to_thread(self._accepted, name, data)
        async with self._database.reading() as transaction:
            there = await rows.find_document(transaction, who.scope, document_id)
        if there is None:
            raise NotOnShelf(f"document {document_id[:80]!r}")
        _check_changeable(who, there)
        pages = await self._pages(original)
        await self._blobs.put(data)
        async with self._database.writing() as transaction:
            there = await rows.find_document(transaction, who.scope, document_id, hold=True)
            if there is None:
                raise NotOnShelf(f"document {document_id[:80]!r}")
            return await self._next(transaction, who, there, name, original, pages)

    # --- leaves ----------------------------------------------------------------------------------

    def _accepted(self, name: str, data: bytes) -> Original:
        original = accept(name, data, self._terms.file_bytes_max)
        if original.media == "zip":
            raise refusal(name, "unsafe_archive", "an archive is no document by itself")
        return original

    async def _pages(self, original: Original) -> int:
        pages = await asyncio.to_thread(self._counted, original)
        if pages > self._terms.pages_max:
            reason = f"it has {pages} pages, the limit is {self._terms.pages_max}"
            raise refusal(original.name, "too_many_pages", reason)
        return pages

    async def _new(
        self,
        transaction: Transaction,
        who: Actor,
        folder: Folder,
        called: str,
        file: tuple[str, Original, int],
        tags: Sequence[str],
    ) -> Added | None:
        """A new document of a file (its name, itself, its pages), or None where its folder has one
        that is called so by now."""
        name, original, pages = file
        now = self._clock()
        version = _version_row(who, name, original, pages, now, 1)
        document_id = f"doc_{secrets.token_hex(10)}"
        document = Document(
            id=document_id,
            folder_id=folder.id,
            owner_id=folder.owner_id,
            department_id=folder.department_id,
            name=called,
            title="",
            kind=None,
            tags=tuple(tags),
            version_id=version["id"],
            number=1,
            sha256=original.sha256,
            bytes=len(original.data),
            media=original.media,
            pages=pages,
            state="waiting",
            problem=None,
            added_by=who.id,
            added_at=now,
            read_at=None,
            trashed_at=None,
            trashed_by=None,
            locked_until=None,
            version=1,
        )
        row = {each: getattr(document, each) for each in Document.__slots__}
        row |= {"name_key": folded(called), "tags": "\n".join(tags)}
        if not await rows.add_document(transaction, row):
            return None
        await self._keep(transaction, document_id, version, pages, now)
        await write_tags(transaction, document_id, tags)
        detail = {
            "name": called,
            "folder": folder.id,
            "sha256": original.sha256,
            "bytes": len(original.data),
            "tags": list(tags),
        }
        entry = Entry("library.document.added", who.id, document_id, now, detail)
        await self._record(transaction, [entry])
        return Added(document, "new", await _twins(transaction, who, document))

    async def _next(
        self,
        transaction: Transaction,
        who: Actor,
        there: Document,
        name: str,
        original: Original,
        pages: int,
    ) -> Added:
        """The next version of a document that is held, or the document as it is."""
        if there.sha256 == original.sha256:
            return await _same(transaction, who, there)
        _check_changeable(who, there)
        if there.number >= VERSIONS_MAX:
            raise BadDocument(
                f"{there.name[:80]!r} has {VERSIONS_MAX} versions already",
                remedy="add it under another name",
                code="too_many_versions",
            )
        now = self._clock()
        version = _version_row(who, name, original, pages, now, there.number + 1)
        await self._keep(transaction, there.id, version, pages, now)
        # What was read in the version before does not stand in this one. The lock stays: the
        # version before is a voucher still.
        nothing_read: dict[str, Any] = dict.fromkeys(
            ("kind", "problem", "read_at", "amount_hundredths", "currency", "day", "sealed")
        )
        values = {
            "version_id": version["id"],
            "number": version["number"],
            "sha256": original.sha256,
            "bytes": len(original.data),
            "media": original.media,
            "pages": pages,
            "state": "waiting",
            "title": "",
        }
        await rows.write_document(transaction, there.id, nothing_read | values)
        await forget_values(transaction, there.id)
        await want(transaction, [there.id], "words", now)
        detail = {"number": version["number"], "name": name, "sha256": original.sha256}
        entry = Entry("library.document.versioned", who.id, there.id, now, detail)
        await self._record(transaction, [entry])
        found = await rows.find_document(transaction, who.scope, there.id)
        document = found or replace(there, version_id=version["id"])
        return Added(document, "version", await _twins(transaction, who, document))

    async def _keep(
        self,
        transaction: Transaction,
        document_id: str,
        version: dict[str, Any],
        pages: int,
        now: datetime,
    ) -> None:
        parts = [
            {
                "id": f"prt_{secrets.token_hex(10)}",
                "version_id": version["id"],
                "document_id": document_id,
                "at": at,
                "first_page": first,
                "last_page": last,
                "state": "waiting",
                "attempts": 0,
                "queued_at": now,
            }
            for at, (first, last) in enumerate(parts_of(pages))
        ]
        await add_version(transaction, version | {"document_id": document_id}, parts)


def parts_of(pages: int) -> list[tuple[int | None, int | None]]:
    """In which parts a file of so many pages is read: first and last page of each, both None for
    all of it in one go."""
    if pages <= PART_PAGES:
        return [(None, None)]
    return [
        (first, min(first + PART_PAGES - 1, pages)) for first in range(1, pages + 1, PART_PAGES)
    ]


def _version_row(
    who: Actor, name: str, original: Original, pages: int, now: datetime, number: int
) -> dict[str, Any]:
    return {
        "id": f"ver_{secrets.token_hex(10)}",
        "number": number,
        "name": name,
        "sha256": original.sha256,
        "bytes": len(original.data),
        "media": original.media,
        "pages": pages,
        "added_by": who.id,
        "added_at": now,
    }


def _check_changeable(who: Actor, document: Document) -> None:
    if not who.may_change(document.owner_id, document.department_id, document.added_by):
        raise NotTheirs(f"the document {document.name[:80]!r}")


async def _addable(
    transaction: Transaction, who: Actor, folder_id: str, *, hold: str = ""
) -> Folder:
    folder = await find_folder(transaction, who.scope, folder_id, hold=hold)
    if folder is None:
        raise NotOnShelf(f"folder {folder_id[:80]!r}")
    if not who.may_add(folder.owner_id, folder.department_id):
        raise NotTheirs(f"the folder {folder.name[:80]!r}")
    return folder


async def _place(
    transaction: Transaction, folder_id: str, name: str, sha256: str, *, hold: bool = False
) -> tuple[Document | None, str]:
    """The document that a file of this name is a version of, or None; what a new one is called.

    It is the one of that name, spelled the same, or the one that came from a file of that name
    before; or one of such a name that has the same bytes.
    """
    called = name
    for number in range(2, NUMBERS_MAX):
        there = await rows.named(transaction, folder_id, folded(called), hold=hold)
        if there is None or there.sha256 == sha256 or there.name == name:
            return there, called
        version = await find_version(transaction, there.id, there.number)
        if version is not None and version.name == name:
            return there, called
        called = numbered(name, number)
    raise NameTaken(name)


async def _twins(transaction: Transaction, who: Actor, document: Document) -> tuple[str, ...]:
    return await rows.twins(transaction, who.scope, document.sha256, document.id, TWINS_MAX)


async def _same(transaction: Transaction, who: Actor, there: Document) -> Added:
    return Added(there, "same", await _twins(transaction, who, there))
