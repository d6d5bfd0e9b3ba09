"""Keys in the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from yuepi.access.store.tables import USERS, Names
from yuepi.kit.database import (
    METADATA,
    Database,
    Money,
    RowRefused,
    Transaction,
    UtcDateTime,
)

Written = Callable[[Transaction], Awaitable[None]]
"""What is done last in the transaction of a change: the record of it."""

KEYS: Final = Table(
    "keys",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("secret_sha256", LargeBinary(32), nullable=False),
    Column("requests_per_minute", Integer),
    Column("tokens_per_minute", Integer),
    Column("budget", Money),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
    # Whose key it is; null: a program's own, made on the command line.
    Column("user_id", String(40)),
    Column("scopes", Names(255), nullable=False, server_default=" models:ask "),
    UniqueConstraint("secret_sha256"),
    # A revoked key's name is free again.
    Index(
        "uq_keys_live_name",
        "tenant",
        text("coalesce(user_id, '')"),
        "name",
        unique=True,
        sqlite_where=text("revoked_at IS NULL"),
        postgresql_where=text("revoked_at IS NULL"),
    ),
)

_LIVE: Final = KEYS.c.revoked_at.is_(None)
_PUBLIC: Final = tuple(column for column in KEYS.c if column.name != "secret_sha256")
# The owner's roles come with it: a key never does more than its owner may, and a disabled owner's
# key is as good as revoked.
_BY_SECRETS: Final = (
    select(*_PUBLIC, KEYS.c.secret_sha256, USERS.c.roles.label("owner_roles"))
    .outerjoin(USERS, USERS.c.id == KEYS.c.user_id)
    .where(
        KEYS.c.secret_sha256.in_(bindparam("digests", expanding=True)),
        _LIVE,
        or_(KEYS.c.user_id.is_(None), USERS.c.id.is_not(None) & USERS.c.disabled_at.is_(None)),
    )
)


class KeyTable:
    """The queries of `Keyring`. All raise `Unavailable` when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_secrets(self, digests: Sequence[bytes]) -> dict[bytes, dict[str, Any]]:
        """Live keys by the SHA-256 of their secrets, of these; expired ones are found too.

        With `owner_roles`: null for a key of nobody.
        """
        async with self._database.reading() as connection:
            found = await connection.execute(_BY_SECRETS, {"digests": list(digests)})
            return {bytes(row.secret_sha256): row._asdict() for row in found}

    async def add(self, row: Mapping[str, Any], live_max: int, written: Written) -> bool:
        """Write a key, then what `written` writes.

        False where the owner has a live key of that name, or so many live keys (`live_max`).
        """
        live = select(func.count()).where(_LIVE, KEYS.c.user_id == row["user_id"])
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(KEYS), [dict(row)])
                if row["user_id"] is not None and (await connection.scalar(live) or 0) > live_max:
                    await connection.rollback()
                    return False
                await written(connection)
        except RowRefused:
            return False
        return True

    async def rows(
        self,
        tenant: str | None,
        rows_max: int,
        *,
        user_id: str | None = None,
        after: tuple[datetime, str] | None = None,
    ) -> list[dict[str, Any]]:
        """Keys, the newest first: of one tenant or one user, or of all. after: (created_at, id) of
        the last one seen."""
        query = select(*_PUBLIC).order_by(KEYS.c.created_at.desc(), KEYS.c.id).limit(rows_max)
        if tenant is not None:
            query = query.where(KEYS.c.tenant == tenant)
        if user_id is not None:
            query = query.where(KEYS.c.user_id == user_id)
        if after is not None:
            moment, last_id = after
            same = and_(KEYS.c.created_at == moment, KEYS.c.id > last_id)
            query = query.where(or_(KEYS.c.created_at < moment, same))
        async with self._database.reading() as connection:
            return [row._asdict() for row in await connection.execute(query)]

    async def named(self, id_or_name: str, tenant: str | None) -> list[dict[str, Any]]:
        """The key of that id, revoked or not, and live keys of that name."""
        query = select(*_PUBLIC).where(
            or_(KEYS.c.id == id_or_name, (KEYS.c.name == id_or_name) & _LIVE)
        )
        if tenant is not None:
            query = query.where(KEYS.c.tenant == tenant)
        async with self._database.reading() as connection:
            return [row._asdict() for row in await connection.execute(query)]

    async def revoke(self, key_id: str, moment: datetime, written: Written) -> None:
        """From now on this key opens nothing; the first moment of revoking is kept.

        `written` is called where it was live until now.
        """
        change = update(KEYS).where(KEYS.c.id == key_id, _LIVE).values(revoked_at=moment)
        async with self._database.writing() as connection:
            if (await connection.execute(change)).rowcount:
                await written(connection)

    async def used(self, moments: Mapping[str, datetime]) -> None:
        """Note when keys were last used; a later moment that is there already stays."""
        change = (
            update(KEYS)
            .where(
                KEYS.c.id == bindparam("key_id"),
                or_(KEYS.c.last_used_at.is_(None), KEYS.c.last_used_at < bindparam("moment")),
            )
            .values(last_used_at=bindparam("moment"))
        )
        rows = [{"key_id": key_id, "moment": moment} for key_id, moment in moments.items()]
        async with self._database.writing() as connection:
            await connection.execute(change, rows)
