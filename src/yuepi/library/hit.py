"""What a search finds."""

from __future__ import annotations

from typing import Literal

from yuepi.documents.plain import Place, Plain
from yuepi.library.query import Chip, Query

Health = Literal["fresh", "behind", "broken"]
"""Of the index. behind: some documents are not in it yet; broken: it answers nothing, and only
exact queries are answered."""
Way = Literal["words", "meaning", "exact", "fields"]


class Mark(Plain):
    """A place on the page that is marked, for the words that were looked for."""

    box: Place
    text: str


class Hit(Plain):
    """One piece of a document. file: its name; document: its id; file_at, page: where its picture
    is; box: around the piece; score: higher is better, of this answer only; ways: how it was found.
    text: what stands there. marks: the words in it. title, kind, folder, media: of the document; of
    some media (a plain text, most OFD) there is no picture of a page."""

    file: str
    document: str
    version: str
    file_at: int = 0
    page: int
    box: Place
    score: float
    text: str
    ways: tuple[Way, ...] = ()
    marks: tuple[Mark, ...] = ()
    title: str = ""
    kind: str | None = None
    folder: str = ""
    media: str = ""
    sort: str = "text"
    chunk: str = ""


class FacetValue(Plain):
    """One value of a facet and how many documents have it; label: as people see it."""

    value: str
    label: str
    documents: int


class Facet(Plain):
    """A way to narrow down: `kind`, `year`, `folder`, `tag`, `media`."""

    field: str
    values: tuple[FacetValue, ...]


class Found(Plain):
    """The answer to a query. query: as it was understood; chips: its filters as people see them.
    documents: how many different ones hit; `at_least`: they and the counts of facets are those of
    the best pieces, and there may be more. loose: nothing fits well, the hits are only loosely
    alike. unsure: how many documents a filter for kinds leaves out because nobody knows what they
    are. waiting: how many documents of those within reach are not in the index yet."""

    query: Query
    chips: tuple[Chip, ...] = ()
    hits: tuple[Hit, ...]
    documents: int
    at_least: bool = False
    loose: bool = False
    unsure: int = 0
    facets: tuple[Facet, ...] = ()
    index: Health = "fresh"
    waiting: int = 0
    took_ms: int = 0
