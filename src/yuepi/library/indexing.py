"""Keeps the index up to date with the shelf, in the background, in any number of processes.

Rows of `library_indexing` are held for a lease of the steady clock. Whatever a row asks for, the
index is made to be as the shelf is now: so it may be done twice, late, or in another order. Words
come first, which makes a document findable; its vectors follow, some pieces of some documents a
turn. Whoever finds at the end that a row was not his any more wants the document again, because
what he wrote may be older than what was there.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Final, Protocol

from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database
from yuepi.kit.errors import Unavailable
from yuepi.kit.steady import steady_now
from yuepi.library.checking import check, has_read
from yuepi.library.chunk import Chunk
from yuepi.library.chunking import chunks_of
from yuepi.library.document import Document, NotOnShelf
from yuepi.library.hit import Health
from yuepi.library.index.contract import Embed, IndexBroken
from yuepi.library.index.embedding import embedded
from yuepi.library.index.upkeep import KeptIndex
from yuepi.library.papers import ReadDocument
from yuepi.library.scope import EVERYTHING, Scope
from yuepi.library.store import indexing as rows
from yuepi.library.store.indexing import Stage, Wanted

LOG = logging.getLogger(__name__)

LEASE_S: Final = 30.0
RENEW_S: Final = 8.0
LOOK_S: Final = 0.4
AWAY_S: Final = 5.0
WAIT_S_MAX: Final = 300.0
"""Between two attempts at what fails again and again; nothing is given up."""
CHECK_S: Final = 3600.0
HEALTH_S: Final = 1.0

DOCUMENTS_MAX: Final = 32
"""Documents of one turn, and pieces that are put together in one go, or embedded in one turn."""
PIECES_MAX: Final = 2_000
EMBEDDED_MAX: Final = 256

TIDY_LOOK_S: Final = 5.0
TIDY_S: Final = 60.0
TIDY_WRITES: Final = 64
TIDY_PIECES: Final = 4_000
TIDY_PIECES_MIN: Final = 1_000
"""When it is tidied: after so many writes or with so many new pieces, after some time in any case;
by a command, which has no time, with the fewer pieces once it is done."""

WORDS: Final[tuple[Stage, ...]] = ("gone", "words")
MEANING: Final[tuple[Stage, ...]] = ("meaning",)

Ready = tuple[Wanted, Document, list[Chunk]]
PiecesOf = Callable[[ReadDocument], list[Chunk]]
Indexed = Callable[[Sequence[str]], Awaitable[None]]
"""Called with the ids of documents whose words are in the index now; maybe again later."""
_Turn = Callable[[], Awaitable[bool]]
_Pause = Callable[[], Awaitable[None]]
Progress = Callable[[int, int], None]
"""Called with how many documents are done, and of how many."""


class ReadPapers(Protocol):
    """`papers.Papers`."""

    async def of(self, scope: Scope, document_id: str) -> ReadDocument:
        """What was read of a document. Raises `NotOnShelf`."""


class Indexer:
    """`run` it in each worker; commands call `index_next` until it says that nothing waits."""

    def __init__(
        self,
        database: Database,
        papers: ReadPapers,
        index: KeptIndex,
        embed: Embed | None,
        *,
        clock: Callable[[], datetime] = utc_now,
        pieces_of: PiecesOf = chunks_of,
        indexed: Indexed | None = None,
    ) -> None:
        self._database = database
        self._indexed = indexed
        self._papers = papers
        self._index = index
        self._embed = embed
        self._clock = clock
        self._pieces_of = pieces_of
        self._name = f"idx_{secrets.token_hex(10)}"
        self._rows_max = {WORDS: DOCUMENTS_MAX, MEANING: DOCUMENTS_MAX}
        self._writes = 0
        self._tidied_s = monotonic()
        self._broken = False
        self._looked = False
        self._health: tuple[Health, int] = ("fresh", 0)
        self._health_s = -HEALTH_S

    # --- the doors -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Index until cancelled. A database or an index that is away is waited for."""
        async with asyncio.TaskGroup() as tasks:
            for what, stages in {"indexed": WORDS, "embedded": MEANING}.items():
                turn = partial(self._turn, stages)
                until = partial(self._database.waiting.until, rows.free_waits(stages), LOOK_S)
                tasks.create_task(self._again(what, turn, until))
            tidied, compared = partial(asyncio.sleep, TIDY_LOOK_S), partial(asyncio.sleep, CHECK_S)
            tasks.create_task(self._again("tidied", self._tidy_in_time, tidied))
            tasks.create_task(self._again("compared", self._check_all, compared))

    async def index_next(self) -> bool:
        """One turn: words before vectors; False where nothing waits. Raises `Unavailable`."""
        if not self._looked:
            await self._find_loss()
        did = await self._turn(WORDS) or await self._turn(MEANING)
        if self._writes >= TIDY_WRITES or (not did and self._writes):
            await self._tidy_if_many(TIDY_PIECES_MIN)
        return did

    async def health(self, scope: Scope = EVERYTHING) -> tuple[Health, int]:
        """How the index is, and how many documents within reach are not in it as they are now."""
        now_s = monotonic()
        if scope is not EVERYTHING or now_s - self._health_s >= HEALTH_S:
            found = await self._health_now(scope)
            if scope is not EVERYTHING:
                return found
            self._health, self._health_s = found, now_s
        return self._health

    async def check(self) -> int:
        """Compare the index with the shelf, and want what differs; how many documents that are."""
        return await check(self._database, self._index, self._embed is not None, self._clock())

    async def rebuild(self, progress: Progress) -> None:
        """Make the index anew from the shelf, beside the one in use, and then use it.

        Vectors are taken over where their text is the same; the others are made in the background
        afterwards. What changes meanwhile is found by comparing, and done again. A crash leaves
        the index that was.
        """
        generation = await self._index.begin()
        async with self._database.reading() as transaction:
            total = await rows.count_on_shelf(transaction)
        done, after = 0, ""
        while True:
            async with self._database.reading() as transaction:
                page = await rows.all_on_shelf(transaction, after, DOCUMENTS_MAX)
            if not page:
                break
            put: list[tuple[Document, list[Chunk]]] = []
            for document in page:
                # What cannot be read stays out, and is wanted by the comparison below.
                found = await self._pieces_or_none(document.id)
                if found is not None:
                    put.append(found)
                if sum(len(chunks) for _, chunks in put) >= PIECES_MAX:
                    await self._index.fill(generation, put)
                    put = []
            if put:
                await self._index.fill(generation, put)
            done, after = done + len(page), page[-1].id
            progress(done, max(done, total))
        await self._index.switch(generation)
        self._broken = False
        await self.check()

    # --- turns -----------------------------------------------------------------------------------

    async def _again(self, what: str, turn: _Turn, pause: _Pause) -> None:
        """A turn and another; after a pause where one had nothing to do."""
        failing = False
        while True:
            try:
                did = await turn()
                failing = False
            except Unavailable as error:
                if not failing:
                    LOG.warning("nothing can be %s now: %s", what, error)
                failing = True
                await asyncio.sleep(AWAY_S)
            else:
                await (asyncio.sleep(0) if did else pause())

    async def _turn(self, stages: tuple[Stage, ...]) -> bool:
        async with self._database.reading() as transaction:
            now_s = await steady_now(transaction)
            if not await rows.any_free(transaction, now_s, stages):
                return False
        async with self._database.writing() as transaction:
            now_s = await steady_now(transaction)
            held_s = (now_s, now_s + LEASE_S)
            most = self._rows_max[stages]
            taken = await rows.take(transaction, self._name, held_s, most, stages)
        if not taken:
            return True
        work = self._embed_all(taken) if stages == MEANING else self._put_all(taken)
        # If it fails, the next ones are taken one by one: so what fails fails alone.
        self._rows_max[stages] = 1
        try:
            await self._holding(taken, work)
        except Unavailable as error:
            self._broken = self._broken or isinstance(error, IndexBroken)
            await self._put_off(taken)
            raise
        except Exception:
            # Whatever it is: it is tried again, and must not end the work on all others.
            LOG.exception("%d documents cannot be indexed now", len(taken))
            await self._put_off(taken)
            return True
        self._broken = False
        self._rows_max[stages] = min(2 * most, DOCUMENTS_MAX)
        return True

    async def _holding(self, taken: Sequence[Wanted], work: Awaitable[None]) -> None:
        """Do the work, and hold the rows until it is done."""
        doing = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait([doing], timeout=RENEW_S))[0]:
                try:
                    async with self._database.writing() as transaction:
                        until_s = await steady_now(transaction) + LEASE_S
                        await rows.renew(transaction, taken, self._name, until_s)
                except Unavailable as error:
                    LOG.warning("documents that are indexed are held no longer: %s", error)
            doing.result()
        finally:
            doing.cancel()

    async def _put_off(self, failed: Sequence[Wanted]) -> None:
        async with self._database.writing() as transaction:
            now_s = await steady_now(transaction)
            for row in failed:
                wait_s = min(2.0 ** min(row.attempts, 10), WAIT_S_MAX)
                await rows.put_off(transaction, row, self._name, now_s + wait_s)

    # --- words -----------------------------------------------------------------------------------

    async def _put_all(self, taken: Sequence[Wanted]) -> None:
        gone: list[Wanted] = []
        ready: list[Ready] = []
        for row in taken:
            try:
                ready.append((row, *await self._pieces(row.document_id)))
            except NotOnShelf:
                gone.append(row)
            except Exception:
                # By whatever: it is tried again, and must not keep the others waiting.
                LOG.exception("the document %s cannot be indexed", row.document_id)
                await self._put_off([row])
            if sum(len(chunks) for _, _, chunks in ready) >= PIECES_MAX:
                await self._put(ready)
                ready = []
        if gone:
            await self._index.remove([row.document_id for row in gone])
            await self._finish(gone, ())
        if ready:
            await self._put(ready)

    async def _put(self, ready: Sequence[Ready]) -> None:
        await self._index.put_many([(document, chunks) for _, document, chunks in ready])
        self._writes += 1
        if self._indexed is not None:
            # Before the rows are deleted: who is killed in between tells again.
            await self._indexed([document.id for _, document, _ in ready])
        then = MEANING if self._embed is not None else ()
        await self._finish([row for row, _, _ in ready], then)

    async def _finish(self, done: Sequence[Wanted], then: Sequence[Stage]) -> None:
        """Delete the rows and want what comes next. What was lost is wanted again."""
        async with self._database.writing() as transaction:
            ended = await rows.finish(transaction, done, self._name)
            now = self._clock()
            lost = [id_ for id_, how in ended.items() if how == "lost"]
            await rows.want(transaction, lost, "words", now)
            following = [id_ for id_, how in ended.items() if how == "done"]
            for stage in then:
                await rows.want(transaction, following, stage, now)

    async def _pieces(self, document_id: str) -> tuple[Document, list[Chunk]]:
        read = await self._papers.of(EVERYTHING, document_id)
        return read.document, await asyncio.to_thread(self._pieces_of, read)

    async def _pieces_or_none(self, document_id: str) -> tuple[Document, list[Chunk]] | None:
        try:
            return await self._pieces(document_id)
        except NotOnShelf:
            return None
        except Exception:
            # As above: one document must not keep all others out.
            LOG.exception("the document %s cannot be indexed", document_id)
            return None

    # --- meaning ---------------------------------------------------------------------------------

    async def _embed_all(self, taken: Sequence[Wanted]) -> None:
        """Embed pieces of these documents, so many as belong to one turn; what is left waits for
        another, behind all others."""
        async with self._database.reading() as transaction:
            there = await rows.on_shelf(transaction, [row.document_id for row in taken])
        done: list[Wanted] = []
        rest: list[Wanted] = []
        pieces: list[tuple[Document, Chunk]] = []
        for row in taken:
            document = there.get(row.document_id)
            if document is None or self._embed is None:
                done.append(row)
                continue
            if len(pieces) >= EMBEDDED_MAX:
                rest.append(row)
                continue
            missing = await self._index.without_vectors(document)
            room = EMBEDDED_MAX - len(pieces)
            pieces += [(document, chunk) for chunk in missing[:room]]
            (done if len(missing) <= room else rest).append(row)
        if self._embed is not None and pieces:
            await self._index.put_vectors_many(await embedded(self._embed, pieces))
            self._writes += 1
        await self._finish_meaning(done, rest)

    async def _finish_meaning(self, done: Sequence[Wanted], rest: Sequence[Wanted]) -> None:
        async with self._database.writing() as transaction:
            now = self._clock()
            await rows.finish(transaction, done, self._name)
            for row in rest:
                await rows.queue_again(transaction, row, self._name, now)

    # --- upkeep ----------------------------------------------------------------------------------

    async def _tidy_in_time(self) -> bool:
        if self._writes:
            late = monotonic() - self._tidied_s >= TIDY_S
            await self._tidy_if_many(0 if late else TIDY_PIECES)
        return False

    async def _tidy_if_many(self, pieces_min: int) -> None:
        if self._writes < TIDY_WRITES and await self._index.unindexed() < pieces_min:
            return
        self._writes = 0
        await self._index.tidy()
        self._tidied_s = monotonic()

    async def _check_all(self) -> bool:
        await self.check()
        return False

    async def _find_loss(self) -> None:
        """An index that is empty while the shelf is not was deleted, or never made; one without
        any vector has those of another embedder."""
        size = await self._index.size()
        self._looked = True
        if size.lacks(vectors=self._embed is not None) and await has_read(self._database):
            await self.check()

    async def _health_now(self, scope: Scope) -> tuple[Health, int]:
        stages = WORDS if self._embed is None else (*WORDS, *MEANING)
        async with self._database.reading() as transaction:
            count = await rows.waiting(transaction, stages, scope)
        if self._broken:
            return "broken", count
        try:
            size = await self._index.size()
        except Unavailable as error:
            LOG.warning("the index is broken: %s", error)
            return "broken", count
        lost = size.lacks(vectors=self._embed is not None) and not count and await self._is_lost()
        return ("behind" if count or lost else "fresh"), count

    async def _is_lost(self) -> bool:
        """Whether an empty index should not be empty, and nobody knows yet."""
        async with self._database.reading() as transaction:
            known = await rows.waiting(transaction, (*WORDS, *MEANING))
        return not known and await has_read(self._database)
