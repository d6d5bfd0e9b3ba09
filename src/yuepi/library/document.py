"""Folders, documents, versions, parts and what goes wrong with them. Plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from yuepi.kit.errors import YuepiError

State = Literal["waiting", "reading", "done", "partial", "failed"]
"""Of a document's reading. partial: some of it could not be read, the rest is there."""
PartState = Literal["waiting", "done", "failed"]

NAME_CHARACTERS_MAX: Final = 255
FOLDER_DEPTH_MAX: Final = 12
TAGS_MAX: Final = 32
TAG_CHARACTERS_MAX: Final = 64


class NotOnShelf(YuepiError):
    """There is no such folder or document, or it is out of reach."""

    code = "not_found"
    http_status = 404

    def __init__(self, what: str) -> None:
        super().__init__(f"there is no {what}", remedy="check the id; it may be in the trash")


class Kept(YuepiError):
    """A voucher must be kept until a day: it cannot be deleted before."""

    code = "retained"
    http_status = 409


class BadDocument(YuepiError):
    """What was sent cannot be put on the shelf."""

    code = "bad_document"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder. top_id: of the folder at the root above it, or itself. department_id: who sees it
    (of the top folder); None: its owner alone. path: the names from the top down to its own."""

    id: str
    parent_id: str | None
    top_id: str
    name: str
    path: tuple[str, ...]
    owner_id: str
    department_id: str | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it stands now, column by column of `library_documents`.

    name: of its file. kind: of what was read in it, the first of several; None before that. title:
    what it calls itself, or "". number: of its version, from 1. bytes, sha256, media: of that
    version. locked_until: an ISO day before which it cannot be deleted. version: grows with each
    change of this row, and is its ETag.
    """

    id: str
    folder_id: str
    owner_id: str
    department_id: str | None
    name: str
    title: str
    kind: str | None
    tags: tuple[str, ...]
    version_id: str
    number: int
    sha256: str
    bytes: int
    media: str
    pages: int
    state: State
    problem: str | None
    added_by: str
    added_at: datetime
    read_at: datetime | None
    trashed_at: datetime | None
    trashed_by: str | None
    locked_until: str | None
    version: int

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> Document:
        """The document in a row of the table (a `RowMapping`)."""
        return cls.of_columns([row[name] for name in cls.__slots__])

    @classmethod
    def of_columns(cls, row: Sequence[Any]) -> Document:
        """The document in the columns of a row, in the order they are named here; what follows
        them is left out."""
        given = list(row[: len(cls.__slots__)])
        given[_TAGS_AT] = tuple(filter(None, given[_TAGS_AT].split("\n")))
        return cls(*given)


_TAGS_AT: Final = Document.__slots__.index("tags")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a document's bytes. number: from 1."""

    id: str
    document_id: str
    number: int
    name: str
    sha256: str
    bytes: int
    media: str
    pages: int
    added_by: str
    added_at: datetime

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> Version:
        """The version in a row of the table (a `RowMapping`)."""
        return cls(**{name: row[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Part:
    """What is read in one go: a whole file, or some pages of a long one.

    at: its place, from 0. first_page, last_page: the pages of the file, from 1; both None for the
    whole file. files, pages: as readings and pictures are kept (`documents.kept_reading`,
    `documents.kept_pages`), with page numbers of the whole file; texts: the blob that holds the
    pages' texts (`documents.page_text`); all None before it was read.
    """

    id: str
    version_id: str
    document_id: str
    at: int
    first_page: int | None
    last_page: int | None
    state: PartState
    attempts: int
    reader: str | None
    files: str | None
    pages: str | None
    texts: str | None

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> Part:
        """The part in a row of the table (a `RowMapping`)."""
        return cls(**{name: row[name] for name in cls.__slots__})
