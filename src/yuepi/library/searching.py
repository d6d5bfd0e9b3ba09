"""Search: what fits a question, from everywhere, told only where the shelf agrees.

The index ranks, and may lag or be wrong. Whatever it names is looked up on the shelf within the
reach of whoever asks before anything of it is told: hits, counts, facets and what is alike.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from yuepi.kit.database import Database, Transaction
from yuepi.library.chunk import chunk_id
from yuepi.library.document import Folder
from yuepi.library.exact import documents_holding, sought_in
from yuepi.library.fusion import Fused
from yuepi.library.hit import Found, Health
from yuepi.library.index.contract import RANKED_MAX, WITHIN_MAX, Embed, Index, Rerank, Within
from yuepi.library.index.words import question_words
from yuepi.library.looking import WORDS_ROWS, Looking
from yuepi.library.page_pieces import pieces_on
from yuepi.library.paging import Pages
from yuepi.library.personal import personal_in
from yuepi.library.query import UNKNOWN, Query
from yuepi.library.ranking import Exact, Lists, reranked, there
from yuepi.library.scope import Scope
from yuepi.library.showing import Piece, Shown, card_of, facets_of, grouped, hit_of
from yuepi.library.similar import similar_to
from yuepi.library.store.exact import Stands, standing, totals
from yuepi.library.store.facets import counted, fitting_counted, not_indexed, of_no_known_kind
from yuepi.library.store.fitting import (
    Narrow,
    Spine,
    called_so,
    fitting,
    fitting_ids,
    fitting_of,
    with_phrases,
)
from yuepi.library.store.folders import list_folders, paths_of
from yuepi.library.understanding import Understood, understand
from yuepi.library.understanding.chips import chips_of
from yuepi.library.understanding.question import Language, cleaned
from yuepi.library.understanding.sorts import kinds_meant

HITS_MAX: Final = 100
LOADED_MAX: Final = 20
"""Pieces of each list that are looked into."""
CALLED_MIN: Final = 2
CALLED_MAX: Final = 64
"""Characters of a text that may be a document's name."""
CALLED_ROWS: Final = 100
COUNTED_IDS: Final = 1_000
"""So many documents are counted by their ids; for more their filters are asked again."""
TERMS_MAX: Final = 8
"""Words that are looked for in SQL where the index is broken."""
_FOLDER_WORDS: Final = ("in:", "in：", "folder", "文件夹", "目录")

IndexerHealth = Callable[[], Awaitable[tuple[Health, int]]]
"""How the index is, and how many documents are not in it yet (of all)."""


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is looked for: as it was understood, what documents are narrowed to, and their ids
    where there are filters and not too many fit (`newest`: the first of them). cut: what must
    stand there may stand in other documents, too."""

    asked: Understood
    narrow: Narrow
    within: frozenset[str] | None
    newest: tuple[str, ...] = ()
    too_many: bool = False
    cut: bool = False

    @property
    def hints(self) -> Query:
        """What only moves up what fits it: what is surely of the kind, too, where others may be."""
        hints, kinds = self.asked.hints, self.asked.query.kinds
        sure = tuple(kind for kind in kinds if kind != UNKNOWN)
        return hints.model_copy(update={"kinds": sure}) if sure != kinds else hints

    @property
    def told(self) -> Narrow:
        """What is still to be looked at once ids are known: their reach alone, where they were
        found by the filters just now."""
        return self.narrow if self.within is None else Narrow(Query())

    def only(self, ids: Iterable[str]) -> set[str]:
        """Those that fit the filters, as far as that is known: the index may name others."""
        return {id_ for id_ in ids if self.within is None or id_ in self.within}

    @property
    def words(self) -> str:
        """The text, and what must stand there: pieces that hold it come first."""
        query = self.asked.query
        return " ".join((query.text, *query.exact, *query.numbers)).strip()


class Searcher:
    """Finds pieces of documents, and documents that are alike."""

    def __init__(
        self,
        database: Database,
        index: Index,
        embed: Embed | None = None,
        rerank: Rerank | None = None,
        health: IndexerHealth | None = None,
        pages: Pages | None = None,
    ) -> None:
        self._database = database
        self._index = index
        self._embed = embed
        self._rerank = rerank
        self._health = health
        self._pages = pages

    async def search(
        self,
        scope: Scope,
        question: str | Query,
        *,
        hits_max: int = 20,
        today: date,
        language: Language = "zh",
        folder: str | None = None,
    ) -> Found:
        """What fits best, best first. A `str` is read into filters and words, and looked for in a
        folder where one is given; a `Query` is taken as it is. Never fails for a broken index:
        `Found.index` says so. Raises `Unavailable`."""
        started = time.perf_counter()
        if isinstance(question, Query):
            question = cleaned(question)
        looking = await self._looking()
        asked = await self._understood(scope, question, today, language, folder)
        sought = await self._narrowed(looking, scope, asked)
        if sought.within == frozenset() and isinstance(question, str) and asked.query.parties:
            # Who signed is not always read: the name may stand in the text all the same.
            asked = _without_parties(asked)
            sought = await self._narrowed(looking, scope, asked)
        size = max(1, min(hits_max, HITS_MAX))
        if sought.within == frozenset():
            found = await self._nothing(scope, sought)
        elif sought.words:
            found = await self._ranked(looking, scope, sought, size, language)
        else:
            found = await self._listed(looking, scope, sought, size, language)
        took_ms = round((time.perf_counter() - started) * 1000)
        health: Health = "broken" if looking.broken else "behind" if found.waiting else "fresh"
        return found.model_copy(update={"index": health, "took_ms": took_ms})

    async def similar(self, scope: Scope, document_id: str, *, hits_max: int = 10) -> Found:
        """The documents most like one, one piece of each. Raises `NotOnShelf`."""
        looking = await self._looking()
        return await similar_to(self._database, looking, scope, document_id, hits_max)

    async def _looking(self) -> Looking:
        health = "fresh" if self._health is None else (await self._health())[0]
        broken = health == "broken"
        return Looking(self._index, self._embed, broken=broken, pages=self._pages)

    async def _understood(
        self,
        scope: Scope,
        question: str | Query,
        today: date,
        language: Language,
        folder: str | None,
    ) -> Understood:
        told = question if isinstance(question, str) else ""
        folders: tuple[str, ...] = (folder,) if folder else ()
        if isinstance(question, Query):
            folders = question.folders
        known = []
        if folders or any(word in told.lower() for word in _FOLDER_WORDS):
            async with self._database.reading() as transaction:
                known = await list_folders(transaction, scope)
        # In a thread: a long question that was made to be slow takes tenths of a second.
        if isinstance(question, str):
            asked = await asyncio.to_thread(understand, question, today, language, known)
            return _within(asked, folders, known) if folders else asked
        # What the text says beside the filters still moves up what fits it.
        text = await asyncio.to_thread(understand, question.text, today, language)
        said = {*question.model_fields_set, "text", "exact", "numbers"}
        hinted = {**text.query.model_dump(exclude_defaults=True)}
        hinted |= text.hints.model_dump(exclude_defaults=True)
        hints = Query(**{name: value for name, value in hinted.items() if name not in said})
        return Understood(question, chips_of(question, None, known), hints, question.text)

    async def _narrowed(self, looking: Looking, scope: Scope, asked: Understood) -> _Sought:
        narrow = Narrow(asked.query, kinds_meant(asked.query.kinds))
        cut = False
        if asked.query.exact or asked.query.numbers:
            others = None
            if narrow.filters:
                async with self._database.reading() as transaction:
                    ids = await fitting_ids(transaction, scope, narrow, WITHIN_MAX + 1)
                others = frozenset(ids) if len(ids) <= WITHIN_MAX else None
            held = await documents_holding(self._database, looking, scope, asked.query, others)
            if held is not None:
                narrow, cut = replace(narrow, held=held.documents), held.cut
        if not narrow.filters:
            return _Sought(asked, narrow, None)
        async with self._database.reading() as transaction:
            ids = await fitting_ids(transaction, scope, narrow, WITHIN_MAX + 1)
        newest = tuple(ids[:CALLED_ROWS])
        if len(ids) > WITHIN_MAX:
            return _Sought(asked, narrow, None, newest, too_many=True, cut=cut)
        return _Sought(asked, narrow, frozenset(ids), newest, cut=cut)

    async def _nothing(self, scope: Scope, sought: _Sought) -> Found:
        asked = sought.asked
        async with self._database.reading() as transaction:
            waiting = await not_indexed(transaction, scope)
            unsure = await _left_out(transaction, scope, sought)
        return Found(
            query=asked.query,
            chips=asked.chips,
            hits=(),
            documents=0,
            at_least=sought.cut,
            unsure=unsure,
            waiting=waiting,
        )

    # --- filters alone -------------------------------------------------------------------------

    async def _listed(
        self, looking: Looking, scope: Scope, sought: _Sought, size: int, language: Language
    ) -> Found:
        """The documents that fit, the newest first, each by what was read of it and what was
        exactly asked for."""
        query = sought.asked.query
        async with self._database.reading() as transaction:
            ids = sought.newest[:size]
            if not sought.narrow.filters:
                ids = tuple(await fitting_ids(transaction, scope, sought.narrow, size))
            documents = await fitting(transaction, scope, sought.told, ids)
            stands = await standing(transaction, scope, sought_in(query), ids)
            if query.amount_min is not None or query.amount_max is not None:
                sums = await totals(transaction, scope, ids)
                stands += [one for id_, one in sums.items() if id_ in documents]
            few = sought.within if len(sought.within or ()) <= COUNTED_IDS else None
            counts = await counted(
                transaction, scope, sought.narrow if few is None else sought.told, few
            )
            waiting = await not_indexed(transaction, scope)
            unsure = await _left_out(transaction, scope, sought)
            folders = await paths_of(transaction, counts.by_field["folder"])
        there = [documents[id_] for id_ in ids if id_ in documents]
        chunks = await looking.chunks(
            [chunk_id(each.version_id, at) for each in there for at in (0, 1)]
        )
        seen: dict[Piece, list[Stands]] = {}
        pieces: list[Fused[Piece]] = []
        for place, document in enumerate(there):
            own = [one for one in stands if one.document_id == document.id][:1]
            piece = card_of(document, chunks, own)
            if own:
                seen[piece] = own
            pieces.append(Fused(piece, 1 / (place + 1), ("fields",)))
        personal = await personal_in(self._database, documents)
        shown = Shown(documents, chunks, seen, folders, personal)
        return Found(
            query=query,
            chips=sought.asked.chips,
            hits=tuple(hit_of(each.key, each.score, each.ways, shown) for each in pieces),
            documents=counts.documents,
            at_least=sought.cut,
            unsure=unsure,
            facets=facets_of(counts, folders, language),
            waiting=waiting,
        )

    # --- words and meaning ----------------------------------------------------------------------

    async def _ranked(
        self, looking: Looking, scope: Scope, sought: _Sought, size: int, language: Language
    ) -> Found:
        asked = sought.asked
        within = Within(scope, sought.within)
        words, meaning = await looking.both(
            sought.words, asked.query.text, within, many=sought.too_many
        )
        pages = await looking.pages(asked.query.text, within)
        async with self._database.reading() as transaction:
            exact = await self._exact(transaction, looking, scope, sought)
            ids = {each.document_id for each in (*words, *meaning)}
            ids |= {each.document_id for each in pages}
            ids |= {one.document_id for one in exact.stands} | set(exact.called)
            documents, counts = await fitting_counted(
                transaction, scope, sought.told, sought.only(ids)
            )
            hinted = await self._hinted(transaction, scope, sought.hints, documents)
            if asked.query.amount_min is not None or asked.query.amount_max is not None:
                sums = await totals(transaction, scope, documents)
                exact = replace(exact, totals=tuple(sums.values()))
            waiting = await not_indexed(transaction, scope)
            folders = await paths_of(transaction, counts.by_field["folder"])
        found = there(words, documents), there(meaning, documents)
        looks = await pieces_on(looking, pages, documents, [*found[0], *found[1]])
        lists = Lists(asked.whole, *found, hinted, exact, documents, looks)
        chunks = await looking.chunks(lists.first(LOADED_MAX))
        terms = question_words(sought.words).split()
        order, stands = lists.fused(chunks, terms)
        order = await reranked(self._rerank, asked.query.text, order, chunks)
        best = grouped(order, size)
        late = [each.key.chunk_id for each in best if each.key.chunk_id not in chunks]
        chunks = {**chunks, **await looking.chunks([id_ for id_ in late if id_])}
        personal = await personal_in(self._database, {each.key.document_id for each in best})
        shown = Shown(documents, chunks, stands, folders, personal, terms, asked.query.exact)
        return Found(
            query=asked.query,
            chips=asked.chips,
            hits=tuple(hit_of(each.key, each.score, each.ways, shown) for each in best),
            documents=counts.documents,
            at_least=sought.cut or len(words) >= (RANKED_MAX if sought.too_many else WORDS_ROWS),
            loose=lists.loose(chunks, terms),
            facets=facets_of(counts, folders, language),
            waiting=waiting,
        )

    async def _exact(
        self, transaction: Transaction, looking: Looking, scope: Scope, sought: _Sought
    ) -> Exact:
        """What SQL knows: exact things that were named, documents called so, and where the index
        is broken whatever holds the words."""
        query, hints = sought.asked.query, sought.asked.hints
        things = sought_in(query, hints)
        text = query.text
        called: list[str] = []
        if CALLED_MIN <= len(text) <= CALLED_MAX:
            called = await called_so(transaction, scope, text, CALLED_ROWS)
        if looking.broken and text:
            terms = question_words(text).split()[:TERMS_MAX] or [text]
            called += await with_phrases(transaction, scope, terms, CALLED_ROWS, in_values=True)
            things = replace(things, texts=tuple(terms))
        if sought.narrow.held is not None:
            # What must stand there does, in a name at least, whatever the index ranks.
            called += sought.newest
            texts = query.exact if looking.broken else ()
            things = replace(things, texts=(*things.texts, *texts))
        stands = await standing(transaction, scope, things, sought.within)
        return Exact(stands, tuple(dict.fromkeys(called)))

    async def _hinted(
        self,
        transaction: Transaction,
        scope: Scope,
        hints: Query,
        documents: Mapping[str, Spine],
    ) -> frozenset[str]:
        """Those of the documents that fit what the question says beside its words."""
        if hints == Query():
            return frozenset()
        narrow = Narrow(hints, kinds_meant(hints.kinds))
        return await fitting_of(transaction, scope, narrow, documents)


async def _left_out(transaction: Transaction, scope: Scope, sought: _Sought) -> int:
    """How many documents a filter for kinds leaves out because nobody knows what they are."""
    if not sought.asked.query.kinds or UNKNOWN in sought.asked.query.kinds:
        return 0
    return await of_no_known_kind(transaction, scope, sought.narrow)


def _within(asked: Understood, folders: tuple[str, ...], known: Sequence[Folder]) -> Understood:
    """The same in these folders, whichever its words name."""
    others = tuple(chip for chip in asked.chips if chip.field != "folders")
    chips = (*others, *chips_of(Query(folders=folders), None, known))
    return replace(asked, query=asked.query.model_copy(update={"folders": folders}), chips=chips)


def _without_parties(asked: Understood) -> Understood:
    """The names of parties as words instead."""
    text = " ".join((*asked.query.parties, asked.query.text)).strip()
    query = asked.query.model_copy(update={"parties": (), "text": text})
    chips = tuple(chip for chip in asked.chips if chip.field != "parties")
    return replace(asked, query=query, chips=chips)
