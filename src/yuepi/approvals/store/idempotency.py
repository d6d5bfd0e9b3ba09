"""Requests that carry an Idempotency-Key, and the answers to repeat."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, select

from yuepi.approvals.store.claim_tables import IDEMPOTENCY
from yuepi.kit.database import Database, Transaction

_FIND: Final = select(IDEMPOTENCY.c.fingerprint, IDEMPOTENCY.c.result).where(
    IDEMPOTENCY.c.owner_id == bindparam("owner"), IDEMPOTENCY.c.key == bindparam("the_key")
)


class IdempotencyTable:
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
