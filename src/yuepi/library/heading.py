"""The heading that a paper of no kind of its own begins with. Pure.

A line that is no heading as a title is worse than none: the name of the file is shown then.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from yuepi.documents.page_text import PageText, TextRun

CHARACTERS_MAX: Final = 60
_ROWS_LOOKED_AT: Final = 3
_WIDTH_SHARE_MAX: Final = 0.8
"""Of the widest line of the page: a wider one is the first of a paragraph."""
_ROWS_MIN: Final = 3
"""A page of fewer rows has no heading: it is a note."""

_PASSED_OVER: Final = re.compile(
    r"(?:第?\s*\d+\s*页?(?:\s*[/共]\s*\d+\s*页?)?|page\s+\d+(?:\s*(?:of|/)\s*\d+)?|[\W\d_]*)",
    re.IGNORECASE,
)
"""Numbers of pages, days, lines."""
_NO_END: Final = re.compile(r"[。！？；，、：.!?;,:…]$")
_LABEL: Final = re.compile(r"[:：]\s*\S|\S\s*[=＝]\s*\S")
_ADDRESSED: Final = re.compile(r"(?i)dear\b|hi\b|hello\b|尊敬的|亲爱的|您好|你好")
_PRIVATE: Final = re.compile(r"\d{6,}|@|://|www\.", re.IGNORECASE)
_LETTER: Final = re.compile(r"[^\W\d_]")
_LETTERS_MIN: Final = 2


def heading_of(pages: Sequence[PageText]) -> str:
    """The heading of the first page, "" where it begins with none."""
    first = next((page for page in pages if page.file_at == 0 and page.page == 1), None)
    if first is None:
        return ""
    rows = [list(runs) for _, runs in groupby(first.runs, key=lambda run: run.row)]
    if len(rows) < _ROWS_MIN:
        return ""
    widest = max(map(_width, rows))
    for row in rows[:_ROWS_LOOKED_AT]:
        text = " ".join(" ".join(run.text for run in row).split())
        if _PASSED_OVER.fullmatch(text):
            continue
        narrow = _width(row) <= _WIDTH_SHARE_MAX * widest
        return text if narrow and _reads_as_heading(text) else ""
    return ""


def _width(row: Sequence[TextRun]) -> float:
    return max(run.box.x1 for run in row) - min(run.box.x0 for run in row)


def _reads_as_heading(text: str) -> bool:
    return (
        len(text) <= CHARACTERS_MAX
        and text.isprintable()
        and len(_LETTER.findall(text)) >= _LETTERS_MIN
        and not any(pattern.search(text) for pattern in (_NO_END, _LABEL, _PRIVATE))
        and _ADDRESSED.match(text) is None
    )
