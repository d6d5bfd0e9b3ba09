"""A document as pieces that are found one by one: cut where its layout cuts it. Pure.

First what it is (`title`), then what was read as fields (`fields`), then all that stands on its
pages but for their numbers, each character in one piece: paragraphs (`text`) and rows of tables
(`table`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from typing import Final

from yuepi.documents.contents import Table
from yuepi.documents.page_text import PageText
from yuepi.library.chunk import Chunk, chunk_id
from yuepi.library.chunking.draft import Draft
from yuepi.library.chunking.fields import field_drafts, title_draft, title_of, whose_words
from yuepi.library.chunking.flow import flows_of, without_page_numbers
from yuepi.library.chunking.paragraphs import text_drafts, trailing_headings
from yuepi.library.chunking.passage import Passage, hyphenated, passages_of
from yuepi.library.chunking.rows import table_drafts
from yuepi.library.papers import ReadDocument

CHUNKS_MAX: Final = 99_999
"""Of one document; what comes after is not found by its words."""


def chunks_of(read: ReadDocument) -> list[Chunk]:
    """The pieces of a document, in their order. The same reading gives the same pieces.

    Takes some milliseconds a page: call it off the event loop.
    """
    document, version = read.document, read.version
    found: list[Chunk] = []
    for at, draft in enumerate(_drafts(read)):
        if at >= CHUNKS_MAX:
            break
        found.append(
            Chunk(
                id=chunk_id(version.id, at),
                document_id=document.id,
                version_id=version.id,
                at=at,
                sort=draft.sort,
                page=draft.page,
                box=draft.box,
                text=draft.text,
                context=draft.context,
                boxes=draft.boxes,
                starts=draft.starts,
            )
        )
    return found


def _drafts(read: ReadDocument) -> Iterator[Draft]:
    name = read.version.name
    title = title_of(read.files)
    yield title_draft(name, title, read.files)
    yield from field_drafts(read.files)
    first = read.texts[0].text.split("\n") if read.texts else []
    whose = whose_words(name, title, read.files, first)
    tables = _tables_by_page(read)
    known = hyphenated([run.text for page in read.texts for run in page.runs])
    above = ""
    for page in read.texts:
        drafts = _page_drafts(page, tables[page.page], known, above)
        try:
            while True:
                yield next(drafts).within(*whose)
        except StopIteration as end:
            above = end.value


def _page_drafts(
    page: PageText, tables: Sequence[Table], known: frozenset[str], above: str
) -> Generator[Draft, None, str]:
    """The pieces of a page, and the last heading on it; above: that of the page before."""
    carried: list[Passage] = []
    flows = flows_of(without_page_numbers(page), tables)
    for at, flow in enumerate(flows):
        if flow.table is not None:
            yield from table_drafts(flow, page.page, page.aspect, above)
            continue
        passages = [*carried, *passages_of(flow.lines, page.aspect, known)]
        carried = []
        if at + 1 < len(flows) and flows[at + 1].table is None:
            carried = trailing_headings(passages)
            passages = passages[: len(passages) - len(carried)]
        above = yield from text_drafts(passages, page.page, above)
    return above


def _tables_by_page(read: ReadDocument) -> defaultdict[int, list[Table]]:
    found: defaultdict[int, list[Table]] = defaultdict(list)
    for file in read.files:
        for reading in file.readings:
            for table in reading.tables:
                found[table.page].append(table)
    return found
