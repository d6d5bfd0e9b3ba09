"""Personal data in what a search tells: in part, as in readings; it is found whole."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from yuepi.documents.kept_reading import files_of
from yuepi.documents.kinds import kind_named
from yuepi.documents.masking import STAR, masked
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.database import Database
from yuepi.library.asking.covering import without_personal
from yuepi.library.hit import Mark
from yuepi.library.marks import Narrowed
from yuepi.library.store.fitting import Spine
from yuepi.library.store.personal import personal_files

DIGITS_MIN: Final = 6
ID_DIGITS_MIN: Final = 17
"""A text with fewer digits holds no number that is personal: of a paper that hides fields, and of
others, where numbers of identity cards alone are."""
_DIGIT: Final = re.compile(r"\d")

Personal = Mapping[str, Sequence[FileReading]]
"""What was read of documents that hide fields, by their ids."""


async def personal_in(database: Database, document_ids: Collection[str]) -> Personal:
    """What was read of those of these documents that hide something. They were shown to be within
    reach before."""
    async with database.reading() as transaction:
        kept = await personal_files(transaction, document_ids)
    if not kept:
        return {}
    return await asyncio.to_thread(_read, kept)


def _read(kept: Mapping[str, Sequence[str]]) -> Personal:
    return {id_: [file for text in texts for file in files_of(text)] for id_, texts in kept.items()}


def told_in_part(document: Spine, files: Sequence[FileReading], part: Narrowed) -> Narrowed:
    """The part of a piece without what its document's readings hide, and without numbers of
    identity cards anywhere. files: what was read of it, where that hides fields."""
    if not files:
        marks = tuple(_marked(mark, _in_part(document, mark.text)) for mark in part.marks)
        return Narrowed(_in_part(document, part.text), part.box, marks)
    lines = part.text.split("\n")
    told = without_personal([*lines, *(mark.text for mark in part.marks)], files)
    text, words = "\n".join(told[: len(lines)]), told[len(lines) :]
    was = "\n".join(" ".join(line.split()) for line in lines)
    marks = tuple(
        # A part of a hidden value is too short to be known as one by itself.
        _marked(mark, STAR * len(mark.text) if word in was and word not in text else word)
        for mark, word in zip(part.marks, words, strict=True)
    )
    return Narrowed(text, part.box, marks)


def _marked(mark: Mark, text: str) -> Mark:
    return mark if mark.text == text else mark.model_copy(update={"text": text})


def _in_part(document: Spine, text: str) -> str:
    kind = document.kind or "other"
    if len(_DIGIT.findall(text)) < (DIGITS_MIN if kind_named(kind).masked else ID_DIGITS_MIN):
        return text
    return masked(
        Reading(
            kind=kind, kind_confidence=1.0, page=1, quality="clean",
            fields={}, text=text,
        )
    ).text  # fmt: skip
