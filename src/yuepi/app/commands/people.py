"""`yuepi admin`: accounts, departments, and the link for the first administrator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from yuepi.app.data_folder import database_of
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.words import Words
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import Settings, load_settings

if TYPE_CHECKING:
    from yuepi.access.accounts import Accounts
    from yuepi.access.departments import Department
    from yuepi.access.keys import Key
    from yuepi.access.user import User
    from yuepi.app.commands.admin import NewKey

LISTED_MAX = 10_000

T = TypeVar("T")


@dataclass(frozen=True)
class NewAccount:
    """An account as the command line names it; password None: it has none."""

    login: str
    name: str
    email: str
    department: str | None
    roles: Sequence[str]
    password: str | None
    language: str | None


def add_user(new: NewAccount, data: Path, speaker: Speaker) -> int:
    """Make an account."""

    async def make(accounts: Accounts) -> User:
        from yuepi.access.principal import ROLES, ROOT_DEPARTMENT, SYSTEM
        from yuepi.access.user import NewUser

        department = ROOT_DEPARTMENT
        if new.department is not None:
            department = _named(await accounts.departments.list(), new.department).id
        wanted = NewUser(
            login=new.login,
            name=new.name,
            email=new.email,
            department=department,
            roles=frozenset(role for role in ROLES if role in new.roles),
            language="en" if new.language == "en" else "zh",
            password=new.password,
        )
        return await accounts.people.create(wanted, by=SYSTEM)

    user = _run(data, make)
    if speaker.as_json:
        speaker.give(_told(user))
    else:
        done = Words(f"已创建 {user.login}（{user.id}）", f"Made {user.login} ({user.id})")
        speaker.say(speaker.said(done))
    return 0


def list_users(data: Path, speaker: Speaker) -> int:
    """All accounts, in order of login."""

    async def users(accounts: Accounts) -> list[User]:
        from yuepi.access.people import PAGE_MAX

        found: list[User] = []
        after: str | None = ""
        while after is not None and len(found) < LISTED_MAX:
            page = await accounts.people.users(after=after, rows_max=PAGE_MAX)
            found += page.rows
            after = page.next
        return found

    told = [_told(user) for user in _run(data, users)]
    if speaker.as_json:
        speaker.give({"users": told})
        return 0
    for user in told:
        state = Words("停用", "disabled") if user["disabled"] else Words("启用", "active")
        parts = [user["id"], user["login"], user["name"], user["department"]]
        parts += [" ".join(user["roles"]) or "-", speaker.said(state)]
        speaker.say("  ".join(visible_line(part) for part in parts))
    return 0


def disable_user(login: str, data: Path, speaker: Speaker, *, undo: bool) -> int:
    """Keep an account out, or let it in again."""

    async def disable(accounts: Accounts) -> User:
        from yuepi.access.user import UserChange

        return await _changed(accounts, login, UserChange(disabled=not undo))

    user = _run(data, disable)
    if speaker.as_json:
        speaker.give(_told(user))
    else:
        state = Words("已启用", "Enabled") if undo else Words("已停用", "Disabled")
        speaker.say(f"{speaker.said(state)} {user.login}")
    return 0


def set_password(login: str, password: str, data: Path, speaker: Speaker) -> int:
    """Set an account's password."""

    async def change(accounts: Accounts) -> User:
        from yuepi.access.user import UserChange

        return await _changed(accounts, login, UserChange(password=password))

    user = _run(data, change)
    if speaker.as_json:
        speaker.give(_told(user))
    else:
        done = Words(f"{user.login} 的密码已更改", f"{user.login} has a new password")
        speaker.say(speaker.said(done))
    return 0


def add_department(name: str, parent: str | None, data: Path, speaker: Speaker) -> int:
    """Make a department."""

    async def make(accounts: Accounts) -> Department:
        from yuepi.access.principal import ROOT_DEPARTMENT, SYSTEM

        above = ROOT_DEPARTMENT
        if parent is not None:
            above = _named(await accounts.departments.list(), parent).id
        return await accounts.departments.create(name, parent=above, by=SYSTEM)

    made = _run(data, make)
    if speaker.as_json:
        speaker.give({"id": made.id, "name": made.name, "parent": made.parent})
    else:
        speaker.say(f"{made.id}  {visible_line(made.name)}")
    return 0


def list_departments(data: Path, speaker: Speaker) -> int:
    """The tree of departments, those below further in."""

    async def listed(accounts: Accounts) -> list[Department]:
        return await accounts.departments.list()

    departments = _run(data, listed)
    if speaker.as_json:
        told = [{"id": one.id, "name": one.name, "parent": one.parent} for one in departments]
        speaker.give({"departments": told})
        return 0

    def show(parent: str | None, depth: int) -> None:
        for one in departments:
            if one.parent == parent:
                speaker.say(f"{'  ' * depth}{visible_line(one.name)}  {one.id}")
                show(one.id, depth + 1)

    show(None, 0)
    return 0


async def key_for(
    login: str, new: NewKey, expires: datetime | None, settings: Settings
) -> tuple[Key, str]:
    """A key of an account, and its secret."""
    from yuepi.access.principal import PERMISSIONS, SYSTEM, Principal, permissions_of
    from yuepi.access.user_keys import NewUserKey

    async with _open(settings) as accounts:
        owner = await _found(accounts, login)
        granted = permissions_of(owner.roles)
        wanted = frozenset(right for right in PERMISSIONS if right in new.scopes)
        return await accounts.user_keys.create(
            # Whoever may open the data folder administers the desk.
            Principal(SYSTEM, SYSTEM, frozenset({"admin"})),
            NewUserKey(
                name=new.name,
                scopes=wanted or granted,
                owner=owner.id,
                expires_at=expires,
                requests_per_minute=new.requests_per_minute,
                tokens_per_minute=new.tokens_per_minute,
            ),
        )


def make_link(data: Path, speaker: Speaker) -> int:
    """Print a link for the first administrator."""

    async def make(accounts: Accounts) -> str | None:
        return await accounts.setup.new_link()

    token = _run(data, make)
    if token is None:
        raise BadUsage(
            "this desk has an administrator already",
            remedy="yuepi admin user password LOGIN sets a forgotten password",
            code="admin_exists",
        )
    from yuepi.access.setup import link_of

    link = link_of(_base_url(load_settings(data)), token)
    if speaker.as_json:
        speaker.give({"link": link})
        return 0
    speaker.say(link)
    lasts = Words("24 小时内有效，只能使用一次。", "Good once, within 24 hours.")
    speaker.note(speaker.said(lasts))
    return 0


@asynccontextmanager
async def _open(settings: Settings) -> AsyncGenerator[Accounts, None]:
    async with AsyncExitStack() as stack:
        database = await database_of(settings, stack)
        from yuepi.access.accounts import open_accounts
        from yuepi.access.keys import Keyring
        from yuepi.audit.record import append

        accounts = open_accounts(database, Keyring(database, record=append), record=append)
        stack.push_async_callback(accounts.close)
        yield accounts


def _run(data: Path, work: Callable[[Accounts], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _open(load_settings(data)) as accounts:
            return await work(accounts)

    return asyncio.run(run())


async def _found(accounts: Accounts, login: str) -> User:
    user = await accounts.people.user_by_login(login)
    if user is None:
        raise BadUsage(
            f"there is no login {login[:80]!r}",
            remedy="yuepi admin user list shows all",
            code="unknown_login",
        )
    return user


async def _changed(accounts: Accounts, login: str, change: Any) -> User:
    from yuepi.access.principal import SYSTEM

    user = await _found(accounts, login)
    return (await accounts.people.change(user.id, change, by=SYSTEM)).user


def _named(departments: Sequence[Department], id_or_name: str) -> Department:
    found = [one for one in departments if one.id == id_or_name]
    found = found or [one for one in departments if one.name == id_or_name]
    if len(found) != 1:
        raise BadUsage(
            f"{len(found) or 'no'} departments are called {id_or_name[:80]!r}",
            remedy="yuepi admin department list shows their ids",
            code="unknown_department",
        )
    return found[0]


def _base_url(settings: Settings) -> str:
    server = settings.server
    return server.public_url or f"http://{server.host}:{server.port}"


def _told(user: User) -> dict[str, Any]:
    from yuepi.access.user import user_told

    return user_told(user)
