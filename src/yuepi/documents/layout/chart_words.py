"""The print of a chart by its part in it: title, subtitle, notes, and the words of the drawing.

A word is a run of print that means one thing: a label, or a number with its unit. Numbers that
stand side by side are words of their own, whatever the recogniser joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from yuepi.documents.layout.text import plain
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Colour, Line, Mark

WORDS_MAX: Final = 400
"""More is a page of text with a chart in it at best."""
_NOTES: Final = re.compile(
    r"^\W{0,2}(?:notes?\b|sources?\b|data source|survey (?:of|conducted)|©|\(c\)|q\d+[a-z]?\b"
    r"|pew research|注\s*[:：]|说明\s*[:：]|(?:数据|资料)?来源\s*[:：]|\*)",
    re.IGNORECASE,
)
_CAPTION: Final = re.compile(
    r"^(?:(?:figure|fig|chart|exhibit|图表?)\.?\s*[\d.\-]{1,6}|[\d.]+)$", re.IGNORECASE
)
_NUMBER: Final = re.compile(
    r"(?P<sign>[-−–+])?\s?(?P<money>US\$|HK\$|[$€£¥￥])?\s?(?P<minus>[-−])?"
    r"(?P<figures>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"\s?(?P<unit>%|％|‰|°C|℃|pp|pts?|bn|mn|tn|[kKMBT]|million|billion|trillion|thousand"
    r"|(?:万亿|亿|万|千|百)?(?:美元|元|人次|人|户|辆|台|件|吨|公里|千瓦时|平方米|个百分点|个|次|家"
    r"|岁|分|倍|天|小时)|万亿|亿|万)?[*†]?"
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d(?:年|[-–/]\d{2,4})?")
_WIDE_GAP: Final = 2.2
"""In characters, from the last character of a label to a figure that is not part of it."""
_SUBTITLE_LINES_MAX: Final = 5
_TITLE_LINES_MAX: Final = 4
_TITLE_GAP_MAX: Final = 0.15
_SUBTITLE_GAP_MAX: Final = 1.2
"""In line heights: white within a title, and before the next line of a subtitle."""


@dataclass(frozen=True, slots=True)
class Number:
    """A printed number: a decimal string, and the unit printed with it or ""."""

    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class Word:
    """A run of print in a chart. ink: its colour where it is printed in one."""

    text: str
    box: Box
    number: Number | None = None
    ink: Colour | None = None

    @property
    def is_year(self) -> bool:
        """Whether it reads as a year, which is more often a label than a value."""
        return _YEAR.fullmatch(self.text.strip()) is not None


@dataclass(frozen=True)
class Print:
    """A chart's print by its part. em_x, em_y: one line height across and down, in fractions."""

    title: tuple[Line, ...]
    subtitle: tuple[Line, ...]
    words: tuple[Word, ...]
    upright: tuple[Line, ...]
    body: Box
    em_x: float
    em_y: float

    @property
    def heading(self) -> str | None:
        """The title in one line."""
        return joined(line.text for line in self.title) or None

    @cached_property
    def numbers(self) -> tuple[Word, ...]:
        return tuple(word for word in self.words if word.number is not None)

    @cached_property
    def labels(self) -> tuple[Word, ...]:
        return tuple(word for word in self.words if word.number is None)


def joined(texts: Iterable[str]) -> str:
    """Lines of one label as one text: Chinese without blanks, other with."""
    whole = ""
    for text in texts:
        part = plain(text)
        gap = "" if not whole or (_is_cjk(whole[-1:]) and _is_cjk(part[:1])) else " "
        whole += gap + part
    return whole


def number_in(text: str) -> Number | None:
    """The number that a text is, or None where it says anything else."""
    match = _NUMBER.fullmatch(plain(text))
    if match is None:
        return None
    figures = match["figures"].replace(",", "")
    if figures.startswith("."):
        figures = "0" + figures
    below = match["minus"] or match["sign"] in {"-", "−", "–"}
    return Number(("-" if below else "") + figures, match["unit"] or match["money"] or "")


def read_print(view: View) -> Print | None:
    """The print of a page by its part in a chart; None where there is too little or too much."""
    lines = [line for line in view.lines if line.text.strip()]
    if not 3 <= len(lines) <= WORDS_MAX:
        return None
    em_y = view.line_height
    em_x = em_y / view.aspect
    upright = tuple(line for line in lines if _is_upright(line, view.aspect))
    flat = sorted((line for line in lines if line not in upright), key=lambda line: line.box.y0)
    bottom = _notes_from(flat, view.box)
    squares = [mark.box for mark in _squares(view)]
    inks = {mark.box: mark.colour for mark in view.marks if mark.shape == "text"}
    title, subtitle = _title(flat, bottom, em_x, view)
    top = max((line.box.y1 for line in (*title, *subtitle)), default=view.box.y0)
    taken = {id(line) for line in (*title, *subtitle)}
    words = tuple(
        word
        for line in flat
        if id(line) not in taken and line.box.centre[1] < bottom
        for part in _between(line, squares)
        for word in _words(view, part, inks.get(line.box))
        if not _CAPTION.match(word.text) or word.number is not None
    )
    body = Box(view.box.x0, top, view.box.x1, min(bottom, view.box.y1))
    return Print(title, subtitle, words, upright, body, em_x, em_y)


def _is_cjk(text: str) -> bool:
    return bool(text) and ord(text) > 0x2E80


def _is_upright(line: Line, aspect: float) -> bool:
    return len(line.text) > 2 and line.box.height > 2.0 * line.box.width * aspect


def _notes_from(lines: list[Line], box: Box) -> float:
    """Where the notes begin: what stands below speaks about the chart and is no part of it."""
    middle = box.y0 + 0.45 * box.height
    starts = [line.box.y0 for line in lines if line.box.y0 > middle and _NOTES.match(line.text)]
    return min(starts, default=box.y1 + 1e-6)


def _title(
    lines: list[Line], bottom: float, em_x: float, view: View
) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """The title's lines and the subtitle's: the first words of the page, flush or centred."""
    squares = [mark.box for mark in _squares(view)]
    above = view.only(line for line in lines if line.box.y1 < bottom)
    rows = [row.lines for row in above.rows if not _CAPTION.match(plain(row.text))]
    start = next((n for n, row in enumerate(rows[:5]) if _may_head(row[0])), None)
    if start is None or rows[start][0].box.y0 > view.box.y0 + 0.4 * view.box.height:
        return (), ()
    title = list(rows[start])
    subtitle: list[Line] = []
    for row in rows[start + 1 :]:
        last = (subtitle or title)[-1]
        gap = (row[0].box.y0 - last.box.y1) / last.box.height
        same = abs(row[0].box.height / title[0].box.height - 1) < 0.2
        if any(number_in(line.text) is not None or _holds(line, squares) for line in row):
            break
        if not _in_line(row, title, em_x) or gap > _SUBTITLE_GAP_MAX:
            break
        if not subtitle and same and gap < _TITLE_GAP_MAX and len(title) < _TITLE_LINES_MAX:
            title += row
        elif len(subtitle) < _SUBTITLE_LINES_MAX:
            subtitle += row
        else:
            break
    return tuple(title), tuple(subtitle)


def _may_head(line: Line) -> bool:
    letters = re.findall(r"[^\W\d_]", line.text)
    return number_in(line.text) is None and len(letters) >= 3


def _in_line(row: Sequence[Line], title: list[Line], em_x: float) -> bool:
    """Whether a row goes on under the title: flush with it, or centred under it and no narrower
    than a label would be."""
    flush = min(abs(row[0].box.x0 - each.box.x0) for each in title) < 0.8 * em_x
    whole, own = around(each.box for each in title), around(line.box for line in row)
    centred = abs(own.centre[0] - whole.centre[0]) < 0.8 * em_x
    return flush or (centred and own.width > 0.3 * whole.width and len(row) == 1)


def _holds(line: Line, squares: list[Box]) -> bool:
    """Whether swatches stand in a line or right before it: then it is a legend."""
    return any(
        line.box.x0 - 1.5 * box.height < box.centre[0] < line.box.x1
        and line.box.y0 < box.centre[1] < line.box.y1
        for box in squares
    )


def _squares(view: View) -> list[Mark]:
    """Filled squares and blocks smaller than a line: the swatches of a legend."""
    em = view.line_height
    return [
        mark
        for mark in view.marks
        if mark.shape == "area"
        and mark.filled > 0.8
        and 0.2 * em < mark.box.height < 1.2 * em
        and 0.6 < mark.box.width * view.aspect / mark.box.height < 4
    ]


def _between(line: Line, squares: list[Box]) -> list[Line]:
    """A line cut where swatches stand in it: the names of a legend that were read as one."""
    if len(line.stops) != len(line.text) or number_in(line.text) is not None:
        return [line]
    cuts = {
        next((n for n, stop in enumerate(line.stops) if stop > box.centre[0]), len(line.text)): box
        for box in squares
        if line.box.x0 < box.centre[0] < line.box.x1 and line.box.y0 < box.centre[1] < line.box.y1
    }
    ends = sorted({0, *cuts, len(line.text)})
    parts = []
    for start, end in pairwise(ends):
        if line.text[start:end].strip():
            right = cuts[end].x0 if end in cuts else line.box.x1
            left = cuts[start].x1 if start in cuts else line.box.x0
            place = Box(left, line.box.y0, max(left, right), line.box.y1)
            parts.append(Line(line.text[start:end], place, line.score, line.stops[start:end]))
    return parts if cuts else [line]


def _words(view: View, line: Line, ink: Colour | None) -> Iterator[Word]:
    """The words of a line: numbers side by side, or a label and the numbers far behind it."""
    row = view.only((line,)).rows[0]
    parts = list(re.finditer(r"\S+", line.text))
    whole = number_in(line.text)
    if whole is not None or len(parts) < 2:
        yield Word(line.text.strip(), line.box, whole, ink)
        return
    cut = len(parts)
    while cut > 0 and number_in(parts[cut - 1][0]) is not None:
        cut -= 1
    wide = cut in {0, len(parts)} or (
        _left(line, parts[cut].start()) - _left(line, parts[cut - 1].end() - 1)
        > _WIDE_GAP * line.box.width / max(1, len(line.text))
    )
    if cut == len(parts) or not wide:
        yield Word(plain(line.text), line.box, None, ink)
        return
    if cut:
        end = parts[cut - 1].end()
        yield Word(plain(line.text[:end]), row.part(0, end), None, ink)
    for part in parts[cut:]:
        yield Word(part[0], row.part(*part.span()), number_in(part[0]), ink)


def _left(line: Line, index: int) -> float:
    if len(line.stops) == len(line.text):
        return line.stops[index]
    return line.box.x0 + index * line.box.width / max(1, len(line.text))


def areas(view: View, body: Box) -> list[Mark]:
    """The filled areas of a chart's body that are no letters, codes or coloured panels."""
    squares = _squares(view)
    found = []
    for mark in view.marks:
        if mark.shape != "area" or not body.holds(mark.box.centre):
            continue
        if mark.box.area > 0.5 * body.area or any(
            code.box.shared(mark.box) > 0.5 * mark.box.area for code in view.codes
        ):
            continue
        if mark not in squares and any(_is_letter(mark.box, line.box) for line in view.lines):
            continue
        found.append(mark)
    return found


def _is_letter(mark: Box, line: Box) -> bool:
    return mark.shared(line) > 0.7 * mark.area and mark.height < 0.9 * line.height
