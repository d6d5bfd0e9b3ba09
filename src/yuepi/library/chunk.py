"""A piece of a document that is found as one: a paragraph, rows of a table, a block of fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from yuepi.kit.boxes import Box

ChunkSort = Literal["text", "table", "fields", "title"]

CHUNK_CHARACTERS_MAX: Final = 700


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one version of a document.

    id: made of the version and its place, so that indexing twice makes it once. page: its number
    in the file, from 1. box: around all of it; boxes: of its lines, where each begins in `text`
    (`starts`), so that a part can be marked. context: words that belong to it without standing
    there: the document's title, the heading above, the head of the table; searched, not quoted.
    """

    id: str
    document_id: str
    version_id: str
    at: int
    sort: ChunkSort
    page: int
    box: Box
    text: str
    context: str = ""
    boxes: tuple[Box, ...] = ()
    starts: tuple[int, ...] = ()


def chunk_id(version_id: str, at: int) -> str:
    """The id of the piece at a place of a version."""
    return f"{version_id}.{at:05d}"
