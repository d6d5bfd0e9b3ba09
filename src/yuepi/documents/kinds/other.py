"""Anything that is none of the other kinds: at most a title, where one stands out."""

from __future__ import annotations

import re
from typing import Final

from yuepi.documents.fields import Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.view import View

_OUTSTANDING: Final = 1.6
"""How much taller than the usual line a title is."""


def _likeness(view: View) -> float:
    """The mark that a real kind has to beat."""
    del view
    return 0.5


def _read(view: View) -> Draft:
    upper = [
        line
        for line in view.lines
        if line.box.centre[1] < view.box.y0 + 0.4 * view.box.height
        and line.box.height < line.box.width * view.aspect
        and 2 <= len(line.text.strip()) <= 60
        and re.search(r"[^\W\d_]{2}", line.text)
    ]
    if len(view.lines) < 3 or not upper:
        return Draft()
    tallest = max(upper, key=lambda line: line.box.height)
    if tallest.box.height < _OUTSTANDING * view.line_height:
        return Draft()
    title = tallest.text.strip()
    return Draft((view.candidate("title", title, tallest.box, title, firm=False),))


KIND = Kind(
    name="other",
    title_zh="其他",
    title_en="Something else",
    fields=("title",),
    decisive=(),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
)
