"""Values by the label they stand beside, for what no kind of document knows as a field.

The label must be the whole text before a colon, or a whole run of its own with the value in the
next run to the right. What fits only nearly is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from yuepi.documents.contents import Pair
from yuepi.documents.extraction.names import key_of
from yuepi.documents.fields import Candidate
from yuepi.documents.layout.view import GAP, Row, View
from yuepi.documents.reading import Evidence, Source

LABEL_CHARACTERS_MAX: Final = 60
VALUE_CHARACTERS_MAX: Final = 500
_COLON: Final = re.compile(r"[:：]")
_NEXT_LABEL: Final = re.compile(r"\s+(?=[^\s:：\d][^\s:：]{1,11}[:：])")
"""On a row of several `label: value` with single spaces between, where the next one begins."""
_LATIN_END: Final = re.compile(r"[A-Za-z]\Z")


ENTRIES_MAX: Final = 20_000
"""Of one document: more are no labels."""


def entries(name: str, views: Sequence[View]) -> dict[str, list[Candidate]]:
    """By the key of each label on the views the candidates, called `name`, that stand beside it."""
    found: dict[str, list[Candidate]] = {}
    every = (each for view in views for row in view.rows for each in _on_row(name, row, view))
    for key, candidate in islice(every, ENTRIES_MAX):
        found.setdefault(key, []).append(candidate)
    return found


def paired(
    name: str, labels: frozenset[str], pairs: Sequence[Pair], source: Source
) -> list[Candidate]:
    """Candidates for the entries of a form that go by one of the labels."""
    return [
        Candidate(
            name,
            pair.value.strip(),
            Evidence(page=pair.page, box=pair.value_box, source=source, text=pair.value),
        )
        for pair in pairs
        if pair.value.strip() and key_of(pair.key) in labels
    ]


def _on_row(name: str, row: Row, view: View) -> Iterator[tuple[str, Candidate]]:
    runs = list(_runs(row.text))
    for at, (start, end) in enumerate(runs):
        for label, start_at, end_at in _entries(row.text, start, end):
            key = key_of(label)
            if not key:
                continue
            value_start, value_end = start_at, end_at
            if not row.text[start_at:end_at].strip():
                # A label alone: its value is the run beside it, if that is no label itself.
                if end_at != end or at + 1 == len(runs):
                    continue
                value_start, value_end = runs[at + 1]
                if _COLON.search(row.text[value_start:value_end]):
                    continue
            value = row.text[value_start:value_end].strip()
            if value and len(value) <= VALUE_CHARACTERS_MAX:
                box = row.part(value_start, value_end)
                yield key, view.candidate(name, value, box, value)


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each run of a row that stands apart."""
    start = 0
    for part in text.split(GAP):
        if part.strip():
            yield start, start + len(part)
        start += len(part) + 1


def _entries(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """The labels of one run, each with the place of what follows it: empty for a label alone."""
    at = start
    while at < end:
        following = _NEXT_LABEL.search(text, at, end)
        stop = following.start() if following else end
        colon = _COLON.search(text, at, stop)
        label_end, value_start = (colon.start(), colon.end()) if colon else (stop, stop)
        # `Date: 3 May Invoice No: 5`: where words are set apart by spaces, nobody can tell where
        # the value ends and the next label begins.
        if not (following and _LATIN_END.search(text, at, stop)):
            yield text[at:label_end].strip()[:LABEL_CHARACTERS_MAX], value_start, stop
        at = following.end() if following else end
