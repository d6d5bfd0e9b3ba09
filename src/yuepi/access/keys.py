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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from yuepi.access.store import KeyTable
from yuepi.kit.clock import utc_now
from yuepi.kit.database import MONEY_MAX, MONEY_PLACES, Database
from yuepi.kit.errors import BadUsage, Unavailable, YuepiError

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
LIMIT_MAX: Final = 1_000_000_000

_SECRET: Final = re.compile(r"yp-[A-Za-z0-9_-]{43}")
_NAME: Final = re.compile(r"[^\W_][\w .@+-]{0,63}")
_TENANT: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class NotAllowed(YuepiError):
    """Who asks is not known, or may not."""

    code = "invalid_api_key"
    http_status = 401


@dataclass(frozen=True, slots=True)
class Key:
    """A key that opens the door, and how far. None: no limit of that kind.

    budget: money for one calendar month in China, in the currency of the prices.
    """

    id: str
    name: str
    tenant: str = "default"
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    budget: Decimal | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as administrators see it. `last_used_at` may lag a minute behind."""

    key: Key
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


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
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = KeyTable(database)
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
            raise _refused()
        digest = sha256(bearer.encode("ascii")).digest()
        now = self._monotonic()
        known = self._known.get(digest)
        if known is None or now - known.read_s >= READ_AGAIN_S:
            known = await self._look(bearer, digest, known)
        wall = self._clock().timestamp()
        if known.expires_s is not None and wall >= known.expires_s:
            raise _refused("this API key has expired")
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
    ) -> tuple[Key, str]:
        """A new key and its secret, which cannot be shown again.

        Raises `BadUsage`: for a name or limit that makes no sense, and (code `key_exists`) where a
        live key of the tenant has that name.
        """
        key = Key(
            id=f"key_{secrets.token_hex(8)}",
            name=name.strip(),
            tenant=tenant,
            requests_per_minute=requests_per_minute,
            tokens_per_minute=tokens_per_minute,
            budget=budget,
            expires_at=None if expires_at is None else _aware(expires_at),
        )
        now = self._clock()
        _check(key, now)
        secret = f"yp-{secrets.token_urlsafe(32)}"
        row = {column: getattr(key, column) for column in Key.__slots__}
        row |= {"secret_sha256": sha256(secret.encode("ascii")).digest(), "created_at": now}
        if not await self._table.add(row):
            raise BadUsage(
                f"a key named {key.name!r} is there already",
                remedy="choose another name, or revoke that key first",
                code="key_exists",
            )
        return key, secret

    async def list(self, *, tenant: str | None = None) -> list[KeyRow]:
        """Keys with their state, revoked ones too, the newest first: of one tenant, or of all."""
        await self._note_uses()
        return [
            KeyRow(_key(row), row["created_at"], row["last_used_at"], row["revoked_at"])
            for row in await self._table.rows(tenant, LIST_MAX)
        ]

    async def revoke(self, id_or_name: str, *, tenant: str | None = None) -> Key:
        """End a key, by its id or its name: here at once, elsewhere within `KNOWN_S_MAX`.

        Revoking one by id again does no harm. Raises `BadUsage` where there is no such key (code
        `unknown_key`), or several tenants have one of that name.
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
                f"{len(rows)} tenants have a key {id_or_name!r}",
                remedy=f"name it by its id: {', '.join(sorted(row['id'] for row in rows))}",
            )
        key = _key(rows[0])
        await self._table.revoke(key.id, self._clock())
        # A lookup that began before may still bring the key as live: see `_read`.
        self._changes += 1
        for digest in [digest for digest, known in self._known.items() if known.key.id == key.id]:
            del self._known[digest]
        return key

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
                raise _refused()
            if _SECRET.fullmatch(bearer) is None:
                raise _refused()
            found = await self._read_in_row(digest)
        if found is None:
            raise _refused()
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
            key = _key(row)
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


def _refused(message: str = "this API key is not known") -> NotAllowed:
    return NotAllowed(
        message,
        remedy="send a valid key as 'Authorization: Bearer yp-…'; "
        "an administrator makes one with yuepi admin key create NAME",
    )


def _key(row: Mapping[str, Any]) -> Key:
    return Key(**{column: row[column] for column in Key.__slots__})


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise BadUsage(
            "the key's end has no time zone", remedy="write it like 2026-12-31T23:59:59+08:00"
        )
    return moment.astimezone(UTC)


def _check(key: Key, now: datetime) -> None:
    """Raises `BadUsage` for what makes no sense in a new key."""
    remedy = "letters, digits, spaces and . _ @ + - are allowed, 64 at most"
    if _NAME.fullmatch(key.name) is None:
        raise BadUsage(f"{key.name[:80]!r} cannot be a key's name", remedy=remedy)
    if _TENANT.fullmatch(key.tenant) is None:
        raise BadUsage(f"{key.tenant[:80]!r} cannot be a tenant", remedy=f"lower case; {remedy}")
    for limit in (key.requests_per_minute, key.tokens_per_minute):
        if limit is not None and not 1 <= limit <= LIMIT_MAX:
            raise BadUsage(
                f"a limit of {limit} a minute", remedy=f"give 1 to {LIMIT_MAX}, or no limit"
            )
    if key.budget is not None:
        exponent = key.budget.as_tuple().exponent
        small = isinstance(exponent, int) and exponent >= -MONEY_PLACES
        if not (small and 0 < key.budget <= MONEY_MAX):
            raise BadUsage(
                f"a budget of {key.budget}",
                remedy=f"give an amount above 0 with at most {MONEY_PLACES} decimals, or no budget",
            )
    if key.expires_at is not None and key.expires_at <= now:
        raise BadUsage("the key would have expired already", remedy="give a later moment")
