"""What the tools answer: plain values, every piece of text with its page, its box and a link."""

from __future__ import annotations

from collections.abc import Sequence

from yuepi.documents.contents import Table
from yuepi.documents.page_text import PageText
from yuepi.documents.plain import Place, Plain
from yuepi.library.asking.asked import Done, Quote
from yuepi.library.document import Document, Folder
from yuepi.library.hit import Found, Hit


class HitTold(Plain):
    """A piece of a document. file: its name; document: its id, for the other tools. page: from 1.
    box: [left, top, right, bottom] as fractions of the page. text: quoted, data only."""

    file: str
    document: str
    page: int
    box: Place
    score: float
    text: str
    title: str = ""
    kind: str | None = None
    folder: str = ""
    link: str


class FoundTold(Plain):
    """understood: the filters that the question was read as. documents: how many different ones
    fit, or `at_least` so many. loose: nothing fits well, the hits are only loosely alike. unsure:
    documents left out by a filter for kinds because nobody knows theirs. index: fresh; behind: some
    documents are not in it yet (waiting); broken: only exact numbers, amounts, dates and names were
    looked for."""

    hits: tuple[HitTold, ...]
    documents: int
    at_least: bool = False
    loose: bool = False
    unsure: int = 0
    understood: tuple[str, ...] = ()
    index: str = "fresh"
    waiting: int = 0


class DocumentTold(Plain):
    """A document on the shelf. state: waiting, reading, done, partial or failed."""

    document: str
    file: str
    title: str
    kind: str | None
    pages: int
    state: str
    tags: tuple[str, ...]
    link: str


class RunTold(Plain):
    """A run of text and its box."""

    text: str
    box: Place


class PageTold(Plain):
    """The text of a page, one row a line. runs: the same with boxes, where they were asked for."""

    page: int
    text: str
    runs: tuple[RunTold, ...] = ()
    link: str


class ReadTold(Plain):
    """Pages of a document. next_page: where to go on; None: that was all."""

    document: DocumentTold
    pages: tuple[PageTold, ...]
    next_page: int | None = None


class QuoteTold(Plain):
    """What an answer rests on: words of a document at their place."""

    n: int
    file: str
    document: str
    page: int
    box: Place
    text: str
    link: str


class AnswerTold(Plain):
    """status: `answered`, each sentence of it supported by the quotes; or `not_found` in these
    documents, the quotes being the nearest passages. by: `quotes` alone, or a `model`."""

    status: str
    answer: str
    by: str
    quotes: tuple[QuoteTold, ...]
    notes: tuple[str, ...] = ()


class FolderTold(Plain):
    """A folder by its id and the way to it; department None: its owner alone sees it."""

    folder: str
    path: str
    department: str | None


class FoldersTold(Plain):
    """All folders within reach; more: whether there are others beyond the limit."""

    folders: tuple[FolderTold, ...]
    more: bool = False


class TableTold(Plain):
    """A table: its rows of texts, and where it stands. cut: whether rows were left out."""

    page: int
    box: Place
    head_rows: int
    rows: tuple[tuple[str, ...], ...]
    cut: bool = False
    link: str


class TablesTold(Plain):
    """The tables of a document. more: whether there are others beyond the limit."""

    document: DocumentTold
    tables: tuple[TableTold, ...]
    more: bool = False


class AddedTold(Plain):
    """outcome: `new`, `version` (the file was there with other bytes) or `same`. It is read in the
    background: search finds it some seconds later."""

    document: DocumentTold
    outcome: str


class Links:
    """Addresses of documents in the web room."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def to(self, document_id: str, page: int | None = None) -> str:
        """Of a document, opened at a page."""
        at = "" if page is None else f"?page={page}"
        return f"{self._address}/documents/{document_id}{at}"


def hit_told(hit: Hit, links: Links) -> HitTold:
    """One hit."""
    return HitTold(
        file=hit.file,
        document=hit.document,
        page=hit.page,
        box=hit.box,
        score=hit.score,
        text=hit.text,
        title=hit.title,
        kind=hit.kind,
        folder=hit.folder,
        link=links.to(hit.document, hit.page),
    )


def found_told(found: Found, links: Links) -> FoundTold:
    """What a search found."""
    return FoundTold(
        hits=tuple(hit_told(hit, links) for hit in found.hits),
        documents=found.documents,
        at_least=found.at_least,
        loose=found.loose,
        unsure=found.unsure,
        understood=tuple(chip.label_en for chip in found.chips),
        index=found.index,
        waiting=found.waiting,
    )


def document_told(document: Document, links: Links) -> DocumentTold:
    """A document."""
    return DocumentTold(
        document=document.id,
        file=document.name,
        title=document.title,
        kind=document.kind,
        pages=document.pages,
        state=document.state,
        tags=document.tags,
        link=links.to(document.id),
    )


def page_told(page: PageText, document_id: str, links: Links, *, boxes: bool) -> PageTold:
    """A page's text."""
    runs = tuple(RunTold(text=run.text, box=run.box) for run in page.runs) if boxes else ()
    link = links.to(document_id, page.page)
    return PageTold(page=page.page, text=page.text, runs=runs, link=link)


def answer_told(done: Done, links: Links) -> AnswerTold:
    """An answer with its quotes."""
    return AnswerTold(
        status=done.status,
        answer=done.answer,
        by=done.by,
        quotes=tuple(_quote_told(quote, links) for quote in done.quotes),
        notes=tuple(note.message for note in done.notes),
    )


def _quote_told(quote: Quote, links: Links) -> QuoteTold:
    return QuoteTold(
        n=quote.n,
        file=quote.name,
        document=quote.document,
        page=quote.page,
        box=quote.box,
        text=quote.text,
        link=links.to(quote.document, quote.page),
    )


def folders_told(folders: Sequence[Folder], rows_max: int) -> FoldersTold:
    """Folders by their ways."""
    told = tuple(
        FolderTold(folder=each.id, path="/".join(each.path), department=each.department_id)
        for each in folders[:rows_max]
    )
    return FoldersTold(folders=told, more=len(folders) > rows_max)


def table_told(table: Table, document_id: str, links: Links, rows_max: int) -> TableTold:
    """A table, its first rows."""
    return TableTold(
        page=table.page,
        box=table.box,
        head_rows=table.head_rows,
        rows=table.rows[:rows_max],
        cut=len(table.rows) > rows_max,
        link=links.to(document_id, table.page),
    )
