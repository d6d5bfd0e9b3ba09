"""Tables as pieces: some rows together, with the head of their columns as context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from yuepi.library.chunk import CHUNK_CHARACTERS_MAX
from yuepi.library.chunking.draft import Draft, draft_of
from yuepi.library.chunking.flow import Flow, length_of
from yuepi.library.chunking.paragraphs import cut_passages
from yuepi.library.chunking.passage import Passage, joined, line_passage

ROWS_MAX: Final = 10
LENGTH_MAX: Final = 200.0
"""Of the rows together, as of paragraphs."""
_HEAD_ROWS_MAX: Final = 3
_HEAD_CHARACTERS_MAX: Final = 100
_DIGIT: Final = re.compile(r"\d")


def table_drafts(flow: Flow, page: int, aspect: float, above: str = "") -> Iterator[Draft]:
    """The row groups of a table, with the heading above it as context too; none has more than
    `ROWS_MAX` rows, or is too long."""
    rows = [line_passage(line, aspect) for line in flow.lines]
    head = _head(flow, rows)
    # A row that is longer than a piece may be is cut like any text.
    for at, group in enumerate(_groups(list(cut_passages(rows)))):
        yield draft_of("table", page, joined(group), head if at else "").within(above)


def _head(flow: Flow, rows: Sequence[Passage]) -> str:
    """What the columns are called: the rows that are known to be a head, else a first row without
    figures above rows with some."""
    count = flow.table.head_rows if flow.table is not None else 0
    if not count and len(rows) > 1 and not _DIGIT.search(rows[0].text):
        count = 1 if any(_DIGIT.search(row.text) for row in rows[1:]) else 0
    text = " ".join(row.text for row in rows[: min(count, _HEAD_ROWS_MAX)])
    return re.sub(r"\s+", " ", text)[:_HEAD_CHARACTERS_MAX]


def _groups(rows: Sequence[Passage]) -> Iterator[list[Passage]]:
    group: list[Passage] = []
    length, characters = 0.0, 0
    for row in rows:
        own = length_of(row.text)
        full = (
            len(group) >= ROWS_MAX
            or length + own > LENGTH_MAX
            or characters + 1 + len(row.text) > CHUNK_CHARACTERS_MAX
        )
        if group and full:
            yield group
            group, length, characters = [], 0.0, 0
        group.append(row)
        length += own
        characters += len(row.text) + 1
    if group:
        yield group
