"""Whom a provider's word signs in: an account tied to its (issuer, subject), and nothing else.

Neither an e-mail address nor a login ties: whoever may choose theirs at the provider would be
anybody here. Who has no account gets one where the settings say so, or is tied by an administrator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from yuepi.access.oidc import FLOW_S_MAX, LEEWAY_S, Flow, Oidc, OidcProvider, refused
from yuepi.access.people import People
from yuepi.access.principal import NOBODY, ROOT_DEPARTMENT, Role
from yuepi.access.sessions import Client, Session, Sessions
from yuepi.access.store import PeopleTable, SignOnTable
from yuepi.access.user import (
    NAME_MAX,
    NewUser,
    Taken,
    checked_email,
    checked_login,
    no_user,
    user_of_row,
)
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import BadUsage
from yuepi.kit.record import Entry, Recorder, record_nothing

NONCES_KEPT: Final = timedelta(hours=24) + timedelta(seconds=FLOW_S_MAX + LEEWAY_S)
_UNPRINTED: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sends the browser back with."""

    state: str
    code: str
    issuer: str | None = None


class SignOn:
    """Signs people in on the word of one provider."""

    def __init__(
        self,
        database: Database,
        oidc: Oidc,
        people: People,
        sessions: Sessions,
        *,
        record: Recorder = record_nothing,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.oidc: Final = oidc
        self._database = database
        self._people = people
        self._sessions = sessions
        self._record = record
        self._clock = clock
        self._table = SignOnTable(database)
        self._users = PeopleTable(database)

    async def enter(
        self, flow: Flow, answer: Answer, client: Client, *, replaces: str | None = None
    ) -> tuple[Session, str]:
        """A new session and its secret; the session of the secret `replaces` ends with it.

        Raises `SignOnRefused` (401), `Unavailable` (503).
        """
        claims = await self.oidc.finish(
            flow, state=answer.state, code=answer.code, issuer=answer.issuer
        )
        digest = sha256(flow.nonce.encode("utf-8", "surrogatepass")).digest()
        now = self._clock()
        async with self._database.writing() as transaction:
            if not await self._table.use_nonce(transaction, digest, now, now - NONCES_KEPT):
                raise refused("this sign-on was used already")
            user_id, entries = await self._user(transaction, claims)
            return await self._sessions.open(
                transaction, user_id, "sign_on", client, replaces=replaces, before=entries
            )

    async def tie(self, user_id: str, subject: str, *, by: str) -> None:
        """Let a subject of the provider sign on as a user that is there.

        Raises `NoSuchPerson` (404), `Taken` (409) where the subject is somebody's already.
        """
        issuer = self.oidc.provider.issuer
        async with self._database.writing() as transaction:
            if await self._users.hold_user(transaction, user_id) is None:
                raise no_user(user_id)
            now = self._clock()
            if not await self._table.tie(transaction, issuer, subject, user_id, now):
                raise Taken(
                    "that subject is tied to an account already",
                    remedy="check the subject",
                    code="subject_taken",
                )
            await self._record(transaction, [_tied(user_id, issuer, subject, by, now)])

    async def _user(
        self, transaction: Transaction, claims: Mapping[str, Any]
    ) -> tuple[str, tuple[Entry, ...]]:
        """The id of who signed on, and what must be recorded of it."""
        issuer, subject = self.oidc.provider.issuer, claims["sub"]
        known = await self._table.user_of(transaction, issuer, subject)
        if known is not None:
            held = await self._users.hold_user(transaction, known["id"])
            if held is None or held["disabled_at"] is not None:
                raise refused("this account is disabled")
            return str(known["id"]), ()
        if not self.oidc.provider.provision:
            raise refused("nobody here is known under this account; ask an administrator")
        try:
            row = await self._people.row_of(new_user(self.oidc.provider, claims))
            await self._people.add(transaction, row)
        except Taken as error:
            raise refused("the login is another account's; ask an administrator") from error
        except BadUsage as error:
            raise refused(f"no account could be made: {error.message}") from error
        now = self._clock()
        if not await self._table.tie(transaction, issuer, subject, row["id"], now):
            raise refused("this account is being made just now")
        created = self._people.created_entry(user_of_row(row), NOBODY)
        return row["id"], (created, _tied(row["id"], issuer, subject, NOBODY, now))


def new_user(provider: OidcProvider, claims: Mapping[str, Any]) -> NewUser:
    """The account for who signs on the first time. Raises `BadUsage` where no login can be had."""
    login = None
    for name in (provider.login_claim, "preferred_username", "email", "sub"):
        try:
            login = checked_login(_text(claims, name))
            break
        except BadUsage:
            continue
    if login is None:
        raise BadUsage("no claim can be a login", remedy="name another login claim")
    try:
        email = checked_email(_text(claims, "email"))
    except BadUsage:
        email = ""
    roles: set[Role] = {"submitter"}
    roles |= {
        provider.roles[value]
        for value in _values(claims, provider.roles_claim)
        if value in provider.roles
    }
    places = [
        provider.departments[value]
        for value in _values(claims, provider.department_claim)
        if value in provider.departments
    ]
    return NewUser(
        login=login,
        name=_text(claims, "name")[:NAME_MAX] or login,
        email=email,
        department=places[0] if places else ROOT_DEPARTMENT,
        roles=frozenset(roles),
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return _UNPRINTED.sub(" ", value).strip() if isinstance(value, str) else ""


def _values(claims: Mapping[str, Any], name: str | None) -> list[str]:
    """The texts of a claim that is one or a list of some."""
    value = None if name is None else claims.get(name)
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]


def _tied(user_id: str, issuer: str, subject: str, by: str, at: datetime) -> Entry:
    return Entry("user.tied", by, user_id, at, {"issuer": issuer, "subject": subject})
