"""What is personal on a page, covered in its sentences as it is in its fields. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yuepi.documents.kinds import kind_named
from yuepi.documents.masking import masked
from yuepi.documents.reading import FileReading, Reading


def without_personal(sentences: Sequence[str], files: Iterable[FileReading]) -> list[str]:
    """The sentences, one line each, as people see them who did not ask with a reason: what is
    hidden in a reading is covered by stars. Empty texts where that cannot be told line by line."""
    lines = [" ".join(each.split()) for each in sentences]
    text = "\n".join(lines)
    for reading in _telling(files):
        bare = reading.model_copy(
            update={"text": text, "tables": (), "pairs": (), "items": (), "remarks": ()}
            | {"summary": (), "clauses": (), "questions": (), "findings": ()}
        )
        text = masked(bare).text
    told = text.split("\n")
    return told if len(told) == len(lines) else [""] * len(lines)


def _telling(files: Iterable[FileReading]) -> list[Reading]:
    """The readings that know of something personal, and one of those that do not, for numbers of
    identity cards, which hide themselves."""
    readings = [reading for file in files for reading in file.readings]
    knowing = [each for each in readings if kind_named(each.kind).masked or each.mrz is not None]
    plain = [each for each in readings if each not in knowing][:1]
    return [*knowing, *plain]
