"""How often signing in failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, select, update

from yuepi.access.store.tables import ATTEMPTS
from yuepi.kit.database import Database, Transaction

PURGED_MAX: Final = 1_000
"""Rows that one purge forgets at most."""


class AttemptTable:
    """The queries of `Attempts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hold(
        self, transaction: Transaction, keys: Sequence[str], now: datetime
    ) -> dict[str, dict[str, Any]]:
        """The rows of these keys, made where they are missing, kept from others until the end."""
        # In one order for everybody, so that no two wait for each other.
        ordered = sorted(keys)
        rows = [{"key": key, "failures": 0, "last_at": now} for key in ordered]
        await transaction.execute(
            self._database.insert(ATTEMPTS).values(rows).on_conflict_do_nothing()
        )
        found = await transaction.execute(
            select(ATTEMPTS)
            .where(ATTEMPTS.c.key.in_(ordered))
            .order_by(ATTEMPTS.c.key)
            .with_for_update()
        )
        return {row.key: row._asdict() for row in found}

    async def write(self, transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows that are held."""
        change = (
            update(ATTEMPTS)
            .where(ATTEMPTS.c.key == bindparam("held"))
            .values(
                failures=bindparam("failures"),
                last_at=bindparam("last_at"),
                blocked_until=bindparam("blocked_until"),
                succeeded_at=bindparam("succeeded_at"),
            )
        )
        values = [
            {"held": row["key"]}
            | {name: row[name] for name in ("failures", "last_at", "blocked_until", "succeeded_at")}
            for row in rows
        ]
        await transaction.execute(change, values)

    async def purge(self, failed_before: datetime, succeeded_before: datetime) -> None:
        """Forget some old rows: those of failures alone, and, later, those of successes."""
        old = (
            select(ATTEMPTS.c.key)
            .where(
                ATTEMPTS.c.last_at < failed_before,
                ATTEMPTS.c.succeeded_at.is_(None) | (ATTEMPTS.c.succeeded_at < succeeded_before),
            )
            .limit(PURGED_MAX)
            .with_for_update(skip_locked=True)
        )
        async with self._database.writing() as connection:
            await connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.key.in_(old)))
