"""Running text as pieces: paragraphs, long ones cut at their sentences, short ones together."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.library.chunk import CHUNK_CHARACTERS_MAX
from yuepi.library.chunking.draft import Draft, draft_of
from yuepi.library.chunking.flow import length_of
from yuepi.library.chunking.passage import Passage, joined

LENGTH_MIN: Final = 24.0
"""Shorter paragraphs are put together with their neighbours where nothing parts them. In Chinese
characters; two Latin ones count as one."""
LENGTH_MAX: Final = 120.0
"""A vector says what one or two sentences say; of more it says something between them, and is found
less: with pieces of 320, questions in other words found theirs half as often."""
_FAR_HEIGHTS: Final = 2.5
"""A gap of so many line heights parts two paragraphs."""
_STOP: Final = re.compile(r"[。！？!?；;][”’\"」』)）]*|(?<=[A-Za-z0-9)\"”%])\.(?=\s+[\"“(]?[A-Z])")
_SOFT_STOP: Final = re.compile(r"[，、：]|[,:](?!\d)|\s")
_FIGURES_GO_ON: Final = re.compile(r"[.,]?\d")
_FIGURES_END: Final = re.compile(r"[\d.,]{1,40}$")


def text_drafts(
    passages: Sequence[Passage], page: int, above: str = ""
) -> Generator[Draft, None, str]:
    """The pieces of a flow on a page, each with the heading above it as its context.

    above: the last heading of what came before; gives the last one of this flow.
    """
    for group in _grouped(passages):
        context = group[0].text.strip() if group[0].heading else above
        yield draft_of("text", page, joined(group), context)
        above = next((each.text.strip() for each in reversed(group) if each.heading), above)
    return above


def trailing_headings(passages: Sequence[Passage]) -> list[Passage]:
    """The headings at the end, which belong to what follows elsewhere."""
    kept: list[Passage] = []
    for each in reversed(passages):
        if not each.heading:
            break
        kept.insert(0, each)
    return kept


def _grouped(passages: Sequence[Passage]) -> Iterator[list[Passage]]:
    """The paragraphs that make one piece: none is over the limits."""
    group: list[Passage] = []
    size, last = _Size(), 0.0
    for passage in cut_passages(passages):
        more = size.with_one(passage)
        parted = (
            passage.heading
            or passage.gap > _FAR_HEIGHTS
            # Lists and forms have short lines, which belong together; paragraphs stand alone.
            or max(more.length - size.length, last) >= LENGTH_MIN
        )
        if group and (not more.fits or (parted and size.length >= LENGTH_MIN)):
            # A heading stays with what follows, wherever that still fits.
            kept = trailing_headings(group)
            again = _Size.of([*kept, passage])
            if len(kept) == len(group) or not again.fits:
                kept, again = [], _Size.of([passage])
            yield group[: len(group) - len(kept)]
            group, more = kept, again
        group.append(passage)
        last, size = length_of(passage.text), more
    if group:
        yield group


@dataclass(frozen=True, slots=True)
class _Size:
    """How much some passages say together, and how many characters they take."""

    length: float = 0.0
    characters: int = -1

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> _Size:
        size = cls()
        for passage in passages:
            size = size.with_one(passage)
        return size

    def with_one(self, passage: Passage) -> _Size:
        return _Size(self.length + length_of(passage.text), self.characters + 1 + len(passage.text))

    @property
    def fits(self) -> bool:
        return self.length <= LENGTH_MAX and self.characters <= CHUNK_CHARACTERS_MAX


def cut_passages(passages: Sequence[Passage]) -> Iterator[Passage]:
    """The passages, those that are too long cut."""
    for passage in passages:
        for start, end in _spans(passage.text):
            part = passage.part(start, end)
            if part.text:
                yield part


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the pieces of a text, cut after sentences where that can be."""
    if _fits(text):
        yield 0, len(text)
        return
    start, last, soft = 0, 0, 0
    weight = 0.0
    stops = {match.end() for match in _STOP.finditer(text)}
    softs = {match.end() for match in _SOFT_STOP.finditer(text)}
    at = 0
    while at < len(text):
        weight += 0.0 if text[at].isspace() else 0.5 if text[at].isascii() else 1.0
        at += 1
        if at in stops:
            last = at
        elif at in softs:
            soft = at
        if weight >= LENGTH_MAX or at - start >= CHUNK_CHARACTERS_MAX - 1:
            # Not a few words alone, where there is a better place.
            least = start + (at - start) // 3
            end = next((each for each in (last, soft) if each > least), _before_figures(text, at))
            yield start, end
            weight = length_of(text[end:at])
            start = end
    if start < len(text):
        yield start, len(text)


def _before_figures(text: str, at: int) -> int:
    """A place that cuts no number in two: half of one is another number."""
    if _FIGURES_GO_ON.match(text, at) is None:
        return at
    figures = _FIGURES_END.search(text, max(0, at - 40), at)
    return figures.start() if figures else at


def _fits(text: str) -> bool:
    return length_of(text) <= LENGTH_MAX and len(text) < CHUNK_CHARACTERS_MAX
