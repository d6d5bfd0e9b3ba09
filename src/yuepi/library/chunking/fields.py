"""What was read as fields, and what a document is: pieces in words that people ask with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from yuepi.documents.field_names import field_names
from yuepi.documents.kinds import kind_named
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.boxes import WHOLE, Box, around
from yuepi.library.chunk import CHUNK_CHARACTERS_MAX
from yuepi.library.chunking.draft import Draft, cut, on_page, spaced
from yuepi.library.chunking.flow import length_of

READINGS_MAX: Final = 2_000
_VALUE_CHARACTERS_MAX: Final = 160
_CONTEXT_NAMES_MAX: Final = 3
_HEAD_LINES: Final = 12
_HEAD_LENGTH: Final = 55.0
_SHORT_LENGTH: Final = 30.0
_CONTEXT_WORD_MAX: Final = 48
_NAMES_MAX: Final = 6
_NAMED: Final = ("seller_name", "buyer_name", "party_a", "party_b", "party_c", "party_d", "name")
_TITLES: Final = ("title", "type")
_UNKNOWN: Final = "unknown"
_UNTOLD: Final = ("other", "table")
"""Kinds whose fields say nothing that their title does not."""
_ENDING: Final = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_PARTED: Final = re.compile(r"[_\-.\s]+")

_Entry = tuple[int, str, Box | None]
"""Of a field: its page, how it is told, its place."""


def field_drafts(files: Sequence[FileReading]) -> Iterator[Draft]:
    """For each reading its kind and its fields with their names in Chinese and in English; those
    that stand on another page are a piece of their own there."""
    readings = [reading for file in files for reading in file.readings]
    for reading in [each for each in readings if each.kind not in _UNTOLD][:READINGS_MAX]:
        entries = sorted(_entries(reading), key=lambda entry: entry[0])
        for page, found in groupby(entries, key=lambda entry: entry[0]):
            draft = _block(reading, page, list(found))
            if draft is not None:
                yield draft


def _entries(reading: Reading) -> Iterator[_Entry]:
    kind = kind_named(reading.kind)
    for name, field in reading.fields.items():
        # What is shown to few stands in its own text, and is no word to search by.
        value = (field.value or "").strip()
        if not value or value == _UNKNOWN or name in kind.masked:
            continue
        zh, en = field_names(reading.kind, name)
        label = zh if zh == en else f"{zh} {en}"
        seen = next((each for each in field.evidence if each.box is not None), None)
        page = reading.page if seen is None else seen.page
        yield (
            page,
            f"{label}: {cut(value, _VALUE_CHARACTERS_MAX)}",
            None if seen is None else seen.box,
        )


def _block(reading: Reading, page: int, entries: Sequence[_Entry]) -> Draft | None:
    kind = kind_named(reading.kind)
    text = f"{kind.title_zh} {kind.title_en}"
    boxes: list[Box] = []
    starts: list[int] = []
    for _, told, box in entries:
        if len(text) + 1 + len(told) > CHUNK_CHARACTERS_MAX:
            break
        if box is not None:
            boxes.append(on_page(box))
            starts.append(len(text) + 1)
        text += f"\n{told}"
    if "\n" not in text:
        return None
    box = around(boxes) if boxes else on_page(reading.box)
    return Draft("fields", page, text, box, "", tuple(boxes), tuple(starts))


def title_of(files: Sequence[FileReading]) -> str:
    """What a document calls itself, "" where it does not."""
    readings = (reading for file in files for reading in file.readings)
    for reading in readings:
        for name in _TITLES:
            value = reading.value(name)
            if value and value.strip():
                return value.strip()
    return ""


def name_words(name: str) -> str:
    """The words of a file's name, without its ending."""
    return _PARTED.sub(" ", _ENDING.sub("", name)).strip()


def title_draft(name: str, title: str, files: Sequence[FileReading]) -> Draft:
    """What a document is, in few words: its name and title, its kinds, who is in it.

    What it says is in the pieces of its pages: said here too, it would be found at the wrong place.
    """
    readings = [reading for file in files for reading in file.readings]
    kinds = [kind_named(reading.kind) for reading in readings]
    told = [each for each in kinds if each.name not in _UNTOLD]
    head = spaced(
        (
            title,
            name_words(name),
            *(f"{kind.title_zh} {kind.title_en}" for kind in told[:_NAMES_MAX]),
        )
    )
    text = cut("\n".join(filter(None, (head, spaced(_names(readings))))) or name)
    return Draft("title", 1, text, _title_box(readings))


def whose_words(
    name: str, title: str, files: Sequence[FileReading], first: Sequence[str]
) -> tuple[str, ...]:
    """What tells a document from others of its kind, for the context of each of its pieces: its
    title and first short lines, where a paper says what it is, of whom and when; then who is in it,
    its number and day as they were read.

    first: the lines of its first page.
    """
    readings = [reading for file in files for reading in file.readings]
    names = _names(readings)[:_CONTEXT_NAMES_MAX]
    facts = [value for field in ("number", "date") if (value := _first(readings, field))]
    words = (title or name_words(name), *_head(first), *names, *facts)
    return tuple(cut(each, _CONTEXT_WORD_MAX) for each in words if each)


def _head(first: Sequence[str]) -> list[str]:
    found: list[str] = []
    room = _HEAD_LENGTH
    for line in first[:_HEAD_LINES]:
        length = length_of(line)
        if 1 < length <= min(_SHORT_LENGTH, room):
            found.append(line.strip())
            room -= length
    return found


def _first(readings: Sequence[Reading], field: str) -> str | None:
    """The field of the first reading that has it and may show it."""
    for reading in readings[:_CONTEXT_NAMES_MAX]:
        value = reading.value(field)
        if value and field not in kind_named(reading.kind).masked:
            return value
    return None


def _names(readings: Iterable[Reading]) -> list[str]:
    found = [
        value
        for reading in readings
        for field in _NAMED
        if field not in kind_named(reading.kind).masked and (value := reading.value(field))
    ]
    return list(dict.fromkeys(found))[:_NAMES_MAX]


def _title_box(readings: Sequence[Reading]) -> Box:
    for reading in readings[:1]:
        for name in _TITLES:
            field = reading.fields.get(name)
            for seen in field.evidence if field is not None else ():
                if seen.page == 1 and seen.box is not None:
                    return on_page(seen.box)
    return WHOLE
