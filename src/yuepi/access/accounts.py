"""All parts of the room put together, for a server and for the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from yuepi.access.departments import Departments
from yuepi.access.keys import Keyring
from yuepi.access.oidc import Oidc, OidcProvider
from yuepi.access.passwords import Passwords
from yuepi.access.people import People
from yuepi.access.sessions import SessionLimits, Sessions
from yuepi.access.setup import Setup
from yuepi.access.sign_on import SignOn
from yuepi.access.user_keys import UserKeys
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database
from yuepi.kit.record import Recorder, record_nothing


@dataclass(frozen=True, slots=True)
class Accounts:
    """The room's parts on one database. sign_on None: there is no provider. `close` at the end."""

    passwords: Passwords
    people: People
    departments: Departments
    sessions: Sessions
    setup: Setup
    keyring: Keyring
    user_keys: UserKeys
    sign_on: SignOn | None

    async def close(self) -> None:
        """Close what is open; the keyring belongs to who gave it."""
        self.passwords.close()
        if self.sign_on is not None:
            await self.sign_on.oidc.close()


def open_accounts(
    database: Database,
    keyring: Keyring,
    *,
    record: Recorder = record_nothing,
    limits: SessionLimits | None = None,
    provider: OidcProvider | None = None,
    passwords: Passwords | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Accounts:
    """The parts, wired so that a change of rights reaches this process's keys at once.

    Raises `BadUsage` for a provider that cannot be trusted.
    """
    passwords = passwords or Passwords()
    people = People(database, passwords, record=record, changed=keyring.forget_user, clock=clock)
    sessions = Sessions(database, people, passwords, record=record, limits=limits, clock=clock)
    sign_on = None
    if provider is not None:
        oidc = Oidc(provider, clock=clock)
        sign_on = SignOn(database, oidc, people, sessions, record=record, clock=clock)
    return Accounts(
        passwords=passwords,
        people=people,
        departments=Departments(database, record=record, clock=clock),
        sessions=sessions,
        setup=Setup(database, people, sessions, record=record, clock=clock),
        keyring=keyring,
        user_keys=UserKeys(people, keyring),
        sign_on=sign_on,
    )
