"""Anything that is none of the other kinds: a title, where one stands out, and its tables."""

from __future__ import annotations

import re
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.view import View
from yuepi.documents.tables import find_tables

_OUTSTANDING: Final = 1.6
"""How much taller than the usual line a title is."""


def _likeness(view: View) -> float:
    """The mark that a real kind has to beat."""
    del view
    return 0.5


def _read(view: View) -> Draft:
    return Draft(_title(view), tables=find_tables(view))


def _title(view: View) -> tuple[Candidate, ...]:
    upper = [
        line
        for line in view.lines
        if line.box.centre[1] < view.box.y0 + 0.4 * view.box.height
        and line.box.height < line.box.width * view.aspect
        and 2 <= len(line.text.strip()) <= 60
        and re.search(r"[^\W\d_]{2}", line.text)
    ]
    if len(view.lines) < 3 or not upper:
        return ()
    tallest = max(upper, key=lambda line: line.box.height)
    if tallest.box.height < _OUTSTANDING * view.line_height:
        return ()
    title = tallest.text.strip()
    return (view.candidate("title", title, tallest.box, title, firm=False),)


KIND = Kind(
    name="other",
    title_zh="其他",
    title_en="Something else",
    fields=("title",),
    decisive=(),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    labels={"title": ("标题", "Title")},
)
