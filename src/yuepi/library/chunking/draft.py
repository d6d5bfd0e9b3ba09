"""A piece before it has its place in the document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from yuepi.kit.boxes import WHOLE, Box, around
from yuepi.library.chunk import CHUNK_CHARACTERS_MAX, ChunkSort
from yuepi.library.chunking.passage import Passage

CONTEXT_CHARACTERS_MAX: Final = 240
BOXES_MAX: Final = 120
"""Of one piece; a page whose letters stand one by one has more."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A piece of one page; as in `Chunk`."""

    sort: ChunkSort
    page: int
    text: str
    box: Box
    context: str = ""
    boxes: tuple[Box, ...] = ()
    starts: tuple[int, ...] = ()

    def within(self, *context: str) -> Draft:
        """The piece with words that belong to it, the most telling first; those that it says
        itself are left out."""
        told: list[str] = []
        for word in map(str.strip, (*context[:1], self.context, *context[1:])):
            if word and not any(word in known for known in (self.text, *told)):
                told.append(word)
        return replace(self, context=" · ".join(told)[:CONTEXT_CHARACTERS_MAX])


def draft_of(sort: ChunkSort, page: int, passage: Passage, context: str = "") -> Draft:
    """The piece that a passage is."""
    boxes = [on_page(run.box) for _, _, run in passage.runs]
    starts = [at for at, _, _ in passage.runs]
    box = around(boxes) if boxes else WHOLE
    boxes, starts = _fewer(boxes, starts)
    return Draft(sort, page, passage.text, box, context, tuple(boxes), tuple(starts))


def _fewer(boxes: list[Box], starts: list[int]) -> tuple[list[Box], list[int]]:
    """Not more places than are kept: those beside each other made one."""
    size = -(-len(boxes) // BOXES_MAX)
    if size <= 1:
        return boxes, starts
    groups = range(0, len(boxes), size)
    return [around(boxes[at : at + size]) for at in groups], [starts[at] for at in groups]


def on_page(box: Box) -> Box:
    """The box without what lies outside of the page."""
    x0, y0, x1, y1 = (min(max(edge, 0.0), 1.0) for edge in box)
    return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def cut(text: str, characters_max: int = CHUNK_CHARACTERS_MAX) -> str:
    """The text, not longer than that."""
    return text if len(text) <= characters_max else text[: characters_max - 1] + "…"


def spaced(words: Iterable[str]) -> str:
    """The words that are there, each once, a space between."""
    return " ".join(dict.fromkeys(filter(None, words)))
