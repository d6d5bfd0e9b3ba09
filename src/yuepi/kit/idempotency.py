"""One request, however often it is sent: what an Idempotency-Key stands for.

The first request with a key writes a row in the transaction of its own effect; the row's primary
key lets exactly one of several at once be the first. Who comes later gets the first one's answer
if it asks for the same thing, and is refused if it asks for another.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, Index, String, Table, Text, bindparam, delete, select

from yuepi.kit.database import METADATA, Database, Transaction, UtcDateTime
from yuepi.kit.errors import BadUsage, YuepiError

KEY_CHARACTERS_MAX: Final = 255
KEPT_DAYS: Final = 30
"""Keys are remembered for so long; a client that repeats a request later asks for a new thing."""
FORGET_ROWS_MAX: Final = 1_000

IDEMPOTENCY: Final = Table(
    # One row for each request with an Idempotency-Key: what was asked, and the answer to repeat.
    "idempotency",
    METADATA,
    Column("owner_id", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("result", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_idempotency_created_at", "created_at"),
)

_FIND: Final = select(IDEMPOTENCY.c.fingerprint, IDEMPOTENCY.c.result).where(
    IDEMPOTENCY.c.owner_id == bindparam("owner"), IDEMPOTENCY.c.key == bindparam("the_key")
)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyMismatch(YuepiError):
    """The key was used before, for a request with another content."""

    code = "idempotency_mismatch"
    http_status = 409

    def __init__(self) -> None:
        super().__init__(
            "this Idempotency-Key was used for another request",
            remedy="repeat a request with exactly the same content, or choose a new key",
        )


def checked_key(key: str | None) -> str | None:
    """The key as it may be used; raises `BadUsage` for an unusable one."""
    if key is None:
        return None
    if _KEY.fullmatch(key) is None:
        raise BadUsage(
            "the Idempotency-Key cannot be used",
            remedy=f"send 1 to {KEY_CHARACTERS_MAX} visible ASCII characters, such as a UUID",
            code="bad_idempotency_key",
        )
    return key


def fingerprint(content: Mapping[str, Any]) -> str:
    """The hash of all that a request asks for: JSON values, files by their hashes and names."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


class Idempotency:
    """The keys that were used. `owner`: whose key it is, so that nobody meets another's."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = _Keys(database)

    async def known(self, transaction: Transaction, owner: str, key: str, asked: str) -> str | None:
        """The answer given to this request before, None for a new one.

        asked: its `fingerprint`. Raises `IdempotencyMismatch` for another content.
        """
        found = await self._table.find(transaction, owner, key)
        if found is None:
            return None
        if found[0] != asked:
            raise IdempotencyMismatch
        return found[1]

    async def first(
        self,
        transaction: Transaction,
        owner: str,
        key: str,
        asked: str,
        result: str,
        at: datetime,
    ) -> str | None:
        """Note a request with its answer: None if it is the first with its key, which it then is.

        Otherwise the first one's answer, and nothing must be done in this transaction. Call it
        before every effect: of several at once, all but one wait here until that one has committed.
        """
        row = {
            "owner_id": owner,
            "key": key,
            "fingerprint": asked,
            "result": result,
            "created_at": at,
        }
        if await self._table.add(transaction, row):
            return None
        return await self.known(transaction, owner, key, asked)

    async def forget(self, now: datetime) -> int:
        """Delete keys older than `KEPT_DAYS`, `FORGET_ROWS_MAX` at most; how many there were."""
        async with self._database.writing() as transaction:
            before = now - timedelta(days=KEPT_DAYS)
            return await self._table.forget(transaction, before, FORGET_ROWS_MAX)


class _Keys:
    """The queries of `idempotency`."""

    def __init__(self, database: Database) -> None:
        insert = database.insert(IDEMPOTENCY).on_conflict_do_nothing()
        self._add = insert.returning(IDEMPOTENCY.c.key)

    async def add(self, transaction: Transaction, row: dict[str, Any]) -> bool:
        """Write the row; False where that owner's key is there already, committed by another."""
        added = await transaction.execute(self._add, row)
        return added.first() is not None

    async def find(self, transaction: Transaction, owner: str, key: str) -> tuple[str, str] | None:
        """(fingerprint, result) of a key, or None."""
        found = await transaction.execute(_FIND, {"owner": owner, "the_key": key})
        row = found.one_or_none()
        return None if row is None else (row.fingerprint, row.result)

    async def forget(self, transaction: Transaction, before: datetime, rows_max: int) -> int:
        """Delete the oldest keys made before that moment, so many at most; how many there were."""
        old = (
            select(IDEMPOTENCY.c.owner_id, IDEMPOTENCY.c.key)
            .where(IDEMPOTENCY.c.created_at < before)
            .order_by(IDEMPOTENCY.c.created_at)
            .limit(rows_max)
        )
        rows = [(row.owner_id, row.key) for row in await transaction.execute(old)]
        if rows:
            gone = delete(IDEMPOTENCY).where(
                IDEMPOTENCY.c.owner_id == bindparam("owner"),
                IDEMPOTENCY.c.key == bindparam("the_key"),
            )
            await transaction.execute(gone, [{"owner": o, "the_key": k} for o, k in rows])
        return len(rows)
