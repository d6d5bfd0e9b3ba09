"""Who reads files in the background: the contract, and readings as they are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from yuepi.documents.kept_pages import PagePicture, keep_pages
from yuepi.documents.page_text import PageText
from yuepi.documents.reading import FileReading, Problem
from yuepi.kit.blobs import Blobs
from yuepi.kit.errors import UnreadableFile

FILES: Final = TypeAdapter(tuple[FileReading, ...])
"""Reads and writes the files of a stored reading."""
TEXT_CHARACTERS_MAX: Final = 8 * 2**20
"""A reading that is larger as JSON is no paper's: the file is unreadable."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What was read in one attachment: its files (an archive has several), and the perceptual
    hashes of all their pages in order, an empty text for a page without a picture. pages: the
    pictures for people, of those pages that have one. texts: the lines of each page with their
    places, for who searches them."""

    files: tuple[FileReading, ...]
    pictures: tuple[str, ...] = ()
    pages: tuple[PagePicture, ...] = ()
    texts: tuple[PageText, ...] = ()


class Reader(Protocol):
    """Reads attachments. version: of everything that could change what is read, 128 characters at
    most: readings of another version are not used."""

    @property
    def version(self) -> str: ...

    async def read(self, name: str, data: bytes) -> ReadFile:
        """What stands in a file. Raises `UnreadableFile` for a fault of the file itself; anything
        else that it raises is a fault of ours, and the file is read again."""


@dataclass(frozen=True, slots=True)
class KeptReading:
    """What was read in one file as it is kept: JSON, as in `readings`."""

    files: str
    pictures: str
    pages: str


async def read_kept(reader: Reader, blobs: Blobs, name: str, sha256: str) -> KeptReading:
    """Read a file and keep the pictures of its pages. A fault of the file is its reading; any
    other error is raised."""
    data = await blobs.get(sha256)
    try:
        read = await reader.read(name, data)
    except UnreadableFile as error:
        read = ReadFile((unreadable(name, sha256, error),))
    try:
        text = files_text(read.files)
    except UnreadableFile as error:
        text = files_text([unreadable(name, sha256, error)])
    pages = await keep_pages(blobs, read.pages)
    return KeptReading(text, json.dumps(list(read.pictures)), pages)


def unreadable(name: str, sha256: str, error: UnreadableFile) -> FileReading:
    """The reading of a file that cannot be read."""
    problem = Problem(code=error.code, message=error.message, remedy=error.remedy)
    return FileReading(file=name, sha256=sha256, pages=0, original=False, error=problem)


def files_text(files: Sequence[FileReading]) -> str:
    """Files as they are kept: JSON that `judge.FILES` reads again.

    Raises `UnreadableFile` for a reading of more than `TEXT_CHARACTERS_MAX`.
    """
    try:
        text = FILES.dump_json(tuple(files)).decode("utf-8")
    except (PydanticSerializationError, UnicodeDecodeError):
        # A broken text layer can hold half of a character, which no JSON may.
        text = FILES.dump_json(tuple(map(_whole, files))).decode("utf-8")
    if len(text) > TEXT_CHARACTERS_MAX:
        raise UnreadableFile(
            "more was read in the file than a claim's papers hold",
            remedy="send only the pages that belong to the claim",
            code="too_large",
        )
    return text


def files_of(text: str) -> tuple[FileReading, ...]:
    """The files in a stored reading."""
    return FILES.validate_json(text)


def renamed(text: str, name: str) -> str:
    """The stored reading of one file, as that of a file with the same bytes and another name."""
    return files_text([file.model_copy(update={"file": name}) for file in files_of(text)])


def _whole(file: FileReading) -> FileReading:
    """The file with replacement characters for what is no character."""
    return FileReading.model_validate(_mended(file.model_dump()))


def _mended(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_mended(key): _mended(each) for key, each in value.items()}
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return [_mended(each) for each in value]
    return value
