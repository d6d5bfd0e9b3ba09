"""From what was found to what is told: pieces with their boxes, marks and facets. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from yuepi.kit.boxes import WHOLE
from yuepi.library.chunk import Chunk, chunk_id
from yuepi.library.fusion import Fused
from yuepi.library.hit import Facet, FacetValue, Hit, Mark, Way
from yuepi.library.marks import Narrowed, narrowed
from yuepi.library.personal import Personal, told_in_part
from yuepi.library.store.exact import Stands
from yuepi.library.store.facets import Counts
from yuepi.library.store.fitting import Spine
from yuepi.library.understanding.question import Language
from yuepi.library.understanding.sorts import kind_label

PIECES_OF_ONE_MAX: Final = 3
"""Of one document among the first hits."""
FACET_VALUES_MAX: Final = 50
SCORE_DECIMALS: Final = 6


class Piece(NamedTuple):
    """What is ranked: a piece of a document; `chunk_id` is empty for a whole document, or an exact
    thing of it that stands in no piece that was found (`stands`). A tuple: hundreds of them are
    looked up in dictionaries for each question."""

    document_id: str
    version_id: str
    chunk_id: str = ""
    stands: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Shown:
    """What hits are made with. stands: exact things that were looked for, by piece. folders: the
    paths of folders by id. personal: of documents that hide something. terms, phrases: what is
    marked."""

    documents: Mapping[str, Spine]
    chunks: Mapping[str, Chunk]
    stands: Mapping[Piece, Sequence[Stands]]
    folders: Mapping[str, tuple[str, ...]]
    personal: Personal
    terms: Sequence[str] = ()
    phrases: Sequence[str] = ()


def grouped(pieces: Iterable[Fused[Piece]], hits_max: int) -> list[Fused[Piece]]:
    """The best, of each document no more than a few."""
    kept: list[Fused[Piece]] = []
    of_one: Counter[str] = Counter()
    for piece in pieces:
        if of_one[piece.key.document_id] < PIECES_OF_ONE_MAX:
            of_one[piece.key.document_id] += 1
            kept.append(piece)
        if len(kept) == hits_max:
            break
    return kept


def card_of(document: Spine, chunks: Mapping[str, Chunk], stands: Sequence[Stands]) -> Piece:
    """The piece that tells what a document is: what was read of it as fields, else how it begins;
    or the exact thing that was asked for, where that stands on another page."""
    card = chunks.get(chunk_id(document.version_id, 1))
    told = card is not None and card.sort == "fields"
    if card is not None and told and (not stands or stands[0].page == card.page):
        return Piece(document.id, document.version_id, card.id)
    if stands:
        return Piece(document.id, document.version_id, stands=stands[0].at)
    return Piece(document.id, document.version_id, chunk_id(document.version_id, 0))


def hit_of(piece: Piece, score: float, ways: tuple[Way, ...], shown: Shown) -> Hit:
    """A piece as it is told."""
    document = shown.documents[piece.document_id]
    chunk = shown.chunks.get(piece.chunk_id)
    stands = shown.stands.get(piece, ())
    files = shown.personal.get(document.id, ())
    part = told_in_part(document, files, _part(document, chunk, stands, shown))
    page = stands[0].page if stands else chunk.page if chunk else piece.page
    return Hit(
        file=document.name,
        document=document.id,
        version=document.version_id,
        file_at=stands[0].file_at if stands else 0,
        page=page,
        box=part.box,
        score=round(score, SCORE_DECIMALS),
        text=part.text,
        ways=ways,
        marks=part.marks,
        title=document.title,
        kind=document.kind,
        folder="/".join(shown.folders.get(document.folder_id, ())),
        media=document.media,
        sort=chunk.sort if chunk else "fields" if stands else "title",
        chunk=piece.chunk_id,
    )


def _part(document: Spine, chunk: Chunk | None, stands: Sequence[Stands], shown: Shown) -> Narrowed:
    exact = tuple(Mark(box=one.box, text=one.text) for one in stands)
    if chunk is not None:
        part = narrowed(chunk, shown.terms, shown.phrases)
        others = tuple(mark for mark in part.marks if not _is_marked(mark, exact))
        return Narrowed(part.text, part.box, (*exact, *others))
    if stands:
        return Narrowed(stands[0].text, stands[0].box, exact)
    return Narrowed(document.title or document.name, WHOLE, ())


def _is_marked(mark: Mark, exact: Sequence[Mark]) -> bool:
    return any(one.box.holds(mark.box.centre) for one in exact)


def facets_of(
    counts: Counts, folders: Mapping[str, tuple[str, ...]], language: Language
) -> tuple[Facet, ...]:
    """Counts as people see them, the most frequent first; years from the newest."""
    facets: list[Facet] = []
    for field, values in counts.by_field.items():
        order = sorted(values.items(), key=lambda each: (-each[1], each[0]))
        if field == "year":
            order = sorted(values.items(), reverse=True)
        told = tuple(
            FacetValue(value=value, label=_label(field, value, folders, language), documents=count)
            for value, count in order[:FACET_VALUES_MAX]
        )
        if told:
            facets.append(Facet(field=field, values=told))
    return tuple(facets)


def _label(
    field: str, value: str, folders: Mapping[str, tuple[str, ...]], language: Language
) -> str:
    if field == "kind":
        labels = _ABROAD if value == "invoice" else kind_label(value)
        return labels[0 if language == "zh" else 1]
    if field == "folder":
        return "/".join(folders.get(value, ())) or value
    return value.upper() if field == "media" else value


_ABROAD: Final = ("境外发票", "Foreign invoice")
"""The kind `invoice` itself: as a filter the word stands for all of them."""
