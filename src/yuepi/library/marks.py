"""Which lines of a piece hold what was looked for, and where its words are marked. Pure.

A piece knows its lines and their boxes; a word's place in its line is reckoned from the widths of
the characters before it, a Chinese one twice as wide as a Latin one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from yuepi.documents.layout.amounts import narrow
from yuepi.kit.boxes import Box, around
from yuepi.library.chunk import Chunk
from yuepi.library.hit import Mark

MARKS_MAX: Final = 40
TERMS_MAX: Final = 48
LINE_SHARE_MIN: Final = 0.5
"""Lines with so much of what the best line has belong to it."""
_ENDINGS: Final = re.compile(r"(?:ations?|ments?|ings?|ies|ied|ers?|ed|es|s|y|e)$")
_WIDE: Final = re.compile(
    r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a piece: its text, from where in the piece's text, and its box."""

    text: str
    start: int
    box: Box


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The part of a piece that is shown: its text and box, and the words marked in it."""

    text: str
    box: Box
    marks: tuple[Mark, ...]


def lines_of(chunk: Chunk) -> list[Line]:
    """The lines of a piece; itself as one line where it does not know them."""
    if not chunk.boxes or len(chunk.boxes) != len(chunk.starts):
        return [Line(chunk.text, 0, Box(*chunk.box))]
    ends = [*chunk.starts[1:], len(chunk.text)]
    return [
        Line(chunk.text[start:end], start, Box(*box))
        for start, end, box in zip(chunk.starts, ends, chunk.boxes, strict=True)
    ]


def narrowed(chunk: Chunk, terms: Sequence[str], phrases: Sequence[str] = ()) -> Narrowed:
    """The piece with the terms marked; of a table the rows that hold them, from the first of the
    best to the last: the answer often stands in another line than the words. terms: words as
    the index cuts them; phrases: as they must stand there."""
    lines = lines_of(chunk)
    pattern = _pattern(tuple(terms), tuple(phrases))
    if pattern is None:
        return Narrowed(chunk.text, Box(*chunk.box), ())
    found = [_spans(pattern, line.text) for line in lines]
    worth = [_worth(line, spans) for line, spans in zip(lines, found, strict=True)]
    best = max(worth, default=0)
    if best == 0:
        return Narrowed(chunk.text, Box(*chunk.box), ())
    good = [at for at, each in enumerate(worth) if each >= best * LINE_SHARE_MIN]
    first, last = (0, len(lines) - 1)
    if chunk.sort == "table":
        first, last = _row_of(lines, good[0])[0], _row_of(lines, good[-1])[1]
    marks = [
        Mark(box=_part(line, *span), text=line.text[slice(*span)])
        for line, spans in zip(lines[first : last + 1], found[first : last + 1], strict=True)
        for span in spans
    ]
    kept = lines[first : last + 1]
    text = "".join(line.text for line in kept).strip()
    box = around(line.box for line in kept)
    return Narrowed(text or chunk.text, box, tuple(marks[:MARKS_MAX]))


def _row_of(lines: Sequence[Line], at: int) -> tuple[int, int]:
    """The first and the last cell of the row that a cell stands in."""
    first = last = at
    while first > 0 and not lines[first - 1].text.endswith("\n"):
        first -= 1
    while last + 1 < len(lines) and not lines[last].text.endswith("\n"):
        last += 1
    return first, last


@lru_cache(maxsize=16)
def _pattern(terms: tuple[str, ...], phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    """The same for all hits of a question."""
    told = [_phrase(phrase) for phrase in phrases if phrase.strip()]
    words = sorted({term for term in terms if term.strip()}, key=len, reverse=True)[:TERMS_MAX]
    told += [_word(term) for term in words]
    return re.compile("|".join(told), re.IGNORECASE) if told else None


def _phrase(phrase: str) -> str:
    return r"\s*".join(re.escape(letter) for letter in narrow(phrase) if not letter.isspace())


def _word(term: str) -> str:
    if not term.isascii():
        return re.escape(term)
    if term.isdigit() or "." in term:
        return rf"(?<![\d.]){_figures(term)}(?!\d)"
    if not term.isalpha() or len(term) < 4:
        return rf"(?<![A-Za-z0-9]){_parted(term)}(?![A-Za-z0-9])"
    stem = _ENDINGS.sub("", term)
    return rf"(?<![A-Za-z]){re.escape(stem if len(stem) > 2 else term)}[a-z]{{0,6}}(?![A-Za-z])"


def _figures(term: str) -> str:
    """Digits with or without what separates thousands."""
    return "[, ]?".join(re.escape(letter) for letter in term)


def _parted(term: str) -> str:
    return "[-/._]?".join(re.escape(letter) for letter in term)


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    spans = [
        match.span() for match in pattern.finditer(narrow(text)) if match.end() > match.start()
    ]
    return list(_joined(spans))


def _joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Those that touch as one."""
    last: tuple[int, int] | None = None
    for start, end in spans:
        if last is not None and start <= last[1]:
            last = (last[0], max(end, last[1]))
            continue
        if last is not None:
            yield last
        last = (start, end)
    if last is not None:
        yield last


def _worth(line: Line, spans: Sequence[tuple[int, int]]) -> int:
    """How much that was looked for a line holds: the letters of its different words."""
    words = {line.text[start:end].lower() for start, end in spans}
    return sum(_width(word) for word in words)


def _width(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def _part(line: Line, start: int, end: int) -> Box:
    """The box of a part of a line."""
    text = line.text.rstrip()
    whole = max(1, _width(text))
    left, right = _width(text[:start]) / whole, _width(text[:end]) / whole
    box = line.box
    return Box(
        box.x0 + box.width * min(1.0, left), box.y0, box.x0 + box.width * min(1.0, right), box.y1
    )
