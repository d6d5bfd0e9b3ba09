"""A shelf whose documents were never files: rows of its tables, with pieces made from their ids.

What stands in a document follows from its id and the number of its version, in every process: so
whoever compares the index with the shelf knows what must be there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, update

from yuepi.kit.boxes import Box
from yuepi.kit.database import Database
from yuepi.library.chunk import Chunk, chunk_id
from yuepi.library.document import Document, NotOnShelf, Version
from yuepi.library.papers import ReadDocument
from yuepi.library.scope import Scope
from yuepi.library.store.documents import find_document
from yuepi.library.store.indexing import Stage, all_on_shelf, want
from yuepi.library.store.tables import DOCUMENTS

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
DIMENSIONS = 16
LINE = Box(0.1, 0.1, 0.9, 0.15)


def made_document(which: int, **changes: Any) -> Document:
    """A document that was read. changes: columns that differ."""
    given: dict[str, Any] = {
        "id": f"doc_{which:06d}",
        "folder_id": "fold_1",
        "owner_id": "user_ann",
        "department_id": "dept_1",
        "name": f"{which}.pdf",
        "title": "",
        "kind": None,
        "tags": (),
        "version_id": f"ver_{which:06d}_1",
        "number": 1,
        "sha256": "0" * 64,
        "bytes": 100,
        "media": "pdf",
        "pages": 2,
        "state": "done",
        "problem": None,
        "added_by": "user_ann",
        "added_at": NOW,
        "read_at": NOW,
        "trashed_at": None,
        "trashed_by": None,
        "locked_until": None,
        "version": 1,
    }
    return Document(**given | changes)


async def put_on_shelf(
    database: Database, documents: Sequence[Document], stage: Stage | None = "words"
) -> None:
    """Write their rows, and want them."""
    values = [
        {name: getattr(document, name) for name in Document.__slots__}
        | {"name_key": document.name, "tags": "\n".join(document.tags)}
        for document in documents
    ]
    async with database.writing() as transaction:
        await transaction.execute(insert(DOCUMENTS), values)
        if stage is not None:
            await want(transaction, [document.id for document in documents], stage, NOW)


async def change(
    database: Database, document_id: str, stage: Stage | None = "words", **values: Any
) -> None:
    """Change a document's row, as the shelf does: with a new number of the row."""
    async with database.writing() as transaction:
        query = update(DOCUMENTS).where(DOCUMENTS.c.id == document_id)
        await transaction.execute(query.values(version=DOCUMENTS.c.version + 1, **values))
        if stage is not None:
            await want(transaction, [document_id], stage, NOW)


def made_pieces_of(document: Document) -> list[Chunk]:
    """Three to seven pieces; each names its document and version, and all a word in common."""
    count = 3 + int(sha256(document.id.encode()).hexdigest(), 16) % 5
    return [
        Chunk(
            id=chunk_id(document.version_id, at),
            document_id=document.id,
            version_id=document.version_id,
            at=at,
            sort="text",
            page=1 + at // 4,
            box=LINE,
            text=f"第{at}段 付款期限 {document.id} v{document.number} piece{at}",
            context=document.name,
            boxes=(LINE,),
            starts=(0,),
        )
        for at in range(count)
    ]


def made_pieces(read: ReadDocument) -> list[Chunk]:
    """As `chunking.chunks_of`."""
    return made_pieces_of(read.document)


class MadePapers:
    """As `papers.Papers`, of documents without blobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, scope: Scope, document_id: str) -> ReadDocument:
        async with self._database.reading() as transaction:
            document = await find_document(transaction, scope, document_id)
        if document is None:
            raise NotOnShelf(document_id)
        return ReadDocument(document, version_of(document))


def version_of(document: Document) -> Version:
    """The version that holds."""
    return Version(
        id=document.version_id,
        document_id=document.id,
        number=document.number,
        name=document.name,
        sha256=document.sha256,
        bytes=document.bytes,
        media=document.media,
        pages=document.pages,
        added_by=document.added_by,
        added_at=document.added_at,
    )


async def made_embed(texts: Sequence[str], query: bool) -> list[list[float]]:
    """A unit vector for each text, the same for the same text."""
    return [vector_of(text) for text in texts]


def vector_of(text: str) -> list[float]:
    """Its vector."""
    digest = sha256(text.encode()).digest()[:DIMENSIONS]
    raw = [byte - 127.5 for byte in digest]
    length = math.sqrt(sum(value * value for value in raw))
    return [value / length for value in raw]


async def all_made(database: Database) -> dict[str, Document]:
    """The documents on the shelf that are not in the trash."""
    found: dict[str, Document] = {}
    after = ""
    while True:
        async with database.reading() as transaction:
            page = await all_on_shelf(transaction, after)
        if not page:
            return found
        found |= {document.id: document for document in page}
        after = page[-1].id
