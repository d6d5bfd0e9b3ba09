"""The first administrator, by a link that works once and for a day. There is no default secret.

While nobody administers, each start of a server makes such a link and prints it; only its hash is
kept. As soon as there is an administrator, no link works any more, used or not.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from yuepi.access.people import People
from yuepi.access.principal import NOBODY, SYSTEM
from yuepi.access.sessions import Client, Session, Sessions
from yuepi.access.store import PeopleTable
from yuepi.access.user import NewUser, user_of_row
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database
from yuepi.kit.errors import YuepiError
from yuepi.kit.record import Entry, Recorder, record_nothing

LINK_LASTS: Final = timedelta(hours=24)
LINKS_MAX: Final = 20
"""So many are good at once: one for each start of the last day."""


class LinkRefused(YuepiError):
    """The link is unknown, was used, has ended, or there is an administrator already."""

    code = "link_refused"
    http_status = 410


class Setup:
    """Makes links, and the first administrator from one."""

    def __init__(
        self,
        database: Database,
        people: People,
        sessions: Sessions,
        *,
        record: Recorder = record_nothing,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._people = people
        self._sessions = sessions
        self._record = record
        self._clock = clock
        self._table = PeopleTable(database)

    async def needed(self) -> bool:
        """Whether nobody administers yet."""
        return not await self._table.has_admin()

    async def new_link(self) -> str | None:
        """A link's secret, good for `LINK_LASTS` and one use; None where somebody administers."""
        if not await self.needed():
            return None
        token = secrets.token_urlsafe(32)
        now = self._clock()
        digest = _hashed(token)
        async with self._database.writing() as transaction:
            await self._table.hold_tree(transaction)
            await self._table.add_setup_link(transaction, digest, now, now + LINK_LASTS, LINKS_MAX)
            entry = Entry("setup.link_made", SYSTEM, f"link:{digest.hex()[:32]}", now, {})
            await self._record(transaction, [entry])
        return token

    async def complete(self, token: str, new: NewUser, client: Client) -> tuple[Session, str]:
        """The first administrator, signed in: a session and its secret.

        Raises `LinkRefused` (410), `BadUsage` for the login or password (the link stays good).
        """
        row = await self._people.row_of(
            replace(new, roles=new.roles | {"admin"}, password=new.password or "")
        )
        digest = _hashed(token)
        async with self._database.writing() as transaction:
            # Two at once, with one link or with two: the second sees what the first has done.
            await self._table.hold_tree(transaction)
            now = self._clock()
            good = await self._table.use_setup_link(transaction, digest, now)
            if not good or await self._table.active_admins(transaction):
                raise LinkRefused(
                    "this link does not work, or no longer",
                    remedy="yuepi admin link makes a new one while there is no administrator; "
                    "yuepi admin user password sets a forgotten password",
                )
            await self._people.add(transaction, row)
            user = user_of_row(row)
            entries = (
                Entry("setup.link_used", NOBODY, f"link:{digest.hex()[:32]}", now, {}),
                self._people.created_entry(user, NOBODY),
            )
            return await self._sessions.open(transaction, user.id, "setup", client, before=entries)


def link_of(base_url: str, token: str) -> str:
    """The link as it is shown. The secret stands behind `#`: no log of a server sees it."""
    return f"{base_url.rstrip('/')}/setup#{token}"


def _hashed(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
