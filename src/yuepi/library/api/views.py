"""Documents with all that is told of them: path, picture, total, first lines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from yuepi.access.principal import Principal
from yuepi.documents.masking import masked_file
from yuepi.library.api.models import DocumentShown, document_shown
from yuepi.library.api.parts import Parts
from yuepi.library.document import Document
from yuepi.library.papers import ReadDocument
from yuepi.library.scope import scope_of

SUMMARY_CHARACTERS_MAX: Final = 280


async def documents_shown(
    parts: Parts, who: Principal, documents: Sequence[Document], language: str
) -> list[DocumentShown]:
    """These documents, which were found within reach of whoever asks."""
    if not documents:
        return []
    paths = await parts.shelf.paths(documents)
    totals = await parts.shelf.totals(documents)
    covers = await parts.shelf.covers(documents)
    return [
        document_shown(
            each,
            who,
            path=paths.get(each.folder_id, ()),
            total=totals.get(each.id, (None, None, None)),
            cover=covers.get(each.id),
            language=language,
        )
        for each in documents
    ]


async def whole_document(
    parts: Parts, who: Principal, document: Document, language: str
) -> DocumentShown:
    """One document, with its first lines where it was read."""
    shown = (await documents_shown(parts, who, [document], language))[0]
    if document.trashed_at is not None or document.read_at is None:
        return shown
    read = await parts.papers.of(scope_of(who), document.id)
    # Of a long document it takes seconds.
    summary = await asyncio.to_thread(summary_of, read)
    return shown.model_copy(update={"summary": summary})


def summary_of(read: ReadDocument) -> str:
    """The summary that was read, else the first lines; personal data in part."""
    for file in read.files:
        for reading in masked_file(file).readings:
            said = " ".join(quote.text for quote in reading.summary) or reading.text
            lines = " ".join(said.split())
            if lines:
                return lines[:SUMMARY_CHARACTERS_MAX]
    return ""
