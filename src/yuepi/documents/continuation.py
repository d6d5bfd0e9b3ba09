"""Documents that run over several pages of one file become one reading. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from yuepi.documents.kinds import kind_named
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.prose import prose_of
from yuepi.documents.layout.text import squeeze
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Field, Reading
from yuepi.documents.remarks import read_remarks
from yuepi.documents.summary import summarise

Page = TypeVar("Page")

TEXT_CHARACTERS_MAX: Final = 200_000
"""Of a joined reading; further text is left out."""
_NUMBER_LENGTH_MIN = 6
"""Shorter numbers turn up on other pages by chance."""
_CONTENTS_MAX: Final = 500
"""Tables, pairs, clauses, remarks of one document, each."""
_DRAWN: Final = ("chart", "product_photo", "screenshot", "payment_screenshot")
"""Kinds whose drawn curves are no writing."""
_LINES_MIN: Final = 8
"""Fewer lines are a photo of something rather than a document to write on."""
_NO_KIND_OF_THEIR_OWN: Final = ("other", "table", "form", "chart")
"""Pages of these kinds are often parts of a longer document: a schedule, a page to fill in."""


def read_joined(
    pages: Sequence[Page], read: Callable[[Page, Kind | None], Sequence[Reading]]
) -> list[tuple[Reading, tuple[Page, ...]]]:
    """The documents of one file, each with the pages that it takes.

    read: the documents on one page; as the given kind where one is given. A page that is no kind
    of its own goes on with the document before it where that is of a kind of many pages, and is
    read again as that kind.
    """
    joined: list[tuple[Reading, tuple[Page, ...]]] = []
    for page in pages:
        found = read(page, None)
        if joined and len(found) == 1 and _goes_on(joined[-1][0], found[0]):
            before, taken = joined[-1]
            (again,) = read(page, kind_named(before.kind))
            joined[-1] = (merged(before, again), (*taken, page))
            continue
        for reading in found:
            if joined and _continues(joined[-1][0], reading):
                before, taken = joined[-1]
                joined[-1] = (merged(before, reading), (*taken, page))
            else:
                joined.append((reading, (page,)))
    return joined


def join_pages(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """The readings of one file with each continued page merged into the page it continues."""
    return tuple(
        reading for reading, _ in read_joined([(each,) for each in readings], lambda page, _: page)
    )


def finished(reading: Reading, views: Sequence[View]) -> Reading:
    """A joined reading with what can only be told of the whole: what its kind adds, what was
    written onto it, and a summary where it is long.

    views: the text of its pages, of those that show nothing else.
    """
    kind = kind_named(reading.kind)
    reading = kind.finish(reading)
    if kind.is_invoice:
        return reading
    remarks = reading.remarks
    if not remarks and reading.kind not in _DRAWN:
        written = [view for view in views if len(view.lines) >= _LINES_MIN]
        remarks = tuple(each for view in written for each in read_remarks(view))
    summary = reading.summary or summarise([prose_of(view) for view in views])
    if not remarks and not summary:
        return reading
    return reading.model_copy(update={"remarks": remarks[:_CONTENTS_MAX], "summary": summary})


def _goes_on(before: Reading, after: Reading) -> bool:
    """Whether a page may be a further one of the document before: it is no kind of its own, or of
    the same kind and says nothing else of what tells such documents apart."""
    kind = kind_named(before.kind)
    if kind.pages != "many" or after.page <= before.page:
        return False
    if after.kind != before.kind:
        return after.kind in _NO_KIND_OF_THEIR_OWN
    names = [name for name in (*kind.decisive, "number") if name in after.fields]
    said = [name for name in names if after.value(name) is not None]
    same = all(after.value(name) == before.value(name) for name in said)
    return same and len(said) < len(names)


def _continues(before: Reading, after: Reading) -> bool:
    """Whether the next page carries the number of the document before and is of no other kind."""
    number = before.value("number")
    if number is None or len(number) < _NUMBER_LENGTH_MIN or after.page <= before.page:
        return False
    if before.fields["number"].only_said:
        return False
    if after.kind == before.kind:
        return after.without_said().value("number") == number
    return after.kind == "other" and squeeze(number) in squeeze(after.text)


def merged(before: Reading, after: Reading) -> Reading:
    """A document with what a further page, or part, of it says."""
    fields = {name: _better(field, after.fields.get(name)) for name, field in before.fields.items()}
    return before.model_copy(
        update={
            "fields": fields,
            "items": before.items + after.items,
            "findings": tuple(dict.fromkeys((*before.findings, *after.findings))),
            "tables": (before.tables + after.tables)[:_CONTENTS_MAX],
            "pairs": (before.pairs + after.pairs)[:_CONTENTS_MAX],
            "chart": before.chart or after.chart,
            "mrz": before.mrz or after.mrz,
            "clauses": (before.clauses + after.clauses)[:_CONTENTS_MAX],
            "summary": before.summary + after.summary,
            "remarks": (before.remarks + after.remarks)[:_CONTENTS_MAX],
            "questions": before.questions + after.questions,
            "text": f"{before.text}\n{after.text}"[:TEXT_CHARACTERS_MAX],
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
