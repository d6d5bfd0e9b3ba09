"""Sessions: who is signed in with a browser, proved by a secret in a cookie.

The secret has 256 random bits and only its SHA-256 is kept, as with keys. It changes with every
sign-in, and when rights or password change: then a user's sessions end, and the one that changed
them itself goes on under a new secret. Every look asks the database, so that what an administrator
ends anywhere is over everywhere at once.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Literal

from yuepi.access.attempts import Attempts
from yuepi.access.passwords import Passwords, comparable
from yuepi.access.people import Changed, People
from yuepi.access.principal import NOBODY, NotSignedIn, Principal
from yuepi.access.session_secret import hashed, is_token, new_token
from yuepi.access.store import PeopleTable, SessionTable
from yuepi.access.user import User, UserChange, user_of_row
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import BadUsage, Unavailable, YuepiError
from yuepi.kit.record import Entry, Recorder, record_nothing

LOG = logging.getLogger(__name__)

SEEN_EVERY_S: Final = 60.0
"""How exactly the idle time is known."""
ADDRESS_MAX: Final = 64
AGENT_MAX: Final = 200

Via = Literal["password", "sign_on", "setup"]


class WrongCredentials(YuepiError):
    """No account with that login and that password; which of them is wrong is not told."""

    code = "wrong_credentials"
    http_status = 401


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lasts without use, in all, and how many one user has."""

    idle_s: float = 8 * 3600.0
    whole_s: float = 7 * 24 * 3600.0
    per_user_max: int = 20


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in. `seen_at` may lag a minute behind."""

    id: str
    user_id: str
    via: Via
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request came from, as it is shown to the user: address, and the browser's name."""

    address: str
    agent: str = ""


class Sessions:
    """All sessions of one desk."""

    def __init__(
        self,
        database: Database,
        people: People,
        passwords: Passwords,
        *,
        record: Recorder = record_nothing,
        limits: SessionLimits | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.limits: Final = limits or SessionLimits()
        self._database = database
        self._people = people
        self._passwords = passwords
        self._record = record
        self._table = SessionTable(database)
        self._users = PeopleTable(database)
        self._attempts = Attempts(database, clock=clock)
        self._clock = clock

    async def sign_in(
        self, login: str, password: str, client: Client, *, replaces: str | None = None
    ) -> tuple[Session, str]:
        """A new session and its secret; the session of the secret `replaces` ends with it.

        Raises `WrongCredentials` (401), `TooManyAttempts` (429), `Unavailable` (503).
        """
        login_key = comparable(login)
        tried = await self._attempts.enter(login_key, client.address)
        row = await self._users.user_by_login(login_key)
        usable = row is not None and row["disabled_at"] is None
        kept = row["password_hash"] if row is not None and usable else None
        right, newer = await self._passwords.verify(password, kept)
        if row is None or not right:
            await self._refuse(login_key, row, client)
            raise WrongCredentials(
                "no account has this login and password",
                remedy="check both; an administrator can set a new password",
            )
        async with self._database.writing() as transaction:
            await self._attempts.succeeded(transaction, tried)
            if newer is not None:
                await self._users.rehash(transaction, row["id"], row["password_hash"], newer)
            # Between the look and now the account may have been disabled, or its password changed.
            held = await self._users.hold_user(transaction, row["id"])
            if (
                held is None
                or held["disabled_at"] is not None
                or held["password_hash"] not in (row["password_hash"], newer)
            ):
                raise WrongCredentials("the account changed just now", remedy="sign in again")
            return await self.open(transaction, row["id"], "password", client, replaces=replaces)

    async def open(
        self,
        transaction: Transaction,
        user_id: str,
        via: Via,
        client: Client,
        *,
        replaces: str | None = None,
        before: tuple[Entry, ...] = (),
    ) -> tuple[Session, str]:
        """A session for a user who has proved who they are. Records; call it last.

        before: what else happened in this transaction, recorded first.
        """
        now = self._clock()
        token = new_token()
        session = Session(
            id=f"ses_{secrets.token_hex(10)}",
            user_id=user_id,
            via=via,
            address=client.address[:ADDRESS_MAX],
            agent=client.agent[:AGENT_MAX],
            created_at=now,
            seen_at=now,
            ends_at=now + timedelta(seconds=self.limits.whole_s),
        )
        await self._table.purge(transaction, now, now - timedelta(seconds=self.limits.idle_s))
        entries = list(before)
        if replaces is not None and (ended := await self._table.end(transaction, hashed(replaces))):
            entries.append(Entry("session.ended", ended[1], ended[0], now, {"why": "replaced"}))
        row = {name: getattr(session, name) for name in Session.__slots__}
        await self._table.add(transaction, row | {"secret_sha256": hashed(token)})
        await self._table.end_oldest(transaction, user_id, self.limits.per_user_max)
        entries.append(
            Entry("session.opened", user_id, session.id, now, {"via": via, "from": session.address})
        )
        await self._record(transaction, entries)
        return session, token

    async def find(self, token: str) -> tuple[Session, User]:
        """The live session of a secret, and who it is. Raises `NotSignedIn` (401)."""
        if not is_token(token):
            raise NotSignedIn
        now = self._clock()
        found = await self._table.found(hashed(token), now, self._idle_since(now))
        if found is None:
            raise NotSignedIn("the session is over")
        session, user = _session(found[0]), user_of_row(found[1])
        noted = now - timedelta(seconds=SEEN_EVERY_S)
        # A clock that was set back must not end sessions that were seen in its future.
        if session.seen_at < noted:
            try:
                await self._table.seen(session.id, now, noted)
            except Unavailable as error:
                # Who only reads may go on while nothing can be written.
                LOG.warning("that %s is in use is not written: %s", session.id, error)
        return session, user

    async def principal(self, token: str) -> tuple[Session, Principal]:
        """Who is signed in with that secret. Raises `NotSignedIn` (401)."""
        session, user = await self.find(token)
        return session, await self._people.principal_of(user)

    async def change_password(
        self, session: Session, current: str, new: str, client: Client
    ) -> Changed:
        """Change one's own password, knowing the present one; other sessions end.

        Raises `BadUsage` (codes `wrong_password`, `no_password`, `weak_password`) and
        `TooManyAttempts`: a browser left open is no place to guess either.
        """
        row = await self._users.user(session.user_id)
        if row is None or row["password_hash"] is None:
            raise BadUsage(
                "this account has no password",
                remedy="sign on as before; an administrator can set a password",
                code="no_password",
            )
        tried = await self._attempts.enter(row["login_key"], client.address)
        right, _ = await self._passwords.verify(current, row["password_hash"])
        if not right:
            raise BadUsage(
                "the present password is another",
                remedy="check it; an administrator can set a new one",
                code="wrong_password",
            )
        async with self._database.writing() as transaction:
            await self._attempts.succeeded(transaction, tried)
        change = UserChange(password=new)
        return await self._people.change(row["id"], change, by=row["id"], session=session.id)

    async def sign_out(self, token: str) -> None:
        """End a session; one that is over already is no failure."""
        async with self._database.writing() as transaction:
            ended = await self._table.end(transaction, hashed(token))
            if ended is not None:
                entry = Entry("session.ended", ended[1], ended[0], self._clock(), {"why": "left"})
                await self._record(transaction, [entry])

    async def sign_out_others(self, session: Session) -> int:
        """End all sessions of its user but this one; how many ended."""
        async with self._database.writing() as transaction:
            ended = await self._table.end_all(transaction, session.user_id, but=session.id)
            now = self._clock()
            entries = [
                Entry("session.ended", session.user_id, one, now, {"why": "others"})
                for one in ended
            ]
            if entries:
                await self._record(transaction, entries)
        return len(ended)

    async def list(self, user_id: str) -> list[Session]:
        """A user's live sessions, the newest first."""
        now = self._clock()
        return [_session(row) for row in await self._table.of(user_id, now, self._idle_since(now))]

    async def _refuse(self, login_key: str, row: Mapping[str, Any] | None, client: Client) -> None:
        # What was typed may be a password in the wrong place: never the text itself.
        hashed = sha256(login_key.encode("utf-8", "surrogatepass")).hexdigest()
        subject = f"login:{hashed[:32]}" if row is None else str(row["id"])
        detail = {"from": client.address[:ADDRESS_MAX]}
        async with self._database.writing() as transaction:
            entry = Entry("session.refused", NOBODY, subject, self._clock(), detail)
            await self._record(transaction, [entry])

    def _idle_since(self, now: datetime) -> datetime:
        return now - timedelta(seconds=self.limits.idle_s)


def _session(row: Mapping[str, Any]) -> Session:
    return Session(**{name: row[name] for name in Session.__slots__})
