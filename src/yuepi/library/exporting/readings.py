"""What was read in a document, as JSON for programs and as CSV for spreadsheets. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from yuepi.documents.reading import Evidence, Field, FileReading, Item, Reading
from yuepi.documents.table_export import csv_of
from yuepi.library.document import Document

HEAD: Final = (
    "file", "document", "page", "kind", "field", "value", "status", "confidence", "sources",
    "seen_on_page", "x0", "y0", "x1", "y1", "text",
)  # fmt: skip
_DECIMALS: Final = 4
_ITEM_FIELDS: Final = tuple(Item.model_fields)


def reading_json(document: Document, files: Sequence[FileReading]) -> bytes:
    """The readings as the API gives them, with what document they are of."""
    told: dict[str, Any] = {
        "document": {
            "id": document.id,
            "name": document.name,
            "title": document.title,
            "kind": document.kind,
            "version": document.number,
            "sha256": document.sha256,
            "pages": document.pages,
            "state": document.state,
        },
        "files": [file.model_dump(mode="json") for file in files],
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def reading_csv(files: Sequence[FileReading]) -> bytes:
    """One row for each field, and for each value of a line of goods (`items.1.name`)."""
    return csv_of(_rows(files))


def _rows(files: Sequence[FileReading]) -> Iterator[Sequence[str]]:
    yield HEAD
    for file in files:
        for number, reading in enumerate(file.readings, 1):
            start = (file.file, str(number), str(reading.page), reading.kind)
            for name, field in reading.fields.items():
                yield (*start, *_field(name, field))
            yield from ((*start, *row) for row in _items(reading))


def _field(name: str, field: Field) -> Sequence[str]:
    said = field.status, f"{field.confidence:.{_DECIMALS}f}", " ".join(field.sources)
    return (name, field.value or "", *said, *_place(field.evidence[0] if field.evidence else None))


def _place(seen: Evidence | None) -> Sequence[str]:
    if seen is None:
        return ("",) * 6
    box = ("",) * 4 if seen.box is None else tuple(f"{edge:.{_DECIMALS}f}" for edge in seen.box)
    return (str(seen.page), *box, seen.text)


def _items(reading: Reading) -> Iterator[Sequence[str]]:
    for number, item in enumerate(reading.items, 1):
        for name in _ITEM_FIELDS:
            value = getattr(item, name)
            if value is not None:
                yield (f"items.{number}.{name}", value, *("",) * 9)
