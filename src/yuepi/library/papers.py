"""What was read of a document, put together from its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.documents.continuation import join_pages, merged
from yuepi.documents.kept_pages import KeptPage, pages_of
from yuepi.documents.kept_reading import files_of
from yuepi.documents.kinds import kind_named
from yuepi.documents.page_text import PageText, texts_of
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.blobs import Blobs
from yuepi.kit.database import Database
from yuepi.library.document import Document, NotOnShelf, Part, Version
from yuepi.library.scope import Scope
from yuepi.library.store.documents import find_document
from yuepi.library.store.parts import parts_of
from yuepi.library.store.versions import find_version

_BLOBS_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """One version of a document as it was read, its parts joined: page numbers are those of the
    file. files: one, or none where nothing was read yet. pages: their pictures. texts: the runs of
    each page with their places."""

    document: Document
    version: Version
    files: tuple[FileReading, ...] = ()
    pages: tuple[KeptPage, ...] = ()
    texts: tuple[PageText, ...] = ()


class Papers:
    """What was read, for whoever may see it."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def of(self, scope: Scope, document_id: str, number: int | None = None) -> ReadDocument:
        """What was read of a version; None: of the one that holds now. What is in the trash is not
        there. Raises `NotOnShelf`; `Unavailable` and what `Blobs.get` raises."""
        async with self._database.reading() as transaction:
            document = await find_document(transaction, scope, document_id)
            if document is None:
                raise NotOnShelf(f"document {document_id[:80]!r}")
            wanted = document.number if number is None else number
            version = await find_version(transaction, document.id, wanted)
            if version is None:
                raise NotOnShelf(f"version {wanted} of that document")
            parts = await parts_of(transaction, version.id)
        return await read_of(self._blobs, document, version, parts)


async def read_of(
    blobs: Blobs, document: Document, version: Version, parts: Sequence[Part]
) -> ReadDocument:
    """What was read in these parts, in their order."""
    names = list(dict.fromkeys(part.texts for part in parts if part.texts is not None))
    data: dict[str, bytes] = {}
    for at in range(0, len(names), _BLOBS_AT_ONCE):
        some = names[at : at + _BLOBS_AT_ONCE]
        data.update(zip(some, await asyncio.gather(*map(blobs.get, some)), strict=True))
    return await asyncio.to_thread(_merged, document, version, parts, data)


def _merged(
    document: Document, version: Version, parts: Sequence[Part], data: dict[str, bytes]
) -> ReadDocument:
    files = [file for part in parts if part.files is not None for file in files_of(part.files)]
    pages = [page for part in parts if part.pages is not None for page in pages_of(part.pages)]
    texts = [
        each for part in parts if part.texts is not None for each in texts_of(data[part.texts])
    ]
    return ReadDocument(document, version, joined_files(files), tuple(pages), tuple(texts))


def joined_files(files: Sequence[FileReading]) -> tuple[FileReading, ...]:
    """The readings of a file's parts as one: all that was read, and the first error. A document
    that goes on from one part to the next is told once."""
    if len(files) < 2:
        return tuple(files)
    return (
        files[0].model_copy(
            update={
                "pages": sum(file.pages for file in files),
                "original": any(file.original for file in files),
                "error": next((file.error for file in files if file.error is not None), None),
                "readings": _joined([each for file in files for each in file.readings]),
                "calls": tuple(call for file in files for call in file.calls),
            }
        ),
    )


def _joined(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    known = set(map(id, readings))
    found: list[Reading] = []
    for reading in join_pages(readings):
        if found and _ends(found[-1], reading):
            found[-1] = merged(found[-1], reading)
        else:
            found.append(reading)
    return tuple(
        # What its kind can only tell of the whole was told of its parts.
        each if id(each) in known else kind_named(each.kind).finish(each)
        for each in found
    )


def _ends(before: Reading, after: Reading) -> bool:
    """Whether a part's reading is the end of the document before: of the same kind, without a title
    of its own, and nothing that tells such documents apart differs."""
    kind = kind_named(after.kind)
    if kind.pages != "many" or before.kind != after.kind or after.value("title") is not None:
        return False
    names = [name for name in (*kind.decisive, "number") if before.value(name) is not None]
    return all(after.value(name) in (None, before.value(name)) for name in names)
