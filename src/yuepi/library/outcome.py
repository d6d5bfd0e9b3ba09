"""What a document is once all its parts were read: its kind, title, amount, day. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yuepi.documents.kinds import kind_named
from yuepi.documents.page_text import PageText
from yuepi.documents.reading import FileReading, Problem, Reading
from yuepi.kit.clock import iso_day
from yuepi.kit.money import parse_amount
from yuepi.library.chunking.fields import title_of
from yuepi.library.document import PartState, State
from yuepi.library.heading import heading_of
from yuepi.library.papers import ReadDocument
from yuepi.library.values import Value, hundredths_of, values_of

TITLE_CHARACTERS_MAX: Final = 255
_TOTALS: Final = ("total", "amount", "fare", "subtotal")
_DAYS: Final = ("date", "signed_date", "departure", "issued", "check_in", "term_start")
_PLAIN: Final = ("other", "table", "form", "chart")
"""Kinds of pages that say little of the whole they belong to."""
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_NOT_ALL: Final = "page_damaged"
_LOST: Final = Problem(
    code="reading_failed",
    message="The document could not be read, several times",
    remedy="Add it again; if that fails too, see the log of the worker.",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is written into a document's row, and its exact things."""

    state: State
    kind: str | None
    title: str
    pages: int
    amount_hundredths: int | None
    currency: str | None
    day: str | None
    sealed: bool | None
    problem: str | None
    values: tuple[Value, ...]


def outcome_of(read: ReadDocument, states: Sequence[PartState]) -> Outcome:
    """What all the parts of a document come to; states: of those parts."""
    readings = [reading for file in read.files for reading in file.readings]
    best = _telling(readings)
    problem = _problem(read.files, states)
    amount = None if best is None else _amount(best)
    return Outcome(
        state=_state(readings, states, problem),
        kind=None if best is None else best.kind,
        title=_title(read, best),
        pages=max(sum(file.pages for file in read.files), read.version.pages),
        amount_hundredths=amount,
        currency=None if amount is None or best is None else _currency(best),
        day=None if best is None else _day(best),
        sealed=_sealed(read.texts),
        problem=None if problem is None else problem.model_dump_json(),
        values=tuple(values_of(read)),
    )


def _state(
    readings: Sequence[Reading], states: Sequence[PartState], problem: Problem | None
) -> State:
    if all(state == "failed" for state in states) or (problem is not None and not readings):
        return "failed"
    return "done" if problem is None else "partial"


def _problem(files: Sequence[FileReading], states: Sequence[PartState]) -> Problem | None:
    told = next((file.error for file in files if file.error is not None), None)
    if told is not None:
        return told
    if "failed" in states:
        return _LOST
    for file in files:
        for reading in file.readings:
            for finding in reading.findings:
                if finding.code == _NOT_ALL:
                    remedy = "Get the file again from where it came from; the rest is read."
                    return Problem(code=finding.code, message=finding.message, remedy=remedy)
    return None


def _telling(readings: Sequence[Reading]) -> Reading | None:
    """The reading that says what the document is: the first that is something of its own."""
    own = (reading for reading in readings if reading.kind not in _PLAIN)
    return next(own, next(iter(readings), None))


def _title(read: ReadDocument, best: Reading | None) -> str:
    """What it calls itself; of what is no kind of its own, the heading that it begins with."""
    title = title_of(read.files)
    if not title and (best is None or best.kind in _PLAIN):
        title = heading_of(read.texts)
    return " ".join(title.replace("\0", "").split())[:TITLE_CHARACTERS_MAX]


def _said(reading: Reading, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        value = reading.value(name)
        if value is not None:
            yield value


def _amount(reading: Reading) -> int | None:
    amounts = (parse_amount(value, ".") for value in _said(reading, _TOTALS))
    found: Decimal | None = next((each for each in amounts if each is not None), None)
    return None if found is None else hundredths_of(found)


def _currency(reading: Reading) -> str | None:
    code = reading.value("currency")
    if code is not None:
        return code.upper() if _CURRENCY.fullmatch(code.upper()) else None
    return "CNY" if kind_named(reading.kind).is_invoice and reading.kind != "invoice" else None


def _day(reading: Reading) -> str | None:
    for value in _said(reading, _DAYS):
        day = iso_day(value[:10])
        if day is not None:
            return day.isoformat()
    return None


def _sealed(texts: Sequence[PageText]) -> bool | None:
    """Whether a seal was seen on any page; None where nobody could tell."""
    seen = [page.seals for page in texts if page.seals is not None]
    return any(seen) if seen else None
