"""Running text with the place of every character: paragraphs, and the headings above them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from yuepi.documents.layout.prose import is_numbered
from yuepi.documents.page_text import TextRun
from yuepi.kit.boxes import Box
from yuepi.library.chunking.flow import Line, length_of

GAP: Final = "\t"
"""Stands between runs of one line that are further apart than two characters."""
_WIDE_ONE: Final = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]"
_WIDE: Final = re.compile(_WIDE_ONE)
_FIGURES_CUT: Final = re.compile(rf"{_WIDE_ONE}\d[\d.,]*$")
_FIGURES_GO_ON: Final = re.compile(rf"0[\d.,]*(?:{_WIDE_ONE}|%)")
"""Figures that end a line, with Chinese on both sides, go on in the next only where that begins
with a zero, as no number does: whether 人民币100000 and 30日内 are one, nobody knows."""
_SENTENCE_END: Final = re.compile(r"[。！？!?；;.：:][”’\"」』)）]*\s*$")
_LABELLED: Final = re.compile(r"^[^:：。；;,，]{1,28}[:：]")
_BULLET: Final = re.compile(r"^\s*(?:[•●○▪■□◆◇➢✓*·–—-]|[①-⑳])\s*\S")
_BROKEN_WORD: Final = re.compile(r"([A-Za-z]+)[-\u00ad\u2010]$")
_WORD_GOES_ON: Final = re.compile(r"([a-z]+)")
_HYPHENATED: Final = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)+")
_CHAPTER: Final = re.compile(
    r"^\s*(?:第[一二三四五六七八九十百零\d]{1,4}[章节篇部分条]|附件|附录|[一二三四五六七八九十]{1,3}、"
    r"|[(（][一二三四五六七八九十]{1,3}[)）]|[IVX]{1,5}\.\s"
    r"|(?i:article|section|chapter|schedule|appendix|annex)\s+\w{1,5}\b|\d{1,2}(?:\.\d{1,2}){0,2}\s+\S)"
)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'’,-]*")
_HEADING_LENGTH_MAX: Final = 30.0
_TALLER_MIN: Final = 1.2
_APART_HEIGHTS: Final = 1.3
_SHORT_OF_EDGE: Final = 0.12
_WRAPPED_SHORT_OF_EDGE: Final = 0.35
_WRAPPED_LENGTH_MIN: Final = 20.0
_INDENT_HEIGHTS: Final = 1.2


@dataclass(frozen=True, slots=True)
class Passage:
    """Text of a page. runs: where each begins in `text`, and how much of it stands there (a hyphen
    at a line's end may be missing). heading: whether it stands above what follows. gap: how far
    below the last one it begins, in line heights."""

    text: str
    runs: tuple[tuple[int, int, TextRun], ...]
    heading: bool = False
    gap: float = 0.0

    def part(self, start: int, end: int) -> Passage:
        """The text from `start` to `end` (exclusive), without white space at its ends."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        found: list[tuple[int, int, TextRun]] = []
        first = max(0, bisect_right([at for at, _, _ in self.runs], start) - 1)
        for at, size, run in self.runs[first:]:
            low, high = max(at, start), min(at + size, end)
            if at >= end:
                break
            if low < high:
                found.append((low - start, high - low, part_of_run(run, low - at, high - at)))
        return Passage(self.text[start:end], tuple(found), self.heading, self.gap)


def part_of_run(run: TextRun, start: int, end: int) -> TextRun:
    """The characters `start` to `end` (exclusive) of a run, with their place; estimated from their
    number where their places are not known."""
    if start == 0 and end >= len(run.text):
        return run
    box, count = run.box, len(run.text)
    if len(run.stops) == count:
        left = run.stops[start]
        right = run.stops[end] if end < count else box.x1
    else:
        step = box.width / count
        left, right = box.x0 + start * step, box.x0 + end * step
    left = min(max(left, box.x0), box.x1)
    place = Box(left, box.y0, min(max(right, left), box.x1), box.y1)
    stops = run.stops[start:end] if len(run.stops) == count else ()
    return TextRun(text=run.text[start:end], box=place, row=run.row, stops=stops)


def hyphenated(texts: Sequence[str]) -> frozenset[str]:
    """The words that are written with a hyphen within a line: those keep it at a line's end."""
    return frozenset(
        word.lower() for text in texts for word in _HYPHENATED.findall(text) if "-" in text
    )


def joined(passages: Sequence[Passage], joints: Sequence[str] | None = None) -> Passage:
    """The passages one after the other; joints: what stands between each and the next, line breaks
    where they are not given."""
    texts: list[str] = []
    runs: list[tuple[int, int, TextRun]] = []
    length = 0
    for at, passage in enumerate(passages):
        if at:
            texts.append("\n" if joints is None else joints[at - 1])
            length += len(texts[-1])
        runs += ((length + place, size, run) for place, size, run in passage.runs)
        texts.append(passage.text)
        length += len(passage.text)
    return Passage("".join(texts), tuple(runs), passages[0].heading, passages[0].gap)


def line_passage(line: Line, aspect: float) -> Passage:
    """One line as a passage: a tab at wide gaps between its runs, a space at others."""
    text, runs = "", list[tuple[int, int, TextRun]]()
    before: TextRun | None = None
    for run in line.runs:
        if before is not None:
            gap = (run.box.x0 - before.box.x1) * aspect
            text += GAP if gap > 2 * min(run.box.height, before.box.height) else " "
        runs.append((len(text), len(run.text), run))
        text += run.text
        before = run
    return Passage(text, tuple(runs))


def passages_of(lines: Sequence[Line], aspect: float, known: Set[str]) -> Iterator[Passage]:
    """The paragraphs of a flow, in order.

    known: words that keep their hyphen where a line ends in it.
    """
    if not lines:
        return
    height = median(line.box.height for line in lines)
    left, right = _edges(lines)
    parts = [line_passage(lines[0], aspect)]
    joints: list[str] = []
    start, gap = lines[0], 0.0
    for before, line in pairwise(lines):
        own = line_passage(line, aspect)
        apart = (line.box.y0 - before.box.y1) / max(height, 1e-6)
        if _begins(before, line, own.text, (left, right, height), aspect):
            yield _finished(joined(parts, joints), start, before, height, gap)
            parts, joints, start, gap = [own], [], line, apart
        else:
            parts[-1], joint = _joint(parts[-1], own, known)
            parts.append(own)
            joints.append(joint)
    yield _finished(joined(parts, joints), start, lines[-1], height, gap)


def _finished(passage: Passage, first: Line, last: Line, height: float, gap: float) -> Passage:
    one = first is last
    text = passage.text.strip()
    short = one and length_of(text) <= _HEADING_LENGTH_MAX and GAP not in text
    tall = first.box.height >= _TALLER_MIN * height and not _SENTENCE_END.search(text)
    chapter = _CHAPTER.match(text) and not _SENTENCE_END.search(text.rstrip(":： "))
    heading = short and bool(tall or chapter)
    return Passage(passage.text, passage.runs, heading, gap)


def _edges(lines: Sequence[Line]) -> tuple[float, float]:
    """Where most lines start and end."""
    lefts = sorted(line.box.x0 for line in lines)
    rights = sorted(line.box.x1 for line in lines)
    return lefts[len(lefts) // 10], rights[min(len(rights) - 1, int(len(rights) * 0.9))]


def _begins(
    before: Line, line: Line, text: str, usual: tuple[float, float, float], aspect: float
) -> bool:
    """Whether a paragraph begins with this line."""
    left, right, height = usual
    if len(before.runs) > 1 and len(line.runs) > 1:
        return True
    if line.box.y0 - before.box.y1 > _APART_HEIGHTS * height or line.box.y1 < before.box.y0:
        return True
    one, other = before.box.height, line.box.height
    if max(one, other) > 1.35 * min(one, other) and min(one, other) > 0:
        return True
    short_of = right - before.box.x1
    wrapped = _is_wrapped(before, short_of / max(right - left, 0.05))
    if wrapped and _FIGURES_CUT.search(before.runs[-1].text) and _FIGURES_GO_ON.match(text):
        return False
    if is_numbered(text) or _BULLET.match(text) or _LABELLED.match(text):
        return True
    if line.box.x0 - before.box.x0 > _INDENT_HEIGHTS * height / aspect:
        return True
    if short_of <= _SHORT_OF_EDGE * max(right - left, 0.05):
        return False
    # Ragged lines end where the next word does not fit.
    word = _WORD.match(text)
    if word is None:
        return not wrapped
    mid = text[0].islower() and not _SENTENCE_END.search(before.runs[-1].text)
    room = line.box.width * (word.end() + 1) / max(len(text), 1)
    return not mid and short_of > room


def _is_wrapped(line: Line, short_of: float) -> bool:
    """Whether a line goes on in the next although it is short of the edge, by this share of the
    width: lines of so many characters differ in width where Latin letters and figures stand among
    Chinese ones. A list's lines are shorter."""
    text = " ".join(run.text for run in line.runs)
    long = length_of(text) >= _WRAPPED_LENGTH_MIN and short_of <= _WRAPPED_SHORT_OF_EDGE
    return long and not _SENTENCE_END.search(text)


def _joint(before: Passage, line: Passage, known: Set[str]) -> tuple[Passage, str]:
    """The line before, and what stands between it and the next one of its paragraph: a word that
    was broken at its end is whole again."""
    text = before.text
    broken, goes_on = _BROKEN_WORD.search(text), _WORD_GOES_ON.match(line.text)
    if broken and goes_on:
        if f"{broken[1]}-{goes_on[1]}".lower() in known:
            return before, ""
        at, size, run = before.runs[-1]
        return Passage(text[:-1], (*before.runs[:-1], (at, size - 1, run))), ""
    wide = _WIDE.match(text[-1:]) or _WIDE.match(line.text[:1])
    cut = _FIGURES_CUT.search(text) and _FIGURES_GO_ON.match(line.text)
    return before, "" if wide or cut else " "
