"""Documents that run over several pages of one file become one reading. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from yuepi.documents.layout.text import squeeze
from yuepi.documents.reading import Field, Reading

_NUMBER_LENGTH_MIN = 6
"""Shorter numbers turn up on other pages by chance."""


def join_pages(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """The readings of one file with each continued page merged into the page it continues."""
    joined: list[Reading] = []
    for reading in readings:
        if joined and _continues(joined[-1], reading):
            joined[-1] = _merged(joined[-1], reading)
        else:
            joined.append(reading)
    return tuple(joined)


def _continues(before: Reading, after: Reading) -> bool:
    """Whether the next page carries the number of the document before and is of no other kind."""
    number = before.value("number")
    if number is None or len(number) < _NUMBER_LENGTH_MIN or after.page <= before.page:
        return False
    if after.kind == before.kind:
        return after.value("number") == number
    return after.kind == "other" and squeeze(number) in squeeze(after.text)


def _merged(before: Reading, after: Reading) -> Reading:
    fields = {name: _better(field, after.fields.get(name)) for name, field in before.fields.items()}
    return before.model_copy(
        update={
            "fields": fields,
            "items": before.items + after.items,
            "findings": tuple(dict.fromkeys((*before.findings, *after.findings))),
            "text": f"{before.text}\n{after.text}",
        }
    )


def _better(one: Field, other: Field | None) -> Field:
    """The one that has a value; where both have one and differ, a conflict of the two."""
    if other is None or other.value is None or other.value == one.value:
        return one
    if one.value is None:
        return other
    return one.model_copy(
        update={"status": "conflict", "confidence": 0.5, "others": (*one.others, other.value)}
    )
