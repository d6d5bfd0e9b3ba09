"""The JSON that goes in and out of the shelf's routes, and how rows become it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from yuepi.access.api.shapes import Binary, Body, Id, Shown
from yuepi.access.principal import Principal, may
from yuepi.documents.kept_pages import VERSION_CHARACTERS, KeptPage
from yuepi.documents.kinds import kind_named
from yuepi.documents.plain import Place
from yuepi.documents.reading import FileReading, Problem
from yuepi.library.actor import actor_of
from yuepi.library.document import Document, Folder, State, Version
from yuepi.library.shelf import Added

Language = Annotated[Literal["zh", "en"], Query(description="Of what is told in words.")]
Text = Annotated[str, StringConstraints(max_length=255)]
Tags = Annotated[list[Annotated[str, StringConstraints(max_length=128)]], Field(max_length=64)]


class FolderShown(Shown):
    """A folder. `department`: who sees it, with all below that department; null: its owner alone.
    `documents`: how many lie directly in it. `may_add`: whether one may add documents and folders;
    `may_manage`: whether one may rename, move and delete it."""

    id: str
    parent: str | None
    name: str
    path: list[str]
    department: str | None
    owner: str
    documents: int
    may_add: bool
    may_manage: bool
    version: int


class FoldersShown(Shown):
    """All folders within reach, each after its parent."""

    folders: list[FolderShown]


class FolderBody(Body):
    """A new folder. `department`: who sees a top folder; left out: oneself alone."""

    name: Text
    parent: Id | None = None
    department: Id | None = None


class FolderChangeBody(Body):
    """What is to change; what is left out stays. `parent`: `root` for the top. `department`:
    `private` for its owner alone; of top folders only."""

    name: Text | None = None
    parent: Id | None = None
    department: Id | None = None


class DocumentShown(Shown):
    """A document. `kind`: what was read in it, `kind_label` in words. `problem`: why not all of it
    could be read, with its stable `problem_code` and the `remedy`. `pages`: 1 for what is not
    counted yet. `number`: of its version. `locked_until`: the day before which it cannot be
    deleted. `summary`: its first lines, told for one document alone. `thumb`: a small picture of
    its first page. `amount`, `currency`, `day`: what it says of itself. `version`: its ETag."""

    id: str
    name: str
    title: str
    kind: str | None
    kind_label: str | None
    folder: str
    path: list[str]
    tags: list[str]
    state: State
    problem: str | None
    problem_code: str | None
    remedy: str | None
    pages: int
    bytes: int
    media: str
    sha256: str
    number: int
    added_by: str
    added_at: datetime
    read_at: datetime | None
    trashed_at: datetime | None
    locked_until: str | None
    summary: str
    thumb: str | None
    amount: str | None
    currency: str | None
    day: str | None
    version: int
    may_write: bool


class DocumentsShown(Shown):
    """One page of documents; `next`: the cursor of the page after it, null at the end."""

    documents: list[DocumentShown]
    next: str | None


class AddedShown(Shown):
    """What became of a file. `outcome`: `same` where it was there already. `twins`: other
    documents within reach with the same bytes."""

    document: DocumentShown
    outcome: Literal["new", "version", "same"]
    twins: list[str]


class NotAddedShown(Shown):
    """A file that was refused."""

    name: str
    code: str
    message: str
    remedy: str


class DocumentsAddedShown(Shown):
    """What became of all files of an upload."""

    added: list[AddedShown]
    refused: list[NotAddedShown]


class UploadForm(BaseModel):
    """Files for a folder. `path`: for each file, in their order, where it lay
    (`2024/03/a.pdf`): its folders are made. `tags`: for all of them."""

    model_config = ConfigDict(extra="forbid")

    file: list[Binary]
    folder: Id
    path: list[str] = []
    tags: list[str] = []


class VersionForm(BaseModel):
    """Other bytes for a document."""

    model_config = ConfigDict(extra="forbid")

    file: Binary


class DocumentChangeBody(Body):
    """What is to change; what is left out stays."""

    name: Text | None = None
    folder: Id | None = None
    tags: Tags | None = None
    title: Text | None = None


class DocumentVersionShown(Shown):
    """One version; `href` gives its bytes."""

    number: int
    name: str
    sha256: str
    bytes: int
    media: str
    pages: int
    added_by: str
    added_at: datetime
    href: str


class VersionsShown(Shown):
    """All versions, the newest first."""

    versions: list[DocumentVersionShown]


class ReadingShown(Shown):
    """What was read, personal data in part; empty while it waits."""

    files: list[FileReading]
    state: State
    problem: Problem | None


class RunShown(Shown):
    """One run of text and its place on the page."""

    text: str
    box: Place


class TextShown(Shown):
    """The text of a page, run by run, personal data in part. `withheld`: that cannot be told run by
    run, and so nothing is."""

    runs: list[RunShown]
    withheld: bool


class TagShown(Shown):
    """A tag, and how many documents within reach have it."""

    tag: str
    documents: int


class TagsShown(Shown):
    """The tags in use, the most used first."""

    tags: list[TagShown]


class WatchedShown(Shown):
    """A folder that is watched. `problem`: why not all of it could be added; null: all is well."""

    path: str
    into: str
    added: int
    refused: int
    problem: str | None


class ProgressShown(Shown):
    """How far the reading of one's own documents of the last day is. `documents`: some of those
    that are not done. `watched`: told to who looks after documents."""

    waiting: int
    reading: int
    done: int
    partial: int
    failed: int
    documents: list[DocumentShown]
    watched: list[WatchedShown]


# --- rows as JSON --------------------------------------------------------------------------------


def folder_shown(folder: Folder, who: Principal, documents: int) -> FolderShown:
    """A folder for this reader."""
    actor, writes = actor_of(who), may(who, "library:write")
    place = (folder.owner_id, folder.department_id)
    return FolderShown(
        id=folder.id,
        parent=folder.parent_id,
        name=folder.name,
        path=list(folder.path),
        department=folder.department_id,
        owner=folder.owner_id,
        documents=documents,
        may_add=writes and actor.may_add(*place),
        may_manage=writes and actor.may_manage(*place),
        version=folder.version,
    )


def document_shown(
    document: Document,
    who: Principal,
    *,
    path: Sequence[str] = (),
    total: tuple[int | None, str | None, str | None] = (None, None, None),
    cover: KeptPage | None = None,
    language: str = "zh",
    summary: str = "",
) -> DocumentShown:
    """A document for this reader. total: in hundredths, currency, day."""
    kind = None if document.kind is None else kind_named(document.kind)
    label = None
    if kind is not None:
        label = kind.title_zh if language == "zh" else kind.title_en
    hundredths, currency, day = total
    actor, problem = actor_of(who), problem_of(document)
    return DocumentShown(
        id=document.id,
        name=document.name,
        title=document.title,
        kind=document.kind,
        kind_label=label,
        folder=document.folder_id,
        path=list(path),
        tags=list(document.tags),
        state=document.state,
        problem=None if problem is None else problem.message,
        problem_code=None if problem is None else problem.code,
        remedy=None if problem is None else problem.remedy,
        pages=document.pages,
        bytes=document.bytes,
        media=document.media,
        sha256=document.sha256,
        number=document.number,
        added_by=document.added_by,
        added_at=document.added_at,
        read_at=document.read_at,
        trashed_at=document.trashed_at,
        locked_until=document.locked_until,
        summary=summary,
        thumb=None if cover is None or document.trashed_at else _thumb(document.id, cover),
        amount=None if hundredths is None else _decimal(hundredths),
        currency=currency,
        day=day,
        version=document.version,
        may_write=may(who, "library:write")
        and actor.may_change(document.owner_id, document.department_id, document.added_by),
    )


def problem_of(document: Document) -> Problem | None:
    """Why not all of a document could be read."""
    text = document.problem
    return None if text is None else Problem.model_validate_json(text)


def _decimal(hundredths: int) -> str:
    sign = "-" if hundredths < 0 else ""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{sign}{whole}.{rest:02d}"


def _thumb(document_id: str, cover: KeptPage) -> str:
    version = cover.sha256[:VERSION_CHARACTERS]
    place = f"/api/library/documents/{document_id}/pages/{cover.file_at}/{cover.page}"
    return f"{place}?thumb=1&v={version}"


def version_shown(version: Version) -> DocumentVersionShown:
    """A version."""
    place = f"/api/library/documents/{version.document_id}/original"
    return DocumentVersionShown(
        number=version.number,
        name=version.name,
        sha256=version.sha256,
        bytes=version.bytes,
        media=version.media,
        pages=version.pages,
        added_by=version.added_by,
        added_at=version.added_at,
        href=f"{place}?number={version.number}",
    )


def added_shown(added: Added, shown: Mapping[str, DocumentShown]) -> AddedShown:
    """What became of a file; shown: its document by id."""
    return AddedShown(
        document=shown[added.document.id], outcome=added.outcome, twins=list(added.twins)
    )
