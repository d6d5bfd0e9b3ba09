"""Pages as they are known before they are read, without a recogniser: for the tests of what is made
of them. A sample's own text stands in for what a recogniser would have found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from tests.resources.views import HEIGHT, Placed, width_of
from yuepi.documents.accept import accept
from yuepi.documents.page_reading import PageEvidence
from yuepi.documents.pages import render
from yuepi.documents.said import Claim, Numbered, Said
from yuepi.kit.boxes import Box
from yuepi.lab.samples import Sample, make
from yuepi.sight.sighting import Code, Line, Quality, Sighting

ON = date(2026, 6, 30)
_QUALITY = Quality("photo", 900.0, 0.8, 0.0, 0.2, 1200)


def seen(lines: Sequence[Line], codes: Sequence[Code] = (), number: int = 1) -> PageEvidence:
    """A photographed page with these lines and codes."""
    sighting = Sighting(1860, 1200, tuple(lines), tuple(codes), (), quality=_QUALITY)
    return PageEvidence(number, (), sighting, original=False)


def page_with(*lines: Placed, number: int = 1) -> PageEvidence:
    """A photographed page with lines at their places."""
    boxed = (Line(t, Box(x, y, x + width_of(t), y + HEIGHT)) for x, y, t in lines)
    return seen(tuple(boxed), number=number)


def recognised(sample: Sample, *, codes: bool = True) -> PageEvidence:
    """The first page of a sample as if it had been photographed and every character read right."""
    page = render(accept("sample.pdf", sample.pdf)).pages[0]
    found = [Code(text, "QRCode", Box(0.02, 0.02, 0.1, 0.12)) for text in sample.codes]
    aspect = page.width / page.height
    evidence = seen([replace(line, score=0.97) for line in page.lines], found if codes else ())
    sighting = evidence.sighting
    assert sighting is not None
    sized = replace(sighting, width_px=round(1200 * aspect), height_px=1200)
    return replace(evidence, sighting=sized)


def sample_page(kind: str, seed: int, *, codes: bool = True) -> tuple[Sample, PageEvidence]:
    """A sample and its page."""
    sample = make(kind, seed, ON)
    return sample, recognised(sample, codes=codes)


def numbered(page: PageEvidence) -> tuple[Numbered, ...]:
    """The page's lines as a model is shown them."""
    lines = page.sighting.lines if page.sighting else ()
    return tuple(Numbered(at, page.number, line) for at, line in enumerate(lines, 1))


def told(page: PageEvidence, kind: str, claims: Sequence[Claim]) -> PageEvidence:
    """The page with what a model said about its only document."""
    return replace(page, said=(Said(kind, tuple(claims), numbered(page)),))


def misread(page: PageEvidence, change: Callable[[str], str]) -> PageEvidence:
    """The page as a recogniser would have it that changes texts so."""
    sighting = page.sighting
    assert sighting is not None
    lines = tuple(_changed(line, change(line.text)) for line in sighting.lines)
    return replace(page, sighting=replace(sighting, lines=lines))


def _changed(line: Line, text: str) -> Line:
    stops = line.stops if len(text) == len(line.text) else ()
    return replace(line, text=text, stops=stops)
