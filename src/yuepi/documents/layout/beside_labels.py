"""Values behind or under their labels, on papers that are no tax form.

Statements, notes, tickets and product sheets print `label: value`, a label and its value in two
cells side by side, or the label as a heading with its value in the next line of the column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from yuepi.documents.fields import Candidate
from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.dates import printed_dates
from yuepi.documents.layout.text import money
from yuepi.documents.layout.view import GAP, View
from yuepi.kit.boxes import Box

_LABELS_TRIED_MAX: Final = 12
_LINES_BELOW: Final = 2.6
"""How far under its label a value may begin, in heights of the label."""
WORDS: Final = rf"[^{GAP}:：]{{1,80}}?(?=\s+[^\s:：]{{2,14}}\s*[:：]|\s*{GAP}|\s*$)"
"""Any words up to a wide gap or the next label."""
AMOUNT: Final = r"-?(?:\d{1,3}(?:[,，]\d{3})+|\d{1,8})\s?[.．]\s?\d{2}(?![\d.])"


@dataclass(frozen=True, slots=True)
class Found:
    """The text of a value as printed, and its place."""

    text: str
    box: Box


def spaced(*words: str) -> str:
    """A pattern for any of the words, whose letters may be set apart. Longer ones come first."""
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(r"\s*".join(map(re.escape, word.replace(" ", ""))) for word in longest_first)


def labelled(view: View, label: str, value: str, other: str | None = None) -> list[Found]:
    """What stands behind the label, else under it. All places, top to bottom.

    label, value: patterns; the value is matched where it begins. other: a pattern of further
    labels: what begins like one is no value.
    """
    no = re.compile(other) if other else None
    found = list(_behind(view, label, value, no))
    return found or list(_under(view, label, value, no))


def _behind(view: View, label: str, value: str, no: re.Pattern[str] | None) -> Iterator[Found]:
    pattern = re.compile(rf"(?:^|(?<=[\s:：;；,，(（|]))(?:{label})\s*[:：]?\s*(?P<v>{value})")
    for row in view.rows:
        for match in pattern.finditer(narrow(row.text)):
            text = match["v"].strip()
            if text and not (no and no.match(text)):
                start = match.start("v")
                yield Found(row.text[start : start + len(text)], row.part(start, start + len(text)))


def _under(view: View, label: str, value: str, no: re.Pattern[str] | None) -> Iterator[Found]:
    heading = re.compile(rf"(?:{label})\s*[:：]?\s*")
    wanted = re.compile(value)
    tried = 0
    for line in view.lines:
        if not heading.fullmatch(narrow(line.text)) or tried == _LABELS_TRIED_MAX:
            continue
        tried += 1
        for below in _below(view, line.box):
            text = narrow(below.text).strip()
            if wanted.match(text) and not (no and no.match(text)):
                yield below
                break


def _below(view: View, place: Box) -> Iterator[Found]:
    """The lines of the label's column next under it, nearest first."""
    reach = place.y1 + _LINES_BELOW * place.height
    near = [
        line
        for line in view.lines
        if place.centre[1] < line.box.y0 + 0.3 * line.box.height
        and line.box.y0 < reach
        and min(line.box.x1, place.x1) - max(line.box.x0, place.x0) > 0
    ]
    for line in sorted(near, key=lambda each: (round(each.box.y0, 2), each.box.x0)):
        yield Found(line.text.strip(), line.box)


def candidates(
    view: View,
    name: str,
    found: Iterable[Found],
    normal: Callable[[str], str | None] = lambda text: text.strip() or None,
) -> Iterator[Candidate]:
    """One candidate for each different value; two of them conflict, as they should."""
    seen: dict[str, Candidate] = {}
    for each in found:
        value = normal(each.text)
        if value is not None:
            seen.setdefault(value, view.candidate(name, value, each.box, each.text))
    yield from seen.values()


def day(text: str) -> str | None:
    """The one date in the text as ISO; None where there is none or its order is unclear."""
    dates = {moment.value for moment in printed_dates(text, None)}
    return dates.pop() if len(dates) == 1 else None


def sum_of_money(text: str) -> str | None:
    """An amount as a decimal string, whatever mark stands before it."""
    match = re.search(AMOUNT, narrow(text))
    return money(re.sub(r"\s", "", match.group())) if match else None
