"""The shelf: what is on it, for whoever may see it."""

from __future__ import annotations

from yuepi.kit.database import Database
from yuepi.library.document import Document, NotOnShelf
from yuepi.library.scope import Scope
from yuepi.library.store.documents import find_document


class Shelf:
    """Documents by id and folder; adds, changes and removes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, scope: Scope, document_id: str) -> Document:
        """A document that is not in the trash. Raises `NotOnShelf`, also where it is out of
        reach."""
        async with self._database.reading() as transaction:
            found = await find_document(transaction, scope, document_id)
        if found is None:
            raise NotOnShelf(f"document {document_id[:80]!r}")
        return found
