"""Users, departments and set-up links in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, false, func, insert, or_, select, update

from yuepi.access.principal import ROOT_DEPARTMENT
from yuepi.access.store.tables import DEPARTMENTS, SETUP_LINKS, USERS
from yuepi.kit.database import Database, Transaction

_ADMIN: Final = USERS.c.roles.like("% admin %")
_ACTIVE: Final = USERS.c.disabled_at.is_(None)
_ROOT: Final = DEPARTMENTS.c.parent_id.is_(None)


class PeopleTable:
    """The queries of `People`. All raise `Unavailable` when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- users ---------------------------------------------------------------------------------

    async def add_user(self, transaction: Transaction, row: Mapping[str, Any]) -> bool:
        """Write a user; False where the login is taken."""
        added = await transaction.execute(
            self._database.insert(USERS)
            .values(dict(row))
            .on_conflict_do_nothing(index_elements=[USERS.c.login_key])
            .returning(USERS.c.id)
        )
        return added.one_or_none() is not None

    async def user(self, user_id: str) -> dict[str, Any] | None:
        """One user, by id."""
        return await self._one(select(USERS).where(USERS.c.id == user_id))

    async def user_by_login(self, login_key: str) -> dict[str, Any] | None:
        """One user, by the login as it is compared."""
        if not login_key.isprintable():
            # What cannot be a login: PostgreSQL would not even look for it.
            return None
        return await self._one(select(USERS).where(USERS.c.login_key == login_key))

    async def hold_user(self, transaction: Transaction, user_id: str) -> dict[str, Any] | None:
        """One user, kept from other changes until the end."""
        query = select(USERS).where(USERS.c.id == user_id).with_for_update()
        row = (await transaction.execute(query)).one_or_none()
        return None if row is None else row._asdict()

    async def write_user(
        self, transaction: Transaction, user_id: str, values: Mapping[str, Any]
    ) -> None:
        """Change a user that is held."""
        await transaction.execute(update(USERS).where(USERS.c.id == user_id).values(dict(values)))

    async def rehash(self, transaction: Transaction, user_id: str, old: str, new: str) -> None:
        """Keep a password's hash under newer parameters, where it is still that password."""
        await transaction.execute(
            update(USERS)
            .where(USERS.c.id == user_id, USERS.c.password_hash == old)
            .values(password_hash=new)
        )

    async def users(
        self,
        *,
        after: str,
        rows_max: int,
        department: str | None,
        disabled: bool | None,
        sought: str | None,
    ) -> list[dict[str, Any]]:
        """Users in order of login, from behind `after`. sought: a part of login, name or email."""
        query = select(USERS).where(USERS.c.login_key > after)
        if department is not None:
            query = query.where(USERS.c.department_id == department)
        if disabled is not None:
            query = query.where(USERS.c.disabled_at.is_not(None) if disabled else _ACTIVE)
        if sought:
            query = query.where(
                USERS.c.login_key.icontains(sought, autoescape=True)
                | USERS.c.name.icontains(sought, autoescape=True)
                | USERS.c.email.icontains(sought, autoescape=True)
            )
        query = query.order_by(USERS.c.login_key).limit(rows_max)
        async with self._database.reading() as connection:
            return [row._asdict() for row in await connection.execute(query)]

    async def names(self, user_ids: Sequence[str]) -> dict[str, str]:
        """What these users are called."""
        query = select(USERS.c.id, USERS.c.name).where(USERS.c.id.in_(list(user_ids)))
        async with self._database.reading() as connection:
            return {row.id: row.name for row in await connection.execute(query)}

    async def holding(self, roles: Sequence[str], rows_max: int) -> list[dict[str, Any]]:
        """Active users with any of these roles."""
        wanted = or_(false(), *(USERS.c.roles.like(f"% {role} %") for role in roles))
        query = select(USERS).where(_ACTIVE, wanted).order_by(USERS.c.id).limit(rows_max)
        async with self._database.reading() as connection:
            return [row._asdict() for row in await connection.execute(query)]

    async def count_users(self, transaction: Transaction) -> int:
        """How many there are, disabled ones too."""
        return int(await transaction.scalar(select(func.count()).select_from(USERS)) or 0)

    async def active_admins(self, transaction: Transaction) -> int:
        """How many administrators are not disabled. Hold the tree first."""
        query = select(func.count()).select_from(USERS).where(_ADMIN, _ACTIVE)
        return int(await transaction.scalar(query) or 0)

    async def has_admin(self) -> bool:
        """Whether there is an administrator who is not disabled."""
        return await self._one(select(USERS).where(_ADMIN, _ACTIVE).limit(1)) is not None

    # --- departments ---------------------------------------------------------------------------

    async def hold_tree(self, transaction: Transaction) -> None:
        """Wait until no other transaction changes the tree or who administers, and keep it so."""
        await transaction.execute(select(DEPARTMENTS.c.id).where(_ROOT).with_for_update())

    async def departments(self, transaction: Transaction | None = None) -> list[dict[str, Any]]:
        """All departments, by name."""
        query = select(DEPARTMENTS).order_by(DEPARTMENTS.c.name_key, DEPARTMENTS.c.id)
        if transaction is not None:
            return [row._asdict() for row in await transaction.execute(query)]
        async with self._database.reading() as connection:
            return [row._asdict() for row in await connection.execute(query)]

    async def below(self, department_id: str) -> frozenset[str]:
        """The ids of all departments under one."""
        # UNION drops what it has seen: it ends even where a hand made a circle.
        under = (
            select(DEPARTMENTS.c.id)
            .where(DEPARTMENTS.c.parent_id == department_id)
            .cte("under", recursive=True)
        )
        under = under.union(
            select(DEPARTMENTS.c.id).join(under, DEPARTMENTS.c.parent_id == under.c.id)
        )
        async with self._database.reading() as connection:
            return frozenset((await connection.execute(select(under.c.id))).scalars())

    async def above(self, department_id: str) -> frozenset[str]:
        """The ids of all departments that one is under, the root's with them."""
        over = (
            select(DEPARTMENTS.c.parent_id)
            .where(DEPARTMENTS.c.id == department_id)
            .cte("over", recursive=True)
        )
        over = over.union(
            select(DEPARTMENTS.c.parent_id).join(over, DEPARTMENTS.c.id == over.c.parent_id)
        )
        async with self._database.reading() as connection:
            found = (await connection.execute(select(over.c.parent_id))).scalars()
            return frozenset(each for each in found if each is not None) | {ROOT_DEPARTMENT}

    async def has_department(self, transaction: Transaction, department_id: str) -> bool:
        """Whether there is such a department."""
        query = select(DEPARTMENTS.c.id).where(DEPARTMENTS.c.id == department_id)
        return await transaction.scalar(query) is not None

    async def add_department(self, transaction: Transaction, row: Mapping[str, Any]) -> None:
        """Write a department. Hold the tree first."""
        await transaction.execute(insert(DEPARTMENTS), [dict(row)])

    async def write_department(
        self, transaction: Transaction, department_id: str, values: Mapping[str, Any]
    ) -> None:
        """Change a department. Hold the tree first."""
        await transaction.execute(
            update(DEPARTMENTS).where(DEPARTMENTS.c.id == department_id).values(dict(values))
        )

    # --- set-up links --------------------------------------------------------------------------

    async def add_setup_link(
        self, transaction: Transaction, digest: bytes, now: datetime, expires: datetime, most: int
    ) -> None:
        """Write a link; those that ended, and the oldest beyond `most`, are forgotten."""
        await transaction.execute(delete(SETUP_LINKS).where(SETUP_LINKS.c.expires_at <= now))
        newest = (
            select(SETUP_LINKS.c.secret_sha256)
            .order_by(SETUP_LINKS.c.created_at.desc())
            .limit(most - 1)
        )
        await transaction.execute(
            delete(SETUP_LINKS).where(SETUP_LINKS.c.secret_sha256.not_in(newest))
        )
        row = {"secret_sha256": digest, "created_at": now, "expires_at": expires}
        await transaction.execute(insert(SETUP_LINKS), [row])

    async def use_setup_link(self, transaction: Transaction, digest: bytes, now: datetime) -> bool:
        """Use a link up; False where it is unknown, ended or used."""
        used = await transaction.execute(
            update(SETUP_LINKS)
            .where(
                SETUP_LINKS.c.secret_sha256 == digest,
                SETUP_LINKS.c.used_at.is_(None),
                SETUP_LINKS.c.expires_at > now,
            )
            .values(used_at=now)
        )
        return used.rowcount == 1

    async def _one(self, query: Select[Any]) -> dict[str, Any] | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else row._asdict()
