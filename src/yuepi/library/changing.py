"""Changes documents that are on the shelf: names, places, tags; the trash and the end.

Whoever changes where a document lies holds first the folder, then the document, as all do who
hold both. Every change is wanted of the index in its own transaction, and recorded there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from yuepi.access.principal import SYSTEM
from yuepi.access.user import StaleEdit
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import YuepiError
from yuepi.kit.record import Entry, Recorder
from yuepi.library.actor import Actor, NotTheirs
from yuepi.library.adding import ShelfTerms
from yuepi.library.document import BadDocument, Document, Folder, NotOnShelf
from yuepi.library.names import NameTaken, checked_name, checked_tags, folded, numbered
from yuepi.library.retention import check_deletable
from yuepi.library.store import documents as rows
from yuepi.library.store.folders import find_folder
from yuepi.library.store.indexing import want
from yuepi.library.store.tags import write_tags

FORGET_ROWS_MAX: Final = 200
TITLE_CHARACTERS_MAX: Final = 255
NUMBERS_MAX: Final = 1_000
"""So many documents of one name may be restored into one folder."""


class NotRead(YuepiError):
    """Whether a document must be kept is known only once it was read."""

    code = "not_read_yet"
    http_status = 409

    def __init__(self, document: Document) -> None:
        super().__init__(
            f"{document.name[:80]!r} was not read yet",
            remedy="wait until it was read: only then is known whether it must be kept",
        )


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """What changes of a document; None: it stays. folder_id: where it moves."""

    name: str | None = None
    folder_id: str | None = None
    tags: Sequence[str] | None = None
    title: str | None = None


class Changing:
    """Everything raises `NotOnShelf`, `NotTheirs`, `Unavailable`, and where it says so more."""

    def __init__(
        self,
        database: Database,
        record: Recorder,
        clock: Callable[[], datetime],
        terms: ShelfTerms,
    ) -> None:
        self._database = database
        self._record = record
        self._clock = clock
        self._terms = terms

    async def change(
        self, who: Actor, document_id: str, change: DocumentChange, version: int | None = None
    ) -> Document:
        """Rename, move, tag, give a title. version: which one the change stands on.

        Raises `StaleEdit` (409), `NameTaken` (409), `BadDocument` (422).
        """
        wanted = _checked(change)
        async with self._database.writing() as transaction:
            folder, before = await _held(transaction, who, document_id, change.folder_id)
            _check_changeable(who, before)
            if version is not None and version != before.version:
                raise StaleEdit("somebody else changed this document", document_told(before))
            if folder.id != before.folder_id:
                if not who.may_add(folder.owner_id, folder.department_id):
                    raise NotTheirs(f"the folder {folder.name[:80]!r}")
                wanted["folder_id"] = folder.id
            entries = self._entries(who, before, wanted)
            if not entries:
                return before
            name = wanted.get("name", before.name)
            there = await rows.named(transaction, folder.id, folded(name))
            if there is not None and there.id != before.id:
                raise NameTaken(name)
            await self._write(transaction, before, folder, wanted)
            await self._record(transaction, entries)
            after = await rows.find_document(transaction, who.scope, document_id)
            return after or before

    async def trash(self, who: Actor, document_id: str) -> Document:
        """Put it into the trash; what is there stays. Raises `Kept` (409) while it is locked."""
        async with self._database.writing() as transaction:
            document = await _found(transaction, who, document_id, trashed=None)
            _check_changeable(who, document)
            if document.trashed_at is not None:
                return document
            now = self._clock()
            check_deletable(document, now.date())
            values = {"trashed_at": now, "trashed_by": who.id}
            await rows.write_document(transaction, document.id, values)
            await want(transaction, [document.id], "gone", now)
            await self._tell(transaction, "trashed", who.id, [document])
            return await _found(transaction, who, document_id, trashed=True)

    async def restore(self, who: Actor, document_id: str) -> Document:
        """Take it out of the trash, under a name with a number where its own is taken by now."""
        async with self._database.writing() as transaction:
            folder, document = await _held(transaction, who, document_id, None, trashed=None)
            _check_changeable(who, document)
            if document.trashed_at is None:
                return document
            name = await _free_name(transaction, folder, document.name)
            now = self._clock()
            values = {
                "trashed_at": None,
                "trashed_by": None,
                "name": name,
                "name_key": folded(name),
                # It may have lain in the trash while its folder went to others.
                "owner_id": folder.owner_id,
                "department_id": folder.department_id,
            }
            await rows.write_document(transaction, document.id, values)
            await want(transaction, [document.id], "words", now)
            detail = {"name": name}
            await self._tell(transaction, "restored", who.id, [document], detail)
            return await _found(transaction, who, document_id)

    async def purge(self, who: Actor, document_id: str) -> None:
        """Delete what is in the trash for good; its bytes go later (`kit.blob_sweep`). Raises
        `Kept` (409), `NotRead` (409)."""
        async with self._database.writing() as transaction:
            document = await _found(transaction, who, document_id, trashed=True)
            _check_changeable(who, document)
            check_deletable(document, self._clock().date())
            # An older version may be the voucher: one that was replaced before it was read, too.
            unread = await rows.has_unread(transaction, document.id)
            if unread or document.state in ("waiting", "reading"):
                raise NotRead(document)
            await self._remove(transaction, who.id, [document])

    async def forget(self, now: datetime) -> int:
        """Delete what has been in the trash for too long, `FORGET_ROWS_MAX` at most; how many
        there were. What is locked, or was not read, stays."""
        before = now - timedelta(days=self._terms.trash_days)
        async with self._database.writing() as transaction:
            gone = await rows.forgettable(
                transaction, before, now.date().isoformat(), FORGET_ROWS_MAX
            )
            if gone:
                await self._remove(transaction, SYSTEM, gone)
        return len(gone)

    # --- leaves ----------------------------------------------------------------------------------

    async def _write(
        self, transaction: Transaction, before: Document, folder: Folder, wanted: dict[str, Any]
    ) -> None:
        values = {key: value for key, value in wanted.items() if key != "tags"}
        if "name" in wanted:
            values["name_key"] = folded(wanted["name"])
        if "folder_id" in wanted:
            values |= {"owner_id": folder.owner_id, "department_id": folder.department_id}
        if "tags" in wanted:
            values["tags"] = "\n".join(wanted["tags"])
            await write_tags(transaction, before.id, wanted["tags"])
        await rows.write_document(transaction, before.id, values)
        await want(transaction, [before.id], "words", self._clock())

    def _entries(self, who: Actor, before: Document, wanted: dict[str, Any]) -> list[Entry]:
        """What the record is to hold of a change: nothing where nothing changes."""
        actions = {"name": "renamed", "title": "titled", "folder_id": "moved", "tags": "tagged"}
        entries: list[Entry] = []
        for key, action in actions.items():
            if key not in wanted or wanted[key] == getattr(before, key):
                continue
            detail = {"was": _plain(getattr(before, key)), "now": _plain(wanted[key])}
            name = f"library.document.{action}"
            entries.append(Entry(name, who.id, before.id, self._clock(), detail))
        return entries

    async def _remove(
        self, transaction: Transaction, by: str, documents: Sequence[Document]
    ) -> None:
        ids = [each.id for each in documents]
        await rows.remove_documents(transaction, ids)
        await want(transaction, ids, "gone", self._clock())
        await self._tell(transaction, "purged", by, documents)

    async def _tell(
        self,
        transaction: Transaction,
        action: str,
        by: str,
        documents: Sequence[Document],
        more: dict[str, Any] | None = None,
    ) -> None:
        now = self._clock()
        entries = [
            Entry(
                f"library.document.{action}",
                by,
                each.id,
                now,
                {"name": each.name, "folder": each.folder_id, "sha256": each.sha256} | (more or {}),
            )
            for each in documents
        ]
        await self._record(transaction, entries)


def document_told(document: Document) -> dict[str, Any]:
    """A document as plain JSON values, for whoever changed an older version of it."""
    return {
        "id": document.id,
        "name": document.name,
        "folder": document.folder_id,
        "title": document.title,
        "tags": list(document.tags),
        "version": document.version,
    }


def _checked(change: DocumentChange) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if change.name is not None:
        wanted["name"] = checked_name(change.name)
    if change.tags is not None:
        wanted["tags"] = checked_tags(change.tags)
    if change.title is not None:
        title = " ".join(change.title.split())
        if len(title) > TITLE_CHARACTERS_MAX or not title.isprintable():
            raise BadDocument(
                "this cannot be a title",
                remedy=f"use {TITLE_CHARACTERS_MAX} visible characters at most",
                code="bad_title",
            )
        wanted["title"] = title
    return wanted


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _check_changeable(who: Actor, document: Document) -> None:
    if not who.may_change(document.owner_id, document.department_id, document.added_by):
        raise NotTheirs(f"the document {document.name[:80]!r}")


async def _found(
    transaction: Transaction, who: Actor, document_id: str, *, trashed: bool | None = False
) -> Document:
    found = await rows.find_document(
        transaction, who.scope, document_id, trashed=trashed, hold=True
    )
    if found is None:
        raise NotOnShelf(f"document {document_id[:80]!r}")
    return found


async def _held(
    transaction: Transaction,
    who: Actor,
    document_id: str,
    folder_id: str | None,
    *,
    trashed: bool | None = False,
) -> tuple[Folder, Document]:
    """The folder it is to lie in, and the document: nobody else changes either."""
    seen = await rows.find_document(transaction, who.scope, document_id, trashed=trashed)
    if seen is None:
        raise NotOnShelf(f"document {document_id[:80]!r}")
    target = folder_id or seen.folder_id
    folder = await find_folder(transaction, who.scope, target, hold="change")
    document = await rows.find_document(
        transaction, who.scope, document_id, trashed=trashed, hold=True
    )
    if folder is None:
        raise NotOnShelf(f"folder {target[:80]!r}")
    if document is None:
        raise NotOnShelf(f"document {document_id[:80]!r}")
    if folder_id is None and document.folder_id != folder.id:
        raise StaleEdit("somebody else moved this document", document_told(document))
    return folder, document


async def _free_name(transaction: Transaction, folder: Folder, name: str) -> str:
    wanted = name
    for number in range(2, NUMBERS_MAX):
        if await rows.named(transaction, folder.id, folded(wanted)) is None:
            return wanted
        wanted = numbered(name, number)
    raise NameTaken(name)
