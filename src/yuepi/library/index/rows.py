"""Pieces of documents as rows of the index's two tables, and back.

`chunks` has each piece with its words; `vectors` has the vectors of those that have one, apart,
because they come later and its library takes no row without a vector. Both carry who may see the
document, so that a search is narrowed before it ranks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from yuepi.kit.boxes import Box
from yuepi.library.chunk import Chunk
from yuepi.library.document import Document
from yuepi.library.index.passage import hash_of, stand_of
from yuepi.library.index.words import words_of

KEY: Final = {b"lance-schema:unenforced-primary-key": b"true"}
"""With it two writers that add the same new row make it once; without, 600 of 600 were doubled."""

_COMMON: Final = (
    pa.field("id", pa.string(), False, metadata=KEY),
    pa.field("document", pa.string(), False),
    pa.field("version", pa.string(), False),
    pa.field("owner", pa.string(), False),
    pa.field("department", pa.string()),
    # Of the piece's text with its context: a vector belongs to it or is old.
    pa.field("hash", pa.string(), False),
)
CHUNKS: Final = pa.schema(
    [
        *_COMMON,
        # How the document's row stood when the piece was made.
        pa.field("stand", pa.string(), False),
        pa.field("at", pa.int32(), False),
        pa.field("sort", pa.string(), False),
        pa.field("page", pa.int32(), False),
        pa.field("box", pa.list_(pa.float64()), False),
        pa.field("words", pa.string(), False),
        pa.field("text", pa.string(), False),
        pa.field("context", pa.string(), False),
        # Four numbers for each line.
        pa.field("boxes", pa.list_(pa.float64()), False),
        pa.field("starts", pa.list_(pa.int32()), False),
    ]
)
CHUNK_COLUMNS: Final = tuple(
    name for name in CHUNKS.names if name not in ("owner", "department", "hash", "stand", "words")
)
"""Those that a `Chunk` is made of."""


def vectors_schema(dimensions: int) -> Any:
    """Of the table of vectors that have so many dimensions."""
    vector = pa.field("vector", pa.list_(pa.float32(), dimensions), False)
    return pa.schema([*_COMMON, vector])


def chunk_rows(put: Sequence[tuple[Document, Sequence[Chunk]]]) -> Any:
    """A table of the pieces of these documents."""
    pairs = [(document, chunk) for document, chunks in put for chunk in chunks]
    columns: dict[str, list[Any]] = _common(pairs)
    columns |= {
        "stand": [stand_of(document) for document, _ in pairs],
        "at": [chunk.at for _, chunk in pairs],
        "sort": [chunk.sort for _, chunk in pairs],
        "page": [chunk.page for _, chunk in pairs],
        "box": [list(chunk.box) for _, chunk in pairs],
        "words": [_words(chunk) for _, chunk in pairs],
        "text": [_clean(chunk.text) for _, chunk in pairs],
        "context": [_clean(chunk.context) for _, chunk in pairs],
        "boxes": [[side for box in chunk.boxes for side in box] for _, chunk in pairs],
        "starts": [list(chunk.starts) for _, chunk in pairs],
    }
    return pa.table(columns, schema=CHUNKS)


def vector_rows(rows: Sequence[tuple[Document, Chunk, Sequence[float]]], dimensions: int) -> Any:
    """A table of the vectors of these pieces."""
    columns = _common([(document, chunk) for document, chunk, _ in rows])
    columns["vector"] = [list(vector) for _, _, vector in rows]
    return pa.table(columns, schema=vectors_schema(dimensions))


def chunk_of(row: Mapping[str, Any]) -> Chunk:
    """The piece in a row that has `CHUNK_COLUMNS`."""
    return Chunk(
        id=row["id"],
        document_id=row["document"],
        version_id=row["version"],
        at=row["at"],
        sort=row["sort"],
        page=row["page"],
        box=Box(*row["box"]),
        text=row["text"],
        context=row["context"],
        boxes=tuple(_boxes(row["boxes"])),
        starts=tuple(row["starts"]),
    )


def _common(pairs: Sequence[tuple[Document, Chunk]]) -> dict[str, list[Any]]:
    return {
        "id": [chunk.id for _, chunk in pairs],
        "document": [document.id for document, _ in pairs],
        "version": [chunk.version_id for _, chunk in pairs],
        "owner": [document.owner_id for document, _ in pairs],
        "department": [document.department_id for document, _ in pairs],
        "hash": [hash_of(chunk) for _, chunk in pairs],
    }


def _words(chunk: Chunk) -> str:
    return words_of(f"{chunk.context}\n{chunk.text}")


def _boxes(sides: Sequence[float]) -> Iterator[Box]:
    for at in range(0, len(sides), 4):
        yield Box(*sides[at : at + 4])


def _clean(text: str) -> str:
    """Half a surrogate pair is no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
