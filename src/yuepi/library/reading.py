"""Documents are read in the background, part by part, whenever nothing more urgent is read.

A part is held for a lease of the steady clock, renewed while it is read: one that a dead worker
held is taken again, and after `ATTEMPTS_MAX` attempts it has failed. The last part of a version
settles its document in the same transaction: there is no moment in which all is read and nobody
says so.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from yuepi.access.principal import SYSTEM
from yuepi.documents.kept_pages import keep_pages
from yuepi.documents.kept_reading import ReadFile, files_text, renamed, unreadable
from yuepi.documents.page_text import texts_json
from yuepi.kit.blobs import Blobs
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import Unavailable, UnreadableFile
from yuepi.kit.record import Entry, Recorder, record_nothing
from yuepi.kit.steady import steady_now
from yuepi.library.document import Document, Part, PartState, Version
from yuepi.library.outcome import Outcome, outcome_of
from yuepi.library.papers import read_of
from yuepi.library.retention import lock_until, longer
from yuepi.library.store import parts as rows
from yuepi.library.store.indexing import want
from yuepi.library.store.parts import Same, Waiting
from yuepi.library.store.values import replace_values

T = TypeVar("T")
LOG = logging.getLogger(__name__)

ATTEMPTS_MAX: Final = 3
LEASE_S: Final = 30.0
RENEW_S: Final = 8.0
AGAIN_S: Final = 4.0
"""How long a part waits after a reading that failed."""
LOOK_S: Final = 0.4
AWAY_S: Final = 5.0
TOGETHER_MAX: Final = 4
"""Small pictures that are read together: their lines keep all cores busy, and a claim that comes
meanwhile waits for a few only."""
SMALL_BYTES_MAX: Final = 4 * 2**20
RETENTION_YEARS: Final = 30
_PICTURES: Final = ("jpeg", "png", "webp", "bmp", "heic")
_SETTLES_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class PartToRead:
    """A file to read; pages: the first and the last that are wanted, from 1; None: all of it."""

    name: str
    sha256: str
    data: bytes
    pages: tuple[int, int] | None = None


class PartsReader(Protocol):
    """Reads files of the library. version: as of `documents.kept_reading.Reader`."""

    @property
    def version(self) -> str: ...

    async def idle(self) -> None:
        """Come back once nothing more urgent waits to be read."""

    async def read_parts(self, parts: Sequence[PartToRead]) -> list[ReadFile | UnreadableFile]:
        """What stands in each, or the fault of the file itself; anything that is raised is a fault
        of ours. Several are given only where they are small pictures."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What is written of a part."""

    state: PartState
    files: str
    pages: str
    texts: str | None


class ShelfReader:
    """`run` it in each worker.

    retention_years: how long vouchers are kept; 0: they are not. record: gets an entry for each
    document that must be kept from now on.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        reader: PartsReader,
        clock: Callable[[], datetime],
        *,
        retention_years: int = RETENTION_YEARS,
        record: Recorder = record_nothing,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._reader = reader
        self._clock = clock
        self._years = retention_years
        self._record = record
        self._name = f"lbr_{secrets.token_hex(10)}"

    async def run(self) -> None:
        """Read parts until cancelled. A database that is away is waited for."""
        while True:
            await self._reader.idle()
            try:
                if await self.read_next():
                    continue
            except Unavailable as error:
                LOG.warning("the library cannot be read now: %s", error)
                await asyncio.sleep(AWAY_S)
            await self._database.waiting.until(rows.PARTS_WAIT, LOOK_S)

    async def read_next(self) -> bool:
        """Read the part that waits longest, small pictures some together; False where none waits.

        Raises `Unavailable`; what fails in any other way is tried again."""
        held, known = await self._take()
        if not held:
            return known is not None
        began = time.monotonic()
        try:
            known = await self._still_there(known or {})
            fresh = [waiting for waiting in held if waiting.part.id not in known]
            for waiting in held:
                if waiting not in fresh:
                    await self._done(waiting, _again(waiting, known[waiting.part.id]), 0)
            if fresh:
                read = await self._renewed(fresh, self._kept(fresh))
                took_ms = round((time.monotonic() - began) * 1000 / len(fresh))
                for waiting, each in zip(fresh, read, strict=True):
                    await self._done(waiting, each, took_ms)
        except Unavailable:
            # Nothing was tried: it does not count.
            await self._give_back(held)
            raise
        except Exception:
            # By no fault of the file, which would be its reading: whatever it is, it is tried
            # again, and it must not end the reading of the others.
            LOG.exception("%s could not be read", ", ".join(each.part.id for each in held))
            await self._failed(held)
        return True

    # --- taking ----------------------------------------------------------------------------------

    async def _take(self) -> tuple[list[Waiting], dict[str, Same] | None]:
        """The parts that are read now, and what was read of their bytes before, by their ids. None
        of either: none waits."""
        async with self._database.reading() as transaction:
            now_s = await steady_now(transaction)
            waiting = await rows.next_to_read(transaction, now_s, TOGETHER_MAX)
        if not waiting:
            return [], None
        first, *others = waiting
        if first.part.attempts >= ATTEMPTS_MAX:
            await self._give_up(first)
            return [], {}
        # What failed once is tried alone: it may be what spoiled the others.
        some = _together(first, others)
        held: list[Waiting] = []
        known: dict[str, Same] = {}
        async with self._database.writing() as transaction:
            now_s = await steady_now(transaction)
            for each in (first, *some):
                if not await rows.hold(transaction, each.part, self._name, now_s, now_s + LEASE_S):
                    continue
                held.append(each)
                same = await rows.read_before(transaction, each, self._reader.version)
                if same is not None:
                    known[each.part.id] = same
            await rows.begin_documents(transaction, [each.part.version_id for each in held])
        return held, known

    async def _still_there(self, known: dict[str, Same]) -> dict[str, Same]:
        """Those whose pictures and texts are there, and stay until they are named again: the
        document that they were read in may be deleted this moment."""
        return {at: same for at, same in known.items() if await self._blobs.keep(same.blobs)}

    async def _give_up(self, waiting: Waiting) -> None:
        """It was tried too often, and whoever tried last is gone."""
        async with self._database.writing() as transaction:
            now_s = await steady_now(transaction)
            if not await rows.hold(transaction, waiting.part, self._name, now_s, now_s + LEASE_S):
                return
        await self._done(waiting, None, 0)

    # --- reading ---------------------------------------------------------------------------------

    async def _renewed(self, held: Sequence[Waiting], work: Coroutine[Any, Any, T]) -> T:
        """Do this, the lease of the parts renewed meanwhile."""
        doing = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait([doing], timeout=RENEW_S))[0]:
                await self._renew(held)
            return doing.result()
        finally:
            doing.cancel()

    async def _kept(self, held: Sequence[Waiting]) -> list[_Read]:
        """What stands in the parts, its pictures and texts kept."""
        parts = [
            PartToRead(
                each.name, each.sha256, await self._blobs.get(each.sha256), _pages(each.part)
            )
            for each in held
        ]
        found = await self._reader.read_parts(parts)
        return [await self._keep(part, read) for part, read in zip(parts, found, strict=True)]

    async def _keep(self, part: PartToRead, read: ReadFile | UnreadableFile) -> _Read:
        try:
            if isinstance(read, UnreadableFile):
                raise read
            text = await asyncio.to_thread(files_text, read.files)
        except UnreadableFile as error:
            return _Read(
                "failed", files_text([unreadable(part.name, part.sha256, error)]), "[]", None
            )
        pages = await keep_pages(self._blobs, read.pages)
        texts = None
        if read.texts:
            texts = await self._blobs.put(await asyncio.to_thread(texts_json, read.texts))
        failed = all(file.error is not None and not file.readings for file in read.files)
        return _Read("failed" if failed else "done", text, pages, texts)

    async def _renew(self, held: Sequence[Waiting]) -> None:
        try:
            async with self._database.writing() as transaction:
                until_s = await steady_now(transaction) + LEASE_S
                values = {"held_until_s": until_s}
                await rows.change_held(transaction, _ids(held), self._name, values)
        except Unavailable as error:
            LOG.warning("parts of the library are held no longer: %s", error)

    async def _give_back(self, held: Sequence[Waiting]) -> None:
        async with self._database.writing() as transaction:
            until_s = await steady_now(transaction) + AGAIN_S
            for waiting in held:
                values = {"attempts": waiting.part.attempts, "held_until_s": until_s}
                await rows.change_held(transaction, [waiting.part.id], self._name, values)

    async def _failed(self, held: Sequence[Waiting]) -> None:
        """They are tried again in a while, those that were not tried too often."""
        async with self._database.writing() as transaction:
            until_s = await steady_now(transaction) + AGAIN_S
            again = [each for each in held if each.part.attempts + 1 < ATTEMPTS_MAX]
            values = {"held_until_s": until_s}
            await rows.change_held(transaction, _ids(again), self._name, values)
        for waiting in held:
            if waiting not in again:
                await self._done(waiting, None, 0)

    # --- settling --------------------------------------------------------------------------------

    async def _done(self, waiting: Waiting, read: _Read | None, took_ms: int) -> None:
        """Write what was read of a part that is still held, None where that failed, and settle its
        document where it was the last one."""
        part = waiting.part
        values: dict[str, Any] = {
            "state": "failed" if read is None else read.state,
            "held_by": None,
            "held_until_s": None,
            "reader": self._reader.version,
            "files": None if read is None else read.files,
            "pages": None if read is None else read.pages,
            "texts": None if read is None else read.texts,
            "took_ms": took_ms,
        }
        for _ in range(_SETTLES_MAX):
            # What a long document comes to takes seconds.
            states, outcome = await self._renewed([waiting], self._outcome(part, values))
            async with self._database.writing() as transaction:
                document = await rows.lock_document(transaction, part.document_id)
                now = await rows.states_of(transaction, part.version_id)
                now.pop(part.id, None)
                if ("waiting" in now.values()) != ("waiting" in states.values()):
                    # The others were read meanwhile: this is the last one now.
                    continue
                if not await rows.change_held(transaction, [part.id], self._name, values):
                    return
                if document is not None and outcome is not None:
                    await self._settle(transaction, document, part, outcome)
                return
        raise Unavailable(
            f"the document {part.document_id} changes too often",
            remedy="it is read again by itself",
            code="busy",
        )

    async def _outcome(
        self, part: Part, values: dict[str, Any]
    ) -> tuple[dict[str, str], Outcome | None]:
        """The states of the other parts, and what the version comes to where they are all over."""
        async with self._database.reading() as transaction:
            states = await rows.states_of(transaction, part.version_id)
            states.pop(part.id, None)
            if "waiting" in states.values():
                return states, None
            parts = await rows.parts_of(transaction, part.version_id)
            document = await rows.document_of(transaction, part.document_id)
            version = await rows.version_of(transaction, part.version_id)
        if document is None or version is None:
            return states, None
        written = [_with(each, values) if each.id == part.id else each for each in parts]
        return states, await self._come_to(document, version, written)

    async def _come_to(
        self, document: Document, version: Version, parts: Sequence[Part]
    ) -> Outcome:
        read = await read_of(self._blobs, document, version, parts)
        return await asyncio.to_thread(outcome_of, read, [part.state for part in parts])

    async def _settle(
        self, transaction: Transaction, document: Document, part: Part, outcome: Outcome
    ) -> None:
        """Write what the version came to, where it is the one that holds still. A voucher that was
        replaced before it was read must be kept all the same."""
        now = self._clock()
        lock = lock_until(outcome.kind, outcome.day, document.added_at.date(), self._years)
        locked_until = longer(document.locked_until, lock)
        longer_now = locked_until != document.locked_until
        if document.version_id == part.version_id:
            values = {
                "state": outcome.state,
                "problem": outcome.problem,
                "kind": outcome.kind,
                "title": document.title or outcome.title,
                "pages": outcome.pages,
                "amount_hundredths": outcome.amount_hundredths,
                "currency": outcome.currency,
                "day": outcome.day,
                "sealed": outcome.sealed,
                "read_at": now,
                "locked_until": locked_until,
            }
            await rows.settle_document(transaction, document, values)
            await replace_values(transaction, document.id, outcome.values)
            if document.trashed_at is None:
                await want(transaction, [document.id], "words", now)
        elif longer_now:
            values = {"locked_until": locked_until}
            await rows.settle_document(transaction, document, values)
        await rows.settle_version(transaction, part.version_id, outcome.pages)
        if longer_now:
            detail = {"until": locked_until, "kind": outcome.kind}
            entry = Entry("library.retained", SYSTEM, document.id, now, detail)
            await self._record(transaction, [entry])


def _is_small(waiting: Waiting) -> bool:
    whole = waiting.part.first_page is None
    picture = waiting.media in _PICTURES and waiting.bytes <= SMALL_BYTES_MAX
    return whole and picture and waiting.part.attempts == 0


def _together(first: Waiting, others: Sequence[Waiting]) -> list[Waiting]:
    """Those of the others that are read with the first: small pictures, each once."""
    if not _is_small(first):
        return []
    known = {each.sha256: each for each in reversed(others) if _is_small(each)}
    return [
        each for each in others if known.get(each.sha256) is each and each.sha256 != first.sha256
    ]


def _pages(part: Part) -> tuple[int, int] | None:
    if part.first_page is None or part.last_page is None:
        return None
    return part.first_page, part.last_page


def _again(waiting: Waiting, same: Same) -> _Read:
    """What was read of the same bytes before, with this file's name."""
    return _Read("done", renamed(same.files, waiting.name), same.pages, same.texts)


def _ids(held: Sequence[Waiting]) -> list[str]:
    return [each.part.id for each in held]


def _with(part: Part, values: dict[str, Any]) -> Part:
    known = {name: values.get(name, getattr(part, name)) for name in Part.__slots__}
    return Part(**known)
