"""Accounts tied to another provider's, and the tokens that were taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from yuepi.access.store.tables import SIGN_ON_NONCES, SIGN_ON_SUBJECTS, USERS
from yuepi.kit.database import Database, Transaction


class SignOnTable:
    """The queries of `SignOn`. All raise `Unavailable` when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def user_of(
        self, transaction: Transaction, issuer: str, subject: str
    ) -> dict[str, Any] | None:
        """The user who is that subject there."""
        query = (
            select(USERS)
            .join(SIGN_ON_SUBJECTS, SIGN_ON_SUBJECTS.c.user_id == USERS.c.id)
            .where(SIGN_ON_SUBJECTS.c.issuer == issuer, SIGN_ON_SUBJECTS.c.subject == subject)
        )
        row = (await transaction.execute(query)).one_or_none()
        return None if row is None else row._asdict()

    async def tie(
        self, transaction: Transaction, issuer: str, subject: str, user_id: str, now: datetime
    ) -> bool:
        """Tie an account to a subject; False where the subject is tied already."""
        row = {"issuer": issuer, "subject": subject, "user_id": user_id, "created_at": now}
        added = await transaction.execute(
            self._database.insert(SIGN_ON_SUBJECTS)
            .values(row)
            .on_conflict_do_nothing()
            .returning(SIGN_ON_SUBJECTS.c.user_id)
        )
        return added.one_or_none() is not None

    async def use_nonce(
        self, transaction: Transaction, digest: bytes, now: datetime, before: datetime
    ) -> bool:
        """Note that a token was taken; False where it was already. Old notes are forgotten."""
        await transaction.execute(delete(SIGN_ON_NONCES).where(SIGN_ON_NONCES.c.at < before))
        added = await transaction.execute(
            self._database.insert(SIGN_ON_NONCES)
            .values({"nonce_sha256": digest, "at": now})
            .on_conflict_do_nothing()
            .returning(SIGN_ON_NONCES.c.at)
        )
        return added.one_or_none() is not None
