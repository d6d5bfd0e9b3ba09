"""Users: made, found, changed, disabled, each change recorded where it happens.

What changes somebody's rights takes hold at once: their sessions end in the same transaction, and
their keys are looked at again. There is always an administrator left.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from yuepi.access.passwords import Passwords, check_password, comparable
from yuepi.access.principal import ROOT_DEPARTMENT, Principal, Role, sees_departments
from yuepi.access.session_secret import hashed, new_token
from yuepi.access.store import PeopleTable, SessionTable
from yuepi.access.user import (
    LastAdmin,
    NewUser,
    StaleEdit,
    Taken,
    User,
    UserChange,
    checked_email,
    checked_login,
    checked_name,
    checked_roles,
    no_user,
    user_of_row,
    user_told,
)
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import BadUsage
from yuepi.kit.record import Entry, Recorder, record_nothing

USERS_MAX: Final = 100_000
PAGE_MAX: Final = 200
NAMES_MAX: Final = 1_000
HOLDERS_MAX: Final = 10_000
_OF_RIGHTS: Final = frozenset({"roles", "disabled_at", "department_id", "password_hash"})


@dataclass(frozen=True, slots=True)
class UserPage:
    """Some users in order of login; `next`: what to ask on with, None at the end."""

    rows: Sequence[User]
    next: str | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A user after a change. token: the new secret of the session that made it on itself."""

    user: User
    token: str | None = None


class People:
    """All users. `changed` is told the id of each whose rights changed, after the commit."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        *,
        record: Recorder = record_nothing,
        changed: Callable[[str], None] = lambda _: None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._record = record
        self._changed = changed
        self._clock = clock
        self._table = PeopleTable(database)
        self._sessions = SessionTable(database)

    # --- looking -------------------------------------------------------------------------------

    async def user(self, user_id: str) -> User:
        """One user. Raises `NoSuchPerson` (404)."""
        row = await self._table.user(user_id)
        if row is None:
            raise no_user(user_id)
        return user_of_row(row)

    async def user_by_login(self, login: str) -> User | None:
        """The user with that login, in any kind of letters; None where there is none."""
        row = await self._table.user_by_login(comparable(login))
        return None if row is None else user_of_row(row)

    async def users(
        self,
        *,
        after: str = "",
        rows_max: int = 50,
        department: str | None = None,
        disabled: bool | None = None,
        sought: str | None = None,
    ) -> UserPage:
        """Users in order of login. sought: a part of login, name or e-mail address."""
        rows_max = max(1, min(rows_max, PAGE_MAX))
        rows = await self._table.users(
            after=after,
            rows_max=rows_max + 1,
            department=department,
            disabled=disabled,
            sought=comparable(sought) if sought else None,
        )
        more = len(rows) > rows_max
        rows = rows[:rows_max]
        return UserPage([user_of_row(row) for row in rows], rows[-1]["login_key"] if more else None)

    async def names(self, user_ids: Collection[str]) -> dict[str, str]:
        """What these users are called, `NAMES_MAX` at most; unknown ids are left out."""
        if not user_ids:
            return {}
        return await self._table.names(sorted(set(user_ids))[:NAMES_MAX])

    async def holding(self, roles: Collection[Role]) -> list[User]:
        """Active users with any of these roles."""
        rows = await self._table.holding(sorted(roles), HOLDERS_MAX)
        return [user_of_row(row) for row in rows]

    async def principal_of(self, user: User, *, scopes: frozenset[str] | None = None) -> Principal:
        """What a user may do and see now; scopes: what the key they ask with is limited to."""
        below: frozenset[str] = frozenset()
        if sees_departments(user.roles):
            below = await self._table.below(user.department)
        above = await self._table.above(user.department)
        return Principal(user.id, user.name, user.roles, user.department, scopes, below, above)

    # --- changing ------------------------------------------------------------------------------

    async def create(self, new: NewUser, *, by: str) -> User:
        """A new user. `by`: the id of who makes it.

        Raises `BadUsage` for what makes no sense, `Taken` (409) for a login that is there.
        """
        row = await self.row_of(new)
        async with self._database.writing() as transaction:
            await self.add(transaction, row)
            user = user_of_row(row)
            await self._record(transaction, [self.created_entry(user, by)])
        return user

    async def row_of(self, new: NewUser) -> dict[str, Any]:
        """The row of a new user, checked, its password hashed. Raises `BadUsage`."""
        login = checked_login(new.login)
        email = checked_email(new.email)
        password_hash = None
        if new.password is not None:
            check_password(new.password, login=login, email=email)
            password_hash = await self._passwords.hash(new.password)
        now = self._clock()
        return {
            "id": f"usr_{secrets.token_hex(10)}",
            "login": login,
            "login_key": comparable(login),
            "name": checked_name(new.name or login),
            "email": email,
            "department_id": new.department,
            "roles": checked_roles(new.roles),
            "language": new.language,
            "password_hash": password_hash,
            "disabled_at": None,
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }

    async def add(self, transaction: Transaction, row: Mapping[str, Any]) -> None:
        """Write such a row, in a transaction that records it. Raises `Taken`, `BadUsage`."""
        await self._check_department(transaction, row["department_id"])
        if await self._table.count_users(transaction) >= USERS_MAX:
            raise BadUsage(f"{USERS_MAX} users are there already", remedy="ask who runs this desk")
        if not await self._table.add_user(transaction, row):
            raise Taken(
                f"the login {row['login']!r} is taken",
                remedy="choose another",
                code="login_taken",
            )

    def created_entry(self, user: User, by: str) -> Entry:
        """The record of a new user."""
        return Entry("user.created", by, user.id, self._clock(), user_told(user))

    async def change(
        self,
        user_id: str,
        change: UserChange,
        *,
        by: str,
        version: int | None = None,
        session: str | None = None,
    ) -> Changed:
        """Change a user; where rights or the password change, all their sessions end.

        version: what the change was made on (None: whatever it is now). session: the id of the
        session that asks; if it is the user's own it goes on, under a new secret.
        Raises `NoSuchPerson` (404), `StaleEdit` (409), `LastAdmin` (409), `BadUsage`.
        """
        given = _given(change)
        if change.password is not None:
            given["password_hash"] = await self._hashed(user_id, change.password, change.email)
        async with self._database.writing() as transaction:
            # Before the row: whoever changes administrators waits here, in one order.
            if change.of_rights:
                await self._table.hold_tree(transaction)
            before = await self._held(transaction, user_id, version)
            if "department_id" in given:
                await self._check_department(transaction, given["department_id"])
            if change.disabled is not None:
                was = before["disabled_at"]
                given["disabled_at"] = (was or self._clock()) if change.disabled else None
            values = {name: new for name, new in given.items() if new != before[name]}
            if not values:
                return Changed(user_of_row(before))
            values |= {"version": before["version"] + 1, "updated_at": self._clock()}
            await self._table.write_user(transaction, user_id, values)
            administered = "admin" in before["roles"] and before["disabled_at"] is None
            if administered and {"roles", "disabled_at"} & values.keys():
                await self._check_admin_left(transaction)
            of_rights = bool(_OF_RIGHTS & values.keys())
            token: str | None = None
            ended: list[str] = []
            if of_rights:
                token, ended = await self._renew_sessions(transaction, user_id, session)
            await self._record(transaction, self._entries(before, values, by, ended))
        if of_rights:
            self._changed(user_id)
        return Changed(user_of_row(before | values), token)

    async def _held(
        self, transaction: Transaction, user_id: str, version: int | None
    ) -> dict[str, Any]:
        row = await self._table.hold_user(transaction, user_id)
        if row is None:
            raise no_user(user_id)
        if version is not None and version != row["version"]:
            raise StaleEdit("somebody else changed this user", user_told(user_of_row(row)))
        return row

    async def _hashed(self, user_id: str, password: str, email: str | None) -> str:
        row = await self._table.user(user_id)
        if row is None:
            raise no_user(user_id)
        check_password(password, login=row["login"], email=row["email"] if email is None else email)
        return await self._passwords.hash(password)

    async def _renew_sessions(
        self, transaction: Transaction, user_id: str, session: str | None
    ) -> tuple[str | None, list[str]]:
        """End all sessions but the asking one, which gets a new secret if it is the user's."""
        ended = await self._sessions.end_all(transaction, user_id, but=session)
        if session is None:
            return None, ended
        token = new_token()
        own = await self._sessions.replace_secret(transaction, session, user_id, hashed(token))
        return (token if own else None), ended

    async def _check_department(self, transaction: Transaction, department: str) -> None:
        if department != ROOT_DEPARTMENT and not await self._table.has_department(
            transaction, department
        ):
            raise BadUsage(
                f"there is no department {department[:80]!r}",
                remedy="GET /api/departments, or yuepi admin department list, shows them",
                code="unknown_department",
            )

    async def _check_admin_left(self, transaction: Transaction) -> None:
        if await self._table.active_admins(transaction) == 0:
            raise LastAdmin(
                "this is the last administrator",
                remedy="make somebody else an administrator first",
            )

    def _entries(
        self, before: Mapping[str, Any], values: Mapping[str, Any], by: str, ended: Sequence[str]
    ) -> list[Entry]:
        was, now = user_told(user_of_row(before)), user_told(user_of_row({**before, **values}))
        detail: dict[str, Any] = {
            name: {"was": was[name], "now": now[name]}
            for name in was
            if name != "version" and was[name] != now[name]
        }
        if "password_hash" in values:
            detail["password_changed"] = True
        at = self._clock()
        entries = [Entry("user.changed", by, before["id"], at, detail)]
        entries += [Entry("session.ended", by, one, at, {"why": "rights"}) for one in ended]
        return entries


def _given(change: UserChange) -> dict[str, Any]:
    """The columns that a change names, checked."""
    given: dict[str, Any] = {}
    if change.name is not None:
        given["name"] = checked_name(change.name)
    if change.email is not None:
        given["email"] = checked_email(change.email)
    if change.department is not None:
        given["department_id"] = change.department
    if change.roles is not None:
        given["roles"] = checked_roles(change.roles)
    if change.language is not None:
        given["language"] = change.language
    return given
