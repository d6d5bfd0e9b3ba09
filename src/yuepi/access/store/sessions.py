"""Sessions in the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from yuepi.access.store.tables import SESSIONS, USERS
from yuepi.kit.database import Database, Transaction

PURGED_MAX: Final = 1_000
"""Rows that one purge forgets at most."""

_PUBLIC: Final = tuple(column for column in SESSIONS.c if column.name != "secret_sha256")


class SessionTable:
    """The queries of `Sessions`. All raise `Unavailable` when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, transaction: Transaction, row: Mapping[str, Any]) -> None:
        """Write a session."""
        await transaction.execute(insert(SESSIONS), [dict(row)])

    async def found(
        self, digest: bytes, now: datetime, seen_after: datetime
    ) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The live session of that secret and its user's row, who is not disabled."""
        query = (
            select(*_PUBLIC, *(column.label(f"owner_{column.name}") for column in USERS.c))
            .join(USERS, USERS.c.id == SESSIONS.c.user_id)
            .where(
                SESSIONS.c.secret_sha256 == digest,
                SESSIONS.c.ends_at > now,
                SESSIONS.c.seen_at > seen_after,
                USERS.c.disabled_at.is_(None),
            )
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        values = row._asdict()
        session = {column.name: values[column.name] for column in _PUBLIC}
        return session, {column.name: values[f"owner_{column.name}"] for column in USERS.c}

    async def seen(self, session_id: str, now: datetime, before: datetime) -> None:
        """Note that it is in use, where that was not noted since `before`."""
        change = (
            update(SESSIONS)
            .where(SESSIONS.c.id == session_id, SESSIONS.c.seen_at < before)
            .values(seen_at=now)
        )
        async with self._database.writing() as connection:
            await connection.execute(change)

    async def of(self, user_id: str, now: datetime, seen_after: datetime) -> list[dict[str, Any]]:
        """Live sessions of a user, the newest first."""
        query = (
            select(*_PUBLIC)
            .where(
                SESSIONS.c.user_id == user_id,
                SESSIONS.c.ends_at > now,
                SESSIONS.c.seen_at > seen_after,
            )
            .order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.id)
        )
        async with self._database.reading() as connection:
            return [row._asdict() for row in await connection.execute(query)]

    async def replace_secret(
        self, transaction: Transaction, session_id: str, user_id: str, digest: bytes
    ) -> bool:
        """Give a session another secret; False where it is over, or another user's."""
        changed = await transaction.execute(
            update(SESSIONS)
            .where(SESSIONS.c.id == session_id, SESSIONS.c.user_id == user_id)
            .values(secret_sha256=digest)
        )
        return changed.rowcount == 1

    async def end(self, transaction: Transaction, digest: bytes) -> tuple[str, str] | None:
        """End the session of a secret: its id and its user's, or None where there is none."""
        ended = await transaction.execute(
            delete(SESSIONS)
            .where(SESSIONS.c.secret_sha256 == digest)
            .returning(SESSIONS.c.id, SESSIONS.c.user_id)
        )
        row = ended.one_or_none()
        return None if row is None else (row.id, row.user_id)

    async def end_all(
        self, transaction: Transaction, user_id: str, *, but: str | None = None
    ) -> list[str]:
        """End all of a user's sessions, but one; the ids of those that ended."""
        query = delete(SESSIONS).where(SESSIONS.c.user_id == user_id)
        if but is not None:
            query = query.where(SESSIONS.c.id != but)
        ended = await transaction.execute(query.returning(SESSIONS.c.id))
        return sorted(row.id for row in ended)

    async def end_oldest(self, transaction: Transaction, user_id: str, kept_max: int) -> None:
        """End a user's oldest sessions beyond so many."""
        old = (
            select(SESSIONS.c.id)
            .where(SESSIONS.c.user_id == user_id)
            .order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.id)
            .offset(kept_max)
            .limit(kept_max)
        )
        await transaction.execute(delete(SESSIONS).where(SESSIONS.c.id.in_(old)))

    async def purge(self, transaction: Transaction, now: datetime, seen_before: datetime) -> None:
        """Forget some of what is over by time; what somebody else ends just now is left to them."""
        over = (
            select(SESSIONS.c.id)
            .where((SESSIONS.c.ends_at <= now) | (SESSIONS.c.seen_at <= seen_before))
            .limit(PURGED_MAX)
            .with_for_update(skip_locked=True)
        )
        await transaction.execute(delete(SESSIONS).where(SESSIONS.c.id.in_(over)))
