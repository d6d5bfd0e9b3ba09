"""Saved searches, and telling their owners what came later and fits.

A saved search is its owner's alone. When a document's words are in the index, the searches that
tell are tried on that document alone, each within what its owner sees at that moment; whoever lists
alerts sees only those of documents that are within reach then.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from yuepi.kit.cursors import moment_in, read_cursor, write_cursor
from yuepi.kit.database import Database
from yuepi.kit.errors import YuepiError
from yuepi.library.chunk import Chunk
from yuepi.library.document import Document, NotOnShelf
from yuepi.library.index.contract import Index
from yuepi.library.index.words import question_words, words_of
from yuepi.library.keys import number_key, phrase_key
from yuepi.library.query import Query
from yuepi.library.scope import EVERYTHING, Scope
from yuepi.library.store.documents import find_document
from yuepi.library.store.fitting import Narrow, fitting
from yuepi.library.store.searches import (
    AlertRow,
    SearchRow,
    add_alerts,
    add_search,
    alerts_of,
    anybody_is_told,
    count_searches,
    count_unread,
    find_search,
    mark_read,
    remove_search,
    searches_of,
    watching,
    write_search,
)
from yuepi.library.understanding.question import cleaned
from yuepi.library.understanding.sorts import kinds_meant

LOG = logging.getLogger(__name__)

SEARCHES_MAX: Final = 100
"""Saved by one person."""
TELLING_MAX: Final = 20
"""Of them, that tell."""
NAME_CHARACTERS_MAX: Final = 128
WORDS_SHARE_MIN: Final = 0.75
"""How many of a search's words a document must have to be told of."""
STEM_CHARACTERS: Final = 5
ALERTS_ROWS_MAX: Final = 200

ScopeOf = Callable[[str], Awaitable[Scope | None]]
"""How far somebody (by id) sees now; None for who may not read the library any more."""


class BadSearch(YuepiError):
    """A search that cannot be saved."""

    code = "bad_search"
    http_status = 422


class SearchChanged(YuepiError):
    """Somebody, or another window, changed it meanwhile."""

    code = "conflict"
    http_status = 409

    def __init__(self) -> None:
        super().__init__("the saved search was changed meanwhile", remedy="load it again")


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A saved search as its owner sees it. unread: what it told and nobody looked at. broken: what
    it looks for cannot be read any more; it tells nothing until its owner says it anew."""

    id: str
    name: str
    query: Query
    alerts: bool
    created_at: datetime
    version: int
    unread: int = 0
    broken: bool = False


@dataclass(frozen=True, slots=True)
class SearchChange:
    """What is changed; None: as it was."""

    name: str | None = None
    query: Query | None = None
    alerts: bool | None = None


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Alerts, the newest first; unread: of all. next: the cursor of the page after it."""

    alerts: tuple[AlertRow, ...]
    unread: int
    next: str | None


class SavedSearches:
    """Somebody's saved searches and their alerts.

    `indexed` is what the indexer calls when documents' words are in the index.
    """

    def __init__(
        self,
        database: Database,
        index: Index,
        scope_of_owner: ScopeOf,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._index = index
        self._scope_of_owner = scope_of_owner
        self._clock = clock
        self._told_broken: set[tuple[str, int]] = set()

    async def list(self, scope: Scope) -> Sequence[SavedSearch]:
        """Somebody's own, the oldest first."""
        async with self._database.reading() as transaction:
            rows = await searches_of(transaction, scope, scope.user_id)
        return [_saved(row) for row in rows]

    async def create(self, scope: Scope, name: str, query: Query, *, alerts: bool) -> SavedSearch:
        """Save a search. Raises `BadSearch` for a bad name or one too many."""
        row: dict[str, Any] = {
            "id": f"sea_{secrets.token_hex(10)}",
            "owner_id": scope.user_id,
            "name": _checked(name),
            "query": _json(cleaned(query)),
            "alerts": alerts,
            "created_at": self._clock(),
            "version": 1,
        }
        async with self._database.writing() as transaction:
            every, telling = await count_searches(transaction, scope.user_id)
            _limit(every + 1, telling + alerts)
            await add_search(transaction, row)
        return _saved(SearchRow(**row))

    async def change(
        self, scope: Scope, search_id: str, change: SearchChange, version: int
    ) -> SavedSearch:
        """Change one's own. Raises `NotOnShelf`, `SearchChanged`, `BadSearch`."""
        values: dict[str, Any] = {}
        if change.name is not None:
            values["name"] = _checked(change.name)
        if change.query is not None:
            values["query"] = _json(cleaned(change.query))
            # What is told is what comes from now on.
            values["created_at"] = self._clock()
        if change.alerts is not None:
            values["alerts"] = change.alerts
        async with self._database.writing() as transaction:
            before = await find_search(transaction, scope.user_id, search_id)
            if before is None:
                raise NotOnShelf(f"saved search {search_id[:80]!r}")
            if change.alerts and not before.alerts:
                every, telling = await count_searches(transaction, scope.user_id)
                _limit(every, telling + 1)
                values["created_at"] = self._clock()
            if not await write_search(transaction, search_id, version, values):
                raise SearchChanged
            after = await find_search(transaction, scope.user_id, search_id)
        return _saved(after or before)

    async def delete(self, scope: Scope, search_id: str) -> None:
        """Delete one's own with its alerts. Raises `NotOnShelf`."""
        async with self._database.writing() as transaction:
            if not await remove_search(transaction, scope.user_id, search_id):
                raise NotOnShelf(f"saved search {search_id[:80]!r}")

    async def alerts(
        self, scope: Scope, *, unread: bool = False, after: str | None = None, rows_max: int = 50
    ) -> AlertPage:
        """Somebody's alerts, the newest first. Raises `BadUsage` for a strange cursor."""
        size = max(1, min(rows_max, ALERTS_ROWS_MAX))
        behind = None
        if after is not None:
            at, search_id, document_id = read_cursor(after, str, str, str)
            behind = (moment_in(at), str(search_id), str(document_id))
        async with self._database.reading() as transaction:
            rows = await alerts_of(
                transaction, scope, scope.user_id, unread=unread, after=behind, rows_max=size + 1
            )
            count = await count_unread(transaction, scope, scope.user_id)
        more = rows[size - 1] if len(rows) > size else None
        cursor = (
            None
            if more is None
            else write_cursor(more.at.isoformat(), more.search_id, more.document_id)
        )
        return AlertPage(tuple(rows[:size]), count, cursor)

    async def read(self, scope: Scope, document_ids: Collection[str] | None = None) -> None:
        """They have looked at their alerts; document_ids: only at those of these documents."""
        async with self._database.writing() as transaction:
            await mark_read(transaction, scope.user_id, self._clock(), document_ids)

    async def indexed(self, document_ids: Sequence[str]) -> None:
        """These documents can be found by their words now: `alerted` for each of them."""
        async with self._database.reading() as transaction:
            if not await anybody_is_told(transaction):
                return
        for document_id in document_ids:
            await self.alerted(document_id)

    async def alerted(self, document_id: str) -> None:
        """Tell the owners of saved searches that a document fits; again and again is no harm.

        Raises `Unavailable` where the index or the database does not answer.
        """
        async with self._database.reading() as transaction:
            document = await find_document(transaction, EVERYTHING, document_id)
            rows = await watching(transaction, document_id, "") if document else []
        if document is None or not rows:
            return
        text = _Text.of(document, await self._index.of_document(document_id))
        scopes: dict[str, Scope | None] = {}
        while rows:
            fit: list[SearchRow] = []
            for row in rows:
                if row.owner_id not in scopes:
                    scopes[row.owner_id] = await self._scope_of_owner(row.owner_id)
                if await self._fits(row, document, text, scopes[row.owner_id]):
                    fit.append(row)
            await self._tell(fit, document)
            async with self._database.reading() as transaction:
                rows = await watching(transaction, document_id, rows[-1].id)

    async def _fits(
        self, row: SearchRow, document: Document, text: _Text, scope: Scope | None
    ) -> bool:
        if scope is None or not scope.covers(document.owner_id, document.department_id):
            return False
        query = _query(row)
        if query is None:
            self._tell_broken(row)
            return False
        if not text.holds(query):
            return False
        narrow = Narrow(query, kinds_meant(query.kinds))
        async with self._database.reading() as transaction:
            return bool(await fitting(transaction, scope, narrow, [document.id]))

    def _tell_broken(self, row: SearchRow) -> None:
        """Once in the log: each document that comes is tried on it again."""
        if (row.id, row.version) in self._told_broken:
            return
        self._told_broken.add((row.id, row.version))
        LOG.warning(
            "the saved search %s of %s cannot be read, and is left out", row.id, row.owner_id
        )

    async def _tell(self, rows: Sequence[SearchRow], document: Document) -> None:
        if not rows:
            return
        now = self._clock()
        async with self._database.writing() as transaction:
            await add_alerts(
                transaction,
                [
                    {
                        "search_id": row.id,
                        "document_id": document.id,
                        "version_id": document.version_id,
                        "owner_id": row.owner_id,
                        "at": now,
                        "read_at": None,
                    }
                    for row in rows
                ],
            )


@dataclass(frozen=True, slots=True)
class _Text:
    """A document's text as searches are tried on it."""

    phrases: str
    numbers: str
    words: frozenset[str]

    @classmethod
    def of(cls, document: Document, chunks: Sequence[Chunk]) -> _Text:
        parts = [
            document.name,
            document.title,
            *(f"{each.context}\n{each.text}" for each in chunks),
        ]
        text = "\n".join(parts)
        numbers = " ".join(number_key(word) for word in text.split())
        return cls(phrase_key(text), numbers, frozenset(map(_stem, words_of(text).split())))

    def holds(self, query: Query) -> bool:
        """Whether what a query looks for stands there: all phrases and numbers, most words."""
        if not all(phrase_key(phrase) in self.phrases for phrase in query.exact):
            return False
        if not all(number_key(number) in self.numbers for number in query.numbers):
            return False
        words = {_stem(word) for word in question_words(query.text).split()}
        return len(words & self.words) >= len(words) * WORDS_SHARE_MIN


def _stem(word: str) -> str:
    """The beginning of an English word, so that `invoices` fits `invoice`."""
    return word[:STEM_CHARACTERS] if word.isascii() and word.isalpha() else word


def _saved(row: SearchRow) -> SavedSearch:
    query = _query(row)
    return SavedSearch(
        row.id,
        row.name,
        query or Query(),
        row.alerts,
        row.created_at,
        row.version,
        row.unread,
        broken=query is None,
    )


def _query(row: SearchRow) -> Query | None:
    """What it looks for; None where that cannot be read: damaged, or of another version of ours."""
    try:
        return Query.model_validate_json(row.query)
    except ValidationError:
        return None


def _json(query: Query) -> str:
    return query.model_dump_json(exclude_defaults=True)


def _checked(name: str) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > NAME_CHARACTERS_MAX or not clean.isprintable():
        raise BadSearch(
            "this cannot be a name of a saved search",
            remedy=f"use 1 to {NAME_CHARACTERS_MAX} visible characters",
        )
    return clean


def _limit(every: int, telling: int) -> None:
    if every > SEARCHES_MAX:
        raise BadSearch(
            f"there are {SEARCHES_MAX} saved searches already", remedy="delete one of them"
        )
    if telling > TELLING_MAX:
        raise BadSearch(
            f"{TELLING_MAX} saved searches have alerts already", remedy="turn another one's off"
        )
