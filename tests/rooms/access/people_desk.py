"""The room's parts on a database of a test, with cheap hashes, a clock to turn, and a record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from pwdlib.hashers.argon2 import Argon2Hasher

from tests.rooms.access.browser import Browser
from yuepi.access.accounts import Accounts, open_accounts
from yuepi.access.api import Gate, access_router
from yuepi.access.keys import Keyring
from yuepi.access.oidc import OidcProvider
from yuepi.access.passwords import Passwords
from yuepi.access.principal import Role
from yuepi.access.sessions import Client, SessionLimits
from yuepi.access.user import NewUser, User
from yuepi.access.web import Web
from yuepi.app.problems import tell_problems
from yuepi.kit.database import Database, Transaction
from yuepi.kit.record import Entry

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HERE = Client("192.0.2.1", "test")
PASSWORD = "three blind mice"


def cheap_hasher(time_cost: int = 1) -> Argon2Hasher:
    return Argon2Hasher(time_cost=time_cost, memory_cost=8, parallelism=1)


class PeopleDesk:
    """`recorded`: what was recorded in transactions that were committed or are still open."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.seconds = 0.0
        self.recorded: list[Entry] = []
        self.accounts = self.open()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    async def record(self, transaction: Transaction, entries: Sequence[Entry]) -> None:
        assert transaction.in_transaction()
        self.recorded += entries

    def open(
        self,
        provider: OidcProvider | None = None,
        *,
        time_cost: int = 1,
        limits: SessionLimits | None = None,
    ) -> Accounts:
        """Parts of their own, as another process would have them."""
        keyring = Keyring(
            self.database,
            record=self.record,
            clock=self.now,
            monotonic=lambda: self.seconds,
        )
        return open_accounts(
            self.database,
            keyring,
            record=self.record,
            provider=provider,
            limits=limits,
            passwords=Passwords(cheap_hasher(time_cost)),
            clock=self.now,
        )

    def app(self, accounts: Accounts | None = None, web: Web | None = None) -> FastAPI:
        accounts = accounts or self.accounts
        app = FastAPI()
        tell_problems(app)
        gate = Gate(accounts.people, accounts.sessions, accounts.keyring, web)
        app.include_router(access_router(accounts, gate))
        return app

    def browser(self, app: FastAPI | None = None) -> Browser:
        return Browser(app or self.app())

    async def person(
        self, login: str, *roles: Role, department: str = "dep_root", password: str = PASSWORD
    ) -> User:
        new = NewUser(
            login,
            roles=frozenset(roles or ("submitter",)),
            department=department,
            password=password,
        )
        return await self.accounts.people.create(new, by="system")

    def actions(self) -> list[str]:
        return [entry.action for entry in self.recorded]
