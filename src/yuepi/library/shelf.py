"""The shelf: what is on it, for whoever may see it, and what they make of it.

What is out of reach is not there. What goes to the trash can be restored until it is forgotten;
vouchers can be neither before their time (`retention`). Every change is in the audit record, and
wanted of the index, in the transaction that makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from yuepi.documents.kept_pages import KeptPage, pages_of, picked
from yuepi.documents.pages import count_pages
from yuepi.kit.blobs import Blobs
from yuepi.kit.cursors import bad_cursor, moment_in, read_cursor, write_cursor
from yuepi.kit.database import Database, Transaction
from yuepi.kit.record import Recorder
from yuepi.library.actor import Actor
from yuepi.library.adding import Added, Adding, Counted, ShelfTerms
from yuepi.library.changing import Changing, DocumentChange
from yuepi.library.document import Document, NotOnShelf, State, Version
from yuepi.library.names import folded
from yuepi.library.scope import Scope
from yuepi.library.store import documents as rows
from yuepi.library.store.folders import find_folder, paths_of
from yuepi.library.store.tags import tags_within
from yuepi.library.store.versions import (
    find_version,
    pages_of_versions,
    versions_of,
    was_in_folder,
)

__all__ = ["Added", "DocumentChange", "DocumentPage", "Order", "Shelf", "ShelfTerms", "Wanted"]

PAGE_ROWS_MAX: Final = 200
TAGS_TOLD_MAX: Final = 500
Order = rows.Order


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to. deep: with all folders below. order: `newest`, `oldest`,
    `name`. after: `next` of the page before."""

    folder_id: str | None = None
    deep: bool = False
    tag: str | None = None
    kind: str | None = None
    state: State | None = None
    trashed: bool = False
    added_by: str | None = None
    order: Order = "newest"
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Some documents. next: the cursor of those after them, None at the end."""

    documents: list[Document]
    next: str | None


class Shelf:
    """All verbs raise `NotOnShelf` (404) for what is out of reach, `NotTheirs` (403) for what is
    seen and not theirs to change, and `Unavailable`."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        record: Recorder,
        clock: Callable[[], datetime],
        terms: ShelfTerms,
        counted: Counted = count_pages,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._record = record
        self._clock = clock
        self.terms: Final = terms
        adding = Adding(database, blobs, record, clock, terms, counted)
        self.add: Final = adding.add
        self.add_version: Final = adding.add_version
        changing = Changing(database, record, clock, terms)
        self.change: Final = changing.change
        self.trash: Final = changing.trash
        self.restore: Final = changing.restore
        self.purge: Final = changing.purge
        self.forget: Final = changing.forget

    # --- looking ---------------------------------------------------------------------------------

    async def find(
        self, scope: Scope, document_id: str, *, trashed: bool | None = False
    ) -> Document:
        """A document. trashed: only what is in the trash, or not; None: either."""
        async with self._database.reading() as transaction:
            return await _found(transaction, scope, document_id, trashed=trashed)

    async def list(self, scope: Scope, wanted: Wanted) -> DocumentPage:
        """Documents within reach; raises `NotOnShelf` for a folder that is not, `BadUsage`
        (`bad_cursor`)."""
        limit = min(max(wanted.limit, 1), PAGE_ROWS_MAX)
        async with self._database.reading() as transaction:
            within = wanted.folder_id
            if within is not None and await find_folder(transaction, scope, within) is None:
                raise NotOnShelf(f"folder {within[:80]!r}")
            listed = rows.Listed(
                folder_id=within,
                deep=wanted.deep,
                tag=wanted.tag,
                kind=wanted.kind,
                state=wanted.state,
                trashed=wanted.trashed,
                added_by=wanted.added_by,
                order=wanted.order,
                after=_after(wanted),
            )
            found = await rows.list_documents(transaction, scope, listed, limit + 1)
        more = len(found) > limit
        return DocumentPage(found[:limit], _cursor(wanted, found[limit - 1]) if more else None)

    async def paths(self, documents: Sequence[Document]) -> dict[str, tuple[str, ...]]:
        """The path of each folder that these documents, which were found here, lie in."""
        async with self._database.reading() as transaction:
            return await paths_of(transaction, {each.folder_id for each in documents})

    async def totals(
        self, documents: Sequence[Document]
    ) -> dict[str, tuple[int | None, str | None, str | None]]:
        """Total in hundredths, currency and day of these documents, which were found here."""
        async with self._database.reading() as transaction:
            return await rows.shown_beside(transaction, [each.id for each in documents])

    async def covers(self, documents: Sequence[Document]) -> dict[str, KeptPage]:
        """The picture of the first page of these documents, which were found here, by id."""
        async with self._database.reading() as transaction:
            ids = [each.version_id for each in documents]
            texts = await pages_of_versions(transaction, ids, first_only=True)
        kept = {name: pages_of(each[0]) for name, each in texts.items()}
        return {
            each.id: kept[each.version_id][0] for each in documents if kept.get(each.version_id)
        }

    async def tags(self, scope: Scope) -> dict[str, int]:
        """The tags of documents within reach, and how many have each; the most used first."""
        async with self._database.reading() as transaction:
            return await tags_within(transaction, scope, TAGS_TOLD_MAX)

    async def states(self, who: Actor, since: datetime) -> dict[State, int]:
        """How many documents that they added since then, or that still wait, stand in a state."""
        async with self._database.reading() as transaction:
            return await rows.states(transaction, who.scope, who.id, since)

    async def was_here(self, folder_id: str, name: str, sha256: str) -> bool:
        """Whether a document of this folder, also one in the trash or renamed since, once had
        these bytes from a file of that name; for the machine itself."""
        async with self._database.reading() as transaction:
            return await was_in_folder(transaction, folder_id, name, sha256)

    async def versions(self, scope: Scope, document_id: str) -> Sequence[Version]:
        """All versions, the newest first."""
        async with self._database.reading() as transaction:
            document = await _found(transaction, scope, document_id)
            return await versions_of(transaction, document.id)

    async def original(
        self, scope: Scope, document_id: str, number: int | None = None
    ) -> tuple[str, str, bytes]:
        """Name, media and bytes of a version; None: the one that holds now."""
        async with self._database.reading() as transaction:
            document = await _found(transaction, scope, document_id)
            version = await find_version(transaction, document.id, number or document.number)
        if version is None:
            raise NotOnShelf(f"version {number} of {document_id[:80]!r}")
        # The document's own name: it may have been renamed since.
        name = document.name if number in (None, document.number) else version.name
        return name, version.media, await self._blobs.get(version.sha256)

    async def pages(self, scope: Scope, document_id: str) -> Sequence[KeptPage]:
        """The pictures of the pages that were read by now."""
        async with self._database.reading() as transaction:
            document = await _found(transaction, scope, document_id)
            texts = await pages_of_versions(transaction, [document.version_id])
        return [page for text in texts.get(document.version_id, ()) for page in pages_of(text)]

    async def page(
        self, scope: Scope, document_id: str, file_at: int, page: int, version: str | None = None
    ) -> bytes:
        """The JPEG of a page; version: how its hash begins, None: as it was read last."""
        kept = picked(await self.pages(scope, document_id), file_at, page, version)
        if kept is None:
            raise NotOnShelf(f"picture of the page {page} of {document_id[:80]!r}")
        return await self._blobs.get(kept.sha256)


def _after(wanted: Wanted) -> tuple[Any, str] | None:
    if wanted.after is None:
        return None
    order, value, last = read_cursor(wanted.after, str, str, str)
    if order != wanted.order:
        raise bad_cursor()
    return (value if wanted.order == "name" else moment_in(value)), str(last)


def _cursor(wanted: Wanted, last: Document) -> str:
    value = folded(last.name) if wanted.order == "name" else last.added_at.isoformat()
    return write_cursor(wanted.order, value, last.id)


async def _found(
    transaction: Transaction, scope: Scope, document_id: str, *, trashed: bool | None = False
) -> Document:
    found = await rows.find_document(transaction, scope, document_id, trashed=trashed)
    if found is None:
        raise NotOnShelf(f"document {document_id[:80]!r}")
    return found
