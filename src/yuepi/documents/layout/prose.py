"""Running text of a page: its rows joined to paragraphs and cut into sentences, each with its
place. Pure.

Long documents wrap their sentences over lines; what stands between two stops is what patterns for
clauses and summaries need, and a quote must find its way back to the lines it came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from yuepi.documents.layout.view import GAP, Row, View
from yuepi.kit.boxes import WHOLE, Box, around

_PAGE_NUMBER: Final = re.compile(
    r"^[\s\-–—·~]*(?:第?\s*\d{1,4}\s*页?(?:\s*[/，,]?\s*共?\s*\d{1,4}\s*页)?"
    r"|page\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?|\d{1,4}\s*/\s*\d{1,4})[\s\-–—·~]*$",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(
    r"^\s*(?:第[一二三四五六七八九十百零\d]{1,4}[条章节款]|[一二三四五六七八九十]{1,3}[、.．]"
    r"|[(（][一二三四五六七八九十\dA-Za-z]{1,3}[)）]"
    r"|\d{1,2}(?:[.．]\d{1,2}){0,3}[.．、)]?\s*(?!\d)\S"
    r"|[IVX]{1,5}\.\s|[a-z]\.\s|(?i:article|section|clause|schedule|exhibit|annex)\s+\w{1,4}\b)"
)
_LABELLED: Final = re.compile(r"^[^:：。；;,，]{1,28}[:：]")
_STOP: Final = re.compile(
    r"[。！？!?；;](?:[”’\"」』)）]*)|(?<=[a-z0-9)\"”%])\.(?=\s+[\"“(]?[A-Z]|\s*$)"
)
_WIDE: Final = re.compile(r"[\u2e80-\u9fff\uff00-\uffef\u3000-\u303f]")
_SHORT_OF_EDGE: Final = 0.1
"""A row that ends further than this share of the text's width before its edge ends a paragraph."""
_EDGE_ROWS: Final = 0.9


@dataclass(frozen=True)
class Prose:
    """The paragraphs of one page. `places[i]` is the (row, index in it) of character i of `text`;
    None for joints. Paragraphs are parted by a line break."""

    page: int
    rows: tuple[Row, ...]
    text: str
    places: tuple[tuple[int, int] | None, ...]

    def box(self, start: int, end: int) -> Box:
        """The box around the characters `start` to `end` (exclusive)."""
        spans: dict[int, tuple[int, int]] = {}
        for place in self.places[start:end]:
            if place is not None:
                low, high = spans.get(place[0], (place[1], place[1]))
                spans[place[0]] = (min(low, place[1]), max(high, place[1]))
        boxes = [self.rows[row].part(low, high + 1) for row, (low, high) in spans.items()]
        return around(boxes) if boxes else around(row.box for row in self.rows)

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each sentence, in order, without white space at its ends."""
        found: list[tuple[int, int]] = []
        for start, end in _paragraphs(self.text):
            at = start
            for stop in _STOP.finditer(self.text, start, end):
                found.append((at, stop.end()))
                at = stop.end()
            found.append((at, end))
        trimmed = (_trim(self.text, start, end) for start, end in found)
        return tuple(span for span in trimmed if span[0] < span[1])

    def rows_of(self, start: int, end: int) -> Iterator[int]:
        """The numbers of the rows that the characters stand in."""
        yield from dict.fromkeys(p[0] for p in self.places[start:end] if p is not None)


def prose_of(view: View) -> Prose:
    """The page's rows as prose. Rows of page numbers at the head and foot are left out."""
    rows = view.rows
    kept = [number for number, row in enumerate(rows) if not _is_page_number(row, view)]
    left, right = _edges([rows[number] for number in kept])
    text = ""
    places: list[tuple[int, int] | None] = []
    for order, number in enumerate(kept):
        row = rows[number]
        if order:
            before = rows[kept[order - 1]]
            joint = _joint(before, row, left, right, view.line_height)
            text += joint
            places += [None] * len(joint)
        text += row.text
        places += [(number, index) for index in range(len(row.text))]
    return Prose(view.page, rows, text, tuple(places))


def is_numbered(text: str) -> bool:
    """Whether a row starts with a number of a clause: 第三条, 2.1, （一）, Article 5."""
    return _NUMBERED.match(text) is not None


def _is_page_number(row: Row, view: View) -> bool:
    return is_page_number(row.text, row.box, view.box)


def is_page_number(text: str, box: Box, page: Box = WHOLE) -> bool:
    """Whether a row at the head or foot of a page says which one it is, and nothing else."""
    outer = box.y1 < page.y0 + 0.09 or box.y0 > page.y1 - 0.1
    return outer and _PAGE_NUMBER.match(text) is not None


def _edges(rows: list[Row]) -> tuple[float, float]:
    """Where the text starts and ends: most rows of prose start and end there."""
    if not rows:
        return 0.0, 1.0
    rights = sorted(row.box.x1 for row in rows)
    lefts = sorted(row.box.x0 for row in rows)
    return lefts[len(lefts) // 10], rights[min(len(rights) - 1, int(len(rights) * _EDGE_ROWS))]


def _joint(before: Row, row: Row, left: float, right: float, line_height: float) -> str:
    """What stands between two rows: nothing or a space within a paragraph, else a line break."""
    if GAP in before.text or GAP in row.text or _NUMBERED.match(row.text):
        return "\n"
    width = max(right - left, 0.05)
    ends_short = right - before.box.x1 > _SHORT_OF_EDGE * width
    apart = row.box.y0 - before.box.y1 > 1.6 * line_height or row.box.y0 < before.box.y0
    taller = before.box.height > 1.35 * row.box.height or row.box.height > 1.35 * before.box.height
    indented = row.box.x0 - left > 0.02 and row.box.x0 - before.box.x0 > 0.02
    if ends_short or apart or taller or indented or _LABELLED.match(row.text):
        return "\n"
    both_wide = _WIDE.match(before.text[-1:]) or _WIDE.match(row.text[:1])
    return "" if both_wide else " "


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while at <= len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield at, end
        at = end + 1


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
