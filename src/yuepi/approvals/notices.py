"""What people are told: written down with what happened, then shown, mailed, and called out.

`tell` stands in the transaction of the change. It only writes notices down, each under a key, so
that one is told once whatever is repeated. `Spread` then hands them on, again in one transaction
each: a notice for everyone of a role becomes one for each of them, a person's becomes a mail, and
each webhook that wants to hear of it gets a message. Those go out through the outbox.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from yuepi.approvals.claim_rows import Page
from yuepi.approvals.notice_texts import KINDS, Kind
from yuepi.approvals.store import notices as store
from yuepi.approvals.store import webhooks as webhook_store
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import BadUsage
from yuepi.kit.outbox import Message, send
from yuepi.kit.waiting import Question

LOG = logging.getLogger(__name__)

DETAIL_BYTES_MAX: Final = 8_000
SUBJECT_CHARACTERS_MAX: Final = 128
ROWS_MAX: Final = 200
SPREAD_AT_ONCE: Final = 50
AUDIENCE_MAX: Final = 200
"""So many people of one role are told, at most."""
UNREAD_MAX: Final = 1_000
COUNTED: Final[frozenset[Kind]] = frozenset({"claim.referred", "appeal.opened"})
"""Too common to tell each person of a role: they see the queue and its count. Webhooks hear it."""

MAIL: Final = "mail"
WEBHOOK: Final = "webhook"

PeopleWith = Callable[[str, str | None], Awaitable[Sequence[str]]]
"""Ids of the active users with a role: of one department and those above it, or of all (None)."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell, to one person (`user_id`), to everyone of a role, or only to webhooks.

    subject: the id of what it is about (a claim's id). turn: which time it happens to it (the
    claim's round or version): subject, kind, turn and whom together are told once. detail: short
    texts for whoever shows it; it is not mailed.
    """

    kind: Kind
    subject: str
    turn: int
    user_id: str | None = None
    role: str | None = None
    department_id: str | None = None
    detail: Mapping[str, str] = field(default_factory=dict)

    @property
    def event(self) -> str:
        """What happened, whoever is told."""
        return f"{self.subject}:{self.kind}:{self.turn}"

    @property
    def key(self) -> str:
        """What makes it the same notice."""
        if self.user_id is not None:
            return f"{self.event}:{self.user_id}"
        return f"{self.event}:@{self.role or ''}:{self.department_id or ''}"


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as its reader sees it; `notice_texts.words_of` has its words."""

    id: str
    kind: Kind
    subject: str
    turn: int
    detail: Mapping[str, str]
    created_at: datetime
    read_at: datetime | None


async def tell(
    transaction: Transaction,
    notices: Sequence[Notice],
    *,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Write notices down, if this transaction counts; those that were told already are left out.

    Raises ValueError for a notice that makes no sense.
    """
    moment = clock()
    await store.add_notices(transaction, [_row(notice, moment) for notice in notices])


def _row(notice: Notice, moment: datetime) -> dict[str, Any]:
    detail = json.dumps(dict(notice.detail), ensure_ascii=False, sort_keys=True)
    if notice.kind not in KINDS:
        raise ValueError(f"there is no notice {notice.kind!r}")
    if not 0 < len(notice.subject) <= SUBJECT_CHARACTERS_MAX:
        raise ValueError(f"a subject has 1 to {SUBJECT_CHARACTERS_MAX} characters")
    # Encoded, so that a lone surrogate is found here.
    if len(detail.encode()) > DETAIL_BYTES_MAX:
        raise ValueError(f"a notice's detail has {DETAIL_BYTES_MAX} bytes at most")
    if notice.user_id is not None and notice.role is not None:
        raise ValueError("a notice is for one person or for a role")
    return {
        "id": f"ntc_{secrets.token_hex(10)}",
        "key": notice.key,
        "user_id": notice.user_id,
        "role": notice.role,
        "department_id": notice.department_id,
        "kind": notice.kind,
        "subject": notice.subject,
        "turn": notice.turn,
        "detail": detail,
        "created_at": moment,
    }


class Notices:
    """What each person was told, and whether they want mail."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, user_id: str, *, after: str | None = None, unread: bool = False, rows_max: int = 50
    ) -> Page[NoticeRow]:
        """Their notices, the newest first; `after`: the cursor of the page before.

        Raises `BadUsage` for a size out of bounds. A cursor that is no one's gives an empty page.
        """
        if not 1 <= rows_max <= ROWS_MAX:
            raise BadUsage("so many cannot be listed", remedy=f"ask for 1 to {ROWS_MAX}")
        async with self._database.reading() as connection:
            found = await store.page(connection, user_id, after, unread, rows_max + 1)
        rows = tuple(_shown(row) for row in found[:rows_max])
        return Page(rows, rows[-1].id if len(found) > rows_max else None)

    async def unread(self, user_id: str) -> int:
        """How many they have not read; counted up to `UNREAD_MAX`."""
        async with self._database.reading() as connection:
            return await store.unread(connection, user_id, UNREAD_MAX)

    async def mark_read(self, user_id: str, ids: Sequence[str] | None = None) -> int:
        """These of theirs (None: all) are read; how many were not before. Others' are left."""
        if ids is not None and len(ids) > ROWS_MAX:
            raise BadUsage("too many ids at once", remedy=f"send {ROWS_MAX} at most")
        async with self._database.writing() as connection:
            return await store.mark_read(connection, user_id, ids, self._clock())

    async def wants_mail(self, user_id: str) -> bool:
        """Whether mail is sent to them, too. Yes, until they say no."""
        async with self._database.reading() as connection:
            return not await store.without_mail(connection, [user_id])

    async def set_mail(self, user_id: str, wanted: bool) -> None:
        """What they wish from now on."""
        async with self._database.writing() as connection:
            await store.set_mail(connection, user_id, wanted, self._clock())


class Spread:
    """Hands notices on to people of a role, to mail and to webhooks; a feed of the outbox.

    mail: whether there is a mail server to send through.
    """

    def __init__(
        self,
        database: Database,
        *,
        people_with: PeopleWith,
        mail: bool,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._people_with = people_with
        self._mail = mail
        self._clock = clock

    @property
    def waits(self) -> Question:
        """Finds a notice where there is one to hand on."""
        return store.SPREAD_WAITS

    async def __call__(self) -> int:
        """Hand on up to `SPREAD_AT_ONCE`; gives how many. Raises `Unavailable`."""
        async with self._database.reading() as connection:
            waiting = await store.to_spread(connection, SPREAD_AT_ONCE)
        if not waiting:
            return 0
        audiences = {
            (row.role, row.department_id): await self._people_with(row.role, row.department_id)
            for row in waiting
            if _has_audience(row)
        }
        async with self._database.writing() as connection:
            rows = await store.take_to_spread(connection, [row.id for row in waiting])
            if not rows:
                return 0
            moment = self._clock()
            await store.add_notices(connection, _for_each(rows, audiences))
            await send(connection, await self._messages(connection, rows), clock=self._clock)
            await store.mark_spread(connection, [row.id for row in rows], moment)
        return len(rows)

    async def _messages(self, connection: Transaction, rows: Sequence[Any]) -> list[Message]:
        messages: list[Message] = []
        if self._mail:
            people = sorted({row.user_id for row in rows if row.user_id is not None})
            without = await store.without_mail(connection, people)
            messages += [
                Message(
                    MAIL,
                    f"mail:{row.id}",
                    {"user_id": row.user_id, "kind": row.kind, "subject": row.subject},
                )
                for row in rows
                if row.user_id is not None and row.user_id not in without
            ]
        for endpoint_id, events in await webhook_store.listeners(connection):
            messages += [
                Message(WEBHOOK, f"hook:{endpoint_id}:{_event(row)}", _called(endpoint_id, row))
                for row in rows
                if "*" in events or row.kind in events
            ]
        return messages


def _for_each(
    rows: Sequence[Any], audiences: Mapping[tuple[str, str | None], Sequence[str]]
) -> list[dict[str, Any]]:
    """A notice for each person of the roles that were told something."""
    personal = []
    for row in rows:
        if not _has_audience(row):
            continue
        people = audiences[(row.role, row.department_id)]
        if not people:
            LOG.warning("%s of %s: there is no %s to tell", row.kind, row.subject, row.role)
        if len(people) > AUDIENCE_MAX:
            LOG.warning("%s is told to the first %d of a role only", row.kind, AUDIENCE_MAX)
        for user_id in people[:AUDIENCE_MAX]:
            notice = Notice(row.kind, row.subject, row.turn, user_id, detail=json.loads(row.detail))
            personal.append(_row(notice, row.created_at))
    return personal


def _has_audience(row: Any) -> bool:
    return row.role is not None and row.kind not in COUNTED


def _event(row: Any) -> str:
    return Notice(row.kind, row.subject, row.turn).event


def _called(endpoint_id: str, row: Any) -> dict[str, Any]:
    """A thin event: what it is about; the rest is asked for, with a key and its rights."""
    return {
        "endpoint": endpoint_id,
        "type": row.kind,
        "timestamp": row.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {"id": row.subject, "turn": row.turn},
    }


def _shown(row: Any) -> NoticeRow:
    return NoticeRow(
        row.id,
        row.kind,
        row.subject,
        row.turn,
        json.loads(row.detail),
        row.created_at,
        row.read_at,
    )
