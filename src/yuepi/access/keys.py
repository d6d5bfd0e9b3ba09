"""Keys of the door: made, found by their secret, limited, revoked.

A secret is shown once, when it is made; only its SHA-256 is kept. It has 256 random bits, so a
plain hash is enough (there is nothing to guess from), and looking up the hash tells an attacker
nothing by the time it takes.

`Keyring.find` stands in the way of every request: mostly it is one hash and one dict lookup. What
it knows is read again every few seconds, so that a key revoked anywhere stops working within
`KNOWN_S_MAX`, in this process at once.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from yuepi.access.key import (
    Key,
    KeyRow,
    NotAllowed,
    aware,
    check_key,
    key_of_row,
    limited,
    refused,
)
from yuepi.access.principal import SYSTEM
from yuepi.access.store import KeyTable
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import BadUsage, Unavailable
from yuepi.kit.record import Entry, Recorder, record_nothing

__all__ = ["Key", "KeyRow", "Keyring", "NotAllowed"]

LOG = logging.getLogger(__name__)

KNOWN_S_MAX: Final = 5.0
"""No answer of the database is believed for longer."""
READ_AGAIN_S: Final = 3.0
"""From this age on the next request reads a key again, while others still believe it."""
KNOWN_MAX: Final = 10_000
UNKNOWN_MAX: Final = 4_096
"""Wrong secrets that are remembered, so that a client with a wrong key asks the database rarely."""
WAITING_MAX: Final = 4_096
"""Secrets never seen that wait to be looked up: far more than clients that come back after a
restart, so that who guesses does not keep them out."""
LOOKED_UP_MAX: Final = 256
"""So many of them are looked up by one query, and one query runs at a time, however many guess."""
USED_EVERY_S: Final = 60.0
LIST_MAX: Final = 10_000
USER_KEYS_MAX: Final = 50
"""Live keys of one user."""

_SECRET: Final = re.compile(r"yp-[A-Za-z0-9_-]{43}")


@dataclass(slots=True)
class _Known:
    """What the database said of a secret, and when (monotonic seconds)."""

    key: Key
    read_s: float
    expires_s: float | None
    reading: bool = False


class Keyring:
    """All keys. Call `close` at the end, so that the last uses are noted."""

    def __init__(
        self,
        database: Database,
        *,
        record: Recorder = record_nothing,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = KeyTable(database)
        self._record = record
        self._clock = clock
        self._monotonic = monotonic
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._unknown: OrderedDict[bytes, float] = OrderedDict()
        self._waiting: dict[bytes, asyncio.Future[_Known | None]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._changes = 0
        self._used: dict[str, float] = {}
        self._used_written_s = monotonic()
        self._noting: asyncio.Task[None] | None = None

    async def find(self, bearer: str) -> Key:
        """The key with this secret.

        Raises `NotAllowed` (401) for no live key's secret, `Unavailable` (503) when the database
        cannot tell, or when too many unknown secrets are being looked up.
        """
        if len(bearer) != 46 or not bearer.isascii():
            raise refused()
        digest = sha256(bearer.encode("ascii")).digest()
        now = self._monotonic()
        known = self._known.get(digest)
        if known is None or now - known.read_s >= READ_AGAIN_S:
            known = await self._look(bearer, digest, known)
        wall = self._clock().timestamp()
        if known.expires_s is not None and wall >= known.expires_s:
            raise refused("this API key has expired")
        self._used[known.key.id] = wall
        return known.key

    async def create(
        self,
        name: str,
        *,
        tenant: str = "default",
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        budget: Decimal | None = None,
        expires_at: datetime | None = None,
        user_id: str | None = None,
        scopes: Iterable[str] = ("models:ask",),
        by: str = SYSTEM,
    ) -> tuple[Key, str]:
        """A new key and its secret, which cannot be shown again. `by`: the id of who makes it.

        Raises `BadUsage`: for a name, limit or scope that makes no sense, and (code `key_exists`)
        where the owner has a live key of that name, or `USER_KEYS_MAX` live keys.
        """
        key = Key(
            id=f"key_{secrets.token_hex(8)}",
            name=name.strip(),
            tenant=tenant,
            requests_per_minute=requests_per_minute,
            tokens_per_minute=tokens_per_minute,
            budget=budget,
            expires_at=None if expires_at is None else aware(expires_at),
            user_id=user_id,
            scopes=tuple(sorted(set(scopes))),
        )
        now = self._clock()
        check_key(key, now)
        secret = f"yp-{secrets.token_urlsafe(32)}"
        row = {column: getattr(key, column) for column in Key.__slots__}
        row |= {"secret_sha256": sha256(secret.encode("ascii")).digest(), "created_at": now}
        detail = {"name": key.name, "owner": user_id or "", "scopes": list(key.scopes)}
        entry = Entry("key.created", by, key.id, now, detail)
        if not await self._table.add(row, USER_KEYS_MAX, self._written(entry)):
            raise BadUsage(
                f"a key named {key.name!r} is there already, or {USER_KEYS_MAX} others of its user",
                remedy="choose another name, or revoke that key first",
                code="key_exists",
            )
        return key, secret

    async def by_id(self, key_id: str) -> Key | None:
        """The key of that id, revoked or not, with the scopes it was given."""
        rows = [row for row in await self._table.named(key_id, None) if row["id"] == key_id]
        return key_of_row(rows[0]) if rows else None

    async def list(
        self,
        *,
        tenant: str | None = None,
        user_id: str | None = None,
        rows_max: int = LIST_MAX,
        after: tuple[datetime, str] | None = None,
    ) -> list[KeyRow]:
        """Keys with their state, the newest first, revoked too: a tenant's, a user's, or all.
        after: (created_at, id) of the last one seen."""
        await self._note_uses()
        return [
            KeyRow(key_of_row(row), row["created_at"], row["last_used_at"], row["revoked_at"])
            for row in await self._table.rows(
                tenant, min(rows_max, LIST_MAX), user_id=user_id, after=after
            )
        ]

    async def revoke(self, id_or_name: str, *, tenant: str | None = None, by: str = SYSTEM) -> Key:
        """End a key, by its id or its name: here at once, elsewhere within `KNOWN_S_MAX`.

        Revoking one by id again does no harm. Raises `BadUsage` where there is no such key (code
        `unknown_key`), or several tenants or users have one of that name.
        """
        rows = await self._table.named(id_or_name, tenant)
        rows = [row for row in rows if row["id"] == id_or_name] or rows
        if not rows:
            raise BadUsage(
                f"there is no key {id_or_name!r}",
                remedy="yuepi admin key list shows all keys",
                code="unknown_key",
            )
        if len(rows) > 1:
            raise BadUsage(
                f"{len(rows)} tenants or users have a key {id_or_name!r}",
                remedy=f"name it by its id: {', '.join(sorted(row['id'] for row in rows))}",
            )
        key = key_of_row(rows[0])
        now = self._clock()
        entry = Entry("key.revoked", by, key.id, now, {"name": key.name})
        await self._table.revoke(key.id, now, self._written(entry))
        self._forget(lambda known: known.id == key.id)
        return key

    def forget_user(self, user_id: str) -> None:
        """Look at a user's keys again: what the user may do has changed."""
        self._forget(lambda known: known.user_id == user_id)

    def _forget(self, wanted: Callable[[Key], bool]) -> None:
        # A lookup that began before may still bring the key as live: see `_read_all`.
        self._changes += 1
        for digest in [digest for digest, known in self._known.items() if wanted(known.key)]:
            del self._known[digest]

    def _written(self, entry: Entry) -> Callable[[Transaction], Awaitable[None]]:
        async def write(transaction: Transaction) -> None:
            await self._record(transaction, [entry])

        return write

    async def close(self) -> None:
        """Note the last uses."""
        if self._looking is not None:
            await asyncio.wait([self._looking])
        if self._noting is not None:
            await self._noting
        await self._note_uses()

    async def _look(self, bearer: str, digest: bytes, known: _Known | None) -> _Known:
        now = self._monotonic()
        if known is not None:
            if known.reading and now - known.read_s < KNOWN_S_MAX:
                return known
            known.reading = True
            try:
                found = await self._read(digest)
            except Unavailable:
                if self._monotonic() - known.read_s >= KNOWN_S_MAX:
                    raise
                return known
            finally:
                known.reading = False
        else:
            refused_s = self._unknown.get(digest)
            if refused_s is not None and now - refused_s < KNOWN_S_MAX:
                raise refused()
            if _SECRET.fullmatch(bearer) is None:
                raise refused()
            found = await self._read_in_row(digest)
        if found is None:
            raise refused()
        if self._monotonic() - self._used_written_s >= USED_EVERY_S:
            self._used_written_s = self._monotonic()
            # Beside the request: it need not wait for a write.
            self._noting = asyncio.create_task(self._note_uses())
        return found

    async def _read_in_row(self, digest: bytes) -> _Known | None:
        """Wait for a query that asks for many at once; two with one secret wait together."""
        waiting = self._waiting.get(digest)
        if waiting is None:
            if len(self._waiting) >= WAITING_MAX:
                raise Unavailable(
                    "too many unknown keys are being checked",
                    remedy="try again in a few seconds",
                )
            waiting = asyncio.get_running_loop().create_future()
            # Who waited may have left: a failure that nobody hears is no news.
            waiting.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._waiting[digest] = waiting
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_up_waiting())
        return await asyncio.shield(waiting)

    async def _look_up_waiting(self) -> None:
        """Answer all who wait, those who came first first."""
        while self._waiting:
            digests = list(islice(self._waiting, LOOKED_UP_MAX))
            try:
                found = await self._read_all(digests)
            except Unavailable as error:
                for digest in digests:
                    _settle(self._waiting.pop(digest), error)
                continue
            except BaseException:
                for waiting in self._waiting.values():
                    waiting.cancel()
                self._waiting.clear()
                raise
            for digest in digests:
                _settle(self._waiting.pop(digest), found.get(digest))

    async def _read(self, digest: bytes) -> _Known | None:
        return (await self._read_all([digest])).get(digest)

    async def _read_all(self, digests: Sequence[bytes]) -> dict[bytes, _Known]:
        """Ask the database, and remember the answers; again if a key was revoked meanwhile."""
        while True:
            began_s, changes = self._monotonic(), self._changes
            rows = await self._table.by_secrets(digests)
            if changes == self._changes:
                break
        found: dict[bytes, _Known] = {}
        for digest in digests:
            row = rows.get(digest)
            if row is None:
                self._known.pop(digest, None)
                _remember(self._unknown, digest, began_s, UNKNOWN_MAX)
                continue
            key = limited(key_of_row(row), row["owner_roles"])
            expires_s = None if key.expires_at is None else key.expires_at.timestamp()
            found[digest] = known = _Known(key, began_s, expires_s)
            _remember(self._known, digest, known, KNOWN_MAX)
        return found

    async def _note_uses(self) -> None:
        """Write down the last uses; a failure costs no request, they are tried again later."""
        used, self._used = self._used, {}
        if not used:
            return
        try:
            await self._table.used(
                {key_id: datetime.fromtimestamp(wall, UTC) for key_id, wall in used.items()}
            )
        except Unavailable as error:
            self._used = used | self._used
            LOG.warning("the last uses of %d keys are not written yet: %s", len(used), error)


def _settle(waiting: asyncio.Future[_Known | None], found: _Known | Unavailable | None) -> None:
    if waiting.done():
        return
    if isinstance(found, Unavailable):
        waiting.set_exception(found)
    else:
        waiting.set_result(found)


def _remember(memory: OrderedDict[bytes, Any], digest: bytes, value: object, most: int) -> None:
    memory[digest] = value
    memory.move_to_end(digest)
    if len(memory) > most:
        memory.popitem(last=False)
