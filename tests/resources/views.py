"""Views of pages for the tests of the readers: written by hand, or from a sample's own text."""

from __future__ import annotations

from collections.abc import Sequence

from yuepi.documents.accept import accept
from yuepi.documents.fields import Draft
from yuepi.documents.layout.view import View
from yuepi.documents.pages import render
from yuepi.documents.reading import Item, Source
from yuepi.kit.boxes import Box
from yuepi.lab.samples import Sample
from yuepi.sight.sighting import Line

CHARACTER = 0.011
HEIGHT = 0.022
Placed = tuple[float, float, str]
"""Left edge, top edge, text."""


def placed(*lines: Placed, source: Source = "layout") -> View:
    """A page 1.55 times as wide as high with lines of text at their places."""
    return View(
        1,
        source,
        tuple(Line(text, Box(x, y, x + width_of(text), y + HEIGHT)) for x, y, text in lines),
        1.55,
    )


def width_of(text: str) -> float:
    """Chinese characters are twice as wide as digits."""
    return CHARACTER * sum(1.0 if ord(character) > 0x2000 else 0.55 for character in text)


def native(sample: Sample) -> View:
    """The first page of a sample's PDF by its own text."""
    page = render(accept("sample.pdf", sample.pdf)).pages[0]
    return View(1, "native", page.lines, page.width / page.height)


def values(draft: Draft) -> dict[str, str]:
    """The value of each field; fails where two candidates differ."""
    found: dict[str, set[str]] = {}
    for each in draft.candidates:
        found.setdefault(each.name, set()).add(each.value)
    assert all(len(values) == 1 for values in found.values()), found
    return {name: values.pop() for name, values in found.items()}


def cells(items: Sequence[Item]) -> list[dict[str, str]]:
    """Items as samples hold them: blanks left out."""
    return [item.model_dump(exclude_none=True) for item in items]
