"""Messages on their way out: how one is written down, and what a handler may say of it.

`yuepi.kit.outbox` tells the whole story and delivers them.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Double,
    Index,
    Integer,
    String,
    Table,
    Text,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from yuepi.kit.clock import utc_now
from yuepi.kit.database import METADATA, Transaction, UtcDateTime
from yuepi.kit.errors import YuepiError
from yuepi.kit.steady import STEADY_NOW
from yuepi.kit.waiting import Question

PAYLOAD_BYTES_MAX: Final = 64 * 2**10
KEY_CHARACTERS_MAX: Final = 255
TOPIC_CHARACTERS_MAX: Final = 32
SENT_AT_ONCE: Final = 500
KEPT_DAYS: Final = 30
"""How long a delivered message stays, and with it the promise that its key is sent once."""

WAITING: Final = "done_at IS NULL AND NOT dead"
"""As the index of due messages says it."""

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("topic", String(TOPIC_CHARACTERS_MAX), nullable=False),
    Column("key", String(KEY_CHARACTERS_MAX), nullable=False, unique=True),
    Column("payload", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # Not before this steady second; of a held message, when its lease ends.
    Column("due_s", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("holder", String(40)),
    Column("held_until_s", Double),
    Column("done_at", UtcDateTime),
    Column("error", Text),
    Column("dead", Boolean, nullable=False),
    Index(
        "ix_outbox_due",
        "due_s",
        "id",
        sqlite_where=text(WAITING),
        postgresql_where=text(WAITING),
    ),
    Index(
        "ix_outbox_dead",
        "created_at",
        "id",
        sqlite_where=text("dead"),
        postgresql_where=text("dead"),
    ),
    Index(
        "ix_outbox_done_at",
        "done_at",
        # Partial, so that it is never taken for the search of what is not done.
        sqlite_where=text("done_at IS NOT NULL"),
        postgresql_where=text("done_at IS NOT NULL"),
    ),
)

_ADD: Final = {
    name: dialect.insert(OUTBOX)
    .values(due_s=STEADY_NOW)
    .on_conflict_do_nothing(index_elements=["key"])
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


class UnknownMessage(YuepiError):
    """There is no such message among the dead ones."""

    code = "not_found"
    http_status = 404


class TryLater(Exception):
    """A handler's word that this attempt failed; `after_s`: not before so many seconds."""

    def __init__(self, reason: str, *, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.after_s = after_s


class GiveUp(Exception):
    """A handler's word that no further attempt will do."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent. `key` says what it is about: a second one with the same is not sent.

    payload: plain JSON values, at most `PAYLOAD_BYTES_MAX` as JSON.
    """

    topic: str
    key: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as its handler gets it. `id` is the same at every attempt (counted from 1)."""

    id: str
    topic: str
    key: str
    payload: Mapping[str, Any]
    attempt: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A message that was given up, and why."""

    id: str
    topic: str
    key: str
    attempts: int
    error: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Retries:
    """Waits double from `first_s` to `s_max`, each shortened by up to half at random.

    The defaults try for about a day.
    """

    attempts_max: int = 34
    first_s: float = 2.0
    s_max: float = 3600.0

    def wait_s(self, attempt: int, chance: Callable[[], float]) -> float:
        """How long to wait after that attempt; `chance` gives numbers in [0, 1)."""
        whole_s = min(self.s_max, self.first_s * 2.0 ** min(attempt - 1, 60))
        return whole_s * (1 - chance() / 2)


Handler = Callable[[Delivery], Awaitable[None]]
"""Delivers one message. Raises `TryLater` or `GiveUp`; any other failure is tried again."""


async def send(
    transaction: Transaction,
    messages: Sequence[Message],
    *,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Write messages down to be delivered if this transaction counts; one key is sent once.

    Raises ValueError for a key, topic or payload that is too long.
    """
    created_at = clock()
    rows = [
        {
            "id": f"msg_{secrets.token_hex(10)}",
            "topic": message.topic,
            "key": message.key,
            "payload": _json(message),
            "created_at": created_at,
            "attempts": 0,
            "dead": False,
        }
        # In one order everywhere: two that send the same keys at once must not lock crosswise.
        for message in sorted(messages, key=lambda message: message.key)
    ]
    add = _ADD[transaction.dialect.name]
    for at in range(0, len(rows), SENT_AT_ONCE):
        await transaction.execute(add, rows[at : at + SENT_AT_ONCE])


def due(topics: Iterable[str], now_s: float | ColumnElement[Any], rows_max: int) -> Question:
    """The ids of messages of these topics that are due, the longest waiting first."""
    return (
        select(OUTBOX.c.id)
        .where(text(WAITING), OUTBOX.c.due_s <= now_s, OUTBOX.c.topic.in_(sorted(topics)))
        .order_by(OUTBOX.c.due_s, OUTBOX.c.id)
        .limit(rows_max)
    )


def something_to_do(topics: Iterable[str], feeds_wait: Question | None) -> Question:
    """Whether a message of these topics is due, or what `feeds_wait` finds is there."""
    waits = [due(topics, STEADY_NOW, 1).exists()]
    if feeds_wait is not None:
        waits.append(feeds_wait.exists())
    return select(literal(1)).where(or_(*waits))


def _json(message: Message) -> str:
    if not 0 < len(message.key) <= KEY_CHARACTERS_MAX:
        raise ValueError(f"a message's key has 1 to {KEY_CHARACTERS_MAX} characters")
    if not 0 < len(message.topic) <= TOPIC_CHARACTERS_MAX:
        raise ValueError(f"a message's topic has 1 to {TOPIC_CHARACTERS_MAX} characters")
    payload = json.dumps(dict(message.payload), ensure_ascii=False, allow_nan=False)
    if len(payload.encode()) > PAYLOAD_BYTES_MAX:
        raise ValueError(f"a message's payload has {PAYLOAD_BYTES_MAX} bytes at most")
    return payload
