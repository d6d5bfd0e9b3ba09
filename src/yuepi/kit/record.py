"""What happened, as rooms hand it to the audit record.

Rooms below and beside `audit` do not know it: they take a `Recorder`, and `app` gives them
`audit.record.append`. The entry and the change it tells of stand in one transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from yuepi.kit.database import Transaction


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    action: `room.verb`, such as `claim.submitted`. actor: the id of who did it, `system` for the
    machine. subject: the id of what it was done to. detail: plain JSON values, floats excluded
    (amounts are decimal strings, seconds are whole milliseconds): the same bytes on every machine.
    """

    action: str
    actor: str
    subject: str
    at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)


Recorder = Callable[[Transaction, Sequence[Entry]], Awaitable[None]]
"""Writes entries in the given transaction. Call it last in it: it holds the chain's end."""


async def record_nothing(transaction: Transaction, entries: Sequence[Entry]) -> None:
    """The recorder of programs that keep no record."""
