"""What is shown of papers with personal data: in part, wherever a claim's papers are told. Pure.

Readings and corrections are kept whole. `reveals.reveal` shows them whole to who says why.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import TypeAdapter

from yuepi.approvals.corrections import KIND_FIELD, CorrectionRow, Files
from yuepi.approvals.said import Said
from yuepi.documents.kinds import kind_named
from yuepi.documents.masking import masked, masked_fields, masked_value
from yuepi.documents.reading import FileReading

UNKNOWN: Final = "other"
"""The kind of a paper that nothing is known of."""
_FILES: Final = TypeAdapter(tuple[FileReading, ...])
_Place = tuple[str, int, int]


def shown_files(
    text: str, attachment: str = "", corrections: Sequence[CorrectionRow] = ()
) -> list[Any]:
    """The files of a stored reading of an attachment as JSON values, personal data in part: of
    papers that people say are of another kind, what is personal in either."""
    files: list[dict[str, Any]] = json.loads(text)
    once = {place: kinds for place, kinds in _kinds_before(corrections).items() if kinds}
    renamed = any(of == attachment for of, _, _ in once)
    if not renamed and not any(_is_personal(each) for file in files for each in file["readings"]):
        # Most papers hold none: they are told as they are kept.
        return files
    whole = {attachment: _FILES.validate_python(files)}
    return [each.model_dump(mode="json") for each in _masked(whole, once)[attachment]]


def _is_personal(reading: Mapping[str, Any]) -> bool:
    own = kind_named(reading["kind"]).masked
    return bool(own or reading.get("mrz") or masked_fields(reading["kind"], reading["fields"]))


def shown_corrected(
    files: Files, corrections: Sequence[CorrectionRow]
) -> dict[str, tuple[FileReading, ...]]:
    """Files that people's corrections are in already, personal data in part."""
    return _masked(files, _kinds_before(corrections))


def _masked(
    files: Files, once: Mapping[_Place, tuple[str, ...]]
) -> dict[str, tuple[FileReading, ...]]:
    return {
        attachment: tuple(
            file.model_copy(
                update={
                    "readings": tuple(
                        masked(reading, once.get((attachment, file_at, at), ()))
                        for at, reading in enumerate(file.readings)
                    )
                }
            )
            for file_at, file in enumerate(each)
        )
        for attachment, each in files.items()
    }


def shown_corrections(
    files: Files, corrections: Sequence[CorrectionRow], every: Sequence[CorrectionRow] = ()
) -> list[CorrectionRow]:
    """Corrections with what is personal in part. files: as read or as corrected; every: all
    corrections of the claim, where `corrections` are only some."""
    once = _kinds_before(every or corrections)
    return [
        replace(
            row,
            was=None if row.was is None else masked_value(row.field, row.was),
            value=None if row.value is None else masked_value(row.field, row.value),
        )
        if _masks(files, once, (row.attachment_id, row.file_at, row.reading_at), row.field)
        else row
        for row in corrections
    ]


def shown_said(files: Files, said: Iterable[Said]) -> list[Said]:
    """What a submitter says, with what is personal in part."""
    return [
        replace(each, value=masked_value(each.field, each.value))
        if _masks(files, {}, (each.of, each.file_at, each.reading_at), each.field)
        else each
        for each in said
    ]


def files_of(text: str) -> tuple[FileReading, ...]:
    """The files of a stored reading."""
    return _FILES.validate_json(text)


def _kinds_before(corrections: Sequence[CorrectionRow]) -> dict[_Place, tuple[str, ...]]:
    """What papers were taken for, before a person said what they are."""
    found: dict[_Place, tuple[str, ...]] = {}
    for row in corrections:
        if row.field == KIND_FIELD:
            place = (row.attachment_id, row.file_at, row.reading_at)
            found[place] = (*found.get(place, ()), *(kind for kind in (row.was, row.value) if kind))
    return found


def _masks(files: Files, once: Mapping[_Place, tuple[str, ...]], place: _Place, field: str) -> bool:
    """Whether a field of the paper at that place is personal; of one that was not read, by its
    name alone."""
    attachment, file_at, at = place
    there = files.get(attachment, ())
    kinds = list(once.get(place, ()))
    if file_at < len(there) and at < len(there[file_at].readings):
        kinds.append(there[file_at].readings[at].kind)
    else:
        kinds.append(UNKNOWN)
    return any(masked_fields(kind, [field]) for kind in kinds)
